"""The records that reviews look at, loaded set-based: what flags are raised over, and the work of a week."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from coach.assistant import guard
from coach.domain import review as domain
from coach.domain.chain import Kind as Logged
from coach.domain.compliance import check_text
from coach.domain.facts import call_name
from coach.domain.review import Kind, Records, Use
from coach.domain.review_queue import Work
from coach.domain.words import Severity
from coach.services.log import ENTRIES
from coach.services.workspace import Workspace
from coach.store.frames import fetch
from coach.store.tables import Assignment, Client, Contact, Gift, Holding, PracticeAttempt, SuggestionRecord

_MATURING = ("deposit", "wealth", "insurance")
_PLACED_IN = ("deposit", "wealth", "fund", "insurance", "bond", "metal")
_HELD: domain.Schema = {
    "client_no": pl.String, "holding_no": pl.String, "product_type": pl.String, "product": pl.String, "amount_fen": pl.Int64,
    "matures_on": pl.Date,
}  # fmt: skip


def _table(model: type[SQLModel]) -> sa.Table:
    return model.__table__  # type: ignore[attr-defined, no-any-return]


_CLIENT, _CONTACT, _GIFT, _HOLDING, _SHOWN = map(_table, (Client, Contact, Gift, Holding, SuggestionRecord))
_REAL = _CONTACT.c.voided_at.is_(None)


def _begin(day: date) -> datetime:
    return datetime.combine(day, time.min)


def _within(since: date, until: date) -> tuple[Any, Any]:
    return _CONTACT.c.at >= _begin(since), _CONTACT.c.at < _begin(until + timedelta(days=1))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def flag_records(ws: Workspace, s: Session, since: date, until: date) -> Records:
    """What the flags of these days are raised over."""
    columns = [_CONTACT.c[name] for name in domain.CONTACTS]
    days = (_REAL, *_within(since, until))
    vain = sa.select(_CONTACT.c.client_no).where(*days, ~_CONTACT.c.effective, _CONTACT.c.channel != "message")
    until_then = (_REAL, _CONTACT.c.at < _begin(until + timedelta(days=1)))
    connection = s.connection()
    return Records(
        uses=list(_uses(ws, s, monday(since), until)),
        contacts=fetch(connection, sa.select(*columns).where(*days), domain.CONTACTS),
        histories=fetch(connection, sa.select(*columns).where(*until_then, _CONTACT.c.client_no.in_(vain)), domain.CONTACTS),
        gifts=_gifts(ws, s, since, until),
        matured=_matured(ws, s, since, until),
    )


# --- suggestions and what became of them ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Shown:
    """What is needed of a suggestion, and the client's name in it."""

    client_no: str
    play: str | None
    engine: str
    channel: str | None
    draft: str
    cautions: tuple[tuple[str, str], ...]
    call_names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Said:
    """One entry of the log on what was done with a suggestion."""

    suggestion_no: str
    entry_no: int
    staff_no: str | None
    at: datetime
    how: str
    text: str | None
    """The message as it was changed."""


def _said(s: Session, since: date, until: date) -> list[_Said]:
    """Of several entries on one suggestion the newest counts; those that left it aside are among them."""
    asked = (
        sa.select(ENTRIES.c.subject, ENTRIES.c.entry_no, ENTRIES.c.staff_no, ENTRIES.c.at, ENTRIES.c.body)
        .where(
            ENTRIES.c.kind == Logged.SUGGESTION_USED.value, ENTRIES.c.at >= since.isoformat(),
            ENTRIES.c.at < (until + timedelta(days=1)).isoformat(),
        )
        .order_by(ENTRIES.c.entry_no)
    )  # fmt: skip
    newest: dict[str, _Said] = {}
    for subject, entry_no, staff_no, at, body in s.connection().execute(asked):
        told = json.loads(body)
        text = after(told["difference"]) if told["how"] == "changed" and told.get("of") == "message_draft" else None
        newest[subject] = _Said(subject, entry_no, staff_no, datetime.fromisoformat(at), told["how"], text)
    return list(newest.values())


