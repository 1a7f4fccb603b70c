"""Bringing files in: the importer, then what follows from new records (tiers, assets, the index stays)."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
from sqlalchemy import bindparam, update
from sqlmodel import Session

from coach.domain import tiers
from coach.domain.frames import CLIENTS
from coach.services.signals import touch
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.importing import ImportResult, import_file, refresh_assets_from_holdings
from coach.store.tables import Client, TierChange

Progress = Callable[[int, int | None], None]


@dataclass(frozen=True, slots=True)
class ImportJob:
    """What to bring in, and how."""

    files: tuple[Path, ...]
    kind: str | None = None
    mapping: Path | None = None
    strict: bool = False
    dry_run: bool = False


def bring_in(ws: Workspace, job: ImportJob, today: date, progress: Callable[[Path], Progress] | None = None) -> list[ImportResult]:
    """Import the files in the order given, one transaction each, then rank the clients anew.

    Raises the importer's error for a file that cannot be read; files before it stay imported.
    """
    results: list[ImportResult] = []
    try:
        for path in job.files:
            results.append(import_file(
                ws.engine, path, kind=job.kind, mapping=job.mapping, strict=job.strict, dry_run=job.dry_run, today=today, lang=ws.lang,
                progress=progress(path) if progress else None,
            ))
    finally:
        if not job.dry_run and any(r.added or r.changed for r in results):
            settle(ws, today)
    return results


def settle(ws: Workspace, today: date) -> None:
    """What follows from new records, in one transaction: assets from holdings where none were given, tiers."""
    with session(ws.engine, lang=ws.lang) as s:
        refresh_assets_from_holdings(s)
        retier(s, ws, today)
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
    rows = [{"no": r["client_no"], "t": r["tier"], "why": json.loads(r["reason"]), "was": r["stored"]} for r in moved.iter_rows(named=True)]
    table = Client.__table__  # type: ignore[attr-defined]
    s.connection().execute(update(table).where(table.c.client_no == bindparam("no")).values(tier=bindparam("t"), tier_reason=bindparam("why")), rows)
    now = datetime.combine(today, datetime.min.time())
    changed = [r for r in rows if r["t"] != r["was"]]
    if changed:
        s.connection().execute(
            TierChange.__table__.insert(),  # type: ignore[attr-defined]
            [{"client_no": r["no"], "at": now, "before": r["was"], "after": r["t"], "reason": r["why"], "by": None} for r in changed],
        )
    return len(changed)


def load_clients(s: Session) -> pl.DataFrame:
    """The columns that ranking needs, with the tier in force and its reason as text."""
    columns = ("client_no", "manager", "assets_fen", "relationship", "potential", "intent", "tier", "tier_reason", "tier_by_hand")
    table = Client.__table__  # type: ignore[attr-defined]
    rows: list[Any] = [tuple(r) for r in s.connection().execute(table.select().with_only_columns(*(table.c[c] for c in columns)))]
    frame = pl.DataFrame(
        [(*r[:6], r[6], json.dumps(r[7], ensure_ascii=False, separators=(",", ":")), r[8]) for r in rows], orient="row",
        schema={"client_no": pl.String, "manager": pl.String, "assets_fen": pl.Int64, "relationship": pl.Int64, "potential": pl.Int64,
                "intent": pl.Int64, "stored": pl.String, "stored_reason": pl.String, "tier_by_hand": pl.Boolean},
    )
    return frame.with_columns(pl.lit(None, dtype=dtype).alias(name) for name, dtype in CLIENTS.items() if name not in frame.columns)


def default_order(paths: Iterable[Path]) -> list[Path]:
    """Files sorted so that what others refer to comes first, by the kind that their names tell; others last."""
    order = ("staff", "员工", "events", "活动", "clients", "客户", "holdings", "持有", "balances", "月末", "movements", "动账", "contacts", "接触",
             "key_dates", "重要", "gifts", "关怀", "invitations", "邀约")

    def rank(path: Path) -> int:
        return next((i for i, word in enumerate(order) if word in path.stem.lower()), len(order))

    return sorted(paths, key=rank)


__all__ = ["ImportJob", "ImportResult", "bring_in", "default_order", "retier", "settle"]
