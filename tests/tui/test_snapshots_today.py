"""How the day's screens look, at 80×24 and 120×36, in both languages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from coach.domain.suggestion import CautionNote, NextAction, Point, Suggestion
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.contact_dialog import ContactDialog
from coach.tui.screens.help import HelpScreen
from coach.tui.screens.import_dialog import ImportDialog
from coach.tui.screens.today import TodayScreen
from coach.tui.screens.welcome import WelcomeScreen
from tests.tui.branch import TODAY, WANG
from tests.tui.conftest import wait_until

SIZES = [(80, 24), (120, 36)]
Snap = Callable[..., bool]
both = [pytest.mark.parametrize("lang", ["zh", "en"]), pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")]


TEXTS = {
    "zh": (
        "问清这笔钱的打算",
        "先报身份，再问三件事：近期用不用、什么时候用、上次办得顺不顺。",
        "王女士您好，您的三年定期 30万元将于12月1日到期，您方便时回我一句就好。",
        "晚上八点以后不要打电话",
    ),
    "en": (
        "Learn what the money is for",
        "Say who you are, then ask: is it needed soon, when, and how did it go last time?",
        "Dear Ms Wang, your deposit of CNY 300,000 matures on 1 December; a word from you is enough.",
        "Do not call after eight in the evening",
    ),
}


def suggested(
    ws: Workspace, client_no: str, today: date, *, lang: Any = None, engine: str = "offline", task_no: str | None = None
) -> Suggestion:
    """The same proposal for everyone: what the playbook says today is no matter of looks."""
    goal, point, message, caution = TEXTS[lang or ws.lang]
    return Suggestion(
        "S1",
        client_no,
        today,
        engine,
        None,
        None,
        (),
        NextAction("message", today, goal),
        (Point(point, ()),),
        (),
        message,
        (CautionNote("compliance.contact", "warn", caution),),
        (),
    )


@pytest.fixture(autouse=True)
def still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves by itself: no warming up behind, no words that are still being written."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    monkeypatch.setattr("coach.services.suggestions.suggest", suggested)


async def settled(pilot: Pilot[None], *, suggestion: bool = True) -> None:
    """The day is there, and with it the suggestion for the first line."""
    screen = pilot.app.screen_stack[0]
    assert isinstance(screen, TodayScreen)
    await wait_until(pilot, lambda: screen.day is not None and (screen.suggestion is not None or not suggestion), seconds=60)
    await pilot.pause()


@both[0]
@both[1]
def test_today(snap_compare: Snap, branch: Workspace, lang: Any, size: tuple[int, int]) -> None:
    branch.lang = lang
    assert snap_compare(CoachApp(lang=lang, ws=branch, today=TODAY), terminal_size=size, run_before=settled)


@both[0]
@both[1]
def test_contact_dialog(snap_compare: Snap, branch: Workspace, lang: Any, size: tuple[int, int]) -> None:
    async def dialog(pilot: Pilot[None]) -> None:
        await settled(pilot)
        pilot.app.push_screen(ContactDialog(WANG, "王秀英"))
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ContactDialog) and pilot.app.screen.is_mounted)
        await pilot.press("2")
        shown: Any = pilot.app.screen
        shown.query_one("#next").value = "+6"
        await wait_until(pilot, lambda: shown.next_text == "+6")

    assert snap_compare(CoachApp(lang=lang, ws=branch, today=TODAY), terminal_size=size, run_before=dialog)


@both[0]
@both[1]
def test_help(snap_compare: Snap, branch: Workspace, lang: Any, size: tuple[int, int]) -> None:
    async def help_over(pilot: Pilot[None]) -> None:
        await settled(pilot)
        await pilot.press("f1")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, HelpScreen))

    assert snap_compare(CoachApp(lang=lang, ws=branch, today=TODAY), terminal_size=size, run_before=help_over)


@both[0]
@both[1]
def test_welcome(snap_compare: Snap, own_workspace: Path, lang: Any, size: tuple[int, int]) -> None:
    async def welcome(pilot: Pilot[None]) -> None:
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, WelcomeScreen) and pilot.app.screen.is_mounted)

    assert snap_compare(CoachApp(lang=lang, today=TODAY), terminal_size=size, run_before=welcome)


@both[0]
@both[1]
def test_import(snap_compare: Snap, branch: Workspace, tmp_path: Path, lang: Any, size: tuple[int, int]) -> None:
    folder = tmp_path / "ledger"
    folder.mkdir()
    (folder / "客户.csv").write_text("客户号,姓名,资产\nK1,孙一,12万\n,缺号,1\n", encoding="utf-8")

    async def looked_over(pilot: Pilot[None]) -> None:
        await settled(pilot)
        shown: Any = ImportDialog(folder)
        pilot.app.push_screen(shown)
        await wait_until(pilot, lambda: pilot.app.screen is shown and shown.is_mounted)
        shown.query_one("#tree").root.set_label("ledger")
        shown.add(str(folder / "客户.csv"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: shown.phase == "checked")

    assert snap_compare(CoachApp(lang=lang, ws=branch, today=TODAY), terminal_size=size, run_before=looked_over)
