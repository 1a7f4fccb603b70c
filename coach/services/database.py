"""The database as a whole: which one it is, and bringing it up to this program's revision."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coach.services.workspace import Workspace
from coach.store import db
from coach.store.faults import say


@dataclass(frozen=True, slots=True)
class Upgraded:
    """What ``coach db upgrade`` did. ``before`` = ``None``: the database was empty."""

    database: str
    before: str | None
    after: str


def upgrade(ws: Workspace) -> Upgraded:
    """Bring the database of the settings to this program's revision, in one transaction; up to date already, nothing is done.

    Raises :class:`~coach.store.faults.StoreError` where it is not reached, is newer than this program, or the login is not its owner.
    """
    db.private_folder(ws.home)
    engine = db.engine_of(ws.settings.database_url, ws.lang)
    try:
        before = _revision(ws, engine)
        if before is not None and before > db.HEAD:
            raise say(ws.lang, f"数据库由更新版的 Coach 建立（版本 {before}，本程序为 {db.HEAD}）：请升级 Coach",
                      f"the database was made by a newer Coach (revision {before}, this program has {db.HEAD}): update Coach")
        if before != db.HEAD:
            try:
                db.upgrade(engine)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) == "42501":
                    raise say(ws.lang, f"没有权限升级 {db.address(engine)}；请用数据库所有者的账号",
                              f"this login may not upgrade {db.address(engine)}; use that of the database's owner") from None
                raise db.told(error, engine, ws.lang) from None
        return Upgraded(db.address(engine), before, db.HEAD)
    finally:
        engine.dispose()


def _revision(ws: Workspace, engine: sa.Engine) -> str | None:
    try:
        return db.revision(engine)
    except DBAPIError as error:
        raise db.told(error, engine, ws.lang) from None


@dataclass(frozen=True, slots=True)
class Server:
    """What a PostgreSQL server says of itself."""

    version: str
    encoding: str
    collation: str
    connections: int
    most: int
    answer_ms: float
    encrypted: bool
    local: bool


def server(ws: Workspace) -> Server | None:
    """The server in use; ``None`` on SQLite. Raises :class:`~coach.store.faults.StoreError`."""
    if ws.engine.dialect.name == "sqlite":
        return None
    with db.session(ws.engine, write=False, lang=ws.lang) as s:
        s.execute(sa.text("SELECT 1"))
        began = time.perf_counter()
        s.execute(sa.text("SELECT 1"))
        took = (time.perf_counter() - began) * 1000
        row: Any = s.execute(sa.text(_ASKED)).one()
    local = row[6] is None or row[6].startswith(("127.", "::1"))
    return Server(row[0], row[1], row[2], row[3], int(row[4]), round(took, 1), bool(row[5]), local)


_ASKED = """
SELECT current_setting('server_version'), current_setting('server_encoding'),
  (SELECT datcollate FROM pg_database WHERE datname = current_database()),
  (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend'), current_setting('max_connections'),
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false), host(inet_server_addr())
"""

