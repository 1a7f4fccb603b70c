"""A bank's night on PostgreSQL: every plan once, whoever is killed, fails, or starts again."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from coach.services import nightly, nightly_branch, nightly_cluster
from coach.services.contacts import Entry, log_contact
from coach.services.day import NIGHT, kept_frame, plan
from coach.services.errors import Refused
from coach.services.nightly import How, day_to_prepare
from coach.services.nightly_branch import Order, attempt, prepare
from coach.services.nightly_runs import Outcome
from coach.services.signals import stamp, stamps
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, ImportRun, Meta, NightlyRun, Task
from tests.load.bank import Bank, load
from tests.load.nightly import workers_of
from tests.servers.postgres import Postgres

TODAY, TOMORROW = date(2026, 11, 24), date(2026, 11, 25)
BANK = Bank(branches=6, clients=70, today=TODAY, loose=True)
HERE = How(pause=0)
NAMES = ["", "B0000", "B0001", "B0002", "B0003", "B0004"]


@pytest.fixture(scope="module")
def bank_url(postgres: Postgres, postgres_empty: str) -> str:
    url = postgres.database(postgres_empty)
    engine = sa.create_engine(url)
    load(engine, BANK)
    engine.dispose()
    return url


@pytest.fixture
def bank(postgres: Postgres, bank_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The bank's database, the test's own."""
    url = postgres.database(bank_url)
    monkeypatch.setenv("COACH_DB", url)
    ws = Workspace(lang="en")
    yield ws
    ws.close()
    postgres.drop(url)


def tasks(ws: Workspace, on: date = TOMORROW) -> dict[int, tuple[str, str, str]]:
    with session(ws.engine, write=False) as s:
        return {t.id: (t.manager, t.client_no, t.task_no) for t in s.exec(select(Task).where(Task.plan_on == on))}


def frames(ws: Workspace) -> set[str]:
    with session(ws.engine, write=False) as s:
        return set(s.exec(select(Meta.key).where(col(Meta.key).startswith("plan:"))))


def whole(ws: Workspace) -> None:
    """Every manager has a plan with tasks, and nobody is in a plan twice."""
    found = list(tasks(ws).values())
    assert frames(ws) == {f"plan:{b:04d}00:{TOMORROW}" for b in range(6)}
    assert {manager for manager, _, _ in found} == {f"{b:04d}00" for b in range(6)}
    assert len({client for _, client, _ in found}) == len(found)
    with session(ws.engine, write=False) as s:
        rows = {r.branch: r for r in s.exec(select(NightlyRun).where(NightlyRun.plan_on == TOMORROW))}
    assert sorted(rows) == NAMES and {r.state for r in rows.values()} == {"done"}
    assert sum(r.tasks for r in rows.values()) == len(found) and sum(r.clients for r in rows.values()) == 6 * 70


def imported(ws: Workspace) -> None:
    """As an import leaves behind."""
    with session(ws.engine) as s:
        s.add(ImportRun(at=datetime(2026, 11, 24, 23), file="x", sha256="0", kind="holdings", added=1, changed=0, unchanged=0, rejected=0))


@pytest.mark.parametrize(("at", "day"), [
    (datetime(2026, 11, 24, 22), TOMORROW), (datetime(2026, 11, 25, 1), TOMORROW), (datetime(2026, 11, 25, 6), date(2026, 11, 26)),
    (datetime(2026, 9, 30, 22), date(2026, 10, 8)), (datetime(2026, 10, 3, 3), date(2026, 10, 8)),  # the National Day week
    (datetime(2026, 10, 9, 22), date(2026, 10, 10)),  # a Saturday that is made up for
])  # fmt: skip
def test_the_next_working_day(at: datetime, day: date) -> None:
    assert day_to_prepare(at) == day


