"""What all scenarios share: the moves of a talk, the client's common replies, the words of the criteria.

Structure once in ``knowledge/practice.toml``, words in ``knowledge/<lang>/practice.toml``.
"""

from __future__ import annotations

import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.domain.words import Lang
from coach.paths import KNOWLEDGE
from coach.practice.scenario import CriterionId, Move, Temper

ReplyTo = Literal[
    "greet", "identify", "reason", "ask", "listen", "empathise", "apologise", "explain", "offer_value", "pitch", "push", "promise",
    "pressure", "next_step", "close", "insult", "instruct", "silence", "nonsense", "other_language", "long", "repeat", "other",
]  # fmt: skip
"""What the client may have to answer: a move, or something that is none."""
Mood = Literal["cold", "open"]
CRITERIA: tuple[CriterionId, ...] = get_args(CriterionId)
MOVES: tuple[Move, ...] = get_args(Move)
Some = Annotated[tuple[str, ...], Field(min_length=3)]


class KitError(Exception):
    """The common practice files cannot be read: one line with file and place."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Effect(_Part):
    """What a move does to the client's trust and patience, on their scale of 0 to 10."""

    trust: Annotated[float, Field(ge=-5, le=3)] = 0
    patience: Annotated[float, Field(ge=-5, le=3)] = 0


class Cites(_Part):
    cites: Annotated[tuple[str, ...], Field(min_length=1)]


class MoveWords(_Part):
    name: str
    like: Annotated[tuple[str, ...], Field(min_length=10)]


class CriterionWords(_Part):
    name: str
    advice: str
    """Said where it was weak."""
    good: str
    """Said where it was strong."""
    say: str
    """A better sentence of general use."""


class Replies(_Part):
    cold: Some
    open: Some


class KitWords(_Part):
    moves: dict[Move, MoveWords]
    criteria: dict[CriterionId, CriterionWords]
    replies: dict[Temper, dict[ReplyTo, Replies]]


class Kit(_Part):
    moves: dict[Move, Effect]
    criteria: dict[CriterionId, Cites]
    zh: KitWords
    en: KitWords

    def words(self, lang: Lang) -> KitWords:
        return self.zh if lang == "zh" else self.en


def read_kit(root: Path = KNOWLEDGE) -> Kit:
    """The common practice files. Raises :class:`KitError`."""
    data = {**_toml(root / "practice.toml"), "zh": _toml(root / "zh" / "practice.toml"), "en": _toml(root / "en" / "practice.toml")}
    try:
        kit = Kit.model_validate(data)
    except ValidationError as error:
        first = error.errors()[0]
        raise KitError(f"{root}/*/practice.toml: {'.'.join(map(str, first['loc']))}: {first['msg']}") from None
    for lang in ("zh", "en"):
        words = kit.words(lang)
        for name, wanted, given in (
            ("moves", MOVES, words.moves), ("criteria", CRITERIA, words.criteria), ("replies", get_args(Temper), words.replies),
            *((f"replies.{temper}", get_args(ReplyTo), words.replies.get(temper, {})) for temper in get_args(Temper)),
        ):  # fmt: skip
            if missing := [key for key in wanted if key not in given]:
                raise KitError(f"{root}/{lang}/practice.toml: {name}.{missing[0]} is missing")
    return kit


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise KitError(f"{path}: {error}") from None


@lru_cache(maxsize=2)
def kit(root: Path = KNOWLEDGE) -> Kit:
    """The kit, read once per process and folder."""
    return read_kit(root)
