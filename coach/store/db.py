"""Opening the workspace's database: settings, privacy, migrations, transactions.

SQLite (the default) is opened in WAL mode with ``synchronous=FULL``: a commit that returned is on the
disk, a process killed at any moment leaves the last committed state. It brings itself up to date; any
other database is brought up to date by hand (:func:`upgrade`, or ``python -m coach.store.migrations URL``).
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.pool import StaticPool
from sqlmodel import Session

from coach.domain.words import Lang

HEAD = "0007"
"""The newest revision under ``migrations/versions``; kept here so that a start needs no Alembic."""

BUSY_SECONDS = 30
"""How long a writer waits for another one before it gives up."""

_BEGIN = "coach_begin"


class StoreError(Exception):
    """The database cannot be used: one line that says what, where and how to mend it."""


def _say(lang: Lang, zh: str, en: str) -> StoreError:
    return StoreError(zh if lang == "zh" else en)


def private_folder(path: Path) -> Path:
    """The folder, made if need be, readable by its owner only (0700)."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    with suppress(OSError):
        path.chmod(0o700)
    return path


def open_db(url: str, lang: Lang = "zh") -> Engine:
    """The engine for a SQLAlchemy URL. SQLite is created (file 0600, new folders 0700) and migrated here.

    Raises :class:`StoreError` where the address is wrong, the file is not a database or may not be
    written, or the database is at another revision than this program needs.
    """
    try:
        parsed = make_url(url)
        engine = _sqlite(parsed, lang) if parsed.get_backend_name() == "sqlite" else sa.create_engine(parsed, pool_pre_ping=True)
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise _say(lang, f"COACH_DB 不是可用的数据库地址：{reason}", f"COACH_DB is not a usable database address: {reason}") from None
    try:
        _check_revision(engine, lang)
    except DBAPIError as error:
        engine.dispose()
        raise _unusable(error, engine, lang) from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def _unusable(error: DBAPIError, engine: Engine, lang: Lang) -> StoreError:
    where, reason = engine.url.render_as_string(hide_password=True), str(error.orig).splitlines()[0]
    if "locked" in reason:
        return _say(lang, f"数据库正被另一个程序写入，请稍后再试：{where}",
                    f"another program is writing to the database, try again shortly: {where}")
    return _say(lang, f"数据库打不开：{where}（{reason}）", f"the database cannot be used: {where} ({reason})")


def _sqlite(url: URL, lang: Lang) -> Engine:
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
        connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))

    return engine


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
        raise _say(
            lang, f"数据库文件不能写：{path}（{error.strerror}）；请检查文件夹权限或改 COACH_HOME",
            f"the database file cannot be written: {path} ({error.strerror}); check the folder or set COACH_HOME",
        ) from None


def revision(engine: Engine) -> str | None:
    """The revision that the database is at; ``None`` for an empty one."""
    with engine.connect() as connection:
        return _revision(connection)


def _revision(connection: Connection) -> str | None:
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()


def _check_revision(engine: Engine, lang: Lang) -> None:
    at = revision(engine)
    if at == HEAD:
        return
    if at is not None and at > HEAD:
        raise _say(lang, f"数据库由更新版的 Coach 建立（版本 {at}，本程序为 {HEAD}）：请升级 Coach",
                   f"the database was made by a newer Coach (revision {at}, this program has {HEAD}): update Coach")
    if engine.dialect.name == "sqlite":
        upgrade(engine)
        return
    address = engine.url.render_as_string(hide_password=True)
    raise _say(
        lang, f"数据库版本为 {at or '空'}，本程序需要 {HEAD}：请先备份，再运行 python -m coach.store.migrations（{address}）",
        f"the database is at revision {at or 'none'}, this program needs {HEAD}: back it up, then run"
        f" python -m coach.store.migrations ({address})",
    )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision, in one transaction where the database can do that.

    Two processes may call this at once: the second waits and then finds nothing to do.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}).connect() as connection:
        raw: Any = connection.connection.driver_connection
        if sqlite:  # altering a table rebuilds it, which must not fire its references; checked before the commit
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                config.attributes["connection"] = connection
                command.upgrade(config, to)
                if sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise StoreError(f"the migration would leave {len(broken)} rows without what they refer to; nothing was changed")
        finally:
            if sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def session(engine: Engine, *, write: bool = True, lang: Lang = "zh") -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on an error.

    On SQLite a writing session takes the write lock with its first statement (``BEGIN IMMEDIATE``), so
    what it reads cannot change before it writes. ``write=False`` reads one consistent state and waits for nobody.
    Raises :class:`StoreError` when another program holds the lock for longer than ``BUSY_SECONDS``.
    """
    bind = engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE" if write else "BEGIN"})
    try:
        with Session(bind, expire_on_commit=False) as opened, opened.begin():
            yield opened
    except OperationalError as error:
        raise _unusable(error, engine, lang) from error
