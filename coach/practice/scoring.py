"""The score of a talk: ten criteria with the very sentences, the breaches, the weakest turn and a better one.

Deterministic: the same transcript and scenario bring the same score. A breach of a rule fails the talk and caps its total,
however good the rest is; rudeness takes from the whole. The weights are those given (a copy from the day on which the talk
began), else the scenario's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.breaches import Violation
from coach.practice.criteria import Finding, Talk, find
from coach.practice.kit import CRITERIA
from coach.practice.reader import Reader
from coach.practice.scenario import CriterionId, Scenario
from coach.practice.talk import Transcript

PASS = 60
"""A talk is passed from this total on."""
CAP = 40
"""The most that a talk with a breach can reach."""
RUDE, RUDE_LEAST = 0.15, 0.4
"""What each insult that the client minds takes off the whole, and what is left at the least."""
HINT_COST, HINTS_COST_MOST = 2, 10
WEAK, STRONG = 0.6, 0.85
"""Share of a criterion below which advice is given, and from which it is praised."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """Words of a turn, which stand in it letter by letter. Turns are numbered from 1 over the whole talk."""

    turn: int
    quote: str


@dataclass(frozen=True, slots=True)
class Criterion:
    """One line of the score: points, what they rest on, what to do."""

    id: CriterionId
    score: float
    max: int
    evidence: tuple[Evidence, ...]
    advice: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Better:
    """The weakest turn, and what could have been said."""

    turn: int
    quote: str
    say: str
    why: str
    cites: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Score:
    scenario: str
    total: float
    passed: bool
    criteria: tuple[Criterion, ...]
    violations: tuple[Violation, ...]
    """Breaches: what fails the talk."""
    cautions: tuple[Violation, ...]
    """Warnings: what was near the line."""
    weakest: Better | None
    hints: int
    engine: str
    rubric: dict[CriterionId, int]
    fallback: str | None = None

    def as_json(self) -> dict[str, Any]:
        """As ``coach practice score`` prints it."""
        return asdict(self)


def score(
    transcript: Transcript, scenario: Scenario, bench: Bench, *, lang: Lang | None = None, rubric: Mapping[CriterionId, int] | None = None
) -> Score:
    """The score of a talk held in a scenario."""
    lang = lang or transcript.lang
    weights = dict(rubric or scenario.rubric)
    talk = Talk.of(transcript, Reader(scenario, scenario.lang(lang), bench))
    findings = find(talk)
    criteria = tuple(_line(name, findings[name], weights.get(name, 0), talk) for name in CRITERIA)
    rude = sum(weight for *_, weight in talk.harm("insult"))
    total = sum(line.score for line in criteria) * max(1 - RUDE * rude, RUDE_LEAST) - min(HINT_COST * transcript.hints, HINTS_COST_MOST)
    if talk.violations:
        total = min(total, CAP)
    total = round(max(total, 0.0), 1)
    return Score(
        scenario.id, total, total >= PASS and not talk.violations, criteria, tuple(talk.violations), tuple(talk.warnings),
        _weakest(talk, findings, criteria), transcript.hints, "offline", weights,
    )  # fmt: skip


def _line(name: CriterionId, finding: Finding, weight: int, talk: Talk) -> Criterion:
    words = talk.common[name]
    missing = [point for point in talk.scenario.points if point.criterion == name and point.id in finding.missing]
    trapped = [trap for trap in talk.scenario.traps if trap.criterion == name and trap.id in finding.trapped]
    if finding.share >= STRONG:
        advice = words.good
    elif trapped:
        advice = talk.words.traps[trapped[0].id].advice
    elif missing:
        advice = talk.words.points[missing[0].id].advice
    elif finding.share < WEAK:
        advice = words.advice
    else:
        advice = words.good
    cites = [cite for point in (*trapped, *missing[:1]) for cite in point.cites] + list(talk.kit.criteria[name].cites)
    evidence = tuple(Evidence(turn, quote) for turn, quote in dict.fromkeys(finding.evidence))
    return Criterion(name, round(finding.share * weight, 1), weight, evidence, advice, tuple(dict.fromkeys(cites)))


def _weakest(talk: Talk, findings: Mapping[CriterionId, Finding], criteria: tuple[Criterion, ...]) -> Better | None:
    """The turn that cost most: a breach, else a trap, else harm done, else where the dearest criterion was missed."""
    if talk.violations:
        worst = talk.violations[0]
        words = talk.common["compliance"]
        return Better(worst.turn, worst.quote or talk.text(worst.turn), words.say, worst.text, worst.cites)
    lost = sorted(criteria, key=lambda line: line.score - line.max)
    for line in lost:
        finding = findings[line.id]
        if finding.share >= STRONG or not talk.staff:
            continue
        turn = finding.worst or talk.staff[min(len(talk.staff) - 1, 1)][0]
        point = next((p for p in talk.scenario.points if p.criterion == line.id and p.id in finding.missing), None)
        say = talk.words.points[point.id].say if point else talk.common[line.id].say
        return Better(turn, talk.text(turn), say, line.advice, line.cites)
    return None
