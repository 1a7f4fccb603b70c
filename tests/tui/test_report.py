"""The report screen: what stands in a cell, which period, moving about, definitions, files; and how it looks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from threading import Event
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, OptionList, Static

from coach.domain.report import BRANCH, Figures, Work
from coach.domain.report_figures import FIGURES, Gap
from coach.domain.words import LANGS, Lang
from coach.services import report as service
from coach.services.errors import Refused
from coach.services.report import Stopped, make
from coach.services.report_trend import trend
from coach.services.who import Person
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Assignment, Client, Contact, Staff, Task
from coach.tui.app import CoachApp
from coach.tui.screens.cite_sheet import CiteSheet
from coach.tui.screens.report import ReportScreen
from coach.tui.screens.report_definition import DefinitionSheet
from coach.tui.screens.report_period import PeriodDialog, past_day, spans
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.report_cells import CELL, cell, standing
from coach.tui.widgets.report_plot import BY_ID, WeekPlot, nice_ticks
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until

SIZES = ((80, 24), (120, 36))


@pytest.fixture
def lang() -> Lang:
    return "zh"


@pytest.fixture
def app(branch: Workspace, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> CoachApp:
    """Two managers, the first of whom has worked for ten weeks, and a supervisor."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    with session(branch.engine) as s:
        s.add(Staff(staff_no="S09", name="何主任", branch="城东支行", role="supervisor"))
        for n in range(60):
            at = datetime(2026, 9, 15, 10) + timedelta(days=n)
            s.add(Contact(contact_no=f"R{n}", client_no=f"C{4 + n:06}", at=at, channel=("call", "visit", "message")[n % 3],
                          staff_no="S01", effective=n % 3 != 2 and n % 4 > 0, outcome="reached"))  # fmt: skip
    return CoachApp(lang=lang, ws=branch, today=TODAY)


async def opened(pilot: Pilot[Any]) -> ReportScreen:
    app = pilot.app
    assert isinstance(app, CoachApp)
    await wait_until(pilot, lambda: app.ready)
    app.action_part("report")
    await wait_until(pilot, lambda: isinstance(app.screen, ReportScreen))
    screen = app.screen
    assert isinstance(screen, ReportScreen)
    await wait_until(pilot, lambda: screen.counted is not None)
    return screen


def text(screen: Any, name: str) -> str:
    return str(screen.query_one(name, Static).render())


def shown(screen: ReportScreen, row: int, figure: str) -> str:
    table: DataTable[Any] = screen.query_one(DataTable)
    return str(table.get_row_at(row)[2 + [f.id for f in FIGURES].index(figure)].plain).strip()


# --- plain parts ------------------------------------------------------------------------------------------------------


@given(st.dates(date(2020, 1, 1), date(2030, 12, 31)))
def test_usual_periods_hang_together(today: date) -> None:
    told = spans(today)
    for running, before in (("this_week", "last_week"), ("this_month", "last_month"), ("quarter", "last_quarter")):
        assert told[running].end == today and told[running].start <= today
        assert told[before].end == told[running].start - timedelta(days=1) and told[before].start < told[before].end
    assert told["this_week"].start.weekday() == 0 and (told["last_week"].end - told["last_week"].start).days == 6
    assert {told[name].start.day for name in ("this_month", "last_month", "quarter", "last_quarter")} == {1}
    assert told["last_quarter"].start.month in (1, 4, 7, 10) and told["quarter"].start.month in (1, 4, 7, 10)


@pytest.mark.parametrize(("said", "meant"), [
    ("11-01", date(2026, 11, 1)), ("12-01", date(2025, 12, 1)), ("2026-12-01", date(2026, 12, 1)), ("2月29日", date(2024, 2, 29)),
    ("今天", TODAY), ("20261002", date(2026, 10, 2)), ("not a day", None), ("", None),
])  # fmt: skip
def test_a_day_without_a_year_is_one_that_has_been(said: str, meant: date | None) -> None:
    assert past_day(said, TODAY) == meant


