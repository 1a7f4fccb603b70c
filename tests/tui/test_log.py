"""The log screen: pages, filters, an entry in words, corrections, verifying, export, anchors; and how it looks."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static, TextArea

from coach.domain.words import LANGS, Lang
from coach.services import log_correct, log_verify
from coach.services.errors import Refused
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.log import LogScreen
from coach.tui.screens.log_dialogs import CorrectDialog, LineDialog, span_of
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.log_list import LogList
from coach.tui.widgets.prose import Prose
from tests.tui.branch import LI, TODAY, WANG
from tests.tui.conftest import wait_until
from tests.tui.log_branch import PLAIN, fill_log, tamper

ALL = PLAIN + 9


def log_first(ws: Workspace, lang: Lang) -> CoachApp:
    """Coach that opens with the log: the day's screen would put its suggestions into it meanwhile."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(CoachApp, "DEFAULT_MODE", "log")
        return CoachApp(lang=lang, ws=ws, today=TODAY)


@pytest.fixture(scope="module")
def template(branch_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = shutil.copytree(branch_template, tmp_path_factory.mktemp("log") / "home")
    ws = Workspace.at(home, lang="zh")
    fill_log(ws)
    ws.close()
    return home


@pytest.fixture
def ws(template: Path, own_workspace: Path) -> Iterator[Workspace]:
    shutil.copytree(template, own_workspace)
    opened = Workspace.at(own_workspace, lang="zh")
    yield opened
    opened.close()


@asynccontextmanager
async def opened(ws: Workspace, lang: Lang = "zh", size: tuple[int, int] = (120, 36)) -> AsyncIterator[tuple[Pilot[Any], LogScreen]]:
    app = log_first(ws, lang)
    async with app.run_test(size=size) as pilot:
        yield pilot, await gone_there(pilot)


async def gone_there(pilot: Pilot[Any]) -> LogScreen:
    app = pilot.app
    assert isinstance(app, CoachApp)
    await wait_until(pilot, lambda: app.ready)
    screen = app.screen
    assert isinstance(screen, LogScreen)
    await wait_until(pilot, lambda: screen.found is not None and screen.opened is not None)
    return screen


def seen(screen: LogScreen) -> str:
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


def entry_text(screen: LogScreen) -> str:
    return screen.query_one("#entry-text", Prose).doc.plain


async def shows(pilot: Pilot[Any], screen: LogScreen, number: int) -> None:
    await wait_until(pilot, lambda: screen.opened is not None and screen.opened.shown.entry.entry_no == number)


async def counts(pilot: Pilot[Any], screen: LogScreen, total: int) -> None:
    await wait_until(pilot, lambda: screen.found is not None and screen.found.window.total == total)


async def choose(pilot: Pilot[Any], value: str) -> None:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, Chooser))
    chooser = pilot.app.screen
    assert isinstance(chooser, Chooser)
    values = [one for one, _ in chooser.options()]
    chooser.query_one(OptionList).highlighted = values.index(value)
    await pilot.press("enter")


async def typed(pilot: Pilot[Any], text: str) -> None:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, LineDialog))
    pilot.app.screen.query_one(LineInput).value = text
    await pilot.press("enter")


async def test_the_newest_stands_first_and_opens_in_words(ws: Workspace) -> None:
    async with opened(ws) as (pilot, screen):
        assert screen.query_one(LogList).total == ALL and f"{ALL} 条" in seen(screen)
        text = entry_text(screen)
        assert f"第 {ALL} 条  更正" in text and "撤销接触" in text and "{" not in text and "王秀英 C000001" in text
        for _ in range(7):
            await pilot.press("down")
        await shows(pilot, screen, PLAIN + 2)
        text = entry_text(screen)
        assert "[-" not in text and "下午" in text and "上午" in text, "a difference is told in colours"
        assert "临到期" in text or ("到期" in text and "revive.maturity" not in text)
        await pilot.press("j")
        assert '"prev_hash"' in entry_text(screen)
        await pilot.press("j", "end")
        await shows(pilot, screen, 1)
        assert screen.query_one(LogList).current is not None
        await pilot.press("home")
        await shows(pilot, screen, ALL)
        assert "~" in seen(screen), "the contact that was taken back is marked as corrected"


async def test_the_entry_lies_over_the_list_where_there_is_no_room_beside_it(ws: Workspace) -> None:
    async with opened(ws, size=(80, 24)) as (pilot, screen):
        assert not screen.query_one("#entry").display and screen.query_one(LogList).has_focus
        await pilot.press("down", "down", "enter")
        await shows(pilot, screen, ALL - 2)
        assert screen.query_one("#entry").display and not screen.query_one(LogList).display
        await pilot.press("escape")
        assert screen.query_one(LogList).has_focus and screen.query_one(LogList).cursor == 2
        await pilot.resize_terminal(130, 30)
        await pilot.pause()
        assert screen.query_one("#entry").display and screen.query_one(LogList).display


