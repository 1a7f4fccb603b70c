"""Which step of a play is in force for a signal: due now, ahead, or none (see :class:`coach.domain.plays.Play`).

Set-based over all signals of a branch. Three ways lead to a step:

* pace "anchor": the last step whose day has come, unless it was done; steps missed are passed over;
* pace "chain": the step after those done in the present run, counted from the day the run began;
* a promise (``follow_up``): the step after the one at which it was made.

A due date on a day off moves: what is bound to a date (maturity, key date, event) comes forward to the working
day before, as long as it belongs before that date; everything else waits for the next working day.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import polars as pl

from coach.domain.frames import Frames
from coach.domain.plays import Play, Step
from coach.domain.policy import Policy
from coach.domain.signals.promise import newest_by_play
from coach.domain.words import Channel, Signal
from coach.domain.working_days import next_working_day, previous_working_day

DATE_BOUND = (Signal.MATURITY_DUE.value, Signal.KEY_DATE.value, Signal.EVENT_DUE.value)
REFUSED = ("refused", "hung_up")
"""Outcomes after which a play gives way to its ``….rejected`` sibling, where the playbook has one (A25)."""
IN_FORCE = {"step": pl.String, "channel": pl.String, "due": pl.Date, "done": pl.List(pl.String)}
_STEPS = {
    "play": pl.String, "step_signal": pl.String, "seq": pl.Int64, "step": pl.String, "offset": pl.Int64, "channel": pl.String,
    "chain": pl.Boolean,
}
_ROW = ("row", "client_no", "signal", "play", "step_signal", "on")


def in_force(signals: pl.DataFrame, frames: Frames, plays: Mapping[str, Play], policy: Policy, today: date) -> pl.DataFrame:
    """The rows of ``signals``, each with ``step``, ``channel``, ``due`` and ``done`` (steps done in this run).

    ``due`` ≤ today: to be done now. ``due`` later: the step that comes next. All null: nothing left to do.
    ``play`` becomes the ``….rejected`` play where the client refused. ``frames`` wants clients and contacts.
    """
    rows = signals.with_row_index("row").with_columns(
        asked=pl.when(pl.col("signal") == "cadence_due").then(pl.col("evidence").str.json_path_match("$.channel")),
        waits=(pl.col("signal") == "follow_up") & pl.col("evidence").str.json_path_match("$.matures_on").is_not_null(),
    ).with_columns(step_signal=pl.when("waits").then(pl.lit("maturity_due")).otherwise(pl.col("signal")))
    contacts = frames.contacts.with_columns(day=pl.col("at").dt.date(), talked=pl.col("effective").fill_null(False)).filter(
        pl.col("day") <= today
    )
    rows = rows.join(frames.clients.select("client_no", "assigned_on"), on="client_no", how="left")
    chains = [play.id for play in plays.values() if play.pace == "chain"]
    promise = (pl.col("signal") == "follow_up") & ~pl.col("waits")
    chain = ~promise & pl.col("play").is_in(chains)
    steps = _step_table(plays)
    parts = [
        _anchored(rows.filter(~promise & ~chain), steps, contacts, today),
        _chained(rows.filter(chain), steps, contacts, plays, policy, today),
        _promised(rows.filter(promise), contacts, plays),
    ]
    shape = [pl.col(name).cast(dtype) for name, dtype in IN_FORCE.items()]
    found = pl.concat([part.select("row", pl.col("play").alias("task_play"), *shape) for part in parts])
    return (
        rows.select("row", *signals.columns).join(found, on="row", how="left").sort("row")
        .with_columns(play=pl.coalesce("task_play", "play")).drop("row", "task_play")
    )


def _step_table(plays: Mapping[str, Play]) -> pl.DataFrame:
    """Every play's steps by the signal they are meant for, in order of their days."""
    rows = []
    for play in plays.values():
        for signal in Signal:
            ordered = sorted(play.steps_for(signal.value), key=lambda step: step.offset)
            rows += [(play.id, signal.value, i, s.name, s.offset, s.channel, play.pace == "chain") for i, s in enumerate(ordered)]
    return pl.DataFrame(rows, schema=_STEPS, orient="row")


def _on_working_days(rows: pl.DataFrame) -> pl.DataFrame:
    """``due`` moved off days off; wants ``due``, ``signal`` and ``offset``."""
    days = rows["due"].drop_nulls().unique()
    moved = pl.DataFrame(
        {"due": days, "before": [previous_working_day(d) for d in days], "after": [next_working_day(d) for d in days]},
        schema={"due": pl.Date, "before": pl.Date, "after": pl.Date},
    )
    forward = pl.col("signal").is_in(DATE_BOUND) & (pl.col("offset") <= 0)
    return rows.join(moved, on="due", how="left").with_columns(
        due=pl.when(forward).then(pl.col("before")).otherwise(pl.col("after"))
    ).drop("before", "after")


