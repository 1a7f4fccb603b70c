"""The allocation screen: preview, one person's moves, carried out in a supervisor's name, taken back; long lists; how it looks."""

from __future__ import annotations

from threading import Event
from typing import Any

import pytest
from sqlmodel import col, func, select
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, SelectionList, Static

from coach.domain.chain import Kind
from coach.domain.words import LANGS, Lang
from coach.services import allocation as service
from coach.services.allocation_runs import runs
from coach.services.errors import Refused
from coach.services.log_read import Wanted, entries
from coach.services.who import Person
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff
from coach.tui.app import CoachApp
from coach.tui.screens.allocation import AllocationScreen
from coach.tui.screens.allocation_dialogs import AskDialog, DayDialog, LeaversDialog
from coach.tui.screens.allocation_sheet import MoveRow
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.client import ClientScreen
from coach.tui.widgets.allocation_moves import MoveList
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until

SIZES = ((80, 24), (120, 36))


@pytest.fixture
def lang() -> Lang:
    return "zh"


@pytest.fixture
def app(branch: Workspace, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> CoachApp:
    """S01 has three of four clients, S02 the fourth; S03 has just come; S09 is the supervisor."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    with session(branch.engine) as s:
        s.add(Staff(staff_no="S03", name="孙宁", branch="城东支行"))
        s.add(Staff(staff_no="S09", name="何主任", branch="城东支行", role="supervisor"))
    return CoachApp(lang=lang, ws=branch, today=TODAY)


async def opened(pilot: Pilot[Any], mode: str = "quarterly") -> AllocationScreen:
    app = pilot.app
    assert isinstance(app, CoachApp)
    await wait_until(pilot, lambda: app.ready)
    app.action_part("allocation")
    await wait_until(pilot, lambda: isinstance(app.screen, AllocationScreen))
    screen = app.screen
    assert isinstance(screen, AllocationScreen)
    await wait_until(pilot, lambda: screen.found is not None)
    if mode != screen.mode:
        await pilot.press(mode[0])
        await previewed(pilot, screen, mode)
    return screen


async def previewed(pilot: Pilot[Any], screen: AllocationScreen, mode: str) -> None:
    def there() -> bool:
        sheet = screen.found
        return sheet is not None and sheet.proposal is not None and sheet.proposal.made.mode == mode

    await wait_until(pilot, there)


def text(screen: Any, name: str) -> str:
    return str(screen.query_one(name, Static).render())


def books(ws: Workspace) -> dict[str | None, int]:
    with session(ws.engine, write=False) as s:
        return dict(s.exec(select(Client.manager, func.count()).group_by(col(Client.manager))).all())


async def test_a_preview_tells_each_move_and_its_reason_and_writes_nothing(app: CoachApp, branch: Workspace) -> None:
    before = books(branch)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot)
        sheet, moves, table = screen.found, screen.query_one(MoveList), screen.query_one(DataTable)
        assert sheet is not None and sheet.proposal is not None
        made = sheet.proposal.made
        assert len(moves.moves) == len(made.moves) > 5 and f"调动 {len(made.moves)} 户" in text(screen, "#alloc-told")
        assert "新到 孙宁" in text(screen, "#alloc-told")
        first = table.get_row_at(0)
        assert f"{before['S01']} > " in str(first[2].plain) and table.row_count == 4, "three people and their post's ratio"
        assets = [move.assets_fen for move in moves.moves]
        assert assets == sorted(assets, reverse=True), "the largest first"
        await pilot.press("down")
        move = moves.move
        assert move is not None and move.why("zh") in text(screen, "#alloc-why") and move.client_no in text(screen, "#alloc-why")
        await pilot.press("f9")
        await wait_until(pilot, lambda: screen.found is not None and "Preview" in text(screen, "#alloc-told"))
        assert "孙宁 (S03)" in text(screen, "#alloc-why") and screen.query_one(MoveList).cursor == 1
    assert books(branch) == before and runs(branch) == ()


async def test_one_persons_moves_sorting_and_a_client_opened(app: CoachApp) -> None:
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(pilot, "initial")
        moves, table = screen.query_one(MoveList), screen.query_one(DataTable)
        all_of_them = len(moves.moves)
        table.focus()
        await pilot.press("down", "enter")
        who = str(table.coordinate_to_cell_key(table.cursor_coordinate).row_key.value)
        assert screen.only == who and 0 < len(moves.moves) < all_of_them and all(who in move.between for move in moves.moves)
        assert f"{len(moves.moves)} 户" in text(screen, "#alloc-told")
        await pilot.press("escape")
        assert screen.only == "" and len(moves.moves) == all_of_them
        await pilot.press("w")
        assert isinstance(app.screen, Chooser)
        await pilot.press("down", "enter")
        assert screen.only and len(moves.moves) < all_of_them
        await pilot.press("escape")
        for wanted in (False, True):
            moves.post_message(MoveList.SortBy("client_no"))
            await pilot.pause()
            numbers = [move.client_no for move in moves.moves]
            assert numbers == sorted(numbers, reverse=wanted)
        moves.focus()
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, ClientScreen))
        assert isinstance(app.screen, ClientScreen) and app.screen.seen.client_no == numbers[0]


async def test_carried_out_in_the_supervisors_name_then_taken_back(app: CoachApp, branch: Workspace) -> None:
    before = books(branch)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        sheet = screen.found
        assert sheet is not None
        number, people = len(sheet.moves), sheet.people
        await pilot.press("a")
        asked = app.screen
        assert isinstance(asked, AskDialog)
        assert all(told in text(asked, "#question") for told in (f"{number} 户", f"{people} 人", "何主任 S09"))
        await pilot.press("escape", "a", "enter")
        await pilot.pause()
        assert books(branch) == before, "the button under the cursor is No"
        await pilot.press("a", "y")
        await wait_until(pilot, lambda: screen.found is not None and screen.found.run is not None)
        (run,) = runs(branch)
        assert (run.moves, run.by, run.mode) == (number, "S09", "quarterly") and run.run_no in text(screen, "#alloc-told")
        assert books(branch)["S03"] and len(screen.query_one(MoveList).moves) == number
        assert "孙宁(S03)" in text(screen, "#alloc-why"), "the reason that was given stays"
        (entry,) = entries(branch, Wanted(kind=Kind.ALLOCATION))
        assert (entry.staff_no, entry.subject) == ("S09", run.run_no)
        await pilot.press("a")
        assert app.screen is screen, "what was carried out is not carried out again"
        await pilot.press("u")
        await wait_until(pilot, lambda: isinstance(app.screen, AskDialog))
        assert run.run_no in text(app.screen, "#question") and f"{number} 户" in text(app.screen, "#question")
        await pilot.press("y")
        await wait_until(pilot, lambda: books(branch) == before and screen.found is not None and screen.found.proposal is not None)
        await pilot.press("u")
        await wait_until(pilot, lambda: any("没有可以撤回" in n.message for n in app._notifications))
        await pilot.press("r")
        await wait_until(pilot, lambda: app.screen is not screen)
        await pilot.press("enter")
        await wait_until(pilot, lambda: screen.found is not None and screen.found.run is not None)
        assert "已撤回" in text(screen, "#alloc-told")
        await pilot.press("escape")
        await previewed(pilot, screen, "quarterly")


async def test_what_changed_since_the_preview_is_not_carried_out(app: CoachApp, branch: Workspace) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        sheet = screen.found
        assert sheet is not None
        with session(branch.engine) as s:
            moved = s.get(Client, sheet.moves[0].client_no)
            assert moved is not None
            moved.manager = "S02"
        before = books(branch)
        await pilot.press("a", "y")
        await wait_until(pilot, lambda: "预览之后资料有了变化" in text(screen, "#alloc-told"))
        assert books(branch) == before and runs(branch) == () and not screen.query_one(MoveList).moves
        await pilot.press("q")
        await previewed(pilot, screen, "quarterly")


async def test_another_day_is_only_looked_at_and_who_leaves_gives_every_client_away(app: CoachApp, branch: Workspace) -> None:
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        await pilot.press("d")
        dialog = app.screen
        assert isinstance(dialog, DayDialog)
        field = dialog.query_one(Input)
        field.value = "someday"
        await pilot.press("enter")
        assert app.screen is dialog and "someday" in text(dialog, "#told")
        field.value = "+7"
        await pilot.pause()
        assert "2026-12-01 周二" in text(dialog, "#told")
        await pilot.press("enter")
        await wait_until(pilot, lambda: "2026-12-01" in text(screen, "#alloc-head") and screen.found is not None)
        await pilot.press("a")
        await pilot.pause()
        assert app.screen is screen and any("2026-12-01" in n.message for n in app._notifications) and runs(branch) == ()
        await pilot.press("l")
        dialog = app.screen
        assert isinstance(dialog, LeaversDialog) and [m.staff_no for m in dialog.members] == ["S01", "S02", "S03"]
        dialog.query_one(SelectionList).highlighted = 1
        await pilot.press("space", "ctrl+s")
        await wait_until(pilot, lambda: screen.gone == ("S02",) and screen.found is not None)
        sheet = screen.found
        assert sheet is not None and "离岗 周航" in text(screen, "#alloc-head")
        (left,) = [b for b in sheet.books if b.staff_no == "S02"]
        assert left.before[0] == left.went > 0 and left.after[0] == 0
        dialog_again = LeaversDialog(sheet.members, ("S01", "S02", "S03"))
        await app.push_screen(dialog_again)
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: app.screen is screen)
        screen.gone = ("S01", "S02", "S03")
        await pilot.press("m")
        await wait_until(pilot, lambda: "coach import" in text(screen, "#alloc-told"))
        await pilot.press("l")
        await wait_until(pilot, lambda: screen.gone == () and screen.found is not None)


async def test_an_answer_overtaken_is_dropped_and_what_is_being_done_is_waited_for(
    app: CoachApp, branch: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go = Event(), Event()
    real_propose, real_apply = service.propose, service.apply

    def slow_initial(ws: Workspace, mode: Any, *rest: Any, **more: Any) -> Any:
        if mode == "initial":
            begun.set()
            go.wait(20)
        return real_propose(ws, mode, *rest, **more)

    def slow_apply(*args: Any, **more: Any) -> Any:
        begun.set()
        go.wait(20)
        return real_apply(*args, **more)

    monkeypatch.setattr(service, "propose", slow_initial)
    monkeypatch.setattr(service, "apply", slow_apply)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot, "monthly")
        await pilot.press("i")
        await wait_until(pilot, begun.is_set)
        assert "正在算" in text(screen, "#alloc-told")
        await pilot.press("a")
        assert app.screen is screen, "nothing is carried out that is not seen"
        await pilot.press("q")
        await previewed(pilot, screen, "quarterly")
        go.set()
        await pilot.pause(0.3)
        assert screen.found is not None and screen.found.proposal is not None and screen.found.proposal.made.mode == "quarterly"
        begun.clear()
        go.clear()
        await pilot.press("a", "y")
        await wait_until(pilot, begun.is_set)
        await pilot.press("m", "u")
        go.set()
        await wait_until(pilot, lambda: screen.found is not None and screen.found.run is not None)
        assert len(runs(branch)) == 1


async def test_a_login_acts_in_its_own_name_and_of_several_supervisors_one_is_asked_for(app: CoachApp, branch: Workspace) -> None:
    with session(branch.engine) as s:
        s.add(Staff(staff_no="S10", name="钱主任", branch="城东支行", role="supervisor"))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(pilot)
        branch.__dict__["person"], app.me = Person("S02", "周航", "staff", "城东支行"), "S02"  # as a login on PostgreSQL says
        await pilot.press("a")
        assert "S02" in text(app.screen, "#question")
        await pilot.press("y")
        await wait_until(pilot, lambda: "不是主管" in text(screen, "#alloc-told"))
        assert runs(branch) == ()
        branch.__dict__["person"], app.me = None, ""
        await pilot.press("q")
        await previewed(pilot, screen, "quarterly")
        await pilot.press("a")
        assert isinstance(app.screen, Chooser)
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: isinstance(app.screen, AskDialog))
        assert "钱主任 S10" in text(app.screen, "#question")
        await pilot.press("y")
        await wait_until(pilot, lambda: screen.found is not None and screen.found.run is not None)
    assert runs(branch)[0].by == "S10"


def test_the_service_holds_to_what_was_shown(branch: Workspace) -> None:
    from datetime import datetime

    from coach.domain.allocation import Mode

    now = datetime(2026, 11, 24, 9)
    shown = service.propose(branch, Mode.QUARTERLY, TODAY).made
    other = service.propose(branch, Mode.INITIAL, TODAY).made
    branch.lang = "en"
    with pytest.raises(Refused, match="changed since the preview"):
        service.apply(branch, Mode.QUARTERLY, now, shown=other)
    assert runs(branch) == ()
    assert service.apply(branch, Mode.QUARTERLY, now, shown=shown).made == shown


class Long(App[None]):
    """Fifty thousand moves."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def compose(self) -> ComposeResult:
        yield MoveList("zh", id="moves")

    def on_mount(self) -> None:
        def why(_: Lang) -> str:
            self.asked += 1
            return "户数找平"

        rows = [MoveRow(f"1{n:07}", "王秀英", "陈静", "周航", n * 100, why, ("S01", "S02")) for n in range(50_000)]
        self.query_one(MoveList).set_moves(rows)


async def test_of_fifty_thousand_moves_only_those_seen_are_drawn() -> None:
    app = Long()
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        moves = app.query_one(MoveList)
        moves.focus()
        await pilot.press("end", "pageup", "home", "pagedown", "down")
        await pilot.pause()
        assert 20 <= app.asked < 600, "a reason is worked out where it is seen"
        await pilot.press("end")
        await pilot.pause()
        assert moves.move is not None and moves.move.client_no == "10049999"
        line = "".join(segment.text for segment in moves.render_line(moves.size.height - 1))
        assert "10049999" in line and "王秀英" in line and "户数找平" in line


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
def test_allocation_looks(snap_compare: Any, app: CoachApp, size: tuple[int, int], lang: Lang) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await opened(pilot)
        await pilot.press("down")

    assert snap_compare(app, terminal_size=size, run_before=before)
