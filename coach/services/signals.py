"""Signals over the store: loaded set-based, kept until something is written."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from sqlmodel import Session, func, select

from coach.domain import steps
from coach.domain.client import SignalFact
from coach.domain.signals import find
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.frames import load_frames
from coach.store.tables import Client, ImportRun, Meta

CHANGES = "changes"
"""Meta key: grows with everything that a person writes."""


def stamp(s: Session) -> tuple[int, int]:
    """Two numbers that change whenever records do: imports, and what people wrote."""
    imported = s.exec(select(func.max(ImportRun.id))).one() or 0
    changes = s.get(Meta, CHANGES)
    return imported, int(changes.value) if changes else 0


def touch(s: Session) -> None:
    """Say that something was written; part of the same transaction."""
    changes = s.get(Meta, CHANGES)
    if changes is None:
        s.add(Meta(key=CHANGES, value="1"))
    else:
        changes.value = str(int(changes.value) + 1)
        s.add(changes)


def branch_signals(ws: Workspace, today: date, manager: str | None = None) -> pl.DataFrame:
    """All signals of a manager's clients (or of everyone's) on a date, most urgent first."""
    with session(ws.engine, write=False) as s:
        key = ("signals", today, manager, stamp(s))
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
        manager, now = s.exec(select(Client.manager).where(Client.client_no == client_no)).first(), stamp(s)
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
