"""The day's plan is kept, worked through, and made anew when files come in."""

from __future__ import annotations

from datetime import date, datetime

import pytest
from sqlmodel import select

from coach.domain.words import Channel
from coach.services.contacts import Entry, log_contact, undo_last
from coach.services.day import Day, plan, skip_task
from coach.services.errors import Refused
from coach.services.imports import ImportJob, bring_in
from coach.store.db import session
from coach.store.tables import Client, Contact, StageChange

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, 0)


def first(day: Day, channel: str = "call"):
    return next(t for t in day.tasks if t.channel == channel and t.state == "open")


def test_the_plan_fits_the_capacity_and_contacts_nobody_twice(demo_ws) -> None:
    day = plan(demo_ws, "1001", TODAY)
    assert day.capacity == {"visit": 5, "call": 20, "message": 30}
    for channel in Channel:
        assert sum(t.channel == channel for t in day.tasks) <= day.capacity[channel]
    assert len({t.client_no for t in day.tasks}) == len(day.tasks) > 40
    assert day.left_over > 0
    assert all(t.reasons for t in day.tasks)


def test_asked_twice_it_is_the_same_plan(demo_ws) -> None:
    assert plan(demo_ws, "1001", TODAY).as_json() == plan(demo_ws, "1001", TODAY).as_json()


def test_a_day_off_has_no_tasks_and_says_so(demo_ws) -> None:
    day = plan(demo_ws, "1001", date(2026, 11, 28))
    assert (day.working_day, day.tasks) == (False, ())
    assert day.left_over > 0


def test_an_unknown_manager_is_refused_with_those_who_exist(demo_ws) -> None:
    with pytest.raises(Refused, match="1001"):
        plan(demo_ws, "9999", TODAY)


def test_logging_settles_the_task_and_the_next_days_do_not_repeat_it(demo_ws) -> None:
    task = first(plan(demo_ws, "1001", TODAY))
    log_contact(demo_ws, task.client_no, Entry("call", "reached", NOON, staff_no="1001", task_no=task.task_no, summary="谈过了"))
    after = plan(demo_ws, "1001", TODAY)
    assert next(t for t in after.tasks if t.task_no == task.task_no).state == "done"
    assert task.task_no not in {t.task_no for t in plan(demo_ws, "1001", date(2026, 11, 25)).tasks}


def test_a_double_save_is_one_entry(demo_ws) -> None:
    task = first(plan(demo_ws, "1001", TODAY))
    entry = Entry("call", "已沟通", NOON, staff_no="1001", task_no=task.task_no, contact_no="once")
    assert log_contact(demo_ws, task.client_no, entry).contact_no == log_contact(demo_ws, task.client_no, entry).contact_no
    with session(demo_ws.engine, write=False) as s:
        assert len(s.exec(select(Contact).where(Contact.contact_no == "once")).all()) == 1


def test_undo_takes_back_contact_task_and_stage(demo_ws) -> None:
    with session(demo_ws.engine, write=False) as s:
        contacted = select(Contact.client_no)
        stranger = s.exec(select(Client).where(Client.stage == "stranger", Client.client_no.not_in(contacted))).first()
    logged = log_contact(demo_ws, stranger.client_no, Entry("call", "reached", NOON, staff_no="1001"))
    assert (logged.stage_before, logged.stage_after) == ("stranger", "acquainted")
    undone = undo_last(demo_ws, "1001", NOON)
    assert undone.contact_no == logged.contact_no
    with session(demo_ws.engine, write=False) as s:
        assert s.get(Client, stranger.client_no).stage == "stranger"
        assert [c.after for c in s.exec(select(StageChange).where(StageChange.client_no == stranger.client_no))] == [
            "acquainted",
            "stranger",
        ]
        assert s.exec(select(Contact).where(Contact.contact_no == logged.contact_no)).one().voided_at == NOON
    assert undo_last(demo_ws, "1001", NOON) is None


def test_what_is_set_aside_stays_aside_and_can_be_taken_up(demo_ws) -> None:
    task = first(plan(demo_ws, "1001", TODAY))
    skip_task(demo_ws, "1001", TODAY, task.task_no)
    assert next(t for t in plan(demo_ws, "1001", TODAY).tasks if t.task_no == task.task_no).state == "skipped"
    skip_task(demo_ws, "1001", TODAY, task.task_no, skipped=False)
    assert next(t for t in plan(demo_ws, "1001", TODAY).tasks if t.task_no == task.task_no).state == "open"


def test_a_file_brought_in_at_noon_replans_what_is_open_and_keeps_what_is_done(demo_ws, tmp_path) -> None:
    task = first(plan(demo_ws, "1001", TODAY))
    log_contact(demo_ws, task.client_no, Entry("call", "reached", NOON, staff_no="1001", task_no=task.task_no))
    file = tmp_path / "new.csv"
    file.write_text(
        "客户号,类型,产品,金额,到期日\n" + f"{plan(demo_ws, '1001', TODAY).tasks[0].client_no},定期,急件,88万,2026-11-25\n",
        encoding="utf-8",
    )
    bring_in(demo_ws, ImportJob((file,)), TODAY)
    after = plan(demo_ws, "1001", TODAY)
    assert next(t for t in after.tasks if t.task_no == task.task_no).state == "done"
    assert sum(t.channel == "call" for t in after.tasks) <= 20


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        (Entry("fax", "reached", NOON), "fax"),
        (Entry("call", " ", NOON), "结果"),
        (Entry("call", "reached", NOON, next_on=date(2026, 11, 1)), "早于"),
        (Entry("call", "reached", NOON, task_no="nope"), "nope"),
        (Entry("call", "reached", NOON, summary="长" * 3000), "2000"),
    ],
)
def test_a_wrong_entry_is_refused_in_one_line_and_changes_nothing(demo_ws, entry: Entry, words: str) -> None:
    client = plan(demo_ws, "1001", TODAY).tasks[0].client_no
    with pytest.raises(Refused, match=words) as refused:
        log_contact(demo_ws, client, entry)
    assert "\n" not in str(refused.value)
    with session(demo_ws.engine, write=False) as s:
        assert not s.exec(select(Contact).where(Contact.at == NOON)).all()
