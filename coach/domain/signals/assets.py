"""Signals of the assets: near a benefit line, a benefit not taken, money gone."""

from __future__ import annotations

import polars as pl

from coach.domain.exact import at_least
from coach.domain.signals.context import Context, by_amount, found


def threshold_near(ctx: Context) -> pl.DataFrame:
    """Assets at ``threshold_share`` or more of the next benefit line, and below it (A36, A37)."""
    assets, line = pl.col("assets_fen"), pl.col("line_fen")
    above = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Int64)
    for level in reversed(ctx.policy.levels):  # the lowest line above the assets wins
        pairs = zip((level.id, level.assets), above, strict=True)
        above = tuple(pl.when(assets < level.assets).then(pl.lit(value)).otherwise(other) for value, other in pairs)
    rows = ctx.clients.with_columns(level=above[0], line_fen=above[1]).filter(at_least(assets, ctx.policy.signals.threshold_share, line))
    from_fen = at_least(pl.col("then_fen"), ctx.policy.signals.threshold_share, line)
    rows = _since(ctx, rows, from_fen & (pl.col("then_fen") < line))
    return found(
        rows, "threshold_near", on=pl.col("since"), extra=assets * 49 // line,
        evidence={"level": pl.col("level"), "line_fen": line, "gap_fen": line - assets, "assets_fen": assets},
    )


def benefit_due(ctx: Context) -> pl.DataFrame:
    """Assets have reached a level whose card the client does not hold (A28).

    A card that is no level of the policy (an ordinary card, or none) counts as below all of them.
    """
    assets, card = pl.col("assets_fen"), pl.col("card_level").str.strip_chars().str.to_lowercase()
    reached = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Int64), pl.lit(-1)
    has = pl.lit(-1)
    for rank, level in enumerate(ctx.policy.levels):
        values = zip((level.id, level.assets, rank), reached, strict=True)
        reached = tuple(pl.when(assets >= level.assets).then(pl.lit(v)).otherwise(o) for v, o in values)
        names = [name.lower() for name in (level.id, level.name, level.name_en) if name]
        has = pl.when(card.is_in(names)).then(rank).otherwise(has)
    rows = ctx.clients.with_columns(level=reached[0], line_fen=reached[1], rank=reached[2], has=has).filter(pl.col("rank") > pl.col("has"))
    rows = _since(ctx, rows, pl.col("then_fen") >= pl.col("line_fen"))
    return found(
        rows, "benefit_due", on=pl.col("since"), extra=by_amount(assets),
        evidence={"level": pl.col("level"), "line_fen": pl.col("line_fen"), "card_level": pl.col("card_level")},
    )


def _since(ctx: Context, rows: pl.DataFrame, held: pl.Expr) -> pl.DataFrame:
    """``since``: the day after the last month-end at which the fact did not hold yet; else the fallback date.

    So the date stays the same from month to month for as long as the fact does.
    """
    then = ctx.frames.balances.filter(pl.col("on") <= ctx.today).rename({"assets_fen": "then_fen"})
    broken = (
        then.join(rows.select("client_no", "line_fen"), on="client_no").filter(~held)
        .group_by("client_no").agg(broken_on=pl.col("on").max())
    )
    after = pl.when(pl.col("broken_on").is_not_null()).then(pl.min_horizontal(pl.col("broken_on") + pl.duration(days=1), pl.lit(ctx.today)))
    return rows.join(broken, on="client_no", how="left").with_columns(since=pl.coalesce(after, pl.col("known_on")))


def outflow(ctx: Context) -> pl.DataFrame:
    """Assets down by a share and an amount from their highest month-end of the last months (A38)."""
    rules = ctx.policy.signals
    start = pl.select(pl.lit(ctx.today).dt.offset_by(f"-{rules.outflow_months}mo")).item()
    peaks = (
        ctx.frames.balances.filter(pl.col("on").is_between(start, ctx.today)).sort("client_no", "assets_fen", "on")
        .group_by("client_no", maintain_order=True).agg(peak_fen=pl.col("assets_fen").last(), peak_on=pl.col("on").last())
    )
    drop, peak = pl.col("drop_fen"), pl.col("peak_fen")
    rows = ctx.clients.join(peaks, on="client_no").with_columns(drop_fen=peak - pl.col("assets_fen")).filter(
        (drop > 0) & (drop >= rules.outflow_amount) & at_least(drop, rules.outflow_share, peak)
    )
    return found(
        rows, "outflow", on=pl.col("peak_on"), extra=by_amount(drop),
        evidence={
            "peak_fen": peak, "peak_on": pl.col("peak_on"), "assets_fen": pl.col("assets_fen"), "drop_fen": drop,
            "drop_share": _share(drop * 10_000 // peak),
        },
    )


def _share(points: pl.Expr) -> pl.Expr:
    """Ten-thousandths as a share of 1, by way of its digits: a division comes out otherwise for one row than for many."""
    return pl.format("{}.{}", points // 10_000, (points % 10_000).cast(pl.String).str.zfill(4)).cast(pl.Float64)
