"""What the log screen asks of the services, in threads: a window and its pages, one entry, verifying, writing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coach.tui.widgets.log_entry import Opened
from coach.tui.widgets.log_list import LogLine

if TYPE_CHECKING:
    from coach.domain.words import Lang
    from coach.services.log_read import Wanted
    from coach.services.log_window import Row, Window
    from coach.services.workspace import Workspace

FIRST = 120
"""Rows that come along with the window, so that the first page paints at once."""
_PLAIN = str.maketrans({"→": ">", "…": "..", "“": '"', "”": '"', "‘": "'", "’": "'", "—": "-", "·": " "})
"""Marks that some terminals draw two cells wide; in a column they would push the rest aside."""


@dataclass(frozen=True, slots=True)
class Filters:
    """Which entries the list shows; empty = all."""

    kind: str = ""
    staff_no: str = ""
    client_no: str = ""
    since: date | None = None
    until: date | None = None

    @property
    def any(self) -> bool:
        return self != Filters()

    def wanted(self) -> Wanted:
        """The same for the service."""
        from coach.services.log_read import Wanted

        return Wanted(self.staff_no or None, self.client_no or None, self.kind or None, since=self.since, until=self.until)


@dataclass(frozen=True, slots=True)
class Found:
    """A window with its first page, and how the anchors stand."""

    filters: Filters
    window: Window
    cursor: int
    rows: list[tuple[int, Row]]
    anchors: str
    anchors_ok: bool


def find(ws: Workspace, filters: Filters, at: int | None) -> Found:
    """The window, the place of the entry ``at`` in it (the newest where it has none), and the rows about that place."""
    from coach.services.errors import Refused
    from coach.services.log_anchor import anchor_line, anchor_state
    from coach.services.log_window import place, window

    shown = window(ws, filters.wanted())
    cursor = min(place(ws, shown, at), max(shown.total - 1, 0)) if at is not None else 0
    try:
        state = anchor_state(ws)
        anchors, good = anchor_line(ws, state), state.ok
    except Refused as error:  # the file is no file of anchors: told, and the list is there all the same
        anchors, good = str(error), False
    first = max(0, cursor - FIRST // 2)
    return Found(filters, shown, cursor, rows(ws, shown, first, first + FIRST), anchors, good)


def rows(ws: Workspace, shown: Window, first: int, last: int) -> list[tuple[int, Row]]:
    """Rows with their places."""
    from coach.services.log_window import page

    return list(enumerate(page(ws, shown, first, last), first))


def lines(found: Iterable[tuple[int, Row]], names: Mapping[str, str], lang: Lang) -> list[tuple[int, LogLine]]:
    """Rows as the list draws them."""
    return [(at, line(row, names, lang)) for at, row in found]


def line(row: Row, names: Mapping[str, str], lang: Lang) -> LogLine:
    """A row's cells."""
    from coach.domain.chain import kind_name
    from coach.domain.log_words import gist

    e = row.entry
    return LogLine(
        e.entry_no, str(e.at or "").replace("T", " "), kind_name(e.kind, lang), row.staff_name or str(e.staff_no or ""),
        row.client_name or str(e.client_no or ""), gist(e.content, lang, names).translate(_PLAIN), row.corrected,
    )  # fmt: skip


def names_of(ws: Workspace, lang: Lang) -> dict[str, str]:
    """Readings of the ids that entries hold: plays and rules by the playbook, scenarios and criteria of practice, people."""
    from coach.practice.kit import kit
    from coach.services.log_window import people_in_log
    from coach.services.practice import scenarios

    names = {topic: card.title for (topic, spoken), card in ws.playbook.cards.items() if spoken == lang}
    names |= {s.id: s.words(lang).title for s in scenarios(ws)}
    names |= {key: words.name for key, words in kit().words(lang).criteria.items()}
    return names | {number: f"{name} {number}" for number, name in people_in_log(ws) if name}


def open_entry(ws: Workspace, entry_no: int, names: Mapping[str, str]) -> Opened:
    """One entry, with its names and whether its record is still what it was."""
    from coach.services.log_read import entry
    from coach.services.log_window import names_beside

    shown = entry(ws, entry_no)
    return Opened(shown, *names_beside(ws, shown.entry), names)


def clients_named(ws: Workspace, text: str) -> list[tuple[str, str]]:
    """(number, name) of the clients that a text may mean; a number that only the log knows counts too."""
    from coach.services.clients import ClientQuery, list_clients
    from coach.services.log_read import Wanted
    from coach.services.log_window import window

    found = [(row.client_no, row.name) for row in list_clients(ws, ClientQuery(text=text, limit=20))]
    exact = [one for one in found if one[0] == text]
    if exact or found:
        return exact or found
    return [(text, "")] if window(ws, Wanted(client_no=text)).total else []
