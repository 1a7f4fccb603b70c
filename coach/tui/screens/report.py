"""The supervisor's report: people × figures with how each stands to its goal, the weeks behind a figure drawn, advice with its sources."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.coordinate import Coordinate
from textual.widgets import DataTable, Static
from textual.worker import get_current_worker

from coach.domain.report import BRANCH
from coach.domain.report_figures import FIGURES
from coach.tui.cites import Cites
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.report_definition import DefinitionSheet, Meaning
from coach.tui.screens.report_period import DEFAULT, PeriodDialog, Span, spans
from coach.tui.screens.supervise import SuperviseScreen
from coach.tui.screens.threads import back, behind, told
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.report_cells import CELL, basis, cell, shown, standing
from coach.tui.widgets.report_plot import WeekPlot, drawing
from coach.tui.wrap import cut, pad

if TYPE_CHECKING:
    from coach.domain.report_figures import Figure
    from coach.services.report import Part, Person, Report
    from coach.services.report_words import Words

NARROW = 110
"""Below so many cells the plot and the advice take turns."""
WHO = 12
"""Cells of a person's column."""
BEFORE = 2
"""Columns before the figures: who, clients."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A report with the weeks up to its end."""

    made: Report
    weeks: tuple[Part, ...]


def day_in(day: date, today: date) -> str:
    """«11-01»; with the year where it is another one."""
    return f"{day:%m-%d}" if day.year == today.year else day.isoformat()


