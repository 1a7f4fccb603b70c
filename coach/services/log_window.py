"""A window over the coaching log for a screen: how many entries fit, and a page of them with names, the newest first.

The window keeps to the entries that there were when it was opened (``upto``), so that what is added meanwhile moves no page.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement
from sqlmodel import Session, col, select

from coach.domain.chain import Entry
from coach.services.log import ENTRIES
from coach.services.log_read import Wanted, conditions, corrected_among
from coach.services.log_verify import read_one
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff


@dataclass(frozen=True, slots=True)
class Window:
    """Which entries a list shows: ``total`` of them, none newer than the entry ``upto``."""

    wanted: Wanted
    total: int
    upto: int


@dataclass(frozen=True, slots=True)
class Row:
    """An entry with what a person wants to read beside it."""

    entry: Entry
    staff_name: str
    """Empty where nobody has the number (any more)."""
    client_name: str
    corrected: bool
    """Whether a later entry corrects it."""


def window(ws: Workspace, wanted: Wanted) -> Window:
    """Count the entries wanted. Raises :class:`~coach.services.errors.Refused` for a kind that there is not."""
    where = conditions(ws, wanted)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        upto = s.execute(sa.select(sa.func.max(ENTRIES.c.entry_no))).scalar() or 0
        total = s.execute(sa.select(sa.func.count()).select_from(ENTRIES).where(ENTRIES.c.entry_no <= upto, *where)).scalar_one()
    return Window(wanted, total, upto)


def page(ws: Workspace, shown: Window, first: int, last: int) -> list[Row]:
    """The rows at the places ``first`` to ``last`` (not included) of a window, counted from 0 = the newest.

    An entry that cannot even be read (its bytes are no text any more) comes with its number and nothing else.
    """
    where = (ENTRIES.c.entry_no <= shown.upto, *conditions(ws, shown.wanted))

    def asked(*columns: Any) -> sa.Select[Any]:
        return sa.select(*columns).where(*where).order_by(ENTRIES.c.entry_no.desc()).offset(first).limit(max(last - first, 0))

    with session(ws.engine, write=False, lang=ws.lang) as s:
        try:
            found = [Entry(*row) for row in s.connection().execute(asked(ENTRIES))]
        except (DBAPIError, ValueError):
            numbers = s.connection().execute(asked(ENTRIES.c.entry_no)).scalars().all()
            found = [Entry(*read_one(s, number)) for number in numbers]
        staff = _names(s, Staff.staff_no, Staff.name, {e.staff_no for e in found})
        clients = _names(s, Client.client_no, Client.name, {e.client_no for e in found})
        corrected = corrected_among(s, found)
    return [Row(e, staff.get(e.staff_no or "", ""), clients.get(e.client_no or "", ""), e.entry_no in corrected) for e in found]


def place(ws: Workspace, shown: Window, entry_no: int) -> int:
    """Where an entry stands in a window (where it would stand, if it does not)."""
    asked = sa.select(sa.func.count()).select_from(ENTRIES).where(
        ENTRIES.c.entry_no <= shown.upto, ENTRIES.c.entry_no > entry_no, *conditions(ws, shown.wanted)
    )  # fmt: skip
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return int(s.execute(asked).scalar_one())


def names_beside(ws: Workspace, told: Entry) -> tuple[str, str]:
    """Names of an entry's member of the staff and of its client; empty where there is none."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        staff = _names(s, Staff.staff_no, Staff.name, [told.staff_no])
        clients = _names(s, Client.client_no, Client.name, [told.client_no])
    return staff.get(told.staff_no or "", ""), clients.get(told.client_no or "", "")


def people_in_log(ws: Workspace) -> list[tuple[str, str]]:
    """(number, name) of everyone who wrote in the log, by number; the name is empty where nobody has the number any more."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        numbers = s.execute(sa.select(ENTRIES.c.staff_no).where(ENTRIES.c.staff_no.is_not(None)).distinct()).scalars().all()
        names = _names(s, Staff.staff_no, Staff.name, numbers)
    return [(number, names.get(number, "")) for number in sorted(numbers)]


def _names(s: Session, number: Any, name: Any, wanted: Iterable[str | None]) -> dict[str, str]:
    numbers = {n for n in wanted if isinstance(n, str) and n}
    where: ColumnElement[bool] = col(number).in_(numbers)
    return dict(s.exec(select(number, name).where(where)).all()) if numbers else {}
