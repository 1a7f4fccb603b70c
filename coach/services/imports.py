"""Bringing files in: the importer, then what follows from new records (tiers and stages)."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlmodel import Session

from coach.domain import stages, tiers
from coach.domain.frames import CLIENTS
from coach.services.signals import touch
from coach.services.workspace import Workspace
from coach.store.bulk import IMPORT, one_at_a_time, update_many
from coach.store.db import session
from coach.store.frames import load_frames
from coach.store.importing import ImportResult, import_files
from coach.store.tables import Client, StageChange, TierChange

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class ImportJob:
    """What to bring in, and how."""

    files: Sequence[Path | str]
    """``file.xlsx#sheet`` names a sheet."""
    kind: str | None = None
    mapping: Path | None = None
    strict: bool = False
    dry_run: bool = False


def bring_in(ws: Workspace, job: ImportJob, today: date, progress: Progress | None = None) -> list[ImportResult]:
    """Import the files, one transaction each, in the order in which they refer to each other; then rank the clients anew.

    Raises :class:`~coach.store.importing.ImportFailed` for a file that cannot be read; those before it stay imported.
    """
    try:
        return import_files(
            ws.engine,
            [str(f) for f in job.files],
            kind=job.kind,
            mapping=str(job.mapping) if job.mapping else None,
            strict=job.strict,
            dry_run=job.dry_run,
            today=today,
            progress=progress,
            lang=ws.lang,
        )
    finally:
        if not job.dry_run:
            settle(ws, today)


def settle(ws: Workspace, today: date) -> None:
    """What follows from new records, in one transaction: tiers ranked anew, stages raised where contacts earn it."""
    with session(ws.engine, lang=ws.lang) as s:
        one_at_a_time(s.connection(), IMPORT)
        retier(s, ws, today)
        restage(s, ws, today)
        touch(s)


def retier(s: Session, ws: Workspace, today: date) -> int:
    """Rank every book anew; tiers set by hand stay. Returns how many clients changed tier."""
    clients = load_clients(s)
    if clients.is_empty():
        return 0
    ranked = tiers.assign(clients, ws.policy).join(clients.select("client_no", "stored", "stored_reason", "tier_by_hand"), on="client_no")
    moved = ranked.filter(~pl.col("tier_by_hand") & ((pl.col("tier") != pl.col("stored")) | (pl.col("reason") != pl.col("stored_reason"))))
    if moved.is_empty():
        return 0
    table = Client.__table__  # type: ignore[attr-defined]
    update_many(s.connection(), table, ["client_no"], moved.select("client_no", "tier", tier_reason="reason"))
    now = datetime.combine(today, datetime.min.time())
    changed = moved.filter((pl.col("tier") != pl.col("stored")) & (pl.col("stored_reason") != "{}"))  # the first ranking changes nothing
    if changed.height:
        s.connection().execute(TierChange.__table__.insert(), [  # type: ignore[attr-defined]
            {"client_no": no, "at": now, "before": was, "after": tier, "reason": json.loads(why), "by": None}
            for no, was, tier, why in changed.select("client_no", "stored", "tier", "reason").iter_rows()
        ])  # fmt: skip
    return changed.height


def load_clients(s: Session) -> pl.DataFrame:
    """The columns that ranking needs, with the tier in force and its reason as text; nobody else changes these clients meanwhile."""
    columns = ("client_no", "manager", "assets_fen", "relationship", "potential", "intent", "tier", "tier_reason", "tier_by_hand")
    table = Client.__table__  # type: ignore[attr-defined]
    asked = table.select().with_only_columns(*(table.c[c] for c in columns)).with_for_update(key_share=True)
    rows: list[Any] = [tuple(r) for r in s.connection().execute(asked)]
    frame = pl.DataFrame(
        [(*r[:6], r[6], json.dumps(r[7], ensure_ascii=False, separators=(",", ":")), r[8]) for r in rows],
        orient="row",
        schema={
            "client_no": pl.String,
            "manager": pl.String,
            "assets_fen": pl.Int64,
            "relationship": pl.Int64,
            "potential": pl.Int64,
            "intent": pl.Int64,
            "stored": pl.String,
            "stored_reason": pl.String,
            "tier_by_hand": pl.Boolean,
        },
    )
    return frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in CLIENTS.items() if name not in frame.columns)


def restage(s: Session, ws: Workspace, today: date) -> int:
    """Raise every stage that the contacts on record earn; none is lowered, none set by hand is touched. Returns how many."""
    table = Client.__table__  # type: ignore[attr-defined]
    statement = table.select().with_only_columns(table.c.client_no, table.c.stage).where(~table.c.stage_by_hand)
    stored = dict(tuple(row) for row in s.connection().execute(statement.with_for_update(key_share=True)))
    earned = stages.earned(load_frames(s, today, policy=ws.policy).contacts, ws.policy)
    rows = [
        {"no": r["client_no"], "was": stored[r["client_no"]], "to": r["stage"], "why": stages.reason_of(r)}
        for r in earned.iter_rows(named=True)
        if r["client_no"] in stored and stages.later(stored[r["client_no"]], r["stage"]) != stored[r["client_no"]]
    ]
    if rows:
        now = datetime.combine(today, datetime.min.time())
        moved = pl.DataFrame([(r["no"], r["to"]) for r in rows], schema={"client_no": pl.String, "stage": pl.String}, orient="row")
        update_many(s.connection(), table, ["client_no"], moved)
        s.connection().execute(
            StageChange.__table__.insert(),  # type: ignore[attr-defined]
            [{"client_no": r["no"], "at": now, "before": r["was"], "after": r["to"], "reason": r["why"], "by": None} for r in rows],
        )
    return len(rows)
