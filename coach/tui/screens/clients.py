"""The clients screen: everyone of a manager or of the branch, found as one types, filtered, sorted, opened."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from coach.domain.words import Signal, Stage, Tier, label
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.threads import back, told
from coach.tui.widgets.bars import Key
from coach.tui.widgets.client_list import ClientList
from coach.tui.widgets.filter_bar import Chip, FilterBar
from coach.tui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from coach.services.clients import ClientQuery, ClientRow

FIRST = 120
"""Rows that come along with the numbers, so that the first page paints at once."""
SORTS = ("assets", "name", "tier", "stage", "client_no")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the list is to show."""

    text: str = ""
    everyone: bool = False
    tier: str = ""
    stage: str = ""
    signal: str = ""
    sort: str = "assets"
    reverse: bool = False

    @property
    def filtered(self) -> bool:
        return bool(self.tier or self.stage or self.signal)


class ClientsScreen(CoachScreen):
    """State stands on the screen: what is wanted, the numbers found, the cursor; the widgets only show it."""

    SECTION = "clients"
    CSS_PATH = "clients.tcss"
    KEYS = (
        Key("/", "key.search", "screen.search"), Key("Enter", "key.open", "screen.open"), Key("m", "key.whose", "screen.whose"),
        Key("t", "key.tier", "screen.tier"), Key("g", "key.stage", "screen.stage"), Key("x", "key.signal", "screen.signal"),
        Key("s", "key.sort", "screen.sort"), Key("S", "key.reverse", "screen.reverse"), Key("0", "key.clear", "screen.clear"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash,fullwidth_solidus", "search", show=False), Binding("m", "whose", show=False), Binding("t", "tier", show=False),
        Binding("g", "stage", show=False), Binding("x", "signal", show=False), Binding("s", "sort", show=False),
        Binding("S", "reverse", show=False), Binding("0", "clear", show=False), Binding("escape", "leave", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.wanted = Wanted()
        self.numbers: Sequence[str] | None = None
        """``None`` until the first answer has come."""
        self.cursor_no: str | None = None
        self._cursor = 0
        self._signals: dict[str, list[str]] = {}
        self._whose: str | None = None
        """The manager whose signals were asked for last; ``None`` = the branch's."""
        self._reading: dict[str | None, int] = {}
        """Whose signals a thread is at now, and how often they were asked for since."""
        self._mapped: tuple[object, dict[str, list[str]]] | None = None
        """The frame of signals that was read last, and what was made of it."""

    def compose_body(self) -> ComposeResult:
        yield LineInput(self.wanted.text, placeholder=self.t("clients.search"), id="search", compact=True, select_on_focus=False)
        yield FilterBar(id="filters")
        yield ClientList(self.lang, id="list")
        yield Static(self.t("clients.loading"), id="empty", markup=False)

    def on_mount(self) -> None:
        self._show_state()
        self.query_one(ClientList).focus()

    async def recompose(self) -> None:
        """Under a dialog it waits until the screen is seen again: what lies beneath is still drawn from the old widgets."""
        if self.app.screen is not self:
            return
        searching = isinstance(self.focused, LineInput)
        await super().recompose()
        self._show_state()
        (self.query_one(LineInput) if searching else self.query_one(ClientList)).focus()

    def load(self) -> None:
        self.query_one(ClientList).card_names = self._card_names()
        self._ask()

    def _card_names(self) -> dict[str, str]:
        ws = self.coach.ws
        levels = ws.policy.levels if ws else ()
        return {key: level.called(self.lang) for level in levels for key in (level.id, level.name, level.name_en) if key}

    # asking

    def _ask(self) -> None:
        self._show_filters()
        self._query(self.wanted)

    @work(thread=True, exclusive=True, group="clients.query")
    def _query(self, wanted: Wanted) -> None:
        """The numbers in order and the rows of the page with the cursor. The newest question wins; the signals come by themselves."""
        if wanted != self.wanted:  # another key was pressed before a thread was free
            return
        with told(self):
            from coach.services.clients import client_numbers

            assert self.coach.ws is not None
            manager = None if wanted.everyone else self.coach.manager or None
            numbers = client_numbers(self.coach.ws, _query_of(wanted, manager))
            if wanted.reverse:
                numbers.reverse()
            if wanted.signal:
                signals = self._signal_map(manager)
                numbers = [no for no in numbers if wanted.signal in signals.get(no, ())]
            at = numbers.index(self.cursor_no) if self.cursor_no in numbers else 0
            first = max(0, at - FIRST // 2)
            back(self, self._found, wanted, numbers, at, self._rows_of(numbers[first:first + FIRST]))
            back(self, self._want_signals, manager)

    def _want_signals(self, manager: str | None) -> None:
        """The signals of a whole branch take seconds: one thread is at them, however many keys are pressed meanwhile."""
        self._whose = manager
        asked = self._reading.get(manager, 0)
        self._reading[manager] = asked + 1
        if not asked:
            self._read_signals(manager)

    @work(thread=True, group="clients.signals")
    def _read_signals(self, manager: str | None) -> None:
        try:
            with told(self):
                back(self, self._show_signals, manager, self._signal_map(manager))
        finally:
            back(self, self._signals_read, manager)

    def _signals_read(self, manager: str | None) -> None:
        if self._reading.pop(manager, 0) > 1 and manager == self._whose:  # asked for again meanwhile: something may have changed
            self._want_signals(manager)

    def _rows_of(self, numbers: Sequence[str]) -> list[ClientRow]:
        from coach.services.clients import ClientQuery, list_clients

        assert self.coach.ws is not None
        return list_clients(self.coach.ws, ClientQuery(among=numbers, sort="client_no")) if numbers else []

    def _signal_map(self, manager: str | None) -> dict[str, list[str]]:
        from coach.services.signals import branch_signals

        assert self.coach.ws is not None
        found = branch_signals(self.coach.ws, self.coach.today, manager)
        if self._mapped is None or self._mapped[0] is not found:
            signals: dict[str, list[str]] = {}
            for client_no, signal in zip(found["client_no"].to_list(), found["signal"].to_list(), strict=True):
                signals.setdefault(client_no, []).append(signal)
            self._mapped = found, signals
        return self._mapped[1]

    def _found(self, wanted: Wanted, numbers: list[str], at: int, rows: list[ClientRow]) -> None:
        if wanted != self.wanted:
            return
        self.numbers, self._cursor = numbers, at
        self.cursor_no = numbers[at] if numbers else self.cursor_no
        listed = self.query_one(ClientList)
        listed.forget_rows()
        listed.put_rows(rows)
        self._show_state()

    def _show_signals(self, manager: str | None, signals: dict[str, list[str]]) -> None:
        if manager == self._whose:
            self._signals = signals
            self.query_one(ClientList).set_signals(signals)

    def on_client_list_wanted(self, event: ClientList.Wanted) -> None:
        if self.numbers is not None:
            self._fetch(list(self.numbers[event.first:event.last]))

    @work(thread=True, exclusive=True, group="clients.rows")
    def _fetch(self, numbers: list[str]) -> None:
        with told(self):
            back(self, self.query_one(ClientList).put_rows, self._rows_of(numbers))

    # showing

    def _show_state(self) -> None:
        self._show_filters()
        listed, empty = self.query_one(ClientList), self.query_one("#empty", Static)
        listed.set_signals(self._signals)
        if self.numbers is None:
            listed.display, empty.display = True, False
            return
        focused = listed.has_focus
        listed.set_numbers(self.numbers, cursor=self._cursor, sort=self.wanted.sort, reverse=self.wanted.reverse)
        empty.display = not self.numbers
        listed.display = bool(self.numbers)
        if not self.numbers:
            empty.update(self._empty_text())
            if focused:
                self.set_focus(None)
        elif self.focused is None:
            listed.focus()

    def _empty_text(self) -> str:
        wanted = self.wanted
        if not (wanted.text or wanted.filtered) and (wanted.everyone or not self.coach.manager):
            return self.t("clients.empty.none")
        lines = [self.t("clients.empty"), ""]
        if wanted.text:
            lines.append(self.t("clients.empty.text", text=wanted.text))
        if wanted.filtered:
            lines.append(self.t("clients.empty.filters"))
        if not wanted.everyone:
            lines.append(self.t("clients.empty.mine"))
        return "\n".join(lines)

    def _show_filters(self) -> None:
        wanted = self.wanted
        all_of_them = self.t("clients.all")

        def chip(key: str, what: str, value: str) -> Chip:
            action = f"screen.{'whose' if what == 'manager' else what}"
            shown = label(value, self.lang) if value else all_of_them
            return Chip(key, self.t(f"clients.filter.{what}"), shown, bool(value), action)

        whose = self.t("clients.everyone" if wanted.everyone else "clients.mine")
        descending = (wanted.sort == "assets") != wanted.reverse
        sort = f"{self.t(f'clients.col.{wanted.sort}')} {'v' if descending else '^'}"
        chips = [
            Chip("m", self.t("clients.filter.manager"), whose, wanted.everyone, "screen.whose"), chip("t", "tier", wanted.tier),
            chip("g", "stage", wanted.stage), chip("x", "signal", wanted.signal),
            Chip("s", self.t("clients.filter.sort"), sort, False, "screen.sort"),
        ]
        n = None if self.numbers is None else len(self.numbers)
        count = "" if n is None else self.t("clients.count.one") if n == 1 else self.t("clients.count", n=n)
        self.query_one(FilterBar).show(chips, count)

    def _change(self, **values: Any) -> None:
        self.wanted = replace(self.wanted, **values)
        if self.coach.ready:
            self._ask()

    # what a person does

    def on_input_changed(self, event: LineInput.Changed) -> None:
        text = event.value
        if text == self.wanted.text:
            return
        self.wanted = replace(self.wanted, text=text)
        self.cursor_no = None
        if self.coach.ready:
            self._ask()

    def on_input_submitted(self) -> None:
        if self.numbers:
            self.query_one(ClientList).focus()

    def on_key(self, event: Any) -> None:
        if event.key == "down" and isinstance(self.focused, LineInput) and self.numbers:
            event.stop()
            self.query_one(ClientList).focus()

    def on_client_list_moved(self, event: ClientList.Moved) -> None:
        self._cursor = event.position
        if self.numbers:
            self.cursor_no = self.numbers[event.position]

    def on_client_list_sort_by(self, event: ClientList.SortBy) -> None:
        same = event.column == self.wanted.sort
        self._change(sort=event.column, reverse=same and not self.wanted.reverse)

    def on_client_list_opened(self, event: ClientList.Opened) -> None:
        self.coach.open_client(event.client_no, among=self.numbers)

    def action_open(self) -> None:
        self.query_one(ClientList).action_open()

    def action_search(self) -> None:
        self.query_one(LineInput).focus()

    def action_leave(self) -> None:
        """Esc: out of the search; once more, or in the list, the search is emptied."""
        field = self.query_one(LineInput)
        if field.has_focus and self.numbers:
            self.query_one(ClientList).focus()
        elif field.value:
            field.value = ""

    def action_whose(self) -> None:
        self._change(everyone=not self.wanted.everyone)

    def action_tier(self) -> None:
        self._change(tier=_after(self.wanted.tier, list(Tier)))

    def action_stage(self) -> None:
        self._change(stage=_after(self.wanted.stage, list(Stage)))

    def action_sort(self) -> None:
        self._change(sort=SORTS[(SORTS.index(self.wanted.sort) + 1) % len(SORTS)], reverse=False)

    def action_reverse(self) -> None:
        self._change(reverse=not self.wanted.reverse)

    def action_clear(self) -> None:
        self._change(tier="", stage="", signal="")

    def action_signal(self) -> None:
        counts = Counter(signal for signals in self._signals.values() for signal in set(signals))

        def options() -> list[tuple[str, str]]:
            return [("", self.t("clients.all")), *((s.value, f"{label(s, self.lang)}  {counts[s.value]:,}") for s in Signal)]

        def chosen(signal: str | None) -> None:
            if signal is not None:
                self._change(signal=signal)

        self.app.push_screen(Chooser("clients.choose.signal", options, self.wanted.signal), chosen)


def _after(value: str, values: Sequence[str]) -> str:
    """The next one of a cycle that begins and ends with «all»."""
    cycle = ["", *(str(v) for v in values)]
    return cycle[(cycle.index(value) + 1) % len(cycle)]


def _query_of(wanted: Wanted, manager: str | None) -> ClientQuery:
    from coach.services.clients import ClientQuery

    text = unicodedata.normalize("NFKC", wanted.text).strip()
    return ClientQuery(manager=manager, tier=wanted.tier or None, stage=wanted.stage or None, text=text, sort=wanted.sort)  # type: ignore[arg-type]
