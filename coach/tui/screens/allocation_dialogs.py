"""What the allocation screen asks: yes or no, which day, who leaves."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Input, SelectionList, Static
from textual.widgets.selection_list import Selection

from coach.tui.dates import parse_day, weekday
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.line_input import LineInput

if TYPE_CHECKING:
    from coach.services.allocation_runs import Member

_BOX = """ {{ align: center middle; }}
    {0} > Vertical {{
        width: {1}; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }}
"""


class AskDialog(Dialog[bool]):
    """One question; ``True`` = do it. ``title`` is a key of the texts, the question is asked anew when the language changes."""

    AUTO_FOCUS = "#no"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "yes", show=False), Binding("n", "leave", show=False)]
    DEFAULT_CSS = "AskDialog" + _BOX.format("AskDialog", 64) + """
    AskDialog #question { height: auto; margin: 1 0; }
    AskDialog .buttons { height: 1; margin-bottom: 1; }
    AskDialog .buttons Button { margin-right: 2; }
    """

    def __init__(self, title: str, question: Callable[[], str]) -> None:
        super().__init__()
        self.heading, self.question = title, question

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t(self.heading)
            yield Static(self.question(), id="question", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.t("alloc.ask.yes"), id="yes", variant="primary", compact=True)
                yield Button(self.t("alloc.ask.no"), id="no", compact=True)

    @on(Button.Pressed, "#no")
    def _no(self) -> None:
        self.action_leave()

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        self.dismiss(True)


class DayDialog(Dialog["date | None"]):
    """Answers with a day; what is typed is told in full below the field."""

    AUTO_FOCUS = "#day"
    DEFAULT_CSS = "DayDialog" + _BOX.format("DayDialog", 56) + """
    DayDialog #told { height: 1; margin-bottom: 1; }
    """

    def __init__(self, now: date) -> None:
        super().__init__()
        self.typed = now.isoformat()

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t("alloc.day.title")
            yield LineInput(self.typed, id="day", compact=True)
            yield Static("", id="told", markup=False)
            yield Static(self.t("alloc.day.hint"), classes="dim", markup=False)

    def on_mount(self) -> None:
        self._tell()

    async def recompose(self) -> None:
        await super().recompose()
        self._tell()

    def _tell(self) -> None:
        found = parse_day(self.typed, self.coach.today)
        told = self.t("alloc.day.bad", text=self.typed) if found is None else f"{found} {weekday(found, self.lang)}"
        self.query_one("#told", Static).update(told)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.typed = event.value
        self._tell()

    @on(Input.Submitted)
    def _entered(self) -> None:
        found = parse_day(self.typed, self.coach.today)
        if found is not None:
            self.dismiss(found)


class LeaversDialog(Dialog["tuple[str, ...] | None"]):
    """Answers with the staff numbers marked. Who leaves by the policy is told, and cannot be unmarked here."""

    AUTO_FOCUS = "#members"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = "LeaversDialog" + _BOX.format("LeaversDialog", 64) + """
    LeaversDialog SelectionList, LeaversDialog SelectionList:focus {
        height: auto; max-height: 16; border: none; background: $surface; padding: 0;
    }
    """

    def __init__(self, members: Sequence[Member], marked: Sequence[str]) -> None:
        super().__init__()
        self.members, self.marked = [m for m in members if m.serves], set(marked)

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t("alloc.leaving.title")
            box.border_subtitle = self.t("alloc.leaving.keys")
            if not self.members:
                yield Static(self.t("alloc.leaving.none"), markup=False)
            yield SelectionList(*(
                Selection(self._line(m), m.staff_no, m.leaving or m.staff_no in self.marked, disabled=m.leaving) for m in self.members
            ), id="members", compact=True)  # fmt: skip

    def _line(self, member: Member) -> str:
        line = self.t("alloc.member", name=member.name, no=member.staff_no, post=member.post, n=f"{member.clients:,}")
        return f"{line}  {self.t('alloc.leaving.policy')}" if member.leaving else line

    @on(SelectionList.SelectedChanged)
    def _marked(self, event: SelectionList.SelectedChanged[str]) -> None:
        self.marked = set(event.selection_list.selected)

    def action_save(self) -> None:
        by_policy = {m.staff_no for m in self.members if m.leaving}
        self.dismiss(tuple(sorted(self.marked - by_policy)))