class ReportScreen(SuperviseScreen):
    """``manager``: only this one, beside the branch; empty = everyone."""

    PART = "report"
    CSS_PATH = "report.tcss"
    AUTO_FOCUS = "#report-table"
    ALWAYS = (
        Key("p", "report.key.period", "screen.period"), Key("w", "report.key.who", "screen.who"),
        Key("d", "report.key.definition", "screen.definition"), Key("o", "report.key.cites", "screen.cite(1)"),
        Key("h", "report.key.html", "screen.write('html')"), Key("x", "report.key.xlsx", "screen.write('xlsx')"),
    )  # fmt: skip
    VIEW = Key("v", "report.key.view", "screen.view")
    HELP = (("1 2 3 4", "help.report.parts"), ("← → ↑ ↓", "help.report.cursor"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("p", "period", show=False), Binding("w", "who", show=False), Binding("d", "definition", show=False),
        Binding("o", "cite(1)", show=False), Binding("h", "write('html')", show=False), Binding("x", "write('xlsx')", show=False),
        Binding("v", "view", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.span: Span | None = None
        self.manager = ""
        self.counted: Counted | None = None
        self.error = ""
        self.at = Coordinate(0, BEFORE + 1)
        self.cites = Cites()
        self.advice_first = False

    # -- composing and loading

    def compose_part(self) -> ComposeResult:
        yield Static("", id="report-head", markup=False)
        table: DataTable[Content] = DataTable(id="report-table", cursor_type="cell", fixed_columns=1, zebra_stripes=False, cell_padding=0)
        yield table
        yield Static("", id="report-cell", markup=False)
        with Horizontal(id="report-below"):
            yield WeekPlot(self.lang, id="report-plot")
            yield VerticalScroll(Prose(id="report-advice-text"), id="report-advice", can_focus=True)

    def on_mount(self) -> None:
        self._show()

    @property
    def keys(self) -> tuple[Key, ...]:
        return (*self.ALWAYS, self.VIEW) if self.has_class("-narrow") else self.ALWAYS

    def on_resize(self) -> None:
        self.set_class(self.app.size.width < NARROW, "-narrow")
        for bar in self.query(KeyBar):
            bar.show(self.keys)

    def load(self) -> None:
        ws, today = self.coach.ws, self.coach.today
        assert ws is not None
        if self.own_only:
            self.manager = self.coach.me
        who = self.manager or None
        span = self.span = self.span or spans(today)[DEFAULT]
        if self.query("#report-head"):
            self.query_one("#report-head", Static).update(self.t("report.loading", span=self._span_name(span)))

        def work() -> None:
            from coach.services.report import Stopped, make
            from coach.services.report_trend import trend

            worker = get_current_worker()

            def stopped() -> bool:
                return worker.is_cancelled

            with told(self, self._failed):
                try:
                    made = make(ws, span.start, span.end, today, manager=who, stop=stopped)
                    counted = Counted(made, trend(ws, span.end, today, stop=stopped))
                except Stopped:
                    return
                back(self, self._got, counted)

        self.run_worker(work, thread=True, exclusive=True, group="report")

    def _got(self, counted: Counted) -> None:
        self.counted, self.error = counted, ""
        ids = (cite for of in counted.made.advice.values() for one in of for cite in one.cites)
        self.cites = Cites()
        self.cites.add(citations(ids, self.coach.ws.playbook if self.coach.ws else None, self.lang))
        self._show()

    def _failed(self, line: str) -> None:
        self.error = line
        self._show()

    @property
    def own_only(self) -> bool:
        """The database's login is somebody who sees their own clients only."""
        me = self.coach.ws.person if self.coach.ws is not None and self.coach.me else None
        return me is not None and not me.supervises

    # -- what stands under the cursor

    @property
    def person(self) -> Person | None:
        """Whose row it is; the last row is the branch's."""
        if self.counted is None:
            return None
        everyone = self.counted.made.everyone
        return everyone[min(self.at.row, len(everyone) - 1)]

    @property
    def figure(self) -> Figure:
        return FIGURES[min(max(self.at.column - BEFORE, 0), len(FIGURES) - 1)]

    # -- showing

    def _span_name(self, span: Span) -> str:
        return self.t(f"report.period.{span.name}")

    def _called(self, person: Person) -> str:
        return self.t("report.branch") if person.staff_no == BRANCH else f"{person.name} {person.staff_no}".strip()

    def _show(self) -> None:
        if not self.query("#report-head"):
            return
        head, counted = self.query_one("#report-head", Static), self.counted
        if counted is None:
            head.update(self.error)
            return
        made, span = counted.made, self.span
        assert span is not None
        who = next((self._called(p) for p in made.people if p.staff_no == self.manager), self.manager) or self.t("report.everyone")
        start, end = (day_in(day, self.coach.today) for day in (made.period.start, made.period.end))
        line = self.t("report.head", span=self._span_name(span), start=start, end=end, days=made.working_days, who=who)
        head.update(self.error or (f"{line} · {self.t('report.legend')}" if made.people else self.t("report.empty")))
        self._fill(made)
        self._show_cell()

    def _fill(self, made: Report) -> None:
        table: DataTable[Content] = self.query_one("#report-table", DataTable)
        rows = made.everyone
        at = Coordinate(min(self.at.row, len(rows) - 1), max(self.at.column, 1))
        with self.prevent(DataTable.CellHighlighted):
            table.clear(columns=True)
            table.add_column(self.t("report.col.who"), width=WHO, key="who")
            table.add_column(pad(self.t("report.col.clients"), 8, right=True), width=8, key="clients")
            for figure in FIGURES:
                table.add_column(pad(self.t(f"report.col.{figure.id}"), CELL, right=True), width=CELL + 1, key=figure.id)
            for person in rows:
                of, held = made.figures[person.staff_no], made.held.get(person.staff_no, {})
                table.add_row(
                    Content.styled(cut(self._called(person), WHO), "bold" if person.staff_no == BRANCH else ""),
                    Content(pad(f"{of.clients:,}", 8, right=True)),
                    *(cell(figure, of, held.get(figure.id), self.lang) for figure in FIGURES), key=person.staff_no or "branch",
                )  # fmt: skip
            table.move_cursor(row=at.row, column=at.column, animate=False)
        self.at = at

    def _show_cell(self) -> None:
        counted, person = self.counted, self.person
        if counted is None or person is None:
            return
        self.query_one("#report-cell", Static).update(f"{self._called(person)} · {self._cell_words(counted.made, person)}")
        self.query_one("#report-plot", WeekPlot).show(
            drawing(self.figure.id, person.staff_no, counted.weeks, counted.made, self.lang), self._called(person)
        )
        self.query_one("#report-advice-text", Prose).show(self._advice(counted.made, person))

    def _cell_words(self, made: Report, person: Person) -> str:
        """«电话达标 45%：81 次，5-20-30 要 180 次；目标 100%，差 55 个百分点»."""
        of, figure = made.figures[person.staff_no], self.figure
        if self.at.column < BEFORE:
            return basis("clients", of, self.lang)
        value = figure.value(of)
        number = "-" if value is None else shown(figure, value, self.lang)
        held = made.held.get(person.staff_no, {}).get(figure.id)
        name = self.words.figures[figure.id]
        return f"{name} {number} · {basis(figure.id, of, self.lang)} · {standing(figure, held, self.lang)}"

    @property
    def words(self) -> Words:
        """The figures' names and definitions in the language in force."""
        from coach.services.report_words import words_for

        assert self.coach.ws is not None
        return words_for(self.coach.ws.policy, self.lang)

    def _advice(self, made: Report, person: Person) -> Doc:
        """The person's advice; on the branch's row everyone's."""
        doc = Doc().add((f"{self.t('report.advice')} · {self._called(person)}", "bold $primary"))
        people = made.people if person.staff_no == BRANCH else (person,)
        said = False
        for one in people:
            for advice in made.advice.get(one.staff_no, ()):
                said = True
                style = "bold $text-warning" if advice.kind == "mend" else "bold $text-success"
                if person.staff_no == BRANCH:
                    doc.add((f"{self._called(one)}  ", "bold"))
                doc.add((f"{self.t(f'report.{advice.kind}')}  ", style), advice.text, self.cites.marks(advice.cites), hang=2).gap()
        if not said:
            doc.add(self.t("report.advice.none"))
        return doc.add((self.t("report.note"), "$text-muted"))

    # -- what a person does

    @on(DataTable.CellHighlighted)
    def _moved(self, event: DataTable.CellHighlighted) -> None:
        if event.coordinate.column == 0:  # the names are no figures
            event.data_table.move_cursor(column=1, animate=False)
            return
        self.at = event.coordinate
        self._show_cell()

    @on(DataTable.CellSelected)
    def _selected(self, event: DataTable.CellSelected) -> None:
        self.action_definition()

    def action_period(self) -> None:
        if not self.coach.ready or self.span is None:
            return

        def chosen(span: Span | None) -> None:
            if span is not None and span != self.span:
                self.span = span
                self.load()

        self.app.push_screen(PeriodDialog(self.coach.today, self.span), chosen)

    def action_who(self) -> None:
        """Everyone, or one of those who have clients."""
        from coach.tui.screens.chooser import Chooser

        ws = self.coach.ws
        if ws is None or not self.coach.ready:
            return
        if self.own_only:
            self.notify(self.t("report.own"))
            return

        def find() -> list[tuple[str, str, int]]:
            from coach.services.clients import managers

            return managers(ws)

        def chosen(number: str | None) -> None:
            if number is not None and number != self.manager:
                self.manager, self.at = number, Coordinate(0, self.at.column)
                self.load()

        def ask(everyone: list[tuple[str, str, int]]) -> None:
            def options() -> list[tuple[str, str]]:
                lines = [(no, self.t("manager.line", name=name, no=no, n=count)) for no, name, count in everyone]
                return [("", self.t("report.who.all")), *lines]

            self.app.push_screen(Chooser("report.who.title", options, self.manager), chosen)

        behind(self, find, ask, self._tell)

    def action_definition(self) -> None:
        if self.counted is not None:
            self.app.push_screen(DefinitionSheet(self._meaning))

    def _meaning(self) -> Meaning | None:
        from coach.services.report_words import structure

        counted, person = self.counted, self.person
        if counted is None or person is None:
            return None
        words, clients = self.words, self.at.column < BEFORE
        key = "period" if clients else structure().figures[self.figure.id].definition
        meant, period = words.definitions[key], words.definitions["period"]
        here = self._cell_words(counted.made, person)
        return Meaning(
            meant.name, meant.counts, meant.records, meant.formula, self._called(person), here, "" if clients else period.counts
        )

    def action_cite(self, number: int) -> None:
        """The passages of the person under the cursor first; a click on a mark opens that one."""
        from coach.tui.screens.cite_sheet import CiteSheet

        if self.counted is None or self.coach.ws is None or not self.cites.all:
            self.notify(self.t("cite.none"))
            return
        self.app.push_screen(CiteSheet(self.cites.all, number - 1, self.coach.ws.playbook))

    def action_view(self) -> None:
        """On a narrow screen the plot and the advice take turns; on a wide one both are there."""
        self.advice_first = not self.advice_first
        self.set_class(self.advice_first, "-advice")

    def action_write(self, form: str) -> None:
        """One file into the workspace's ``reports``; its path is told, nothing is opened."""
        counted, ws, span = self.counted, self.coach.ws, self.span
        if counted is None or ws is None or span is None:
            self.notify(self.t("report.wait"))
            return
        period = counted.made.period
        name = "-".join(filter(None, ("report", period.start.isoformat(), period.end.isoformat(), self.manager)))

        def find() -> list[Path]:
            from coach.services.report_files import write
            from coach.store.db import private_folder

            path = private_folder(ws.home / "reports") / f"{name}.{form}"
            return write(counted.made, html=path if form == "html" else None, xlsx=path if form == "xlsx" else None)

        self.notify(self.t("report.writing"), timeout=2)
        behind(self, find, lambda paths: self.notify(self.t("report.written", path=str(paths[0])), timeout=15, markup=False), self._tell)

    def _tell(self, line: str) -> None:
        self.notify(line, severity="error", markup=False)
