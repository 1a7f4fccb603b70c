"""Grounding, counted in code: what a text says must stand in a passage that it cites or in a record.

A claim is a talking point or a care idea. It is supported when it cites at least one passage that
was given, every figure in it stands in the client's facts or in a cited passage, every person it
addresses is the client or the staff, and its words overlap with what it cites.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from coach.domain.facts import Facts
from coach.domain.suggestion import Grounding

MIN_OVERLAP = 0.6
"""Least share of a claim's word pieces (facts taken out) that stand in the cited passages; measured on the cards."""

_FIGURE = re.compile(r"\d[\d,]*(?:\.\d+)?%?")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_LATIN = re.compile(r"[a-z]{3,}")
_PERSON = re.compile(r"(?:Mr|Ms|Mrs) [A-Z][a-z]+")


@dataclass(frozen=True, slots=True)
class Flaw:
    """Why a claim is not supported."""

    text: str
    reason: str


def figures(text: str) -> set[str]:
    """Every number in a text, without thousands separators."""
    return {found.replace(",", "") for found in _FIGURE.findall(text)}


def pieces(text: str) -> set[str]:
    """Han bigrams and Latin words: what overlap is counted in."""
    out = set(_LATIN.findall(text.lower()))
    for run in _HAN.findall(text):
        out.update(run[i : i + 2] for i in range(len(run) - 1))
    return out


def without_facts(text: str, facts: Facts | None) -> str:
    """The text with the client's own values taken out, longest first."""
    if facts is None:
        return text
    for value in sorted(set(facts.values.values()), key=len, reverse=True):
        if len(value) > 1:
            text = text.replace(value, " ")
    return text


def flaw_of(text: str, cites: Iterable[str], passages: Mapping[str, str], facts: Facts | None) -> str | None:
    """Why a claim is not supported, or ``None``. ``passages``: id → the text that was given to the writer."""
    cites = tuple(cites)
    if not cites:
        return "cites nothing"
    if missing := [c for c in cites if c not in passages]:
        return f"cites {missing[0]}, which was not given"
    cited = "\n".join(passages[c] for c in cites)
    known = figures(cited) | {f for value in (facts.values.values() if facts else ()) for f in figures(value)}
    if odd := sorted(figures(text) - known):
        return f"the figure {odd[0]} stands in no record and no cited passage"
    people = set(_PERSON.findall(text)) - set(_PERSON.findall(cited))
    if facts and (odd := sorted(p for p in people if not any(p in v for v in facts.values.values()))):
        return f"{odd[0]} is not this client"
    own = pieces(without_facts(text, facts))
    if own and len(own & pieces(cited)) / len(own) < MIN_OVERLAP:
        return "says what the cited passages do not say"
    return None


def count(claims: Iterable[tuple[str, tuple[str, ...]]], passages: Mapping[str, str], facts: Facts | None) -> tuple[Grounding, list[Flaw]]:
    """The contract's figures over all claims, and the flaws found."""
    total = cited = 0
    flaws: list[Flaw] = []
    for text, cites in claims:
        total += 1
        cited += bool(cites)
        if reason := flaw_of(text, cites, passages, facts):
            flaws.append(Flaw(text, reason))
    return Grounding(total, cited, len(flaws)), flaws
