"""What bringing in clients means besides their columns.

* A client who passes to another manager is assigned today (``assigned_on``). One who comes in for the first
  time has been with that manager nobody knows how long: ``assigned_on`` stays empty. Both get a row of ``assignment``.
* The branch, where the file gives none, is that of the manager's staff row.
* The search key follows name, phone and tags. Assets that the file gives are marked as the file's.
* What was learnt in Coach stands above the ledger: «do not contact» is not lifted by a file, and a stage
  that was earned or set by hand in Coach is not set back by one. A stage that a file does change is kept
  as a stage change with the file as its reason.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coach.domain.words import Lang
from coach.store.frames import fetch
from coach.store.importing.messages import say
from coach.store.search_key import search_key
from coach.store.tables import Assignment, Client, Staff, StageChange

NEEDED: dict[str, Any] = {
    "name": pl.String, "phone": pl.String, "tags": pl.String, "manager": pl.String, "branch": pl.String, "stage": pl.String,
    "do_not_contact": pl.Boolean, "assets_from": pl.String, "assigned_on": pl.Date, "search_key": pl.String, "stage_by_hand": pl.Boolean,
}
"""Stored columns that are looked at besides those of the file."""

COMPARED = ("branch", "assets_from")
DERIVED = ("branch", "assets_from", "assigned_on", "search_key")
IMPORT_REASON = "import"


@dataclass
class ClientRows:
    """The batch beside what is stored, with the derived columns."""

    frame: pl.DataFrame
    notes: list[str] = field(default_factory=list)


def derive(connection: Connection, frame: pl.DataFrame, today: date, lang: Lang) -> ClientRows:
    """The derived columns of a batch that stands beside the stored rows (``<name>_old``, ``_there``)."""
    for name, dtype in NEEDED.items():
        if name not in frame.columns:
            frame = frame.with_columns(pl.lit(None, dtype).alias(name))
    notes: list[str] = []
    frame = _keep_refusals(frame, notes, lang)
    frame = _keep_stages(connection, frame, notes, lang)
    staff = fetch(connection, sa.select(Staff.__table__.c.staff_no, Staff.__table__.c.branch),  # type: ignore[attr-defined]
                  {"manager": pl.String, "_staff_branch": pl.String})
    frame = frame.join(staff, on="manager", how="left", maintain_order="left")
    moved = pl.col("manager").is_not_null() & pl.col("manager").ne_missing(pl.col("manager_old"))
    fill = moved | pl.col("branch_old").is_null()
    given = pl.col("assets_fen").is_not_null() if "assets_fen" in frame.columns else pl.lit(False)
    frame = frame.with_columns(
        branch=pl.when(pl.col("branch").is_null() & fill).then(pl.col("_staff_branch")).otherwise(pl.col("branch")),
        assigned_on=pl.when(moved & pl.col("_there")).then(pl.lit(today)),
        assets_from=pl.when(given).then(pl.lit("file")),
        _moved=moved,
    )
    return ClientRows(frame, notes)


def _keep_refusals(frame: pl.DataFrame, notes: list[str], lang: Lang) -> pl.DataFrame:
    lifted = (pl.col("do_not_contact_old") & ~pl.col("do_not_contact")).fill_null(False)
    if count := frame.select(lifted.sum()).item():
        notes.append(say(lang, "n_do_not_contact", count=count))
    return frame.with_columns(do_not_contact=pl.when(lifted).then(None).otherwise(pl.col("do_not_contact")))


def _keep_stages(connection: Connection, frame: pl.DataFrame, notes: list[str], lang: Lang) -> pl.DataFrame:
    differs = pl.col("_there") & pl.col("stage").is_not_null() & pl.col("stage").ne_missing(pl.col("stage_old"))
    if not frame.select(differs.any()).item():
        return frame
    own = pl.col("client_no").is_in(earned_in_coach(connection)) | pl.col("stage_by_hand_old").fill_null(False)
    if count := frame.select((differs & own).sum()).item():
        notes.append(say(lang, "n_stage", count=count))
    return frame.with_columns(stage=pl.when(differs & own).then(None).otherwise(pl.col("stage")))


def earned_in_coach(connection: Connection) -> list[str]:
    """Clients whose stage was moved in Coach, by what was logged or by hand."""
    change = StageChange.__table__  # type: ignore[attr-defined]
    rows = connection.execute(sa.select(change.c.client_no, change.c.reason))
    return sorted({number for number, reason in rows if IMPORT_REASON not in (reason or {})})


def with_search_keys(rows: pl.DataFrame) -> pl.DataFrame:
    """New keys for rows to be written whose name, phone or tags are not as stored."""
    parts = [pl.coalesce(n, f"{n}_old").alias(n) for n in ("name", "phone", "tags")]
    keys = [search_key(name, number, phone, tags) for number, name, phone, tags in rows.select("client_no", *parts).iter_rows()]
    return rows.with_columns(pl.Series("search_key", keys, dtype=pl.String))


def after_write(connection: Connection, written: pl.DataFrame, today: date, now: datetime, file: str) -> None:
    """The rows of ``assignment`` and ``stagechange`` that belong to clients just written."""
    moved = written.filter("_moved").select("client_no", "manager").to_dicts()
    if moved:
        connection.execute(sa.insert(Assignment.__table__), [row | {"since": today, "reason": "import"} for row in moved])  # type: ignore[attr-defined]
    staged = written.filter(pl.col("_there") & pl.col("stage").is_not_null() & pl.col("stage").ne_missing(pl.col("stage_old")))
    if staged.height:
        connection.execute(sa.insert(StageChange.__table__), [  # type: ignore[attr-defined]
            {"client_no": number, "at": now, "before": before, "after": after, "reason": {IMPORT_REASON: file}}
            for number, before, after in staged.select("client_no", "stage_old", "stage").iter_rows()
        ])


def staff_is_empty(connection: Connection) -> bool:
    """Whether no staff has been brought in yet."""
    return connection.execute(sa.select(Staff.__table__.c.staff_no).limit(1)).first() is None  # type: ignore[attr-defined]


CLIENT_NO = Client.__table__.c.client_no  # type: ignore[attr-defined]
STAFF_NO = Staff.__table__.c.staff_no  # type: ignore[attr-defined]
