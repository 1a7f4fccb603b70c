"""The step in force: by the signal's date, along a chain, and after a promise."""

from datetime import date, datetime, timedelta

import pytest

from coach.domain.plays import Play, Step
from coach.domain.signals import find
from coach.domain.steps import in_force

TODAY = date(2026, 11, 24)
WAN = 1_000_000


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def at(on: date) -> datetime:
    return datetime(on.year, on.month, on.day, 10)


@pytest.fixture
def row(build, plays, policy):
    def of(signal, *, on=TODAY, **records):
        frames = build(**records)
        return in_force(find(frames, plays, policy, on), frames, plays, policy, on).filter(client_no="c1", signal=signal).row(0, named=True)

    return of


def deposit(matures_on):
    return [{"holding_no": "h1", "product_type": "deposit", "amount_fen": 10 * WAN, "matures_on": matures_on}]


@pytest.mark.parametrize(("left", "name", "due"), [
    (8, "week-before", ahead(1)), (7, "week-before", TODAY), (4, "week-before", ahead(-4)),  # 21 November is a Saturday
    (3, "three-days", TODAY),
    (1, "day-before", TODAY), (0, "on-the-day", TODAY), (-1, "call-back", TODAY), (-5, "call-back", ahead(-4)),
])
def test_the_last_step_whose_day_has_come(row, left, name, due):
    got = row("maturity_due", holdings=deposit(ahead(left)))
    assert (got["step"], got["due"]) == (name, due)


def test_a_step_done_gives_way_to_the_next_ahead(row):
    holdings = deposit(ahead(3))
    done = {"at": at(TODAY), "channel": "call", "effective": False, "play": "revive.maturity", "step": "three-days", "anchor": ahead(3)}
    got = row("maturity_due", holdings=holdings, contacts=[done])
    assert (got["step"], got["due"], got["done"]) == ("day-before", ahead(2), ["three-days"])
    other = row("maturity_due", holdings=holdings, contacts=[{**done, "anchor": ahead(2)}])
    assert (other["step"], other["due"]) == ("three-days", TODAY)  # done for another deposit


@pytest.mark.parametrize(("contact", "name"), [
    ({"at": at(TODAY), "effective": True}, "day-before"),
    ({"at": at(TODAY), "effective": False}, "three-days"),
    ({"at": at(day(1)), "effective": True}, "three-days"),
    ({"at": at(TODAY), "effective": True, "play": "care.gift"}, "three-days"),
    ({"at": at(TODAY), "effective": False, "play": "revive.maturity", "step": "three-days"}, "day-before"),
])
def test_contacts_without_a_task_settle_a_step_only_when_the_client_was_reached(row, contact, name):
    assert row("maturity_due", holdings=deposit(ahead(3)), contacts=[{"channel": "call", **contact}])["step"] == name


def test_date_bound_steps_come_forward_others_wait(row):
    friday = date(2026, 11, 27)
    got = row("maturity_due", on=friday, holdings=deposit(date(2026, 11, 29)))  # a Sunday
    assert (got["step"], got["due"]) == ("on-the-day", friday)
    monday = date(2026, 11, 30)
    after = row("maturity_due", on=monday, holdings=deposit(date(2026, 11, 27)))  # the call back would be on Saturday
    assert (after["step"], after["due"]) == ("call-back", monday)
    move = [{"on": date(2026, 11, 28), "amount_fen": 9 * WAN}]
    assert row("large_movement", on=date(2026, 11, 28), movements=move)["due"] == date(2026, 11, 30)


def test_before_a_long_holiday_the_birthday_call_comes_forward(row):
    got = row("key_date", on=date(2026, 9, 30), clients=[{"birthday": date(1980, 10, 5)}])
    assert (got["step"], got["due"]) == ("date-message", date(2026, 9, 30))


@pytest.mark.parametrize("channel", ["message", "call", "visit"])
def test_the_rhythm_s_step_is_in_the_channel_that_is_overdue(row, channel):
    talks = {"message": [(31, "call")], "call": [(40, "call"), (20, "message")], "visit": [(400, "visit"), (10, "call")]}
    contacts = [{"at": at(day(ago)), "channel": by, "effective": True} for ago, by in talks[channel]]
    got = row("cadence_due", clients=[{"tier": "C" if channel == "message" else "B"}], contacts=contacts)
    assert (got["step"], got["channel"]) == (f"cad-{channel}", channel)


def test_a_rhythm_without_that_channel_begins_with_its_first_step(build, policy):
    write = Step("write", 0, "message", "service", frozenset())
    only = {"stage.service": Play("stage.service", "anchor", {"cadence_due": frozenset()}, (write,))}
    frames = build(contacts=[{"at": at(day(40)), "channel": "call", "effective": True}])
    found = find(frames, only, policy, TODAY).filter(signal="cadence_due")
    assert in_force(found, frames, only, policy, TODAY)["step"].to_list() == ["write"]


HOME = {"assigned_on": day(60)}
TEN = [{**HOME, "assets_fen": 45 * WAN, "card_level": "白金卡"}]


def told(ago, name, play="revive.threshold", **more):
    return {"at": at(day(ago)), "channel": "call", "effective": True, "play": play, "step": name, **more}


