"""Opening the workspace's database: addresses, revisions, transactions.

SQLite (the default, :mod:`coach.store.sqlite`) brings itself up to date; PostgreSQL (:mod:`coach.store.postgres`),
which a branch shares, is brought up to date by hand: ``coach db upgrade``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlmodel import Session

from coach.domain.words import Lang
from coach.store import postgres, sqlite
from coach.store.faults import Busy, Lost, StoreError, say
from coach.store.sqlite import BUSY_SECONDS, private_folder

__all__ = ["BUSY_SECONDS", "HEAD", "Busy", "Lost", "StoreError", "engine_of", "open_db", "private_folder", "revision", "session", "told",
           "upgrade"]

HEAD = "0009"
"""The newest revision under ``migrations/versions``; kept here so that a start needs no Alembic."""


def open_db(url: str, lang: Lang = "zh") -> Engine:
    """The engine for a SQLAlchemy URL. SQLite is created (file 0600, new folders 0700) and migrated here.

    Raises :class:`StoreError` where the address is wrong, the driver is missing, the file is not a database or may
    not be written, the server is not reached, or the database is at another revision than this program needs.
    """
    engine = engine_of(url, lang)
    try:
        _check_revision(engine, lang)
    except DBAPIError as error:
        engine.dispose()
        raise told(error, engine, lang) from None
    except StoreError:
        engine.dispose()
        raise
    return engine


def engine_of(url: str, lang: Lang = "zh") -> Engine:
    """The engine for a SQLAlchemy URL, whatever the revision. Raises :class:`StoreError` for a wrong address or a missing driver."""
    try:
        parsed = make_url(url)
        if parsed.get_backend_name() == "sqlite":
            return sqlite.engine_of(parsed, lang)
        if (server := postgres.own_url(parsed)) is not None:
            return postgres.engine_of(server, lang)
        reason = f"{parsed.get_backend_name()}: sqlite, postgresql"
    except (ArgumentError, NoSuchModuleError, ImportError, ValueError) as error:
        reason = str(error).splitlines()[0]
    raise say(lang, f"COACH_DB 不是可用的数据库地址：{reason}", f"COACH_DB is not a usable database address: {reason}")


def told(error: DBAPIError, engine: Engine, lang: Lang) -> StoreError:
    """The error in one line, whatever it is."""
    where, reason = address(engine), str(error.orig).splitlines()[0]
    plain = f"数据库打不开：{where}（{reason}）", f"the database cannot be used: {where} ({reason})"
    return _fault(error, engine, lang) or say(lang, *plain)


def _fault(error: DBAPIError, engine: Engine, lang: Lang) -> StoreError | None:
    side = sqlite if engine.dialect.name == "sqlite" else postgres
    return side.fault(error, address(engine), lang)


def address(engine: Engine) -> str:
    """The database's address without its password."""
    return engine.url.set(query={}).render_as_string(hide_password=True).replace(postgres.DRIVER, "postgresql")


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
        raise say(lang, f"数据库由更新版的 Coach 建立（版本 {at}，本程序为 {HEAD}）：请升级 Coach",
                  f"the database was made by a newer Coach (revision {at}, this program has {HEAD}): update Coach")
    if engine.dialect.name == "sqlite":
        upgrade(engine)
        return
    raise say(
        lang, f"数据库版本为 {at or '空'}，本程序需要 {HEAD}：请先备份，再由数据库所有者运行 coach db upgrade（{address(engine)}）",
        f"the database is at revision {at or 'none'}, this program needs {HEAD}: back it up, then let its owner run"
        f" coach db upgrade ({address(engine)})",
    )


def upgrade(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision, in one transaction.

    Two processes may call this at once: the second waits and then finds nothing to do.
    """
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    on_sqlite = engine.dialect.name == "sqlite"
    with engine.execution_options(**(sqlite.transaction(write=True) if on_sqlite else {})).connect() as connection:
        raw: Any = connection.connection.driver_connection
        if on_sqlite:  # altering a table rebuilds it, which must not fire its references; checked before the commit
            raw.execute("PRAGMA foreign_keys=OFF")
        try:
            with connection.begin():
                if not on_sqlite:
                    postgres.lock_for_upgrade(connection)
                config.attributes["connection"] = connection
                command.upgrade(config, to)
                if on_sqlite and (broken := connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
                    raise StoreError(f"the migration would leave {len(broken)} rows without what they refer to; nothing was changed")
        finally:
            if on_sqlite:
                raw.execute("PRAGMA foreign_keys=ON")


@contextmanager
def session(engine: Engine, *, write: bool = True, lang: Lang = "zh") -> Iterator[Session]:
    """One transaction: committed at the end, rolled back on an error.

    ``write=False`` reads one consistent state and waits for nobody. On SQLite a writing session takes the write lock with
    its first statement, so what it reads cannot change before it writes; on PostgreSQL whoever reads a row to change it
    asks for it locked (``with_for_update``, which SQLite passes over).

    Raises :class:`Busy` where others hold what is needed for longer than ``BUSY_SECONDS``, or two wait for each other;
    :class:`Lost` where the connection goes; :class:`StoreError` for what else the database cannot do.
    """
    bind = engine.execution_options(**(sqlite if engine.dialect.name == "sqlite" else postgres).transaction(write))
    try:
        with Session(bind, expire_on_commit=False) as opened, opened.begin():
            yield opened
    except OperationalError as error:
        raise told(error, engine, lang) from error
    except DBAPIError as error:
        if (plain := _fault(error, engine, lang)) is not None:
            raise plain from error
        raise
    except PoolTimeout as error:
        raise say(lang, "Coach 自己的数据库连接都在用，请稍后再试", "all of Coach's own connections are in use, try again shortly",
                  Busy) from error
