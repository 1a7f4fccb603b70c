"""A manager's day: from signals to tasks that fit the capacity (A18), with nobody overlooked.

One task a client a day: the step in force of the most urgent signal that has a step due. Urgent tasks
come first (priority 700 and above), then the others by priority; a share of each channel is kept for those
who have waited long, longest first, and what that share does not use is given back. What does not fit is
left for the next day; so is what would be a second contact on a day or one too many in a week.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from hashlib import blake2b
from math import floor
from typing import Any

import polars as pl

from coach.domain import rhythm, steps
from coach.domain.exact import fraction
from coach.domain.frames import Frames
from coach.domain.plays import Play
from coach.domain.policy import Policy
from coach.domain.words import Channel, Tier
from coach.domain.working_days import is_working_day

URGENT = 700
"""Priority from which a task is urgent."""


@dataclass(frozen=True, slots=True)
class PlannedTask:
    """One step of a play for one client, with its reasons."""

    task_no: str
    """Ten hex digits, the same for client, play, anchor and step whatever the day."""
    client_no: str
    play: str
    step: str
    channel: str
    due: date
    priority: int
    signal: str
    anchor: date
    """The ``on`` of the signal."""
    reasons: list[dict[str, Any]]
    """``{"signal", "evidence"}``: the signal itself, then the client's others, those of the same play first."""
    waited_days: int


@dataclass(frozen=True, slots=True)
class DayPlan:
    """A manager's day; see the module."""

    manager: str
    date: date
    working_day: bool
    capacity: dict[str, int]
    """Contacts that a whole day holds by channel; what is logged already today has been taken off before filling it."""
    tasks: list[PlannedTask]
    left_over: int
    left: list[PlannedTask]
    cadence: list[dict[str, Any]]


def plan_day(signals: pl.DataFrame, frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date, manager: str) -> DayPlan:
    """The day of one manager. ``signals`` from :func:`coach.domain.signals.find`; others' clients are left aside."""
    return plan_all(signals, frames, plays, policy, today, [manager], with_left=True)[manager]


def plan_all(signals: pl.DataFrame, frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date,
             managers: Sequence[str] | None = None, *, with_left: bool = False) -> dict[str, DayPlan]:
    """The days of several managers at once (default: all who have clients), worked out in one pass.

    ``left_over`` is always counted; the tasks themselves are put into ``left`` only ``with_left``: a branch leaves
    tens of thousands.
    """
    known = frames.clients["manager"].drop_nulls().unique().sort().to_list()
    wanted = known if managers is None else list(managers)
    everyone, clients = frames, frames.clients.filter(pl.col("manager").is_in(wanted))
    signals = signals.join(clients, on="client_no", how="semi")
    frames = Frames(clients=clients, contacts=frames.contacts.join(clients, on="client_no", how="semi"))
    capacities = {m: rhythm.capacity(n, policy) for m, n in _counts(clients, "manager").items()}
    tasks = due_tasks(signals, frames, plays, policy, today)
    chosen = _chosen(tasks, _rooms(capacities, everyone, policy, today)) if is_working_day(today) else tasks.clear()
    left = tasks.join(chosen, on="client_no", how="anti")
    planned, waiting, over = _by_manager(chosen), _by_manager(left) if with_left else {}, _counts(left, "manager")
    tiers = clients.filter(pl.col("do_not_contact").ne_missing(True)).with_columns(pl.col("tier").fill_null(Tier.C.value))
    out = {}
    for manager in wanted:
        own = _counts(tiers.filter(pl.col("manager") == manager), "tier")
        out[manager] = DayPlan(
            manager=manager, date=today, working_day=is_working_day(today), capacity=capacities.get(manager) or rhythm.capacity(0, policy),
            tasks=planned.get(manager, []), left_over=over.get(manager, 0), left=waiting.get(manager, []),
            cadence=rhythm.cadence(own, policy),
        )
    return out


def _counts(rows: pl.DataFrame, key: str) -> dict[str, int]:
    return dict(rows.group_by(key).len().iter_rows())


def due_tasks(signals: pl.DataFrame, frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date) -> pl.DataFrame:
    """One row a client who has a step due: the task, its reasons (JSON), how long it waits, and whether it is ``free``
    (no contact today, and the week's contacts below the cap). Clients who asked not to be contacted have none."""
    clients = frames.clients.filter(pl.col("do_not_contact").ne_missing(True)).select("client_no", "manager", "assigned_on")
    signals = signals.join(clients, on="client_no", how="semi")
    due = steps.in_force(signals, frames, plays, policy, today).filter(pl.col("due") <= today)
    order = ["client_no", "priority", "due", "on", "signal", "evidence"]
    due = due.sort(order, descending=[False, True, False, False, False, False]).with_columns(
        waits_since=pl.col("due").min().over("client_no")
    ).unique("client_no", keep="first", maintain_order=True)
    recent = frames.contacts.select("client_no", day=pl.col("at").dt.date()).filter(pl.col("day") <= today).group_by("client_no").agg(
        last_on=pl.col("day").max(), week=(pl.col("day") > today - timedelta(days=7)).sum()
    )
    since = pl.max_horizontal("waits_since", "last_on", "assigned_on")
    return (
        due.join(clients, on="client_no").join(recent, on="client_no", how="left")
        .with_columns(
            waited=(pl.lit(today) - since).dt.total_days().clip(0),
            long=(pl.lit(today) - since).dt.total_days() >= policy.plan.waiting_days,
            free=(pl.col("last_on") < today).fill_null(True) & (pl.col("week").fill_null(0) < policy.plan.max_contacts_per_week),
        )
        .join(_reasons(due, signals), on="client_no")
        .select("client_no", "manager", "play", "step", "channel", "due", "priority", "signal", "on", "waited", "long", "free", "reasons")
    )


