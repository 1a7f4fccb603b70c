"""Pictures of the clients, client and playbook screens at two sizes in both languages."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, TextArea

from coach.domain.words import LANGS, Lang, pick
from coach.services import suggestions
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.clients import ClientsScreen
from coach.tui.screens.playbook import PlaybookScreen
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.writing_box import WritingBox
from tests.tui.branch import LI, QUIET, TODAY, WANG
from tests.tui.conftest import wait_until

SIZES = ((80, 24), (120, 36))
SO_FAR = {
    "zh": "先问王女士三年定期到期的30万元近期有没有安排，再按用钱的时间谈去处；资料带齐，一次办完，不让她多跑一趟。\n"
    "孩子明年高考，先问要不要留出学费这一笔。\n上次谈到择校，接着问问放榜以后怎么定的。\n王女士您好，三年定期12月1日到期，您哪天方",
    "en": "Ask first whether the CNY 300,000 that comes free on 1 December is already meant for something.\n"
    "Then ask whether a part should be kept for the college entrance exam.\nMs Wang, your three-year deposit mat",
}
"""What a model has written so far."""


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


@pytest.mark.parametrize(("size", "lang"), [((80, 24), "zh"), ((120, 36), "en")], ids=["80x24-zh", "120x36-en"])
@pytest.mark.parametrize("fallback", [False, True], ids=["writing", "fallback"])
def test_model(
    snap_compare: Any, app: CoachApp, size: tuple[int, int], lang: Lang, fallback: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = suggestions.suggest

    def suggest(*args: Any, engine: str = "offline", watch: Any = None, fresh: bool = False, **rest: Any) -> Any:
        made = offline(*args, **rest)
        if engine == "offline":
            return made
        watch.wrote(SO_FAR[lang])
        while not (fallback or watch.wait(0.02)):
            pass
        return replace(made, fallback=pick(lang, "服务器没有回应", "the server did not answer"))

    monkeypatch.setattr(suggestions, "suggest", suggest)
    monkeypatch.setattr(suggestions, "usual_engine", lambda ws: "llm")

    async def before(pilot: Pilot[Any]) -> None:
        await wait_until(pilot, lambda: app.ready)
        screen = ClientScreen(WANG, among=(WANG, LI, QUIET))
        await app.push_screen(screen)
        await wait_until(pilot, lambda: lang in screen.seen.written and screen.seen.checked is not None)
        shown = screen.query_one(WritingBox)
        wanted = pick(lang, "没有用模型", "Model not used") if fallback else SO_FAR[lang].splitlines()[-1]
        await wait_until(pilot, lambda: wanted in "\n".join(prose.doc.plain for prose in shown.query(Prose)))
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
