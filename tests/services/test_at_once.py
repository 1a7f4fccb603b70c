"""Several people at once on one PostgreSQL: nothing of anybody's is lost, nothing stands twice, and who was too late is told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlmodel import col, select

from coach.services.contacts import Entry, log_contact, set_stage, set_tier, undo_last
from coach.services.day import plan, skip_task
from coach.services.errors import Refused
from coach.services.log_verify import verify
from coach.services.suggestions import suggest
from coach.services.workspace import Workspace
from coach.store import again
from coach.store.db import Busy, Lost, session
from coach.store.tables import Client, Contact, StageChange, SuggestionRecord, Task, TierChange

TODAY = date(2026, 11, 24)
NOON = datetime(2026, 11, 24, 12, 0)


@pytest.fixture
def two(demo_postgres: Workspace) -> Iterator[tuple[Workspace, Workspace]]:
    """Two people's Coach on one database."""
    other = Workspace(demo_postgres.settings, lang="zh")
    plan(demo_postgres, "1001", TODAY)
    yield demo_postgres, other
    other.close()


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """Call all in the same moment: their answers, or what they raised."""
    ready, found = Barrier(len(calls)), [None] * len(calls)

    def run(at: int) -> None:
        ready.wait(10)
        try:
            found[at] = calls[at]()
        except Exception as error:
            found[at] = error

    threads = [Thread(target=run, args=(at,)) for at in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


def someone(ws: Workspace, *where: Any) -> Client:
    with session(ws.engine, write=False) as s:
        found = s.exec(select(Client).where(Client.manager == "1001", *where).order_by(Client.client_no)).first()
    assert found is not None
    return found


def test_two_contacts_with_one_client_both_stand(two: tuple[Workspace, Workspace]) -> None:
    client = someone(two[0])
    entries = [Entry("call", "reached", NOON, staff_no=who, contact_no=who) for who in ("1001", "1002")]
    logged = at_once(*(lambda ws=ws, e=e: log_contact(ws, client.client_no, e) for ws, e in zip(two, entries, strict=True)))
    assert {one.contact_no for one in logged} == {"1001", "1002"}
    with session(two[0].engine, write=False) as s:
        assert len(s.exec(select(Contact).where(col(Contact.contact_no).in_(["1001", "1002"]))).all()) == 2
    assert verify(two[0]).whole


def test_one_contact_saved_twice_in_one_moment_is_one(two: tuple[Workspace, Workspace]) -> None:
    client = someone(two[0], Client.stage == "stranger")
    entry = Entry("call", "reached", NOON, staff_no="1001", contact_no="once")
    logged = at_once(*(lambda ws=ws: log_contact(ws, client.client_no, entry) for ws in two))
    assert logged[0] == logged[1], "who comes second is told the same"
    with session(two[0].engine, write=False) as s:
        assert len(s.exec(select(Contact).where(Contact.contact_no == "once")).all()) == 1


def test_a_task_settled_twice_is_told_and_both_contacts_stand(two: tuple[Workspace, Workspace]) -> None:
    task = plan(two[0], "1001", TODAY).tasks[0]
    logged = at_once(*(
        lambda ws=ws, who=who: log_contact(ws, task.client_no, Entry("call", "reached", NOON, staff_no=who, task_no=task.task_no))
        for ws, who in zip(two, ("1001", "1002"), strict=True)
    ))  # fmt: skip
    first = next(one for one in logged if one.settled_before is None)
    later = next(one for one in logged if one.settled_before is not None)
    assert later.settled_before[1] == NOON and {later.settled_before[0]} < {"1001", "1002"}
    with session(two[0].engine, write=False) as s:
        assert s.exec(select(Task.contact_no).where(Task.task_no == task.task_no, Task.plan_on == TODAY)).one() == first.contact_no


@pytest.mark.parametrize(("change", "table", "values"), [
    (set_stage, StageChange, ("trusted", "loyal")), (set_tier, TierChange, ("A", "B")),
])  # fmt: skip
def test_who_changes_what_is_no_longer_as_seen_is_told_by_whom(
    two: tuple[Workspace, Workspace], change: Any, table: Any, values: Any
) -> None:
    client = someone(two[0], Client.stage == "acquainted", Client.tier == "C")
    seen = client.stage if table is StageChange else client.tier
    found = at_once(*(
        lambda ws=ws, who=who, value=value: change(ws, client.client_no, value, "看过", by=who, at=NOON, seen=seen)
        for ws, who, value in zip(two, ("1001", "1002"), values, strict=True)
    ))  # fmt: skip
    assert sorted(type(one).__name__ for one in found) == ["NoneType", "Refused"]
    won = found.index(None)
    refusal = str(found[1 - won])
    assert ("1001", "1002")[won] in refusal and "11-24 12:00" in refusal and "\n" not in refusal
    with session(two[0].engine, write=False) as s:
        kept = s.get(Client, client.client_no)
        assert (kept.stage if table is StageChange else kept.tier) == values[won]
        assert [c.after for c in s.exec(select(table).where(table.client_no == client.client_no, table.at == NOON))] == [values[won]]


def test_changes_to_different_fields_both_stand(two: tuple[Workspace, Workspace]) -> None:
    client = someone(two[0], Client.stage == "acquainted", Client.tier == "C")
    no = client.client_no
    found = at_once(
        lambda: set_stage(two[0], no, "loyal", "老客户", by="1001", at=NOON, seen="acquainted"),
        lambda: set_tier(two[1], no, "A", "有潜力", by="1002", at=NOON, seen="C"),
    )
    assert found == [None, None]
    with session(two[0].engine, write=False) as s:
        kept = s.get(Client, no)
    assert (kept.stage, kept.tier, kept.version) == ("loyal", "A", client.version + 2)


def test_the_same_suggestion_in_one_moment_is_one_record(two: tuple[Workspace, Workspace]) -> None:
    client = someone(two[0])
    for ws in two:
        suggest(ws, client.client_no, date(2026, 11, 23))  # both are warm
    made = at_once(*(lambda ws=ws: suggest(ws, client.client_no, TODAY) for ws in two))
    assert made[0].suggestion_no == made[1].suggestion_no
    with session(two[0].engine, write=False) as s:
        assert len(s.exec(select(SuggestionRecord).where(SuggestionRecord.on == TODAY)).all()) == 1
    assert verify(two[0]).entries == 2


def test_a_contact_undone_twice_in_one_moment_is_undone_once(two: tuple[Workspace, Workspace]) -> None:
    client = someone(two[0])
    log_contact(two[0], client.client_no, Entry("call", "reached", NOON, staff_no="1001"))
    found = at_once(*(lambda ws=ws, at=at: undo_last(ws, "1001", at) for ws, at in zip(two, (NOON, NOON.replace(second=1)), strict=True)))
    assert sum(one is not None for one in found) == 1
    assert verify(two[0]).entries == 2


def test_the_plan_made_anew_while_it_is_worked(two: tuple[Workspace, Workspace]) -> None:
    """Who logs, skips and asks for the plan at once, over and over: all is settled once, nothing is refused."""
    tasks = plan(two[0], "1001", TODAY).tasks[:6]
    calls: list[Callable[[], Any]] = [
        lambda t=t, ws=two[n % 2]: log_contact(ws, t.client_no, Entry("call", "reached", NOON, staff_no="1001", task_no=t.task_no))
        for n, t in enumerate(tasks[:4])
    ]
    calls += [lambda t=t: skip_task(two[1], "1001", TODAY, t.task_no) for t in tasks[4:]]
    calls += [lambda ws=ws: plan(ws, "1001", TODAY) for ws in two]
    found = at_once(*calls)
    assert not [one for one in found if isinstance(one, Exception)]
    states = {t.task_no: t.state for t in plan(two[0], "1001", TODAY).tasks}
    assert [states[t.task_no] for t in tasks] == ["done"] * 4 + ["skipped"] * 2


# --- tried again ----------------------------------------------------------------------------------------------------


@pytest.fixture
def answer_lost(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The first commit of a writing session goes through, and the connection is gone before the answer comes."""
    from contextlib import contextmanager

    lost: list[str] = []

    @contextmanager
    def once(engine: Any, *, write: bool = True, lang: Any = "zh") -> Iterator[Any]:
        with session(engine, write=write, lang=lang) as s:
            yield s
        if write and not lost:
            lost.append("lost")
            raise Lost("gone")

    monkeypatch.setattr("coach.services.contacts.session", once)
    monkeypatch.setattr("coach.services.suggestions.session", once)
    return lost


def _log(ws: Workspace, no: str) -> Any:
    return log_contact(ws, no, Entry("call", "reached", NOON, staff_no="1001")).contact_no


@pytest.mark.parametrize("done", [
    _log,
    lambda ws, no: set_stage(ws, no, "loyal", "老客户", by="1001", at=NOON, seen="acquainted"),
    lambda ws, no: set_tier(ws, no, "A", "有潜力", by="1001", at=NOON, seen="C"),
    lambda ws, no: suggest(ws, no, TODAY),
], ids=["contact", "stage", "tier", "suggestion"])  # fmt: skip
def test_a_commit_whose_answer_was_lost_is_done_once(demo_ws: Workspace, answer_lost: list[str], done: Callable[[Any, str], Any]) -> None:
    client = someone(demo_ws, Client.stage == "acquainted", Client.tier == "C")
    done(demo_ws, client.client_no)
    assert answer_lost == ["lost"]
    assert verify(demo_ws).entries == 1


def test_an_undoing_whose_answer_was_lost_takes_back_one_contact(demo_ws: Workspace, monkeypatch: pytest.MonkeyPatch, request: Any) -> None:
    client = someone(demo_ws)
    numbers = [_log(demo_ws, client.client_no) for _ in range(2)]
    lost = request.getfixturevalue("answer_lost")
    undone = undo_last(demo_ws, "1001", NOON)
    assert lost == ["lost"] and undone is not None and undone.contact_no == numbers[1]
    with session(demo_ws.engine, write=False) as s:
        ours = select(Contact).where(col(Contact.contact_no).in_(numbers)).order_by(col(Contact.id))
        assert [c.voided_at for c in s.exec(ours)] == [None, NOON]


def test_what_is_lost_or_busy_is_tried_until_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    told, clock, tries = [], [0.0], []
    monkeypatch.setattr(again.time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(again.time, "sleep", lambda s: clock.__setitem__(0, clock[0] + s))
    monkeypatch.setattr(again, "watchers", [told.append, lambda _lost: 1 / 0])

    @again.retried
    def work(faults: list[Exception]) -> str:
        tries.append(clock[0])
        if faults:
            raise faults.pop(0)
        return "done"

    assert work([Lost("a"), Busy("b"), Lost("c")]) == "done" and told == [True, False]
    assert work([Busy("b")]) == "done" and told == [True, False], "nobody need know of a moment's waiting"
    with pytest.raises(Lost):
        work([Lost("x") for _ in range(1000)])
    assert 15 < clock[0] < 23 and told == [True, False] * 2
    with pytest.raises(Refused):
        work([Refused("no")])
