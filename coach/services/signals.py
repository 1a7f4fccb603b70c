"""Signals over the store: loaded set-based, kept until something is written."""

from __future__ import annotations

import json
from datetime import date

import polars as pl
from sqlmodel import Session, func, select

from coach.domain.client import SignalFact
from coach.domain.signals import find
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.frames import load_frames
from coach.store.tables import ImportRun, Meta

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
        key = (today, manager, stamp(s))
        if (kept := ws.signal_cache.get(key)) is not None:
            return kept
        frames = load_frames(s, today, managers=[manager] if manager else None, policy=ws.policy)
    found = find(frames, ws.plays, ws.policy, today)
    for old in [k for k in ws.signal_cache if k[:2] == key[:2]]:
        del ws.signal_cache[old]
    ws.signal_cache[key] = found
    return found


def signals_of(ws: Workspace, client_no: str, today: date) -> tuple[SignalFact, ...]:
    """One client's signals, most urgent first."""
    with session(ws.engine, write=False) as s:
        now = stamp(s)
        for key, found in ws.signal_cache.items():
            if key[0] == today and key[2] == now and key[1] is None:
                return facts(found.filter(pl.col("client_no") == client_no))
        frames = load_frames(s, today, client_nos=[client_no], policy=ws.policy)
    return facts(find(frames, ws.plays, ws.policy, today))


def facts(found: pl.DataFrame) -> tuple[SignalFact, ...]:
    """Rows of the rules' result as typed values, in order."""
    return tuple(SignalFact(r["signal"], r["play"], r["on"], r["priority"], json.loads(r["evidence"])) for r in found.iter_rows(named=True))
