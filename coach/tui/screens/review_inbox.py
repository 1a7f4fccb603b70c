"""Comments that a person was sent: read, answered, or marked as read; opened from Today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.tui.screens.base import CoachScreen
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.review_record import comment_lines
from coach.tui.wrap import cut, pad

if TYPE_CHECKING:
    from collections.abc import Callable

    from coach.services.review_acts import Comment, State
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Box:
    """What is waiting, with all that was said on each piece."""

    waiting: tuple[Comment, ...]
    states: dict[tuple[str, str], State]


def box_of(ws: Workspace, staff_no: str) -> Box:
    """A person's inbox."""
    from coach.services.review_acts import inbox, states
    from coach.store.db import session

    waiting = tuple(inbox(ws, staff_no))
    with session(ws.engine, write=False) as s:
        known = states(s, {(c.kind, c.subject) for c in waiting})
    return Box(waiting, {(str(kind), subject): state for (kind, subject), state in known.items()})


class InboxScreen(CoachScreen):
    """``staff_no``: whose."""

    SECTION = "today"
    CSS_PATH = "review.tcss"
    AUTO_FOCUS = "#inbox"
    KEYS = (
        Key("Enter", "inbox.key.answer", "screen.answer"), Key("k", "inbox.key.seen", "screen.seen"),
        Key("o", "inbox.key.open", "screen.record"), Key("Esc", "key.back", "screen.leave"),
    )  # fmt: skip
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("a", "answer", show=False), Binding("k", "seen", show=False),
        Binding("o", "record", show=False),
    ]

    def __init__(self, staff_no: str, name: str = "") -> None:
        super().__init__()
        self.staff_no, self.name_ = staff_no, name or staff_no
        self.box: Box | None = None
        self.error = ""
        self.place = 0
        self._saving = False

    def compose_body(self) -> ComposeResult:
        yield Static(self.t("inbox.title", name=self.name_), id="inbox-head", markup=False)
        yield OptionList(id="inbox", markup=False, compact=True)
        yield VerticalScroll(Prose(id="inbox-text"), id="inbox-pane", can_focus=False)

    def drawn(self) -> None:
        self._show()

    def load(self) -> None:
        ws, staff_no = self.coach.ws, self.staff_no
        assert ws is not None
        behind(self, lambda: box_of(ws, staff_no), self._got, self._failed)

    def _got(self, box: Box) -> None:
        self.box, self.error = box, ""
        self._show()

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    @property
    def comment(self) -> Comment | None:
        """The one under the cursor."""
        waiting = self.box.waiting if self.box else ()
        return waiting[self.place] if self.place < len(waiting) else None

    def _show(self) -> None:
        if not self.query("#inbox"):
            return
        listed, waiting = self.query_one("#inbox", OptionList), self.box.waiting if self.box else ()
        self.place = max(0, min(self.place, len(waiting) - 1))
        with self.prevent(OptionList.OptionHighlighted):
            listed.clear_options()
            listed.add_options(Option(self._row(c)) for c in waiting)
            listed.highlighted = self.place if waiting else None
        listed.display = bool(waiting)
        if waiting and self.focused is None:
            listed.focus()
        self._show_one()

    def _row(self, c: Comment) -> Content:
        wide = self.app.size.width
        left = f"{c.at:%m-%d %H:%M}  {pad(c.by_name, 10)}  {pad(c.client_name or self.t(f'inbox.kind.{c.kind}'), 12)}  "
        return Content.styled(left, "$text-muted") + Content(cut(" ".join(c.text.split()), max(wide - 46, 10)))

    def _show_one(self) -> None:
        c, doc = self.comment, Doc()
        if c is None:
            waits = self.box is None and not self.error
            doc.add((self.error or self.t("review.loading" if waits else "inbox.none"), "$text-muted"))
        else:
            about = f"{self.t(f'inbox.kind.{c.kind}')} {c.client_name or ''} {c.client_no or ''}".strip()
            doc.add((f"{self.t('inbox.about')}  ", "$text-muted"), about).gap()
            comment_lines(doc, c, self.lang)
            state = self.box.states.get((str(c.kind), c.subject)) if self.box else None
            before = [other for other in state.comments if other.at < c.at] if state else []
            if before:
                doc.head(self.t("inbox.thread"))
            for other in before:
                comment_lines(doc, other, self.lang)
        self.query_one("#inbox-text", Prose).show(doc)

    @on(OptionList.OptionHighlighted, "#inbox")
    def _moved(self, event: OptionList.OptionHighlighted) -> None:
        self.place = event.option_index
        self._show_one()

    @on(OptionList.OptionSelected, "#inbox")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.place = event.option_index
        self.action_answer()

    # -- what the person does

    def action_answer(self) -> None:
        from coach.services.review_acts import answer, new_number
        from coach.tui.screens.review_dialogs import TextDialog

        c, number = self.comment, new_number()
        if c is None or self._saving:
            return

        def written(text: str | None) -> None:
            if text is not None:
                self._write(lambda ws, at: answer(ws, c.comment_no, text, at, by=self.staff_no, answer_no=number),
                            self.t("inbox.answered", name=c.by_name))  # fmt: skip

        self.app.push_screen(TextDialog("review.answer.title", c.text, name=c.by_name), written)

    def action_seen(self) -> None:
        from coach.services.review_acts import seen

        c = self.comment
        if c is not None and not self._saving:
            self._write(lambda ws, at: seen(ws, [c.comment_no], at, by=self.staff_no), self.t("inbox.seen"))

    def _write(self, act: Callable[[Workspace, datetime], object], said: str) -> None:
        ws, at = self.coach.ws, datetime.combine(self.coach.today, datetime.now().time())
        assert ws is not None
        self._saving = True

        def done(_: object) -> None:
            self._saving = False
            self.notify(said, markup=False)
            self.coach.changed()

        def failed(line: str) -> None:
            self._saving = False
            self.notify(line, severity="error", markup=False)

        behind(self, lambda: act(ws, at), done, failed)

    def action_record(self) -> None:
        from coach.tui.screens.review_record import RecordScreen

        c = self.comment
        if c is not None:
            at = (str(c.kind), c.subject)
            self.app.push_screen(RecordScreen([at], at, by=self.staff_no, reading=True))

    def action_leave(self) -> None:
        self.app.pop_screen()
