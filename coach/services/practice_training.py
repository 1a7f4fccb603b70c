"""The trainer's side of practice: who is to practise what by when, reviews, what people and groups are weak at."""

from __future__ import annotations

import math
import secrets
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlmodel import Session as Db
from sqlmodel import col, select

from coach.domain.words import Lang, Role, label
from coach.practice.scenario import CriterionId, Scenario
from coach.practice.scoring import WEAK
from coach.services.errors import refuse
from coach.services.log_records import log_review
from coach.services.practice_files import bench, scenario, scenarios
from coach.services.practice_records import moment, row_of, staff_of
from coach.services.who import own_name
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.db import session
from coach.store.tables import Client, PracticeAssignment, PracticeAttempt, PracticeReview, Staff

LAST = 5
"""So many of a person's last attempts say what is weak today."""
RECENT_DAYS = 60
"""Attempts older than this give no advice any more."""
MOST_ADVICE = 3
MAX_COMMENT = 2000


@dataclass(frozen=True, slots=True)
class Assignment:
    """A scenario that somebody is to practise by a day."""

    assignment_no: str
    scenario: str
    staff_no: str
    staff_name: str
    due_on: date
    by: str
    by_name: str
    at: datetime
    note: str
    client_no: str | None
    done: str | None
    """The attempt that settled it: the first one scored since."""
    total: float | None
    passed: bool | None
    late: bool
    """Not done, and its day is past."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One person and one scenario on the board."""

    best: float | None = None
    passed: bool = False
    """Passed at least once."""
    attempts: int = 0
    """Scored ones."""
    last: date | None = None
    assigned: date | None = None
    """The nearest day by which it is still to be done."""
    late: bool = False


@dataclass(frozen=True, slots=True)
class Board:
    """People × scenarios. A pair that nothing is known of has an empty cell."""

    people: tuple[tuple[str, str], ...]
    """Number and name."""
    scenarios: tuple[str, ...]
    cells: Mapping[tuple[str, str], Cell] = field(default_factory=dict)

    def cell(self, staff_no: str, scenario_id: str) -> Cell:
        return self.cells.get((staff_no, scenario_id), Cell())


# --- assignments ----------------------------------------------------------------------------------------------------


def assign(
    ws: Workspace,
    scenario_id: str | Scenario,
    staff_nos: Sequence[str],
    due_on: date,
    by: str,
    note: str = "",
    client_no: str | None = None,
    *,
    today: date | None = None,
) -> list[str]:
    """Give a scenario to people, by a trainer or supervisor. The assignment numbers, in the order of the people.

    Raises :class:`~coach.services.errors.Refused` for who may not, who is not there, a day that is past; then nobody gets it.
    """
    today = today or date.today()
    chosen = scenario(ws, scenario_id) if isinstance(scenario_id, str) else scenario_id
    if not staff_nos:
        raise refuse(ws.lang, "没有指明派给谁；请选员工", "nobody is named; choose staff members")
    if due_on < today:
        raise refuse(ws.lang, f"截止日 {due_on} 已经过了；请改日期", f"the due date {due_on} is past; choose a later one")
    if len(note) > MAX_COMMENT:
        raise refuse(ws.lang, f"说明超过 {MAX_COMMENT} 字；请缩短", f"the note is longer than {MAX_COMMENT} characters; shorten it")
    given = {f"{today:%y%m%d}-{secrets.token_hex(4)}": staff_no for staff_no in dict.fromkeys(staff_nos)}
    shared = {
        "scenario": chosen.id, "due_on": due_on, "by": by, "at": moment(today), "note": note.strip(), "client_no": client_no,
    }  # fmt: skip
    _given(ws, given, shared)
    return list(given)


@retried
def _given(ws: Workspace, given: Mapping[str, str], shared: Mapping[str, Any]) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        _may_train(ws, s, own_name(ws, shared["by"]))
        client_no = shared["client_no"]
        if client_no is not None and s.get(Client, client_no) is None:
            raise refuse(ws.lang, f"没有客户 {client_no}", f"there is no client {client_no}")
        for number, staff_no in given.items():
            staff_of(ws, s, staff_no)
            if s.get(PracticeAssignment, number) is None:
                s.add(PracticeAssignment(assignment_no=number, staff_no=staff_no, **shared))


@retried
def withdraw(ws: Workspace, assignment_no: str, by: str, *, today: date | None = None) -> None:
    """Take an assignment back. It stays on record and is shown no more."""
    with session(ws.engine, lang=ws.lang) as s:
        _may_train(ws, s, own_name(ws, by))
        row = s.get(PracticeAssignment, assignment_no)
        if row is None:
            raise refuse(ws.lang, f"没有练习任务 {assignment_no}", f"there is no assignment {assignment_no}")
        row.withdrawn_at = row.withdrawn_at or moment(today or date.today())
        s.add(row)


