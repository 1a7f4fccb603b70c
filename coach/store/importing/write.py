"""Rows into a table, set-based: compared with what is stored, only new and changed ones are written.

An empty cell, like a column that the file lacks, leaves a stored value alone. Where a file has the same
key twice, the later row counts and the earlier is rejected; rows alike word for word count once, but for
movements and holdings without a number, of which two can be alike (the second gets a number of its own).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from coach.store.bulk import update_many
from coach.store.frames import fetch
from coach.store.importing.body import Progress
from coach.store.importing.kinds import FILLED, Kind

_CHUNK = 5_000
_SOME = 5_000
AT = "_at"
"""Position of a row in the file's body, kept beside its values."""

_CONTENT = {
    "holdings": ["product_type", "product", "start_on", "matures_on"],
    "movements": ["on", "amount_fen", "counterparty", "counterparty_bank", "purpose"],
    "contacts": ["at", "channel"],
}
"""What a made number is made from, besides the client and a count of those alike."""


@dataclass
class Batch:
    """Good rows of a file on their way; ``again`` holds (position, position of the later row) of superseded ones."""

    kind: Kind
    data: pl.DataFrame
    repeated: int = 0
    again: list[tuple[int, int]] = field(default_factory=list)
    own_numbers: bool = True


def distinct(kind: Kind, data: pl.DataFrame) -> Batch:
    """One row a key, every key there."""
    made = kind.made
    content = _CONTENT.get(kind.id, [])
    bare = made is not None and (made not in data.columns or data[made].null_count() == data.height)
    batch = Batch(kind, data, own_numbers=not bare)
    may_repeat = bare and kind.id != "contacts"
    if not may_repeat:
        values = [c for c in data.columns if c != AT]
        kept = data.unique(subset=values, keep="last", maintain_order=True)
        batch.repeated, batch.data = data.height - kept.height, kept
    if made is not None:
        batch.data = _numbered(batch.data, made, ["client_no", *(c for c in content if c in data.columns)], kind)
    for column in kind.columns:
        if column.target in kind.key and column.default is not None:
            value = pl.col(column.target) if column.target in batch.data.columns else pl.lit(None, pl.String)
            batch.data = batch.data.with_columns(value.fill_null(column.default).alias(column.target))
    key = list(kind.key)
    latest = batch.data.group_by(key).agg(pl.col(AT).max().alias("_last"))
    joined = batch.data.join(latest, on=key, how="left", maintain_order="left")
    older = joined.filter(pl.col(AT) < pl.col("_last"))
    batch.again = list(older.select(AT, "_last").iter_rows())
    batch.data = joined.filter(pl.col(AT) == pl.col("_last")).drop("_last")
    return batch


def _numbered(data: pl.DataFrame, made: str, content: list[str], kind: Kind) -> pl.DataFrame:
    if made not in data.columns:
        data = data.with_columns(pl.lit(None, pl.String).alias(made))
    lacking = data.filter(pl.col(made).is_null())
    if lacking.is_empty():
        return data
    text = pl.concat_str([pl.col(c).cast(pl.String).fill_null("") for c in content], separator="\x1f")
    order = "amount_fen" if kind.id == "holdings" else AT
    lacking = lacking.sort(order, maintain_order=True).with_columns(_text=text).with_columns(_count=pl.int_range(pl.len()).over("_text"))
    numbers = [
        "~" + hashlib.blake2b(f"{t}\x1f{n}".encode(), digest_size=10).hexdigest()
        for t, n in lacking.select("_text", "_count").iter_rows()
    ]
    numbered = lacking.with_columns(pl.Series(made, numbers)).drop("_text", "_count")
    return pl.concat([data.filter(pl.col(made).is_not_null()), numbered]).sort(AT)


def known(connection: Connection, column: Any) -> pl.Series:
    """All values of a key column."""
    return fetch(connection, sa.select(column), {"known": pl.String})["known"]


