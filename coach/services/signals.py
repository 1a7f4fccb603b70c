"""Signals over the store: loaded set-based, kept until something is written."""

from __future__ import annotations

import json
from collections.abc import Collection
from datetime import date

import polars as pl
import sqlalchemy as sa
from sqlmodel import Session, func, select

from coach.domain import steps
from coach.domain.client import SignalFact
from coach.domain.signals import find
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.frames import load_frames
from coach.store.tables import Client, ImportRun, Meta, Staff

CHANGES = "changes"
"""Meta key: grows with everything that a person writes."""


_BOOKS = sa.text("""
    SELECT coalesce(sum(id) FILTER (WHERE imported AND (CAST(:book AS text) IS NULL OR branch IS NULL OR branch = (
             SELECT branch FROM staff WHERE staff_no = :book))), 0)::bigint,
           coalesce(sum(id) FILTER (WHERE NOT imported AND (CAST(:book AS text) IS NULL OR book = :book)), 0)::bigint
    FROM book_change WHERE imported OR CAST(:book AS text) IS NULL OR book = :book""")


def stamp(s: Session, manager: str | None = None) -> tuple[int, int]:
    """Two numbers that change whenever records do: imports, and what people wrote; of one manager's book, or of all.

    PostgreSQL's triggers keep account of each book, so that what one writes does not make a colleague's records look changed;
    it answers from what the login may see. SQLite has one account for all.
    """
    if s.get_bind().dialect.name == "postgresql":
        found = s.execute(_BOOKS, {"book": manager}).one()
        return found[0], found[1]
    imported = s.exec(select(func.max(ImportRun.id))).one() or 0
    changes = s.get(Meta, CHANGES)
    return imported, int(changes.value) if changes else 0


_ALL_BOOKS = sa.text("""
    WITH imports AS (SELECT branch, sum(id) AS n FROM book_change WHERE imported GROUP BY branch),
         changes AS (SELECT book, sum(id) AS n FROM book_change
                     WHERE NOT imported AND (CAST(:books AS text[]) IS NULL OR book = ANY(CAST(:books AS text[]))) GROUP BY book)
    SELECT p.staff_no, (coalesce(every.n, 0) + coalesce(own.n, 0))::bigint, coalesce(changes.n, 0)::bigint
    FROM staff p LEFT JOIN imports AS every ON every.branch IS NULL LEFT JOIN imports AS own ON own.branch = p.branch
         LEFT JOIN changes ON changes.book = p.staff_no
    WHERE CAST(:books AS text[]) IS NULL OR p.staff_no = ANY(CAST(:books AS text[]))""")


def stamps(s: Session, managers: Collection[str] | None = None) -> dict[str, tuple[int, int]]:
    """:func:`stamp` of many managers (default: of all staff) at once, for the night's work."""
    if s.get_bind().dialect.name == "postgresql":
        books = None if managers is None else list(managers)
        return {staff_no: (imported, changes) for staff_no, imported, changes in s.execute(_ALL_BOOKS, {"books": books})}
    now = stamp(s)
    return dict.fromkeys(s.exec(select(Staff.staff_no)) if managers is None else managers, now)


def touch(s: Session) -> None:
    """Say that something was written; part of the same transaction. On PostgreSQL triggers say it."""
    if s.get_bind().dialect.name == "postgresql":
        return
    changes = s.get(Meta, CHANGES)
    if changes is None:
        s.add(Meta(key=CHANGES, value="1"))
    else:
        changes.value = str(int(changes.value) + 1)
        s.add(changes)


def branch_signals(ws: Workspace, today: date, manager: str | None = None) -> pl.DataFrame:
    """All signals of a manager's clients (or of everyone's) on a date, most urgent first.

    Threads that ask for the same at once have it worked out once.
    """
    with ws.turn(("signals", manager)):
        with session(ws.engine, write=False) as s:
            key = ("signals", today, manager, stamp(s, manager))
            if (kept := ws.kept.get(key)) is not None:
                return kept
            frames = load_frames(s, today, managers=[manager] if manager else None, policy=ws.policy)
        return _keep(ws, key, find(frames, ws.plays, ws.policy, today))


def steps_of(ws: Workspace, client_no: str, today: date) -> pl.DataFrame:
    """One client's signals, most urgent first, each with its step in force (:func:`coach.domain.steps.in_force`).

    The first question after a change is answered from the client's own records; from the second on the
    whole book is worked out once and kept, so that going through clients costs nothing more.
    """
    with session(ws.engine, write=False) as s:
        manager = s.exec(select(Client.manager).where(Client.client_no == client_no)).first()
        now = stamp(s, manager)
        key = ("steps", today, manager, now)
        if (kept := ws.kept.get(key)) is not None:
            return kept.filter(pl.col("client_no") == client_no)
        asked = ("asked", today, manager, now)
        again = manager is not None and asked in ws.kept
        _keep(ws, asked, pl.DataFrame())
        frames = load_frames(s, today, managers=[manager] if again else None, client_nos=None if again else [client_no], policy=ws.policy)
    found = steps.in_force(find(frames, ws.plays, ws.policy, today), frames, ws.plays, ws.policy, today)
    if again:
        _keep(ws, key, found)
    return found.filter(pl.col("client_no") == client_no)


def signals_of(ws: Workspace, client_no: str, today: date) -> tuple[SignalFact, ...]:
    """One client's signals, most urgent first."""
    return facts(steps_of(ws, client_no, today))


def facts(found: pl.DataFrame) -> tuple[SignalFact, ...]:
    """Rows of the rules' result as typed values, in order."""
    return tuple(SignalFact(r["signal"], r["play"], r["on"], r["priority"], json.loads(r["evidence"])) for r in found.iter_rows(named=True))


def _keep(ws: Workspace, key: tuple[str, date, str | None, tuple[int, int]], found: pl.DataFrame) -> pl.DataFrame:
    """Keep a result in place of the one before the last change."""
    for old in [k for k in ws.kept if k[:3] == key[:3]]:
        del ws.kept[old]
    ws.kept[key] = found
    return found
