"""Sharing out clients: proposed from the records, applied in one transaction, taken back while nothing else has happened."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, col, delete, func, select

from coach.domain.allocation import CLIENTS, STAFF, Allocation, Balance, Mode, Move, allocate
from coach.domain.allocation_words import reason
from coach.domain.evidence import yuan_out
from coach.domain.words import LANGS, Lang, Role
from coach.services.allocation_log import log_run, log_taken_back, require_supervisor
from coach.services.errors import refuse
from coach.services.imports import retier
from coach.services.signals import touch
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.frames import fetch
from coach.store.tables import AllocationMove, AllocationRun, Assignment, Client, Contact, Meta, Staff, Task

_CLIENT: Any = Client.__table__  # type: ignore[attr-defined]
_CONTACT: Any = Contact.__table__  # type: ignore[attr-defined]
_MOVE: Any = AllocationMove.__table__  # type: ignore[attr-defined]

_CHUNK = 5_000
"""Clients looked up at a time."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What is proposed or was applied, with what people are called by."""

    made: Allocation
    called: Mapping[str, str]
    """staff_no → name and number."""
    run_no: str | None = None
    """Where it was applied."""

    def reasons(self, lang: Lang) -> list[str]:
        """Why each client moves, in the order of the moves."""
        why = self.teller()
        return [why(m, lang) for m in self.made.moves]

    def teller(self) -> Callable[[Move, Lang], str]:
        """What says why a client moves, one at a time."""
        fair = {b.staff_no: {"fair_clients": b.fair_clients, "fair_assets_fen": b.fair_assets_fen} for b in self.made.after.books}
        books = {b.staff_no: replace(b, **fair[b.staff_no]) for b in self.made.before.books}
        return lambda move, lang: reason(move, books, self.called, lang)

    def as_json(self, lang: Lang) -> dict[str, Any]:
        """The contract's JSON of ``coach allocate``, and what stood before; amounts in yuan."""
        made, before = self.made, balance_json(self.made.before)
        moved = [
            {"client_no": m.client_no, "from": m.before, "to": m.after, "reason": why}
            for m, why in zip(made.moves, self.reasons(lang), strict=True)
        ]
        large = [
            {"client_no": x.client_no, "manager": x.manager, "assets": yuan_out(x.assets_fen), "share": round(x.share, 4)}
            for x in made.large
        ]
        return {
            "mode": made.mode, "moves": moved, **balance_json(made.after), "familiar_kept": made.familiar_kept, "protected": made.protected,
            "before": before, "large": large, "unserved": made.unserved, "run_no": self.run_no,
        }  # fmt: skip


def balance_json(balance: Balance) -> dict[str, Any]:
    """``balance``, ``max_over_mean`` (of assets, by post) and ``max_over_mean_clients``."""
    return {
        "balance": [
            {"post": b.post, "staff_no": b.staff_no, "clients": b.clients, "assets": yuan_out(b.assets_fen)} for b in balance.books
        ],
        "max_over_mean": {post: round(x, 4) for post, x in balance.value.items()},
        "max_over_mean_clients": {post: round(x, 4) for post, x in balance.number.items()},
    }


def propose(ws: Workspace, mode: Mode, today: date, *, leaving: Collection[str] = ()) -> Proposal:
    """What would be moved; nothing is written. ``leaving``: staff numbers whose clients are given out.

    Raises :class:`~coach.services.errors.Refused` for a staff number that is not there, or where nobody looks after clients.
    """
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return _proposed(ws, s, mode, today, leaving)