def _reasons(due: pl.DataFrame, signals: pl.DataFrame) -> pl.DataFrame:
    """``client_no``, ``reasons``: the JSON list of all the client's signals, the task's own first, then the same play's."""
    own = due.select("client_no", own_signal="signal", own_on="on", own_evidence="evidence", own_play="play")
    rows = signals.join(own, on="client_no").with_columns(
        other=~pl.all_horizontal(pl.col(key) == pl.col(f"own_{key}") for key in ("signal", "on", "evidence")),
        other_play=pl.col("play") != pl.col("own_play"),
    )
    said = pl.concat_str([pl.lit('{"signal":"'), "signal", pl.lit('","evidence":'), "evidence", pl.lit("}")])
    return (
        rows.sort(["client_no", "other", "other_play", "priority", "on", "evidence"], descending=[False, False, False, True, False, False])
        .group_by("client_no", maintain_order=True).agg(said.alias("said"))
        .select("client_no", reasons=pl.concat_str([pl.lit("["), pl.col("said").list.join(","), pl.lit("]")]))
    )


def _rooms(capacities: Mapping[str, Mapping[str, int]], frames: Frames, policy: Policy, today: date) -> pl.DataFrame:
    """``manager``, ``channel``, ``room`` (what is left of today) and ``kept`` (of it, for those who wait)."""
    today_s = frames.contacts.filter(pl.col("at").dt.date() == today).join(
        frames.clients.select("client_no", "manager"), on="client_no", how="left"
    )
    counted = today_s.group_by(by=pl.coalesce("staff_no", "manager"), channel="channel").len()
    used = {(by, channel): n for by, channel, n in counted.iter_rows()}
    share = fraction(policy.plan.reserve_for_waiting)
    rows = []
    for manager, capacity in capacities.items():
        for channel in Channel:
            whole = capacity[channel.value]
            room = max(whole - used.get((manager, channel.value), 0), 0)
            rows.append((manager, channel.value, room, min(_kept(whole, share, today), room)))
    return pl.DataFrame(rows, schema={"manager": pl.String, "channel": pl.String, "room": pl.Int64, "kept": pl.Int64}, orient="row")


def _kept(whole: int, share: Fraction, today: date) -> int:
    """The places kept today. A share that is no whole number is made up over the days, so that a small book keeps one
    on some days rather than none on all."""
    n = today.toordinal()
    return floor((n + 1) * whole * share) - floor(n * whole * share)


def _chosen(tasks: pl.DataFrame, rooms: pl.DataFrame) -> pl.DataFrame:
    """The tasks that fit, in order."""
    by = ["manager", "channel"]
    rows = tasks.filter("free").join(rooms, on=by)
    rows = rows.sort(["priority", "waited", "client_no"], descending=[True, True, False]).with_columns(
        first=pl.int_range(pl.len()).over(by) < pl.col("room") - pl.col("kept")
    )
    waiting = rows.filter(~pl.col("first") & pl.col("long")).sort(["waited", "priority", "client_no"], descending=[True, True, False])
    kept = waiting.with_columns(place=pl.int_range(pl.len()).over(by)).filter(pl.col("place") < pl.col("kept")).drop("place")
    taken = pl.concat([rows.filter("first"), kept])
    count = taken.group_by(by).agg(taken=pl.len().cast(pl.Int64))
    back = (
        rows.join(taken, on="client_no", how="anti").join(count, on=by, how="left")
        .with_columns(place=pl.int_range(pl.len()).over(by)).filter(pl.col("place") < pl.col("room") - pl.col("taken").fill_null(0))
        .drop("place", "taken")
    )
    return pl.concat([taken, back]).select(tasks.columns)


def _by_manager(tasks: pl.DataFrame) -> dict[str, list[PlannedTask]]:
    ordered = tasks.sort(["priority", "waited", "client_no"], descending=[True, True, False])
    out: dict[str, list[PlannedTask]] = {}
    for row in ordered.iter_rows(named=True):
        out.setdefault(row["manager"], []).append(PlannedTask(
            task_no=task_no(row["client_no"], row["play"], row["on"], row["step"]), client_no=row["client_no"], play=row["play"],
            step=row["step"], channel=row["channel"], due=row["due"], priority=row["priority"], signal=row["signal"], anchor=row["on"],
            reasons=json.loads(row["reasons"]), waited_days=row["waited"],
        ))
    return out


def task_no(client_no: str, play: str, anchor: date, step: str) -> str:
    """The number of a task: the same for the same work, whatever the day."""
    return blake2b(f"{client_no}|{play}|{anchor.isoformat()}|{step}".encode(), digest_size=5).hexdigest()
