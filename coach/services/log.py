"""Adding to the coaching log: one entry in the transaction of the thing itself; the anchor once that is committed.

The head's row is locked for the rest of the transaction (PostgreSQL; SQLite has one writer anyway), and numbers and
links are unique: a second chain beside the first cannot come into being. On PostgreSQL nobody may write in the head: a
function gives it locked, and a trigger works the entry's hash out again before it moves the head on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from coach.domain.chain import Entry, Kind, digest_of, next_entry
from coach.domain.suggestion import plain
from coach.services.errors import Refused, refuse
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.tables import LogEntry, LogHead

ENTRIES = LogEntry.__table__  # type: ignore[attr-defined]
HEAD = LogHead.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Anchor:
    """The end of the log at a moment, to be kept where nobody who can write in the database can."""

    count: int
    hash: str
    at: str

    def line(self) -> str:
        """One line of JSON."""
        return json.dumps({"count": self.count, "hash": self.hash, "at": self.at}) + "\n"


def append(
    ws: Workspace,
    s: Session,
    kind: Kind,
    at: datetime,
    body: Mapping[str, Any],
    *,
    staff_no: str | None,
    client_no: str | None = None,
    subject: str | None = None,
) -> Entry:
    """Add an entry in the session's transaction; call it last, for it holds the log until the transaction ends.

    ``body``: JSON values, dates and tuples too. Raises :class:`~coach.services.errors.Refused` where the end of the log
    is not what it should be, the body holds what JSON cannot, or the database's login is another person than ``staff_no``.
    """
    staff_no = acting(ws, staff_no)
    s.flush()
    connection = s.connection()
    guarded = connection.dialect.name == "postgresql"
    head = connection.execute(_GUARDED if guarded else _LOCKED).first()
    if head is None or head[0] is None:
        raise _broken(ws)
    try:
        made = next_entry(
            head[0], head[1], at=at.isoformat(timespec="seconds"), kind=kind.value, staff_no=staff_no, client_no=client_no,
            subject=subject, body=plain(dict(body)),
        )  # fmt: skip
    except ValueError as error:
        raise refuse(
            ws.lang, f"内容记不进辅导日志：{error}；请改掉其中不可见的字符", f"the coaching log cannot hold this text: {error}; "
            "take out the characters that cannot be seen",
        ) from None  # fmt: skip
    try:
        connection.execute(_INSERT, {name: getattr(made, name) for name in Entry.__slots__})
    except IntegrityError:
        raise _broken(ws) from None
    if not guarded:
        connection.execute(_MOVE, {"entries": made.entry_no, "hash": made.hash})
    rules = ws.policy.log
    if rules.anchor_file and (made.entry_no % rules.anchor_every == 0 or MISSED in ws.kept):
        anchor = Anchor(made.entry_no, made.hash, made.at)
        sa.event.listen(s, "after_commit", lambda _session: _kept_anchor(ws, anchor), once=True)
    return made


_LOCKED = sa.select(HEAD.c.entries, HEAD.c.hash).where(HEAD.c.id == 1).with_for_update()
_GUARDED = sa.text("SELECT entries, hash FROM coach_log_head()")
_INSERT = sa.insert(ENTRIES)
_MOVE = sa.update(HEAD).where(HEAD.c.id == 1)


def _broken(ws: Workspace) -> Refused:
    return refuse(
        ws.lang, "辅导日志的末尾对不上，没有写入；请运行 coach log verify 并告诉主管",
        "the end of the coaching log does not fit, nothing was written; run coach log verify and tell your supervisor",
    )  # fmt: skip


def anchor_path(ws: Workspace) -> Path | None:
    """Where the policy wants anchors written; a relative path counts from the workspace. ``None``: nowhere."""
    name = ws.policy.log.anchor_file
    return ws.home / Path(name).expanduser() if name else None


def write_anchor(path: Path, anchor: Anchor) -> None:
    """Add an anchor to a file (0600), on the disk when this returns. Raises ``OSError``."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, anchor.line().encode())
        os.fsync(handle)
    finally:
        os.close(handle)


MISSED = "anchor_missed"
"""Key of ``ws.kept``: why the last anchor could not be written. The work is not held up by it; the next entry tries again."""


def _kept_anchor(ws: Workspace, anchor: Anchor) -> None:
    path = anchor_path(ws)
    try:
        if path is not None:
            write_anchor(path, anchor)
        ws.kept.pop(MISSED, None)
    except OSError as error:
        ws.kept[MISSED] = f"{path}: {error.strerror}"


def record(value: Mapping[str, Any]) -> str:
    """Digest of a record that stands in another table, by which it can be seen later whether it was changed."""
    return digest_of(plain(dict(value)))

