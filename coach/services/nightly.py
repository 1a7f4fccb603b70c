"""``coach nightly``: every branch's signals and plans for the next working day, so that the screens open with a plan.

A branch is the unit of work: one transaction, in this process or on a cluster (:mod:`coach.services.nightly_cluster`). What is
done stands on a list in the database, so that a second start does only what is missing.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from coach.domain.words import Lang, pick
from coach.domain.working_days import is_working_day, next_working_day
from coach.services import nightly_cluster as cluster
from coach.services.errors import Refused, refuse
from coach.services.nightly_branch import Order, attempt
from coach.services.nightly_runs import DONE, Branch, Outcome, all_branches, book, without_manager, write_failed
from coach.services.workspace import Workspace
from coach.store.db import StoreError, session

MORNING = 6
"""Until this hour a night belongs to the day before: what starts at 22:00 and is started again at 01:00 prepares the same day."""
PAUSE_SECONDS = 2.0

Tell = Callable[[Outcome, int, int], None]
"""One try of a branch; how many branches are settled, of how many."""


@dataclass(frozen=True, slots=True)
class How:
    """Where the work is done: in this process, in processes of this machine, or on a cluster."""

    workers: int = 0
    scheduler: str = ""
    pause: float | None = None
    """Seconds before a branch is tried again in this process; default ``PAUSE_SECONDS``."""


@dataclass(frozen=True, slots=True)
class Night:
    """What a night came to."""

    plan_on: date
    outcomes: tuple[Outcome, ...]
    without_manager: int
    seconds: float

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if o.state != DONE)

    def as_json(self) -> dict[str, Any]:
        """The JSON of ``coach nightly``. A branch that was done by an earlier start has ``before`` true."""
        done = [o for o in self.outcomes if o.state == DONE]
        return {
            "plan_on": self.plan_on, "done": len(done), "before": sum(o.before for o in done), "failed": len(self.failed),
            "clients": sum(o.clients for o in done), "signals": sum(o.signals for o in done), "tasks": sum(o.tasks for o in done),
            "without_manager": self.without_manager, "seconds": round(self.seconds, 3),
            "branches": [{k: v for k, v in asdict(o).items() if k != "final"} for o in self.outcomes],
        }  # fmt: skip


def day_to_prepare(at: datetime) -> date:
    """The working day that a night at this time prepares: the next one; before ``MORNING`` today counts as the next day."""
    evening = at.date() - timedelta(days=1) if at.hour < MORNING else at.date()
    return next_working_day(evening + timedelta(days=1))


def run(ws: Workspace, plan_on: date, how: How, *, only: Sequence[str] | None = None, tell: Tell | None = None) -> Night:
    """Make every branch's plans of a day; ``only``: these branches. ``tell`` hears of every try as it ends.

    A failed branch is tried twice more once all others have had their turn; it holds nobody up and is among the outcomes.
    Raises :class:`~coach.services.errors.Refused` for a day off, an unknown branch, a login that may not see all, a cluster that
    is not there.
    """
    started = time.perf_counter()
    if not is_working_day(plan_on):
        after = next_working_day(plan_on)
        raise refuse(ws.lang, f"{plan_on} 不是工作日；下一个工作日是 {after}", f"{plan_on} is no working day; the next one is {after}")
    with session(ws.engine, lang=ws.lang) as s:
        _sees_all(ws, s)
        branches = _wanted(ws, all_branches(s), only)
        missing, before = book(s, plan_on, branches)
        nobody = without_manager(s)
    settled: dict[str, Outcome] = {}

    def hear(outcome: Outcome) -> None:
        if outcome.final:
            settled[outcome.branch] = outcome
            if outcome.state != DONE:
                with suppress(StoreError), session(ws.engine, lang=ws.lang) as s:  # the database itself may be what failed
                    write_failed(s, plan_on, outcome, datetime.now().replace(microsecond=0))
        if tell is not None:
            tell(outcome, len(settled), len(branches))

    for outcome in before:
        hear(outcome)
    for outcome in _work(ws, [Order(plan_on, b.name, b.managers) for b in missing], how):
        hear(replace(outcome, before=False))  # a worker may have died between its commit and its answer: done by this start
    return Night(plan_on, tuple(settled[b.name] for b in branches), nobody, time.perf_counter() - started)


def _sees_all(ws: Workspace, s: Session) -> None:
    """A plan made from a part of the records would be a wrong plan."""
    if ws.engine.dialect.name == "postgresql" and s.execute(sa.text("SELECT row_security_active('client')")).scalar_one():
        raise refuse(
            ws.lang, "这个数据库账号看不到全部客户；夜间任务请用数据库所有者的账号（COACH_DB）",
            "this database login may not see all clients; run the night as the owner of the database (COACH_DB)",
        )  # fmt: skip


def _wanted(ws: Workspace, branches: list[Branch], only: Sequence[str] | None) -> list[Branch]:
    if only is None:
        return branches
    known = {b.name: b for b in branches}
    for name in only:
        if name not in known:
            told = "、".join(list(known)[:8])
            raise refuse(
                ws.lang, f"没有网点 {name!r}（或它没有带客户的员工）；有：{told or '无，请先导入'}",
                f"there is no branch {name!r} (or nobody in it has clients); known: {told.replace('、', ', ') or 'none, import first'}",
            )  # fmt: skip
    return [b for b in branches if b.name in only]


def _work(ws: Workspace, orders: Sequence[Order], how: How) -> Iterator[Outcome]:
    if not orders:
        return
    if how.scheduler:
        yield from _elsewhere(ws, orders, how.scheduler)
    elif how.workers and cluster.installed():
        with cluster.local(min(how.workers, len(orders)), ws.lang) as client:
            yield from cluster.run(client, orders, ws.policy, ws.lang)
    else:
        yield from in_process(ws, orders, PAUSE_SECONDS if how.pause is None else how.pause)


def _elsewhere(ws: Workspace, orders: Sequence[Order], address: str) -> Iterator[Outcome]:
    if not cluster.installed():
        raise _no_cluster(ws)
    if ws.engine.dialect.name == "sqlite":
        raise refuse(
            ws.lang, "SQLite 只在这台机器上；用集群请先把 COACH_DB 指到 PostgreSQL，或改用 --workers",
            "SQLite is on this machine only; for a cluster let COACH_DB name PostgreSQL, or use --workers",
        )  # fmt: skip
    with cluster.remote(address, ws.lang) as client:
        yield from cluster.run(client, orders, ws.policy, ws.lang)


def _no_cluster(ws: Workspace) -> Refused:
    return refuse(
        ws.lang, "用集群还缺 Dask：请运行 pip install 'coach-branch[cluster]'",
        "Dask is missing for a cluster: pip install 'coach-branch[cluster]'",
    )  # fmt: skip


def in_process(ws: Workspace, orders: Sequence[Order], pause: float) -> Iterator[Outcome]:
    """One branch after the other; what failed comes again at the end."""
    queue = deque((order, 1) for order in orders)
    while queue:
        order, number = queue.popleft()
        if number > 1:
            time.sleep(pause)
        outcome = attempt(ws, order, number)
        if not outcome.final:
            queue.append((order, number + 1))
        yield outcome


def branch_name(name: str, lang: Lang) -> str:
    """A branch's name for a person."""
    return name or pick(lang, "（无网点）", "(no branch)")


def summary(night: Night, lang: Lang) -> str:
    """The night in one line."""
    j = night.as_json()
    return pick(
        lang,
        f"{night.plan_on} 的计划：{j['done']}/{len(night.outcomes)} 个网点（其中 {j['before']} 个已有），{j['clients']:,} 位客户，"
        f"{j['signals']:,} 条信号，{j['tasks']:,} 项任务，{night.seconds:.1f} 秒",
        f"Plans for {night.plan_on}: {j['done']} of {len(night.outcomes)} branches ({j['before']} of them before),"
        f" {j['clients']:,} clients, {j['signals']:,} signals, {j['tasks']:,} tasks, {night.seconds:.1f} s",
    )
