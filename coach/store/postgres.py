"""PostgreSQL by psycopg 3: connections that notice when the server is gone, and what its errors mean to a person.

Within a transaction that writes, whoever reads a row to change it locks it; a transaction that only reads sees one
state throughout (``REPEATABLE READ``) and hinders nobody.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError

from coach.domain.words import Lang
from coach.store.faults import Busy, Denied, Lost, StoreError, say

DRIVER = "postgresql+psycopg"
CONNECT_SECONDS = 5
LOCK_SECONDS = 30
"""How long a statement waits for another person's row."""
STATEMENT_SECONDS = 300
IDLE_SECONDS = 300
"""A transaction that does nothing for so long is ended by the server: its locks hinder others."""

_POOL = 5
_MORE = 15
_UPGRADE_LOCK = 0x436F616368  # "Coach"

_SETTINGS = {
    "statement_timeout": STATEMENT_SECONDS * 1000, "lock_timeout": LOCK_SECONDS * 1000,
    "idle_in_transaction_session_timeout": IDLE_SECONDS * 1000,
}  # fmt: skip
_CONNECTION = {
    "connect_timeout": CONNECT_SECONDS, "application_name": "coach", "client_encoding": "utf8", "keepalives": 1, "keepalives_idle": 30,
    "keepalives_interval": 10, "keepalives_count": 3, "tcp_user_timeout": 30_000,
}  # fmt: skip

_LOST = {"57P01", "57P02", "57P03", "25P03", "25P04"}
"""The server goes, is not up yet, or has ended the session."""
_BUSY = {"40001", "40P01", "55P03", "53300"}
"""Serialization failure, deadlock, lock not to be had, too many connections."""
_DENIED = "42501"
"""A right that is missing, or a row that the policies of row-level security refuse."""
_LASTING = ("does not exist", "authentication failed", "no pg_hba", "password", "不存在", "认证", "密码")
"""In the text of a connection that fails: waiting mends nothing."""


def own_url(url: URL) -> URL | None:
    """The address with its driver; ``None`` where it is not PostgreSQL's. Raises ``ValueError`` for another driver than psycopg 3."""
    name, _, driver = url.drivername.partition("+")
    if name not in ("postgresql", "postgres"):
        return None
    if driver not in ("", "psycopg"):
        raise ValueError(f"postgresql+{driver}: use postgresql://")
    return url.set(drivername=DRIVER)


def engine_of(url: URL, lang: Lang) -> Engine:
    """An engine; nothing is connected yet. What the address itself says (``?connect_timeout=…``) stands.

    Raises :class:`StoreError` where the driver is not installed.
    """
    try:
        import psycopg  # noqa: F401
    except ImportError:
        raise say(lang, "COACH_DB 用 PostgreSQL 还缺驱动：请运行 pip install 'coach-branch[postgres]'",
                  "COACH_DB names PostgreSQL, whose driver is missing: pip install 'coach-branch[postgres]'") from None
    arguments: dict[str, Any] = {name: value for name, value in _CONNECTION.items() if name not in url.query}
    ours = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    arguments["options"] = f"{ours} {url.query.get('options', '')}".strip()  # of two, the later one holds
    return sa.create_engine(
        url.difference_update_query(["options"]), pool_pre_ping=True, pool_size=_POOL, max_overflow=_MORE, pool_timeout=CONNECT_SECONDS * 2,
        connect_args=arguments,
    )  # fmt: skip


def plain_connection(arguments: dict[str, Any], name: str) -> Any:
    """A connection of psycopg's outside the pool, each statement a transaction. ``arguments``: as the address gives them."""
    import psycopg

    given = {key: value for key, value in _CONNECTION.items() if key not in arguments} | arguments
    return psycopg.connect(**given | {"application_name": name, "autocommit": True})


def transaction(write: bool) -> dict[str, Any]:
    """Execution options of a session's transaction."""
    return {} if write else {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}


def lock_for_upgrade(connection: Connection) -> None:
    """Until the transaction ends nobody else upgrades this database; who comes second waits. Migrations may take their time."""
    connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
    connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
    connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})")
    connection.exec_driver_sql(f"SET LOCAL lock_timeout = {LOCK_SECONDS * 1000}")


@contextmanager
def driver(connection: Connection) -> Iterator[Any]:
    """psycopg's own connection, in the transaction that is open; its errors come as SQLAlchemy's."""
    import psycopg

    connection.execute(sa.text("SELECT 1"))  # the transaction begins with a statement of SQLAlchemy's
    try:
        yield connection.connection.driver_connection
    except psycopg.Error as error:
        told = DBAPIError.instance(None, None, error, psycopg.Error, dialect=connection.dialect)
        if connection.dialect.is_disconnect(error, connection.connection.driver_connection, None):  # type: ignore[arg-type]
            told.connection_invalidated = True  # type: ignore[union-attr]
            connection.invalidate(error)
        raise told from error


def fault(error: DBAPIError, where: str, lang: Lang) -> StoreError | None:
    """What an error of PostgreSQL means to a person; ``None`` where it means a mistake of the program."""
    original: Any = error.orig
    state = getattr(original, "sqlstate", None) or ""
    reason = (str(original).splitlines() or [type(original).__name__])[0]
    if state in _BUSY:
        told = _busy(state, where, lang)
    elif state == _DENIED:
        told = say(
            lang, "数据库拒绝了：您的账号只能看和改自己的内容（主管：本网点的）；如果不该如此，请让数据库所有者运行 coach db grant",
            "the database refuses: your login may see and change what is its own (a supervisor's: the branch's); if that is wrong,"
            " let the database's owner run coach db grant", Denied,
        )  # fmt: skip
    elif state == "57014":
        told = say(lang, f"数据库 {where} 算了 {STATEMENT_SECONDS} 秒还没算完，已停下；请缩小范围或稍后再试",
                   f"the database {where} was stopped after {STATEMENT_SECONDS} s; ask for less, or try again later")
    elif isinstance(error, sa.exc.DataError):
        told = say(lang, f"数据库存不下这段文字或数字：{reason}", f"the database cannot hold this text or number: {reason}")
    elif state in _LOST or state.startswith("08") or error.connection_invalidated or _never_connected(error, state):
        lasting = any(words in reason for words in _LASTING)
        told = say(lang, f"连不上数据库：{where}（{reason}）；请检查网络、地址和密码",
                   f"the database cannot be reached: {where} ({reason}); check the network, the address and the password",
                   StoreError if lasting else Lost)  # fmt: skip
    elif state[:2] in ("53", "58", "XX"):
        told = say(lang, f"数据库服务器出了问题：{where}（{reason}）；请告诉管理员",
                   f"the database server is in trouble: {where} ({reason}); tell whoever runs it")
    else:
        return None
    return told


def _never_connected(error: DBAPIError, state: str) -> bool:
    return not state and isinstance(error, sa.exc.OperationalError | sa.exc.InterfaceError)


def _busy(state: str, where: str, lang: Lang) -> StoreError:
    if state == "53300":
        return say(lang, f"数据库连接数已满，请稍后再试：{where}",
                   f"the database takes no more connections now, try again shortly: {where}", Busy)
    return say(lang, f"别人正在改同一条记录，请稍后再试：{where}",
               f"somebody else is changing the same record, try again shortly: {where}", Busy)
