"""Looking back on allocations, and who there is to share out among: what the allocation screen reads."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlmodel import Session, col, func, select

from coach.domain.words import Lang, Role
from coach.services.errors import refuse
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import AllocationMove, AllocationRun, Client, Staff

_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Member:
    """One of the staff, as sharing out sees them."""

    staff_no: str
    name: str
    post: str
    role: str
    clients: int
    leaving: bool
    """By the policy."""

    @property
    def serves(self) -> bool:
        """Looks after clients, or will: staff; a trainer who has some already."""
        return self.role == Role.STAFF or (self.role == Role.TRAINER and self.clients > 0)


@dataclass(frozen=True, slots=True)
class Run:
    """An allocation that was applied. ``value``, ``number``: post → highest over mean before and after."""

    run_no: str
    mode: str
    on: date
    at: datetime
    by: str | None
    moves: int
    undone_at: datetime | None
    before: dict[str, tuple[int, int]]
    """Staff number → clients, assets in fen."""
    after: dict[str, tuple[int, int]]
    value: dict[str, tuple[float, float]]
    number: dict[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Moved:
    """A client who passed on in a run, with the reason kept in both languages."""

    client_no: str
    before: str | None
    after: str
    assets_fen: int
    """As they are now."""
    reasons: dict[str, str]

    def reason(self, lang: Lang) -> str:
        return self.reasons.get(lang, "")


def members(ws: Workspace) -> tuple[Member, ...]:
    """Everyone in the staff list, by number."""
    leaving = {p.staff_no for p in ws.policy.allocation.people if p.leaving}
    with session(ws.engine, write=False, lang=ws.lang) as s:
        counts = dict(s.exec(select(Client.manager, func.count()).group_by(Client.manager)).all())
        rows = s.exec(select(Staff.staff_no, Staff.name, Staff.post, Staff.role).order_by(Staff.staff_no)).all()
    return tuple(Member(no, name, post or "", role or "", counts.get(no, 0), no in leaving) for no, name, post, role in rows)


def runs(ws: Workspace, limit: int = 50) -> tuple[Run, ...]:
    """The runs, newest first."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        counts = dict(s.exec(select(AllocationMove.run_no, func.count()).group_by(AllocationMove.run_no)).all())
        found = s.exec(select(AllocationRun).order_by(col(AllocationRun.seq).desc()).limit(limit)).all()
        return tuple(_run(run, counts.get(run.run_no, 0)) for run in found)


def _run(run: AllocationRun, moves: int) -> Run:
    before, after = run.summary.get("before", {}), run.summary.get("after", {})

    def books(told: dict[str, Any]) -> dict[str, tuple[int, int]]:
        return {no: (clients, assets) for no, clients, assets in told.get("books", ())}

    def both(what: str) -> dict[str, tuple[float, float]]:
        was, now = before.get(what, {}), after.get(what, {})
        return {post: (was[post], now[post]) for post in now if post in was}

    return Run(
        run.run_no, run.mode, run.on, run.at, run.by, moves, run.undone_at, books(before), books(after), both("value"), both("number")
    )


def moves_of(ws: Workspace, run_no: str) -> tuple[Moved, ...]:
    """The moves of a run, by client number. Raises :class:`~coach.services.errors.Refused` where there is no such run."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        if s.get(AllocationRun, run_no) is None:
            raise refuse(ws.lang, f"没有分户 {run_no}", f"there is no allocation {run_no}")
        move = AllocationMove
        asked = (
            select(move.client_no, move.before, move.after, Client.assets_fen, move.reason)
            .join(Client, col(Client.client_no) == col(move.client_no)).where(move.run_no == run_no).order_by(move.client_no)
        )
        return tuple(Moved(no, before, after, assets or 0, dict(reason)) for no, before, after, assets, reason in s.exec(asked))


def client_names(ws: Workspace, numbers: Iterable[str]) -> dict[str, str]:
    """Client number → name."""
    wanted, found = list(numbers), dict[str, str]()
    with session(ws.engine, write=False, lang=ws.lang) as s:
        for start in range(0, len(wanted), _CHUNK):
            found |= _names(s, wanted[start : start + _CHUNK])
    return found


def _names(s: Session, some: list[str]) -> dict[str, str]:
    return dict(s.exec(select(Client.client_no, Client.name).where(col(Client.client_no).in_(some))).all())
