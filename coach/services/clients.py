"""Clients: the list with its filters, and the whole picture of one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from sqlalchemy import ColumnElement, Select, desc, func
from sqlmodel import Session, col, select

from coach.domain.client import Changed, ClientPicture, Given, Held, Invited, Moved, Remembered, SignalFact, Talk
from coach.domain.words import Lang
from coach.services.errors import refuse
from coach.services.who import may_view
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import (
    Assignment,
    Balance,
    Client,
    Contact,
    Event,
    Gift,
    Holding,
    Invitation,
    KeyDate,
    Movement,
    Staff,
    StageChange,
    TierChange,
)

Sort = Literal["assets", "name", "tier", "stage", "client_no"]


@dataclass(frozen=True, slots=True)
class ClientQuery:
    """What the list shows. ``text`` looks in name, pinyin initials, number, phone and tags."""

    manager: str | None = None
    tier: str | None = None
    stage: str | None = None
    text: str = ""
    among: Collection[str] | None = None
    """Only these client numbers (those with a signal, say)."""
    sort: Sort = "assets"
    reverse: bool = False
    offset: int = 0
    limit: int | None = None


@dataclass(frozen=True, slots=True)
class ClientRow:
    """One line of the list."""

    client_no: str
    name: str
    manager: str | None
    tier: str
    tier_reason: dict[str, Any]
    stage: str
    assets_fen: int
    card_level: str | None
    occupation: str | None
    tags: str | None
    do_not_contact: bool


_SORTS: dict[str, tuple[Any, bool]] = {
    "assets": (Client.assets_fen, True),
    "name": (Client.search_key, False),
    "tier": (Client.tier, False),
    "stage": (Client.stage, False),
    "client_no": (Client.client_no, False),
}
"""Sort → its column, and whether it begins with the highest. Ties go by assets, the richest first, then by number."""
_COLUMNS = (
    Client.client_no,
    Client.name,
    Client.manager,
    Client.tier,
    Client.tier_reason,
    Client.stage,
    Client.assets_fen,
    Client.card_level,
    Client.occupation,
    Client.tags,
    Client.do_not_contact,
)


def _where(query: ClientQuery) -> list[ColumnElement[bool]]:
    conditions: list[Any] = []
    for column, value in ((Client.manager, query.manager), (Client.tier, query.tier), (Client.stage, query.stage)):
        if value:
            conditions.append(column == value)
    for word in query.text.lower().split():
        escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        conditions.append(col(Client.search_key).like(f"%{escaped}%", escape="\\"))
    if query.among is not None:
        conditions.append(col(Client.client_no).in_(list(query.among)))
    return conditions


def _order(query: ClientQuery) -> tuple[ColumnElement[Any], ...]:
    column, downwards = _SORTS[query.sort]
    first = desc(col(column)) if downwards != query.reverse else col(column).asc()
    return first, desc(col(Client.assets_fen)), col(Client.client_no).asc()


def count_clients(ws: Workspace, query: ClientQuery) -> int:
    """How many clients the query holds, its limit aside."""
    with session(ws.engine, write=False) as s:
        return s.exec(select(func.count()).select_from(Client).where(*_where(query))).one()


def list_clients(ws: Workspace, query: ClientQuery) -> list[ClientRow]:
    """The clients of a query, in its order."""
    statement: Select[Any] = select(*_COLUMNS).where(*_where(query))  # type: ignore[call-overload]
    statement = statement.order_by(*_order(query)).offset(query.offset)
    if query.limit is not None:
        statement = statement.limit(query.limit)
    with session(ws.engine, write=False) as s:
        return [ClientRow(*row) for row in s.execute(statement)]


def client_numbers(ws: Workspace, query: ClientQuery) -> list[str]:
    """Only the numbers, in order: the index that a long list scrolls over."""
    from coach.services import client_index  # it loads what only a long list needs

    if client_index.serves(ws, query):
        column, downwards = _SORTS[query.sort]
        return client_index.numbers(ws, query, column.key, downwards != query.reverse)
    statement = select(Client.client_no).where(*_where(query)).order_by(*_order(query))
    with session(ws.engine, write=False) as s:
        return list(s.exec(statement))


def managers(ws: Workspace) -> list[tuple[str, str, int]]:
    """Staff number, name and number of clients of everyone who has some, by number."""
    statement = (
        select(Staff.staff_no, Staff.name, func.count())
        .join(Client, col(Client.manager) == Staff.staff_no)
        .group_by(Staff.staff_no, Staff.name)
        .order_by(Staff.staff_no)
    )
    with session(ws.engine, write=False) as s:
        return [tuple(row) for row in s.exec(statement)]  # type: ignore[misc]


def require_manager(ws: Workspace, staff_no: str, lang: Lang) -> Staff:
    """The staff member. Raises :class:`~coach.services.errors.Refused` where there is none, or where the login may not look at
    that one's clients."""
    may_view(ws, staff_no)
    with session(ws.engine, write=False) as s:
        staff = s.get(Staff, staff_no)
    if staff is None:
        known = "、".join(number for number, _, _ in managers(ws)[:8])
        raise refuse(
            lang,
            f"没有工号为 {staff_no} 的员工；有客户的工号：{known or '无，请先导入'}",
            f"no staff member has the number {staff_no}; with clients: {known.replace('、', ', ') or 'none, import first'}",
        )
    return staff


