"""Allocations in the coaching log: each run is an entry in its own transaction, taking it back a correction of that entry."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, select

from coach.domain.allocation import Allocation
from coach.domain.chain import Entry, Kind
from coach.domain.words import Role
from coach.services.errors import refuse
from coach.services.log import ENTRIES, append, record
from coach.services.workspace import Workspace
from coach.store.tables import AllocationMove, AllocationRun, Staff


def require_supervisor(ws: Workspace, s: Session, by: str | None) -> None:
    """Sharing out clients is a supervisor's (A13); nobody named = the one person of a machine of one's own.

    Raises :class:`~coach.services.errors.Refused` for an unknown number and for anybody else.
    """
    if by is None:
        return
    who = s.get(Staff, by)
    if who is None:
        raise refuse(ws.lang, f"没有工号 {by}；请用主管的工号", f"there is no staff number {by}; give a supervisor's")
    if who.role != Role.SUPERVISOR:
        known = "、".join(s.exec(select(Staff.staff_no).where(Staff.role == Role.SUPERVISOR.value).order_by(Staff.staff_no).limit(5)))
        raise refuse(
            ws.lang, f"{who.name}（{by}）不是主管，不能分户；主管的工号：{known or '无，请先在员工台账里设置角色'}",
            f"{who.name} ({by}) is no supervisor and cannot share out clients;"
            f" supervisors: {known.replace('、', ', ') or 'none, set a role in the staff list first'}",
        )  # fmt: skip


def run_record(s: Session, run: AllocationRun) -> dict[str, Any]:
    """A run and all its moves, as they were carried out: what the log keeps a digest of."""
    move = AllocationMove
    asked = select(move.client_no, move.before, move.after, move.why).where(move.run_no == run.run_no)
    moves = sorted((list(row) for row in s.exec(asked)), key=lambda row: str(row[0]))  # databases sort texts differently
    return {
        "mode": run.mode, "at": run.at, "on": run.on, "by": run.by, "summary": run.summary, "moves": moves,
    }  # fmt: skip


def log_run(ws: Workspace, s: Session, run: AllocationRun, made: Allocation, leaving: Collection[str]) -> Entry:
    """A run was carried out."""
    body = {
        "mode": run.mode, "on": run.on, "moves": len(made.moves),
        "people": len({who for m in made.moves for who in (m.before, m.after) if who}), "leaving": sorted(leaving),
        "value": _both(made.before.value, made.after.value), "number": _both(made.before.number, made.after.number),
        "policy_version": run.policy_version, "record": record(run_record(s, run)),
    }  # fmt: skip
    return append(ws, s, Kind.ALLOCATION, run.at, body, staff_no=run.by, subject=run.run_no)


def log_taken_back(ws: Workspace, s: Session, run: AllocationRun, clients: int, by: str | None, at: datetime) -> Entry:
    """A run was taken back: a correction of its entry (of none, where it was applied before runs were logged)."""
    asked = sa.select(sa.func.max(ENTRIES.c.entry_no)).where(ENTRIES.c.kind == Kind.ALLOCATION.value, ENTRIES.c.subject == run.run_no)
    body = {"corrects": s.connection().execute(asked).scalar(), "what": "allocation_undone", "moves": clients}
    return append(ws, s, Kind.CORRECTION, at, body, staff_no=by, subject=run.run_no)


def _both(before: Any, after: Any) -> dict[str, list[float]]:
    """Post → highest over mean before and after, four digits."""
    return {post: [round(before[post], 4), round(after[post], 4)] for post in after if post in before}
