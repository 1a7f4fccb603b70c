"""What every detector reads: the records up to today, the policy, and the helpers that shape a result.

A detector returns rows ``client_no, signal, on, extra, evidence`` (and ``play`` where it knows better than
the stage does). ``extra`` (0–49) orders the rows of one signal; ``evidence`` is JSON made column-wise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import polars as pl

from coach.domain.frames import Frames
from coach.domain.plays import Play
from coach.domain.policy import Policy

FOUND = {"client_no": pl.String, "signal": pl.String, "play": pl.String, "on": pl.Date, "extra": pl.Int64, "evidence": pl.String}
MAX_EXTRA = 49
_STEPS = (100, 120, 150, 180, 220, 270, 330, 390, 470, 560, 680, 820)
_AMOUNTS = pl.Series([step * 10**decade for decade in range(3, 7) for step in _STEPS])
"""From 1,000 yuan (100,000 fen) to 8.2 million, twelve steps to a decade."""


@dataclass(frozen=True, slots=True)
class Context:
    """Records and rules of one call of :func:`coach.domain.signals.find`."""

    frames: Frames
    plays: Mapping[str, Play]
    policy: Policy
    today: date
    clients: pl.DataFrame
    """The clients, with ``stage`` and ``tier`` filled in and ``known_on``: the fallback date of a fact without one."""
    contacts: pl.DataFrame
    """Contacts up to today, with ``day``, ``talked`` (effective)."""
    held: pl.DataFrame
    """Holdings with an amount that have begun and have not matured before today."""

    @classmethod
    def of(cls, frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date) -> Context:
        now = pl.lit(today)
        clients = frames.clients.with_columns(
            stage=pl.col("stage").fill_null("stranger"), tier=pl.col("tier").fill_null("C"),
            known_on=pl.min_horizontal(pl.coalesce("assigned_on", "opened_on", now), now),
        )
        contacts = frames.contacts.with_columns(day=pl.col("at").dt.date(), talked=pl.col("effective").fill_null(False)).filter(
            pl.col("day") <= now
        )
        held = frames.holdings.filter(
            (pl.col("amount_fen") > 0) & (pl.col("matures_on").is_null() | (pl.col("matures_on") >= now))
            & (pl.col("start_on").is_null() | (pl.col("start_on") <= now))
        )
        return cls(frames, plays, policy, today, clients, contacts, held)

    def ago(self, days: int) -> date:
        return self.today - timedelta(days=days)

    def ahead(self, days: int) -> date:
        return self.today + timedelta(days=days)


def found(rows: pl.DataFrame, signal: str, *, on: pl.Expr, extra: pl.Expr, evidence: Mapping[str, pl.Expr],
          play: pl.Expr | None = None) -> pl.DataFrame:
    """The rows of a detector. Dates of the evidence become ISO text; ``extra`` is held within 0–49."""
    return rows.select(
        pl.col("client_no"), signal=pl.lit(signal), play=pl.lit(None, dtype=pl.String) if play is None else play, on=on,
        extra=extra.cast(pl.Int64).fill_null(0).clip(0, MAX_EXTRA),
        evidence=pl.struct(**evidence).struct.json_encode(),
    )


def nearness(days: pl.Expr, within: int, top: int = MAX_EXTRA) -> pl.Expr:
    """``top`` on the day (or after), falling to 0 at ``within`` days before it."""
    return ((within - days.clip(0, within)) * top) // max(within, 1)


def by_amount(fen: pl.Expr, top: int = MAX_EXTRA) -> pl.Expr:
    """0 below 1,000 yuan, rising by even steps of proportion to ``top`` at some ten million."""
    step = fen.fill_null(0).map_batches(lambda s: _AMOUNTS.search_sorted(s, side="right").cast(pl.Int64), return_dtype=pl.Int64)
    return step * top // len(_AMOUNTS)


def days_between(start: pl.Expr, end: pl.Expr) -> pl.Expr:
    return (end - start).dt.total_days()


def first_per_client(rows: pl.DataFrame, by: list[str], descending: list[bool]) -> pl.DataFrame:
    """One row a client: the first by an order that leaves no ties to chance."""
    return rows.sort([*by, "client_no"], descending=[*descending, False], nulls_last=True).unique(
        "client_no", keep="first", maintain_order=True
    )
