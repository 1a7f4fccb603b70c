"""How the practice screens look, at 80×24 and 120×36, in both languages: with a talk and a score that stay the same."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from textual.coordinate import Coordinate
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from coach.domain.words import Lang
from coach.services import practice, practice_training
from coach.services.practice_training import Assignment, Board, Cell
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens import practice as list_screen
from coach.tui.screens.practice import PracticeScreen
from coach.tui.screens.practice_board import BoardScreen
from coach.tui.screens.practice_result import ResultScreen
from coach.tui.screens.practice_talk import TalkScreen
from coach.tui.screens.practice_talking import Wanted
from coach.tui.widgets.practice_input import TurnInput
from tests.tui import practice_branch as told
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until

SIZES = [(80, 24), (120, 36)]
both = [pytest.mark.parametrize("lang", ["zh", "en"]), pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")]


@pytest.fixture
def app(branch: Workspace, lang: Lang, monkeypatch: pytest.MonkeyPatch) -> CoachApp:
    told.add_trainer(branch)
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    monkeypatch.setattr(list_screen, "warm", lambda *args: None)
    monkeypatch.setattr(practice, "scenarios", lambda ws: told.shelf_of_three())
    monkeypatch.setattr(practice, "check", lambda ws, path=None: [])
    monkeypatch.setattr(practice, "begin", lambda ws, scenario, **rest: told.playing(lang, TODAY))
    monkeypatch.setattr(practice, "say", lambda ws, playing, text, watch=None: playing.session.say(text))
    monkeypatch.setattr(practice, "hint", lambda ws, playing: playing.session.hint())
    monkeypatch.setattr(practice, "attempt", lambda ws, attempt_no: told.attempt(lang))
    one = told.attempt(lang)
    mine = [
        told.in_list(one, attempt_no="A3", scenario="elderly-deposit", ended_at=None, total=None, passed=None, ending=None),
        told.in_list(one), told.in_list(one, attempt_no="A2", scenario="first-call", total=82.5, passed=True),
    ]  # fmt: skip
    monkeypatch.setattr(practice, "attempts", lambda ws, **rest: mine)
    due = Assignment(
        "D1", "maturity-elsewhere", "S01", "陈静", date(2026, 11, 20), told.TRAINER, "郑岚", told.AT, "", None, None, None, None, True
    )
    monkeypatch.setattr(practice_training, "assignments", lambda ws, **rest: [due])
    monkeypatch.setattr(practice_training, "board", lambda ws, today: board())
    weak = [("objection", 0.1, 3), ("listening", 0.35, 3), ("needs", 0.62, 3), ("opening", 0.9, 3)]
    monkeypatch.setattr(practice_training, "weakest", lambda ws, staff_nos=None: weak)
    return CoachApp(lang=lang, ws=branch, today=TODAY)


def board() -> Board:
    """Passed, not passed, assigned, late, nothing."""
    people = (("S01", "陈静"), ("S02", "周航"), (told.TRAINER, "郑岚"))
    cells = {
        ("S01", "first-call"): Cell(82.5, True, 2, TODAY),
        ("S01", "maturity-elsewhere"): Cell(40.0, False, 1, TODAY, date(2026, 11, 20), True),
        ("S02", "first-call"): Cell(assigned=date(2026, 12, 1)), ("S02", "elderly-deposit"): Cell(assigned=date(2026, 11, 20), late=True),
    }  # fmt: skip
    return Board(people, ("first-call", "maturity-elsewhere", "elderly-deposit"), cells)


async def ready(app: CoachApp, pilot: Pilot[Any]) -> PracticeScreen:
    await wait_until(pilot, lambda: app.ready)
    await pilot.press("f7")
    await wait_until(pilot, lambda: isinstance(app.screen, PracticeScreen) and app.screen.shelf is not None)
    assert isinstance(app.screen, PracticeScreen)
    return app.screen


def still(pilot: Pilot[Any]) -> None:
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False


@both[0]
@both[1]
def test_list(snap_compare: Any, app: CoachApp, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await ready(app, pilot)
        assert screen.chosen == "maturity-elsewhere"

    assert snap_compare(app, terminal_size=size, run_before=before)


@both[0]
@both[1]
def test_talk(snap_compare: Any, app: CoachApp, size: tuple[int, int], lang: Lang) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(app, pilot)
        talk = TalkScreen(Wanted(told.scenario(), staff_no="S01"))
        await app.push_screen(talk)
        await wait_until(pilot, lambda: talk.playing is not None)
        for turn in range(2):
            talk.query_one(TurnInput).text = told.SAID[lang][turn][0]
            await pilot.press("enter")
            await wait_until(pilot, lambda turn=turn: not talk.sent and len(talk.turns) == 2 * turn + 3)
        await pilot.press("f5")
        await wait_until(pilot, lambda: talk.hint is not None)
        talk.query_one(TurnInput).text = told.SAID[lang][2][0]
        still(pilot)
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@both[0]
@both[1]
@pytest.mark.parametrize("view", ["score", "talk"])
def test_result(snap_compare: Any, app: CoachApp, size: tuple[int, int], view: str) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(app, pilot)
        result = ResultScreen("A1", staff_no=told.TRAINER)
        await app.push_screen(result)
        await wait_until(pilot, lambda: result.opened is not None)
        if view == "talk":
            await pilot.press("enter")
        else:
            await pilot.press("down")
        await pilot.pause()

    assert snap_compare(app, terminal_size=size, run_before=before)


@both[0]
@both[1]
def test_board(snap_compare: Any, app: CoachApp, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await ready(app, pilot)
        screen = BoardScreen(told.TRAINER)
        await app.push_screen(screen)
        await wait_until(pilot, lambda: screen.told is not None)
        await pilot.press("right")
        await wait_until(pilot, lambda: screen.at == Coordinate(0, 2))

    assert snap_compare(app, terminal_size=size, run_before=before)
