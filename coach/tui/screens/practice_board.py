"""The board: people × scenarios with the best total; who trains assigns and reviews from here, staff see their own row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Static

from coach.domain.words import Lang
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.practice import WideChooser
from coach.tui.screens.practice_people import Person, people
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.practice_list import past_line
from coach.tui.widgets.practice_score import bar, colour, number
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.wrap import cut, pad

if TYPE_CHECKING:
    from coach.services.practice import Attempt
    from coach.services.practice_training import Board, Cell
    from coach.tui.screens.practice_assign import Assigning

CELL = 8
"""Cells of a column."""
WEAKEST = 4
_NAME = {"zh": 12, "en": 22}


@dataclass(frozen=True, slots=True)
class Told:
    """The board with what goes with it."""

    board: Board
    me: Person | None
    staff: tuple[Person, ...]
    titles: dict[Lang, dict[str, str]]
    criteria: dict[Lang, dict[str, str]]
    weakest: list[tuple[str, float, int]]
    """Of everyone whom one sees."""
    by_person: dict[str, list[tuple[str, float, int]]]

    @property
    def rows(self) -> list[tuple[str, str]]:
        """Everyone for who trains; else one's own row."""
        return [one for one in self.board.people if self.me is None or self.me.trains or one[0] == self.me.staff_no] if self.me else []


def mark(cell: Cell) -> Content:
    """«v 72», «x 45», «*11-28», «!11-20»; what is best stays beside what is still to be done."""
    due = f"{'!' if cell.late else '*'}{cell.assigned:%m-%d}" if cell.assigned is not None else ""
    due_style = "bold $text-error" if cell.late else "bold $text-accent"
    if cell.best is None:
        return Content.styled(pad(due, CELL), due_style) if due else Content.styled(pad("-", CELL), "$text-muted")
    best = Content.styled(f"{'v' if cell.passed else 'x'}{int(cell.best):>3}", "$text-success" if cell.passed else "$text-error")
    return best + Content.styled(f" {due[0]}", due_style) if due else best


