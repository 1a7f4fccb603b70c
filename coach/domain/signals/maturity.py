"""Money that comes free: about to mature, just matured, or matured and not placed again (A27, A34, A35)."""

from __future__ import annotations

import polars as pl

from coach.domain.exact import at_least
from coach.domain.plays import play_for
from coach.domain.signals.context import Context, by_amount, days_between, first_per_client, found, nearness
from coach.domain.words import Stage

_MATURING = ("deposit", "wealth", "insurance")
_PLACED_IN = ("deposit", "wealth", "fund", "insurance", "bond", "metal")
_ABOUT = ("holding_no", "product", "product_type", "amount_fen", "matures_on")


def maturity_due(ctx: Context) -> pl.DataFrame:
    """Matures within ``maturity_ahead_days``, or matured up to ``maturity_after_days`` ago and not placed again.

    On the day itself money that is placed already no longer calls.
    """
    rules = ctx.policy.signals
    rows = _not_placed(ctx, rules.maturity_after_days, rules.maturity_ahead_days)
    left = days_between(pl.lit(ctx.today), pl.col("matures_on"))
    return found(
        rows, "maturity_due", on=pl.col("matures_on"),
        extra=nearness(left, rules.maturity_ahead_days, 30) + by_amount(pl.col("amount_fen"), 19),
        evidence={**{key: pl.col(key) for key in _ABOUT}, "days_left": left},
    )


def matured(ctx: Context) -> pl.DataFrame:
    """``follow_up`` for money that matured longer ago than ``maturity_due`` reaches, up to ``matured_days``, the largest sum."""
    rules = ctx.policy.signals
    rows = _not_placed(ctx, rules.matured_days, -rules.maturity_after_days - 1)
    calls = {stage.value: play_for(ctx.plays, "maturity_due", stage.value) for stage in Stage}
    rows = rows.join(ctx.clients.select("client_no", "stage"), on="client_no").with_columns(
        play=pl.col("stage").replace_strict(calls, default=None, return_dtype=pl.String)
    )
    rows = first_per_client(rows, ["amount_fen", "matures_on", "holding_no"], [True, True, False])
    past = days_between(pl.col("matures_on"), pl.lit(ctx.today))
    return found(
        rows, "follow_up", on=pl.col("matures_on"), extra=by_amount(pl.col("amount_fen"), 19), play=pl.col("play"),
        evidence={"play": pl.col("play"), **{key: pl.col(key) for key in _ABOUT}, "days_past": past},
    )


def _not_placed(ctx: Context, behind: int, ahead: int) -> pl.DataFrame:
    """Maturities from ``behind`` days ago to ``ahead`` days on, without those whose money was placed again.

    Placed again: other holdings begun from the maturity on come to ``placed_share`` of the amount or more.
    """
    rows = ctx.frames.holdings.filter(
        pl.col("product_type").is_in(_MATURING) & (pl.col("amount_fen") > 0)
        & pl.col("matures_on").is_between(ctx.ago(behind), ctx.ahead(ahead))
    ).select("client_no", *_ABOUT).sort("client_no", "matures_on", "holding_no").with_row_index("row")
    new = ctx.frames.holdings.filter(
        pl.col("product_type").is_in(_PLACED_IN) & pl.col("start_on").is_between(ctx.ago(behind), ctx.today)
    ).select("client_no", "start_on", new_fen="amount_fen", new_no="holding_no")
    placed = (
        rows.filter(pl.col("matures_on") <= ctx.today).join(new, on="client_no")
        .filter((pl.col("start_on") >= pl.col("matures_on")) & pl.col("new_no").ne_missing(pl.col("holding_no")))
        .group_by("row", "amount_fen").agg(pl.col("new_fen").sum())
        .filter(at_least(pl.col("new_fen"), ctx.policy.signals.placed_share, pl.col("amount_fen")))
    )
    return rows.join(placed, on="row", how="anti").drop("row")
