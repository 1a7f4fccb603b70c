"""The list of clients as columns in memory, so that a key in the search asks nothing of the database's disk.

A ``LIKE`` over 50,000 clients reads every page of the table for each key, some 40 to 60 ms; the same over columns takes 5. They
are loaded when the list is first asked for, and anew once something has been written. Only for SQLite: a server looks through
its own memory, and there a colleague's every entry would make the columns old.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl
import sqlalchemy as sa

from coach.services.signals import stamp
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.frames import fetch
from coach.store.tables import Client

if TYPE_CHECKING:
    from coach.services.clients import ClientQuery

_COLUMNS = {
    "client_no": pl.String, "manager": pl.String, "tier": pl.String, "stage": pl.String, "assets_fen": pl.Int64, "search_key": pl.String,
}  # fmt: skip
_KEY = "list"


def serves(ws: Workspace, query: ClientQuery) -> bool:
    """Whether a query can be answered from here."""
    return ws.engine.dialect.name == "sqlite" and query.among is None


def numbers(ws: Workspace, query: ClientQuery, column: str, descending: bool) -> list[str]:
    """The numbers of a query's clients by a column, ties by assets, the richest first, then by number."""
    found = _columns(ws, query.manager)
    wanted = [pl.col(name) == value for name, value in (("tier", query.tier), ("stage", query.stage)) if value]
    wanted += [pl.col("search_key").str.contains(word, literal=True) for word in query.text.lower().split()]
    if wanted:
        found = found.filter(wanted)
    if (column, descending) != ("assets_fen", True):  # in which order they stand
        found = found.sort([column, "assets_fen", "client_no"], descending=[descending, True, False])
    return found["client_no"].to_list()


def _columns(ws: Workspace, manager: str | None) -> pl.DataFrame:
    """A manager's clients, or all, the richest first; threads that ask at once have them loaded once."""
    with ws.turn((_KEY, manager)), session(ws.engine, write=False) as s:
        key = (_KEY, None, manager, stamp(s, manager))
        if (kept := ws.kept.get(key)) is None:
            for old in [k for k in list(ws.kept) if k[:3] == key[:3]]:
                ws.kept.pop(old, None)
            table: Any = Client.__table__  # type: ignore[attr-defined]
            asked = sa.select(*(table.c[name] for name in _COLUMNS)).where(*([table.c.manager == manager] if manager else []))
            kept = fetch(s.connection(), asked, _COLUMNS).sort(["assets_fen", "client_no"], descending=[True, False])
            ws.kept[key] = kept
        return kept
