"""Plays that are often left aside: counted with their reasons, and put later in the plan where the branch wants that.

Nothing is lowered behind anybody's back: the rule is the policy's ``[log.ignored]``, off by default, and what it did
stands in the evidence of each task's first reason under ``lowered``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import polars as pl

from coach.domain.exact import fraction
from coach.domain.policy import IgnoredRule


@dataclass(frozen=True, slots=True)
class PlayUse:
    """What people did with the suggestions of one play."""

    play: str
    followed: int = 0
    changed: int = 0
    ignored: int = 0
    reasons: Mapping[str, int] = field(default_factory=dict)
    """Reason → how often; the most frequent first."""

    @property
    def used(self) -> int:
        return self.followed + self.changed + self.ignored


def by_play(uses: Iterable[tuple[str | None, str, str | None]]) -> list[PlayUse]:
    """``(play, how, reason)`` of each suggestion → one row a play, the most often ignored first."""
    hows: dict[str, Counter[str]] = {}
    reasons: dict[str, Counter[str]] = {}
    for play, how, reason in uses:
        if play is None:
            continue
        hows.setdefault(play, Counter())[how] += 1
        if reason is not None:
            reasons.setdefault(play, Counter())[reason] += 1
    rows = [
        PlayUse(play, n["followed"], n["changed"], n["ignored"], dict(sorted(reasons.get(play, {}).items(), key=lambda r: (-r[1], r[0]))))
        for play, n in hows.items()
    ]
    return sorted(rows, key=lambda row: (-row.ignored, row.play))


@dataclass(frozen=True, slots=True)
class Lowered:
    """Why a play comes later: ``ignored`` of ``used`` suggestions in ``days`` days; by ``points``."""

    ignored: int
    used: int
    days: int
    points: int


def often_ignored(rows: Iterable[PlayUse], rule: IgnoredRule) -> dict[str, Lowered]:
    """The plays that the rule puts later. None where it is off."""
    if not rule.lower:
        return {}
    share = fraction(rule.share)
    return {
        row.play: Lowered(row.ignored, row.used, rule.days, rule.points)
        for row in rows
        if row.used >= rule.least and row.ignored >= share * row.used
    }


def lower(signals: pl.DataFrame, lowered: Mapping[str, Lowered]) -> pl.DataFrame:
    """Signals of the plays named, with less priority (never below 0), most urgent first again."""
    if not lowered:
        return signals
    points = pl.DataFrame(
        [(play, why.points) for play, why in lowered.items()], schema={"play": pl.String, "points": pl.Int64}, orient="row"
    )
    return (
        signals.join(points, on="play", how="left", maintain_order="left")
        .with_columns(priority=(pl.col("priority") - pl.col("points").fill_null(0)).clip(0))
        .drop("points").sort("priority", descending=True, maintain_order=True)
    )  # fmt: skip


def explained(reasons: list[dict[str, Any]], play: str, lowered: Mapping[str, Lowered]) -> list[dict[str, Any]]:
    """A task's reasons, the first of which says by how much its play was lowered, and why."""
    why = lowered.get(play)
    if why is None or not reasons:
        return reasons
    first = reasons[0] | {"evidence": reasons[0]["evidence"] | {"lowered": asdict(why)}}
    return [first, *reasons[1:]]
