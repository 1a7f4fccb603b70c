"""The practice screen: scenarios with one's own results on the left, the situation of the chosen one on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.events import Resize
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.domain.format import money
from coach.domain.words import label
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.practice_shelf import Shelf, read_shelf, warm
from coach.tui.screens.practice_talk import TalkScreen
from coach.tui.screens.practice_talking import Wanted
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key
from coach.tui.widgets.practice_list import detail_doc, heading, past_line, row
from coach.tui.widgets.prose import Doc, Prose

if TYPE_CHECKING:
    from coach.practice.scenario import Scenario
    from coach.services.practice_cases import Case

WIDE = 110


class WideChooser(Chooser):
    """For lines as long as those of the attempts."""

    DEFAULT_CSS = """
    WideChooser > Vertical { width: 78; max-width: 100%; }
    """


class PracticeScreen(CoachScreen):
    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#scenarios"
    KEYS = (
        Key("Enter", "practice.key.begin", "screen.start"), Key("u", "practice.key.take_up", "screen.take_up"),
        Key("w", "practice.key.own", "screen.own"), Key("h", "practice.key.past", "screen.past"),
        Key("t", "practice.key.trend", "screen.trend"), Key("b", "practice.key.board", "screen.board"),
        Key("e", "practice.key.form", "screen.form"), Key("m", "practice.key.who", "screen.who"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "take_up", show=False), Binding("w", "own", show=False), Binding("h", "past", show=False),
        Binding("t", "trend", show=False), Binding("b", "board", show=False), Binding("e", "form", show=False),
        Binding("m", "who", show=False), Binding("left_square_bracket", "page(-1)", show=False),
        Binding("right_square_bracket", "page(1)", show=False),
    ]
    HELP = (("[ ]", "help.pane"),)

    def __init__(self) -> None:
        super().__init__()
        self.shelf: Shelf | None = None
        self.error = ""
        self.chosen = ""
        """Id of the scenario under the cursor."""
        self.person_no = ""
        """Who practises, where it is another than the manager whose day is shown."""
        self._warmed: set[str] = set()
        self.drafts: dict[str, str] = {}
        """What was typed and not sent, by attempt."""

    def compose_body(self) -> ComposeResult:
        yield Static("", id="practice-who", markup=False)
        with Horizontal(id="practice"):
            with VerticalScroll(id="practice-left", can_focus=False):
                yield Static("", id="practice-columns")
                yield OptionList(id="scenarios", markup=False, compact=True)
            yield VerticalScroll(Prose(id="about-text"), id="about", can_focus=False)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        if self.query("#scenarios"):
            self._show()

    def on_resize(self, event: Resize) -> None:
        self.set_class(event.size.width >= WIDE, "-wide")
        self.call_after_refresh(self._show)

    @property
    def who(self) -> str:
        """Number of the person who practises."""
        return self.person_no or self.coach.acting

    def load(self) -> None:
        ws, who, today = self.coach.ws, self.who, self.coach.today
        assert ws is not None
        behind(self, lambda: read_shelf(ws, who, today), self._got, self._failed)

    def _got(self, shelf: Shelf) -> None:
        self.shelf, self.error = shelf, ""
        if not any(s.id == self.chosen for s in shelf.scenarios):
            first = next((s.id for s in shelf.scenarios if shelf.of(s.id).due is not None), None)
            self.chosen = first or (shelf.scenarios[0].id if shelf.scenarios else "")
        self._show()
        self._warm()

    def _warm(self) -> None:
        """The example sentences of the language are learnt while the person reads; a fault is told when the talk begins."""
        ws, scenario, lang, today = self.coach.ws, self.scenario, self.lang, self.coach.today
        if ws is not None and scenario is not None and lang not in self._warmed:
            self._warmed.add(lang)
            behind(self, lambda: warm(ws, scenario, lang, today), lambda _: None, lambda line: self._warmed.discard(lang))

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    # -- showing

    @property
    def scenario(self) -> Scenario | None:
        """The one under the cursor."""
        return next((s for s in self.shelf.scenarios if s.id == self.chosen), None) if self.shelf else None

    def _show(self) -> None:
        if not self.query("#scenarios"):
            return
        shelf, listed = self.shelf, self.query_one("#scenarios", OptionList)
        who = self.query_one("#practice-who", Static)
        if shelf is None:
            who.update(self.error or self.t("practice.list.loading"))
            return
        parts = [self.t("practice.list.nobody")]
        if shelf.me is not None:
            parts = [self.t("practice.list.who", name=shelf.me.name, no=shelf.me.staff_no, role=label(shelf.me.role, self.lang))]
        if shelf.broken:
            parts.append(self.t("practice.list.broken", n=shelf.broken))
        if self.error:
            parts.append(self.error)
        who.update(" · ".join(parts))
        width = max(listed.size.width - 3, 30)
        self.query_one("#practice-columns", Static).update(heading(self.lang, width))
        with self.prevent(OptionList.OptionHighlighted):
            listed.set_options(Option(row(s, shelf.of(s.id), self.lang, width), id=s.id) for s in shelf.scenarios)
            listed.highlighted = next((i for i, s in enumerate(shelf.scenarios) if s.id == self.chosen), None)
        self._show_about()

    def _show_about(self) -> None:
        scenario = self.scenario
        if self.shelf is None or scenario is None:
            doc = Doc().add((self.t("practice.list.none"), "$text-muted"))
        else:
            doc = detail_doc(scenario, self.shelf.of(scenario.id), self.lang)
        self.query_one("#about-text", Prose).show(doc)
        self.query_one("#about").scroll_home(animate=False)

    # -- what a person does

    @on(OptionList.OptionHighlighted, "#scenarios")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self.chosen = event.option_id
            self._show_about()

    @on(OptionList.OptionSelected, "#scenarios")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_start()

    def action_start(self) -> None:
        """The chosen scenario from its beginning; an assignment of it is thereby worked off."""
        scenario, shelf = self.scenario, self.shelf
        if scenario is None or shelf is None:
            return
        due = shelf.of(scenario.id).due
        if due is not None and due.client_no is not None:
            self._own(due.client_no, due.assignment_no, scenario)
        else:
            self._talk(Wanted(scenario, assignment=due.assignment_no if due else None, staff_no=self._me))

    @property
    def _me(self) -> str | None:
        return self.shelf.me.staff_no if self.shelf is not None and self.shelf.me is not None else None

    def _talk(self, wanted: Wanted) -> None:
        self.app.push_screen(TalkScreen(wanted, self.drafts))

    def action_take_up(self) -> None:
        """The talk left unfinished: of the chosen scenario, else the newest."""
        if self.shelf is None:
            return
        left = self.shelf.of(self.chosen).unfinished or next((a for a in self.shelf.attempts if a.unfinished), None)
        if left is None:
            self.notify(self.t("practice.no_unfinished"))
            return
        self._talk(Wanted(attempt_no=left.attempt_no, staff_no=left.staff_no))

    def action_own(self) -> None:
        self._own()

    def _own(self, client_no: str = "", assignment: str | None = None, otherwise: Scenario | None = None) -> None:
        """Practice on one's own maturing clients: chosen from a list, or the one that an assignment names."""
        ws, who, today = self.coach.ws, self._me, self.coach.today
        if ws is None or who is None:
            return

        def find() -> list[Case]:
            from coach.services.practice_cases import from_maturities

            return from_maturities(ws, who, today)

        def got(cases: list[Case]) -> None:
            if client_no:
                case = next((c for c in cases if c.client_no == client_no), None)
                chosen = case.scenario if case is not None else otherwise
                if chosen is not None:
                    self._talk(Wanted(chosen, assignment=assignment, client_no=client_no if case else None, staff_no=who))
            elif cases:
                self._choose_case(cases, who)
            else:
                self.notify(self.t("practice.own.none"))

        behind(self, find, got, self._tell)

    def _choose_case(self, cases: list[Case], who: str) -> None:
        def options() -> list[tuple[str, str]]:
            return [
                (case.client_no, self.t(
                    "practice.own.line", name=case.scenario.words(self.lang).call_name, amount=money(case.amount_fen, self.lang),
                    on=f"{case.matures_on:%m-%d}",
                ))
                for case in cases
            ]  # fmt: skip

        def chosen(client_no: str | None) -> None:
            case = next((c for c in cases if c.client_no == client_no), None)
            if case is not None:
                self._talk(Wanted(case.scenario, client_no=case.client_no, staff_no=who))

        self.app.push_screen(Chooser("practice.own.title", options), chosen)

    def action_past(self) -> None:
        shelf = self.shelf
        if shelf is None or not shelf.attempts:
            self.notify(self.t("practice.past.none"))
            return

        def chosen(attempt_no: str | None) -> None:
            attempt = next((a for a in shelf.attempts if a.attempt_no == attempt_no), None)
            if attempt is not None and attempt.unfinished:
                self._talk(Wanted(attempt_no=attempt.attempt_no, staff_no=attempt.staff_no))
            elif attempt is not None:
                from coach.tui.screens.practice_result import ResultScreen

                self.app.push_screen(ResultScreen(attempt.attempt_no, staff_no=self._me))

        def options() -> list[tuple[str, str]]:
            return [(a.attempt_no, past_line(a, shelf.title(a.scenario, self.lang), self.lang)) for a in shelf.attempts]

        self.app.push_screen(WideChooser("practice.past.title", options), chosen)

    def action_trend(self) -> None:
        from coach.tui.screens.practice_trend import TrendScreen

        if self.shelf is not None and self.shelf.me is not None:
            self.app.push_screen(TrendScreen(self.shelf.me))

    def action_board(self) -> None:
        from coach.tui.screens.practice_board import BoardScreen

        if self.shelf is not None:
            self.app.push_screen(BoardScreen(self._me))

    def action_form(self) -> None:
        if self.shelf is None or self.shelf.me is None or not self.shelf.me.trains:
            self.notify(self.t("practice.trainer_only"), severity="warning")
            return
        from coach.tui.screens.practice_form import FormScreen

        if self.scenario is not None:
            self.app.push_screen(FormScreen(self.scenario))

    def action_who(self) -> None:
        shelf = self.shelf
        if shelf is None or not shelf.people:
            return

        def options() -> list[tuple[str, str]]:
            return [
                (one.staff_no, self.t("practice.list.who", name=one.name, no=one.staff_no, role=label(one.role, self.lang)))
                for one in shelf.people
            ]

        def chosen(staff_no: str | None) -> None:
            if staff_no is not None:
                self.person_no = "" if staff_no == self.coach.acting else staff_no
                self.chosen = self.chosen if staff_no == self._me else ""
                self.load()

        self.app.push_screen(Chooser("practice.who.title", options, self.who), chosen)

    def action_page(self, by: int) -> None:
        about = self.query_one("#about", VerticalScroll)
        about.scroll_relative(y=by * max(1, about.size.height - 1), animate=False)

    def _tell(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)
