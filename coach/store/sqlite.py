"""SQLite: a private file, in WAL mode with ``synchronous=FULL``: a commit that returned is on the disk."""

from __future__ import annotations

import os
import sqlite3
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import StaticPool

from coach.domain.words import Lang
from coach.store.faults import Busy, StoreError, say

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

BEGIN = "coach_begin"
"""Execution option: the statement that begins a transaction."""


def private_folder(path: Path) -> Path:
    """The folder, made if need be, readable by its owner only (0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):
        path.chmod(0o700)
    return path


def engine_of(url: URL, lang: Lang) -> Engine:
    """An engine for a file (created 0600) or for memory. Raises :class:`StoreError` where the file may not be written."""
    memory = url.database in (None, "", ":memory:")
    if not memory and not str(url.database).startswith("file:"):
        _make_private(Path(str(url.database)), lang)
    options: dict[str, Any] = {"poolclass": StaticPool, "connect_args": {"check_same_thread": False}} if memory else {}
    engine = sa.create_engine(url, **options)

    @sa.event.listens_for(engine, "connect")
    def _connected(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        connection.execute(f"PRAGMA busy_timeout={BUSY_SECONDS * 1000}")
        if not memory:
            _into_wal(connection)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        connection.execute("PRAGMA temp_store=MEMORY")

    @sa.event.listens_for(engine, "begin")
    def _begun(connection: Connection) -> None:
        connection.exec_driver_sql(connection.get_execution_options().get(BEGIN, "BEGIN"))

    return engine


def transaction(write: bool) -> dict[str, Any]:
    """Execution options: a writer takes the write lock with its first statement, a reader waits for nobody."""
    return {BEGIN: "BEGIN IMMEDIATE" if write else "BEGIN"}


def _into_wal(connection: sqlite3.Connection) -> None:
    """WAL is kept in the file; the switch itself does not wait for a lock, so it is tried again."""
    until = time.monotonic() + BUSY_SECONDS
    while connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError:
            if time.monotonic() > until:
                raise
        time.sleep(0.01)


def _make_private(path: Path, lang: Lang) -> None:
    """The file exists with mode 0600 before SQLite opens it; its -wal and -shm files take that mode over."""
    try:
        if not path.parent.exists():
            private_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if path.stat().st_mode & 0o077:
            path.chmod(0o600)
    except OSError as error:
        raise say(
            lang, f"数据库文件不能写：{path}（{error.strerror}）；请检查文件夹权限或改 COACH_HOME",
            f"the database file cannot be written: {path} ({error.strerror}); check the folder or set COACH_HOME",
        ) from None


def fault(error: DBAPIError, where: str, lang: Lang) -> StoreError | None:
    """What an error of SQLite means to a person; ``None`` where it means a mistake of the program."""
    reason = str(error.orig).splitlines()[0]
    if "locked" in reason:
        return say(lang, f"数据库正被另一个程序写入，请稍后再试：{where}",
                   f"another program is writing to the database, try again shortly: {where}", Busy)
    if isinstance(error, sa.exc.OperationalError | sa.exc.DatabaseError) and not isinstance(error, _OURS):
        return say(lang, f"数据库打不开：{where}（{reason}）", f"the database cannot be used: {where} ({reason})")
    return None


_OURS = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError, sa.exc.InternalError, sa.exc.NotSupportedError)
