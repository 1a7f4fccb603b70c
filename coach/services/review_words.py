"""The rubric and the flags' words: structure in ``knowledge/review.toml``, words in ``knowledge/<lang>/review.toml``."""

from __future__ import annotations

import string
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from coach.domain.format import day, money
from coach.domain.review import Flag, Rule
from coach.domain.words import LANGS, TOPICS, Lang, label, pick
from coach.paths import KNOWLEDGE
from coach.playbook.cards import CardError, Playbook, read_as

LONGEST_TEXT = 60
"""Characters of a message that are told in a flag's sentence."""
_SLOTS: Mapping[Rule, frozenset[str]] = {
    Rule.CAUTION_OVERRIDDEN: frozenset({"at", "cautions"}),
    Rule.UNREACHED: frozenset({"from", "to", "contacts"}),
    Rule.BURST: frozenset({"from", "to", "contacts", "what", "clients"}),
    Rule.SAME_MESSAGE: frozenset({"from", "to", "clients", "text"}),
    Rule.GIFT_OVER_CAP: frozenset({"on", "item", "value", "over"}),
    Rule.MATURED_LOST: frozenset({"product", "amount", "matures_on", "days", "placed", "last_contact"}),
}
"""What a flag's sentence may speak of."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _Cites(_Part):
    cites: Annotated[tuple[str, ...], Field(min_length=1)]


class Rubric(_Part):
    """What a review is rated by, and the passages that flags and criteria are read with."""

    version: str
    grades: Annotated[tuple[Annotated[int, Field(ge=1, le=9)], ...], Field(min_length=2)]
    criteria: Annotated[dict[str, _Cites], Field(min_length=3, max_length=5)]
    flags: dict[Rule, _Cites]

    def share(self, rating: Mapping[str, int]) -> float | None:
        """A rating as one number, 0 to 100; ``None``: nothing was rated. Criteria that the rubric no longer has do not count."""
        given = [rating[name] for name in self.criteria if name in rating]
        low, high = min(self.grades), max(self.grades)
        return round(100 * sum(g - low for g in given) / (len(given) * (high - low)), 1) if given else None


class FlagWords(_Part):
    name: str
    mark: str
    brief: str
    told: str
    ask: str


class CriterionWords(_Part):
    name: str
    asks: str


class PartWords(_Part):
    talks: str
    messages: str
    once: str
    year: str
    never: str


class Words(_Part):
    """The words in one language."""

    grades: dict[int, str]
    criteria: dict[str, CriterionWords]
    flags: dict[Rule, FlagWords]
    parts: PartWords


@lru_cache(maxsize=2)
def rubric(root: Path = KNOWLEDGE) -> Rubric:
    """The structure. Raises :class:`~coach.playbook.cards.CardError` with file and place."""
    path = root / "review.toml"
    read = read_as(path, Rubric)
    if missing := [rule.value for rule in Rule if rule not in read.flags]:
        raise CardError(path, f"flags.{missing[0]} is missing")
    if list(read.grades) != sorted(set(read.grades)):
        raise CardError(path, "grades: give them from the lowest to the highest, each once")
    return read


@lru_cache(maxsize=4)
def words(lang: Lang, root: Path = KNOWLEDGE) -> Words:
    """The words of one language. Raises :class:`~coach.playbook.cards.CardError` where any are missing, in either language."""
    needed = rubric(root)
    both = {each: read_as(root / each / "review.toml", Words) for each in LANGS}
    for each, read in both.items():
        path = root / each / "review.toml"
        for name, wanted, given in (
            ("flags", set(needed.flags), set(read.flags)), ("criteria", set(needed.criteria), set(read.criteria)),
            ("grades", set(needed.grades), set(read.grades)),
        ):  # fmt: skip
            if off := sorted(map(str, wanted ^ given)):
                raise CardError(path, f"{name}.{off[0]} is {'missing' if off[0] in map(str, wanted) else 'in no structure'}")
        for rule, told in read.flags.items():
            used = {slot for _, slot, _, _ in string.Formatter().parse(told.told + told.brief) if slot}
            if unknown := sorted(used - _SLOTS[rule]):
                raise CardError(path, f"flags.{rule}: {{{unknown[0]}}} is unknown; use {', '.join(sorted(_SLOTS[rule]))}")
    return both[lang]


def told(flag: Flag, lang: Lang, playbook: Playbook, *, brief: bool = False) -> str:
    """What a flag saw, as one sentence, or in the few words of a list; cautions are named by the card that they belong to."""
    use, seen = words(lang), flag.evidence
    filled = {slot: _said(seen.get(slot), lang, flag.at.date()) for slot in _SLOTS[flag.rule]}
    if flag.rule is Rule.CAUTION_OVERRIDDEN:
        filled["cautions"] = pick(lang, "、", ", ").join(
            dict.fromkeys(_caution(c, lang, playbook) for c in seen["cautions"])
        )
    elif flag.rule is Rule.BURST:
        filled["what"] = getattr(use.parts, seen["what"])
    elif flag.rule is Rule.SAME_MESSAGE:
        text = " ".join(str(seen["text"]).split())
        filled["text"] = text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + "…"
    elif flag.rule is Rule.GIFT_OVER_CAP:
        cap = money(seen["cap_fen"], lang)
        once = "year" not in seen
        filled["value"] = money(seen["value_fen"], lang)
        year = {} if once else {"year": seen["year"], "year_sum": money(seen["year_fen"], lang)}
        filled["over"] = use.parts.once.format(cap=cap) if once else use.parts.year.format(cap=cap, **year)
    elif flag.rule is Rule.MATURED_LOST:
        filled["product"] = seen["product"] or label(seen["product_type"], lang)
        filled["amount"], filled["placed"] = money(seen["amount_fen"], lang), money(seen["placed_fen"], lang)
        filled["last_contact"] = _said(seen["last_contact"], lang, flag.at.date()) or use.parts.never
    named = use.flags[flag.rule]
    return (named.brief if brief else named.told).format(**filled)


def _caution(caution: Mapping[str, str], lang: Lang, playbook: Playbook) -> str:
    """``compliance.contact.refused`` → the title of the card ``compliance.contact``, and whether it forbids or warns."""
    topic, severity = ".".join(caution["rule"].split(".")[:2]), label(caution["severity"], lang)
    title = playbook.card(topic, lang).title if topic in TOPICS else caution["rule"]
    return pick(lang, f"{title}（{severity}）", f"{title} ({severity.lower()})")


def _said(value: Any, lang: Lang, at: date) -> str:
    if isinstance(value, datetime):
        return f"{day(value.date(), lang, at)} {value:%H:%M}" if value.time() != value.min.time() else day(value.date(), lang, at)
    if isinstance(value, date):
        return day(value, lang, at)
    return "" if value is None else str(value)
