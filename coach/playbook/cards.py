"""Cards and passages: the playbook as typed values, read from ``knowledge/``.

A card's structure stands once in ``plays/<topic>.toml``; its words stand in ``zh/<topic>.toml`` and
``en/<topic>.toml``, paired by passage id. The format is described in ``knowledge/README.md``.
Reading is strict: what is wrong raises :class:`CardError` with file, line and remedy.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from coach.domain.slots import labelled, slots_of
from coach.domain.words import LANGS, Lang
from coach.paths import KNOWLEDGE

if TYPE_CHECKING:
    from pydantic import BaseModel

Model = TypeVar("Model", bound="BaseModel")
Kind = Literal["about", "step", "prepare", "opening", "point", "objection", "care", "never", "message"]
KINDS: tuple[Kind, ...] = ("about", "step", "prepare", "opening", "point", "objection", "care", "never", "message")


class CardError(Exception):
    """A card that cannot be read: one line with file, line where known, and what to do."""

    def __init__(self, path: Path, message: str, line: int | None = None) -> None:
        where = f"{path}:{line}" if line else str(path)
        super().__init__(f"{where}: {message}")


@dataclass(frozen=True, slots=True)
class Passage:
    """One citable piece of the playbook in one language, with the conditions under which it applies."""

    id: str
    """``<topic>/<name>``, the same in both languages."""
    topic: str
    kind: Kind
    lang: Lang
    title: str
    text: str
    sources: tuple[str, ...]
    """``A35`` = the article's paragraph 35, ``S`` = other banks' practice, ``D`` = our default, ``L:topic`` = a rule."""
    asks: tuple[str, ...] = ()
    says: str = ""
    """Objections only: what the client says."""
    goal: str = ""
    """Steps only: the goal in one line, with slots."""
    needs: frozenset[str] = frozenset()
    """Facts that must be known: the slots of the text and those the structure names."""
    signals: frozenset[str] = frozenset()
    stages: frozenset[str] = frozenset()
    tiers: frozenset[str] = frozenset()
    steps: frozenset[str] = frozenset()
    offset: int | None = None
    channel: str | None = None
    purpose: str = "service"
    care: str | None = None
    cost_cap: int | None = None
    """Care ideas with a cost: the most it may cost, in yuan; the policy's cap may be lower."""
    match: tuple[str, ...] = ()
    """Words of which one must stand in the client's interests, tags, family, occupation or note."""

    @property
    def name(self) -> str:
        return self.id.partition("/")[2]

    @property
    def shown(self) -> str:
        """The text without a client: slots as their labels. This is what is indexed and quoted."""
        body = labelled(self.text, self.lang)
        if self.kind == "objection":
            quote = "「{}」 " if self.lang == "zh" else "“{}” "
            return quote.format(self.says) + body
        return body

    def applies(self, *, signal: str, stage: str, tier: str, step: str | None = None) -> bool:
        """Whether the passage's conditions hold; an empty condition holds always."""
        return (
            (not self.signals or signal in self.signals)
            and (not self.stages or stage in self.stages)
            and (not self.tiers or tier in self.tiers)
            and (not self.steps or step is None or step in self.steps)
        )


@dataclass(frozen=True, slots=True)
class Card:
    """One topic of the playbook in one language: a play, or a guide for management and rules."""

    id: str
    kind: Literal["play", "guide"]
    order: int
    lang: Lang
    title: str
    summary: str
    asks: tuple[str, ...]
    signals: Mapping[str, frozenset[str]]
    """Signal → stages in which it calls for this card; an empty set = every stage."""
    gifts: bool | frozenset[str]
    """Whether a gift may be proposed beside this play, or beside which of its signals: never where money is moved."""
    pace: Literal["anchor", "chain"]
    """``anchor``: offsets count from the signal's date; ``chain``: from the day the step before was done."""
    passages: tuple[Passage, ...] = field(repr=False)

    def of(self, *kinds: Kind) -> tuple[Passage, ...]:
        return tuple(p for p in self.passages if p.kind in kinds)

    def allows_gift(self, signal: str) -> bool:
        """Whether a gift may be proposed when this signal calls for the play."""
        return self.gifts if isinstance(self.gifts, bool) else signal in self.gifts

    def steps_for(self, signal: str) -> tuple[Passage, ...]:
        """The steps that a signal calls for, by day offset; a follow-up may continue with any."""
        steps = (p for p in self.of("step") if not p.signals or signal in p.signals or signal == "follow_up")
        return tuple(sorted(steps, key=lambda p: p.offset or 0))


_STRUCTURE_KEYS = {
    "kind",
    "sources",
    "needs",
    "signals",
    "stages",
    "tiers",
    "steps",
    "offset",
    "channel",
    "purpose",
    "care",
    "cost_cap",
    "match",
}
_WORD_KEYS = {"title", "text", "asks", "says", "goal"}


def line_of(path: Path, needle: str) -> int | None:
    """The first line of a file that holds a text, for error messages."""
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if needle in line:
            return number
    return None


def read_toml(path: Path) -> dict[str, Any]:
    """A TOML file as a dict. Raises :class:`CardError` with the parser's line."""
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise CardError(path, "the file is missing; a card needs plays/, zh/ and en/ files of the same name") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise CardError(path, f"not valid TOML: {error}") from None


