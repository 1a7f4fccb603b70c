"""The review of a week: the queue with its flags, filters, weeks; a record opens over it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.events import Resize
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.services.review import Wanted
from coach.tui.screens import review_filters as filters
from coach.tui.screens.review_data import Week, week_of
from coach.tui.screens.supervise import SuperviseScreen
from coach.tui.screens.threads import back, behind, told
from coach.tui.widgets.bars import Key
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.review_list import about_doc, heading, row

if TYPE_CHECKING:
    from coach.services.review import Line, Plays
    from coach.tui.screens.practice_people import Person


class ReviewScreen(SuperviseScreen):
    """State stands on the screen: week, filter, line under the cursor; the widgets only show it."""

    PART = "review"
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = "#reviews"
    KEYS = (
        Key("Enter", "key.open", "screen.open"), Key("f", "review.key.filter", "screen.filter"),
        Key("[ ]", "review.key.week", "screen.week(-1)"), Key("a", "review.key.all", "screen.all"),
        Key("i", "review.key.plays", "screen.plays"), Key("m", "review.key.by", "screen.by"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "filter", show=False), Binding("left_square_bracket", "week(-1)", show=False),
        Binding("right_square_bracket", "week(1)", show=False), Binding("a", "all", show=False), Binding("i", "plays", show=False),
        Binding("m", "by", show=False), Binding("escape", "clear", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.week: str | None = None
        """``None``: the last whole week."""
        self.told: Week | None = None
        self.error = ""
        self.wanted = Wanted()
        self.with_signed = False
        self.chosen: tuple[str, str] | None = None
        """Kind and number of the line under the cursor."""
        self.reviewer: Person | None = None

    def compose_part(self) -> ComposeResult:
        yield Static("", id="review-head", markup=False)
        yield Static("", id="review-columns")
        yield OptionList(id="reviews", markup=False, compact=True)
        yield Static(self.t("review.loading"), id="review-empty", markup=False)
        yield VerticalScroll(Prose(id="about-text"), id="review-about", can_focus=False)

    def drawn(self) -> None:
        self._show()

    def on_resize(self, event: Resize) -> None:
        self.call_after_refresh(self._show)

    # -- loading

    def load(self) -> None:
        self._load(self.week)

    @work(thread=True, exclusive=True, group="review.week")
    def _load(self, week: str | None) -> None:
        with told(self, self._failed):
            assert self.coach.ws is not None
            back(self, self._got, week_of(self.coach.ws, self.coach.today, week))

    def _got(self, found: Week) -> None:
        self.told, self.error = found, ""
        may = {one.staff_no: one for one in found.reviewers}
        if self.reviewer is None or self.reviewer.staff_no not in may:
            self.reviewer = may.get(self.coach.acting) or (found.reviewers[0] if len(found.reviewers) == 1 else None)
        self._show()

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    # -- showing

    @property
    def all_lines(self) -> list[Line]:
        """Everything that is to be looked at, filters aside."""
        lines = self.told.queue.lines if self.told else ()
        return [line for line in lines if self.with_signed or not line.state.signed_off]

    @property
    def lines(self) -> list[Line]:
        return [line for line in self.all_lines if self.wanted.has(line)]

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        return next((line for line in self.lines if line.item.key == self.chosen), None)

    def _show(self) -> None:
        if not self.query("#reviews"):
            return
        lines, told_ = self.lines, self.told
        empty, listed = self.query_one("#review-empty", Static), self.query_one("#reviews", OptionList)
        listed.display = bool(lines)
        self.query_one("#review-columns").display = bool(lines)
        empty.display = not lines
        if told_ is None:
            empty.update(self.error or self.t("review.loading"))
            return
        empty.update(self.error or self.t("review.empty.filter" if filters.in_force(self.wanted) else "review.empty"))
        self._show_head(told_, len(self.all_lines))
        width, names = self.app.size.width - 3, told_.names[self.lang]
        self.query_one("#review-columns", Static).update(heading(self.lang, width))
        at = next((i for i, line in enumerate(lines) if line.item.key == self.chosen), min(listed.highlighted or 0, max(len(lines) - 1, 0)))
        with self.prevent(OptionList.OptionHighlighted):
            listed.clear_options()
            listed.add_options(Option(row(line, names, self.lang, width)) for line in lines)
            listed.highlighted = at if lines else None
        if lines:
            self.chosen = lines[at].item.key
            if self.focused is None:
                listed.focus()
        self._show_about()

    def _show_head(self, told_: Week, left: int) -> None:
        queue, names = told_.queue, told_.names[self.lang]
        head = self.t(
            "review.head", week=queue.week, since=f"{queue.since:%m-%d}", until=f"{queue.until:%m-%d}", flagged=queue.flagged,
            drawn=queue.drawn, signed=queue.signed, left=left,
        )  # fmt: skip
        parts = [head]
        if self.with_signed:
            parts.append(self.t("review.all"))
        if self.reviewer is not None:
            parts.append(self.t("review.by", name=self.reviewer.name, no=self.reviewer.staff_no))
        line = " · ".join(parts)
        if filters.in_force(self.wanted):
            line += "\n" + self.t("review.filters", what=filters.told(self.wanted, queue.lines, names, self.lang))
        self.query_one("#review-head", Static).update(line)

    def _show_about(self) -> None:
        line = self.line
        doc = about_doc(line, self.told.names[self.lang], self.lang) if line is not None and self.told is not None else Doc()
        self.query_one("#about-text", Prose).show(doc)

    @on(OptionList.OptionHighlighted, "#reviews")
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        lines = self.lines
        if event.option_index < len(lines):
            self.chosen = lines[event.option_index].item.key
            self._show_about()

    # -- what a supervisor does

    @on(OptionList.OptionSelected, "#reviews")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_open()

    def action_open(self) -> None:
        from coach.tui.screens.review_record import RecordScreen

        if self.chosen is not None and self.line is not None:
            keys = [(str(line.item.kind), line.item.subject) for line in self.lines]
            by = self.reviewer.staff_no if self.reviewer else ""
            self.app.push_screen(RecordScreen(keys, (str(self.chosen[0]), self.chosen[1]), by=by))

    def action_filter(self) -> None:
        from coach.tui.screens.chooser import Chooser

        told_ = self.told
        if told_ is None:
            return

        def chosen(value: str | None) -> None:
            if value is not None:
                self.wanted = filters.chosen(self.wanted, value)
                self._show()

        self.app.push_screen(
            Chooser("review.filter.title", lambda: filters.options(self.all_lines, self.wanted, told_.names[self.lang], self.lang)), chosen
        )

    def action_clear(self) -> None:
        """Esc: the filters go."""
        self.wanted = Wanted()
        self._show()

    def action_week(self, by: int) -> None:
        """The week before, or after; not beyond this one."""
        from coach.domain.review import week_of as name_of

        if self.told is None:
            return
        week = name_of(min(self.told.queue.since + timedelta(days=7 * by), self.coach.today))
        if week != self.told.queue.week:
            self.week, self.chosen = week, None
            self.load()

    def action_all(self) -> None:
        self.with_signed = not self.with_signed
        self._show()

    def action_plays(self) -> None:
        """Plays often left aside, with the reasons and the rule."""
        ws, today, told_ = self.coach.ws, self.coach.today, self.told
        if ws is None or told_ is None:
            return

        def find() -> Plays:
            from coach.services.review import plays

            return plays(ws, today)

        def got(found: Plays) -> None:
            from coach.domain.words import LANGS
            from coach.tui.screens.review_dialogs import PlaysSheet

            reasons = {lang: {one.id: one.called(lang) for one in ws.policy.log.reasons} for lang in LANGS}
            self.app.push_screen(PlaysSheet(found, {lang: names.plays for lang, names in told_.names.items()}, reasons))

        behind(self, find, got, lambda line: self.notify(line, severity="error", markup=False))

    def action_by(self) -> None:
        """In whose name the reviews are written."""
        from coach.domain.words import label
        from coach.tui.screens.chooser import Chooser

        told_ = self.told
        if told_ is None:
            return

        def chosen(staff_no: str | None) -> None:
            if staff_no is not None:
                self.reviewer = next(one for one in told_.reviewers if one.staff_no == staff_no)
                self._show()

        options = [(one.staff_no, one) for one in told_.reviewers]
        self.app.push_screen(
            Chooser("review.who.title", lambda: [(no, f"{one.name} {no} {label(one.role, self.lang)}") for no, one in options],
                    self.reviewer.staff_no if self.reviewer else ""), chosen,
        )  # fmt: skip