async def test_filters_narrow_and_are_cleared(ws: Workspace) -> None:
    async with opened(ws) as (pilot, screen):
        await pilot.press("k")
        await choose(pilot, "suggestion_used")
        await counts(pilot, screen, 2)
        await pilot.press("m")
        await choose(pilot, "S02")
        await counts(pilot, screen, 1)
        assert "周航" in seen(screen) and "建议的使用" in seen(screen)
        await shows(pilot, screen, PLAIN + 3)
        await pilot.press("0")
        await counts(pilot, screen, ALL)
        await shows(pilot, screen, ALL)
        await pilot.press("c")
        await typed(pilot, "王秀英")
        await counts(pilot, screen, 4)
        await pilot.press("c")
        await typed(pilot, "不存在的人")
        await pilot.pause()
        assert screen.filters.client_no == WANG
        await pilot.press("d")
        await choose(pilot, "own")
        await typed(pilot, "哪天")
        dialog = pilot.app.screen
        assert isinstance(dialog, LineDialog) and "看不懂" in str(dialog.query_one("#told", Static).render())
        await typed(pilot, "11-03 11-05")
        await wait_until(pilot, lambda: screen.filters.since == date(2026, 11, 3))
        await counts(pilot, screen, 0)
        assert "按 0 清除筛选" in seen(screen)
        await pilot.press("0", "d")
        await choose(pilot, "today")
        await counts(pilot, screen, 9)


@pytest.mark.parametrize(
    ("text", "span"),
    [("11-03 11-05", (date(2026, 11, 3), date(2026, 11, 5))), ("12-20", (date(2025, 12, 20), date(2025, 12, 20))),
     ("2026-11-20至2026-11-01", (date(2026, 11, 1), date(2026, 11, 20))), ("今天", (TODAY, TODAY)), ("", None), ("11-40", None),
     ("1-1 2-1 3-1", None)],
)  # fmt: skip
def test_days_are_those_gone_by(text: str, span: tuple[date, date] | None) -> None:
    assert span_of(text, TODAY) == span


async def test_a_page_far_down_is_asked_for_when_it_is_seen(ws: Workspace) -> None:
    async with opened(ws) as (pilot, screen):
        await pilot.press("end")
        await wait_until(pilot, lambda: ALL - 1 in screen.rows)
        assert len(screen.rows) < ALL
        assert "2026-11-03 09:00" in entry_text(screen) or await shows(pilot, screen, 1) is None


async def test_a_correction_is_added_and_the_entry_stays(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(ws) as (pilot, screen):
        await pilot.press("down", "down", "down")
        await shows(pilot, screen, PLAIN + 6)
        await pilot.press("x")
        dialog = pilot.app.screen
        assert isinstance(dialog, CorrectDialog)
        await pilot.press("ctrl+s")
        assert dialog.is_attached and "请写明" in str(dialog.query_one("#told", Static).render())
        dialog.query_one(TextArea).text = "店没有卖成，仍是 B 类"
        await pilot.pause()
        await pilot.press("escape")
        assert dialog.is_attached, "what was typed is not lost by one slip"
        refused = log_correct.correct

        def refuse(*args: Any, **kwargs: Any) -> Any:
            monkeypatch.setattr(log_correct, "correct", refused)
            raise Refused("数据库忙")

        monkeypatch.setattr(log_correct, "correct", refuse)
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, CorrectDialog) and pilot.app.screen is not dialog)
        assert pilot.app.screen.query_one(TextArea).text == "店没有卖成，仍是 B 类"
        await pilot.press("ctrl+s")
        await counts(pilot, screen, ALL + 1)
        await wait_until(pilot, lambda: f"被第 {ALL + 1} 条更正" in entry_text(screen))
        assert screen.query_one(LogList).cursor == 4, "the same entry is still under the cursor"
        screen.action_show(ALL + 1)
        await shows(pilot, screen, ALL + 1)
        assert "店没有卖成" in entry_text(screen) and "陈静" in entry_text(screen)


