"""The list of a night: one row a branch and day, so that a second start knows what is missing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from coach.services.errors import refuse
from coach.services.signals import stamps
from coach.services.workspace import Workspace
from coach.store.tables import Client, NightlyRun, Staff

WAITING, DONE, FAILED = "waiting", "done", "failed"


@dataclass(frozen=True, slots=True)
class Branch:
    """Whose plans are made together. The name is empty for those who belong to no branch: they count as one of their own."""

    name: str
    managers: tuple[str, ...]
    clients: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a branch at one try."""

    branch: str
    state: str
    managers: int = 0
    clients: int = 0
    signals: int = 0
    tasks: int = 0
    seconds: float = 0.0
    attempts: int = 1
    error: str = ""
    before: bool = False
    """Done already when it was looked at: nothing was written. Among a night's outcomes: by an earlier start."""
    final: bool = True
    """False for a failure that is tried again."""


def all_branches(s: Session) -> list[Branch]:
    """Everyone who has clients, by branch, in order of the names.

    A person's branch is that of the staff file; where that says none, the one that all the person's clients are in.
    """
    of_clients = func.coalesce(Client.branch, "")
    counted = (
        select(Client.manager, func.count(), func.min(of_clients), func.max(of_clients))
        .where(col(Client.manager).is_not(None))
        .group_by(col(Client.manager))
        .order_by(col(Client.manager))
    )
    own = dict(s.exec(select(Staff.staff_no, Staff.branch)).all())
    found: dict[str, tuple[list[str], int]] = {}
    for manager, clients, lowest, highest in s.exec(counted):
        name = own.get(str(manager)) or (lowest if lowest == highest else "")
        managers, before = found.get(name, ([], 0))
        found[name] = ([*managers, str(manager)], before + clients)
    return [Branch(name, tuple(managers), clients) for name, (managers, clients) in sorted(found.items())]


def without_manager(s: Session) -> int:
    """Clients whom nobody looks after: they are in no plan."""
    return s.exec(select(func.count()).select_from(Client).where(col(Client.manager).is_(None))).one()


def book(s: Session, plan_on: date, branches: Sequence[Branch]) -> tuple[list[Branch], list[Outcome]]:
    """Put the branches on the day's list. Returns what is to be done, and what an earlier start has done.

    A branch is done while no file was imported for it since, and nobody new in it has clients.
    """
    now = stamps(s)
    rows = {row.branch: row for row in s.exec(select(NightlyRun).where(NightlyRun.plan_on == plan_on).with_for_update())}
    missing, before = [], []
    for branch in branches:
        row = rows.get(branch.name)
        if row is not None and holds(row, imports(now, branch.managers)):
            before.append(told(row))
            continue
        missing.append(branch)
        if row is None:
            s.add(NightlyRun(plan_on=plan_on, branch=branch.name, state=WAITING))
        else:
            row.state, row.error = WAITING, ""
            s.add(row)
    return missing, before


def imports(now: Mapping[str, tuple[int, int]], managers: Sequence[str]) -> int:
    """The imports that a branch's plans are made from, as one number that changes with them."""
    return sum(now[manager][0] for manager in managers)


def holds(row: NightlyRun, imported: int) -> bool:
    """Whether a branch needs nothing more."""
    return row.state == DONE and row.imported == imported


def told(row: NightlyRun) -> Outcome:
    """What the list says of a branch that was done before."""
    return Outcome(row.branch, DONE, row.managers, row.clients, row.signals, row.tasks, row.seconds, row.attempts, before=True)


def row_of(ws: Workspace, s: Session, plan_on: date, branch: str, *, lock: bool = False) -> NightlyRun:
    """A branch's row. Raises :class:`~coach.services.errors.Refused` where it is on no list: this is another database."""
    row = s.get(NightlyRun, (plan_on, branch), with_for_update=lock, populate_existing=lock)
    if row is None:
        raise refuse(
            ws.lang, f"这里的数据库没有 {plan_on} 的夜间清单：工作进程的 COACH_DB 与发起者不同，请改成同一个",
            f"this database has no list for the night of {plan_on}: the worker's COACH_DB is not the one that began, make it the same",
        )  # fmt: skip
    return row


def write_done(row: NightlyRun, outcome: Outcome, imported: int, at: datetime) -> None:
    """A branch's row, once its plans are written; in the same transaction."""
    row.state, row.error, row.imported, row.at = DONE, "", imported, at
    row.managers, row.clients, row.signals, row.tasks = outcome.managers, outcome.clients, outcome.signals, outcome.tasks
    row.seconds, row.attempts = round(outcome.seconds, 3), outcome.attempts


def write_failed(s: Session, plan_on: date, outcome: Outcome, at: datetime) -> None:
    """A branch that was tried in vain. One that was done after all (its worker died after the commit) stays done."""
    row = NightlyRun.__table__  # type: ignore[attr-defined]
    s.execute(
        sa.update(row).where(row.c.plan_on == plan_on, row.c.branch == outcome.branch, row.c.state != DONE)
        .values(state=FAILED, error=outcome.error, attempts=outcome.attempts, seconds=outcome.seconds, at=at)
    )  # fmt: skip
