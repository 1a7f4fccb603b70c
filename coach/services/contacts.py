"""Logging what happened: the contact, the task it settles, the stage it earns, and taking it back.

Every function is one transaction. A contact carries an idempotency key (``contact_no``): the same
entry sent twice is one entry.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
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
from coach.services.errors import refuse
from coach.services.log_records import log_change, log_contact_made, log_undone
from coach.services.signals import touch
from coach.services.who import acting, own_name
from coach.services.workspace import Workspace
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


def log_contact(ws: Workspace, client_no: str, entry: Entry) -> Logged:
    """Log a contact; settle its task and raise the stage where that is earned.

    Raises :class:`~coach.services.errors.Refused` for an unknown client, channel, task, or a next
    step that lies before the contact. The same ``contact_no`` twice changes nothing the second time.
    """
    outcome, who = _checked(ws, entry), acting(ws, entry.staff_no)
    effective = is_effective(outcome) if entry.effective is None else entry.effective
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        if entry.contact_no and (known := s.exec(select(Contact).where(Contact.contact_no == entry.contact_no)).first()):
            return _told(known, client.stage, client.stage, None)
        task = _task(ws, s, client_no, entry)
        contact = Contact(
            contact_no=entry.contact_no or secrets.token_hex(8),
            client_no=client_no,
            at=entry.at,
            channel=entry.channel,
            staff_no=who or client.manager,
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
        if task:
            task.state, task.contact_no = "done", contact.contact_no
            s.add(task)
        before = client.stage
        reason = _earn_stage(ws, s, client, contact)
        touch(s)
        log_contact_made(ws, s, contact, (before, client.stage))
        return _told(contact, before, client.stage, reason)


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
    client = s.get(Client, client_no)
    if client is None:
        raise refuse(
            ws.lang,
            f"没有客户 {client_no}；用 coach clients --search 查一查",
            f"there is no client {client_no}; try coach clients --search",
        )
    return client


def _task(ws: Workspace, s: Session, client_no: str, entry: Entry) -> Task | None:
    """The task that the contact settles: the one named, or the client's open one of that day's plan."""
    on_day = select(Task).where(Task.client_no == client_no, Task.plan_on == entry.at.date())
    if entry.task_no:
        task = s.exec(on_day.where(Task.task_no == entry.task_no)).first()
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
    start, staff_no = datetime.combine(now.date(), datetime.min.time()), own_name(ws, staff_no)
    with session(ws.engine, lang=ws.lang) as s:
        newest = (
            select(Contact)
            .where(Contact.staff_no == staff_no, Contact.at >= start, col(Contact.voided_at).is_(None))
            .order_by(desc(col(Contact.id)))
            .limit(1)
        )
        contact = s.exec(newest).first()
        if contact is None:
            return None
        contact.voided_at = now
        s.add(contact)
        client = _client(ws, s, contact.client_no)
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


def set_stage(ws: Workspace, client_no: str, stage: str, reason: str, *, by: str | None, at: datetime) -> None:
    """Set the stage by hand, with a reason. It is then no longer raised by itself."""
    if stage not in set(Stage):
        raise refuse(ws.lang, f"阶段 {stage!r} 不对；可用：{'、'.join(Stage)}", f"stage {stage!r} is unknown; use {', '.join(Stage)}")
    by = acting(ws, by)
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        before, why = client.stage, _by_hand(ws, reason)
        s.add(StageChange(client_no=client_no, at=at, before=before, after=stage, reason=why, by=by))
        client.stage, client.stage_by_hand, client.version = stage, True, client.version + 1
        s.add(client)
        touch(s)
        log_change(ws, s, Kind.STAGE_CHANGE, client_no, before, stage, why["by_hand"], by, at)


def set_tier(ws: Workspace, client_no: str, tier: str, reason: str, *, by: str | None, at: datetime) -> None:
    """Set the tier by hand, with a reason. It is then no longer moved by the figures."""
    if tier not in set(Tier):
        raise refuse(ws.lang, f"分层 {tier!r} 不对；可用：A、B、C", f"tier {tier!r} is unknown; use A, B or C")
    by = acting(ws, by)
    with session(ws.engine, lang=ws.lang) as s:
        client = _client(ws, s, client_no)
        before, why = client.tier, _by_hand(ws, reason)
        s.add(TierChange(client_no=client_no, at=at, before=before, after=tier, reason=why, by=by))
        client.tier, client.tier_by_hand, client.tier_reason, client.version = tier, True, why, client.version + 1
        s.add(client)
        touch(s)
        log_change(ws, s, Kind.TIER_CHANGE, client_no, before, tier, why["by_hand"], by, at)


def _by_hand(ws: Workspace, reason: str) -> dict[str, Any]:
    if not reason.strip():
        raise refuse(ws.lang, "手工调整要写理由", "a change by hand needs a reason")
    return {"by_hand": reason.strip()}
