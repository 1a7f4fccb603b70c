"""Allocations in the coaching log, whose they are, and looking back on them."""

from __future__ import annotations

from datetime import date, datetime

import pytest
import sqlalchemy as sa
from sqlmodel import col

from coach.domain.allocation import Mode
from coach.domain.chain import Kind
from coach.domain.log_words import gist, told
from coach.services import allocation as service
from coach.services.allocation_runs import client_names, members, moves_of, runs
from coach.services.errors import Refused
from coach.services.log_read import Wanted, entries, entry
from coach.services.log_verify import verify
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import AllocationMove, Staff

NOW = datetime(2026, 11, 24, 9)
BOSS = "1004"


@pytest.fixture
def branch(demo_ws: Workspace) -> Workspace:
    """The demo branch of 600 with a second manager, who has nobody yet."""
    with session(demo_ws.engine) as s:
        first = s.get(Staff, "1001")
        assert first is not None
        s.add(Staff(staff_no="2001", name="程新一", post=first.post, branch=first.branch))
    return demo_ws


def test_a_run_and_its_undoing_are_in_the_log_and_the_log_is_whole(branch: Workspace) -> None:
    done = service.apply(branch, Mode.QUARTERLY, NOW, by=BOSS)
    (made,) = entries(branch, Wanted(kind=Kind.ALLOCATION))
    said = made.content
    assert (made.staff_no, made.subject) == (BOSS, done.run_no)
    assert (said["mode"], said["moves"], said["people"]) == ("quarterly", len(done.made.moves), 2)
    assert said["number"]["客户经理"] == [round(done.made.before.number["客户经理"], 4), round(done.made.after.number["客户经理"], 4)]
    shown = entry(branch, made.entry_no)
    assert shown.record_intact is True and shown.corrected_by == ()
    for lang, words in (("zh", ("每季大调", f"{len(done.made.moves)} 户")), ("en", ("quarterly adjustment", str(len(done.made.moves))))):
        assert all(word in gist(said, lang) for word in words) and all(line.name and line.text for line in told(said, lang))  # type: ignore[arg-type]
    service.undo(branch, NOW, by=BOSS)
    back = entries(branch, Wanted(kind=Kind.CORRECTION))[0]
    assert (back.staff_no, back.subject, back.content["corrects"]) == (BOSS, done.run_no, made.entry_no)
    assert entry(branch, made.entry_no).corrected_by == (back.entry_no,) and verify(branch).whole


def test_a_move_altered_afterwards_shows(branch: Workspace) -> None:
    done = service.apply(branch, Mode.QUARTERLY, NOW, by=BOSS)
    with session(branch.engine) as s:
        one = done.made.moves[0].client_no
        s.connection().execute(sa.update(AllocationMove).where(col(AllocationMove.client_no) == one).values(after="1001"))
    assert entry(branch, entries(branch, Wanted(kind=Kind.ALLOCATION))[0].entry_no).record_intact is False


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_only_a_supervisor_shares_out(branch: Workspace, lang: str) -> None:
    branch.lang = lang  # type: ignore[assignment]
    for who in ("1001", "1003", "9999"):
        for call in (lambda: service.apply(branch, Mode.QUARTERLY, NOW, by=who), lambda: service.undo(branch, NOW, by=who)):  # noqa: B023
            with pytest.raises(Refused, match=who) as refused:
                call()
            assert len(str(refused.value).splitlines()) == 1 and (BOSS in str(refused.value)) == (who != "9999")
    assert runs(branch) == () and entries(branch, Wanted(kind=Kind.ALLOCATION)) == []


def test_a_run_without_a_move_is_not_logged(demo_ws: Workspace) -> None:
    assert service.apply(demo_ws, Mode.MONTHLY, NOW, by=BOSS).run_no is None
    assert entries(demo_ws, Wanted(kind=Kind.ALLOCATION)) == [] and runs(demo_ws) == ()


def test_a_failing_log_leaves_no_run(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the log")

    monkeypatch.setattr(service, "log_run", fail)
    with pytest.raises(RuntimeError):
        service.apply(branch, Mode.QUARTERLY, NOW, by=BOSS)
    assert runs(branch) == () and all(m.clients == 0 for m in members(branch) if m.staff_no == "2001")


def test_runs_are_told_as_they_were(branch: Workspace) -> None:
    assert [(m.staff_no, m.clients) for m in members(branch) if m.serves] == [("1001", 600), ("1002", 0), ("2001", 0)]
    one = service.apply(branch, Mode.QUARTERLY, NOW, by=BOSS)
    two = service.apply(branch, Mode.MONTHLY, NOW, by=BOSS, leaving=["2001"])
    service.undo(branch, NOW, by=BOSS)
    newest, first = runs(branch)
    assert (newest.run_no, first.run_no) == (two.run_no, one.run_no) and newest.undone_at == NOW and first.undone_at is None
    assert (first.mode, first.on, first.by, first.moves) == ("quarterly", date(2026, 11, 24), BOSS, len(one.made.moves))
    assert first.after == {b.staff_no: (b.clients, b.assets_fen) for b in one.made.after.books}
    assert first.value["客户经理"] == (one.made.before.value["客户经理"], one.made.after.value["客户经理"])
    moved = moves_of(branch, first.run_no)
    assert [(m.client_no, m.before, m.after, m.assets_fen) for m in moved] == [
        (m.client_no, m.before, m.after, m.assets_fen) for m in one.made.moves
    ]
    assert [m.reason("en") for m in moved] == one.reasons("en")
    names = client_names(branch, [m.client_no for m in moved])
    assert set(names) == {m.client_no for m in moved} and all(names.values())
    with pytest.raises(Refused, match="none-such"):
        moves_of(branch, "none-such")
