"""A working day on a shared PostgreSQL, everybody with a login of their own and no more rights than that login has."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from coach.demo import generate, write_files
from coach.domain.allocation import Mode
from coach.services import (
    allocation,
    contacts,
    day,
    db_people,
    log_anchor,
    log_correct,
    log_read,
    log_uses,
    log_verify,
    log_window,
    practice,
    practice_training,
    report,
    review_acts,
)
from coach.services.clients import ClientQuery, list_clients, managers, picture
from coach.services.contacts import Entry
from coach.services.errors import Refused
from coach.services.imports import ImportJob, bring_in
from coach.services.practice_records import attempts
from coach.services.review_record import open_record
from coach.services.signals import branch_signals, stamp
from coach.services.suggestions import suggest
from coach.services.workspace import Workspace
from coach.store import db
from coach.store.faults import Denied, StoreError
from coach.store.tables import Client
from tests.conftest import TODAY
from tests.servers.postgres import Postgres

AT = datetime(2026, 11, 24, 10)
ANNA, BEN, TRAINER, BOSS = "1001", "1002", "1003", "1004"
WORD = "a-word-of-the-tests"


@dataclass
class Branch:
    """The database's owner and the workspace of each person."""

    owner: Workspace
    people: dict[str, Workspace]
    logins: dict[str, str]


@pytest.fixture(scope="module")
def branch(postgres: Postgres, postgres_empty: str, demo_branch: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Branch]:
    """Sixty clients, every third of them Ben's; the index is the demo branch's."""
    url = postgres.database(postgres_empty)
    name = url.rpartition("/")[2]
    files = write_files(generate(clients=60, seed=7, today=TODAY, lang="zh"), tmp_path_factory.mktemp("people"))
    for file, change in ((files[0], lambda n, line: line.replace("大堂经理", "客户经理")),
                         (files[2], lambda n, line: line.replace(f",{ANNA},", f",{BEN},") if n % 3 == 0 else line)):  # fmt: skip
        lines = file.read_text(encoding="utf-8").splitlines()
        file.write_text("\n".join(change(n, line) for n, line in enumerate(lines)) + "\n", encoding="utf-8")

    def open_as(address: str) -> Workspace:
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("COACH_DB", address)
            patch.setenv("COACH_HOME", str(demo_branch))
            return Workspace(lang="zh")

    owner = open_as(url)
    bring_in(owner, ImportJob([files[0]]), TODAY)
    made = Branch(owner, {}, {})
    for who in (ANNA, BEN, TRAINER, BOSS):
        made.logins[who] = f"{name}_{who}"
        db_people.grant(owner, who, made.logins[who], WORD)
        made.people[who] = open_as(postgres.url(name, made.logins[who], WORD))
    bring_in(made.people[BOSS], ImportJob(files[1:], strict=True), TODAY)
    yield made
    for ws in (owner, *made.people.values()):
        ws.close()
    postgres.drop(url)
    for login in made.logins.values():
        postgres.sql(f'DROP ROLE IF EXISTS "{login}"')


def first_client(ws: Workspace) -> str:
    return list_clients(ws, ClientQuery(limit=1))[0].client_no


def foreign(branch: Branch) -> str:
    """A client of Ben's."""
    return list_clients(branch.owner, ClientQuery(manager=BEN, limit=1))[0].client_no


def test_a_supervisor_brings_the_files_in_and_sees_the_branch(branch: Branch) -> None:
    boss, anna, ben = branch.people[BOSS], branch.people[ANNA], branch.people[BEN]
    assert len(list_clients(boss, ClientQuery())) == len(list_clients(branch.owner, ClientQuery())) == 60
    counts = {number: count for number, _, count in managers(boss)}
    assert [managers(ws) for ws in (anna, ben)] == [[m for m in managers(boss) if m[0] == who] for who in (ANNA, BEN)]
    assert sum(counts.values()) == 60 and managers(branch.people[TRAINER]) == []
    whole, own = branch_signals(branch.owner, TODAY, ANNA), branch_signals(anna, TODAY, ANNA)
    assert own.equals(whole) and own.height > 10
    assert branch_signals(anna, TODAY).equals(own)


def test_who_is_at_work(branch: Branch) -> None:
    assert branch.owner.person is None
    anna = branch.people[ANNA].person
    assert anna is not None and (anna.staff_no, anna.role, anna.supervises) == (ANNA, "staff", False)
    boss = branch.people[BOSS].person
    assert boss is not None and boss.supervises


