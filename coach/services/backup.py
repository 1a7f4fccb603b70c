"""A branch's records in one file, and back: whole, of one moment, checked before anything is written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from coach import __version__
from coach.domain.chain import GENESIS, Walk
from coach.services.backup_files import exchanged, is_ours, own_files
from coach.services.errors import refuse
from coach.services.log import ENTRIES, HEAD
from coach.services.log_verify import Verdict, one_state, verify
from coach.services.signals import CHANGES
from coach.services.workspace import Workspace
from coach.store.backup import check, dump, holds, load, not_empty
from coach.store.backup_file import Manifest, Reader, opened, written
from coach.store.backup_old import of_today
from coach.store.backup_rows import Row
from coach.store.db import private_folder, session
from coach.store.tables import Meta

BEFORE = "backups"
"""The workspace's folder for what stood there before a restore."""


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as it was written, or as it was found."""

    file: Path
    revision: str
    made_at: str
    tables: dict[str, int]
    """Table → rows."""
    files: tuple[str, ...]
    log: Verdict

    def as_json(self) -> dict[str, Any]:
        """What ``coach backup --json`` tells."""
        return {"file": str(self.file), "revision": self.revision, "made_at": self.made_at, "rows": sum(self.tables.values()),
                "tables": self.tables, "files": list(self.files), "log": self.log.as_json()}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Restored:
    """What was put back, or would be."""

    backup: Backup
    written: bool
    """False after a mere check."""
    before: Path | None
    """The backup of what stood there."""
    log: Verdict
    """The log as it stands now, held against the anchors outside."""

    def as_json(self) -> dict[str, Any]:
        """What ``coach restore --json`` tells."""
        before = None if self.before is None else str(self.before)
        return {**self.backup.as_json(), "log": self.log.as_json(), "written": self.written, "before": before}


@dataclass(slots=True)
class _Log:
    """Follows the coaching log as its rows pass."""

    walk: Walk = field(default_factory=Walk)
    entries: int = 0
    head: tuple[int, str] = (0, GENESIS)

    def seen(self, table: str, rows: Sequence[Row]) -> None:
        if table == HEAD.name:
            self.head = next(((row[1], row[2]) for row in rows if row[0] == 1), self.head)
        elif table == ENTRIES.name:
            self.entries += len(rows)
            for row in rows:
                if self.walk.broken is not None:
                    return
                self.walk.take(tuple(row))

    def verdict(self) -> Verdict:
        self.walk.end(*self.head)
        at, why = self.walk.broken or (None, None)
        return Verdict(self.entries, self.walk.broken is None, at, why)


def backup(ws: Workspace, file: Path, *, at: datetime, replace: bool = False) -> Backup:
    """Write all records and the workspace's own files as they are at one moment; others may go on working.

    ``file``: a folder means a file in it, named by the time. The file is readable by its owner only: it holds clients' data
    in clear. A log that is not whole is written as it is and told of. Raises :class:`~coach.services.errors.Refused` where
    the file is there already and is not to be replaced, :class:`~coach.store.db.StoreError`, and ``OSError``.
    """
    if file.is_dir():
        file = file / f"coach-{at:%Y%m%d-%H%M%S}.zip"
    if file.exists() and not replace:
        raise refuse(
            ws.lang, f"文件已在：{file}；换个名字，或加 --force 覆盖",
            f"the file is there already: {file}; choose another name or add --force",
        )  # fmt: skip
    with session(ws.engine, write=False, lang=ws.lang) as s:
        one_state(s)
        return _write(ws, s.connection(), file, at)


def _write(ws: Workspace, connection: Connection, file: Path, at: datetime) -> Backup:
    log, files = _Log(), own_files(ws.home)
    revision = connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar_one()
    manifest = Manifest(revision, at.isoformat(timespec="seconds"), __version__, connection.dialect.name)
    with written(file, manifest) as writer:
        dump(connection, writer, log.seen, ws.lang)
        for path, content in files.items():
            writer.file(path, content)
        manifest.log = log.verdict().as_json()
    return _told(file, manifest, log.verdict())


def _told(file: Path, manifest: Manifest, log: Verdict) -> Backup:
    rows = {name: part.rows for name, part in manifest.tables.items()}
    return Backup(file, manifest.revision, manifest.made_at, rows, tuple(manifest.files), log)


def restore(ws: Workspace, file: Path, *, at: datetime, force: bool = False, dry_run: bool = False) -> Restored:
    """Put a backup back: its rows, then its files, all or nothing.

    First everything in it is checked: every byte, counts, revision, the log's chain. Only into a workspace without records
    and own files of other content, unless ``force``, which writes a backup of those first (:data:`BEFORE`). ``force`` also
    takes a log that was broken already when it was backed up. Raises :class:`~coach.services.errors.Refused`,
    :class:`~coach.store.db.StoreError` and ``OSError``; nothing has been written then.
    """
    with opened(file, ws.lang) as given, of_today(given) as reader:
        log, files = _Log(), _files_of(reader)
        check(reader, log.seen)
        verdict = log.verdict()
        if not verdict.whole and not (force and given.manifest.log.get("first_broken") == verdict.first_broken):
            raise refuse(
                ws.lang, f"备份里的辅导日志从第 {verdict.first_broken} 条起不完整（{verdict.reason('zh')}），没有写入；"
                "请用另一份备份，或加 --force 原样恢复",
                f"the coaching log in the backup is not whole from entry {verdict.first_broken} on ({verdict.reason('en')}), nothing was"
                " written; take another backup, or put it back as it is with --force",
            )  # fmt: skip
        found = _told(file, given.manifest, verdict)
        before: list[Path] = []

        def keep(connection: Connection) -> None:
            """Refuse, or save, what would be lost."""
            there = holds(connection) + [path for path, content in own_files(ws.home).items() if files.get(path) != content]
            if there and not force:
                raise not_empty(there, ws.lang)
            if there and not dry_run:
                before.append(_write(ws, connection, _before(ws, at), at).file)

        if dry_run:
            with session(ws.engine, write=False, lang=ws.lang) as s:
                keep(s.connection())
            return Restored(found, False, None, verdict)
        try:
            with exchanged(ws.home, files) as put, session(ws.engine, lang=ws.lang) as s:
                changes = _changes(s)
                load(s.connection(), reader, ws.lang, lambda: keep(s.connection()))
                _tell_others(s, changes)
                put()
        except IntegrityError as error:  # rows that refer to what is not there
            raise reader.damaged(str(error.orig).splitlines()[0]) from None
    ws.kept.clear()
    return Restored(found, True, before[0] if before else None, verify(ws))


def _files_of(reader: Reader) -> dict[str, bytes]:
    for path in reader.manifest.files:
        if not is_ours(path):
            raise reader.damaged(path)
    return {path: reader.file(path) for path in reader.manifest.files}


def _before(ws: Workspace, at: datetime) -> Path:
    """A name that is still free for the backup of what stands there."""
    folder = private_folder(ws.home / BEFORE)
    names = (folder / f"before-restore-{at:%Y%m%d-%H%M%S}{more}.zip" for more in ("", *(f"-{n}" for n in range(2, 1000))))
    return next(path for path in names if not path.exists())


_ALL_CHANGED = (
    "WITH told AS (INSERT INTO book_change (imported, xact, at) VALUES (true, pg_current_xact_id()::text::bigint, localtimestamp))"
    " SELECT pg_notify('coach', 'branch')"
)
"""As after an import for every branch; the notice goes out with the commit."""


def _changes(s: Session) -> int:
    kept = s.get(Meta, CHANGES)
    count = int(kept.value) if kept else 0
    s.expunge_all()
    return count


def _tell_others(s: Session, before: int) -> None:
    """Whoever has the database open works signals out anew: the counter is one that nobody has seen yet."""
    now = max(before, _changes(s)) + 1
    s.merge(Meta(key=CHANGES, value=str(now)))
    s.flush()
    if s.get_bind().dialect.name == "postgresql":
        s.connection().exec_driver_sql(_ALL_CHANGED)
