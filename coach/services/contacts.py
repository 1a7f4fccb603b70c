"""Logging what happened: the contact, the task it settles, the stage it earns, and taking it back.

Every function is one transaction, and holds the client's row: two people at one client come one after the other, and
nothing of either is lost. What is done twice (a contact by its ``contact_no``, the rest by its moment) is done once, so a
lost connection is no reason to give up.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import polars as pl
from sqlalchemy import desc
from sqlmodel import Session, col, select

from coach.domain import stages
from coach.domain.chain import Kind
from coach.domain.frames import CONTACTS, frame
from coach.domain.outcomes import is_effective, outcome_of
from coach.domain.words import Channel, Stage, Tier
from coach.services.collisions import not_as_seen
from coach.services.errors import refuse
from coach.services.log_records import log_change, log_contact_made, log_undone
from coach.services.signals import touch
from coach.services.who import acting, own_name
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.db import session
from coach.store.tables import Client, Contact, StageChange, Task, TierChange

MAX_SUMMARY = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person says of a contact. ``effective`` = ``None``: as the outcome says."""

    channel: str
    outcome: str
    at: datetime
    staff_no: str | None = None
    effective: bool | None = None
    summary: str | None = None
    next_on: date | None = None
    task_no: str | None = None
    play: str | None = None
    step: str | None = None
    suggestion_no: str | None = None
    contact_no: str | None = None


@dataclass(frozen=True, slots=True)
class Logged:
    """What a contact changed."""

    contact_no: str
    client_no: str
    channel: str
    outcome: str
    effective: bool
    stage_before: str
    stage_after: str
    stage_reason: dict[str, Any] | None
    task_no: str | None
    next_on: date | None
    play: str | None
    step: str | None
    settled_before: tuple[str | None, datetime] | None = None
    """Who had settled the same task already, and when. Both contacts stand; the task remains the first one's."""


def log_contact(ws: Workspace, client_no: str, entry: Entry) -> Logged:
    """Log a contact; settle its task and raise the stage where that is earned.

    Raises :class:`~coach.services.errors.Refused` for an unknown client, channel, task, or a next
    step that lies before the contact. The same ``contact_no`` twice changes nothing the second time.
    """
    outcome, who = _checked(ws, entry), acting(ws, entry.staff_no)
    return _logged(ws, client_no, replace(entry, contact_no=entry.contact_no or secrets.token_hex(8), staff_no=who), outcome)


@retried
def _logged(ws: Workspace, client_no: str, entry: Entry, outcome: str) -> Logged:
    effective = is_effective(outcome) if entry.effective is None else entry.effective
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        if known := s.exec(select(Contact).where(Contact.contact_no == entry.contact_no)).first():
            return _known(s, known, client)
        task = _task(ws, s, client_no, entry)
        before_us = _settled(s, task)
        contact = Contact(
            contact_no=entry.contact_no,
            client_no=client_no,
            at=entry.at,
            channel=entry.channel,
            staff_no=entry.staff_no or client.manager,
            effective=effective,
            outcome=outcome,
            summary=entry.summary or None,
            next_on=entry.next_on,
            play=entry.play or (task.play if task else None),
            step=entry.step or (task.step if task else None),
            signal=task.signal if task else None,
            anchor=task.anchor if task else None,
            task_no=task.task_no if task else None,
            suggestion_no=entry.suggestion_no,
        )
        s.add(contact)
        s.flush()
        if task and before_us is None:
            task.state, task.contact_no = "done", contact.contact_no
            s.add(task)
        before = client.stage
        reason = _earn_stage(ws, s, client, contact)
        touch(s)
        log_contact_made(ws, s, contact, (before, client.stage))
        return replace(_told(contact, before, client.stage, reason), settled_before=before_us)


def _known(s: Session, contact: Contact, client: Client) -> Logged:
    """What a contact that is there already had changed."""
    earned = select(StageChange).where(StageChange.contact_no == contact.contact_no, col(StageChange.by).is_(None))
    change = s.exec(earned.order_by(col(StageChange.id))).first()
    if change is None:
        return _told(contact, client.stage, client.stage, None)
    return _told(contact, change.before, change.after, change.reason)


def _settled(s: Session, task: Task | None) -> tuple[str | None, datetime] | None:
    """Who settled a task before us."""
    if task is None or task.state != "done" or task.contact_no is None:
        return None
    first = s.exec(select(Contact.staff_no, Contact.at).where(Contact.contact_no == task.contact_no)).first()
    return (first[0], first[1]) if first else None


