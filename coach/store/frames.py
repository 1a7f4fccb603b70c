"""From the database to the columns that the set-based rules read (:mod:`coach.domain.frames`).

Only the history that a rule looks at is loaded: the movements of ``competitor_days`` (or
``movement_days`` where that is longer), the month-ends of ``outflow_months`` and one before, the
invitations of events from today on; contacts are all there, except those that were undone.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Session, SQLModel

from coach.domain import frames as domain
from coach.domain.policy import Policy
from coach.store.tables import Balance, Client, Contact, Event, Gift, Holding, Invitation, KeyDate, Movement

_IN_SQL = 10_000
"""Up to so many client numbers are looked for by the database, more are sifted here."""

_CHUNK = 5_000
"""Rows turned into columns at a time, so that a branch's rows are never all Python objects at once."""


def load_frames(
    source: Session | Connection, today: date, *, policy: Policy, managers: Collection[str] | None = None,
    client_nos: Collection[str] | None = None,
) -> domain.Frames:
    """The records of all clients, of some managers' clients, or of the clients named; rows in order of their keys.

    Money is integer fen. Both ``managers`` and ``client_nos`` given means both must hold.
    """
    connection = source.connection() if isinstance(source, Session) else source
    wanted = sorted(client_nos) if client_nos is not None else None
    inside = wanted is not None and len(wanted) <= _IN_SQL

    def load(model: type[SQLModel], schema: domain.Schema, *where: Any, order: Sequence[str], query: Any = None) -> pl.DataFrame:
        table: sa.Table = model.__table__  # type: ignore[attr-defined]
        statement = query if query is not None else sa.select(*(table.c[name] for name in schema))
        number = table.c.client_no
        if managers is not None:
            of_managers = Client.__table__.c.manager.in_(sorted(managers))  # type: ignore[attr-defined]
            whose = sa.select(Client.__table__.c.client_no).where(of_managers)  # type: ignore[attr-defined]
            statement = statement.where(of_managers if model is Client else number.in_(whose))
        if inside:
            statement = statement.where(number.in_(wanted))
        frame = fetch(connection, statement.where(*where).order_by(*(_in_order(connection, table.c[name]) for name in order)), schema)
        return frame if wanted is None or inside else frame.filter(pl.col("client_no").is_in(wanted))

    movements_from = today - timedelta(days=max(policy.signals.competitor_days, policy.signals.movement_days))
    invitation, event = Invitation.__table__, Event.__table__  # type: ignore[attr-defined]
    invited = sa.select(
        *(invitation.c[name] if name in invitation.c else event.c[name] for name in domain.INVITATIONS)
    ).join_from(invitation, event, invitation.c.event_no == event.c.event_no)
    return domain.Frames(
        clients=load(Client, domain.CLIENTS, order=["client_no"]),
        holdings=load(Holding, domain.HOLDINGS, order=["client_no", "holding_no"]),
        balances=load(Balance, domain.BALANCES, _col(Balance, "on") >= _months_before(today, policy.signals.outflow_months + 1),
                      _col(Balance, "on") <= today, order=["client_no", "on"]),
        movements=load(Movement, domain.MOVEMENTS, _col(Movement, "on") >= movements_from, _col(Movement, "on") <= today,
                       order=["client_no", "on", "id"]),
        contacts=load(Contact, domain.CONTACTS, _col(Contact, "voided_at").is_(None), order=["client_no", "at", "id"]),
        key_dates=load(KeyDate, domain.KEY_DATES, order=["client_no", "id"]),
        gifts=load(Gift, domain.GIFTS, order=["client_no", "on", "id"]),
        invitations=load(Invitation, domain.INVITATIONS, event.c.on >= today - timedelta(days=31), order=["client_no", "event_no"],
                         query=invited),
    )


def _in_order(connection: Connection, column: Any) -> Any:
    """A column to order by: texts by their characters' numbers, whatever language PostgreSQL sorts in, as SQLite does."""
    text = connection.dialect.name == "postgresql" and column.type._type_affinity is sa.String
    return sa.collate(column, "C") if text else column


def _col(model: type[SQLModel], name: str) -> Any:
    return model.__table__.c[name]  # type: ignore[attr-defined]


def _months_before(day: date, months: int) -> date:
    """The first day of the month that lies ``months`` before that of ``day``."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)


def fetch(connection: Connection, statement: Any, schema: domain.Schema) -> pl.DataFrame:
    """The rows of a statement as columns of a schema.

    SQLite's rows come straight from its driver, as SQLAlchemy's conversion row by row costs more than
    the query; PostgreSQL's come by ``COPY``.
    """
    if connection.dialect.name == "postgresql":
        from coach.store.postgres_copy import read

        return read(connection, statement, schema)
    compiled = statement.compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
    values = [_bound(compiled.params[name]) for name in compiled.positiontup or ()]
    raw: Any = connection.connection.driver_connection
    connection.execute(sa.text("SELECT 1"))  # the transaction begins with a statement of SQLAlchemy's
    return _gather(raw.execute(str(compiled), values), schema)


def _gather(cursor: Any, schema: domain.Schema) -> pl.DataFrame:
    parts = [pl.DataFrame(schema=dict(schema))]
    while rows := cursor.fetchmany(_CHUNK):
        columns = zip(schema.items(), zip(*rows, strict=True), strict=True)
        parts.append(pl.DataFrame([_series(name, values, dtype) for (name, dtype), values in columns]))
    return pl.concat(parts, rechunk=True)


def _bound(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    return value.isoformat() if isinstance(value, date) else value


def _series(name: str, values: tuple[Any, ...], dtype: Any) -> pl.Series:
    kind = type(next((v for v in values if v is not None), None))
    if kind is str and dtype == pl.Date:
        return pl.Series(name, values, dtype=pl.String).str.to_date("%Y-%m-%d")
    if kind is str and dtype == pl.Datetime("us"):
        return pl.Series(name, values, dtype=pl.String).str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us")
    if kind is int and dtype == pl.Boolean:
        return pl.Series(name, values, dtype=pl.Int8).cast(pl.Boolean)
    return pl.Series(name, values, dtype=dtype)
