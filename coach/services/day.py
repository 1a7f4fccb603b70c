"""The working day: the plan of a date, kept so that it does not reshuffle while it is worked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, delete, select

from coach.domain.evidence import evidence_out
from coach.domain.ignored import Lowered, explained, lower
from coach.domain.plan import DayPlan, plan_day
from coach.domain.signals import find
from coach.domain.suggestion import plain
from coach.services.clients import require_manager
from coach.services.errors import refuse
from coach.services.log_uses import lowered_plays
from coach.services.signals import stamp, touch
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.db import session
from coach.store.frames import load_frames
from coach.store.tables import Meta, Task


@dataclass(frozen=True, slots=True)
class Day:
    """A manager's day: the plan's frame, and its tasks with what became of them."""

    manager: str
    date: date
    working_day: bool
    capacity: dict[str, int]
    tasks: tuple[Task, ...]
    left_over: int
    cadence: list[dict[str, Any]]

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON of ``coach plan``; ``state`` is added to each task."""
        return plain(
            {
                "manager": self.manager,
                "date": self.date,
                "working_day": self.working_day,
                "capacity": self.capacity,
                "tasks": [
                    {
                        "task_no": t.task_no,
                        "client_no": t.client_no,
                        "play": t.play,
                        "step": t.step,
                        "channel": t.channel,
                        "due": t.due,
                        "priority": t.priority,
                        "state": t.state,
                        "reasons": [{"signal": r["signal"], "evidence": evidence_out(r["evidence"])} for r in t.reasons],
                    }
                    for t in self.tasks
                ],
                "left_over": self.left_over,
                "cadence": self.cadence,
            }
        )


NIGHT = "night"
"""In a plan's frame: the number of changes when it was prepared in the night; gone once somebody has opened the plan."""


@retried
def plan(ws: Workspace, manager: str, today: date) -> Day:
    """The day's plan: as it was made (in the night, or by whoever asked first), or made now.

    It is made anew, for what is still open, when files were imported since; and a plan of the night also when anything was
    written between the night and the first time that it is opened. Raises :class:`~coach.services.errors.Refused` for a staff
    number that does not exist.
    """
    require_manager(ws, manager, ws.lang)
    with session(ws.engine, write=False) as s:
        now = stamp(s, manager)
        frame = kept_frame(s, manager, today)
        day = _day(s, manager, today, frame) if frame is not None and holds(frame, now) else None
        if day is None:
            frames = load_frames(s, today, managers=[manager], policy=ws.policy)
            lowered = lowered_plays(ws, s, today)
    if day is not None and frame is not None:
        if NIGHT in frame:
            _opened(ws, manager, today)
        return day
    made = plan_day(lower(find(frames, ws.plays, ws.policy, today), lowered), frames, ws.plays, ws.policy, today, manager)
    with session(ws.engine, lang=ws.lang) as s:
        alone(s, manager, today)
        frame = kept_frame(s, manager, today)
        if frame is None or not holds(frame, now):  # else somebody else was quicker
            frame = keep(s, made, lowered, now[0])
        return _day(s, manager, today, frame)


def holds(frame: Mapping[str, Any], now: tuple[int, int]) -> bool:
    """Whether a plan that was kept is still the plan, the records standing as ``now`` says (:func:`coach.services.signals.stamp`)."""
    imported, changes = now
    return frame["imported"] == imported and frame.get(NIGHT, changes) == changes


def kept_frame(s: Session, manager: str, today: date) -> dict[str, Any] | None:
    """What was kept of a manager's plan beside its tasks; ``None`` where there is no plan yet."""
    kept = s.get(Meta, _key(manager, today))
    return json.loads(kept.value) if kept else None


def alone(s: Session, manager: str, today: date) -> None:
    """Until the transaction ends nobody else writes this plan. SQLite has one writer as it is."""
    if s.get_bind().dialect.name == "postgresql":
        s.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(_key(manager, today), 0))))


def keep(s: Session, made: DayPlan, lowered: Mapping[str, Lowered], imported: int, *, night: int | None = None) -> dict[str, Any]:
    """Write a plan in place of the one before: its frame, and its tasks (those that are open; what was done or skipped stays).

    ``night``: the number of changes, for a plan that nobody has opened yet. Returns the frame. The caller is :func:`alone`.
    """
    frame = _frame(made, imported) | ({} if night is None else {NIGHT: night})
    s.merge(Meta(key=_key(made.manager, made.date), value=json.dumps(frame, ensure_ascii=False)))
    _keep_tasks(s, made, lowered)
    s.flush()
    return frame


def _opened(ws: Workspace, manager: str, today: date) -> None:
    """From now on the plan does not reshuffle any more."""
    with session(ws.engine, lang=ws.lang) as s:
        alone(s, manager, today)
        frame = kept_frame(s, manager, today)
        if frame is not None and frame.pop(NIGHT, None) is not None:
            s.merge(Meta(key=_key(manager, today), value=json.dumps(frame, ensure_ascii=False)))


def _key(manager: str, today: date) -> str:
    return f"plan:{manager}:{today.isoformat()}"


def _frame(made: DayPlan, imported: int) -> dict[str, Any]:
    return {
        "imported": imported,
        "working_day": made.working_day,
        "capacity": plain(made.capacity),
        "left_over": made.left_over,
        "cadence": plain(made.cadence),
    }


def _keep_tasks(s: Session, made: DayPlan, lowered: Mapping[str, Lowered]) -> None:
    """A client who came from a colleague's book since leaves the colleague's plan, but for what was settled there."""
    theirs = col(Task.client_no).in_([task.client_no for task in made.tasks])
    mine = (Task.plan_on == made.date, (Task.manager == made.manager) | theirs)
    s.exec(delete(Task).where(*mine, Task.state == "open"))  # type: ignore[call-overload]
    settled = set(s.exec(select(Task.task_no).where(*mine)))
    rows = [
        {
            "task_no": task.task_no,
            "plan_on": made.date,
            "manager": made.manager,
            "client_no": task.client_no,
            "play": task.play,
            "step": task.step,
            "signal": task.signal,
            "anchor": task.anchor,
            "channel": task.channel,
            "due": task.due,
            "priority": task.priority,
            "position": position,
            "reasons": plain(explained(task.reasons, task.play, lowered)),
            "state": "open",
        }
        for position, task in enumerate(t for t in made.tasks if t.task_no not in settled)
    ]
    if rows:
        s.execute(sa.insert(Task), rows)


def _day(s: Session, manager: str, today: date, frame: dict[str, Any]) -> Day:
    tasks = s.exec(select(Task).where(Task.manager == manager, Task.plan_on == today).order_by(col(Task.position), col(Task.id)))
    return Day(manager, today, frame["working_day"], frame["capacity"], tuple(tasks), frame["left_over"], frame["cadence"])


@retried
def skip_task(ws: Workspace, manager: str, today: date, task_no: str, *, skipped: bool = True) -> None:
    """Set a task of today's plan aside (it comes again another day), or take it up again."""
    with session(ws.engine, lang=ws.lang) as s:
        asked = select(Task).where(Task.manager == manager, Task.plan_on == today, Task.task_no == task_no)
        task = s.exec(asked.with_for_update()).first()
        if task is None or task.state == "done":
            raise refuse(ws.lang, f"任务 {task_no} 不在今天的待办里", f"task {task_no} is not among today's open tasks")
        task.state = "skipped" if skipped else "open"
        s.add(task)
        touch(s)
