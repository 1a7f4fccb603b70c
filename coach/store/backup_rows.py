"""A table's rows as lines of JSON, the same from every database, and back.

A column has one of six kinds: ``text``, ``integer``, ``real``, ``boolean``, ``date`` (2026-11-24), ``datetime``
(2026-11-24T09:30:00, with microseconds where there are any) or ``json``. Money is integer fen, so nothing is rounded.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coach.store.backup_file import Reader

_KINDS: dict[type, str] = {str: "text", int: "integer", float: "real", bool: "boolean", date: "date", datetime: "datetime", dict: "json"}
_SEEN: dict[str, set[type]] = {
    "text": {str}, "integer": {int}, "real": {float, int}, "boolean": {bool}, "date": {str}, "datetime": {str},
}  # fmt: skip
BATCH = 5_000

Row = list[Any]
Change = Callable[[Any], Any]


def columns_of(table: sa.Table) -> list[tuple[str, str]]:
    """The table's columns, each with its kind."""
    return [(column.name, _KINDS[_python(column)]) for column in table.columns]


def _python(column: sa.Column[Any]) -> type:
    kind: Any = column.type
    while isinstance(kind, sa.TypeDecorator):
        kind = kind.impl_instance
    return dict if isinstance(kind, sa.JSON) else kind.python_type  # type: ignore[no-any-return]


def batches(rows: Iterable[Any], size: int = BATCH) -> Iterator[list[Any]]:
    """The rows, some at a time."""
    source = iter(rows)
    while some := list(islice(source, size)):
        yield some


# --- out ------------------------------------------------------------------------------------------------------------


def read(connection: Connection, table: sa.Table) -> Iterator[Row]:
    """A table's rows as JSON has them, in order of their keys; text keys by their bytes, whatever the database's language.

    Raises ``ValueError`` or ``TypeError`` where a column holds what Coach never writes.
    """
    postgres = connection.dialect.name == "postgresql"
    order = [key.collate("C") if postgres and _python(key) is str else key for key in table.primary_key.columns]
    asked = sa.select(table).order_by(*order)
    if connection.dialect.name == "sqlite":  # its driver's rows: SQLAlchemy's own conversion costs three times as much
        raw: Any = connection.connection.driver_connection
        rows: Any = raw.execute(str(asked.compile(dialect=connection.dialect)))
        change = _FROM_SQLITE
    else:
        rows = connection.execute(asked, execution_options={"stream_results": True, "max_row_buffer": BATCH})
        change = _FROM_OTHERS
    return _changed(rows, columns_of(table), change)


def _changed(rows: Iterable[Sequence[Any]], columns: list[tuple[str, str]], change: dict[str, Change]) -> Iterator[Row]:
    changes = [(at, change[kind]) for at, (_, kind) in enumerate(columns) if kind in change]
    for row in rows:
        values = list(row)
        for at, make in changes:
            if values[at] is not None:
                values[at] = make(values[at])
        yield values


_FROM_SQLITE: dict[str, Change] = {
    "boolean": bool, "datetime": lambda value: datetime.fromisoformat(value).isoformat(), "json": json.loads,
}  # fmt: skip
_FROM_OTHERS: dict[str, Change] = {"date": date.isoformat, "datetime": datetime.isoformat}

_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def encoded(rows: list[Row]) -> bytes:
    """Rows as lines. Raises ``TypeError`` and ``ValueError`` for what JSON cannot hold."""
    return "".join(_encode(row) + "\n" for row in rows).encode()


# --- in -------------------------------------------------------------------------------------------------------------


def decoded(reader: Reader, table: str) -> Iterator[list[Row]]:
    """A table's rows, checked, many at a time. Raises :class:`~coach.store.backup_file.BackupError` for a line that is none."""
    columns = reader.manifest.tables[table].columns
    for block in reader.blocks(table):
        try:
            rows = json.loads(b"[" + block.rstrip(b"\n").replace(b"\n", b",") + b"]")
            _check(rows, columns)
        except (ValueError, TypeError) as error:
            raise reader.damaged(f"{table}: {error}") from None
        yield rows


def _check(rows: list[Row], columns: list[tuple[str, str]]) -> None:
    """Raises ``ValueError`` where a row has not the table's columns or a value not its column's kind."""
    if any(type(row) is not list or len(row) != len(columns) for row in rows):
        raise ValueError("not as many values as columns")
    for (name, kind), values in zip(columns, zip(*rows, strict=True), strict=True):
        if kind in _SEEN and not set(map(type, values)) <= _SEEN[kind] | {type(None)}:
            raise ValueError(f"{name} is no {kind}")
        if kind in ("date", "datetime"):
            for value in set(values) - {None}:
                (date if kind == "date" else datetime).fromisoformat(value)


def for_sqlite(rows: Iterable[Row], table: sa.Table | None, columns: list[tuple[str, str]]) -> Iterator[Row]:
    """The values as SQLAlchemy keeps them in SQLite."""
    change = {"datetime": lambda v: datetime.fromisoformat(v).strftime("%Y-%m-%d %H:%M:%S.%f"), "boolean": int, "json": json.dumps}
    return _filled(_changed(rows, columns, change), table, columns)


def for_copy(rows: Iterable[Row], table: sa.Table, columns: list[tuple[str, str]]) -> Iterator[Row]:
    """The values as PostgreSQL's COPY takes them."""
    return _filled(_changed(rows, columns, {"json": json.dumps}), table, columns)


def _filled(rows: Iterable[Row], table: sa.Table | None, columns: list[tuple[str, str]]) -> Iterator[Row]:
    """JSON's own null where the column must hold something."""
    must = [at for at, (name, kind) in enumerate(columns) if kind == "json" and table is not None and not table.columns[name].nullable]
    for row in rows:
        for at in must:
            if row[at] is None:
                row[at] = "null"
        yield row
