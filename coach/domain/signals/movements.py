"""Signals of money that moves: one large movement, and a habit of sending to another bank."""

from __future__ import annotations

import polars as pl

from coach.domain.signals.context import Context, by_amount, first_per_client, found

_OUR_OWN = ("", "本行", "我行", "行内", "own bank", "our bank", "same bank")


def large_movement(ctx: Context) -> pl.DataFrame:
    """One movement of ``movement_amount`` or more, in or out, in the last ``movement_days`` (A28): the largest."""
    rules = ctx.policy.signals
    size = pl.col("amount_fen").abs()
    rows = ctx.frames.movements.filter(
        (size >= rules.movement_amount) & pl.col("on").is_between(ctx.ago(rules.movement_days), ctx.today)
    ).with_columns(size=size)
    rows = first_per_client(
        rows, ["size", "on", "amount_fen", "counterparty", "counterparty_bank", "purpose"], [True, True, False, False, False, False]
    )
    keys = ("amount_fen", "on", "counterparty", "counterparty_bank", "purpose")
    return found(rows, "large_movement", on=pl.col("on"), extra=by_amount(pl.col("size")), evidence={key: pl.col(key) for key in keys})


def competitor_flow(ctx: Context) -> pl.DataFrame:
    """``competitor_count`` or more movements out to the same other bank within ``competitor_days`` (A43): the bank with most money."""
    rules = ctx.policy.signals
    bank = pl.col("counterparty_bank").str.strip_chars()
    moves = (
        ctx.frames.movements.filter((pl.col("amount_fen") < 0) & pl.col("on").is_between(ctx.ago(rules.competitor_days), ctx.today))
        .select("client_no", "on", "amount_fen", bank=bank).filter(~pl.col("bank").str.to_lowercase().is_in(_OUR_OWN))
    )
    rows = moves.group_by("client_no", "bank").agg(
        count=pl.len().cast(pl.Int64), total_fen=-pl.col("amount_fen").sum(), first_on=pl.col("on").min(), last_on=pl.col("on").max()
    ).filter(pl.col("count") >= rules.competitor_count)
    rows = first_per_client(rows, ["total_fen", "count", "bank"], [True, True, False])
    key = ["client_no", "bank"]
    reached = moves.join(rows.select(key), on=key, how="semi").sort("on").group_by(key).agg(
        reached_on=pl.col("on").get(rules.competitor_count - 1)
    )
    rows = rows.join(reached, on=key)
    keys = ("bank", "count", "total_fen", "first_on", "last_on")
    return found(
        rows, "competitor_flow", on=pl.col("reached_on"), extra=by_amount(pl.col("total_fen")), evidence={key: pl.col(key) for key in keys}
    )
