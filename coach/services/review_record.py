"""One record opened for review: the suggestion, what was really done, and the client's facts of that day.

A fact is told as of that day where a record of that day says so (the suggestion's evidence, the coaching log, changes of
stage and tier, month-ends, contacts, gifts, assignments). What is only known as it stands today is marked as today's.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from coach.domain.chain import Kind as Logged
from coach.domain.evidence import yuan_out
from coach.domain.review import Flag, Kind
from coach.domain.suggestion import plain
from coach.playbook.cards import Passage
from coach.services.errors import refuse
from coach.services.log import ENTRIES
from coach.services.log_uses import proposal
from coach.services.review import cites_of, find_flag, flag_json
from coach.services.review_acts import About, State, states
from coach.services.review_data import after
from coach.services.review_words import rubric
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import (
    Assignment,
    Balance,
    Client,
    Contact,
    Gift,
    PracticeAttempt,
    Review,
    Staff,
    StageChange,
    SuggestionRecord,
    Task,
    TierChange,
)

LATER = 5
"""So many later contacts are told."""
MOST_RECORDS = 60
"""So many of the contacts and suggestions that a flag rests on are told."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact of a client. ``as_of`` = ``None``: it stands so today, and may have stood otherwise on that day."""

    id: str
    value: Any
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Did:
    """One thing that was really done: a contact. ``voided``: it was taken back."""

    contact_no: str
    client_no: str
    client_name: str
    at: datetime
    channel: str
    staff_no: str | None
    effective: bool
    outcome: str | None
    summary: str | None
    next_on: date | None
    play: str | None
    step: str | None
    task_no: str | None
    suggestion_no: str | None
    stage_before: str | None = None
    stage_after: str | None = None
    voided: bool = False