def apply(
    ws: Workspace, mode: Mode, now: datetime, *, leaving: Collection[str] = (), by: str | None = None, shown: Allocation | None = None
) -> Proposal:
    """Propose and carry out in one transaction; a run without a move leaves no trace (``run_no`` is then ``None``).

    ``by`` must be a supervisor; the run goes into the coaching log. The books being others, tiers are ranked anew; today's plans
    of those concerned are made anew when next asked for. ``shown``: what the person saw and said yes to; refused where the records
    would give something else by now.
    """
    with session(ws.engine, lang=ws.lang) as s:
        by = acting(ws, by)
        require_supervisor(ws, s, by)
        found = _proposed(ws, s, mode, now.date(), leaving)
        if shown is not None and found.made != shown:
            raise refuse(ws.lang, "预览之后资料有了变化，没有执行；请看过新的预览再执行",
                         "the records have changed since the preview, nothing was done; look at the new preview first")  # fmt: skip
        if not found.made.moves:
            return found
        run_no = f"{now:%Y%m%d}-{secrets.token_hex(3)}"
        run = AllocationRun(
            run_no=run_no, seq=(s.exec(select(func.max(AllocationRun.seq))).one() or 0) + 1, at=now, on=now.date(), mode=mode, by=by,
            policy_version=ws.policy.version, last_contact=s.exec(select(func.max(Contact.id))).one() or 0, summary=_summary(found.made),
        )  # fmt: skip
        s.add(run)
        s.flush()
        _write(ws, s, found, run_no, now.date())
        _settle(ws, s, now.date(), [(m.client_no, m.before, m.after) for m in found.made.moves])
        log_run(ws, s, run, found.made, leaving)
        return Proposal(found.made, found.called, run_no)


@dataclass(frozen=True, slots=True)
class Undone:
    """A run that was taken back."""

    run_no: str
    mode: str
    clients: int


def undo(ws: Workspace, now: datetime, *, by: str | None = None) -> Undone:
    """Take the newest run back whole: managers, dates of assignment, tiers. Its record stays, marked as undone.

    Raises :class:`~coach.services.errors.Refused` where there is none, where one of its clients has been changed since, or where
    ``by`` is no supervisor.
    """
    with session(ws.engine, lang=ws.lang) as s:
        by = acting(ws, by)
        require_supervisor(ws, s, by)
        newest = select(AllocationRun).where(col(AllocationRun.undone_at).is_(None)).order_by(col(AllocationRun.seq).desc()).limit(1)
        run = s.exec(newest.with_for_update()).first()
        if run is None:
            raise refuse(ws.lang, "没有可以撤回的分户；先用 --apply 执行一次", "there is no allocation to undo; apply one first")
        moves = s.exec(select(AllocationMove).where(AllocationMove.run_no == run.run_no).order_by(AllocationMove.client_no)).all()
        _locked(s, [m.client_no for m in moves])
        _untouched(ws, s, run)
        s.connection().execute(
            sa.update(_CLIENT).where(_CLIENT.c.client_no == sa.bindparam("no")).values(
                manager=sa.bindparam("to"), assigned_on=sa.bindparam("since"), version=_CLIENT.c.version + 1
            ),
            [{"no": m.client_no, "to": m.before, "since": m.assigned_before} for m in moves],
        )  # fmt: skip
        s.exec(delete(Assignment).where(col(Assignment.reason) == _mark(run.run_no)))  # type: ignore[call-overload]
        run.undone_at = now
        s.add(run)
        _settle(ws, s, now.date(), [(m.client_no, m.after, m.before) for m in moves])
        log_taken_back(ws, s, run, len(moves), by, now)
        return Undone(run.run_no, run.mode, len(moves))


def standing(ws: Workspace, today: date) -> Balance:
    """The books as they stand."""
    return propose(ws, Mode.MONTHLY, today).made.before


def _mark(run_no: str) -> str:
    return f"allocation:{run_no}"


def _summary(made: Allocation) -> dict[str, Any]:
    def told(b: Balance) -> dict[str, Any]:
        return {"books": [[x.staff_no, x.clients, x.assets_fen] for x in b.books], "value": dict(b.value), "number": dict(b.number)}

    return {
        "before": told(made.before), "after": told(made.after), "familiar_kept": made.familiar_kept, "protected": made.protected,
        "large": len(made.large), "unserved": made.unserved,
    }  # fmt: skip