def test_a_night_makes_the_plans_that_the_morning_would_make(demo_ws: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(demo_ws.home, tmp_path / "other")
    night = nightly.run(demo_ws, TOMORROW, HERE)
    people = [m for m in ("1001", "1002") if f"plan:{m}:{TOMORROW}" in frames(demo_ws)]
    assert people and not night.failed and night.as_json()["tasks"] == len(tasks(demo_ws)) > 40
    morning = Workspace.at(tmp_path / "other", lang="zh")
    for manager in people:
        assert plan(morning, manager, TOMORROW).as_json() == plan(demo_ws, manager, TOMORROW).as_json()
    morning.close()


def test_a_second_start_does_what_is_missing_and_writes_nothing_twice(bank: Workspace) -> None:
    first = nightly.run(bank, TOMORROW, HERE, only=["B0001", "B0003", ""])
    half = tasks(bank)
    assert len(first.outcomes) == 3 and len({m for m, _, _ in half.values()}) == 3
    second = nightly.run(bank, TOMORROW, HERE)
    assert {o.branch for o in second.outcomes if o.before} == {"", "B0001", "B0003"}
    whole(bank)
    made = tasks(bank)
    assert half.items() <= made.items()
    third = nightly.run(bank, TOMORROW, HERE)
    assert third.as_json()["before"] == 6 and tasks(bank) == made


def test_two_workers_one_of_them_killed(bank: Workspace) -> None:
    killed: list[int] = []

    def kill(outcome: Outcome, _settled: int, _of: int) -> None:
        if not killed:
            killed.append(workers_of(os.getpid())[0])
            os.kill(killed[0], signal.SIGKILL)

    night = nightly.run(bank, TOMORROW, How(workers=2), tell=kill)
    assert killed and not night.failed
    whole(bank)


def test_a_failing_branch_holds_nobody_up_and_is_done_by_the_next_start(bank: Workspace) -> None:
    with bank.engine.begin() as c:
        c.exec_driver_sql(
            "CREATE FUNCTION no() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the disk is full'; END $$;"
            "CREATE TRIGGER no BEFORE INSERT ON task FOR EACH ROW WHEN (NEW.manager = '000100') EXECUTE FUNCTION no()")  # fmt: skip
    told: list[tuple[str, str, int]] = []
    night = nightly.run(bank, TOMORROW, HERE, tell=lambda o, _s, _of: told.append((o.branch, o.state, o.attempts)))
    assert [t for t in told if t[1] == "failed"] == [("B0001", "failed", n) for n in (1, 2, 3)]
    assert told.index(("B0001", "failed", 2)) > told.index(("B0004", "done", 1))
    assert [(o.branch, o.attempts) for o in night.failed] == [("B0001", 3)] and "the disk is full" in night.failed[0].error
    assert "\n" not in night.failed[0].error and f"plan:000100:{TOMORROW}" not in frames(bank)
    with session(bank.engine) as s:
        row = s.get(NightlyRun, (TOMORROW, "B0001"))
        assert (row.state, row.attempts, row.error) == ("failed", 3, night.failed[0].error)
        s.execute(sa.text("DROP TRIGGER no ON task"))
    again = nightly.run(bank, TOMORROW, HERE)
    assert [o.branch for o in again.outcomes if not o.before] == ["B0001"]
    whole(bank)


def test_two_at_the_same_branch_write_it_once(bank: Workspace) -> None:
    nightly.run(bank, TOMORROW, HERE, only=["B0000"])
    with session(bank.engine) as s:  # as if nothing were done yet
        s.execute(sa.text("UPDATE nightly_run SET state = 'waiting'"))
        s.execute(sa.text("DELETE FROM task"))
        s.execute(sa.text("DELETE FROM meta"))
    order, out = Order(TOMORROW, "B0000", ("000000",)), list[Outcome]()
    both = [threading.Thread(target=lambda: out.append(attempt(bank, order, 1))) for _ in range(2)]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join()
    assert [o.state for o in out] == ["done", "done"] and sum(o.before for o in out) == 1
    assert len(tasks(bank)) == out[0].tasks == out[1].tasks > 0


def test_the_plan_of_the_night_is_opened_as_it_is_and_then_stays(bank: Workspace) -> None:
    nightly.run(bank, TOMORROW, HERE, only=["B0000"])
    made = tasks(bank)
    opened = plan(bank, "000000", TOMORROW)
    assert tasks(bank) == made and [t.id for t in opened.tasks] == sorted(made)
    with session(bank.engine, write=False) as s:
        assert NIGHT not in kept_frame(s, "000000", TOMORROW)
    client = opened.tasks[0].client_no
    log_contact(bank, client, Entry("call", "reached", datetime(2026, 11, 25, 10), staff_no="000000"))
    assert [t.client_no for t in plan(bank, "000000", TOMORROW).tasks] == [t.client_no for t in opened.tasks]


def test_what_was_written_after_the_night_makes_its_plan_anew_and_only_that_one(bank: Workspace) -> None:
    nightly.run(bank, TOMORROW, HERE, only=["B0000", "B0001"])
    before = tasks(bank)
    mine, other = (next(t for t in before.values() if t[0] == m) for m in ("000000", "000100"))
    log_contact(bank, mine[1], Entry("call", "reached", datetime(2026, 11, 24, 23), staff_no="000000"))
    assert mine[2] not in {t.task_no for t in plan(bank, "000000", TOMORROW).tasks}
    plan(bank, "000100", TOMORROW)
    assert other in tasks(bank).values() and {k: v for k, v in before.items() if v[0] == "000100"}.items() <= tasks(bank).items()


def test_a_client_handed_over_after_the_night_is_in_one_plan(bank: Workspace) -> None:
    nightly.run(bank, TOMORROW, HERE, only=["B0000", "B0001"])
    moved = {client for manager, client, _ in tasks(bank).values() if manager == "000100"}
    with session(bank.engine) as s:
        s.execute(sa.update(Client).where(col(Client.client_no).in_(moved)).values(manager="000000"))
    theirs = {t.client_no for t in plan(bank, "000000", TOMORROW).tasks} & moved
    assert theirs and all(m == "000000" for m, client, _ in tasks(bank).values() if client in theirs)
    assert not moved & {t.client_no for t in plan(bank, "000100", TOMORROW).tasks}


def test_files_brought_in_since_make_the_branch_anew(bank: Workspace) -> None:
    assert not nightly.run(bank, TOMORROW, HERE, only=["B0000"]).outcomes[0].before
    imported(bank)
    again = nightly.run(bank, TOMORROW, HERE, only=["B0000"]).outcomes[0]
    assert not again.before and len(tasks(bank)) == again.tasks


def test_stamps_are_the_stamp_of_each(bank: Workspace) -> None:
    client = "0001000001"
    log_contact(bank, client, Entry("call", "reached", datetime(2026, 11, 24, 9), staff_no="000100"))
    with session(bank.engine, write=False) as s:
        people = [f"{b:04d}00" for b in range(6)]
        assert stamps(s, people) == {m: stamp(s, m) for m in people}
        assert stamps(s) == stamps(s, people)
        assert stamps(s)["000100"] != stamps(s)["000000"]


def test_a_login_that_may_not_see_all_is_refused(bank: Workspace, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    name = bank.engine.url.database
    postgres.sql("CREATE ROLE night_clerk LOGIN PASSWORD 'clerk' IN ROLE coach_staff")
    try:
        monkeypatch.setenv("COACH_DB", postgres.url(name, "night_clerk", "clerk"))
        clerk = Workspace(lang="en")
        with pytest.raises(Refused, match="owner of the database"):
            nightly.run(clerk, TOMORROW, HERE)
        clerk.close()
    finally:
        postgres.sql("DROP ROLE night_clerk")


def test_a_worker_at_another_database_says_so(demo_ws: Workspace) -> None:
    with pytest.raises(Refused, match="COACH_DB"):
        prepare(demo_ws, Order(TOMORROW, "B01", ("1001",)))


@pytest.mark.parametrize(("how", "on", "only", "words"), [
    (HERE, date(2026, 11, 28), None, "2026-11-30"), (HERE, TOMORROW, ["nowhere"], "nowhere"),
    (How(scheduler="tcp://127.0.0.1:1"), TOMORROW, None, "SQLite"),
])  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(demo_ws: Workspace, how: How, on: date, only: list[str] | None, words: str) -> None:
    with pytest.raises(Refused, match=words) as refused:
        nightly.run(demo_ws, on, how, only=only)
    assert "\n" not in str(refused.value)


def test_a_cluster_that_is_not_there_is_told(bank: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nightly_cluster, "CONNECT_SECONDS", 0.3)
    with pytest.raises(Refused, match="dask scheduler"):
        nightly.run(bank, TOMORROW, How(scheduler="tcp://127.0.0.1:1"), only=["B0000"])
    monkeypatch.setattr(nightly_cluster, "installed", lambda: False)
    with pytest.raises(Refused, match=r"coach-branch\[cluster\]"):
        nightly.run(bank, TOMORROW, How(scheduler="tcp://127.0.0.1:1"), only=["B0000"])
    assert not nightly.run(bank, TOMORROW, How(workers=2, pause=0), only=["B0000"]).failed  # without the extra: in this process


def test_files_that_come_in_between_the_reading_and_the_writing_are_noticed(bank: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_plans = nightly_branch._plans

    def slow(*given):
        made = whole_plans(*given)
        with session(bank.engine, write=False) as s:
            first = s.exec(select(ImportRun)).first() is None
        if first:
            imported(bank)
        return made

    monkeypatch.setattr(nightly_branch, "_plans", slow)
    told: list[str] = []
    night = nightly.run(bank, TOMORROW, HERE, only=["B0000"], tell=lambda o, _s, _of: told.append(o.error))
    assert ["files" in error for error in told] == [True, False] and not night.failed