@dataclass(frozen=True, slots=True)
class Used:
    """One entry of the log on what was done with the suggestion; the last one counts."""

    entry_no: int
    at: datetime
    staff_no: str | None
    how: str
    reason: str | None
    """In the reader's language."""
    remark: str
    of: str | None
    difference: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Planned:
    """The task of the day's plan that it was done for."""

    task_no: str
    plan_on: date
    play: str
    step: str
    channel: str
    due: date
    state: str
    priority: int
    reasons: tuple[dict[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Practised:
    """A practice talk in short; the whole of it opens in practice."""

    attempt_no: str
    scenario: str
    total: float | None
    passed: bool | None
    ending: str | None
    hints: int
    criteria: dict[str, tuple[float, float]]
    """Points and the most that there are."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Everything about one piece of work. ``day``: the one whose facts are told."""

    about: About
    staff_name: str
    client_name: str
    day: date
    flag: Flag | None
    suggestion_no: str | None
    suggestion: dict[str, Any] | None
    """As it was shown; never changed since."""
    uses: tuple[Used, ...]
    did: tuple[Did, ...]
    task: Planned | None
    later: tuple[Did, ...]
    """The client's next contacts after that."""
    facts: tuple[Fact, ...]
    practice: Practised | None
    state: State
    cites: tuple[str, ...]
    passages: tuple[Passage, ...] = field(default=(), repr=False)
    records: tuple[tuple[Kind, str], ...] = ()
    """All that a flag rests on, in the order of time; the first of them are among ``did``."""

    @property
    def proposed(self) -> tuple[str, str] | None:
        """Which text of the suggestion one works from, and the text."""
        return None if self.suggestion is None else proposal(self.suggestion)

    @property
    def sent(self) -> str | None:
        """The text as it was changed; ``None`` where it was not."""
        last = self.uses[-1] if self.uses else None
        return after(last.difference) if last is not None and last.difference else None

    def as_json(self, ws: Workspace) -> dict[str, Any]:
        about = self.about
        return dict(plain({
            "kind": about.kind, "subject": about.subject, "staff_no": about.staff_no, "staff_name": self.staff_name,
            "client_no": about.client_no, "client_name": self.client_name, "date": self.day,
            "flag": flag_json(ws, self.flag, ws.lang) if self.flag else None,
            "suggestion": self.suggestion, "uses": [asdict(use) for use in self.uses], "contacts": [asdict(did) for did in self.did],
            "task": asdict(self.task) if self.task else None, "later": [asdict(did) for did in self.later],
            "facts": [asdict(fact) for fact in self.facts],
            "practice": asdict(self.practice) if self.practice else None,
            "review": self.state.as_json(), "cites": list(self.cites),
            "citations": [{"id": p.id, "topic": p.topic, "title": p.title, "quote": p.shown} for p in self.passages],
        }))  # fmt: skip


def open_record(ws: Workspace, kind: str, subject: str, today: date) -> Opened:
    """One piece of work, by its kind and number. Raises :class:`~coach.services.errors.Refused` where there is none."""
    if kind not in set(Kind):
        raise refuse(ws.lang, f"类别 {kind!r} 不对；可用：{'、'.join(Kind)}", f"there is no kind {kind!r}; use {', '.join(Kind)}")
    build = {Kind.FLAG: _flag, Kind.SUGGESTION: _suggestion, Kind.CONTACT: _contact, Kind.PRACTICE: _practice}[Kind(kind)]
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return build(ws, s, subject, today)


def kind_of(ws: Workspace, subject: str) -> Kind:
    """What a number alone names. Raises :class:`~coach.services.errors.Refused` where it names nothing."""
    if ":" in subject:
        return Kind.FLAG
    with session(ws.engine, write=False, lang=ws.lang) as s:
        if s.get(SuggestionRecord, subject) is not None:
            return Kind.SUGGESTION
        if s.exec(select(Contact.id).where(Contact.contact_no == subject)).first() is not None:
            return Kind.CONTACT
        if s.get(PracticeAttempt, subject) is not None:
            return Kind.PRACTICE
    raise _unknown(ws, subject)


def _unknown(ws: Workspace, subject: str) -> Exception:
    return refuse(
        ws.lang, f"没有编号为 {subject} 的建议、接触、练习或标记；用 coach review queue 查看",
        f"no suggestion, contact, practice or flag has the number {subject}; see coach review queue",
    )  # fmt: skip


# --- one of each kind -----------------------------------------------------------------------------------------------


def _suggestion(ws: Workspace, s: Session, number: str, today: date) -> Opened:
    shown = s.get(SuggestionRecord, number)
    if shown is None:
        raise _unknown(ws, number)
    uses = _uses(ws, s, number)
    did = _did(s, Contact.suggestion_no == number)
    acted = next((d.staff_no for d in did if not d.voided), None) or (uses[-1].staff_no if uses else None)
    about = About(Kind.SUGGESTION, number, acted or _manager(s, shown.client_no, shown.on), shown.client_no)
    return _opened(ws, s, about, shown.on, did=did, shown=shown, uses=uses)


def _contact(ws: Workspace, s: Session, number: str, today: date) -> Opened:
    did = _did(s, Contact.contact_no == number)
    if not did:
        raise _unknown(ws, number)
    shown = s.get(SuggestionRecord, did[0].suggestion_no) if did[0].suggestion_no else None
    about = About(Kind.CONTACT, number, did[0].staff_no, did[0].client_no)
    return _opened(ws, s, about, did[0].at.date(), did=did, shown=shown, uses=_uses(ws, s, shown.suggestion_no) if shown else ())


def _practice(ws: Workspace, s: Session, number: str, today: date) -> Opened:
    row = s.get(PracticeAttempt, number)
    if row is None:
        raise _unknown(ws, number)
    criteria = {line["id"]: (line["score"], line["max"]) for line in (row.score or {}).get("criteria", ())}
    found = Practised(number, row.scenario, row.total, row.passed, row.ending, row.hints, criteria)
    about = About(Kind.PRACTICE, number, row.staff_no, row.client_no)
    return _opened(ws, s, about, (row.ended_at or row.began_at).date(), practice=found)


def _flag(ws: Workspace, s: Session, number: str, today: date) -> Opened:
    flag = find_flag(ws, s, number, today)
    if flag is None:
        return _gone(ws, s, number)
    about = About(Kind.FLAG, number, flag.staff_no, flag.client_no)
    numbers = [subject for kind, subject in flag.records if kind is Kind.CONTACT][:MOST_RECORDS]
    suggested = [subject for kind, subject in flag.records if kind is Kind.SUGGESTION][:MOST_RECORDS]
    did = _did(s, col(Contact.contact_no).in_(numbers) | col(Contact.suggestion_no).in_(suggested))[:MOST_RECORDS]
    shown = s.get(SuggestionRecord, suggested[0]) if suggested else None
    day = shown.on if shown else flag.evidence.get("matures_on") or flag.at.date()
    return _opened(ws, s, about, day, did=did, shown=shown, uses=_uses(ws, s, suggested[0]) if shown else (), flag=flag)


def _gone(ws: Workspace, s: Session, number: str) -> Opened:
    """A flag that the records no longer raise: its review is still there."""
    row = s.exec(select(Review).where(Review.subject_kind == Kind.FLAG.value, Review.subject == number)).first()
    if row is None:
        raise _unknown(ws, number)
    return _opened(ws, s, About(Kind.FLAG, number, row.staff_no, row.client_no), row.at.date())


def _opened(
    ws: Workspace, s: Session, about: About, day: date, *, did: Sequence[Did] = (), shown: SuggestionRecord | None = None,
    uses: Sequence[Used] = (), flag: Flag | None = None, practice: Practised | None = None,
) -> Opened:  # fmt: skip
    staff = s.get(Staff, about.staff_no) if about.staff_no else None
    client = s.get(Client, about.client_no) if about.client_no else None
    cites = cites_of(ws, flag) if flag else [cite for criterion in rubric().criteria.values() for cite in criterion.cites]
    alone = about.client_no is not None
    return Opened(
        about, staff.name if staff else about.staff_no or "", client.name if client else "", day, flag,
        shown.suggestion_no if shown else None, shown.body if shown else None, tuple(uses), tuple(did),
        _task(s, did, about, day) if alone else None, _later(s, about, did, day) if alone else (),
        _facts(s, client, day, shown) if client is not None else (), practice,
        states(s, [(about.kind, about.subject)]).get((about.kind, about.subject), State()), tuple(cites), _passages(ws, cites),
        flag.records if flag else (),
    )  # fmt: skip


def _passages(ws: Workspace, cites: Sequence[str]) -> tuple[Passage, ...]:
    known = ws.playbook.passages
    return tuple(known[cite, ws.lang] for cite in cites if (cite, ws.lang) in known)


# --- what was done --------------------------------------------------------------------------------------------------


def _did(s: Session, which: Any) -> tuple[Did, ...]:
    rows = s.exec(select(Contact, Client.name).join(Client).where(which).order_by(col(Contact.at), col(Contact.id))).all()
    logged = _logged(s, [contact.contact_no for contact, _ in rows])
    return tuple(_as_did(contact, name, logged.get(contact.contact_no, {})) for contact, name in rows)


def _as_did(c: Contact, name: str, entry: dict[str, Any]) -> Did:
    return Did(
        c.contact_no, c.client_no, name, c.at, c.channel, c.staff_no, c.effective, c.outcome, c.summary, c.next_on, c.play, c.step,
        c.task_no, c.suggestion_no, entry.get("stage_before"), entry.get("stage_after"), c.voided_at is not None,
    )  # fmt: skip


def _logged(s: Session, numbers: Sequence[str]) -> dict[str, dict[str, Any]]:
    """What the log says of contacts."""
    asked = sa.select(ENTRIES.c.subject, ENTRIES.c.body).where(ENTRIES.c.kind == Logged.CONTACT.value, ENTRIES.c.subject.in_(list(numbers)))
    return {subject: json.loads(body) for subject, body in s.connection().execute(asked)}


def _uses(ws: Workspace, s: Session, number: str) -> tuple[Used, ...]:
    asked = sa.select(ENTRIES.c.entry_no, ENTRIES.c.at, ENTRIES.c.staff_no, ENTRIES.c.body).where(
        ENTRIES.c.kind == Logged.SUGGESTION_USED.value, ENTRIES.c.subject == number
    )
    found = []
    for entry_no, at, staff_no, body in s.connection().execute(asked.order_by(ENTRIES.c.entry_no)):
        told = json.loads(body)
        name = told.get("reason_name") or {}
        pieces = tuple((sign, text) for sign, text in told.get("difference") or ())
        found.append(Used(
            entry_no, datetime.fromisoformat(at), staff_no, told["how"], name.get(ws.lang) or told.get("reason"),
            told.get("remark") or "", told.get("of"), pieces,
        ))  # fmt: skip
    return tuple(found)


def _task(s: Session, did: Sequence[Did], about: About, day: date) -> Planned | None:
    """The task that the first contact settled; without a contact, the client's first one of that day's plan."""
    asked = select(Task).where(Task.client_no == about.client_no)
    asked = asked.where(Task.contact_no == did[0].contact_no) if did else asked.where(Task.plan_on == day)
    row = s.exec(asked.order_by(col(Task.plan_on), col(Task.position))).first()
    if row is None:
        return None
    return Planned(row.task_no, row.plan_on, row.play, row.step, row.channel, row.due, row.state, row.priority, tuple(row.reasons))


def _later(s: Session, about: About, did: Sequence[Did], day: date) -> tuple[Did, ...]:
    own = [d.contact_no for d in did]
    since = did[-1].at if did else datetime.combine(day + timedelta(days=1), time.min)
    rows = s.exec(
        select(Contact, Client.name).join(Client)
        .where(Contact.client_no == about.client_no, Contact.at >= since, col(Contact.voided_at).is_(None),
               col(Contact.contact_no).not_in(own))
        .order_by(col(Contact.at), col(Contact.id)).limit(LATER)
    ).all()  # fmt: skip
    return tuple(_as_did(contact, name, {}) for contact, name in rows)


# --- the client on that day -----------------------------------------------------------------------------------------


def _facts(s: Session, c: Client, day: date, shown: SuggestionRecord | None) -> tuple[Fact, ...]:
    """What the records of that day say of the client, then what is only known as of today."""
    night = datetime.combine(day + timedelta(days=1), time.min)
    no, out = c.client_no, []
    out += [
        Fact("signal", {"signal": why["signal"], "evidence": why["evidence"]}, shown.on)
        for why in (shown.body.get("because") or () if shown else ())
    ]
    for name, change in (("stage", StageChange), ("tier", TierChange)):
        out.append(Fact(name, _was(s, change, no, night, getattr(c, name)), day))
    manager = _manager(s, no, day)
    if manager is not None:
        out.append(Fact("manager", {"staff_no": manager, "name": _name(s, manager)}, day))
    end = s.exec(select(Balance).where(Balance.client_no == no, Balance.on <= day).order_by(col(Balance.on).desc()).limit(1)).first()
    if end is not None:
        out.append(Fact("assets", yuan_out(end.assets_fen), end.on))
    last = s.exec(
        select(Contact).where(Contact.client_no == no, Contact.at < datetime.combine(day, time.min), col(Contact.voided_at).is_(None))
        .order_by(col(Contact.at).desc()).limit(1)
    ).first()  # fmt: skip
    if last is not None:
        told = {"at": last.at, "channel": last.channel, "outcome": last.outcome, "effective": last.effective, "summary": last.summary}
        out.append(Fact("last_contact", told, last.at.date()))
    out += [
        Fact("gift", {"on": gift.on, "item": gift.item, "value": yuan_out(gift.value_fen) if gift.value_fen is not None else None}, gift.on)
        for gift in s.exec(
            select(Gift).where(Gift.client_no == no, Gift.on <= day, Gift.on >= date(day.year, 1, 1)).order_by(col(Gift.on).desc())
        )
    ]
    if end is None:
        out.append(Fact("assets", yuan_out(c.assets_fen), None))
    for name in ("card_level", "risk_level", "risk_assessed_on", "marketing_consent", "do_not_contact", "refused_channels", "occupation",
                 "tags"):  # fmt: skip
        value = getattr(c, name)
        if value not in (None, ""):
            out.append(Fact(name, value, None))
    return tuple(out)


def _was(s: Session, change: type[SQLModel], client_no: str, night: datetime, now: str) -> str:
    """A stage or tier as it was that evening: what the first change after it says it was before."""
    table: Any = change
    later = select(table).where(table.client_no == client_no, table.at >= night).order_by(table.at, table.id).limit(1)
    row = s.exec(later).first()
    return now if row is None else str(row.before)


def _manager(s: Session, client_no: str, day: date) -> str | None:
    """Who looked after the client that day; where every assignment is later, the first one."""
    rows = s.exec(select(Assignment).where(Assignment.client_no == client_no).order_by(col(Assignment.since), col(Assignment.id))).all()
    then = [row.manager for row in rows if row.since <= day] or [row.manager for row in rows[:1]]
    if then:
        return then[-1]
    client = s.get(Client, client_no)
    return client.manager if client else None


def _name(s: Session, staff_no: str) -> str:
    staff = s.get(Staff, staff_no)
    return staff.name if staff else staff_no