def _anchored(rows: pl.DataFrame, steps: pl.DataFrame, contacts: pl.DataFrame, today: date) -> pl.DataFrame:
    all_ = rows.select(*_ROW, "asked").join(steps, on=["play", "step_signal"]).with_columns(
        due=pl.col("on") + pl.duration(days=pl.col("offset")),
        fit=pl.col("asked").is_null() | ((pl.col("channel") == pl.col("asked")) & (pl.col("offset") == 0)),
    )
    # A rhythm without a step for the channel asked for begins with its first step.
    all_ = all_.filter(pl.col("fit") | (~pl.col("fit").any().over("row") & (pl.col("seq") == 0)))
    all_ = _on_working_days(all_).sort("row", "seq")
    now = all_.filter(pl.col("due") <= today).unique("row", keep="last", maintain_order=True)
    open_now = now.join(_done(now, contacts), on="row", how="anti")
    passed = now.select("row", last_seq="seq")
    ahead = (
        all_.join(open_now, on="row", how="anti").join(passed, on="row", how="left")
        .filter((pl.col("due") > today) & (pl.col("seq") > pl.col("last_seq").fill_null(-1)))
        .unique("row", keep="first", maintain_order=True)
    )
    steps_done = (
        contacts.filter(pl.col("anchor").is_not_null() & pl.col("step").is_not_null()).sort("at")
        .group_by("client_no", "play", on="anchor").agg(done=pl.col("step").unique(maintain_order=True))
    )
    return pl.concat([open_now, ahead.drop("last_seq")]).join(steps_done, on=["client_no", "play", "on"], how="left").with_columns(
        pl.col("done").fill_null(pl.lit([], dtype=pl.List(pl.String)))
    )


def _done(now: pl.DataFrame, contacts: pl.DataFrame) -> pl.DataFrame:
    """Rows whose step was done: by a contact of this play, step and anchor; or, for contacts that were imported
    or logged without a task, by an effective one (or one of this very step) on or after the due date."""
    loose = contacts.filter(pl.col("anchor").is_null())
    foreign = loose.filter(pl.col("play").is_null() & pl.col("talked")).group_by("client_no").agg(day=pl.col("day").max())
    same = loose.filter("talked").group_by("client_no", "play").agg(day=pl.col("day").max())
    step = loose.group_by("client_no", "play", "step").agg(day=pl.col("day").max())
    exact = contacts.select("client_no", "play", "step", on="anchor").drop_nulls()
    late = (pl.col("day") >= pl.col("due")) & (pl.col("signal") != "cadence_due")  # the rhythm's own rule has counted them
    return pl.concat([
        now.join(exact, on=["client_no", "play", "step", "on"], how="semi").select("row"),
        now.join(foreign, on="client_no").filter(late).select("row"),
        now.join(same, on=["client_no", "play"]).filter(late).select("row"),
        now.join(step, on=["client_no", "play", "step"]).filter(late).select("row"),
    ])


def _chained(rows: pl.DataFrame, steps: pl.DataFrame, contacts: pl.DataFrame, plays: Mapping[str, Play], policy: Policy,
             today: date) -> pl.DataFrame:
    snooze = policy.signals.snooze_days
    reach = pl.DataFrame(
        [(p.id, max((s.offset for s in p.steps), default=0) + snooze, f"{p.id}.rejected" if f"{p.id}.rejected" in plays else None)
         for p in plays.values()],
        schema={"play": pl.String, "reach": pl.Int64, "rejected": pl.String}, orient="row",
    )
    rows = rows.select(*_ROW, "assigned_on").with_columns(
        begin=pl.max_horizontal("on", "assigned_on"),
        # a new manager breaks the ice anew; any other run goes on
        not_before=pl.when(pl.col("signal") == "unclaimed").then(pl.col("assigned_on")),
    )
    refused = rows.join(_refusals(rows, contacts, reach, today), on="row")
    instead = refused.with_columns(play="rejected", begin="refused_on", not_before="refused_on")
    other = _run(instead, steps, contacts, reach, snooze, today)
    # When the quiet after a refusal is over, the play begins anew.
    rested = other.filter("finished").select("row", rest_until="due")
    again = rows.join(rested, on="row").with_columns(begin="rest_until", not_before="rest_until")
    usual = rows.join(refused, on="row", how="anti")
    base = _run(pl.concat([usual, again.select(usual.columns)]), steps, contacts, reach, snooze, today)
    return pl.concat([base, other.filter(~pl.col("finished"))])


def _refusals(rows: pl.DataFrame, contacts: pl.DataFrame, reach: pl.DataFrame, today: date) -> pl.DataFrame:
    """``row``, ``rejected``, ``refused_on``: rows whose play's newest contact was refused, lately, and which have a sibling.

    A contact that names no play (brought in by a file) counts for every play of the client.
    """
    unnamed = rows.select("client_no", "play").unique().join(contacts.filter(pl.col("play").is_null()).drop("play"), on="client_no")
    every = pl.concat([contacts, unnamed.select(contacts.columns)])
    newest = newest_by_play(every).select("client_no", "play", "outcome", refused_on="day")
    sibling = reach.select(rejected="play", window="reach")
    return (
        rows.join(reach.select("play", "rejected").drop_nulls(), on="play").join(newest, on=["client_no", "play"])
        .join(sibling, on="rejected")
        .filter(
            pl.col("outcome").is_in(REFUSED) & (pl.col("refused_on") + pl.duration(days=pl.col("window")) > today)
            & (pl.col("not_before").is_null() | (pl.col("refused_on") >= pl.col("not_before")))
        )
        .select("row", "rejected", "refused_on")
    )