async def test_verifying_says_whole_and_then_how_many_came_since(ws: Workspace, tmp_path: Path) -> None:
    (ws.home / "policy.toml").write_text('[log]\nanchor_file = "anchors/log"\nanchor_every = 100\n', encoding="utf-8")
    async with opened(ws, "en") as (pilot, screen):
        assert "an anchor was missed" in seen(screen)
        await pilot.press("v")
        await wait_until(pilot, lambda: screen.verdict is not None)
        assert "is whole: 309 entries. No anchor" in seen(screen)
        await pilot.press("a")
        await wait_until(pilot, lambda: screen.found is not None and screen.found.anchors_ok)
        await pilot.press("v")
        await wait_until(pilot, lambda: "the newest at entry 309" in seen(screen))
        assert "missed" not in seen(screen)
        log_correct.correct(ws, 1, "x", by=None, at=pilot.app.now())  # type: ignore[attr-defined]
        pilot.app.changed()  # type: ignore[attr-defined]
        await counts(pilot, screen, ALL + 1)
        assert "1 more since then" in seen(screen)
        await pilot.press("e")
        await typed(pilot, str(tmp_path / "out.jsonl"))
        await wait_until(pilot, (tmp_path / "out.jsonl.anchor").is_file)
        assert len((tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()) == ALL + 1


async def test_verifying_tells_how_far_it_is_and_stops(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    go = Event()
    walked = log_verify.verify

    def slow(ws: Workspace, anchor: Any = None, *, progress: Any) -> Any:
        progress(100, 309)
        go.wait(10)
        progress(200, 309)
        return walked(ws, anchor)

    monkeypatch.setattr(log_verify, "verify", slow)
    async with opened(ws) as (pilot, screen):
        await pilot.press("v")
        await wait_until(pilot, lambda: "正在检验 100 / 309" in seen(screen))
        await pilot.press("escape")
        go.set()
        await wait_until(pilot, lambda: screen.progress is None)
        assert screen.verdict is None and "还没有检验" in seen(screen)


@pytest.mark.parametrize(
    ("statement", "first", "why"),
    [
        ("UPDATE log_entry SET body = replace(body, 'revive', 'stage') WHERE entry_no = 301", 301, "内容与它的哈希不符"),
        ("DELETE FROM log_entry WHERE entry_no = 150", 150, "这一条不在了"),
        ("UPDATE log_entry SET body = CAST(x'ff00' AS TEXT) WHERE entry_no = 305", 305, "内容与它的哈希不符"),
    ],
    ids=["changed", "removed", "unreadable"],
)
async def test_a_tampered_log_is_told_and_the_first_broken_entry_shown(ws: Workspace, statement: str, first: int, why: str) -> None:
    tamper(ws, statement)
    async with opened(ws) as (pilot, screen):
        await pilot.press("v")
        await wait_until(pilot, lambda: screen.verdict is not None and screen.found is not None and screen.current_no is not None)
        await wait_until(pilot, lambda: screen.query_one(LogList).cursor > 0)
        assert f"日志不完整：从第 {first} 条起不可信，{why}" in seen(screen).replace("\n", "")
        current = screen.query_one(LogList).current
        assert current is not None and (current.entry_no == first or (first == 150 and current.entry_no == 149))
        if first == 301:
            await shows(pilot, screen, 301)
            assert "从这一条起不可信" in entry_text(screen) and "!" in seen(screen)


async def test_the_client_of_an_entry_opens_and_language_changes_live(ws: Workspace) -> None:
    async with opened(ws) as (pilot, screen):
        await pilot.press("down", "down", "down")
        await shows(pilot, screen, PLAIN + 6)
        await pilot.press("f9")
        await wait_until(pilot, lambda: "Entry 306" in entry_text(screen) and "Coaching" not in entry_text(screen))
        assert "tier changed by hand" in entry_text(screen) and screen.query_one(LogList).cursor == 3
        await pilot.press("o")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ClientScreen))
        assert pilot.app.screen.seen.client_no == LI  # type: ignore[attr-defined]


async def test_the_section_leads_here(ws: Workspace) -> None:
    app = CoachApp(lang="zh", ws=ws, today=TODAY)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        app.action_part("log")
        await wait_until(pilot, lambda: isinstance(app.screen, LogScreen) and app.screen.found is not None)
        await pilot.press("f2", "f8")
        assert isinstance(app.screen, LogScreen), "the section opens with the part that was last seen"
        assert "4 日志" in seen(app.screen)


async def test_an_empty_log_says_what_will_stand_here(branch: Workspace) -> None:
    app = log_first(branch, "en")
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        screen = app.screen
        assert isinstance(screen, LogScreen)
        await wait_until(pilot, lambda: screen.found is not None)
        await pilot.press("down", "enter", "x", "j", "o")
        assert "The log has no entries yet" in seen(screen)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("size", [(80, 24), (120, 36)], ids=["80x24", "120x36"])
def test_looks(snap_compare: Any, ws: Workspace, lang: Lang, size: tuple[int, int]) -> None:
    async def before(pilot: Pilot[Any]) -> None:
        screen = await gone_there(pilot)
        await pilot.press(*["down"] * 7)
        await shows(pilot, screen, PLAIN + 2)

    assert snap_compare(log_first(ws, lang), terminal_size=size, run_before=before)


@pytest.mark.parametrize(("lang", "size"), [("zh", (80, 24)), ("en", (120, 36))], ids=["zh-80x24", "en-120x36"])
def test_looks_tampered(snap_compare: Any, ws: Workspace, lang: Lang, size: tuple[int, int]) -> None:
    tamper(ws, "UPDATE log_entry SET body = replace(body, 'revive', 'stage') WHERE entry_no = 301")

    async def before(pilot: Pilot[Any]) -> None:
        screen = await gone_there(pilot)
        await pilot.press("v")
        await shows(pilot, screen, 301)
        await pilot.press("enter")

    assert snap_compare(log_first(ws, lang), terminal_size=size, run_before=before)