def assignments(ws: Workspace, *, staff_no: str | None = None, open_only: bool = False, today: date) -> list[Assignment]:
    """Assignments in force, the earliest due first."""
    with session(ws.engine, write=False) as s:
        names = dict(s.exec(select(Staff.staff_no, Staff.name)).all())
        asked = select(PracticeAssignment).where(col(PracticeAssignment.withdrawn_at).is_(None))
        if staff_no is not None:
            asked = asked.where(PracticeAssignment.staff_no == staff_no)
        rows = s.exec(asked.order_by(col(PracticeAssignment.due_on), col(PracticeAssignment.at), PracticeAssignment.assignment_no)).all()
        finished = _finished(s, [staff_no] if staff_no is not None else None)
    found = []
    for row in rows:
        done = next((one for one in finished if _settles(one, row)), None)
        if done is not None and open_only:
            continue
        found.append(Assignment(
            row.assignment_no, row.scenario, row.staff_no, names[row.staff_no], row.due_on, row.by, names[row.by], row.at, row.note,
            row.client_no, done.attempt_no if done else None, done.total if done else None, done.passed if done else None,
            done is None and row.due_on < today,
        ))  # fmt: skip
    return found


@dataclass(frozen=True, slots=True)
class _Finished:
    attempt_no: str
    staff_no: str
    scenario: str
    ended_at: datetime
    began_at: datetime
    total: float
    passed: bool
    client_no: str | None
    assignment_no: str | None


def _finished(s: Db, staff_nos: Collection[str] | None = None) -> list[_Finished]:
    """Scored attempts of people, the oldest first."""
    a = PracticeAttempt
    asked: Any = select(  # type: ignore[call-overload]
        a.attempt_no, a.staff_no, a.scenario, a.ended_at, a.began_at, a.total, a.passed, a.client_no, a.assignment_no
    )
    asked = asked.where(col(a.total).is_not(None), col(a.staff_no).is_not(None))
    if staff_nos is not None:
        asked = asked.where(col(a.staff_no).in_(list(staff_nos)))
    return [_Finished(*one) for one in s.execute(asked.order_by(col(a.ended_at), a.attempt_no))]


def _settles(done: _Finished, row: PracticeAssignment) -> bool:
    if done.assignment_no == row.assignment_no:
        return True
    same = (done.staff_no, done.scenario) == (row.staff_no, row.scenario)
    return same and done.ended_at >= row.at and row.client_no in (None, done.client_no)


def _may_train(ws: Workspace, s: Db, by: str) -> Staff:
    """Only a trainer or a supervisor assigns and reviews."""
    staff = staff_of(ws, s, by)
    if staff.role not in (Role.TRAINER, Role.SUPERVISOR):
        role = label(staff.role, ws.lang)
        raise refuse(
            ws.lang, f"{staff.name}（{by}）的角色是{role}；派练习和点评由内训师或主管来做（角色在员工表的「角色」列）",
            f"{staff.name} ({by}) has the role {role}; only a trainer or supervisor assigns and reviews (column “role” of the staff file)",
        )  # fmt: skip
    return staff


# --- reviews --------------------------------------------------------------------------------------------------------


def review(
    ws: Workspace,
    attempt_no: str,
    by: str,
    comment: str = "",
    corrected: Mapping[CriterionId, float] | None = None,
    *,
    today: date | None = None,
) -> None:
    """A trainer's comment and corrected points, kept beside the machine's score and never over it.

    Raises :class:`~coach.services.errors.Refused` for who may not, an attempt without a score, a criterion or points that there are not.
    """
    corrected, comment = dict(corrected or {}), comment.strip()
    if not comment and not corrected:
        raise refuse(ws.lang, "点评是空的；写几句话或改一项分", "the review is empty; write a comment or correct a criterion")
    if len(comment) > MAX_COMMENT:
        raise refuse(ws.lang, f"点评超过 {MAX_COMMENT} 字；请缩短", f"the comment is longer than {MAX_COMMENT} characters; shorten it")
    _reviewed(ws, attempt_no, by, comment, corrected, moment(today or date.today()))


@retried
def _reviewed(ws: Workspace, attempt_no: str, by: str, comment: str, corrected: Mapping[CriterionId, float], at: datetime) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        _may_train(ws, s, own_name(ws, by))
        row = row_of(ws, s, attempt_no)
        same = select(PracticeReview).where(PracticeReview.attempt_no == attempt_no, PracticeReview.by == by, PracticeReview.at == at)
        if any((said.comment, said.corrected) == (comment, corrected) for said in s.exec(same)):
            return  # tried again, and the first try had gone through
        if row.score is None:
            raise refuse(ws.lang, f"练习 {attempt_no} 还没有评分，不能点评", f"attempt {attempt_no} has no score yet: nothing to review")
        for name, points in corrected.items():
            most = row.rubric.get(name)
            if most is None:
                known = ", ".join(row.rubric)
                raise refuse(ws.lang, f"没有评分项 {name}；可用：{known}", f"there is no criterion {name!r}; there are: {known}")
            if not (math.isfinite(points) and 0 <= points <= most):
                told = f"{name} 的分数应在 0 到 {most} 之间，不是 {points}", f"{name} takes 0 to {most} points, not {points}"
                raise refuse(ws.lang, *told)
        said = PracticeReview(attempt_no=attempt_no, by=by, at=at, comment=comment, corrected=dict(corrected))
        s.add(said)
        log_review(ws, s, said, row.staff_no)