def after(difference: Iterable[Iterable[str]]) -> str:
    """The text as it was sent, from what was changed in it."""
    return "".join(text for sign, text in difference if sign != "-")


def _with(s: Session, since: date, until: date) -> list[Any]:
    """Contacts of these days that were made with a suggestion."""
    c = _CONTACT.c
    asked = sa.select(c.contact_no, c.client_no, c.staff_no, c.at, c.channel, c.suggestion_no).where(
        _REAL, *_within(since, until), c.suggestion_no.is_not(None)
    )
    return list(s.connection().execute(asked))


def _suggestions(s: Session, since: date, until: date) -> dict[str, _Shown]:
    """The suggestions that were used in these days."""
    of_log = sa.select(ENTRIES.c.subject).where(
        ENTRIES.c.kind == Logged.SUGGESTION_USED.value, ENTRIES.c.at >= since.isoformat(),
        ENTRIES.c.at < (until + timedelta(days=1)).isoformat(),
    )  # fmt: skip
    of_contacts = sa.select(_CONTACT.c.suggestion_no).where(_REAL, *_within(since, until), _CONTACT.c.suggestion_no.is_not(None))
    body = _SHOWN.c.body
    asked = (
        sa.select(
            _SHOWN.c.suggestion_no, _SHOWN.c.client_no, _SHOWN.c.play, _SHOWN.c.engine, body["next_action"]["channel"].as_string(),
            body["message_draft"].as_string(), body["cautions"], _CLIENT.c.name, _CLIENT.c.gender, _SHOWN.c.lang,
        )
        .join_from(_SHOWN, _CLIENT, _SHOWN.c.client_no == _CLIENT.c.client_no)
        .where(_SHOWN.c.suggestion_no.in_(of_log) | _SHOWN.c.suggestion_no.in_(of_contacts))
    )  # fmt: skip
    found = {}
    for number, client_no, play, engine, channel, draft, cautions, name, gender, lang in s.connection().execute(asked):
        told = json.loads(cautions) if isinstance(cautions, str) else cautions or []
        names = (name, call_name(name, gender, lang)) if draft else ()
        stood = tuple((caution["rule"], caution["severity"]) for caution in told)
        found[number] = _Shown(client_no, play, engine, channel, (draft or "").strip(), stood, names)
    return found


def _uses(ws: Workspace, s: Session, since: date, until: date) -> Iterator[Use]:
    shown, said = _suggestions(s, since, until), {one.suggestion_no: one for one in _said(s, since, until)}
    for number, one in said.items():
        of = shown.get(number)
        if of is None or one.how == "ignored":
            continue
        message = one.text if one.how == "changed" else of.draft if of.channel == "message" else None
        against = _forbidden(ws, one, of.channel) if one.text else ()
        yield Use(number, of.client_no, one.staff_no, one.at, one.how, None, tuple(dict.fromkeys((*of.cautions, *against))),
                  message or None, of.call_names, of.play, of.engine)  # fmt: skip
    for contact_no, client_no, staff_no, at, channel, number in _with(s, since, until):
        of = shown.get(number)
        if of is None:
            continue
        one = said.get(number)
        changed = one is not None and one.how != "followed"
        message = of.draft if channel == "message" and of.channel == "message" and not changed else None
        yield Use(number, client_no, staff_no, at, "contact", contact_no, of.cautions, message or None, of.call_names, of.play, of.engine)


def _forbidden(ws: Workspace, one: _Said, channel: str | None) -> tuple[tuple[str, str], ...]:
    """What the rules of words forbid in a message as it was changed. (What they only warn of is not held against it.)"""
    known: dict[int, tuple[tuple[str, str], ...]] = ws.kept.setdefault(("review", "texts"), {})
    if one.entry_no not in known:
        context = guard.context(ws.policy, one.at.date(), ws.lang, channel=channel, purpose="service")
        found = check_text(one.text or "", context, ws.rules)
        known[one.entry_no] = tuple((c.rule, str(c.severity)) for c in found if c.severity == Severity.BLOCK)
    return known[one.entry_no]