def picture(ws: Workspace, client_no: str, today: date, *, lang: Lang, signals: tuple[SignalFact, ...] | None = None) -> ClientPicture:
    """Everything known of a client on a date. Raises :class:`~coach.services.errors.Refused` where there is none."""
    if signals is None:
        from coach.services.signals import signals_of

        signals = signals_of(ws, client_no, today)
    with session(ws.engine, write=False) as s:
        client = s.get(Client, client_no)
        if client is None:
            raise refuse(
                lang,
                f"没有客户 {client_no}；用 coach clients --search 查一查",
                f"there is no client {client_no}; try coach clients --search",
            )
        return _picture(s, client, signals)


def _picture(s: Session, c: Client, signals: tuple[SignalFact, ...]) -> ClientPicture:
    staff = s.get(Staff, c.manager) if c.manager else None
    no = c.client_no
    given = {
        name: getattr(c, name)
        for name in (
            "name",
            "stage",
            "tier",
            "tier_reason",
            "assets_fen",
            "manager",
            "branch",
            "gender",
            "birthday",
            "lunar_birthday",
            "phone",
            "assigned_on",
            "card_level",
            "risk_level",
            "risk_assessed_on",
            "opened_on",
            "occupation",
            "employer",
            "community",
            "family",
            "note",
            "relationship",
            "potential",
            "intent",
            "do_not_contact",
            "marketing_consent",
        )
    }
    given["branch"] = c.branch or (staff.branch if staff else None)
    return ClientPicture(
        client_no=no,
        **given,
        manager_name=staff.name if staff else None,
        previous_manager=_previous_manager(s, c),
        interests=_words(c.interests),
        tags=_words(c.tags),
        refused_channels=frozenset(_words(c.refused_channels)),
        holdings=tuple(
            Held(h.holding_no, h.product_type, h.product, h.amount_fen, h.start_on, h.matures_on, h.product_risk)
            for h in s.exec(select(Holding).where(Holding.client_no == no).order_by(desc(col(Holding.amount_fen)), Holding.holding_no))
        ),
        balances=tuple((b.on, b.assets_fen) for b in s.exec(select(Balance).where(Balance.client_no == no).order_by(col(Balance.on)))),
        movements=tuple(
            Moved(m.on, m.amount_fen, m.counterparty, m.counterparty_bank, m.purpose)
            for m in s.exec(select(Movement).where(Movement.client_no == no).order_by(desc(col(Movement.on)), col(Movement.id)).limit(200))
        ),
        contacts=tuple(
            Talk(t.contact_no, t.at, t.channel, t.staff_no, t.effective, t.outcome, t.summary, t.next_on, t.play, t.step)
            for t in s.exec(
                select(Contact)
                .where(Contact.client_no == no, col(Contact.voided_at).is_(None))
                .order_by(desc(col(Contact.at)), desc(col(Contact.id)))
            )
        ),
        key_dates=tuple(
            Remembered(k.label, k.date, k.calendar, k.who)
            for k in s.exec(select(KeyDate).where(KeyDate.client_no == no).order_by(KeyDate.label, KeyDate.who))
        ),
        gifts=tuple(
            Given(g.on, g.item, g.value_fen, g.occasion)
            for g in s.exec(select(Gift).where(Gift.client_no == no).order_by(desc(col(Gift.on)), Gift.item))
        ),
        invitations=tuple(
            Invited(e.event_no, e.title, e.on, e.place, i.status)
            for i, e in s.exec(
                select(Invitation, Event)
                .join(Event, col(Event.event_no) == Invitation.event_no)
                .where(Invitation.client_no == no)
                .order_by(desc(col(Event.on)))
            )
        ),
        changes=_changes(s, no),
        signals=signals,
    )


def _words(text: str | None) -> tuple[str, ...]:
    return tuple(word.strip() for word in (text or "").split(";") if word.strip())


def _previous_manager(s: Session, c: Client) -> str | None:
    """The name of the manager before the present one, where there was one."""
    statement = (
        select(Staff.name)
        .join(Assignment, col(Assignment.manager) == Staff.staff_no)
        .where(Assignment.client_no == c.client_no, Assignment.manager != c.manager)
        .order_by(desc(col(Assignment.since)), desc(col(Assignment.id)))
        .limit(1)
    )
    return s.exec(statement).first()


def _changes(s: Session, client_no: str) -> tuple[Changed, ...]:
    found = [
        Changed(x.at, what, x.before, x.after, x.reason, x.by)
        for table, what in ((StageChange, "stage"), (TierChange, "tier"))
        for x in s.exec(select(table).where(table.client_no == client_no))
    ]
    return tuple(sorted(found, key=lambda x: x.at, reverse=True))