@given(st.floats(0, 10**7, allow_nan=False))
def test_ticks_are_few_even_and_reach_the_top(top: float) -> None:
    ticks = nice_ticks(top)
    assert ticks[0] == 0 and ticks[-1] >= max(top, 4) * (1 - 1e-9) and 2 <= len(ticks) <= 6
    assert ticks[-2] < max(top, 4), "no step too many"


def work(visits: int) -> Figures:
    return Figures("S01", 10, {c: Work(effective=visits, contacts=visits, target=100, channel=c) for c in ("visit", "call", "message")}, {})


def test_a_cell_says_how_far_a_figure_is_from_its_target() -> None:
    visits = next(f for f in FIGURES if f.id == "visits")
    for value, short, told, style in ((45, 0.55, "45% -55", "error"), (100, 0.0, "100% v", "success"), (999, -8.99, "999% v", "success"),
                                      (99, 0.001, "99% -1", "error")):  # fmt: skip
        made = cell(visits, work(value), Gap("visits", value / 100, 1.0, "target", short), "zh")
        assert made.plain.strip() == told and made.cell_length == CELL and style in str(made.spans)
    against_median = cell(visits, work(45), Gap("visits", 0.45, 1.0, "median", 0.55), "zh")
    assert against_median.plain.strip() == "45%" and not against_median.spans, "a median is no target"
    assert standing(visits, Gap("visits", 0.45, 1.0, "target", 0.55), "en") == "target 100%, short by 55 points"
    assert standing(visits, None, "zh").startswith("没有目标")


def test_the_weeks_drawn_are_the_weeks_reported(demo_ws: Workspace) -> None:
    monday = TODAY - timedelta(days=TODAY.weekday() + 7 * 3)
    made, weeks = make(demo_ws, monday, TODAY, TODAY), trend(demo_ws, TODAY, TODAY, weeks=4)
    assert [p.period for p in weeks] == [p.period for p in made.weeks] and sum(p.figures[BRANCH].contacts.whole for p in weeks) > 50
    for mine, theirs in zip(weeks, made.weeks, strict=True):
        assert mine.figures[BRANCH] == theirs.figures[BRANCH]
        assert all(mine.figures[p.staff_no] == theirs.figures[p.staff_no] for p in made.people if p.staff_no in mine.figures)


def test_what_nobody_waits_for_is_stopped(demo_ws: Workspace) -> None:
    asked: list[int] = []

    def after_two() -> bool:
        asked.append(1)
        return len(asked) > 2

    with pytest.raises(Stopped):
        trend(demo_ws, TODAY, TODAY, stop=after_two)
    assert len(asked) == 3
    with pytest.raises(Stopped):
        make(demo_ws, date(2026, 10, 1), TODAY, TODAY, stop=lambda: True)


# --- the screen -------------------------------------------------------------------------------------------------------