# --- gifts and matured money ----------------------------------------------------------------------------------------


def _gifts(ws: Workspace, s: Session, since: date, until: date) -> pl.DataFrame:
    """The gifts of clients one of whose gifts, or all of whose gifts together, pass a cap."""
    caps, given = ws.policy.gifts, (_GIFT.c.on >= date(since.year, 1, 1), _GIFT.c.on <= until, _GIFT.c.value_fen.is_not(None))
    much = sa.or_(sa.func.max(_GIFT.c.value_fen) > caps.cap, sa.func.sum(_GIFT.c.value_fen) > caps.cap_per_year)
    over = sa.select(_GIFT.c.client_no).where(*given).group_by(_GIFT.c.client_no).having(much)
    schema = {name: kind for name, kind in domain.GIFTS.items() if name != "manager"}
    asked = sa.select(*(_GIFT.c[name] for name in schema)).where(*given, _GIFT.c.client_no.in_(over))
    rows = fetch(s.connection(), asked, schema)
    return managed(s, rows, "on").select(*domain.GIFTS)


def _matured(ws: Workspace, s: Session, since: date, until: date) -> pl.DataFrame:
    """Money whose days ran out in the period: only what nobody followed up, and not that of clients
    who may not be contacted at all."""
    days = timedelta(days=ws.policy.signals.matured_days)
    first, last = since - days - timedelta(days=1), until - days - timedelta(days=1)
    due = (
        _HOLDING.c.product_type.in_(_MATURING), _HOLDING.c.amount_fen >= max(ws.policy.review.lost_amount, 1),
        _HOLDING.c.matures_on.between(first, last),
    )  # fmt: skip
    of_these = sa.select(_HOLDING.c.client_no).where(*due)
    asked = sa.select(*(_HOLDING.c[name] for name in _HELD)).join(_CLIENT, _HOLDING.c.client_no == _CLIENT.c.client_no)
    connection = s.connection()
    rows = fetch(connection, asked.where(*due, ~_CLIENT.c.do_not_contact), _HELD).with_row_index("row")
    new = fetch(
        connection,
        sa.select(_HOLDING.c.client_no, _HOLDING.c.holding_no, _HOLDING.c.amount_fen, _HOLDING.c.start_on).where(
            _HOLDING.c.product_type.in_(_PLACED_IN), _HOLDING.c.start_on.between(first, until), _HOLDING.c.client_no.in_(of_these)
        ),
        {"client_no": pl.String, "new_no": pl.String, "new_fen": pl.Int64, "start_on": pl.Date},
    )
    talks = fetch(
        connection,
        sa.select(_CONTACT.c.client_no, _CONTACT.c.at).where(
            _REAL, _CONTACT.c.client_no.in_(of_these), _CONTACT.c.at < _begin(until + timedelta(days=1))
        ),
        {"client_no": pl.String, "at": pl.Datetime("us")},
    ).with_columns(day=pl.col("at").dt.date())
    ends = pl.col("matures_on") + pl.duration(days=days.days)
    placed = (
        rows.join(new, on="client_no")
        .filter((pl.col("start_on") >= pl.col("matures_on")) & (pl.col("start_on") <= ends) & (pl.col("new_no") != pl.col("holding_no")))
        .group_by("row").agg(placed_fen=pl.col("new_fen").sum())
    )  # fmt: skip
    touched = (
        rows.join(talks, on="client_no").filter(pl.col("day") <= ends).group_by("row")
        .agg(contacts_after=(pl.col("day") >= pl.col("matures_on")).cast(pl.Int64).sum(),
             last_contact=pl.col("day").filter(pl.col("day") < pl.col("matures_on")).max())
    )  # fmt: skip
    joined = rows.join(placed, on="row", how="left").join(touched, on="row", how="left").with_columns(
        pl.col("placed_fen", "contacts_after").fill_null(0), ended=ends
    )
    return managed(s, joined.filter(pl.col("contacts_after") == 0), "ended").select(*domain.MATURED)