def _write(ws: Workspace, s: Session, found: Proposal, run_no: str, today: date) -> None:
    moves, connection = found.made.moves, s.connection()
    stored = _locked(s, [m.client_no for m in moves])
    if any(stored[m.client_no][0] != m.before for m in moves):
        raise refuse(ws.lang, "分户时有客户刚被别人改了负责人；什么都没有改，请再来一次",
                     "somebody has just changed a client's manager; nothing was changed, try again")  # fmt: skip
    connection.execute(
        sa.update(_CLIENT).where(_CLIENT.c.client_no == sa.bindparam("no")).values(
            manager=sa.bindparam("to"), assigned_on=today, version=_CLIENT.c.version + 1
        ),
        [{"no": m.client_no, "to": m.after} for m in moves],
    )  # fmt: skip
    connection.execute(sa.insert(Assignment.__table__), [  # type: ignore[attr-defined]
        {"client_no": m.client_no, "manager": m.after, "since": today, "reason": _mark(run_no)} for m in moves
    ])  # fmt: skip
    why = {lang: found.reasons(lang) for lang in LANGS}
    connection.execute(sa.insert(_MOVE), [
        {
            "run_no": run_no, "client_no": m.client_no, "before": m.before, "after": m.after, "why": m.why,
            "reason": {lang: why[lang][at] for lang in LANGS}, "assigned_before": stored[m.client_no][1],
            "version": stored[m.client_no][2] + 1,
        }
        for at, m in enumerate(moves)
    ])  # fmt: skip


def _locked(s: Session, numbers: list[str]) -> dict[str, tuple[str | None, date | None, int]]:
    """Manager, date of assignment and version of clients, whom nobody else changes until this transaction ends."""
    out = {}
    for start in range(0, len(numbers), _CHUNK):
        some = sa.select(_CLIENT.c.client_no, _CLIENT.c.manager, _CLIENT.c.assigned_on, _CLIENT.c.version).where(
            _CLIENT.c.client_no.in_(numbers[start : start + _CHUNK])
        )
        for no, manager, on, version in s.connection().execute(some.order_by(_CLIENT.c.client_no).with_for_update()):
            out[no] = (manager, on, version)
    return out


def _untouched(ws: Workspace, s: Session, run: AllocationRun) -> None:
    joined = sa.select(_MOVE.c.client_no).join(_CLIENT, _CLIENT.c.client_no == _MOVE.c.client_no).where(_MOVE.c.run_no == run.run_no)
    changed = joined.where(sa.or_(_CLIENT.c.version != _MOVE.c.version, _CLIENT.c.manager.is_distinct_from(_MOVE.c.after)))
    talked = joined.join(_CONTACT, _CONTACT.c.client_no == _MOVE.c.client_no).where(
        _CONTACT.c.id > run.last_contact, _CONTACT.c.voided_at.is_(None)
    )
    since = sorted(set(s.connection().execute(changed.union(talked)).scalars()))
    if since:
        raise refuse(
            ws.lang, f"分户 {run.run_no} 不能撤回：之后有 {len(since)} 位客户有了变动（如 {since[0]}）；请用微调把个别客户调回",
            f"allocation {run.run_no} cannot be undone: {len(since)} of its clients have changed since ({since[0]}, say);"
            " move single clients back by an adjustment",
        )  # fmt: skip


def _settle(ws: Workspace, s: Session, today: date, moved: Iterable[tuple[str, str | None, str | None]]) -> None:
    """What follows: open tasks of those who moved go, the day's plans of both managers are made anew, tiers are ranked anew."""
    moved = list(moved)
    task: Any = Task.__table__  # type: ignore[attr-defined]
    s.connection().execute(
        sa.delete(task).where(task.c.client_no == sa.bindparam("no"), task.c.plan_on >= today, task.c.state == "open"),
        [{"no": no} for no, _, _ in moved],
    )
    for manager in sorted({who for _, a, b in moved for who in (a, b) if who}):
        if (plan := s.get(Meta, f"plan:{manager}:{today.isoformat()}")) is not None:
            s.delete(plan)
    s.flush()
    retier(s, ws, today)
    touch(s)


# --- the columns that the rules read --------------------------------------------------------------------------------


