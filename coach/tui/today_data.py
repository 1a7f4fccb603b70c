"""What the today screen shows, gathered in a thread: the plan with names, titles and reasons, ready to be drawn."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from coach.domain.words import Lang

if TYPE_CHECKING:
    from coach.services.clients import ClientRow
    from coach.services.workspace import Workspace

URGENT = 700
"""Priority from which a task is urgent (``policy.toml``, [priority])."""
WAITING = 40
"""Signals shown on a day off, as what waits for the next working day."""


class Line(NamedTuple):
    """One task of the day with what a person reads of it; ``task_no`` is empty for what only waits."""

    task_no: str
    client_no: str
    name: str
    tier: str
    stage: str
    channel: str
    play: str
    title: str
    step: str
    step_title: str
    due: date
    priority: int
    state: str
    reasons: tuple[tuple[str, dict[str, Any]], ...]

    @property
    def urgent(self) -> bool:
        return self.priority >= URGENT

    @property
    def key(self) -> str:
        """What the selection is kept by."""
        return self.task_no or f"{self.client_no}:{self.reasons[0][0] if self.reasons else ''}"


class Today(NamedTuple):
    """A manager's day on the screen."""

    lines: tuple[Line, ...] = ()
    capacity: Mapping[str, int] = MappingProxyType({})
    working_day: bool = True
    next_day: date | None = None
    """On a day off: the next working day."""
    left_over: int = 0
    short: tuple[str, ...] = ()
    """Tiers whose rhythm cannot be kept with this book."""

    def done(self, channel: str) -> int:
        return sum(1 for line in self.lines if line.state == "done" and line.channel == channel)

    def planned(self, channel: str) -> int:
        return sum(1 for line in self.lines if line.state != "skipped" and line.channel == channel)

    @property
    def open(self) -> int:
        return sum(1 for line in self.lines if line.state == "open")


class Filter(NamedTuple):
    """What of the day is shown; empty = everything."""

    channel: str = ""
    kind: str = ""
    """``urgent``, ``play:<id>`` or ``signal:<id>``."""

    def holds(self, line: Line) -> bool:
        if self.channel and line.channel != self.channel:
            return False
        what, _, which = self.kind.partition(":")
        if what == "play":
            return line.play == which
        if what == "signal":
            return any(signal == which for signal, _ in line.reasons)
        return line.urgent if what == "urgent" else True


def arrange(lines: Iterable[Line], wanted: Filter) -> list[Line]:
    """The lines shown, in order: open ones as planned, then those set aside, then those done."""
    order = {"open": 0, "waiting": 0, "skipped": 1, "done": 2}
    return sorted((line for line in lines if wanted.holds(line)), key=lambda line: order.get(line.state, 0))


def kinds(lines: Iterable[Line]) -> tuple[Counter[str], Counter[str], int]:
    """How many lines each play, each signal has, and how many are urgent."""
    plays: Counter[str] = Counter()
    signals: Counter[str] = Counter()
    urgent = 0
    for line in lines:
        plays[line.play] += 1
        signals.update({signal for signal, _ in line.reasons})
        urgent += line.urgent
    return plays, signals, urgent


def load_today(ws: Workspace, manager: str, today: date, lang: Lang) -> Today:
    """The day of a manager. Raises what :func:`coach.services.day.plan` raises."""
    from coach.services.day import plan

    day = plan(ws, manager, today)
    short = tuple(row["tier"] for row in day.cadence if not row["attainable"])
    if not day.working_day and not day.tasks:
        return _day_off(ws, manager, today, lang, short)
    rows = _rows(ws, {t.client_no for t in day.tasks})
    lines = tuple(
        Line(
            t.task_no, t.client_no, *_who(rows.get(t.client_no), t.client_no), t.channel, t.play, _title(ws, t.play, lang), t.step,
            _step_title(ws, t.play, t.step, lang), t.due, t.priority, t.state,
            tuple((r["signal"], _named(ws, r["evidence"], lang)) for r in t.reasons),
        )
        for t in day.tasks
    )
    return Today(lines, dict(day.capacity), day.working_day, _next(today) if not day.working_day else None, day.left_over, short)


def _next(today: date) -> date:
    from coach.domain.working_days import next_working_day

    return next_working_day(today)


def _day_off(ws: Workspace, manager: str, today: date, lang: Lang, short: tuple[str, ...]) -> Today:
    """Nothing is planned; what will wait on the next working day is looked at, not fixed."""
    import json

    from coach.services.signals import branch_signals

    next_day = _next(today)
    found = list(branch_signals(ws, next_day, manager).head(WAITING).iter_rows(named=True))
    rows = _rows(ws, {f["client_no"] for f in found})
    lines = tuple(
        Line("", f["client_no"], *_who(rows.get(f["client_no"]), f["client_no"]), "", f["play"], _title(ws, f["play"], lang), "", "",
             next_day, f["priority"], "waiting", ((f["signal"], _named(ws, json.loads(f["evidence"]), lang)),))
        for f in found
    )
    return Today(lines, {}, False, next_day, 0, short)


def _rows(ws: Workspace, numbers: set[str]) -> dict[str, ClientRow]:
    from coach.services.clients import ClientQuery, list_clients

    return {row.client_no: row for row in list_clients(ws, ClientQuery(among=sorted(numbers)))} if numbers else {}


def _who(row: ClientRow | None, client_no: str) -> tuple[str, str, str]:
    return (row.name, row.tier, row.stage) if row else (client_no, "", "")


def _named(ws: Workspace, evidence: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """The evidence with the policy's products and levels by their names."""
    names = {x.id: x.called(lang) for x in (*ws.policy.products, *ws.policy.levels)}
    return {key: names.get(value, value) if key in ("product_id", "level") else value for key, value in evidence.items()}


def _title(ws: Workspace, play: str, lang: Lang) -> str:
    card = ws.playbook.cards.get((play, lang))
    return re.split(r"[:,：，]", card.title)[0] if card else play


def _step_title(ws: Workspace, play: str, step: str, lang: Lang) -> str:
    passage = ws.playbook.passages.get((f"{play}/{step}", lang))
    return passage.title if passage else step
