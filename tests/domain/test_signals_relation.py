"""unclaimed, cadence_due, referral_ready, follow_up: who has the signal, and who just misses it."""

from datetime import date, datetime, timedelta

import pytest

TODAY = date(2026, 11, 24)


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def talk(ago: int, channel: str = "call", *, effective: bool = True, hour: int = 10, **more):
    return {"at": datetime.combine(day(ago), datetime.min.time()).replace(hour=hour), "channel": channel, "effective": effective,
            "staff_no": "m1", **more}


ASSIGNED = [{"assigned_on": day(40)}]


@pytest.mark.parametrize(("contacts", "holds"), [
    ([], True),
    ([talk(5, effective=False)], True),
    ([talk(41)], True),  # before the client was assigned
    ([talk(5, staff_no="m2")], True),  # by somebody else
    ([talk(40)], False),  # on the very day
    ([talk(5, staff_no=None)], False),
])
def test_unclaimed(see, contacts, holds):
    found = see("unclaimed", clients=ASSIGNED, contacts=contacts)
    assert bool(found) == holds
    if holds:
        talked = sum(c["effective"] for c in contacts)
        assert found[0]["evidence"] == {"assigned_on": day(40).isoformat(), "previous_contacts": talked}
        assert (found[0]["play"], found[0]["on"]) == ("stage.icebreak", day(40))


def test_unclaimed_needs_a_manager_and_dates_from_what_is_known(see):
    assert not see("unclaimed", clients=[{"manager": None}])
    assert see("unclaimed", clients=[{"opened_on": day(900)}])[0]["on"] == day(900)
    assert see("unclaimed")[0]["on"] == TODAY


@pytest.mark.parametrize(("tier", "ago", "holds"), [("B", 30, True), ("B", 29, False), ("A", 30, True), ("C", 30, True), ("C", 29, False)])
def test_cadence_due_on_the_day_and_not_before(see, tier, ago, holds):
    found = see("cadence_due", clients=[{"tier": tier}], contacts=[talk(ago)])
    assert bool(found) == holds
    if holds:
        channel = "message" if tier == "C" else "call"  # C is called once a quarter only; at a tie the stronger channel
        assert found[0]["evidence"] == {
            "tier": tier, "channel": channel, "due_on": TODAY.isoformat(), "overdue_days": 0, "last_on": day(30).isoformat(),
        }
        assert found[0]["on"] == TODAY


def test_cadence_is_not_asked_of_an_unclaimed_client(see):
    assert not see("cadence_due", contacts=[talk(400, effective=False)])


def test_a_visit_counts_as_a_call_and_a_call_as_a_message_but_not_the_other_way(see):
    assert not see("cadence_due", contacts=[talk(80), talk(20, "visit")])
    assert not see("cadence_due", clients=[{"tier": "C"}], contacts=[talk(80), talk(20)])
    found = see("cadence_due", contacts=[talk(50), talk(20, "message")])
    assert found[0]["evidence"]["channel"] == "call" and found[0]["evidence"]["overdue_days"] == 20


def test_the_channel_most_overdue_in_proportion(see):
    contacts = [talk(200, "visit"), talk(33), talk(33, "message")]
    assert see("cadence_due", contacts=contacts)[0]["evidence"]["channel"] == "visit"  # 20 of 180 against 3 of 30
    contacts = [talk(190, "visit"), talk(36), talk(36, "message")]
    assert see("cadence_due", contacts=contacts)[0]["evidence"]["channel"] == "call"  # 10 of 180 against 6 of 30


def test_a_call_in_vain_waits_a_week(see):
    told = [talk(45), talk(5, "message")]
    assert see("cadence_due", contacts=told)[0]["evidence"]["channel"] == "call"
    assert not see("cadence_due", contacts=[*told, talk(6, effective=False)])
    again = see("cadence_due", contacts=[*told, talk(7, effective=False)])[0]
    assert again["on"] == TODAY and again["evidence"]["last_on"] == day(45).isoformat()


@pytest.mark.parametrize(("stage", "play"), [("acquainted", "stage.service"), ("trusted", "stage.value"), ("loyal", "stage.moved")])
def test_cadence_calls_for_the_play_of_the_stage(see, stage, play):
    assert see("cadence_due", clients=[{"stage": stage}], contacts=[talk(31)])[0]["play"] == play


@pytest.mark.parametrize(("stage", "agos", "holds"), [
    ("trusted", (90, 20, 1), True), ("trusted", (91, 20, 1), False), ("trusted", (20, 1), False), ("acquainted", (3, 2, 1), False),
    ("loyal", (), True),
])
def test_referral_ready(see, stage, agos, holds):
    found = see("referral_ready", clients=[{"stage": stage}], contacts=[talk(ago) for ago in agos])
    assert bool(found) == holds
    if agos and holds:
        assert found[0]["evidence"] == {"contacts": 3, "days": 90} and found[0]["on"] == day(1)


def test_referral_counts_effective_contacts_only(see):
    contacts = [talk(9), talk(8), talk(7, effective=False)]
    assert not see("referral_ready", clients=[{"stage": "trusted"}], contacts=contacts)


PROMISE = talk(10, next_on=day(2), play="revive.winback", step="care", signal="outflow", summary="等孩子回来再谈")


@pytest.mark.parametrize(("contacts", "holds"), [
    ([PROMISE], True),
    ([{**PROMISE, "next_on": TODAY}], True),
    ([{**PROMISE, "next_on": TODAY + timedelta(days=1)}], False),
    ([PROMISE, talk(2, effective=False)], False),  # somebody did try on the day
    ([PROMISE, talk(3)], True),  # contacted, but before the day promised
    ([PROMISE, talk(5, play="revive.winback", step="meet")], False),  # the play's newest contact promises nothing
    ([{**PROMISE, "next_on": None}], False),
])
def test_follow_up_of_a_promise(see, contacts, holds):
    assert bool(see("follow_up", contacts=contacts)) == holds


def test_follow_up_tells_what_was_promised(see):
    found = see("follow_up", contacts=[PROMISE])[0]
    assert found["play"] == "revive.winback" and found["on"] == day(2)
    assert found["evidence"] == {
        "play": "revive.winback", "step": "care", "promised_on": day(2).isoformat(), "summary": "等孩子回来再谈", "signal": "outflow",
        "overdue_days": 2,
    }


def test_a_promise_without_a_play_goes_on_with_the_stage_s_rhythm(see):
    contacts = [{**talk(10, next_on=day(2), summary="下周再联系"), "play": None}]
    assert see("follow_up", clients=[{"stage": "trusted"}], contacts=contacts)[0]["play"] == "stage.value"


def test_one_follow_up_a_client_the_earliest_promise(see):
    contacts = [PROMISE, {**PROMISE, "play": "care.gift", "next_on": day(4), "at": datetime(2026, 11, 10, 9)}]
    found = see("follow_up", contacts=contacts)
    assert [row["play"] for row in found] == ["care.gift"]


def test_contacts_after_the_date_asked_for_are_not_known_yet(see):
    assert see("unclaimed", clients=ASSIGNED, contacts=[talk(5)], on=day(6))
