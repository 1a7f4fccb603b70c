"""The today screen: the day's tasks with progress and reasons; each can be done from here."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, VerticalScroll
from textual.events import Resize
from textual.timer import Timer
from textual.widgets import Static

from coach.domain.words import Lang
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.suggesting import Asked, Suggesting
from coach.tui.today_data import Filter, Line, Today, arrange
from coach.tui.widgets.bars import Key
from coach.tui.widgets.gauges import CHANNELS, Gauges
from coach.tui.widgets.practice_advice import AdviceLine
from coach.tui.widgets.review_line import InboxLine
from coach.tui.widgets.task_list import TaskList

if TYPE_CHECKING:
    from coach.domain.suggestion import Suggestion
    from coach.services.contacts import Logged
    from coach.tui.widgets.prose import Doc

WIDE = 110
"""Columns from which the pane stands beside the list."""
PAUSE = 0.15
"""Seconds of rest on a line before its suggestion is asked for."""


class TodayScreen(Suggesting, CoachScreen):
    """State stands on the screen: the day, the filter, the selected task, the suggestions fetched; widgets only show it."""

    SECTION = "today"
    AUTO_FOCUS = "#tasks"
    KEYS = (
        Key("Enter", "key.open", "screen.open"), Key("l", "key.log", "screen.log"), Key("c", "key.copy", "screen.copy"),
        Key("x", "key.skip", "screen.skip"), Key("u", "key.undo", "app.undo"), Key("f", "key.filter", "screen.filter"),
        Key("m", "key.manager", "app.choose_manager"),
    )
    HELP = (("1 2 3 0", "help.channels"), ("[ ]", "help.pane"), ("v", "help.inbox"), ("F6", "key.import"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("1,fullwidth_digit_one", "channel('visit')", show=False), Binding("2,fullwidth_digit_two", "channel('call')", show=False),
        Binding("3,fullwidth_digit_three", "channel('message')", show=False),
        Binding("0,fullwidth_digit_zero,escape", "channel('')", show=False),
        Binding("l", "log", show=False), Binding("c", "copy", show=False), Binding("x,space", "skip", show=False),
        Binding("u", "app.undo", show=False), Binding("f", "filter", show=False), Binding("m", "app.choose_manager", show=False),
        Binding("v", "inbox", show=False),
        Binding("left_square_bracket", "pane(-1)", show=False), Binding("right_square_bracket", "pane(1)", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.day: Today | None = None
        self.failure = ""
        self.wanted = Filter()
        self.selected = ""
        """Key of the line under the cursor."""
        self.suggestions: dict[Asked, Suggestion | str] = {}
        self._timer: Timer | None = None

    def compose_body(self) -> ComposeResult:
        self.set_class(self.app.size.width >= WIDE, "-wide")
        yield Gauges(self.lang, id="gauges")
        yield Static("", id="state", markup=False)
        yield Static("", id="filter", markup=False)
        yield AdviceLine()
        yield InboxLine()
        with Container(id="work"):
            yield TaskList(self.lang, self.coach.today, id="tasks")
            with VerticalScroll(id="pane", can_focus=False):
                yield Static("", id="waiting", markup=False)

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    # -- loading

    def load(self) -> None:
        if not self.coach.manager:
            self.day = Today()
            self._show()
            return
        self._load(self.coach.manager, self.lang)

    @work(thread=True, exclusive=True, group="today.load")
    def _load(self, manager: str, lang: Lang) -> None:
        from coach.tui.screens.threads import back, told
        from coach.tui.today_data import load_today

        with told(self, self._failed):
            assert self.coach.ws is not None
            back(self, self._loaded, load_today(self.coach.ws, manager, self.coach.today, lang))

    def _loaded(self, day: Today) -> None:
        self.day, self.failure = day, ""
        self._show()
        self.query_one(InboxLine).look()
        if self.query_one(AdviceLine).told is not None or self.coach.revision:
            self.query_one(AdviceLine).look()

    def _failed(self, text: str) -> None:
        self.failure = text
        self.notify(text, severity="error", markup=False)
        self._show()

    # -- showing

    @property
    def shown(self) -> list[Line]:
        return arrange(self.day.lines, self.wanted) if self.day else []

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        return next((line for line in self.shown if line.key == self.selected), None)

    def _show(self) -> None:
        if not self.is_attached or not self.query("#tasks"):
            return
        if self.day is None:
            self.query_one("#state", Static).update(self.failure or self.t("app.opening"))
            return
        from coach.tui.today_text import filter_line, nothing_line, state_line

        figures = {c: (self.day.done(c), self.day.capacity.get(c, 0)) for c in CHANNELS} if self.day.capacity else {}
        self.query_one(Gauges).show(figures, self.wanted.channel)
        state = self.failure or state_line(self.day, self.coach, self.lang)
        self._put("#state", state)
        self._put("#filter", filter_line(self.day, self.wanted, self.titles, self.lang))
        self.query_one(TaskList).show(self.shown, self.selected, nothing_line(self.day, self.wanted, self.coach, self.lang))

    def _put(self, selector: str, text: str) -> None:
        widget = self.query_one(selector, Static)
        widget.display = bool(text)
        widget.update(text)

    @property
    def titles(self) -> dict[str, str]:
        """Titles of all plays, as far as the playbook is loaded."""
        ws = self.coach.ws
        if ws is None or "playbook" not in ws.__dict__:
            return {}
        return {topic: card.title for (topic, lang), card in ws.playbook.cards.items() if lang == self.lang}

    @on(TaskList.Moved)
    def _moved(self, event: TaskList.Moved) -> None:
        if event.line is not None:
            if event.line.key != self.selected:
                self.query_one("#pane", VerticalScroll).scroll_home(animate=False)
            self.selected = event.line.key
        self._detail()
        if self._timer is not None:
            self._timer.stop()
        if event.line is not None and self._key(event.line) not in self.suggestions:
            self._timer = self.set_timer(PAUSE, self._ask)

    def _detail(self) -> None:
        """The pane for the line under the cursor."""
        from coach.tui.task_pane import task_doc
        from coach.tui.widgets.prose import Doc

        line = self.line
        if line is None:
            self._put_detail(Doc().add((self.t("today.pane.nothing"), "$text-muted")))
            return
        found = self.suggestions.get(self._key(line))
        waiting = found if isinstance(found, str) else self.t("today.thinking")
        doc = task_doc(line, None if found is None or isinstance(found, str) else found, waiting, self.lang, self.coach.today, self.titles)
        self._put_detail(doc)

    def _put_detail(self, doc: Doc) -> None:
        """The text in the pane; the first frame stood without it."""
        from coach.tui.widgets.prose import Prose

        pane = self.query_one("#pane", VerticalScroll)
        shown = pane.query(Prose).first(Prose) if pane.query(Prose) else None
        if shown is not None:
            shown.show(doc)
        else:
            pane.remove_children()
            pane.mount(Prose(doc))

    # -- what the person does

    @on(TaskList.Opened)
    def _opened(self, event: TaskList.Opened) -> None:
        among = list(dict.fromkeys(line.client_no for line in self.shown))
        self.coach.open_client(event.line.client_no, among=among, task_no=event.line.task_no or None)

    def action_open(self) -> None:
        self.query_one(TaskList).action_open()

    def action_channel(self, channel: str) -> None:
        """Only one channel; the same again, or 0, shows all."""
        kind = self.wanted.kind if channel else ""
        self.wanted = Filter("" if channel == self.wanted.channel else channel, kind)
        self._show()

    def action_pane(self, by: int) -> None:
        pane = self.query_one("#pane", VerticalScroll)
        pane.scroll_relative(y=by * max(1, pane.size.height - 1), animate=False)

    def action_filter(self) -> None:
        from coach.tui.screens.chooser import Chooser
        from coach.tui.today_text import filter_options

        day = self.day
        if day is None:
            return

        def chosen(kind: str | None) -> None:
            if kind is not None:
                self.wanted = Filter(self.wanted.channel, kind)
                self._show()

        self.app.push_screen(Chooser("today.filter", lambda: filter_options(day, self.lang), self.wanted.kind), chosen)

    def action_copy(self) -> None:
        from coach.tui.clipboard import copy_text

        if self.suggestion is None or not self.suggestion.message_draft:
            self.notify(self.t("today.copy.none"), severity="warning")
            return
        copy_text(self.app, self.suggestion.message_draft)
        self.notify(self.t("today.copied"))

    def action_inbox(self) -> None:
        """The comments that were sent to whoever is at work."""
        from coach.tui.screens.review_inbox import InboxScreen

        name = self.coach.manager_name if self.coach.acting == self.coach.manager else ""
        self.app.push_screen(InboxScreen(self.coach.acting, name))

    def action_log(self) -> None:
        from coach.tui.screens.contact_dialog import ContactDialog
        from coach.tui.told import tell_logged

        line = self.line
        if line is None:
            return
        if line.state == "done":
            self.notify(self.t("today.done_already"), severity="warning")
            return
        suggestion = self.suggestion

        def logged(result: Logged | None) -> None:
            if result is not None:
                self._go_on(line)
                tell_logged(self.coach, result, line.name)
                self.coach.changed()

        self.app.push_screen(ContactDialog(
            line.client_no, line.name, channel=line.channel or "call", task_no=line.task_no or None, play=line.play or None,
            step=line.step or None, suggestion_no=suggestion.suggestion_no if suggestion else None,
        ), logged)

    def _go_on(self, line: Line) -> None:
        """The cursor to the next open task after one that is settled."""
        lines = self.shown
        at = next((i for i, other in enumerate(lines) if other.key == line.key), 0)
        after = next((other for other in (*lines[at + 1:], *lines[:at]) if other.state == "open"), None)
        if after is not None:
            self.selected = after.key

    def action_skip(self) -> None:
        line = self.line
        if line is None or not line.task_no:
            return
        if line.state == "done":
            self.notify(self.t("today.done_already"), severity="warning")
            return
        self._skip(line, line.state != "skipped")

    @work(thread=True, group="today.skip")
    def _skip(self, line: Line, skipped: bool) -> None:
        from coach.tui.screens.threads import back, told

        with told(self):
            from coach.services.day import skip_task

            assert self.coach.ws is not None
            skip_task(self.coach.ws, self.coach.manager, self.coach.today, line.task_no, skipped=skipped)
            back(self, self._skipped, line, skipped)

    def _skipped(self, line: Line, skipped: bool) -> None:
        if skipped:
            self._go_on(line)
        self.notify(self.t("today.skipped" if skipped else "today.taken_up", name=line.name), markup=False)
        self.coach.changed()
