"""Sharing out clients: a preview with the books before and after and every move's reason, carried out, taken back, looked back on."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import DataTable, Static

from coach.tui.screens.allocation_acts import AllocationActs
from coach.tui.screens.allocation_dialogs import DayDialog, LeaversDialog
from coach.tui.screens.allocation_sheet import Sheet, listed, past, preview
from coach.tui.widgets.allocation_books import fill
from coach.tui.widgets.allocation_moves import MoveList
from coach.tui.widgets.bars import Key

if TYPE_CHECKING:
    from coach.services.allocation_runs import Run

MODES = {"i": "initial", "m": "monthly", "q": "quarterly"}


class AllocationScreen(AllocationActs):
    """Shows the preview of ``mode``, or the run ``run_no`` where that is set."""

    PART = "allocation"
    CSS_PATH = "allocation.tcss"
    AUTO_FOCUS = "#alloc-moves"
    KEYS = (
        Key("a", "alloc.key.apply", "screen.carry_out"), Key("u", "alloc.key.undo", "screen.take_back"),
        Key("w", "alloc.key.filter", "screen.filter"), Key("l", "alloc.key.leaving", "screen.leaving"),
        Key("d", "alloc.key.day", "screen.day"), Key("r", "alloc.key.runs", "screen.runs"),
    )  # fmt: skip
    HELP = (("i m q", "help.alloc.modes"), ("Enter", "help.alloc.open"), ("1 2 3 4", "help.report.parts"), ("", "help.alloc.sort"))
    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(key, f"mode('{mode}')", show=False) for key, mode in MODES.items()),
        Binding("a", "carry_out", show=False), Binding("u", "take_back", show=False), Binding("w", "filter", show=False),
        Binding("l", "leaving", show=False), Binding("d", "day", show=False), Binding("r", "runs", show=False),
        Binding("escape", "clear", show=False),
    ]  # fmt: skip

    # -- composing and loading

    def compose_part(self) -> ComposeResult:
        yield Static("", id="alloc-head")
        yield Static("", id="alloc-told", markup=False)
        table: DataTable[Content] = DataTable(id="alloc-books", cursor_type="row", zebra_stripes=False, cell_padding=0)
        yield table
        yield MoveList(self.lang, id="alloc-moves")
        yield Static("", id="alloc-why", markup=False)

    def on_mount(self) -> None:
        self.show()

    def load(self) -> None:
        ws, run_no, mode, day, gone = self.coach.ws, self.run_no, self.mode, self.on_day, self.gone
        assert ws is not None

        def find() -> Sheet:
            from coach.domain.allocation import Mode
            from coach.services.allocation_runs import runs

            run = next((run for run in runs(ws) if run.run_no == run_no), None) if run_no else None
            return past(ws, run) if run is not None else preview(ws, Mode(mode), day, gone)

        self.work_out("alloc.busy", find, self._got)

    def _got(self, sheet: Sheet) -> None:
        self.sheet, self.error = sheet, ""
        if self.only and not any(self.only in row.between for row in sheet.moves):
            self.only = ""
        self.show()

    # -- showing

    def show(self) -> None:
        if not self.query("#alloc-head"):
            return
        self.show_head()
        table, moves = self.query_one("#alloc-books", DataTable), self.query_one(MoveList)
        if self.sheet is None:
            table.clear(columns=True)
            moves.set_moves(())
        else:
            with self.prevent(DataTable.RowHighlighted):
                fill(table, self.sheet, self.lang, self._row)
            moves.sort, moves.reverse = self.sort, self.reverse
            rows = listed(self.sheet, self.only, self.sort, moves.descending)
            moves.set_moves(rows, cursor=self._line, sort=self.sort, reverse=self.reverse)
        self._show_why()

    def show_head(self) -> None:
        if not self.query("#alloc-head"):
            return
        line = Content(" ")
        for key, mode in MODES.items():
            chosen = mode == self.mode and not self.run_no
            piece = Content.styled(f" {key} {self.t(f'alloc.mode.{mode}')} ", "reverse bold" if chosen else "")
            line = line + piece.stylize(f"@click=screen.mode('{mode}')") + Content(" ")
        line = line + Content("  " + self.t("alloc.day", on=self.on_day.isoformat()))
        named = {m.staff_no: m.name for m in self.sheet.members} if self.sheet else {}
        by_policy = [m.staff_no for m in self.sheet.members if m.leaving] if self.sheet else []
        away = " ".join(named.get(no, no) for no in dict.fromkeys((*self.gone, *by_policy))) or self.t("alloc.nobody")
        line = line + Content("  " + self.t("alloc.leaving", who=away))
        self.query_one("#alloc-head", Static).update(line)
        self.query_one("#alloc-told", Static).update(self.t(self.busy) if self.busy else self.error or self._told())

    def _told(self) -> str:
        sheet = self.sheet
        if sheet is None:
            return ""
        if sheet.run is not None:
            parts = [self._run_told(sheet.run, sheet)]
        elif sheet.proposal is not None:
            made = sheet.proposal.made
            key = "alloc.preview" if made.moves else "alloc.preview.none"
            counts = {"n": f"{len(made.moves):,}", "protected": f"{made.protected:,}", "familiar": f"{made.familiar_kept:,}"}
            parts = [self.t(key, people=sheet.people, **counts)]
            if sheet.joining:
                parts.append(self.t("alloc.joining", who=" ".join(sheet.joining)))
            if made.large:
                parts.append(self.t("alloc.large", n=len(made.large), share=f"{made.large[0].share:.0%}"))
            if made.unserved:
                parts.append(self.t("alloc.unserved", n=made.unserved))
        else:
            parts = []
        if self.only:
            name = next((m.name for m in sheet.members if m.staff_no == self.only), self.only)
            parts.insert(0, self.t("alloc.only", who=name, n=len(self.query_one(MoveList).moves)))
        return " · ".join(parts)

    def _run_told(self, run: Run, sheet: Sheet) -> str:
        by = next((m.name for m in sheet.members if m.staff_no == run.by), run.by) or self.t("alloc.run.nobody")
        told = self.t("alloc.run", run=run.run_no, mode=self.t(f"alloc.mode.{run.mode}"), on=run.on, n=f"{run.moves:,}", by=by)
        return told + (self.t("alloc.run.undone", on=f"{run.undone_at:%m-%d %H:%M}") if run.undone_at else "")

    def _show_why(self) -> None:
        """The whole reason of the move under the cursor."""
        move = self.query_one(MoveList).move
        told = f"{move.client_no} {move.name}：{move.why(self.lang)}" if move else "" if self.busy else self.t("alloc.no_moves")
        self.query_one("#alloc-why", Static).update(told.replace("：", ": ", 1) if self.lang == "en" else told)

    # -- going about

    @on(MoveList.Moved)
    def _moved(self, event: MoveList.Moved) -> None:
        self._line = event.position
        self._show_why()

    @on(MoveList.Opened)
    def _opened(self, event: MoveList.Opened) -> None:
        self.coach.open_client(event.client_no)

    @on(MoveList.SortBy)
    def _sorted(self, event: MoveList.SortBy) -> None:
        self.reverse = not self.reverse if event.column == self.sort else False
        self.sort, self._line = event.column, 0
        self.show()

    @on(DataTable.RowHighlighted)
    def _at_row(self, event: DataTable.RowHighlighted) -> None:
        self._row = event.cursor_row

    @on(DataTable.RowSelected)
    def _chosen_row(self, event: DataTable.RowSelected) -> None:
        """A person's moves; once more all of them."""
        key = str(event.row_key.value or "")
        if not key.startswith("-"):
            self._narrow("" if key == self.only else key)

    def _narrow(self, staff_no: str) -> None:
        self.only, self._line = staff_no, 0
        self.show()
        self.show_head()

    def action_clear(self) -> None:
        """Esc: everyone's moves again; from a run back to the preview."""
        if self.only:
            self._narrow("")
        elif self.run_no:
            self.action_mode(self.mode)

    def action_mode(self, mode: str) -> None:
        self.mode, self.run_no, self.only, self._line = mode, "", "", 0
        if self.coach.ready:
            self.load()

    def action_day(self) -> None:
        def chosen(day: date | None) -> None:
            if day is not None and day != self.on_day:
                self.day = None if day == self.coach.today else day
                self.action_mode(self.mode)

        if self.coach.ready:
            self.app.push_screen(DayDialog(self.on_day), chosen)

    def action_leaving(self) -> None:
        def chosen(gone: tuple[str, ...] | None) -> None:
            if gone is not None and gone != self.gone:
                self.gone = gone
                self.action_mode(self.mode)

        if self.sheet is not None:
            self.app.push_screen(LeaversDialog(self.sheet.members, self.gone), chosen)
        elif self.gone:  # what was marked cannot be worked out: begin again
            chosen(())

    def action_filter(self) -> None:
        from coach.tui.screens.chooser import Chooser

        sheet = self.found
        if sheet is None:
            return

        def options() -> list[tuple[str, str]]:
            lines = [
                (b.staff_no, self.t("alloc.filter.line", name=b.name, came=b.came, went=b.went)) for b in sheet.books if b.came or b.went
            ]
            return [("", self.t("alloc.filter.all")), *lines]

        self.app.push_screen(
            Chooser("alloc.filter.title", options, self.only), lambda chosen: self._narrow(chosen) if chosen is not None else None
        )

    def action_runs(self) -> None:
        """The allocations that were carried out; one of them opens with its moves."""
        from coach.tui.screens.practice import WideChooser

        def ask(found: tuple[Run, ...]) -> None:
            if not found:
                self.notify(self.t("alloc.no_runs"))
                return
            named = {m.staff_no: m.name for m in self.sheet.members} if self.sheet else {}

            def line(run: Run) -> str:
                by = named.get(run.by or "", run.by) or self.t("alloc.run.nobody")
                told = self.t("alloc.runs.line", on=run.on, mode=self.t(f"alloc.mode.{run.mode}"), n=f"{run.moves:,}", by=by)
                return told + (self.t("alloc.runs.undone") if run.undone_at else "")

            def chosen(run_no: str | None) -> None:
                if run_no is not None:
                    self.run_no, self.only, self._line = run_no, "", 0
                    self.load()

            self.app.push_screen(WideChooser("alloc.runs.title", lambda: [(run.run_no, line(run)) for run in found], self.run_no), chosen)

        self._look_back(ask)
