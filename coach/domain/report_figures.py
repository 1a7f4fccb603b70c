"""Each figure of the report as one number with its goal, and the advice that follows from how far a person is from it.

The goal is the branch's target where there is one, else the median of the branch's people (A48: follow the figures, then coach).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Literal

from coach.domain.policy import EffectiveTargets
from coach.domain.report import BRANCH, CHANNELS, TIERS, Figures, Share

Unit = Literal["share", "count", "money", "score"]
Against = Literal["target", "median"]
FEWEST = 3
"""So many people must have a figure before their median says anything."""
APART = 0.1
"""A figure this much of its goal below (or above) it is worth a word."""


@dataclass(frozen=True, slots=True)
class Target:
    """From how many cases on a figure is judged and what to read (``knowledge/report.toml``); what the branch aims at (policy)."""

    definition: str
    least: int
    cites: tuple[str, ...]
    target: float | None = None
    """The share aimed at. ``None``: held against the branch's median."""
    days: int = 1
    """In a shorter period nothing is said of it: a month's lifts and returns are luck."""


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of a person. ``cases``: how many it rests on. ``better`` = +1 more is better, -1 less, 0 neither."""

    id: str
    unit: Unit
    value: Callable[[Figures], float | None]
    cases: Callable[[Figures], int]
    better: int = 1


@dataclass(frozen=True, slots=True)
class Gap:
    """One person's figure beside its goal. ``short`` > 0: how far it falls short, as a share of the goal."""

    figure: str
    value: float
    goal: float
    against: Against
    short: float

    @property
    def met(self) -> bool:
        return self.short <= 0


def _channel(channel: str) -> Figure:
    def value(f: Figures) -> float | None:
        work = f.work[channel]
        return Share(work.counted, work.target).rate

    return Figure(f"{channel}s", "share", value, lambda f: f.work[channel].target)


def _tier(tier: str) -> Figure:
    return Figure(f"coverage_{tier}", "share", lambda f: f.coverage[tier].rate, lambda f: f.coverage[tier].whole)


FIGURES: tuple[Figure, ...] = (
    Figure("tasks", "share", lambda f: f.tasks.rate, lambda f: f.tasks.whole),
    *map(_channel, CHANNELS),
    Figure("effective", "share", lambda f: f.contacts.rate, lambda f: f.contacts.whole),
    *map(_tier, TIERS),
    Figure("retention", "share", lambda f: Share(f.placed_fen, f.matured_fen).rate, lambda f: 1 if f.matured_fen else 0),
    Figure("lifted", "count", lambda f: f.lifted, lambda f: f.clients),
    Figure("won_back", "money", lambda f: f.won_fen, lambda f: f.clients),
    Figure("referrals", "count", lambda f: f.given, lambda f: f.clients),
    Figure("ignored", "share", lambda f: Share(f.ignored, f.followed + f.changed + f.ignored).rate,
           lambda f: f.followed + f.changed + f.ignored, -1),
    Figure("practice", "score", lambda f: f.score, lambda f: f.attempts),
    Figure("cautions", "count", lambda f: f.cautions, lambda f: f.clients, -1),
)
"""In the order in which they are shown; of two equally far from their goals the earlier one is spoken of."""


def effective_target(figures: Figures, by_channel: EffectiveTargets) -> float | None:
    """The effective contact rate to be expected of this mix of channels: a caller and a writer are not held to one line."""
    contacts = sum(w.contacts for w in figures.work.values())
    return sum(w.contacts * by_channel.of(c) for c, w in figures.work.items()) / contacts if contacts else None


def medians(everyone: Sequence[Figures], targets: Mapping[str, Target]) -> dict[str, float]:
    """Figure → the median over the people who have clients and enough cases; none where they are fewer than ``FEWEST``."""
    out = {}
    for figure in FIGURES:
        values = [v for f in everyone if f.staff_no != BRANCH and f.clients and (v := _judged(figure, f, targets)) is not None]
        if len(values) >= FEWEST:
            out[figure.id] = float(median(values))
    return out


def _judged(figure: Figure, of: Figures, targets: Mapping[str, Target]) -> float | None:
    return figure.value(of) if figure.cases(of) >= targets[figure.id].least else None


def gaps(of: Figures, targets: Mapping[str, Target], by_channel: EffectiveTargets, middle: Mapping[str, float], days: int) -> list[Gap]:
    """A person's figures with a goal, the one furthest short of it first, in a period of so many days.

    Figures with too few cases are left out.
    """
    found = []
    for figure in FIGURES:
        value = _judged(figure, of, targets)
        target = effective_target(of, by_channel) if figure.id == "effective" else targets[figure.id].target
        goal = target if target is not None else middle.get(figure.id)
        if value is None or goal is None or not figure.better or days < targets[figure.id].days:
            continue
        short = (goal - value) / goal if figure.better > 0 and goal else (value - goal) / max(value, goal) if max(value, goal) else 0.0
        if figure.better > 0 and not goal:
            short = 0.0  # a goal of nothing is reached by anybody
        found.append(Gap(figure.id, value, goal, "target" if target is not None else "median", short))
    return sorted(found, key=lambda gap: -gap.short)  # stable: ties in the order of FIGURES


def mend(found: Sequence[Gap]) -> Gap | None:
    """The one figure to work on: the furthest short, where that is worth a word (one at a time: ``support.kpi/point-one``)."""
    return found[0] if found and found[0].short >= APART else None


def praise(found: Sequence[Gap]) -> Gap | None:
    """The figure furthest above its goal, where that is worth a word."""
    return found[-1] if found and found[-1].short <= -APART else None
