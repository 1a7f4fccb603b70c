"""Filling a PostgreSQL database from a backup: everybody else out, the triggers asleep, COPY, and the sequences right after."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from coach.domain.words import Lang
from coach.store.backup_file import bad
from coach.store.backup_rows import Row
from coach.store.postgres import driver

LOCK_SECONDS = 30
"""How long a restore waits for those who are at work."""

Copy = Callable[[sa.Table, list[tuple[str, str]], Iterable[Row]], None]
_AGAIN = {"O": "ENABLE TRIGGER", "A": "ENABLE ALWAYS TRIGGER", "R": "ENABLE REPLICA TRIGGER"}
"""PostgreSQL's letter for how a trigger fires → the words that make it so again."""


def owner_only(connection: Connection, tables: list[sa.Table], lang: Lang) -> None:
    """A backup is for those who see every row. Raises :class:`~coach.store.backup_file.BackupError` for anybody but the owner."""
    asked = sa.text("SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
                    " AND relname = ANY(:names) AND NOT pg_has_role(current_user, relowner, 'USAGE') LIMIT 1")
    if connection.execute(asked, {"names": [table.name for table in tables]}).first():
        raise bad(lang, "备份和恢复要用数据库所有者的登录；请把 COACH_DB 换成所有者的地址",
                  "a backup is made and put back by the database's owner; set COACH_DB to the owner's login")


@contextmanager
def filling(connection: Connection, tables: list[sa.Table], lang: Lang) -> Iterator[Copy]:
    """Within the connection's transaction, the tables locked and their own triggers off; afterwards triggers and sequences in order.

    Raises :class:`~coach.store.backup_file.BackupError` for anybody but the owner, and where others do not let go.
    """
    owner_only(connection, tables, lang)
    for setting in (f"lock_timeout = '{LOCK_SECONDS}s'", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0",
                    "row_security = off"):
        connection.exec_driver_sql(f"SET LOCAL {setting}")
    quote = connection.dialect.identifier_preparer
    names = [quote.format_table(table) for table in tables]
    try:
        connection.exec_driver_sql(f"LOCK TABLE {', '.join(names)} IN ACCESS EXCLUSIVE MODE")
    except DBAPIError as error:
        reason = str(error.orig).splitlines()[0]
        raise bad(lang, f"还有人在用这个数据库，等了 {LOCK_SECONDS} 秒；请大家退出 Coach 后再恢复（{reason}）",
                  f"others are at work in this database, waited {LOCK_SECONDS} s; let them close Coach and try again ({reason})") from None
    triggers = _triggers(connection, [table.name for table in tables])
    for table, trigger, _ in triggers:
        connection.exec_driver_sql(f"ALTER TABLE {quote.quote(table)} DISABLE TRIGGER {quote.quote(trigger)}")

    def copy(table: sa.Table, columns: list[tuple[str, str]], rows: Iterable[Row]) -> None:
        listed = ", ".join(quote.quote(name) for name, _ in columns)
        statement = f"COPY {quote.format_table(table)} ({listed}) FROM STDIN"
        with driver(connection) as raw, raw.cursor() as cursor, cursor.copy(statement) as out:
            for row in rows:
                out.write_row(row)

    yield copy
    connection.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")  # nothing may wait when a table is altered
    for table, trigger, fires in triggers:
        connection.exec_driver_sql(f"ALTER TABLE {quote.quote(table)} {_AGAIN[fires]} {quote.quote(trigger)}")
    for table in tables:
        _sequences(connection, table)


def _triggers(connection: Connection, names: list[str]) -> list[tuple[str, str, str]]:
    """The tables' own triggers that fire: table, trigger, PostgreSQL's letter for how."""
    asked = sa.text(
        "SELECT c.relname, t.tgname, t.tgenabled::text FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
        " WHERE c.relnamespace = current_schema()::regnamespace AND c.relname = ANY(:names) AND NOT t.tgisinternal AND t.tgenabled <> 'D'")
    return [(row[0], row[1], row[2]) for row in connection.execute(asked, {"names": names})]


def _sequences(connection: Connection, table: sa.Table) -> None:
    """The next number of a table that counts is one above the highest that there is or ever was: no number comes twice.

    Unlike ``setval`` this is taken back with the transaction.
    """
    column = table.autoincrement_column
    if column is None:
        return
    asked = sa.text("SELECT pg_get_serial_sequence(:table, :column)")
    named = {"table": connection.dialect.identifier_preparer.format_table(table), "column": column.name}
    name = connection.execute(asked, named).scalar_one()
    highest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one()
    last, used = connection.exec_driver_sql(f"SELECT last_value, is_called FROM {name}").one()
    connection.exec_driver_sql(f"ALTER SEQUENCE {name} RESTART WITH {max(highest, last if used else 0) + 1}")