def read_as(path: Path, model: type[Model]) -> Model:
    """A TOML file as a typed value. Raises :class:`CardError` with the key at fault."""
    from pydantic import ValidationError

    try:
        return model.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        raise CardError(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None


def _passage(topic: str, name: str, lang: Lang, structure: dict[str, Any], words: dict[str, Any], paths: tuple[Path, Path]) -> Passage:
    for keys, known, path in ((structure, _STRUCTURE_KEYS, paths[0]), (words, _WORD_KEYS, paths[1])):
        if unknown := sorted(set(keys) - known):
            raise CardError(path, f"[{name}] has an unknown key {unknown[0]!r}; known: {', '.join(sorted(known))}", line_of(path, name))
    for key, where, path in (("kind", structure, paths[0]), ("title", words, paths[1]), ("text", words, paths[1])):
        if not where.get(key):
            raise CardError(path, f"[{name}] lacks {key!r}", line_of(path, name))
    if structure["kind"] not in KINDS:
        raise CardError(paths[0], f"[{name}] kind {structure['kind']!r} is not one of {', '.join(KINDS)}", line_of(paths[0], name))
    text, goal = words["text"].strip(), words.get("goal", "").strip()
    conditions = {key: frozenset(structure.get(key, ())) for key in ("signals", "stages", "tiers", "steps")}
    return Passage(
        id=f"{topic}/{name}",
        topic=topic,
        kind=structure["kind"],
        lang=lang,
        title=words["title"].strip(),
        text=text,
        sources=tuple(structure.get("sources", ())),
        asks=tuple(words.get("asks", ())),
        says=words.get("says", "").strip(),
        goal=goal,
        needs=slots_of(text) | slots_of(goal) | frozenset(structure.get("needs", ())),
        offset=structure.get("offset"),
        channel=structure.get("channel"),
        purpose=structure.get("purpose", "service"),
        care=structure.get("care"),
        cost_cap=structure.get("cost_cap"),
        match=tuple(structure.get("match", ())),
        **conditions,
    )


def _more_asks(path: Path, names: Mapping[str, Any]) -> dict[str, list[str]]:
    """Further ways to ask, by passage name; a file of its own, since there are many and only search reads them."""
    if not path.exists():
        return {}
    asks = read_toml(path)
    if unknown := sorted(set(asks) - set(names)):
        raise CardError(path, f"{unknown[0]!r} is no passage of this card", line_of(path, unknown[0]))
    return asks


def _gifts(value: bool | list[str]) -> bool | frozenset[str]:
    return value if isinstance(value, bool) else frozenset(value)


def read_card(topic: str, lang: Lang, root: Path = KNOWLEDGE) -> Card:
    """One card in one language. Raises :class:`CardError`."""
    paths = root / "plays" / f"{topic}.toml", root / lang / f"{topic}.toml"
    structure, words = read_toml(paths[0]), read_toml(paths[1])
    for where, path, keys in ((structure, paths[0], ("kind", "passages")), (words, paths[1], ("title", "summary"))):
        if missing := [key for key in keys if not where.get(key)]:
            raise CardError(path, f"the card lacks {missing[0]!r}")
    passages = []
    more = _more_asks(root / lang / "asks" / f"{topic}.toml", structure["passages"])
    for name, part in structure["passages"].items():
        if not isinstance(words.get(name), dict):
            raise CardError(paths[1], f"lacks the words of [{name}], which plays/{topic}.toml declares")
        told = {**words[name], "asks": [*words[name].get("asks", ()), *more.get(name, ())]}
        passages.append(_passage(topic, name, lang, part, told, paths))
    calls = structure.get("signals", ())
    return Card(
        id=topic,
        kind=structure["kind"],
        order=structure.get("order", 999),
        lang=lang,
        title=words["title"].strip(),
        summary=words["summary"].strip(),
        asks=tuple(words.get("asks", ())),
        signals={s: frozenset(calls[s]) if isinstance(calls, dict) else frozenset() for s in calls},
        gifts=_gifts(structure.get("gifts", False)),
        pace=structure.get("pace", "anchor"),
        passages=tuple(passages),
    )


@dataclass(frozen=True, slots=True)
class Playbook:
    """All cards in both languages, with look-up by id."""

    cards: dict[tuple[str, Lang], Card]
    passages: dict[tuple[str, Lang], Passage]

    def card(self, topic: str, lang: Lang) -> Card:
        return self.cards[topic, lang]

    def in_order(self, lang: Lang) -> list[Card]:
        return sorted((c for (_, which), c in self.cards.items() if which == lang), key=lambda c: (c.order, c.id))

    def passage(self, passage_id: str, lang: Lang) -> Passage:
        return self.passages[passage_id, lang]


def read_playbook(root: Path = KNOWLEDGE) -> Playbook:
    """The whole playbook. Raises :class:`CardError` at the first card that cannot be read."""
    topics = sorted(path.stem for path in (root / "plays").glob("*.toml"))
    cards = {(topic, lang): read_card(topic, lang, root) for topic in topics for lang in LANGS}
    passages = {(p.id, p.lang): p for card in cards.values() for p in card.passages}
    return Playbook(cards, passages)


@lru_cache(maxsize=4)
def playbook(root: Path = KNOWLEDGE) -> Playbook:
    """The playbook, read once per process and root."""
    return read_playbook(root)