def _proposed(ws: Workspace, s: Session, mode: Mode, today: date, leaving: Collection[str]) -> Proposal:
    staff = [tuple(r) for r in s.exec(select(Staff.staff_no, Staff.name, Staff.post, Staff.branch, Staff.role).order_by(Staff.staff_no))]
    holders = set(s.exec(select(Client.manager).where(col(Client.manager).is_not(None)).distinct()))
    people = _staff(ws, staff, holders, leaving)
    if not people["serves"].any():
        raise refuse(ws.lang, "没有可以管户的员工：先导入角色为员工的人员台账（coach import）",
                     "nobody can look after clients: import staff whose role is staff first (coach import)")  # fmt: skip
    made = allocate(_clients(ws, s, today), people, ws.policy.allocation, mode, today)
    return Proposal(made, {no: f"{name}({no})" if ws.lang == "zh" else f"{name} ({no})" for no, name, *_ in staff})


def _staff(ws: Workspace, staff: list[tuple[Any, ...]], holders: Collection[str | None], leaving: Collection[str]) -> pl.DataFrame:
    """Who looks after clients: staff, and a trainer who has some already; never a supervisor, who only stands in for who has left."""
    own = {p.staff_no: p for p in ws.policy.allocation.people}
    known = {r[0] for r in staff}
    for numbers, where in ((own, "policy.toml [allocation] people"), (leaving, "--leaving")):
        if unknown := sorted(set(numbers) - known):
            raise refuse(ws.lang, f"{where}：没有工号 {unknown[0]}；请改正", f"{where}: there is no staff number {unknown[0]}; correct it")
    rows = []
    for no, _, post, branch, role in staff:
        person = own.get(no)
        away = no in leaving or (person is not None and person.leaving)
        capacity = round(person.capacity * 100) if person else 100
        serves = role == Role.STAFF or (role == Role.TRAINER and no in holders)
        rows.append((no, post, branch, capacity, bool(person and person.harder), serves and not away))
    return pl.DataFrame(rows, schema=dict(STAFF), orient="row")


def _clients(ws: Workspace, s: Session, today: date) -> pl.DataFrame:
    rules, connection = ws.policy.allocation, s.connection()
    stored = {name: dtype for name, dtype in CLIENTS.items() if name in _CLIENT.c}
    clients = fetch(connection, sa.select(*(_CLIENT.c[name] for name in stored)).order_by(_CLIENT.c.client_no), stored)
    start = today - timedelta(days=max(rules.familiar_days, rules.recent_days))
    talks = fetch(
        connection,
        sa.select(_CONTACT.c.client_no, _CONTACT.c.staff_no, _CONTACT.c.at).where(
            _CONTACT.c.effective, _CONTACT.c.voided_at.is_(None), _CONTACT.c.at >= datetime.combine(start, datetime.min.time()),
            _CONTACT.c.at < datetime.combine(today + timedelta(days=1), datetime.min.time()),
        ).order_by(_CONTACT.c.id),
        {"client_no": pl.String, "staff_no": pl.String, "at": pl.Datetime("us")},
    )  # fmt: skip
    talks = talks.join(clients.select("client_no", "manager", "assigned_on"), on="client_no").with_columns(
        staff_no=pl.coalesce("staff_no", "manager"), day=pl.col("at").dt.date()
    )
    by_staff = (
        talks.filter(pl.col("staff_no").is_not_null() & (pl.col("day") >= today - timedelta(days=rules.familiar_days)))
        .group_by("client_no", "staff_no").agg(talks=pl.len().cast(pl.Int64), last=pl.col("day").max())
        .filter(pl.col("talks") >= rules.familiar_contacts)
        .sort(["client_no", "talks", "last", "staff_no"], descending=[False, True, True, False])
    )  # fmt: skip
    familiar = by_staff.group_by("client_no", maintain_order=True).agg(familiar=pl.col("staff_no"), known_by=pl.col("talks").first())
    own = (pl.col("staff_no") == pl.col("manager")) & (pl.col("assigned_on").is_null() | (pl.col("day") >= pl.col("assigned_on")))
    last = talks.filter(own).group_by("client_no").agg(last_effective=pl.col("day").max())
    for more in (familiar, last):
        clients = clients.join(more, on="client_no", how="left", maintain_order="left")
    return clients
