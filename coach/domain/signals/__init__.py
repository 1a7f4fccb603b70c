"""Signals: facts in clients' records, on a date, that call for a play (contract, section 1).

:func:`find` works on whole columns, for one client or for all of a branch. The rules stand in one module
a group; every threshold comes from the policy, and which play a signal calls for from the playbook.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from coach.domain.frames import Frames
from coach.domain.plays import Play, play_for
from coach.domain.policy import Policy
from coach.domain.signals import assets, dates, maturity, movements, products, promise, relation
from coach.domain.signals.context import FOUND, Context
from coach.domain.words import Signal, Stage

SIGNALS = {"client_no": pl.String, "signal": pl.String, "play": pl.String, "on": pl.Date, "priority": pl.Int64, "evidence": pl.String}
"""Columns of the result of :func:`find`."""
_DETECTORS = (
    relation.unclaimed, relation.cadence_due, maturity.maturity_due, assets.threshold_near, assets.benefit_due,
    movements.large_movement, assets.outflow, dates.key_date, dates.event_due, products.windfall, products.product_fit,
    products.single_product, relation.referral_ready, movements.competitor_flow,
)


def find(frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date) -> pl.DataFrame:
    """Every signal of the clients in ``frames`` on a date, most urgent first (columns: :data:`SIGNALS`).

    ``on`` is the date of the fact and stays the same from day to day; ``evidence`` is JSON (money in fen
    under keys that end in ``_fen``, dates ISO); ``priority`` is the policy's, raised by up to 49 for what is
    nearer or larger. A signal that no play of the playbook answers is left out. Records after ``today`` are
    not looked at.
    """
    ctx = Context.of(frames, plays, policy, today)
    rows = [detect(ctx) for detect in _DETECTORS]
    rows.append(promise.follow_up(ctx, maturity.matured(ctx)))
    found = pl.concat([part.select(pl.col(name).cast(dtype) for name, dtype in FOUND.items()) for part in rows])
    base = pl.DataFrame(
        {"signal": [s.value for s in Signal], "base": [policy.priority[s] for s in Signal], "order": list(range(len(Signal)))},
        schema={"signal": pl.String, "base": pl.Int64, "order": pl.Int64},
    )
    calls = pl.DataFrame(
        [(s.value, g.value, play_for(plays, s.value, g.value)) for s in Signal for g in Stage],
        schema={"signal": pl.String, "stage": pl.String, "called": pl.String}, orient="row",
    )
    return (
        found.join(ctx.clients.select("client_no", "stage"), on="client_no").join(base, on="signal")
        .join(calls, on=["signal", "stage"], how="left")
        .with_columns(play=pl.coalesce("play", "called"), priority=(pl.col("base") + pl.col("extra")).clip(0, 999))
        .filter(pl.col("play").is_not_null())
        .sort(["priority", "client_no", "order", "on", "evidence"], descending=[True, False, False, False, False])
        .select(pl.col(name).cast(dtype) for name, dtype in SIGNALS.items())
    )
