"""One branch's night: signals and plans of everyone in it, written in one transaction or not at all."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from sqlalchemy.exc import DBAPIError
from sqlmodel import Session, col, func, select

from coach.domain.ignored import Lowered, lower
from coach.domain.plan import DayPlan, plan_all
from coach.domain.signals import find
from coach.services.day import alone, holds, keep, kept_frame
from coach.services.errors import Refused, refuse
from coach.services.log_uses import lowered_plays
from coach.services.nightly_runs import DONE, FAILED, Outcome, imports, row_of, told, write_done
from coach.services.nightly_runs import holds as is_done
from coach.services.signals import stamps
from coach.services.workspace import Workspace
from coach.store.db import StoreError, session
from coach.store.frames import load_frames
from coach.store.tables import Client, Task

AT_ONCE = 20_000
"""Clients worked out together; a larger branch is taken manager by manager up to so many, so that memory stays bounded."""
TRIES = 3
_ERROR = 200


@dataclass(frozen=True, slots=True)
class Order:
    """What a worker is asked to do."""

    plan_on: date
    branch: str
    managers: tuple[str, ...]


def attempt(ws: Workspace, order: Order, number: int) -> Outcome:
    """One try of a branch; whatever goes wrong is the branch's, not the night's."""
    started = time.perf_counter()
    try:
        return prepare(ws, order, number)
    except Exception as error:
        return failure(order, number, reason(error), time.perf_counter() - started)


def failure(order: Order, number: int, error: str, seconds: float = 0.0) -> Outcome:
    """A try in vain."""
    return Outcome(
        order.branch, FAILED, len(order.managers), seconds=round(seconds, 3), attempts=number, error=error, final=number >= TRIES
    )


def reason(error: BaseException) -> str:
    """An error in one line, without the values that a database's error carries in its further lines."""
    source = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    line = next((line.strip() for line in str(source).splitlines() if line.strip()), "")
    plain = isinstance(source, Refused | StoreError) and line
    return (line if plain else f"{type(source).__name__}: {line}" if line else type(source).__name__)[:_ERROR]


def prepare(ws: Workspace, order: Order, number: int = 1) -> Outcome:
    """Make a branch's plans of a day and write them with its row of the list, in one transaction.

    Done already: nothing is written. Two at once: the second finds the first one's work and writes nothing. A plan that somebody
    opened before stays as it is.
    """
    started = time.perf_counter()
    with session(ws.engine, write=False) as s:
        row = row_of(ws, s, order.plan_on, order.branch)
        now = stamps(s, order.managers)
        if is_done(row, imports(now, order.managers)):
            return told(row)
        clients = _clients(s, order.managers)
        lowered = lowered_plays(ws, s, order.plan_on, of=order.managers)
        plans, signals = _plans(ws, s, order.plan_on, clients, lowered)
    imported = imports(now, order.managers)
    with session(ws.engine, lang=ws.lang) as s:
        row = row_of(ws, s, order.plan_on, order.branch, lock=True)
        if is_done(row, imported):
            return told(row)
        if imports(stamps(s, order.managers), order.managers) != imported:
            raise refuse(ws.lang, "做计划的时候有文件导入", "files were imported while the plans were made")
        for made in plans:
            alone(s, made.manager, order.plan_on)
            kept, of = kept_frame(s, made.manager, order.plan_on), now[made.manager]
            if kept is None or not holds(kept, of):
                keep(s, made, lowered, of[0], night=of[1])
        tasks = s.exec(
            select(func.count()).select_from(Task).where(Task.plan_on == order.plan_on, col(Task.manager).in_(order.managers))
        ).one()
        outcome = Outcome(order.branch, DONE, len(clients), sum(clients.values()), signals, tasks, attempts=number)
        outcome = replace(outcome, seconds=round(time.perf_counter() - started, 3))
        write_done(row, outcome, imported, datetime.now().replace(microsecond=0))
    return outcome


def _clients(s: Session, managers: Sequence[str]) -> dict[str, int]:
    counted = select(Client.manager, func.count()).where(col(Client.manager).in_(managers)).group_by(col(Client.manager))
    return {str(manager): n for manager, n in sorted(s.exec(counted).all())}


def _plans(
    ws: Workspace, s: Session, plan_on: date, clients: Mapping[str, int], lowered: Mapping[str, Lowered]
) -> tuple[list[DayPlan], int]:
    """Everyone's plan by staff number, and the number of signals."""
    plans: list[DayPlan] = []
    signals = 0
    for managers in _groups(clients):
        frames = load_frames(s, plan_on, managers=managers, policy=ws.policy)
        found = find(frames, ws.plays, ws.policy, plan_on)
        signals += found.height
        plans += plan_all(lower(found, lowered), frames, ws.plays, ws.policy, plan_on, managers).values()
    return plans, signals


def _groups(clients: Mapping[str, int]) -> Iterator[list[str]]:
    group: list[str] = []
    for manager, n in clients.items():
        if group and sum(clients[m] for m in group) + n > AT_ONCE:
            yield group
            group = []
        group.append(manager)
    if group:
        yield group