async def test_people_figures_and_what_is_under_the_cursor_drawn_and_told(app: CoachApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        assert screen.counted is not None
        made, table = screen.counted.made, screen.query_one(DataTable)
        assert [str(table.get_row_at(n)[0]) for n in range(table.row_count)] == ["陈静 S01", "周航 S02", "网点"]
        calls = made.figures["S01"].work["call"]
        assert 0 < calls.counted < calls.target and shown(screen, 0, "calls").startswith(f"{calls.counted / calls.target * 100:.0f}% -")
        assert f"{calls.counted}" in text(screen, "#report-cell") or screen.figure.id != "calls"
        await pilot.press("right")
        assert screen.figure.id == "calls" and f"{calls.counted} 次，5-20-30 要 {calls.target} 次" in text(screen, "#report-cell")
        drawn = screen.query_one(WeekPlot).drawn
        assert drawn is not None and [line.name for line in drawn.lines] == ["面访", "电话", "短信微信"] and len(drawn.weeks) == 12
        assert any(value for value in drawn.lines[1].values) and set(drawn.lines[1].goals) == {1.0}
        await pilot.press("down", "right", "right", "right")
        drawn = screen.query_one(WeekPlot).drawn
        assert screen.figure.id == "coverage_A" and drawn is not None and [set(line.goals) for line in drawn.lines] == [{0.9}, {0.7}, {0.5}]
        assert "周航" in text(screen, "#plot-title") and not drawn.one_goal
        await pilot.press("down")
        told = screen.query_one("#report-advice-text", Prose).doc.plain
        assert "陈静" in told and "要改" in told, "on the branch's row everyone's advice"
        await pilot.press("home", "left")
        assert screen.at.column == 1 and "户客户" in text(screen, "#report-cell")
        for figure in FIGURES:
            await pilot.press("right")
            drawn = screen.query_one(WeekPlot).drawn
            assert screen.figure.id == figure.id and BY_ID[figure.id] is figure
            assert drawn is not None and figure.id in [line.figure.id for line in drawn.lines]
            assert screen.words.figures[figure.id] in text(screen, "#report-cell")


async def test_the_meaning_is_one_key_away_with_the_branchs_own_target(app: CoachApp, branch: Workspace) -> None:
    (branch.home / "policy.toml").write_text("[report.targets]\ncoverage_A = 0.65\n", encoding="utf-8")
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("home", *["right"] * 6, "d")
        sheet = app.screen
        assert isinstance(sheet, DefinitionSheet)
        told = sheet.query_one(Prose).doc.plain
        assert "目标 A 类 65%" in told and "陈静" in told and "勿扰" in told
        await pilot.press("f9")
        await wait_until(pilot, lambda: "targets A 65%" in app.screen.query_one(Prose).doc.plain)
        await pilot.press("escape")
        await wait_until(pilot, lambda: screen.counted is not None and screen.counted.made.lang == "en")
        assert "Cover A" in str([column.label for column in screen.query_one(DataTable).columns.values()])
        assert screen.at.column == 7, "the cursor stays where it was"


async def test_periods_by_choice_and_by_days(app: CoachApp) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)

        def period() -> tuple[date, date] | None:
            return (screen.counted.made.period.start, screen.counted.made.period.end) if screen.counted else None

        assert period() == (date(2026, 11, 1), TODAY)
        await pilot.press("p")
        assert isinstance(app.screen, PeriodDialog) and app.screen.query_one(OptionList).highlighted == 2
        await pilot.press("up", "enter")
        await wait_until(pilot, lambda: period() == (date(2026, 11, 16), date(2026, 11, 22)))
        assert "上周" in text(screen, "#report-head")
        await pilot.press("p", "tab")
        dialog = app.screen
        assert isinstance(dialog, PeriodDialog)
        first, last = dialog.query_one("#from", Input), dialog.query_one("#to", Input)
        for typed, said in ((("10-05", "10-01"), "早于"), (("someday", "10-01"), "someday"), (("2026-12-01", "2026-12-02"), "还没到")):
            first.value, last.value = typed
            await pilot.pause()
            await pilot.press("ctrl+s")
            assert app.screen is dialog and said in text(dialog, "#told")
        first.value, last.value = "10-01", "10-31"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: period() == (date(2026, 10, 1), date(2026, 10, 31)))
        assert "自定：10-01 至 10-31" in text(screen, "#report-head")


