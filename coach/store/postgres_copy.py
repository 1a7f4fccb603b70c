"""Many rows at once from and to PostgreSQL: ``COPY``, read and written by polars as columns, never as Python objects one by one.

A CSV of PostgreSQL's tells an empty text (``""``) from none, as polars does.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coach.store.postgres import driver

_MARK = "_"
"""A second column beside a single one, whose empty values would be empty lines."""


def read(connection: Connection, statement: Any, schema: Mapping[str, Any]) -> pl.DataFrame:
    """The rows of a statement as columns of a schema, in the transaction that is open."""
    alone = len(schema) == 1 and isinstance(statement, sa.Select)
    statement = statement.add_columns(sa.literal_column("1").label(_MARK)) if alone else statement
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    with driver(connection) as raw, raw.cursor().copy(f"COPY ({compiled}) TO STDOUT (FORMAT csv)", dict(compiled.params)) as copy:
        data = b"".join(copy)
    wanted = dict(schema) | ({_MARK: pl.String} if alone else {})
    if not data:
        return pl.DataFrame(schema=dict(schema))
    told = {name: pl.String if dtype in (pl.Boolean, pl.Datetime("us")) else dtype for name, dtype in wanted.items()}
    frame = pl.read_csv(data, has_header=False, schema=told)
    return frame.select(_typed(name, dtype) for name, dtype in schema.items())


def _typed(name: str, dtype: Any) -> pl.Expr:
    if dtype == pl.Boolean:
        return pl.col(name) == "t"
    if dtype == pl.Datetime("us"):
        return pl.col(name).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
    return pl.col(name)


def insert(connection: Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """New rows. Where row security holds for this login, which ``COPY`` does not serve, they go through a table of the transaction's."""
    quote = connection.dialect.identifier_preparer.quote
    names = ", ".join(map(quote, rows.columns))
    if not connection.execute(sa.select(sa.func.row_security_active(table.name))).scalar():
        _send(connection, f"{quote(table.name)} ({names})", rows)
        return
    through = _through(connection, f"coach_in_{table.name}", table, {name: name for name in rows.columns})
    _send(connection, through, rows)
    connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) SELECT {names} FROM {through}")
    connection.exec_driver_sql(f"TRUNCATE {through}")


def update(connection: Connection, table: sa.Table, key: Sequence[str], rows: pl.DataFrame, *, count: str | None = None) -> None:
    """Set the columns of ``rows`` that are not its key. ``count``: a column of the table that grows by one."""
    quote = connection.dialect.identifier_preparer.quote
    through = _through(connection, f"coach_up_{table.name}", table, {f"n_{name}": name for name in rows.columns})
    _send(connection, through, rows)
    sets = [f"{quote(name)} = t.{quote(f'n_{name}')}" for name in rows.columns if name not in key]
    sets += [f"{quote(count)} = {quote(table.name)}.{quote(count)} + 1"] if count else []
    same = " AND ".join(f"{quote(table.name)}.{quote(name)} = t.{quote(f'n_{name}')}" for name in key)
    connection.exec_driver_sql(f"UPDATE {quote(table.name)} SET {', '.join(sets)} FROM {through} t WHERE {same}")
    connection.exec_driver_sql(f"TRUNCATE {through}")


def _through(connection: Connection, name: str, table: sa.Table, columns: Mapping[str, str]) -> str:
    """An empty table of the transaction's own, with the columns of another one. The same for the same columns."""
    quote = connection.dialect.identifier_preparer.quote
    selected = ", ".join(f"{quote(of)} AS {quote(called)}" for called, of in columns.items())
    if connection.exec_driver_sql(f"SELECT to_regclass('pg_temp.{name}')").scalar() is None:
        asked = f"SELECT {selected} FROM {quote(table.name)} WITH NO DATA"
        connection.exec_driver_sql(f"CREATE TEMPORARY TABLE {name} ON COMMIT DROP AS {asked}")
    return name


def _send(connection: Connection, where: str, rows: pl.DataFrame) -> None:
    data = rows.write_csv(include_header=False, quote_style="non_numeric", null_value="").encode()
    with driver(connection) as raw, raw.cursor().copy(f"COPY {where} FROM STDIN (FORMAT csv, NULL '')") as copy:
        copy.write(data)