# --- what the scores say --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shares:
    """One scored attempt: on which day, and what share of each criterion's points it reached, 0 to 1."""

    staff_no: str
    on: date
    shares: dict[CriterionId, float]


def _shares(ws: Workspace, staff_nos: Collection[str] | None, since: date | None, until: date | None) -> list[_Shares]:
    """Scored attempts of people, the oldest first. A criterion without weight in its scenario has no share."""
    a = PracticeAttempt
    asked: Any = select(a.staff_no, a.began_at, a.score).where(col(a.total).is_not(None), col(a.staff_no).is_not(None))
    if staff_nos is not None:
        asked = asked.where(col(a.staff_no).in_(list(staff_nos)))
    if since is not None:
        asked = asked.where(a.began_at >= datetime.combine(since, datetime.min.time()))
    if until is not None:
        asked = asked.where(a.began_at < datetime.combine(until + timedelta(days=1), datetime.min.time()))
    with session(ws.engine, write=False) as s:
        rows = s.execute(asked.order_by(col(a.began_at), a.attempt_no)).all()
    return [
        _Shares(staff_no, began.date(), {c["id"]: c["score"] / c["max"] for c in score["criteria"] if c["max"]})
        for staff_no, began, score in rows
    ]


def trends(ws: Workspace, staff_no: str, since: date, until: date) -> dict[CriterionId, list[tuple[date, float]]]:
    """How a person's criteria went: for each, day and share (0 to 1) of every attempt between two days, both included."""
    found: dict[CriterionId, list[tuple[date, float]]] = defaultdict(list)
    for one in _shares(ws, [staff_no], since, until):
        for name, share in one.shares.items():
            found[name].append((one.on, share))
    return dict(found)


def weakest(
    ws: Workspace, staff_nos: Collection[str] | None = None, *, since: date | None = None
) -> list[tuple[CriterionId, float, int]]:
    """What a group (or everyone) is weakest at, that first: criterion, mean share (0 to 1), attempts."""
    return _means(_shares(ws, staff_nos, since, None))


def _means(rows: Iterable[_Shares]) -> list[tuple[CriterionId, float, int]]:
    """Criterion, mean share and attempts, the weakest first."""
    found: dict[CriterionId, list[float]] = defaultdict(list)
    for one in rows:
        for name, share in one.shares.items():
            found[name].append(share)
    return sorted(((name, sum(all_) / len(all_), len(all_)) for name, all_ in found.items()), key=lambda x: (x[1], x[0]))


def advice(ws: Workspace, staff_no: str, today: date, lang: Lang | None = None) -> list[tuple[CriterionId, str, tuple[str, ...]]]:
    """The weak criteria of a person's last attempts, as advice for the real clients of the day: criterion, sentence, passages."""
    last = _shares(ws, [staff_no], today - timedelta(days=RECENT_DAYS), today)[-LAST:]
    weak = [name for name, mean, _ in _means(last) if mean < WEAK]
    if not weak:
        return []
    common = bench(ws, today).kit
    words = common.words(lang or ws.lang).criteria
    return [(name, words[name].advice, common.criteria[name].cites) for name in weak[:MOST_ADVICE]]


def board(ws: Workspace, today: date) -> Board:
    """Everyone of the branch and every scenario: best total, attempts, the last day, what is still to be done."""
    with session(ws.engine, write=False) as s:
        people = tuple((number, name) for number, name in s.exec(select(Staff.staff_no, Staff.name).order_by(Staff.staff_no)))
        finished = _finished(s)
    cells: dict[tuple[str, str], dict[str, Any]] = defaultdict(dict)
    for one in finished:
        cell = cells[one.staff_no, one.scenario]
        cell["best"] = max(one.total, cell.get("best", 0.0))
        cell["passed"] = one.passed or cell.get("passed", False)
        cell["attempts"] = cell.get("attempts", 0) + 1
        cell["last"] = max(one.ended_at.date(), cell.get("last", one.ended_at.date()))
    for due in assignments(ws, open_only=True, today=today):
        cell = cells[due.staff_no, due.scenario]
        cell["assigned"] = min(due.due_on, cell.get("assigned", due.due_on))
        cell["late"] = due.late or cell.get("late", False)
    known = [found.id for found in scenarios(ws)]
    gone = sorted({name for _, name in cells} - set(known))
    return Board(people, (*known, *gone), {key: Cell(**cell) for key, cell in cells.items()})