def _checked(ws: Workspace, entry: Entry) -> str:
    if entry.channel not in set(Channel):
        raise refuse(
            ws.lang,
            f"渠道 {entry.channel!r} 不对；可用：message、call、visit",
            f"channel {entry.channel!r} is unknown; use message, call or visit",
        )
    if entry.next_on and entry.next_on < entry.at.date():
        raise refuse(
            ws.lang,
            f"下次日期 {entry.next_on} 早于本次接触 {entry.at.date()}；请改下次日期",
            f"the next date {entry.next_on} lies before the contact {entry.at.date()}; change the next date",
        )
    if entry.summary and len(entry.summary) > MAX_SUMMARY:
        raise refuse(ws.lang, f"摘要超过 {MAX_SUMMARY} 字；请缩短", f"the summary is longer than {MAX_SUMMARY} characters; shorten it")
    outcome = outcome_of(entry.outcome)
    if not outcome:
        raise refuse(ws.lang, "缺少结果；例如 --outcome reached", "the outcome is missing; for example --outcome reached")
    return outcome


def _client(ws: Workspace, s: Session, client_no: str) -> Client:
    """The client, whom nobody else changes until the transaction ends."""
    client = s.get(Client, client_no, with_for_update={"key_share": True})
    if client is None:
        raise refuse(
            ws.lang,
            f"没有客户 {client_no}；用 coach clients --search 查一查",
            f"there is no client {client_no}; try coach clients --search",
        )
    return client


def _task(ws: Workspace, s: Session, client_no: str, entry: Entry) -> Task | None:
    """The task that the contact settles: the one named, or the client's open one of that day's plan."""
    on_day = select(Task).where(Task.client_no == client_no, Task.plan_on == entry.at.date()).with_for_update()
    if entry.task_no:
        named = on_day.where(Task.task_no == entry.task_no)
        task = s.exec(named).first() or s.exec(named).first()  # again, where the plan was made anew while we waited
        if task is None:
            raise refuse(
                ws.lang,
                f"客户 {client_no} 今天没有任务 {entry.task_no}；用 coach plan 查看",
                f"client {client_no} has no task {entry.task_no} on that day; see coach plan",
            )
        return task
    return s.exec(on_day.where(Task.state == "open").order_by(col(Task.position))).first()


def _told(contact: Contact, before: str, after: str, reason: dict[str, Any] | None) -> Logged:
    return Logged(
        contact_no=contact.contact_no,
        client_no=contact.client_no,
        channel=contact.channel,
        outcome=contact.outcome or "",
        effective=contact.effective,
        stage_before=before,
        stage_after=after,
        stage_reason=reason,
        task_no=contact.task_no,
        next_on=contact.next_on,
        play=contact.play,
        step=contact.step,
    )


def _earn_stage(ws: Workspace, s: Session, client: Client, contact: Contact) -> dict[str, Any] | None:
    """Raise the stage where the contacts logged earn a later one; never lower it, never over a hand-set one."""
    if client.stage_by_hand:
        return None
    earned = stages.earned(_contacts(s, client.client_no), ws.policy)
    if earned.is_empty():
        return None
    after, reason = earned.row(0, named=True)["stage"], stages.reason_of(earned.row(0, named=True))
    if stages.later(client.stage, after) == client.stage:
        return None
    s.add(
        StageChange(
            client_no=client.client_no, at=contact.at, before=client.stage, after=after, reason=reason, contact_no=contact.contact_no
        )
    )
    client.stage, client.version = after, client.version + 1
    s.add(client)
    return reason


def _contacts(s: Session, client_no: str) -> pl.DataFrame:
    rows = s.exec(select(Contact).where(Contact.client_no == client_no, col(Contact.voided_at).is_(None)))
    return frame(CONTACTS, [row.model_dump() for row in rows])


def undo_last(ws: Workspace, staff_no: str, now: datetime) -> Logged | None:
    """Take back the newest contact that a person logged today: void it, reopen its task, undo the stage it earned."""
    staff_no = own_name(ws, staff_no)
    contact_no = _newest(ws, staff_no, now)
    return None if contact_no is None else _voided(ws, contact_no, staff_no, now)


@retried
def _newest(ws: Workspace, staff_no: str, now: datetime) -> str | None:
    start = datetime.combine(now.date(), datetime.min.time())
    newest = select(Contact.contact_no).where(Contact.staff_no == staff_no, Contact.at >= start, col(Contact.voided_at).is_(None))
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return s.exec(newest.order_by(desc(col(Contact.id))).limit(1)).first()