def managed(s: Session, rows: pl.DataFrame, day: str) -> pl.DataFrame:
    """The rows with ``manager``: who looked after the client on that day. Where every assignment is later, the first one (an
    import carries its own date); where there is none, the client's present manager."""
    numbers = rows["client_no"].unique().to_list()
    given, schema = _table(Assignment).c, {"client_no": pl.String, "given": pl.String, "since": pl.Date, "id": pl.Int64}
    of_now = {"client_no": pl.String, "now": pl.String}
    assigned, present = pl.DataFrame(schema=schema), pl.DataFrame(schema=of_now)
    connection = s.connection()
    for part in (numbers[i : i + 5000] for i in range(0, len(numbers), 5000)):
        asked = sa.select(given.client_no, given.manager, given.since, given.id).where(given.client_no.in_(part))
        assigned = assigned.vstack(fetch(connection, asked, schema))
        asked = sa.select(_CLIENT.c.client_no, _CLIENT.c.manager).where(_CLIENT.c.client_no.in_(part))
        present = present.vstack(fetch(connection, asked, of_now))
    assigned = assigned.sort("since", "id")
    first = assigned.group_by("client_no", maintain_order=True).agg(first=pl.col("given").first())
    return (
        rows.sort(day).join_asof(assigned.select("client_no", "since", "given"), left_on=day, right_on="since", by="client_no",
                                 check_sortedness=False)
        .join(first, on="client_no", how="left").join(present, on="client_no", how="left")
        .with_columns(manager=pl.when(pl.col("since").is_not_null()).then("given").otherwise(pl.coalesce("first", "now")))
    )  # fmt: skip


# --- the work of a week ---------------------------------------------------------------------------------------------


def works(s: Session, since: date, until: date) -> list[Work]:
    """What people did in these days: suggestions with what became of them, contacts without one, practice talks."""
    shown: Mapping[str, _Shown] = _suggestions(s, since, until)
    found: dict[tuple[str, str], Work] = {}
    c = _CONTACT.c
    asked = sa.select(c.contact_no, c.client_no, c.staff_no, c.at, c.channel, c.outcome, c.play, c.suggestion_no).where(
        _REAL, *_within(since, until), c.staff_no.is_not(None)
    )
    for number, client_no, staff_no, at, channel, outcome, play, suggestion_no in s.connection().execute(asked.order_by(c.at, c.id)):
        of = shown.get(suggestion_no)
        kind, subject = (Kind.SUGGESTION, suggestion_no) if of else (Kind.CONTACT, number)
        about = (of.play, of.engine) if of else (play, None)
        work = Work(kind, subject, staff_no, client_no, at, *about, None, outcome or "", channel)
        found.setdefault(work.key, work)
    for one in _said(s, since, until):
        of = shown.get(one.suggestion_no)
        key = (Kind.SUGGESTION, one.suggestion_no)
        if of is not None and one.staff_no is not None and key not in found:
            found[key] = Work(*key, one.staff_no, of.client_no, one.at, of.play, of.engine, None, one.how, of.channel)
    a = _table(PracticeAttempt).c
    practised = sa.select(a.attempt_no, a.staff_no, a.client_no, a.ended_at, a.scenario, a.engine, a.total, a.ending).where(
        a.ended_at >= _begin(since), a.ended_at < _begin(until + timedelta(days=1)), a.total.is_not(None), a.staff_no.is_not(None)
    )
    for number, staff_no, client_no, at, scenario, engine, total, ending in s.connection().execute(practised):
        work = Work(Kind.PRACTICE, number, staff_no, client_no, at, scenario, engine, total, ending or "")
        found[work.key] = work
    return sorted(found.values(), key=lambda w: (w.at, w.subject))
