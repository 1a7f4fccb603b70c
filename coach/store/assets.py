"""A client's assets where no file gave them, and the month-end snapshots that ``outflow`` looks back on.

``Client.assets_from`` says where the figure comes from. ``file`` stands above ``balances``, and that
above ``holdings``: a figure of the client file is never replaced by a sum.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import Session

from coach.domain.words import ProductType
from coach.store.tables import Balance, Client, Holding

_DEBTS = (ProductType.LOAN.value, ProductType.CARD.value)


def _connection(source: Session | Connection) -> Connection:
    return source.connection() if isinstance(source, Session) else source


def refresh_assets_from_holdings(source: Session | Connection) -> int:
    """Sum the holdings (loans and cards are no assets) of clients whose assets no file and no month-end gave.

    Returns how many clients' assets changed.
    """
    client, holding = Client.__table__, Holding.__table__  # type: ignore[attr-defined]
    total = sa.select(sa.func.coalesce(sa.func.sum(holding.c.amount_fen), 0)).where(
        holding.c.client_no == client.c.client_no, holding.c.product_type.not_in(_DEBTS)).scalar_subquery()
    held = sa.exists().where(holding.c.client_no == client.c.client_no)
    statement = sa.update(client).where(
        sa.or_(client.c.assets_from.is_(None), client.c.assets_from == "holdings"), held,
        sa.or_(client.c.assets_from.is_(None), client.c.assets_fen != total),
    ).values(assets_fen=total, assets_from="holdings")
    return _connection(source).execute(statement).rowcount


def refresh_assets_from_balances(source: Session | Connection) -> int:
    """Take the latest month-end of clients whose assets the client file did not give. Returns how many changed."""
    client, balance = Client.__table__, Balance.__table__  # type: ignore[attr-defined]
    of_client = balance.c.client_no == client.c.client_no
    latest = sa.select(balance.c.assets_fen).where(of_client).order_by(balance.c.on.desc()).limit(1).scalar_subquery()
    statement = sa.update(client).where(
        sa.or_(client.c.assets_from.is_(None), client.c.assets_from != "file"), sa.exists().where(of_client),
        sa.or_(client.c.assets_from.is_(None), client.c.assets_from != "balances", client.c.assets_fen != latest),
    ).values(assets_fen=latest, assets_from="balances")
    return _connection(source).execute(statement).rowcount


def snapshot_month_end(source: Session | Connection, on: date) -> int:
    """Keep the present assets of every client as those of the month-end ``on``; a figure already kept stays.

    Raises ``ValueError`` where ``on`` is not the last day of its month. Returns how many rows were written.
    """
    if date.fromordinal(on.toordinal() + 1).month == on.month:
        raise ValueError(f"{on} is not the last day of a month")
    client, balance = Client.__table__, Balance.__table__  # type: ignore[attr-defined]
    kept = sa.exists().where(balance.c.client_no == client.c.client_no, balance.c.on == on)
    rows = sa.select(client.c.client_no, sa.literal(on, sa.Date), client.c.assets_fen).where(~kept)
    written = sa.insert(balance).from_select(["client_no", "on", "assets_fen"], rows).execution_options(preserve_rowcount=True)
    return _connection(source).execute(written).rowcount