def stored_beside(connection: Connection, batch: Batch, schema: dict[str, Any], *, lock: bool = False) -> pl.DataFrame:
    """The batch with ``_there`` and, for each stored column of ``schema``, ``<name>_old``.

    ``lock``: nobody changes the rows looked at until the transaction ends.
    """
    kind, data = batch.kind, batch.data
    table, key = kind.table, list(kind.key)
    columns = {name: dtype for name, dtype in schema.items() if name not in key}
    key_schema = {name: data.schema[name] for name in key}
    statement = sa.select(*(table.c[name] for name in [*key, *columns]))
    clients = data["client_no"].unique().to_list() if "client_no" in data.columns else []
    if data.height and kind.period and (kind.period in key or not batch.own_numbers or kind.id == "contacts"):
        first, last = data[kind.period].min(), data[kind.period].max()
        statement = statement.where(table.c[kind.period] >= first, table.c[kind.period] <= last)
    if clients and len(clients) <= _SOME:
        statement = statement.where(table.c.client_no.in_(sorted(clients)))
    if lock:
        statement = statement.with_for_update(key_share=True)
    stored = fetch(connection, statement, key_schema | columns).rename({name: f"{name}_old" for name in columns})
    return data.join(stored.with_columns(_there=pl.lit(True)), on=key, how="left", maintain_order="left").with_columns(
        pl.col("_there").fill_null(False))


def changed_columns(frame: pl.DataFrame, names: list[str]) -> pl.Expr:
    """Whether a stored row differs in a value that the file gives."""
    differs = [pl.col(n).is_not_null() & pl.col(n).ne_missing(pl.col(f"{n}_old")) for n in names if f"{n}_old" in frame.columns]
    return pl.col("_there") & pl.any_horizontal(*differs, pl.lit(False))


def insert_rows(connection: Connection, kind: Kind, rows: pl.DataFrame, progress: Progress, done: int, total: int) -> int:
    """Write new rows, with the defaults of the columns that the file leaves empty. Returns the rows done so far."""
    table = kind.table
    defaults = {c.target: c.default for c in kind.columns if c.default is not None} | FILLED.get(kind.id, {})
    frame = rows.with_columns(
        (pl.col(n).fill_null(value) if n in rows.columns else pl.lit(value)).alias(n) for n, value in defaults.items()
    )
    frame = frame.select([c.name for c in table.columns if c.name in frame.columns])
    for chunk in _chunks(frame):
        _insert(connection, table, chunk)
        done += chunk.height
        progress(done, total)
    return done


def _insert(connection: Connection, table: sa.Table, rows: pl.DataFrame) -> None:
    """Rows into a table; on SQLite straight to the driver, which halves the time of a large file, on PostgreSQL by ``COPY``."""
    rows = rows.with_columns(pl.lit("{}").alias(name) for name in {"tier_reason"} & set(table.c.keys()))
    if connection.dialect.name == "postgresql":
        from coach.store.postgres_copy import insert

        insert(connection, table, rows)
        return
    rows = rows.with_columns(
        pl.col(pl.Date).dt.to_string("%Y-%m-%d"),
        pl.col(pl.Datetime).dt.to_string("%Y-%m-%d %H:%M:%S%.6f"), pl.col(pl.Boolean).cast(pl.Int8),
    )
    quote = connection.dialect.identifier_preparer.quote
    names, marks = ", ".join(map(quote, rows.columns)), ", ".join("?" * rows.width)
    connection.exec_driver_sql(f"INSERT INTO {quote(table.name)} ({names}) VALUES ({marks})", rows.rows())


def update_rows(
    connection: Connection, kind: Kind, rows: pl.DataFrame, names: list[str], progress: Progress, done: int, total: int,
) -> int:
    """Write changed rows; where the file's cell is empty the stored value stays. Returns the rows done so far."""
    if rows.is_empty():
        return done
    frame = rows.select(*kind.key, *(pl.coalesce(n, f"{n}_old").alias(n) for n in names))
    for chunk in _chunks(frame):
        update_many(connection, kind.table, kind.key, chunk, count="version" if "version" in kind.table.c else None)
        done += chunk.height
        progress(done, total)
    return done


def _chunks(frame: pl.DataFrame) -> Iterator[pl.DataFrame]:
    for start in range(0, frame.height, _CHUNK):
        yield frame.slice(start, _CHUNK)