def _run(rows: pl.DataFrame, steps: pl.DataFrame, contacts: pl.DataFrame, reach: pl.DataFrame, snooze: int, today: date) -> pl.DataFrame:
    """The next step of each row's present run; ``finished`` where a run is whole and the play begins anew after its rest."""
    keys = ["play", "step_signal"]
    # A contact that names no step of the play counts as its first.
    spoken = (
        rows.join(reach.select("play", "reach"), on="play")
        .join(contacts.select("client_no", "play", "step", "at", "day"), on=["client_no", "play"])
        .filter(
            (pl.col("day") + pl.duration(days=pl.col("reach")) > today)
            & (pl.col("not_before").is_null() | (pl.col("day") >= pl.col("not_before")))
        )
        .join(steps.select(*keys, "step", "seq"), on=[*keys, "step"], how="left").with_columns(pl.col("seq").fill_null(0))
        .sort("row", "at", "seq")
    )
    restart = (pl.col("seq") == 0) & (pl.col("seq").shift(1).over("row") > 0)
    runs = (
        spoken.with_columns(run=restart.fill_null(False).cum_sum().over("row"))
        .filter(pl.col("run") == pl.col("run").max().over("row")).group_by("row", maintain_order=True)
        .agg(
            start=pl.col("day").min(), last=pl.col("day").max(), done_seq=pl.col("seq").max(),
            done=pl.col("step").unique(maintain_order=True),
        )
    )
    rows = rows.join(steps.group_by(keys).agg(length=pl.len().cast(pl.Int64)), on=keys).join(runs, on="row", how="left")
    rows = rows.with_columns(finished=(pl.col("done_seq") >= pl.col("length") - 1).fill_null(False)).with_columns(
        seq=pl.when("finished").then(0).otherwise(pl.col("done_seq").fill_null(-1) + 1).cast(pl.Int64)
    ).join(steps, on=[*keys, "seq"])
    rested = pl.max_horizontal(pl.col("begin"), pl.col("last") + pl.duration(days=snooze))
    due = pl.when("finished").then(rested).otherwise(
        pl.when(pl.col("start").is_null()).then(pl.col("begin")).otherwise(pl.col("start") + pl.duration(days=pl.col("offset")))
    )
    done = pl.when("finished").then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.col("done").list.drop_nulls())
    rows = rows.with_columns(due=due, done=done.fill_null(pl.lit([], dtype=pl.List(pl.String))))
    return _on_working_days(rows).select("row", "play", *IN_FORCE, "finished")


def _promised(rows: pl.DataFrame, contacts: pl.DataFrame, plays: Mapping[str, Play]) -> pl.DataFrame:
    said = {"from_step": "$.step", "from_signal": "$.signal"}
    rows = rows.with_columns(**{name: pl.col("evidence").str.json_path_match(path) for name, path in said.items()})
    made = (
        newest_by_play(contacts).filter(pl.col("next_on").is_not_null()).sort("at")
        .unique(["client_no", "next_on"], keep="last", maintain_order=True).select("client_no", "talked", on="next_on")
    )
    rows = rows.join(made, on=["client_no", "on"], how="left").with_columns(pl.col("talked").fill_null(True))
    kinds = rows.select("play", "from_signal", "from_step", "talked").unique()
    nexts = [(*kind, *_step_after(plays[kind[0]], *kind[1:])) for kind in kinds.iter_rows() if kind[0] in plays]
    schema = {**kinds.schema, "step": pl.String, "channel": pl.String}
    rows = rows.join(pl.DataFrame(nexts, schema=schema, orient="row"), on=kinds.columns, nulls_equal=True)
    rows = rows.with_columns(due=pl.col("on"), offset=pl.lit(0), done=pl.concat_list("from_step").list.drop_nulls())
    return _on_working_days(rows)


def _step_after(play: Play, signal: str | None, step: str | None, talked: bool) -> tuple[str | None, str | None]:
    """The step that a promise leads to: the next one, or the same again where nobody was reached; else the last.

    A promise made outside the playbook (no step) in a play of the rhythm is kept by a call.
    """
    if signal is None and Signal.CADENCE_DUE in play.signals:
        signal = Signal.CADENCE_DUE.value
    steps: list[Step] = sorted(play.steps_for(signal) if signal in play.signals else play.steps, key=lambda s: s.offset)
    if not steps:
        return None, None
    names = [s.name for s in steps]
    if step in names:
        picked = steps[min(names.index(step) + talked, len(steps) - 1)]
    elif step is None and signal == Signal.CADENCE_DUE:
        picked = next((s for s in steps if s.channel == Channel.CALL), steps[-1])
    else:
        picked = steps[-1]
    return picked.name, picked.channel

