"""The planned day: what fits, what waits, and that nobody is overlooked."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.frames import CONTACTS, Frames, frame
from coach.domain.plan import URGENT, plan_all, plan_day, task_no
from coach.domain.signals import SIGNALS, find
from coach.domain.working_days import is_working_day

TODAY = date(2026, 11, 24)
WAN = 1_000_000
CALLS_FOR = {"large_movement": ("stage.service", 800), "windfall": ("revive.windfall", 650), "single_product": ("revive.mix", 300),
             "referral_ready": ("revive.referral", 380), "unclaimed": ("stage.icebreak", 540), "key_date": ("stage.service", 760)}


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def at(on: date, hour: int = 10) -> datetime:
    return datetime(on.year, on.month, on.day, hour)


def signals(*rows) -> pl.DataFrame:
    """``(client, signal, on, extra)`` → signals as :func:`find` gives them."""
    made = [(no, s, CALLS_FOR[s][0], on, CALLS_FOR[s][1] + extra, json.dumps({"of": no})) for no, s, on, extra in rows]
    return pl.DataFrame(made, schema=SIGNALS, orient="row").sort("priority", descending=True, maintain_order=True)


def book(n: int, **more):
    return [{"client_no": f"c{i:04d}", "assigned_on": day(400), **more} for i in range(n)]


def contact(client_no, on=TODAY, channel="call", **more):
    return {"client_no": client_no, "at": at(on), "channel": channel, "staff_no": "m1", "effective": False, **more}


@pytest.fixture
def plan(build, plays, policy):
    def made(found, *, on=TODAY, under=policy, **records):
        return plan_day(found, build(**records), plays, under, on, "m1")

    return made


def test_one_task_a_client_with_all_its_reasons(build, plays, policy):
    frames = build(
        clients=[{"birthday": date(1980, 11, 24), "assets_fen": 10 * WAN, "card_level": "金卡", "assigned_on": day(11)}],
        holdings=[{"holding_no": "h1", "product_type": "deposit", "amount_fen": 10 * WAN, "matures_on": TODAY}],
    )
    found = find(frames, plays, policy, TODAY)
    day_plan = plan_day(found, frames, plays, policy, TODAY, "m1")
    assert len(day_plan.tasks) == 1 and day_plan.left == [] and day_plan.left_over == 0
    task = day_plan.tasks[0]
    assert (task.play, task.step, task.channel, task.signal, task.due) == ("revive.maturity", "on-the-day", "visit", "maturity_due", TODAY)
    assert task.task_no == task_no("c1", "revive.maturity", TODAY, "on-the-day") and len(task.task_no) == 10
    assert [r["signal"] for r in task.reasons] == ["maturity_due", "key_date", "unclaimed", "single_product"]
    assert task.reasons[0]["evidence"]["holding_no"] == "h1"
    assert task.waited_days == 11


def test_the_same_play_s_reasons_come_before_more_urgent_ones(plan):
    found = signals(("c0000", "windfall", day(9), 0), ("c0000", "large_movement", day(1), 0), ("c0000", "key_date", TODAY, 0))
    task = plan(found, clients=book(1)).tasks[0]
    assert [r["signal"] for r in task.reasons] == ["large_movement", "key_date", "windfall"]


def test_urgent_before_regular_then_by_priority_ties_by_number(plan):
    clients = book(600)
    rows = [(c["client_no"], "large_movement", TODAY, i % 3) for i, c in enumerate(clients[:18])]
    rows += [(c["client_no"], "windfall", day(1), 0) for c in clients[18:40]]
    tasks = plan(signals(*rows), clients=clients).tasks
    assert len(tasks) == 20 and sum(t.priority >= URGENT for t in tasks) == 18
    assert [(-t.priority, t.client_no) for t in tasks] == sorted((-t.priority, t.client_no) for t in tasks)
    assert [t.client_no for t in tasks[18:]] == ["c0018", "c0019"]


def test_what_does_not_fit_is_left_over(plan):
    clients = book(600)
    day_plan = plan(signals(*((c["client_no"], "windfall", day(1), 0) for c in clients[:30])), clients=clients)
    assert len(day_plan.tasks) == 20 and day_plan.left_over == 10 == len(day_plan.left)
    assert not {t.client_no for t in day_plan.tasks} & {t.client_no for t in day_plan.left}
    assert day_plan.capacity == {"visit": 5, "call": 20, "message": 30}


def test_contacts_logged_today_take_their_place(plan):
    clients = book(600)
    found = signals(*((c["client_no"], "windfall", day(1), 0) for c in clients[:30]))
    logged = [contact(f"c{i:04d}") for i in range(500, 515)] + [contact("c0520", staff_no="m2"), contact("c0521", channel="visit")]
    assert len(plan(found, clients=clients, contacts=logged).tasks) == 5


def test_nobody_twice_on_a_day_nor_more_than_the_week_allows(plan):
    found = signals(*((f"c{i:04d}", "windfall", day(1), 0) for i in range(4)))
    logged = [contact("c0000"), contact("c0001", day(6)), contact("c0001", day(1)), contact("c0002", day(7)), contact("c0002", day(1))]
    day_plan = plan(found, clients=book(600), contacts=logged)
    assert sorted(t.client_no for t in day_plan.tasks) == ["c0002", "c0003"]
    assert sorted(t.client_no for t in day_plan.left) == ["c0000", "c0001"]


def test_who_asked_not_to_be_contacted_has_no_task_and_is_not_left_over(plan):
    day_plan = plan(signals(("c0000", "large_movement", TODAY, 0)), clients=book(2, do_not_contact=True))
    assert day_plan.tasks == [] and day_plan.left_over == 0
    assert [row["clients"] for row in day_plan.cadence] == [0, 0, 0]


def test_a_day_off_plans_nothing_and_leaves_all(plan):
    sunday = date(2026, 11, 22)
    day_plan = plan(signals(("c0000", "key_date", sunday, 0)), on=sunday, clients=book(1))
    assert not day_plan.working_day and day_plan.tasks == [] and day_plan.left_over == 1
    make_up = date(2026, 10, 10)
    assert plan(signals(("c0000", "key_date", make_up, 0)), on=make_up, clients=book(1)).working_day


def test_a_birthday_on_a_day_off_is_planned_for_the_working_day_before(plan):
    friday, sunday = date(2026, 11, 27), date(2026, 11, 29)
    task = plan(signals(("c0000", "key_date", sunday, 0)), on=friday, clients=book(1)).tasks[0]
    assert (task.step, task.due) == ("date-message", friday)


def test_a_share_is_kept_for_those_who_wait_longest(plan):
    """20 calls: 16 by priority, 4 for the longest waiting, though others are more urgent."""
    clients = book(600)
    rows = [(c["client_no"], "large_movement", TODAY, 0) for c in clients[:40]]
    rows += [(c["client_no"], "single_product", day(14 + 7 * i), 0) for i, c in enumerate(clients[40:50])]  # Tuesdays all
    logged = [contact(c["client_no"], day(10)) for c in clients[:40]]
    tasks = plan(signals(*rows), clients=clients, contacts=logged).tasks
    kept = [t.client_no for t in tasks if t.priority < URGENT]
    assert sum(t.priority >= URGENT for t in tasks) == 16 and kept == ["c0049", "c0048", "c0047", "c0046"]


def test_the_share_is_given_back_where_nobody_waits_long(plan):
    clients = book(600)
    rows = [(c["client_no"], "large_movement", TODAY, 0) for c in clients[:40]]
    rows += [(c["client_no"], "single_product", day(9), 0) for c in clients[40:50]]
    logged = [contact(c["client_no"], day(9)) for c in clients[:40]]
    assert all(t.priority >= URGENT for t in plan(signals(*rows), clients=clients, contacts=logged).tasks)


def test_six_thousand_clients_are_told_what_is_not_attainable(plan):
    tiers = ["A"] * 1200 + ["B"] * 1800 + ["C"] * 3000
    day_plan = plan(signals(), clients=[{**c, "tier": t} for c, t in zip(book(6000), tiers, strict=True)])
    assert [(row["tier"], row["clients"], row["attainable"]) for row in day_plan.cadence] == [
        ("A", 1200, False), ("B", 1800, False), ("C", 3000, False),
    ]
    assert day_plan.capacity == {"visit": 5, "call": 20, "message": 30}


def test_all_managers_at_once_are_the_same_as_one_by_one(build, plays, policy):
    clients = [{**c, "manager": f"m{i % 3}"} for i, c in enumerate(book(30))]
    frames = build(clients=clients)
    found = signals(*((c["client_no"], "windfall", day(3), 0) for c in clients), ("nobody", "windfall", day(3), 0))
    together = plan_all(found, frames, plays, policy, TODAY, with_left=True)
    assert sorted(together) == ["m0", "m1", "m2"]
    assert together == {m: plan_day(found, frames, plays, policy, TODAY, m) for m in together}
    assert plan_day(found, frames, plays, policy, TODAY, "m9").tasks == []


SIGNAL = st.tuples(
    st.integers(0, 39).map("c{:04d}".format), st.sampled_from(sorted(CALLS_FOR)), st.integers(0, 60).map(day), st.integers(0, 49)
)
LOGGED = st.builds(
    lambda no, ago, channel, play: contact(no, day(ago), channel, play=play),
    st.integers(0, 39).map("c{:04d}".format), st.integers(0, 9), st.sampled_from(["message", "call", "visit"]),
    st.sampled_from([None, "revive.mix", "stage.icebreak"]),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(SIGNAL, max_size=120, unique_by=lambda s: s[:2]), st.lists(LOGGED, max_size=30),
    st.sets(st.integers(0, 39).map("c{:04d}".format), max_size=10), st.integers(0, 1000),
)
def test_what_holds_of_every_plan(build, plays, policy, rows, logged, silent, seed):
    clients = [{**c, "do_not_contact": c["client_no"] in silent} for c in book(40)]
    frames, found = build(clients=clients, contacts=logged), signals(*rows)
    made = plan_day(found, frames, plays, policy, TODAY, "m1")
    turned = Frames(clients=frames.clients.sample(fraction=1, shuffle=True, seed=seed),
                    contacts=frames.contacts.sample(fraction=1, shuffle=True, seed=seed))
    assert plan_day(found.sample(fraction=1, shuffle=True, seed=seed), turned, plays, policy, TODAY, "m1") == made

    everyone = [t.client_no for t in (*made.tasks, *made.left)]
    assert len(everyone) == len(set(everyone)) and not set(everyone) & silent and made.left_over == len(made.left)
    used = Counter(c["channel"] for c in logged if c["at"].date() == TODAY)
    planned = Counter(t.channel for t in made.tasks)
    assert all(planned[ch] <= max(made.capacity[ch] - used[ch], 0) for ch in made.capacity)
    week = Counter(c["client_no"] for c in logged if c["at"].date() > day(7))
    today_s = {c["client_no"] for c in logged if c["at"].date() == TODAY}
    assert all(week[t.client_no] + 1 <= policy.plan.max_contacts_per_week and t.client_no not in today_s for t in made.tasks)
    assert all(t.due <= TODAY and t.reasons[0]["signal"] == t.signal for t in (*made.tasks, *made.left))
    free = [t for t in made.left if week[t.client_no] < policy.plan.max_contacts_per_week and t.client_no not in today_s]
    for left in free:  # capacity is not left idle, and only those who waited long may go before the more urgent
        assert planned[left.channel] == max(made.capacity[left.channel] - used[left.channel], 0)
        before = [t for t in made.tasks if t.channel == left.channel and t.priority < left.priority]
        assert all(t.waited_days >= policy.plan.waiting_days for t in before)
        assert len(before) <= 1  # 40 clients: two calls, two messages, one visit a day; a fifth of that is one at most


def _done(made, on):
    """Every task of a day as a contact; calls and visits reach the client."""
    return frame(CONTACTS, [
        contact(t.client_no, on, t.channel, play=t.play, step=t.step, anchor=t.anchor, effective=t.channel != "message") for t in made.tasks
    ])


def _simulate(build, plays, policy, *, share, days=60):
    """600 clients, 20 calls a day, and every working day 30 new urgent calls: more than fit. A hundred others wait."""
    policy = policy.model_copy(update={"plan": policy.plan.model_copy(update={"reserve_for_waiting": share})})
    clients, patient = book(700), {f"c{i:04d}" for i in range(600, 700)}
    served: dict[str, int] = {}
    frames, rows, on, worked = build(clients=clients), [], date(2026, 9, 1), 0
    while worked < days:
        on += timedelta(days=1)
        if not is_working_day(on):
            continue
        new = [(f"c{(worked * 30 + i) % 600:04d}", "large_movement", on, i % 10) for i in range(30)]
        rows = [r for r in rows if r[2] > on - timedelta(days=7)] + new
        others = [(no, "single_product", date(2026, 9, 1), 0) for no in sorted(patient - set(served))]
        made = plan_day(signals(*rows, *others), frames, plays, policy, on, "m1")
        assert sum(t.channel == "call" for t in made.tasks) == 20
        frames = Frames(clients=frames.clients, contacts=frames.contacts.vstack(_done(made, on)))
        worked += 1
        served.update({t.client_no: worked for t in made.tasks if t.client_no in patient})
    return served


def test_nobody_starves_behind_a_stream_of_urgent_tasks(build, plays, policy):
    """Four of twenty calls a day are kept: a hundred who wait are served in 25 working days from the tenth day of waiting on."""
    served = _simulate(build, plays, policy, share=0.2, days=40)
    assert len(served) == 100 and max(served.values()) <= 8 + 25


def test_without_the_share_they_would(build, plays, policy):
    assert len(_simulate(build, plays, policy, share=0.0, days=20)) == 0


def test_sixty_days_of_a_steady_book_leave_nobody_waiting_long(build, plays, policy):
    """Find, plan, log, over and over: with arrivals below capacity every client in rhythm is reached soon after the due day."""
    clients = [{"client_no": f"c{i:04d}", "assigned_on": date(2026, 1, 1), "tier": "C", "assets_fen": 0} for i in range(120)]
    logged = [contact(c["client_no"], date(2026, 8, 1) + timedelta(days=i % 30), effective=True) for i, c in enumerate(clients)]
    frames, on, worked, worst, seen = build(clients=clients, contacts=logged), date(2026, 8, 31), 0, 0, Counter()
    while worked < 60:
        on += timedelta(days=1)
        if not is_working_day(on):
            continue
        made = plan_day(find(frames, plays, policy, on), frames, plays, policy, on, "m1")
        worst = max([worst, *(t.waited_days for t in (*made.tasks, *made.left))])
        seen.update(t.client_no for t in made.tasks)
        frames = Frames(clients=frames.clients, contacts=frames.contacts.vstack(_done(made, on)))
        worked += 1
    assert len(seen) == 120 and worst <= policy.plan.waiting_days  # eight days off at National Day lie in between