class BoardScreen(CoachScreen):
    """``staff_no``: who looks; without it the manager whose day is shown."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#board"
    HELP = (("Esc", "help.esc"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("a", "assign", show=False), Binding("m", "who", show=False),
    ]

    def __init__(self, staff_no: str | None = None) -> None:
        super().__init__()
        self.staff_no = staff_no
        self.told: Told | None = None
        self.error = ""
        self.at = Coordinate(0, 0)

    def compose_body(self) -> ComposeResult:
        yield Static("", id="board-who", markup=False)
        table: DataTable[Content] = DataTable(id="board", cursor_type="cell", fixed_columns=1, zebra_stripes=False, cell_padding=1)
        yield table
        with Vertical(id="board-below"):
            yield Static("", id="board-cell", markup=False)
            yield VerticalScroll(Prose(id="board-weak-text"), id="board-weak", can_focus=False)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        if self.query("#board"):
            self._show()

    @property
    def who(self) -> str:
        return self.staff_no or self.coach.acting

    @property
    def keys(self) -> tuple[Key, ...]:
        keys = [Key("Enter", "practice.key.attempts", "screen.open")]
        if self.told is not None and self.told.me is not None and self.told.me.trains:
            keys.append(Key("a", "practice.key.assign", "screen.assign"))
        return (*keys, Key("m", "practice.key.who", "screen.who"), Key("Esc", "key.back", "screen.leave"))

    def load(self) -> None:
        ws, today, who = self.coach.ws, self.coach.today, self.who
        assert ws is not None

        def find() -> Told:
            from coach.practice.kit import kit
            from coach.services.practice import scenarios
            from coach.services.practice_training import board, weakest

            staff = people(ws)
            me = next((one for one in staff if one.staff_no == who), None)
            made = board(ws, today)
            titles: dict[Lang, dict[str, str]] = {"zh": {}, "en": {}}
            criteria: dict[Lang, dict[str, str]] = {"zh": {}, "en": {}}
            for lang in titles:
                titles[lang] = {s.id: s.words(lang).title for s in scenarios(ws)}
                criteria[lang] = {key: words.name for key, words in kit().words(lang).criteria.items()}
            seen = [number for number, _ in made.people if me is not None and (me.trains or number == me.staff_no)]
            each = {no: list(weakest(ws, [no])) for no in {no for no, _ in made.cells} if no in seen}
            everyone = weakest(ws, seen) if seen else []
            return Told(made, me, tuple(staff), titles, criteria, list(everyone), each)  # type: ignore[arg-type]

        behind(self, find, self._got, self._failed)

    def _got(self, told: Told) -> None:
        self.told, self.error = told, ""
        self._show()

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    # -- showing

    @property
    def pair(self) -> tuple[tuple[str, str], str] | None:
        """Person and scenario under the cursor."""
        told = self.told
        if told is None or not told.rows or not told.board.scenarios:
            return None
        row, column = min(self.at.row, len(told.rows) - 1), min(max(self.at.column - 1, 0), len(told.board.scenarios) - 1)
        return told.rows[row], told.board.scenarios[column]

    def title_of(self, scenario_id: str) -> str:
        return self.told.titles[self.lang].get(scenario_id, scenario_id) if self.told is not None else scenario_id

    def _show(self) -> None:
        if not self.query("#board"):
            return
        told, who = self.told, self.query_one("#board-who", Static)
        if told is None:
            who.update(self.error or self.t("practice.board.loading"))
            return
        from coach.domain.words import label

        parts = [self.t("practice.board.legend")]
        if told.me is not None:
            parts.insert(0, self.t("practice.list.who", name=told.me.name, no=told.me.staff_no, role=label(told.me.role, self.lang)))
        if self.error:
            parts.append(self.error)
        who.update(" · ".join(parts))
        self._fill(told)
        self._show_cell()
        shown = self.query_one(KeyBar)
        if shown.keys != self.keys:
            shown.show(self.keys)

    def _fill(self, told: Told) -> None:
        table: DataTable[Content] = self.query_one("#board", DataTable)
        at = Coordinate(min(self.at.row, max(len(told.rows) - 1, 0)), max(self.at.column, 1))
        with self.prevent(DataTable.CellHighlighted):
            table.clear(columns=True)
            table.add_column(self.t("practice.board.person"), width=10, key="who")
            for name in told.board.scenarios:
                table.add_column(cut(self.title_of(name), CELL), width=CELL, key=name)
            for staff_no, name in told.rows:
                cells = [mark(told.board.cell(staff_no, scenario)) for scenario in told.board.scenarios]
                table.add_row(Content(cut(name, 10)), *cells, key=staff_no)
            table.move_cursor(row=at.row, column=at.column, animate=False)
        self.at = at

    def _show_cell(self) -> None:
        pair, line = self.pair, self.query_one("#board-cell", Static)
        if pair is None or self.told is None:
            line.update(self.t("practice.board.none"))
            return
        (staff_no, name), scenario = pair
        cell = self.told.board.cell(staff_no, scenario)
        parts = [name, self.title_of(scenario)]
        if cell.best is None:
            parts.append(self.t("practice.board.cell.none"))
        else:
            on = f"{cell.last:%m-%d}" if cell.last else ""
            parts.append(self.t("practice.board.cell", best=number(cell.best), n=cell.attempts, on=on))
        if cell.assigned is not None:
            parts.append(self.t("practice.board.cell.late" if cell.late else "practice.board.cell.due", on=f"{cell.assigned:%m-%d}"))
        line.update(" · ".join(parts))
        self.query_one("#board-weak-text", Prose).show(self._weak(self.told, staff_no, name))

    def _weak(self, told: Told, staff_no: str, name: str) -> Doc:
        """The weakest criteria of everyone, and of the person under the cursor beside them."""
        doc, names = Doc(), told.criteria[self.lang]
        mine = {key: share for key, share, _ in told.by_person.get(staff_no, [])}
        if not told.weakest:
            return doc
        wide = _NAME[self.lang]
        everyone = told.me is not None and told.me.trains
        whose = self.t("practice.board.weak.all") if everyone else name
        doc.add((pad(self.t("practice.board.weak"), wide + 1), "bold $primary"), (pad(whose, 22), "$text-muted"),
                (name if everyone else "", "$text-muted"))
        for key, share, _ in told.weakest[:WEAKEST]:
            row = Content(pad(names.get(key, key), wide) + " ") + bar(share, 14)
            row = row + Content.styled(f" {round(share * 100):>3}%   ", f"$text-{colour(share)}")
            if everyone and key in mine:
                row = row + bar(mine[key], 14) + Content.styled(f" {round(mine[key] * 100):>3}%", f"$text-{colour(mine[key])}")
            doc.parts.append((row, -1))
        return doc

    # -- what a person does

    @on(DataTable.CellHighlighted)
    def _moved(self, event: DataTable.CellHighlighted) -> None:
        if event.coordinate.column == 0:  # the names are no cells to choose
            event.data_table.move_cursor(column=1, animate=False)
            return
        self.at = event.coordinate
        self._show_cell()

    @on(DataTable.CellSelected)
    def _selected(self, event: DataTable.CellSelected) -> None:
        self.action_open()

    def action_open(self) -> None:
        """The attempts of the person in the scenario, the newest first; one of them opens with its transcript."""
        ws, pair = self.coach.ws, self.pair
        if ws is None or pair is None:
            return
        (staff_no, _), scenario = pair

        def find() -> list[Attempt]:
            from coach.services.practice import attempts

            return [one for one in attempts(ws, staff_no=staff_no, scenario=scenario) if one.ended_at is not None]

        def got(found: list[Attempt]) -> None:
            if not found:
                self.notify(self.t("practice.board.no_attempts"))
            elif len(found) == 1:
                self._result(found[0].attempt_no)
            else:
                self._choose(found)

        behind(self, find, got, self._tell)

    def _choose(self, found: list[Attempt]) -> None:
        def options() -> list[tuple[str, str]]:
            return [(one.attempt_no, past_line(one, self.title_of(one.scenario), self.lang)) for one in found]

        self.app.push_screen(WideChooser("practice.past.title", options), lambda chosen: self._result(chosen) if chosen else None)

    def _result(self, attempt_no: str) -> None:
        from coach.tui.screens.practice_result import ResultScreen

        self.app.push_screen(ResultScreen(attempt_no, staff_no=self.who))

    def action_assign(self) -> None:
        told, pair = self.told, self.pair
        if told is None or pair is None:
            return
        if told.me is None or not told.me.trains:
            self.notify(self.t("practice.trainer_only"), severity="warning")
            return
        from coach.tui.screens.practice_assign import AssignDialog

        options = {lang: [(name, told.titles[lang].get(name, name)) for name in told.board.scenarios] for lang in told.titles}

        def done(made: Assigning | None) -> None:
            if made is not None:
                self.notify(self.t("practice.assign.done", n=len(made.staff_nos), on=f"{made.due_on:%m-%d}"))
                self.coach.changed()

        self.app.push_screen(AssignDialog(options, told.staff, told.me.staff_no, scenario=pair[1], chosen=(pair[0][0],)), done)

    def action_who(self) -> None:
        from coach.domain.words import label
        from coach.tui.screens.chooser import Chooser

        told = self.told
        if told is None or not told.staff:
            return

        def options() -> list[tuple[str, str]]:
            return [
                (one.staff_no, self.t("practice.list.who", name=one.name, no=one.staff_no, role=label(one.role, self.lang)))
                for one in told.staff
            ]

        def chosen(staff_no: str | None) -> None:
            if staff_no is not None:
                self.staff_no, self.at = staff_no, Coordinate(0, 1)
                self.load()

        self.app.push_screen(Chooser("practice.who.title", options, self.who), chosen)

    def _tell(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)

    def action_leave(self) -> None:
        self.app.pop_screen()
