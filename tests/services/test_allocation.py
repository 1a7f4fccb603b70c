"""Sharing out clients over the store: previewed, applied in one transaction, taken back, and heard by the client."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select

from coach.domain.allocation import Mode
from coach.services import allocation as service
from coach.services.contacts import Entry, log_contact, set_stage
from coach.services.day import plan
from coach.services.errors import Refused
from coach.services.suggestions import suggest
from coach.services.workspace import Workspace
from coach.store import db
from coach.store.db import session
from coach.store.tables import AllocationMove, AllocationRun, Assignment, Client, Contact, Staff, Task

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 9)


@pytest.fixture
def branch(demo_ws: Workspace) -> Workspace:
    """The demo branch of 600 with a second manager, who has nobody yet."""
    with session(demo_ws.engine) as s:
        first = s.get(Staff, "1001")
        assert first is not None
        s.add(Staff(staff_no="2001", name="程新一", post=first.post, branch=first.branch))
    return demo_ws


def rows(ws: Workspace) -> dict[str, tuple[Any, ...]]:
    with session(ws.engine, write=False) as s:
        return {c.client_no: (c.manager, c.assigned_on, c.tier, c.stage) for c in s.exec(select(Client))}


def assignments(ws: Workspace) -> list[tuple[Any, ...]]:
    with session(ws.engine, write=False) as s:
        return [(a.client_no, a.manager, a.since, a.reason) for a in s.exec(select(Assignment).order_by(col(Assignment.id)))]


def test_a_preview_writes_nothing(branch: Workspace) -> None:
    before = rows(branch), assignments(branch)
    made = service.propose(branch, Mode.QUARTERLY, TODAY).made
    assert 50 <= len(made.moves) <= 60 and {m.after for m in made.moves} == {"2001"} and {m.why for m in made.moves} == {"joined"}
    assert (rows(branch), assignments(branch)) == before


@pytest.mark.parametrize("mode", list(Mode))
def test_what_is_applied_is_what_was_shown_with_its_history(branch: Workspace, mode: Mode) -> None:
    before = rows(branch)
    shown = service.propose(branch, mode, TODAY)
    done = service.apply(branch, mode, NOW, by="1004")
    assert done.made == shown.made and done.run_no
    now_is = rows(branch)
    moved = {m.client_no: m for m in done.made.moves}
    assert {no for no in now_is if now_is[no][0] != before[no][0]} == set(moved)
    assert all(now_is[no][:2] == (m.after, TODAY) for no, m in moved.items())
    history = [a for a in assignments(branch) if a[3].startswith("allocation:")]
    assert sorted(history) == sorted((no, m.after, TODAY, f"allocation:{done.run_no}") for no, m in moved.items())
    with session(branch.engine, write=False) as s:
        kept = s.exec(select(AllocationMove)).all()
        assert {m.client_no for m in kept} == set(moved) and all(len(m.reason) == 2 and all(m.reason.values()) for m in kept)
        run = s.exec(select(AllocationRun)).one()
        assert (run.run_no, run.mode, run.by, run.undone_at) == (done.run_no, mode, "1004", None)
    counted = {b.staff_no: b.clients for b in done.made.after.books}
    assert counted == {no: sum(r[0] == no for r in now_is.values()) for no in counted}
    of_new = sorted(r[2] for r in now_is.values() if r[0] == "2001")
    assert of_new.count("A") >= len(of_new) // 5, "tiers are ranked anew within the new books"


def test_the_second_run_moves_nobody_who_has_just_been_moved(branch: Workspace) -> None:
    first = {m.client_no for m in service.apply(branch, Mode.QUARTERLY, NOW).made.moves}
    second = {m.client_no for m in service.apply(branch, Mode.QUARTERLY, NOW + timedelta(days=30)).made.moves}
    assert first and second and not first & second


def test_undo_brings_everything_back_and_only_once(branch: Workspace) -> None:
    before = rows(branch), assignments(branch)
    done = service.apply(branch, Mode.QUARTERLY, NOW)
    told = service.undo(branch, NOW)
    assert (told.run_no, told.clients) == (done.run_no, len(done.made.moves)) and (rows(branch), assignments(branch)) == before
    with pytest.raises(Refused, match="--apply"):
        service.undo(branch, NOW)
    with session(branch.engine, write=False) as s:
        assert s.exec(select(AllocationRun)).one().undone_at == NOW and len(s.exec(select(AllocationMove)).all()) == len(done.made.moves)


def test_two_runs_are_undone_last_first(branch: Workspace) -> None:
    start = rows(branch)
    one = service.apply(branch, Mode.QUARTERLY, NOW).run_no
    between = rows(branch)
    two = service.apply(branch, Mode.QUARTERLY, NOW).run_no
    assert service.undo(branch, NOW).run_no == two and rows(branch) == between
    assert service.undo(branch, NOW).run_no == one and rows(branch) == start


def changed_stage(ws: Workspace, no: str) -> None:
    set_stage(ws, no, "trusted", "说得上话", by="2001", at=NOW)


def talked(ws: Workspace, no: str) -> None:
    log_contact(ws, no, Entry("call", "no_answer", NOW, staff_no="2001"))


def passed_on(ws: Workspace, no: str) -> None:
    with session(ws.engine) as s:
        s.connection().execute(sa.update(Client).where(col(Client.client_no) == no).values(manager="1001"))


@pytest.mark.parametrize("change", [changed_stage, talked, passed_on])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_undo_is_refused_when_something_has_happened_since(branch: Workspace, change: Any, lang: str) -> None:
    done = service.apply(branch, Mode.QUARTERLY, NOW)
    no = done.made.moves[3].client_no
    change(branch, no)
    branch.lang = lang  # type: ignore[assignment]
    before = rows(branch)
    with pytest.raises(Refused, match=no) as error:
        service.undo(branch, NOW)
    assert len(str(error.value).splitlines()) == 1 and rows(branch) == before


def test_what_happens_to_other_clients_does_not_matter(branch: Workspace) -> None:
    done = service.apply(branch, Mode.QUARTERLY, NOW)
    moved = {m.client_no for m in done.made.moves}
    other = next(no for no in rows(branch) if no not in moved)
    changed_stage(branch, other)
    talked(branch, other)
    assert service.undo(branch, NOW).clients == len(moved)


def test_a_client_handed_over_is_greeted_with_the_name_of_the_manager_before(branch: Workspace) -> None:
    done = service.apply(branch, Mode.QUARTERLY, NOW)
    with session(branch.engine, write=False) as s:
        open_to = {c.client_no for c in s.exec(select(Client)) if not c.do_not_contact and not c.refused_channels}
        name = s.exec(select(Staff.name).where(Staff.staff_no == "1001")).one()
    named, greeted = 0, 0
    for move in [m for m in done.made.moves if m.client_no in open_to][:8]:
        for lang in ("zh", "en"):
            made = suggest(branch, move.client_no, TODAY, lang=lang)  # type: ignore[arg-type]
            assert "unclaimed" in {b["signal"] for b in made.as_json()["because"]} or made.play != "stage.icebreak"
            if made.play == "stage.icebreak":
                greeted += 1
                told = [made.message_draft, *(p.text for p in made.talking_points)]
                named += any(name in text for text in told)
                assert any("程新一" in text for text in told), "who calls says who they are"
    assert greeted >= 4 and named == greeted, (named, greeted)


def test_the_day_of_both_managers_is_made_anew(branch: Workspace) -> None:
    old = plan(branch, "1001", TODAY)
    settled = old.tasks[0]
    log_contact(branch, settled.client_no, Entry("call", "reached", NOW, task_no=settled.task_no))
    assert plan(branch, "2001", TODAY).tasks == ()
    done = service.apply(branch, Mode.QUARTERLY, NOW)
    moved = {m.client_no for m in done.made.moves}
    mine, theirs = plan(branch, "1001", TODAY).tasks, plan(branch, "2001", TODAY).tasks
    assert theirs and {t.client_no for t in theirs} <= moved and not {t.client_no for t in mine if t.state == "open"} & moved
    assert settled.task_no in {t.task_no for t in mine if t.state == "done"}, "what was done stays"
    service.undo(branch, NOW)
    with session(branch.engine, write=False) as s:
        assert not s.exec(select(Task).where(Task.manager == "2001", Task.state == "open")).all()


def test_who_leaves_is_named_and_nobody_is_left_behind(branch: Workspace) -> None:
    made = service.apply(branch, Mode.MONTHLY, NOW, leaving=["1001"])
    assert {r[0] for r in rows(branch).values()} == {"2001"} and {m.why for m in made.made.moves} <= {"left", "familiar"}
    assert "程新一(2001)" in made.reasons("zh")[0] and [b.staff_no for b in made.made.after.books] == ["2001"]


def test_a_supervisor_hands_on_what_came_to_them_and_a_trainer_keeps_the_own_clients(branch: Workspace) -> None:
    with session(branch.engine) as s:
        roles = {r: no for no, r in s.exec(select(Staff.staff_no, Staff.role))}
        some = list(s.exec(select(Client.client_no).order_by(Client.client_no).limit(20)))
        for role, numbers in (("supervisor", some[:10]), ("trainer", some[10:])):
            s.connection().execute(sa.update(Client).where(col(Client.client_no).in_(numbers)).values(manager=roles[role]))
    made = service.apply(branch, Mode.MONTHLY, NOW).made
    given = {m.client_no: m for m in made.moves if m.before == roles["supervisor"]}
    assert set(given) == set(some[:10]) and {m.why for m in given.values()} <= {"left", "familiar"}
    assert roles["supervisor"] not in {b.staff_no for b in made.after.books} and roles["trainer"] in {b.staff_no for b in made.after.books}
    assert not {m.client_no for m in made.moves} & set(some[10:])


def test_a_manager_changed_by_somebody_else_meanwhile_is_not_written_over(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before, propose = rows(branch), service._proposed

    def then_changed(ws: Workspace, s: Any, *rest: Any) -> Any:
        found = propose(ws, s, *rest)
        s.connection().execute(sa.update(Client).where(col(Client.client_no) == found.made.moves[0].client_no).values(manager=None))
        return found

    monkeypatch.setattr(service, "_proposed", then_changed)
    with pytest.raises(Refused, match="再来一次"):
        service.apply(branch, Mode.QUARTERLY, NOW)
    assert rows(branch) == before


def test_familiar_is_who_has_had_three_effective_contacts_in_a_year(branch: Workspace) -> None:
    with session(branch.engine) as s:
        no = s.exec(select(Client.client_no).where(Client.stage == "stranger")).first()
        s.connection().execute(sa.update(Contact).where(col(Contact.client_no) == no).values(effective=False))
        for who, days in (*(("2001", 200 + n) for n in range(3)), *(("1001", n) for n in (10, 20, 400))):  # the last lies before the year
            at = NOW - timedelta(days=days)
            s.add(Contact(contact_no=f"{who}-{days}", client_no=str(no), at=at, channel="call", staff_no=who, effective=True))
        s.flush()
        found = service._clients(branch, s, TODAY).filter(client_no=no).row(0, named=True)
    assert (found["familiar"], found["known_by"], found["last_effective"]) == (["2001"], 3, TODAY - timedelta(days=10))


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_cannot_be_done_is_said_in_one_line(branch: Workspace, own_workspace: Path, lang: str) -> None:
    branch.lang = lang  # type: ignore[assignment]
    for call, word in (
        (lambda: service.propose(branch, Mode.MONTHLY, TODAY, leaving=["9999"]), "9999"),
        (lambda: service.propose(branch, Mode.MONTHLY, TODAY, leaving=["1001", "1002", "2001"]), "coach import"),
        (lambda: service.apply(branch, Mode.QUARTERLY, NOW, by="9999"), "9999"),
    ):
        with pytest.raises(Refused, match=word) as error:
            call()
        assert len(str(error.value).splitlines()) == 1
    (own_workspace / "policy.toml").write_text('[allocation]\npeople = [{ staff_no = "7777" }]\n', encoding="utf-8")
    again = Workspace.at(own_workspace, lang=lang)  # type: ignore[arg-type]
    with pytest.raises(Refused, match="7777"):
        service.propose(again, Mode.MONTHLY, TODAY)
    again.close()


def test_a_failure_half_way_leaves_everything_as_it_was(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(branch), assignments(branch)

    def fail(*_: object) -> int:
        raise RuntimeError("in the middle")

    monkeypatch.setattr(service, "retier", fail)
    with pytest.raises(RuntimeError):
        service.apply(branch, Mode.QUARTERLY, NOW)
    monkeypatch.undo()
    assert (rows(branch), assignments(branch)) == before
    with session(branch.engine, write=False) as s:
        assert s.exec(select(AllocationRun)).first() is None


def test_a_branch_with_nothing_to_move_leaves_no_run(demo_ws: Workspace) -> None:
    assert service.apply(demo_ws, Mode.MONTHLY, NOW).run_no is None, "one manager has all"
    with session(demo_ws.engine, write=False) as s:
        assert s.exec(select(AllocationRun)).first() is None


def test_the_revision_comes_and_goes(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    tables = {"allocation_run", "allocation_move"}
    address = f"sqlite:///{tmp_path / 'coach.db'}"
    old = db.engine_of(address)
    db.upgrade(old, "0005")
    assert not tables & set(sa.inspect(old).get_table_names())
    old.dispose()
    engine = db.open_db(address)
    assert tables <= set(sa.inspect(engine).get_table_names())
    config = Config()
    config.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0005")
    assert not tables & set(sa.inspect(engine).get_table_names())
    engine.dispose()
