"""Pictures of the clients, client and playbook screens at two sizes in both languages."""

from __future__ import annotations

from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from coach.domain.words import LANGS, Lang
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.clients import ClientsScreen
from coach.tui.screens.playbook import PlaybookScreen
from tests.tui.branch import LI, QUIET, TODAY, WANG
from tests.tui.conftest import wait_until

SIZES = ((80, 24), (120, 36))


@pytest.fixture
def app(branch: Workspace, lang: Lang) -> CoachApp:
    return CoachApp(lang=lang, ws=branch, today=TODAY)


def still(pilot: Pilot[Any]) -> None:
    for field in (*pilot.app.screen.query(Input), *pilot.app.screen.query(TextArea)):
        field.cursor_blink = False


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", SIZES)
def test_clients(snap_compare: Any, app: CoachApp, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: app.ready)
        await pilot.press("f3")
        screen = app.screen
        assert isinstance(screen, ClientsScreen)
        await wait_until(pilot, lambda: screen.numbers is not None and screen._signals)
        await pilot.press("down", "down")
        still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", SIZES)
def test_client(snap_compare: Any, app: CoachApp, size: tuple[int, int], lang: Lang) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: app.ready)
        screen = ClientScreen(WANG, among=(WANG, LI, QUIET))
        await app.push_screen(screen)
        await wait_until(pilot, lambda: lang in screen.seen.proposals and screen.seen.checked is not None)
        still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", SIZES)
def test_playbook(snap_compare: Any, app: CoachApp, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: app.ready)
        await pilot.press("f4")
        screen = app.screen
        assert isinstance(screen, PlaybookScreen)
        await wait_until(pilot, lambda: screen.book is not None)
        await pilot.press("down")
        await wait_until(pilot, lambda: screen.topic == "mindset.failings")
        still(pilot)

    assert snap_compare(app, terminal_size=size, run_before=before)