@retried
def _voided(ws: Workspace, contact_no: str, staff_no: str, now: datetime) -> Logged | None:
    """Take one contact back; done by us already (the answer was lost), it is told; by somebody else, there is nothing to tell."""
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, s.exec(select(Contact.client_no).where(Contact.contact_no == contact_no)).one())
        contact = s.exec(select(Contact).where(Contact.contact_no == contact_no)).one()
        if contact.voided_at is not None:
            return _told(contact, client.stage, client.stage, None) if contact.voided_at == now else None
        contact.voided_at = now
        s.add(contact)
        before = client.stage
        for task in s.exec(select(Task).where(Task.contact_no == contact.contact_no)):
            task.state, task.contact_no = "open", None
            s.add(task)
        for change in s.exec(select(StageChange).where(StageChange.contact_no == contact.contact_no)):
            if client.stage == change.after:
                reason = {"undone": contact.contact_no}
                s.add(StageChange(client_no=client.client_no, at=now, before=change.after, after=change.before, reason=reason, by=staff_no))
                client.stage, client.version = change.before, client.version + 1
                s.add(client)
        touch(s)
        log_undone(ws, s, contact, staff_no, now, (before, client.stage))
        return _told(contact, before, client.stage, None)


def set_stage(
    ws: Workspace, client_no: str, stage: str, reason: str, *, by: str | None, at: datetime, seen: str | None = None
) -> None:
    """Set the stage by hand, with a reason. It is then no longer raised by itself.

    ``seen``: the stage that the person saw. Raises :class:`~coach.services.errors.Refused`, saying who changed it when, where
    it is no longer that one.
    """
    if stage not in set(Stage):
        raise refuse(ws.lang, f"阶段 {stage!r} 不对；可用：{'、'.join(Stage)}", f"stage {stage!r} is unknown; use {', '.join(Stage)}")
    _staged(ws, client_no, stage, _by_hand(ws, reason), acting(ws, by), at, seen)


@retried
def _staged(ws: Workspace, client_no: str, stage: str, why: dict[str, Any], by: str | None, at: datetime, seen: str | None) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        if _done_already(s, StageChange, client_no, stage, why, by, at):
            return
        before = client.stage
        if seen not in (None, before):
            raise not_as_seen(ws, s, StageChange, client, before)
        s.add(StageChange(client_no=client_no, at=at, before=before, after=stage, reason=why, by=by))
        client.stage, client.stage_by_hand, client.version = stage, True, client.version + 1
        s.add(client)
        touch(s)
        log_change(ws, s, Kind.STAGE_CHANGE, client_no, before, stage, why["by_hand"], by, at)


def set_tier(ws: Workspace, client_no: str, tier: str, reason: str, *, by: str | None, at: datetime, seen: str | None = None) -> None:
    """Set the tier by hand, with a reason. It is then no longer moved by the figures. ``seen``: as in :func:`set_stage`."""
    if tier not in set(Tier):
        raise refuse(ws.lang, f"分层 {tier!r} 不对；可用：A、B、C", f"tier {tier!r} is unknown; use A, B or C")
    _tiered(ws, client_no, tier, _by_hand(ws, reason), acting(ws, by), at, seen)


@retried
def _tiered(ws: Workspace, client_no: str, tier: str, why: dict[str, Any], by: str | None, at: datetime, seen: str | None) -> None:
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        if _done_already(s, TierChange, client_no, tier, why, by, at):
            return
        before = client.tier
        if seen not in (None, before):
            raise not_as_seen(ws, s, TierChange, client, before)
        s.add(TierChange(client_no=client_no, at=at, before=before, after=tier, reason=why, by=by))
        client.tier, client.tier_by_hand, client.tier_reason, client.version = tier, True, why, client.version + 1
        s.add(client)
        touch(s)
        log_change(ws, s, Kind.TIER_CHANGE, client_no, before, tier, why["by_hand"], by, at)


def _done_already(
    s: Session, table: type[StageChange] | type[TierChange], client_no: str, after: str, why: dict[str, Any], by: str | None, at: datetime
) -> bool:
    """Whether this very change stands: it was tried again, and the first try had gone through."""
    same = select(table).where(table.client_no == client_no, table.at == at, table.after == after)
    return any(change.reason == why and change.by == by for change in s.exec(same))


def _by_hand(ws: Workspace, reason: str) -> dict[str, Any]:
    if not reason.strip():
        raise refuse(ws.lang, "手工调整要写理由", "a change by hand needs a reason")
    return {"by_hand": reason.strip()}
