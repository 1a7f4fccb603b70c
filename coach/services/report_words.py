"""The report's definitions and words: structure in ``knowledge/report.toml``, words in ``knowledge/<lang>/report.toml``."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from coach.domain.report import CHANNELS
from coach.domain.report_figures import FIGURES, Target
from coach.domain.words import LANGS, Lang
from coach.paths import KNOWLEDGE
from coach.playbook.cards import CardError, read_toml

T = TypeVar("T", bound=BaseModel)
Share = Annotated[float, Field(gt=0, le=1)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Figure(_Part):
    definition: str
    least: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)] = 1
    target: Share | None = None
    cites: Annotated[tuple[str, ...], Field(min_length=1)]


class _Praise(_Part):
    praise_cites: Annotated[tuple[str, ...], Field(min_length=1)]


class Structure(_Part):
    """Targets and what to read."""

    effective_targets: dict[str, Share]
    figures: dict[str, _Figure]
    advice: _Praise

    @property
    def targets(self) -> Mapping[str, Target]:
        return {name: Target(f.definition, f.least, f.cites, f.target, f.days) for name, f in self.figures.items()}


class Definition(_Part):
    """What a figure means."""

    name: str
    counts: str
    records: str
    formula: str


class AdviceWords(_Part):
    mend: str
    praise: str
    target: str
    median: str
    none: str


class Words(_Part):
    """The report's words in one language."""

    figures: dict[str, str]
    advice: AdviceWords
    definitions: dict[str, Definition]
    page: dict[str, str]


@lru_cache(maxsize=2)
def structure(root: Path = KNOWLEDGE) -> Structure:
    """The structure. Raises :class:`~coach.playbook.cards.CardError` with file and place."""
    path = root / "report.toml"
    read = _read(path, Structure)
    for name, wanted, given in (
        ("figures", [f.id for f in FIGURES], read.figures), ("effective_targets", list(CHANNELS), read.effective_targets),
    ):  # fmt: skip
        if off := sorted(set(wanted) ^ set(given)):
            raise CardError(path, f"{name}.{off[0]} is {'missing' if off[0] in wanted else 'unknown'}")
    return read


@lru_cache(maxsize=4)
def words(lang: Lang, root: Path = KNOWLEDGE) -> Words:
    """The words of one language. Raises :class:`~coach.playbook.cards.CardError` where one lacks what the other has."""
    needed = structure(root)
    both = {each: _read(root / each / "report.toml", Words) for each in LANGS}
    for each, read in both.items():
        path, other = root / each / "report.toml", both[LANGS[1 - LANGS.index(each)]]
        for name, wanted, given in (
            ("figures", set(needed.figures), set(read.figures)), ("page", set(other.page), set(read.page)),
            ("definitions", {f.definition for f in needed.figures.values()} | set(other.definitions), set(read.definitions)),
        ):
            if missing := sorted(wanted - given):
                raise CardError(path, f"{name}.{missing[0]} is missing")
            if name == "figures" and (more := sorted(given - wanted)):
                raise CardError(path, f"figures.{more[0]} stands in no structure; add it to report.toml or remove it")
    return both[lang]


def _read(path: Path, model: type[T]) -> T:
    try:
        return model.model_validate(read_toml(path))
    except ValidationError as error:
        first = error.errors()[0]
        raise CardError(path, f"{'.'.join(map(str, first['loc']))}: {first['msg']}") from None