def test_the_screens_open_with_ones_own_day(branch: Branch) -> None:
    from coach.tui.opening import open_workspace

    opened = {who: open_workspace(ws, "zh") for who, ws in branch.people.items()}
    assert {who: (found.me, found.manager[0]) for who, found in opened.items()} == {
        ANNA: (ANNA, ANNA), BEN: (BEN, BEN), TRAINER: (TRAINER, TRAINER), BOSS: (BOSS, ANNA)
    }  # fmt: skip
    assert (open_workspace(branch.owner, "zh").me, opened[TRAINER].orphans) == ("", 0)


def test_commands_go_by_the_login(branch: Branch, postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from typer.testing import CliRunner

    from coach.cli.app import app

    monkeypatch.setenv("COACH_DB", branch.people[ANNA].engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("COACH_HOME", str(branch.owner.home))
    own = CliRunner().invoke(app, ["plan", "--json", "--date", TODAY.isoformat()])
    assert own.exit_code == 0 and json.loads(own.output)["manager"] == ANNA
    other = CliRunner().invoke(app, ["plan", "--manager", BEN, "--lang", "en"])
    assert other.exit_code == 1 and "your own clients only" in other.stderr and other.stderr.count("\n") == 1


def test_a_day_of_the_staff(branch: Branch) -> None:
    anna = branch.people[ANNA]
    planned = day.plan(anna, ANNA, TODAY)
    assert planned.tasks and day.plan(anna, ANNA, TODAY).as_json() == planned.as_json()
    task = planned.tasks[0]
    proposed = suggest(anna, task.client_no, TODAY)
    log_uses.used(anna, proposed.suggestion_no, "followed", at=AT)
    before = stamp_of(anna)
    logged = contacts.log_contact(anna, task.client_no, Entry("call", "reached", AT, task_no=task.task_no, contact_no="one"))
    assert stamp_of(anna) != before
    assert contacts.log_contact(anna, task.client_no, Entry("call", "reached", AT, contact_no="one")).contact_no == logged.contact_no
    undone = contacts.undo_last(anna, ANNA, AT)
    assert undone is not None and undone.contact_no == "one"
    contacts.set_stage(anna, task.client_no, "trusted", "老客户", by=None, at=AT)
    contacts.set_tier(anna, task.client_no, "A", "潜力大", by=ANNA, at=AT)
    day.skip_task(anna, ANNA, TODAY, planned.tasks[1].task_no)
    entries = log_read.entries(anna)
    assert {e.staff_no for e in entries} == {ANNA} and {e.kind for e in entries} >= {
        "suggestion_shown", "suggestion_used", "contact", "correction", "stage_change", "tier_change"
    }  # fmt: skip
    assert picture(anna, task.client_no, TODAY, lang="zh").stage == "trusted"


def stamp_of(ws: Workspace) -> tuple[int, int]:
    with db.session(ws.engine, write=False) as s:
        return stamp(s, ANNA)


def test_one_persons_work_leaves_anothers_signals_as_they_were_kept(branch: Branch) -> None:
    anna, ben = branch.people[ANNA], branch.people[BEN]
    before = stamp_of(anna)
    contacts.log_contact(ben, first_client(ben), Entry("message", "sent", AT))
    assert stamp_of(anna) == before


@pytest.mark.parametrize("what", [
    lambda ws, no: contacts.log_contact(ws, no, Entry("call", "reached", AT)),
    lambda ws, no: contacts.log_contact(ws, first_client(ws), Entry("call", "reached", AT, staff_no=BEN)),
    lambda ws, no: contacts.set_stage(ws, no, "loyal", "x", by=None, at=AT),
    lambda ws, no: contacts.set_tier(ws, first_client(ws), "A", "x", by=BEN, at=AT),
    lambda ws, no: contacts.undo_last(ws, BEN, AT),
    lambda ws, no: suggest(ws, no, TODAY),
    lambda ws, no: suggest(ws, first_client(ws), TODAY, staff_no=BEN),
    lambda ws, no: picture(ws, no, TODAY, lang="zh", signals=()),
    lambda ws, no: day.plan(ws, BEN, TODAY),
    lambda ws, no: day.skip_task(ws, BEN, TODAY, "x"),
    lambda ws, no: practice.begin(ws, practice.scenarios(ws)[0].id, staff_no=BEN, today=TODAY),
    lambda ws, no: practice_training.assign(ws, practice.scenarios(ws)[0].id, [BEN], TODAY, ANNA, today=TODAY),
    lambda ws, no: allocation.apply(ws, Mode.MONTHLY, AT),
    lambda ws, no: log_verify.verify(ws),
    lambda ws, no: log_read.export(ws, Path("x"), at=AT),
    lambda ws, no: db_people.who(ws),
    lambda ws, no: db_people.grant(ws, ANNA, "x", WORD),
])  # fmt: skip
def test_what_the_staff_may_not_is_refused_in_one_line(branch: Branch, what: Any) -> None:
    with pytest.raises((Refused, StoreError)) as told:
        what(branch.people[ANNA], foreign(branch))
    assert str(told.value).count("\n") == 0 and "psycopg" not in str(told.value)


def test_the_database_refuses_what_gets_past_the_program(branch: Branch) -> None:
    anna = branch.people[ANNA]
    with pytest.raises(Denied, match="grant"), db.session(anna.engine) as s:
        s.connection().execute(sa.update(Client.__table__).values(manager=BEN))  # type: ignore[attr-defined]


def test_practice_and_its_trainer(branch: Branch) -> None:
    anna, trainer = branch.people[ANNA], branch.people[TRAINER]
    scenario = practice.scenarios(anna)[0].id
    numbers = practice_training.assign(trainer, scenario, [ANNA], TODAY, TRAINER, today=TODAY)
    talk = practice.begin(anna, scenario, staff_no=None, today=TODAY, assignment=numbers[0])
    practice.say(anna, talk, "您好，我是云溪支行的小李，看到您的存款快到期了，想听听您的打算。")
    score = practice.finish(anna, talk)
    practice_training.review(trainer, talk.attempt_no, TRAINER, "开场不错", today=TODAY)
    mine = attempts(anna)
    assert [(a.attempt_no, a.total, a.reviewed) for a in mine] == [(talk.attempt_no, score.total, 1)]
    assert practice_training.assignments(anna, staff_no=ANNA, today=TODAY)[0].done == talk.attempt_no
    assert [a.attempt_no for a in attempts(trainer)] == [talk.attempt_no] and attempts(branch.people[BEN]) == []
    assert len(practice_training.board(trainer, TODAY).people) == 4
    assert list_clients(trainer, ClientQuery()) == [] and day.plan(trainer, TRAINER, TODAY).tasks == ()


def test_a_supervisor_reviews_and_is_answered(branch: Branch) -> None:
    anna, boss = branch.people[ANNA], branch.people[BOSS]
    contacts.log_contact(anna, first_client(anna), Entry("visit", "reached", AT, contact_no="reviewed"))
    about = open_record(boss, "contact", "reviewed", TODAY).about
    number = review_acts.comment(boss, about, "下次带上方案", BOSS, AT)
    review_acts.sign_off(boss, about, BOSS, AT)
    assert [c.comment_no for c in review_acts.inbox(anna, ANNA)] == [number]
    assert review_acts.inbox(branch.people[BEN], BEN) == []
    review_acts.answer(anna, number, "好的", AT, by=ANNA)
    assert [c.text for c in review_acts.inbox(boss, BOSS)] == ["好的"]
    made = report.make(boss, TODAY.replace(day=1), TODAY, TODAY)
    assert {p.staff_no for p in made.people} >= {ANNA, BEN}


def test_a_supervisor_shares_out_and_takes_back(branch: Branch) -> None:
    boss = branch.people[BOSS]
    before = [(c.client_no, c.manager) for c in list_clients(branch.owner, ClientQuery(sort="client_no"))]
    made = allocation.apply(boss, Mode.INITIAL, AT, leaving=[BEN])
    assert made.run_no and list_clients(branch.people[BEN], ClientQuery()) == []
    assert len(list_clients(branch.people[ANNA], ClientQuery())) == 60
    allocation.undo(boss, AT)
    assert [(c.client_no, c.manager) for c in list_clients(branch.owner, ClientQuery(sort="client_no"))] == before


def test_the_log_is_whole_and_a_supervisor_can_tell(branch: Branch) -> None:
    whole, told = log_verify.verify(branch.owner), log_verify.verify(branch.people[BOSS])
    assert whole.whole and told == whole and whole.entries > 5
    with branch.owner.engine.begin() as c:
        c.exec_driver_sql("SET LOCAL coach.log_unlocked = 'on'")
        c.exec_driver_sql("UPDATE log_entry SET at = at || '0' WHERE entry_no = 3")
    whole, told = log_verify.verify(branch.owner), log_verify.verify(branch.people[BOSS])
    assert not whole.whole and whole.first_broken == 3 and told.as_json() == whole.as_json() and told.why == whole.why
    with branch.owner.engine.begin() as c:
        c.exec_driver_sql("SET LOCAL coach.log_unlocked = 'on'")
        c.exec_driver_sql("UPDATE log_entry SET at = left(at, -1) WHERE entry_no = 3")
    assert log_verify.verify(branch.people[BOSS]).whole


def test_a_login_is_set_up_changed_and_taken_away(branch: Branch, postgres: Postgres) -> None:
    owner, login = branch.owner, branch.logins[BEN]
    assert [(one.staff_no, one.ready) for one in db_people.who(owner)] == [(who, True) for who in (ANNA, BEN, TRAINER, BOSS)]
    wrong = ("9999", "x", WORD), (BEN, "x", WORD), (ANNA, login, WORD), (BEN, "postgres", WORD), (BEN, login, "short")
    for staff_no, name, word in wrong:
        with pytest.raises(Refused):
            db_people.grant(owner, staff_no, name, word)
    ben = branch.people[BEN]
    try:
        bring_in_role(owner, BEN, "supervisor")  # as an import of the staff file by a supervisor would
        ben.__dict__.pop("person", None)
        assert list_clients(ben, ClientQuery()) == [] and not next(x for x in db_people.who(owner) if x.staff_no == BEN).ready
        with pytest.raises(Refused, match="grant"):
            _ = ben.person
        assert not db_people.grant(owner, BEN, login, None).made
        assert len(list_clients(ben, ClientQuery())) == 60
        db_people.revoke(owner, staff_no=BEN)
        with pytest.raises(StoreError):
            list_clients(ben, ClientQuery())  # the connection was open
        with pytest.raises(Refused):
            db_people.revoke(owner, staff_no=BEN)
    finally:
        bring_in_role(owner, BEN, "staff")
        db_people.grant(owner, BEN, login, None)
    assert ben.person is not None and ben.person.role == "staff"


def bring_in_role(ws: Workspace, staff_no: str, role: str) -> None:
    with ws.engine.begin() as c:
        c.execute(sa.text("UPDATE staff SET role = :role WHERE staff_no = :no"), {"role": role, "no": staff_no})


def test_a_password_is_kept_as_a_verifier_and_comes_from_standard_input(
    branch: Branch, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from typer.testing import CliRunner

    from coach.cli.app import app

    monkeypatch.setenv("COACH_DB", branch.owner.engine.url.render_as_string(hide_password=False))
    monkeypatch.setattr("sys.stdin", io.StringIO())
    done = CliRunner().invoke(app, ["db", "grant", "--staff", BEN, "--login", branch.logins[BEN], "--password-stdin", "--json"],
                              input="another-word-of-it\n")  # fmt: skip
    assert done.exit_code == 0 and '"password_set": true' in done.output and "another" not in done.output
    with branch.owner.engine.connect() as c:
        kept = c.execute(sa.text("SELECT rolpassword FROM pg_authid WHERE rolname = :login"), {"login": branch.logins[BEN]}).scalar()
    assert str(kept).startswith("SCRAM-SHA-256$")
    db_people.grant(branch.owner, BEN, branch.logins[BEN], WORD)


def test_sqlite_has_no_logins(own_workspace: Path) -> None:
    ws = Workspace.at(own_workspace, lang="en")
    with pytest.raises(Refused, match="SQLite"):
        db_people.who(ws)
    assert ws.person is None
    ws.close()


def test_the_log_screen_sees_own_entries_and_a_supervisor_the_anchors(branch: Branch, tmp_path: Path) -> None:
    owner, anna, boss = branch.owner, branch.people[ANNA], branch.people[BOSS]
    client = first_client(anna)
    contacts.log_contact(anna, client, Entry("call", "reached", AT, staff_no=ANNA))
    kept = {ws: ws.policy for ws in (owner, anna, boss)}
    try:
        for ws, policy in kept.items():
            log = policy.log.model_copy(update={"anchor_file": str(tmp_path / "log"), "anchor_every": 1})
            ws.__dict__["policy"] = policy.model_copy(update={"log": log})
        seen = {ws: log_window.window(ws, log_read.Wanted()) for ws in (owner, anna, boss)}
        assert 0 < seen[anna].total <= seen[boss].total <= seen[owner].total
        rows = log_window.page(anna, seen[anna], 0, 1000)
        assert len(rows) == seen[anna].total and {row.entry.staff_no for row in rows} == {ANNA}
        assert log_anchor.anchor_state(boss).due and log_anchor.anchor_state(boss).entries == log_anchor.anchor_state(owner).entries > 0
        assert log_anchor.anchor_state(anna).ok and "主管" in log_anchor.anchor_line(anna, log_anchor.anchor_state(anna))
        made = log_anchor.anchor_now(boss, at=AT)
        assert made.count == log_anchor.anchor_state(owner).newest and log_anchor.anchor_state(boss).ok
        assert log_verify.verify(owner).newest_anchor == made.count
        with pytest.raises(Refused, match="主管"):
            log_anchor.anchor_now(anna, at=AT)
        mine = rows[0].entry.entry_no
        assert log_correct.correct(anna, mine, "是她女儿接的", by=None, at=AT).staff_no == ANNA
        with pytest.raises(Refused, match=BOSS):
            log_correct.correct(anna, mine, "是她女儿接的", by=BOSS, at=AT)
    finally:
        for ws, policy in kept.items():
            ws.__dict__["policy"] = policy
