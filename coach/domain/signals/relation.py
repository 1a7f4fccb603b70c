"""Signals of the relationship itself: not yet claimed, contact due, ready to refer."""

from __future__ import annotations

import polars as pl

from coach.domain.policy import Policy
from coach.domain.signals.context import Context, by_amount, days_between, found
from coach.domain.words import Channel, Tier

_SHARE = 1_000_000


def claims(ctx: Context) -> pl.DataFrame:
    """``client_no``, ``claimed_on``: the first effective contact by the present manager since the client was assigned."""
    book = ctx.clients.select("client_no", "manager", "assigned_on").filter(pl.col("manager").is_not_null())
    return (
        ctx.contacts.filter("talked").select("client_no", "staff_no", "day").join(book, on="client_no")
        .filter(
            (pl.col("staff_no").is_null() | (pl.col("staff_no") == pl.col("manager")))
            & (pl.col("assigned_on").is_null() | (pl.col("day") >= pl.col("assigned_on")))
        )
        .group_by("client_no").agg(claimed_on=pl.col("day").min())
    )


def unclaimed(ctx: Context) -> pl.DataFrame:
    """A21, A22: the manager has not had an effective contact yet."""
    before = ctx.contacts.filter("talked").group_by("client_no").agg(previous=pl.len().cast(pl.Int64))
    rows = (
        ctx.clients.filter(pl.col("manager").is_not_null()).join(claims(ctx), on="client_no", how="anti")
        .join(before, on="client_no", how="left")
    )
    return found(
        rows, "unclaimed", on=pl.col("known_on"), extra=by_amount(pl.col("assets_fen")),
        evidence={"assigned_on": pl.col("assigned_on"), "previous_contacts": pl.col("previous").fill_null(0)},
    )


def cadence_due(ctx: Context) -> pl.DataFrame:
    """The rhythm of the tier is overdue in a channel (A16–A18): the one most overdue in proportion to its interval.

    A visit or an effective call is also a contact by every lower channel. Counting begins with the first
    effective contact of the present manager. A call or visit in vain puts the channel off by ``retry_days``.
    """
    rows = _rhythm(ctx)
    for channel in Channel:
        rows = rows.with_columns(_due(channel, ctx.policy))
        over = days_between(pl.col(f"due_{channel}"), pl.lit(ctx.today))
        rows = rows.with_columns((over * _SHARE // pl.col(f"every_{channel}")).alias(f"over_{channel}"))
    most = pl.max_horizontal("over_visit", "over_call", "over_message")
    pick = pl.when(pl.col("over_visit") == most).then(pl.lit("visit")).when(pl.col("over_call") == most).then(pl.lit("call"))
    rows = rows.with_columns(most=most, channel=pick.otherwise(pl.lit("message"))).filter(pl.col("most") >= 0)
    rows = rows.with_columns(due_on=_of("due"), last_on=_of("last"))
    by_tier = pl.when(pl.col("tier") == "A").then(30).when(pl.col("tier") == "B").then(15).otherwise(0)
    return found(
        rows, "cadence_due", on=pl.col("due_on"), extra=by_tier + (pl.col("most") * 10 // _SHARE).clip(0, 19),
        evidence={
            "tier": pl.col("tier"), "channel": pl.col("channel"), "due_on": pl.col("due_on"),
            "overdue_days": days_between(pl.col("due_on"), pl.lit(ctx.today)), "last_on": pl.col("last_on"),
        },
    )


def _rhythm(ctx: Context) -> pl.DataFrame:
    """Claimed clients with, by channel, the interval and the days of the last contact and the last attempt in vain."""
    call, visit = pl.col("channel") == "call", pl.col("channel") == "visit"
    met = visit & pl.col("effective").ne_missing(False)
    spoke = met | (call & pl.col("talked"))
    last = ctx.contacts.group_by("client_no").agg(
        last_visit=pl.col("day").filter(met).max(), last_call=pl.col("day").filter(spoke).max(),
        last_message=pl.col("day").filter(spoke | (pl.col("channel") == "message")).max(),
        vain_visit=pl.col("day").filter(visit & ~met).max(), vain_call=pl.col("day").filter(call & ~pl.col("talked")).max(),
        vain_message=pl.lit(None, dtype=pl.Date), first_talk=pl.col("day").filter("talked").min(),
    )
    every = [
        pl.col("tier").replace_strict({tier.value: ctx.policy.rhythm[tier].days(channel) for tier in Tier}, default=None,
                                      return_dtype=pl.Int64).alias(f"every_{channel}")
        for channel in Channel
    ]
    since = pl.when(pl.col("manager").is_null()).then(pl.col("first_talk")).otherwise(pl.col("claimed_on"))
    return (
        ctx.clients.select("client_no", "tier", "manager").join(claims(ctx), on="client_no", how="left")
        .join(last, on="client_no").with_columns(*every, since=since).filter(pl.col("since").is_not_null())
    )


def _due(channel: Channel, policy: Policy) -> pl.Expr:
    from_day = pl.coalesce(f"last_{channel}", "since")
    due = from_day + pl.duration(days=pl.col(f"every_{channel}"))
    vain = pl.col(f"vain_{channel}")
    again = pl.when(vain > from_day).then(vain + pl.duration(days=policy.signals.retry_days))
    return pl.max_horizontal(due, again).alias(f"due_{channel}")


def _of(what: str) -> pl.Expr:
    """The column of the channel picked."""
    at = pl.col("channel")
    return (
        pl.when(at == "visit").then(f"{what}_visit").when(at == "call").then(f"{what}_call").otherwise(f"{what}_message")
    )


def referral_ready(ctx: Context) -> pl.DataFrame:
    """A42: the relationship bears being asked for an introduction."""
    rules = ctx.policy.signals
    lately = ctx.contacts.filter(pl.col("talked") & (pl.col("day") >= ctx.ago(rules.referral_days))).group_by("client_no").agg(
        n=pl.len().cast(pl.Int64), newest=pl.col("day").max()
    )
    rows = ctx.clients.join(lately, on="client_no", how="left").with_columns(pl.col("n").fill_null(0)).filter(
        (pl.col("stage") == "loyal") | ((pl.col("stage") == "trusted") & (pl.col("n") >= rules.referral_contacts))
    )
    return found(
        rows, "referral_ready", on=pl.coalesce("newest", "known_on"),
        extra=pl.col("n") * 3 + pl.when(pl.col("stage") == "loyal").then(10).otherwise(0),
        evidence={"contacts": pl.col("n"), "days": pl.lit(rules.referral_days)},
    )
