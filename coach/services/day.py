"""The working day: the plan of a date, kept so that it does not reshuffle while it is worked."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

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


def plan(ws: Workspace, manager: str, today: date) -> Day:
    """The day's plan: as it was made, or made now; made anew for what is still open when files were imported since.

    Raises :class:`~coach.services.errors.Refused` for a staff number that does not exist.
    """
    require_manager(ws, manager, ws.lang)
    key = f"plan:{manager}:{today.isoformat()}"
    with session(ws.engine, write=False) as s:
        kept = s.get(Meta, key)
        imported = stamp(s)[0]
        if kept and json.loads(kept.value)["imported"] == imported:
            return _day(s, manager, today, json.loads(kept.value))
        frames = load_frames(s, today, managers=[manager], policy=ws.policy)
        lowered = lowered_plays(ws, s, today)
    made = plan_day(lower(find(frames, ws.plays, ws.policy, today), lowered), frames, ws.plays, ws.policy, today, manager)
    with session(ws.engine, lang=ws.lang) as s:
        frame = _frame(made, imported)
        s.merge(Meta(key=key, value=json.dumps(frame, ensure_ascii=False)))
        _keep(s, made, manager, today, lowered)
        s.flush()
        return _day(s, manager, today, frame)


def _frame(made: DayPlan, imported: int) -> dict[str, Any]:
    return {
        "imported": imported,
        "working_day": made.working_day,
        "capacity": plain(made.capacity),
        "left_over": made.left_over,
        "cadence": plain(made.cadence),
    }


def _keep(s: Session, made: DayPlan, manager: str, today: date, lowered: Mapping[str, Lowered]) -> None:
    """Put the plan's tasks in place of the open ones; what was done or skipped stays."""
    mine = (Task.manager == manager, Task.plan_on == today)
    s.exec(delete(Task).where(*mine, Task.state == "open"))  # type: ignore[call-overload]
    settled = set(s.exec(select(Task.task_no).where(*mine)))
    for position, task in enumerate(t for t in made.tasks if t.task_no not in settled):
        s.add(
            Task(
                task_no=task.task_no,
                plan_on=today,
                manager=manager,
                client_no=task.client_no,
                play=task.play,
                step=task.step,
                signal=task.signal,
                anchor=task.anchor,
                channel=task.channel,
                due=task.due,
                priority=task.priority,
                position=position,
                reasons=plain(explained(task.reasons, task.play, lowered)),
            )
        )


def _day(s: Session, manager: str, today: date, frame: dict[str, Any]) -> Day:
    tasks = s.exec(select(Task).where(Task.manager == manager, Task.plan_on == today).order_by(col(Task.position), col(Task.id)))
    return Day(manager, today, frame["working_day"], frame["capacity"], tuple(tasks), frame["left_over"], frame["cadence"])


def skip_task(ws: Workspace, manager: str, today: date, task_no: str, *, skipped: bool = True) -> None:
    """Set a task of today's plan aside (it comes again another day), or take it up again."""
    with session(ws.engine, lang=ws.lang) as s:
        task = s.exec(select(Task).where(Task.manager == manager, Task.plan_on == today, Task.task_no == task_no)).first()
        if task is None or task.state == "done":
            raise refuse(ws.lang, f"任务 {task_no} 不在今天的待办里", f"task {task_no} is not among today's open tasks")
        task.state = "skipped" if skipped else "open"
        s.add(task)
        touch(s)
