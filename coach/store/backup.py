"""All of the database's rows into a backup and back, in one transaction that sees, or leaves, one state.

Which tables there are is read from the models. The program's own bookkeeping (:data:`KEEPS`) is no reason to call a
database full.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from coach.domain.words import Lang
from coach.store.backup_file import Reader, Writer, bad
from coach.store.backup_postgres import filling, owner_only
from coach.store.backup_rows import Row, batches, columns_of, decoded, encoded, for_copy, for_sqlite, read
from coach.store.tables import BookChange, LogHead, Meta

KEEPS = frozenset(table.__tablename__ for table in (Meta, LogHead, BookChange))
"""Tables whose rows nobody has written by hand."""

Seen = Callable[[str, Sequence[Row]], None]
"""Is shown the rows of each table as they pass."""


def tables(metadata: sa.MetaData | None = None) -> list[sa.Table]:
    """Every table, those that others refer to first."""
    return (metadata or SQLModel.metadata).sorted_tables


def dump(connection: Connection, writer: Writer, seen: Seen, lang: Lang, metadata: sa.MetaData | None = None) -> None:
    """Write every table as the connection's transaction sees it.

    Raises :class:`~coach.store.backup_file.BackupError` where a row cannot be read, or where row-level security would hide some.
    """
    if connection.dialect.name == "postgresql":
        owner_only(connection, tables(), lang)
        for setting in ("row_security = off", "statement_timeout = 0", "idle_in_transaction_session_timeout = 0"):
            connection.exec_driver_sql(f"SET LOCAL {setting}")
    for table in tables(metadata):
        writer.table(table.name, columns_of(table), _blocks(connection, table, seen, lang))


def _blocks(connection: Connection, table: sa.Table, seen: Seen, lang: Lang) -> Iterator[bytes]:
    done = 0
    try:
        for rows in batches(read(connection, table)):
            seen(table.name, rows)
            yield encoded(rows)
            done += len(rows)
    except (ValueError, TypeError) as error:
        raise bad(lang, f"表 {table.name} 第 {done + 1} 行之后有一行读不了（{error}）；没有写出备份",
                  f"table {table.name}: a row from {done + 1} on cannot be read ({error}); no backup was written") from None


def check(reader: Reader, seen: Seen, metadata: sa.MetaData | None = None) -> None:
    """Go through all rows of a backup of this program's revision. Raises :class:`~coach.store.backup_file.BackupError`."""
    wanted = {table.name: columns_of(table) for table in tables(metadata)}
    has = {name: part.columns for name, part in reader.manifest.tables.items()}
    if odd := sorted(name for name in wanted.keys() | has.keys() if wanted.get(name) != has.get(name)):
        raise reader.damaged(", ".join(odd))
    for name in has:
        for rows in decoded(reader, name):
            seen(name, rows)


def holds(connection: Connection) -> list[str]:
    """The tables in which somebody has written something."""
    return [t.name for t in tables() if t.name not in KEEPS and connection.execute(sa.select(t).limit(1)).first() is not None]


def load(connection: Connection, reader: Reader, lang: Lang, ready: Callable[[], None]) -> None:
    """Put a checked backup in place of what is there, in the connection's transaction.

    ``ready`` is called once nobody else can write any more and before anything is written. On PostgreSQL the owner does it,
    everybody else kept out until the transaction ends. The coaching log is written as it was: its entries keep their numbers
    and hashes, so its triggers, which look after new entries, are not asked.
    """
    if connection.dialect.name == "postgresql":
        with filling(connection, tables(), lang) as copy:
            ready()
            connection.exec_driver_sql(f"TRUNCATE {', '.join(_quoted(connection, table) for table in tables())}")
            for table in tables():
                columns = reader.manifest.tables[table.name].columns
                for rows in decoded(reader, table.name):
                    _no_nul(rows, table.name, lang)
                    copy(table, columns, for_copy(rows, table, columns))
    else:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
        ready()
        for table in reversed(tables()):
            connection.execute(sa.delete(table))
        for table in tables():
            columns = reader.manifest.tables[table.name].columns
            for rows in decoded(reader, table.name):
                insert(connection, table.name, columns, for_sqlite(rows, table, columns))
    for table in tables():
        wanted = reader.manifest.tables[table.name].rows
        count = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if count != wanted:
            raise reader.damaged(f"{table.name}: {count}/{wanted}")


def _quoted(connection: Connection, table: sa.Table) -> str:
    return connection.dialect.identifier_preparer.format_table(table)


def insert(connection: Connection, table: str, columns: list[tuple[str, str]], rows: Iterator[Row]) -> None:
    """Rows into a table of SQLite, by its driver."""
    raw: Any = connection.connection.driver_connection
    names = ", ".join(f'"{name}"' for name, _ in columns)
    try:
        raw.executemany(f'INSERT INTO "{table}" ({names}) VALUES ({", ".join("?" * len(columns))})', rows)
    except sqlite3.Error as error:
        raise sa.exc.DBAPIError.instance(None, None, error, sqlite3.Error, dialect=connection.dialect) from error


def _no_nul(rows: list[Row], table: str, lang: Lang) -> None:
    if any(isinstance(value, str) and "\0" in value for row in rows for value in row):
        raise bad(lang, f"表 {table} 里有 NUL 字符，PostgreSQL 存不了；没有写入任何内容",
                  f"table {table} holds a NUL character, which PostgreSQL cannot keep; nothing was written")


def not_empty(what: Sequence[str], lang: Lang) -> Exception:
    """What a restore says where something would be lost."""
    named = ", ".join(what[:5]) + (" …" if len(what) > 5 else "")
    return bad(lang, f"这里已有内容（{named}），没有写入；要替换请加 --force，会先备份现有内容",
               f"something is here already ({named}), nothing was written; --force replaces it, after a backup of what is here")
