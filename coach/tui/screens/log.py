"""The coaching log: entries newest first, one opened in words, filters, verifying, corrections, export, anchors."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from coach.tui.screens.log_asking import Filters, Found, find, lines, names_of, open_entry, rows
from coach.tui.screens.log_deeds import LogDeeds
from coach.tui.screens.threads import back, told
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.filter_bar import FilterBar
from coach.tui.widgets.log_entry import Opened, json_doc, words_doc
from coach.tui.widgets.log_list import LogList
from coach.tui.widgets.prose import Doc, Prose

if TYPE_CHECKING:
    from coach.services.log_verify import Verdict
    from coach.services.log_window import Row

WIDE = 110
"""From so many cells on the entry stands beside the list."""
PAUSE = 0.08
"""Seconds of quiet after a move before the entry under the cursor is read."""


class LogScreen(LogDeeds):
    """State stands on the screen; the widgets only show it."""

    PART = "log"
    CSS_PATH = "log.tcss"
    AUTO_FOCUS = "#entries"
    HELP = (("Home End", "help.log.edges"), ("y", "help.log.copy"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("j", "json", show=False), Binding("o", "client", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[int, Row] = {}
        self.current_no: int | None = None
        """The entry under the cursor; ``None``: the newest, whichever that is."""
        self.as_json = self.reading = False
        self._names: dict[str, dict[str, str]] = {}
        self._timer: Timer | None = None

    def compose_part(self) -> ComposeResult:
        yield Static("", id="verdict", markup=False)
        yield FilterBar(id="filters")
        with Horizontal(id="work"):
            yield LogList(self.lang, id="entries")
            yield VerticalScroll(Prose(id="entry-text"), id="entry")
        yield Static(self.t("log.loading"), id="empty", markup=False)

    def drawn(self) -> None:
        self._lay_out()
        self._show()

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        narrow = self.app.size.width < WIDE
        self.set_class(narrow, "-narrow")
        shown = bool(self.found and self.found.window.total)
        self.query_one("#work").display = shown
        self.query_one("#empty").display = not shown
        self.query_one("#entries").display = not (narrow and self.reading)
        self.query_one("#entry").display = not narrow or self.reading
        if shown:
            wanted = self.query_one("#entry" if self.reading else "#entries")
            if self.focused is not wanted:
                wanted.focus(scroll_visible=False)

    # asking

    @property
    def names(self) -> dict[str, str]:
        return self._names.get(self.lang, {})

    def load(self) -> None:
        self._find(self.filters, self.current_no)

    def ask(self) -> None:
        """Other filters: the entry under the cursor stays where it is among them."""
        self._show_filters()
        if self.coach.ready:
            self.load()

    @work(thread=True, exclusive=True, group="log.window")
    def _find(self, filters: Filters, at: int | None) -> None:
        """The window with its first page; the newest question wins."""
        with told(self, self._failed):
            ws, lang = self.coach.ws, self.lang
            assert ws is not None
            if lang not in self._names:
                self._names[lang] = names_of(ws, lang)
            back(self, self._got, find(ws, filters, at))

    def _got(self, found: Found) -> None:
        if found.filters != self.filters:
            return
        self.found, self.rows = found, dict(found.rows)
        if found.window.total:
            line = self.rows.get(found.cursor)
            if self.current_no is not None and line is not None:
                self.current_no = line.entry.entry_no
        self._show()
        self._read_soon(0.001)

    def _failed(self, line: str) -> None:
        self.found = None
        self._lay_out()
        self.query_one("#empty", Static).update(line)

    def on_log_list_wanted(self, event: LogList.Wanted) -> None:
        if self.found is not None:
            self._page(self.found, event.first, event.last)

    @work(thread=True, exclusive=True, group="log.page")
    def _page(self, found: Found, first: int, last: int) -> None:
        with told(self):
            assert self.coach.ws is not None
            back(self, self._got_page, found, rows(self.coach.ws, found.window, first, last))

    def _got_page(self, found: Found, more: list[tuple[int, Row]]) -> None:
        if found is not self.found:
            return
        self.rows.update(more)
        self.query_one(LogList).put(lines(more, self.names, self.lang))
        if self.opened is None:
            self._read_soon(0.001)

    # the entry under the cursor

    def on_log_list_moved(self, event: LogList.Moved) -> None:
        row = self.rows.get(event.position)
        self.current_no = row.entry.entry_no if row is not None else self.current_no
        if event.position == 0:
            self.current_no = None
        self._read_soon(PAUSE)

    def _read_soon(self, pause: float) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(pause, self._read_now)

    def _read_now(self) -> None:
        row = self.rows.get(self.query_one(LogList).cursor) if self.query(LogList) else None
        if row is None:
            self.opened = None
            self._show_entry()
        else:
            self._read(row.entry.entry_no)

    @work(thread=True, exclusive=True, group="log.entry")
    def _read(self, entry_no: int) -> None:
        with told(self, self._unreadable):
            assert self.coach.ws is not None
            back(self, self._got_entry, open_entry(self.coach.ws, entry_no, self.names))

    def _got_entry(self, opened: Opened) -> None:
        self.opened = opened
        self._show_entry()

    def _unreadable(self, line: str) -> None:
        self.opened = None
        if self.query("#entry-text"):
            self.query_one("#entry-text", Prose).show(Doc().add((line, "bold $text-error")))

    # showing

    def _show(self) -> None:
        if not self.query("#entries"):
            return
        self._lay_out()
        self.show_verdict()
        self._show_filters()
        found, listed = self.found, self.query_one(LogList)
        if found is None:
            return
        if not found.window.total:
            self.query_one("#empty", Static).update(self.t("log.empty.filters" if self.filters.any else "log.empty"))
        cursor = found.cursor if self.current_no is not None else 0
        listed.set_window(found.window.total, found.window.upto, lines(self.rows.items(), self.names, self.lang), cursor)
        listed.set_broken(self.verdict.first_broken if self.verdict else None)
        self._show_entry()

    def _show_filters(self) -> None:
        n = None if self.found is None else self.found.window.total
        count = "" if n is None else self.t("log.count.one") if n == 1 else self.t("log.count", n=n)
        self.query_one(FilterBar).show(self.chips(), count)

    def show_verdict(self) -> None:
        found, verdict = self.found, self.verdict
        if self.progress is not None:
            line = Content.styled(self.t("log.verifying", done=self.progress[0], total=self.progress[1]), "$text-accent")
        elif verdict is None:
            line = Content.styled(self.t("log.unverified"), "$text-muted")
        else:
            line = Content.styled(verdict.line(self.lang), "$text-success" if verdict.whole else "bold $text-error")
            later = found.window.upto - verdict.entries if found and verdict.whole else 0
            if later > 0:
                line = line + Content.styled(f" · {self.t('log.since', n=later)}", "$text-muted")
        if found is not None and (not found.anchors_ok or verdict is None or self.progress is not None):
            line = line + Content("\n") + Content.styled(found.anchors, "$text-muted" if found.anchors_ok else "bold $text-error")
        self.query_one("#verdict", Static).update(line)

    def _show_entry(self) -> None:
        if not self.query("#entry-text"):
            return
        opened, pane = self.opened, self.query_one("#entry-text", Prose)
        if opened is None:
            pane.show(Doc())
        elif self.as_json:
            pane.show(json_doc(opened.shown.entry))
        else:
            verdict = self.verdict
            here = verdict is not None and verdict.first_broken == opened.shown.entry.entry_no
            pane.show(words_doc(opened, self.lang, verdict.reason(self.lang) if here and verdict else ""))
        self.query_one("#entry").scroll_home(animate=False)
        shown = self.query_one(KeyBar)
        if shown.keys != self.keys:
            shown.show(self.keys)

    @property
    def keys(self) -> tuple[Key, ...]:
        first = Key("Esc", "log.key.list", "screen.leave") if self.reading else Key("Enter", "key.open", "screen.open")
        return (
            first, Key("v", "log.key.verify", "screen.verify"), Key("x", "log.key.correct", "screen.correct"),
            Key("j", "log.key.words" if self.as_json else "log.key.json", "screen.json"), Key("e", "log.key.export", "screen.export"),
            Key("0", "key.clear", "screen.clear"), Key("o", "log.key.goto", "screen.client"),
            Key("a", "log.key.anchor", "screen.anchor"), *self.FILTER_KEYS,
        )  # fmt: skip

    # what a person does

    def on_log_list_opened(self) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The entry: over the list where there is no room beside it."""
        if self.found and self.found.window.total:
            self.reading = True
            self._lay_out()
            self._show_entry()

    def action_leave(self) -> None:
        """Esc: verifying is stopped; else from the entry back to the list."""
        if self.progress is not None:
            self.stop_verifying()
        elif self.reading:
            self.reading = False
            self._lay_out()
            self._show_entry()

    def verified(self, verdict: Verdict) -> None:
        """The cursor goes to the first broken entry."""
        if verdict.first_broken is not None:
            self.action_show(verdict.first_broken)
        self._show()

    def corrected(self, entry_no: int) -> None:
        self.current_no = entry_no
        self.coach.changed()

    def action_show(self, entry_no: int) -> None:
        """Go to an entry by its number, whatever the filters."""
        self.filters, self.current_no = Filters(), entry_no
        self.ask()

    def action_json(self) -> None:
        self.as_json = not self.as_json
        self._show_entry()

    def action_copy(self) -> None:
        from coach.tui.clipboard import copy_text

        if self.opened is not None:
            copy_text(self.app, json_doc(self.opened.shown.entry).plain)
            self.notify(self.t("log.copied"))

    def action_client(self) -> None:
        number = self.opened.shown.entry.client_no if self.opened is not None else None
        if number:
            self.coach.open_client(number)
        else:
            self.notify(self.t("log.client.no"))

    def change(self, **values: Any) -> None:
        """Set filters."""
        self.filters = replace(self.filters, **values)
        self.ask()