async def test_sources_the_view_one_managers_own_figures_and_the_files(app: CoachApp, branch: Workspace) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        assert screen.query_one(WeekPlot).display and not screen.query_one("#report-advice").display
        await pilot.press("v")
        assert screen.query_one("#report-advice").display and not screen.query_one(WeekPlot).display
        assert "[1]" in screen.query_one("#report-advice-text", Prose).doc.plain
        await pilot.press("o")
        sheet = app.screen
        assert isinstance(sheet, CiteSheet) and sheet.cites[0].id.startswith("support.") and sheet.shown().text
        await pilot.press("escape")
        await pilot.resize_terminal(130, 36)
        await pilot.pause()
        assert screen.query_one("#report-advice").display and screen.query_one(WeekPlot).display
        assert "v" not in [key.key for key in screen.keys]
        await pilot.resize_terminal(80, 24)
        await pilot.press("w")
        await wait_until(pilot, lambda: app.screen is not screen)
        await pilot.press("down", "down", "enter")
        await wait_until(pilot, lambda: screen.manager == "S02" and screen.counted is not None and len(screen.counted.made.people) == 1)
        assert screen.query_one(DataTable).row_count == 2 and "周航" in text(screen, "#report-head")
        await pilot.press("h", "x")
        folder = branch.home / "reports"
        files = [folder / f"report-2026-11-01-2026-11-24-S02.{form}" for form in ("html", "xlsx")]
        await wait_until(pilot, lambda: all(path.exists() for path in files))
        assert "周航" in files[0].read_text(encoding="utf-8") and files[1].read_bytes()[:2] == b"PK"
        await wait_until(pilot, lambda: len([n for n in app._notifications if str(folder) in n.message]) == 2)
        assert (folder.stat().st_mode & 0o777) == 0o700, "clients' figures are for their owner only"


async def test_who_sees_their_own_clients_only_has_their_own_figures(app: CoachApp, branch: Workspace) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        branch.__dict__["person"], app.me = Person("S02", "周航", "staff", "城东支行"), "S02"  # as a login on PostgreSQL says
        screen = await opened(pilot)
        assert screen.counted is not None and [p.staff_no for p in screen.counted.made.people] == ["S02"]
        await pilot.press("w")
        await pilot.pause()
        assert app.screen is screen and any("自己" in n.message for n in app._notifications)


async def test_an_older_report_is_stopped_and_never_shown(app: CoachApp, monkeypatch: pytest.MonkeyPatch) -> None:
    begun, go, ended = Event(), Event(), list[str]()
    real = service.make

    def slow(ws: Workspace, start: date, end: date, today: date, *, manager: str | None = None, stop: Callable[[], bool]) -> Any:
        if start == date(2026, 11, 1):
            begun.set()
            go.wait(20)
            ended.append("stopped" if stop() else "went on")
            raise Stopped
        return real(ws, start, end, today, manager=manager, stop=stop)

    monkeypatch.setattr(service, "make", slow)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        app.action_part("report")
        await wait_until(pilot, lambda: isinstance(app.screen, ReportScreen))
        screen = app.screen
        assert isinstance(screen, ReportScreen)
        await wait_until(pilot, begun.is_set)
        assert "正在算" in text(screen, "#report-head"), "the screen answers while it is counted"
        screen.span = spans(TODAY)["last_week"]
        screen.load()
        go.set()
        await wait_until(pilot, lambda: screen.counted is not None)
        assert screen.counted is not None and screen.counted.made.period.start == date(2026, 11, 16) and ended == ["stopped"]


async def test_what_is_refused_is_one_line_and_an_empty_report_says_what_to_do(
    app: CoachApp, branch: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise Refused("网点资料读不出来")

    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        monkeypatch.setattr(service, "make", refused)
        screen.load()
        await wait_until(pilot, lambda: "网点资料读不出来" in text(screen, "#report-head"))
        monkeypatch.setattr("coach.services.report_files.write", refused)
        await pilot.press("h")
        await wait_until(pilot, lambda: any("读不出来" in n.message for n in app._notifications))
        monkeypatch.undo()
        with session(branch.engine) as s:
            s.connection().execute(sa.update(Client).values(manager=None))
            s.connection().execute(sa.delete(Assignment))
            s.connection().execute(sa.update(Contact).values(voided_at=datetime(2026, 11, 24)))
            s.connection().execute(sa.delete(Task))
        screen.load()
        await wait_until(pilot, lambda: "没有人管户" in text(screen, "#report-head"))
        assert screen.query_one(DataTable).row_count == 1
        await pilot.press("d", "escape", "o")


# --- pictures ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_report_looks(snap_compare: Any, app: CoachApp, size: tuple[int, int], lang: Lang) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press("right")

    assert snap_compare(app, terminal_size=size, run_before=before)
