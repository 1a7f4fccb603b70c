"""The report's definitions and words: structure in ``knowledge/report.toml``, words in ``knowledge/<lang>/report.toml``.

The targets are the branch's (policy, ``[report]``); the definitions tell the figures in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from coach.domain.format import money
from coach.domain.policy import Policy
from coach.domain.report_figures import FIGURES, Target
from coach.domain.words import LANGS, Lang
from coach.paths import KNOWLEDGE
from coach.playbook.cards import CardError, read_as


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Figure(_Part):
    definition: str
    least: Annotated[int, Field(ge=1)]
    days: Annotated[int, Field(ge=1)] = 1
    cites: Annotated[tuple[str, ...], Field(min_length=1)]


class _Praise(_Part):
    praise_cites: Annotated[tuple[str, ...], Field(min_length=1)]


class Structure(_Part):
    """From how many cases on a figure is judged, and what to read."""

    figures: dict[str, _Figure]
    advice: _Praise

    def targets(self, policy: Policy) -> Mapping[str, Target]:
        """Figure → what it is held against in this branch; a target of 0 in the policy is none."""
        own = policy.report.targets.model_dump()
        return {name: Target(f.definition, f.least, f.cites, own.get(name) or None, f.days) for name, f in self.figures.items()}


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
    no_target: str
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
    read = read_as(path, Structure)
    wanted = {f.id for f in FIGURES}
    if off := sorted(wanted ^ set(read.figures)):
        raise CardError(path, f"figures.{off[0]} is {'missing' if off[0] in wanted else 'unknown'}")
    return read


@lru_cache(maxsize=4)
def words(lang: Lang, root: Path = KNOWLEDGE) -> Words:
    """The words of one language. Raises :class:`~coach.playbook.cards.CardError` where one lacks what the other has."""
    needed = structure(root)
    both = {each: read_as(root / each / "report.toml", Words) for each in LANGS}
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


def words_for(policy: Policy, lang: Lang) -> Words:
    """The words with the definitions telling the figures of the policy in force."""
    raw = words(lang)
    rules, signals, day, effective = policy.report.targets, policy.signals, policy.capacity, policy.report.effective

    def share(value: float) -> str:
        return f"{value * 100:.0f}%" if value else raw.advice.no_target

    told = {name: share(value) for name, value in rules.model_dump().items()} | {
        "practice": f"{rules.practice:g}" if rules.practice else raw.advice.no_target, "clients": str(day.clients),
        "visit": str(day.visit), "call": str(day.call), "message": str(day.message), "visit_rate": share(effective.visit),
        "call_rate": share(effective.call), "message_rate": share(effective.message), "matured_days": str(signals.matured_days),
        "outflow_months": str(signals.outflow_months), "outflow_share": share(signals.outflow_share),
        "outflow_amount": money(signals.outflow_amount, lang),
    }  # fmt: skip
    filled = {
        name: Definition(**{part: text.format_map(told) for part, text in meant.model_dump().items()})
        for name, meant in raw.definitions.items()
    }
    return raw.model_copy(update={"definitions": filled})
