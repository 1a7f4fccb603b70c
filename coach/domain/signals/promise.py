"""A next step that was promised and is due (contract: ``follow_up``)."""

from __future__ import annotations

import polars as pl

from coach.domain.plays import play_for
from coach.domain.signals.context import Context, days_between, first_per_client, found
from coach.domain.words import Stage


def promised(ctx: Context) -> pl.DataFrame:
    """The newest contact of a play named a next date; that day has come, and nobody has contacted the client since.

    The earliest such date of a client. A contact without a play goes on with the play of the stage's rhythm.
    """
    some = ctx.contacts.filter(pl.col("next_on") <= ctx.today).select("client_no")
    rows = newest_by_play(ctx.contacts.join(some, on="client_no", how="semi")).filter(pl.col("next_on") <= ctx.today)
    last = ctx.contacts.group_by("client_no").agg(last_at=pl.col("at").max(), last_day=pl.col("day").max())
    open_ = rows.join(last, on="client_no").filter(~((pl.col("last_at") > pl.col("at")) & (pl.col("last_day") >= pl.col("next_on"))))
    rhythm = {stage.value: play_for(ctx.plays, "cadence_due", stage.value) for stage in Stage}
    known = pl.when(pl.col("play").is_in(list(ctx.plays))).then(pl.col("play"))
    open_ = open_.join(ctx.clients.select("client_no", "stage"), on="client_no").with_columns(
        play=pl.coalesce(known, pl.col("stage").replace_strict(rhythm, default=None, return_dtype=pl.String))
    )
    open_ = first_per_client(open_, ["next_on", "at", "play"], [False, True, False])
    overdue = days_between(pl.col("next_on"), pl.lit(ctx.today))
    return found(
        open_, "follow_up", on=pl.col("next_on"), extra=20 + overdue, play=pl.col("play"),
        evidence={
            "play": pl.col("play"), "step": pl.col("step"), "promised_on": pl.col("next_on"), "summary": pl.col("summary"),
            "signal": pl.col("signal"), "overdue_days": overdue,
        },
    )


def newest_by_play(contacts: pl.DataFrame) -> pl.DataFrame:
    """The newest contact of each client and play; contacts without a play are a group of their own."""
    order = ["client_no", "play", "at", "next_on", "step", "summary"]
    return contacts.sort(order).unique(["client_no", "play"], keep="last", maintain_order=True)


def follow_up(ctx: Context, matured: pl.DataFrame) -> pl.DataFrame:
    """One ``follow_up`` a client: a promise before money that waits."""
    return pl.concat([promised(ctx), matured]).unique("client_no", keep="first", maintain_order=True)