def test_a_chain_not_begun_is_due_since_the_signal(row):
    got = row("threshold_near", clients=TEN)
    assert (got["step"], got["due"], got["done"]) == ("explain", next_day(day(60)), [])


def next_day(d):
    from coach.domain.working_days import next_working_day

    return next_working_day(d)


@pytest.mark.parametrize(("contacts", "name", "due"), [
    ([told(6, "explain")], "plan", ahead(1)),
    ([told(7, "explain")], "plan", TODAY),
    ([told(20, "explain"), told(12, "plan")], "check", ahead(10)),  # 30 days from the beginning of the run
    ([told(40, "explain"), told(30, "plan"), told(29, "check")], "explain", ahead(1)),  # rests for 30 days
    ([told(45, "explain"), told(35, "plan"), told(30, "check")], "explain", TODAY),
    ([told(58, "explain"), told(50, "plan"), told(31, "check"), told(1, "explain")], "plan", ahead(6)),  # a new run
    ([told(61, "explain")], "explain", day(60)),  # longer ago than the whole chain and its rest
])
def test_a_chain_goes_on_from_where_it_is(row, contacts, name, due):
    got = row("threshold_near", clients=TEN, contacts=contacts)
    assert got["step"] == name and got["due"] == next_day(due)


def test_icebreaking_begins_anew_with_a_new_manager(row):
    hello = told(10, "hello", "stage.icebreak", effective=False, staff_no="m1")
    assert row("unclaimed", clients=[{"assigned_on": day(12)}], contacts=[hello])["step"] == "call"
    assert row("unclaimed", clients=[{"assigned_on": day(5)}], contacts=[hello])["step"] == "hello"


def test_after_a_rude_hang_up_comes_the_apology_then_quiet_then_another_try(row):
    clients = [{"assigned_on": day(90)}]
    rude = told(3, "call", "stage.icebreak", effective=False, outcome="hung_up")
    got = row("unclaimed", clients=clients, contacts=[rude])
    assert (got["play"], got["step"], got["due"]) == ("stage.icebreak.rejected", "sorry", next_day(day(3)))
    sorry = told(2, "sorry", "stage.icebreak.rejected", effective=False)
    got = row("unclaimed", clients=clients, contacts=[rude, sorry])
    assert (got["play"], got["step"], got["due"]) == ("stage.icebreak.rejected", "again", next_day(ahead(12)))
    polite = {**rude, "outcome": "no_answer"}
    assert row("unclaimed", clients=clients, contacts=[polite])["play"] == "stage.icebreak"


def test_when_the_quiet_is_over_the_ice_is_broken_anew(row):
    rude = told(40, "call", "stage.icebreak", effective=False, outcome="refused")
    sorry, again = (told(ago, name, "stage.icebreak.rejected", effective=False) for ago, name in ((39, "sorry"), (20, "again")))
    got = row("unclaimed", clients=[{"assigned_on": day(90)}], contacts=[rude, sorry, again])
    assert (got["play"], got["step"], got["due"]) == ("stage.icebreak", "hello", next_day(ahead(10)))


@pytest.mark.parametrize(("name", "effective", "expected"), [
    ("care", True, "meet"), ("care", False, "care"), ("meet", True, "meet"), ("unknown", True, "meet"), (None, True, "meet"),
])
def test_a_promise_leads_to_the_step_after(row, name, effective, expected):
    contact = {**told(10, name, "revive.winback", signal="outflow", effective=effective), "next_on": day(1)}
    got = row("follow_up", contacts=[contact])
    assert (got["play"], got["step"], got["due"]) == ("revive.winback", expected, day(1))


def test_a_promise_from_outside_the_playbook_is_kept_by_a_call(row):
    contact = {"at": at(day(10)), "channel": "visit", "effective": True, "next_on": day(1)}
    assert row("follow_up", contacts=[contact])["step"] == "cad-call"


def test_matured_money_goes_on_with_the_maturity_s_later_steps(row):
    assert row("follow_up", holdings=deposit(day(8)))["step"] == "call-back"
    assert row("follow_up", holdings=deposit(day(15)))["step"] == "two-weeks"
    done = told(1, "two-weeks", "revive.maturity", anchor=day(15))
    assert row("follow_up", holdings=deposit(day(15)), contacts=[done])["step"] is None


def test_every_signal_keeps_its_row(build, plays, policy):
    frames = build(clients=TEN, holdings=deposit(ahead(20)), contacts=[told(100, "explain")])
    found = find(frames, plays, policy, TODAY)
    assert in_force(found, frames, plays, policy, TODAY).select("client_no", "signal").equals(found.select("client_no", "signal"))


def test_a_refusal_brought_in_by_a_file_leads_to_the_apology_too(row):
    """Such a contact names no play; it counts for the play that runs."""
    clients = [{"assigned_on": day(90)}]
    rude = told(3, None, None, effective=False, outcome="hung_up")
    assert row("unclaimed", clients=clients, contacts=[rude])["play"] == "stage.icebreak.rejected"
    since = told(1, "call", "stage.icebreak", effective=False, outcome="no_answer")
    assert row("unclaimed", clients=clients, contacts=[rude, since])["play"] == "stage.icebreak", "the newest contact decides"
