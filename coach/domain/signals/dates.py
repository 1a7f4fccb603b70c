"""Signals of the calendar: birthdays and other days that matter to the client, and events (A28)."""

from __future__ import annotations

import polars as pl

from coach.domain.lunar import next_anniversaries, next_lunar
from coach.domain.signals.context import Context, days_between, first_per_client, found, nearness

BIRTHDAY, SELF = "生日", "本人"
_SELF = ("", "本人", "自己", "客户本人", "self", "the client", "client")
_KEY = {"client_no": pl.String, "label": pl.String, "who": pl.String, "calendar": pl.String, "next_on": pl.Date}


def key_date(ctx: Context) -> pl.DataFrame:
    """A birthday or anniversary, solar or lunar, within ``key_date_ahead_days``: the client's own and those noted."""
    ahead = ctx.policy.signals.key_date_ahead_days
    rows = pl.concat([_own_solar(ctx), _own_lunar(ctx), _noted(ctx)]).filter(pl.col("next_on") <= ctx.ahead(ahead))
    rows = rows.with_columns(
        label=pl.when(pl.col("label").str.to_lowercase() == "birthday").then(pl.lit(BIRTHDAY)).otherwise(pl.col("label")),
        who=pl.when(pl.col("who").fill_null("").str.strip_chars().str.to_lowercase().is_in(_SELF)).then(pl.lit(SELF)).otherwise(pl.col("who")),
    ).sort("client_no", "next_on", "label", "who", "calendar").unique(
        ["client_no", "next_on", "label", "who"], keep="last", maintain_order=True
    )
    rows = rows.join(ctx.clients.select("client_no"), on="client_no", how="semi")
    to = days_between(pl.lit(ctx.today), pl.col("next_on"))
    return found(
        rows, "key_date", on=pl.col("next_on"), extra=nearness(to, ahead),
        evidence={"label": pl.col("label"), "who": pl.col("who"), "date": pl.col("next_on"), "calendar": pl.col("calendar"), "days_to": to},
    )


def _own_solar(ctx: Context) -> pl.DataFrame:
    rows = ctx.clients.select("client_no", date="birthday", label=pl.lit(BIRTHDAY), who=pl.lit(SELF), calendar=pl.lit("solar"))
    return _next(ctx, rows.filter(pl.col("date").is_not_null()))


def _own_lunar(ctx: Context) -> pl.DataFrame:
    days = ctx.clients["lunar_birthday"].drop_nulls().unique().sort()
    nexts = pl.DataFrame(
        {"lunar_birthday": days, "next_on": [next_lunar(d, ctx.today) for d in days]},
        schema={"lunar_birthday": pl.String, "next_on": pl.Date},
    ).drop_nulls()
    return ctx.clients.select("client_no", "lunar_birthday").join(nexts, on="lunar_birthday").select(
        "client_no", label=pl.lit(BIRTHDAY), who=pl.lit(SELF), calendar=pl.lit("lunar"), next_on="next_on"
    )


def _noted(ctx: Context) -> pl.DataFrame:
    rows = ctx.frames.key_dates.filter(pl.col("date").is_not_null())
    return _next(ctx, rows.with_columns(pl.col("calendar").fill_null("solar")))


def _next(ctx: Context, rows: pl.DataFrame) -> pl.DataFrame:
    """With ``next_on``. The calendar is asked once for each distinct day: of a date long past only month and day matter."""
    old = pl.col("date").dt.year() < ctx.today.year - 1
    in_leap_year = pl.date(1904, pl.col("date").dt.month(), pl.col("date").dt.day())
    rows = rows.with_columns(date=pl.when(old).then(in_leap_year).otherwise(pl.col("date")))
    pairs = next_anniversaries(rows.select("date", "calendar").unique().iter_rows(), ctx.today)
    nexts = pl.DataFrame(
        [(day, calendar, on) for (day, calendar), on in pairs.items()],
        schema={"date": pl.Date, "calendar": pl.String, "next_on": pl.Date}, orient="row",
    )
    return rows.join(nexts, on=["date", "calendar"]).select(*_KEY)


def event_due(ctx: Context) -> pl.DataFrame:
    """Accepted an invitation to an event held within ``event_ahead_days``: the next one."""
    ahead = ctx.policy.signals.event_ahead_days
    rows = ctx.frames.invitations.filter((pl.col("status") == "accepted") & pl.col("on").is_between(ctx.today, ctx.ahead(ahead)))
    rows = first_per_client(rows, ["on", "event_no"], [False, False])
    to = days_between(pl.lit(ctx.today), pl.col("on"))
    keys = ("event_no", "title", "on", "place")
    evidence = {**{key: pl.col(key) for key in keys}, "days_to": to}
    return found(rows, "event_due", on=pl.col("on"), extra=nearness(to, ahead), evidence=evidence)
