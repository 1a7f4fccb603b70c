"""Changing many rows at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Session, SQLModel


def update_many(connection: Connection, table: sa.Table, key: Sequence[str], rows: pl.DataFrame, *, count: str | None = None) -> None:
    """Set the columns of ``rows`` that are not its key; JSON comes as text. ``count``: a column that grows by one."""
    if rows.is_empty():
        return
    if connection.dialect.name == "postgresql":
        from coach.store.postgres_copy import update

        update(connection, table, key, rows, count=count)
        return
    given = {name: f"key_{name}" if name in key else f"new_{name}" for name in rows.columns}
    values = {n: sa.bindparam(given[n], type_=sa.Text) if isinstance(table.c[n].type, sa.JSON) else sa.bindparam(given[n])
              for n in rows.columns if n not in key}  # fmt: skip
    statement = sa.update(table).where(*(table.c[k] == sa.bindparam(given[k]) for k in key)).values(values)
    if count:
        statement = statement.values({count: table.c[count] + 1})
    connection.execute(statement, rows.rename(given).to_dicts())


def insert_once(s: Session, model: type[SQLModel], row: dict[str, Any]) -> bool:
    """A new row, where there is none with its key yet; whoever writes the same one in this moment is waited for. Whether it is ours."""
    from sqlalchemy.dialects import postgresql, sqlite

    table: sa.Table = model.__table__  # type: ignore[attr-defined]
    side = postgresql if s.get_bind().dialect.name == "postgresql" else sqlite
    return s.execute(side.insert(table).values(row).on_conflict_do_nothing().returning(*table.primary_key.columns)).first() is not None


def one_at_a_time(connection: Connection, what: int) -> None:
    """Wait until nobody else is at ``what``; it is then ours until the transaction ends. SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(what)))


IMPORT = 0x436F6163680001
"""Files brought in, and what follows from them."""
