"""The frame: help, palette, themes, what is remembered, bars, sections, first start, import from inside."""

from __future__ import annotations

import tomllib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.color import Color
from textual.command import CommandPalette
from textual.pilot import Pilot
from textual.widgets import Button

from coach.services.demo import MARK
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.palette import CoachCommands, commands
from coach.tui.remember import edited, remember
from coach.tui.screens.help import HelpScreen
from coach.tui.screens.import_dialog import ImportDialog
from coach.tui.screens.today import TodayScreen
from coach.tui.screens.welcome import WelcomeScreen
from coach.tui.themes import OURS
from coach.tui.widgets.prose import Prose
from coach.tui.words import TEXTS, say
from tests.tui.branch import TODAY, WANG
from tests.tui.conftest import wait_until


@pytest.fixture(autouse=True)
def no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is opened when it is needed; these tests do not wait for the rest."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)


@asynccontextmanager
async def opened(ws: Workspace | None, size: tuple[int, int] = (120, 36), **given: Any) -> AsyncIterator[tuple[Pilot[None], CoachApp]]:
    app = CoachApp(ws=ws, today=TODAY, **given)
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_until(pilot, lambda: app.ready)
        yield pilot, app


def bar(app: CoachApp, name: str) -> str:
    return str(app.screen.query_one(f"#{name}").render())  # type: ignore[attr-defined]


# -- bars and sections


async def test_bars_say_who_when_and_what_can_be_pressed(branch: Workspace) -> None:
    async with opened(branch) as (pilot, app):
        await wait_until(pilot, lambda: "陈静" in bar(app, "nav"))
        assert "2026-11-24 周二" in bar(app, "nav") and "演示" not in bar(app, "nav")
        assert all(word in bar(app, "keys") for word in ("记接触", "今天不做", "帮助", "退出"))


async def test_a_demo_branch_is_marked_as_one(branch: Workspace) -> None:
    (branch.home / MARK).write_text("demo", encoding="utf-8")
    async with opened(branch) as (pilot, app):
        await wait_until(pilot, lambda: "演示" in bar(app, "nav"))


@pytest.mark.parametrize("width", [80, 100, 120, 200])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_bars_fit_and_always_show_help_and_quit(branch: Workspace, width: int, lang: Any) -> None:
    async with opened(branch, size=(width, 24), lang=lang) as (_, app):
        assert cell_len(bar(app, "nav")) <= width and cell_len(bar(app, "keys")) <= width
        assert say("key.help", lang) in bar(app, "keys") and say("key.quit", lang) in bar(app, "keys")


async def test_sections_by_key_and_by_mouse(branch: Workspace) -> None:
    async with opened(branch) as (pilot, app):
        for key, mode in (("f3", "clients"), ("f4", "playbook"), ("f2", "today")):
            await pilot.press(key)
            await wait_until(pilot, lambda mode=mode: app.current_mode == mode)
        await pilot.click("#nav", offset=(12, 0))
        await wait_until(pilot, lambda: app.current_mode == "clients")


async def test_enter_opens_the_client_and_the_section_key_comes_back(branch: Workspace) -> None:
    async with opened(branch) as (pilot, app):
        today = app.screen
        assert isinstance(today, TodayScreen)
        await wait_until(pilot, lambda: today.day is not None)
        await pilot.press("enter")
        await wait_until(pilot, lambda: type(app.screen).__name__ == "ClientScreen")
        await pilot.press("f2")
        await wait_until(pilot, lambda: app.screen is today)


# -- help


@pytest.mark.parametrize("key", ["f1", "question_mark", "fullwidth_question_mark"])
async def test_help_names_every_key_of_the_screen(branch: Workspace, key: str) -> None:
    async with opened(branch) as (pilot, app):
        await pilot.press(key)
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))
        shown = app.screen.query_one(Prose).doc.plain
        assert all(k.key in shown for k in TodayScreen.KEYS) and all(keys in shown for keys, _ in TodayScreen.HELP)
        assert all(say(f"help.day.{n}", "zh") in shown for n in range(1, 6))
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, TodayScreen))


# -- the palette


async def found(app: CoachApp, query: str) -> list[str]:
    """What the palette offers for a query, best first."""
    provider = CoachCommands(app.screen)
    hits = [hit async for hit in provider.search(query)]
    return [str(hit.text) for hit in sorted(hits, key=lambda hit: -hit.score)]  # type: ignore[union-attr]


@pytest.mark.parametrize(("query", "first"), [
    ("导入", "palette.import"), ("import", "palette.import"), ("dr", "palette.import"), ("撤销", "palette.undo"), ("cx", "palette.undo"),
    ("undo", "palette.undo"), ("hr", "palette.manager"), ("客户列表", "palette.clients"), ("quit", "palette.quit"), ("bz", "palette.help"),
])
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_commands_in_either_language_and_by_initials(branch: Workspace, lang: Any, query: str, first: str) -> None:
    async with opened(branch, lang=lang) as (_, app):
        assert (await found(app, query))[0] == say(first, lang)


@pytest.mark.parametrize("query", ["王秀英", WANG, "wxy"])
async def test_clients_by_name_number_and_initials(branch: Workspace, query: str) -> None:
    async with opened(branch) as (_, app):
        assert any(WANG in text for text in await found(app, query))


async def test_the_palette_runs_what_is_chosen(branch: Workspace) -> None:
    async with opened(branch) as (pilot, app):
        await pilot.press("ctrl+p")
        await wait_until(pilot, lambda: isinstance(app.screen, CommandPalette))
        await pilot.press(*"bz")
        await wait_until(pilot, lambda: app.screen.query("OptionList") and app.screen.query_one("OptionList").option_count > 0)  # type: ignore[attr-defined]
        await pilot.pause(0.3)
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, HelpScreen))


async def test_every_command_reads_in_both_languages(branch: Workspace) -> None:
    async with opened(branch) as (_, app):
        assert all(all(TEXTS[command.text]) for command in commands(app))


# -- themes and what is remembered


def contrast(a: str, b: str) -> float:
    """The ratio of WCAG 2, from 1 to 21."""

    def light(colour: str) -> float:
        parts = [c / 255 for c in Color.parse(colour).rgb]
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((light(a), light(b)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", OURS, ids=lambda theme: theme.name)
def test_our_themes_have_enough_contrast(theme: Any) -> None:
    for ground in (theme.background, theme.surface, theme.panel):
        assert contrast(theme.foreground, ground) >= 7
    for role in (theme.error, theme.warning, theme.success, theme.accent, theme.primary):
        assert contrast(role, theme.background) >= 4.5


@pytest.mark.parametrize("name", [theme.name for theme in OURS])
async def test_the_first_frame_has_the_theme(branch: Workspace, name: str) -> None:
    async with opened(branch, theme=name) as (pilot, app):
        await pilot.pause()
        wanted = next(theme for theme in OURS if theme.name == name)
        assert app.screen.styles.background.hex.lower() == wanted.background


async def test_theme_and_language_are_remembered_and_the_rest_kept(branch: Workspace) -> None:
    file = branch.home / "settings.toml"
    file.write_text('# ours\nmodel = "m"\n', encoding="utf-8")
    async with opened(branch) as (pilot, app):
        app.set_theme("coach-light")
        await pilot.press("f9")
        await wait_until(pilot, lambda: "theme" in file.read_text() and "lang" in file.read_text())
    assert tomllib.loads(file.read_text()) == {"model": "m", "theme": "coach-light", "lang": "en"}
    assert file.read_text().startswith("# ours\n")


@pytest.mark.parametrize(("before", "after"), [
    ("", 'lang = "en"\n'), ('lang = "zh"  # mine\n', 'lang = "en"\n'),
    ("[x]\nlang = 1\n", 'lang = "en"\n[x]\nlang = 1\n'), ("a = 1", 'a = 1\nlang = "en"\n'),
])
def test_one_line_is_changed(before: str, after: str) -> None:
    assert edited(before, {"lang": "en"}) == after


def test_a_broken_file_is_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text("lang = ", encoding="utf-8")
    with pytest.raises(ValueError):
        remember(file, {"lang": "en"})
    assert file.read_text() == "lang = " and list(tmp_path.iterdir()) == [file]


# -- the first start


async def test_an_empty_workspace_offers_two_ways(own_workspace: Path) -> None:
    async with opened(None) as (pilot, app):
        await wait_until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        assert [button.id for button in app.screen.query(Button)] == ["demo", "files"]
        await pilot.press("2")
        await wait_until(pilot, lambda: isinstance(app.screen, ImportDialog))
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, TodayScreen))


async def test_the_demo_branch_is_made_and_opened(own_workspace: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.services.demo.default_home", lambda: tmp_path / "demo")
    async with opened(None) as (pilot, app):
        await wait_until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        app.screen.clients = 30  # type: ignore[attr-defined]
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(app.screen, TodayScreen) and app.screen.day and app.screen.day.lines, seconds=60)
        assert app.demo and app.ws is not None and app.ws.home == tmp_path / "demo" and app.manager
        await wait_until(pilot, lambda: "演示" in bar(app, "nav"))


LEDGER = {
    "员工.csv": "工号,姓名\nS9,钱多\n",
    "客户.csv": "客户号,姓名,管户工号,资产\nK1,孙一,S9,12万\nK2,李二,S9,3万\n,无号,S9,1\n",
    "持有.csv": "客户号,类型,产品,金额,到期日\nK1,定期,安心存,10万,2026-11-25\n",
}


async def test_files_are_looked_over_then_imported_and_the_day_appears(own_workspace: Path, tmp_path: Path) -> None:
    files = []
    for name, text in LEDGER.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
        files.append(str(tmp_path / name))
    async with opened(None) as (pilot, app):
        await wait_until(pilot, lambda: isinstance(app.screen, WelcomeScreen))
        await pilot.press("2")
        await wait_until(pilot, lambda: isinstance(app.screen, ImportDialog))
        dialog: Any = app.screen
        for file in files:
            dialog.query_one("#path").value = file
            await pilot.press("enter")
        await wait_until(pilot, lambda: dialog.files == files)
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: dialog.phase == "checked")
        shown = dialog.query_one("#files", Prose).doc.plain
        assert "还没有写入" in shown and "新增 2" in shown and "1 行不能导入" in shown and "持有" in shown
        assert app.manager == "" and not list(tmp_path.glob("*.rejected.csv"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: dialog.phase == "done")
        assert "rejected" in dialog.query_one("#files", Prose).doc.plain
        await wait_until(pilot, lambda: app.manager == "S9")
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, TodayScreen) and app.screen.day is not None and app.screen.day.lines)
        assert app.screen.day.lines[0].name == "孙一"  # type: ignore[attr-defined]


async def test_a_file_that_is_no_table_is_told_in_the_dialog(branch: Workspace, tmp_path: Path) -> None:
    (tmp_path / "bad.csv").write_bytes(b"\x00\x01\x02")
    async with opened(branch) as (pilot, app):
        await pilot.press("f6")
        await wait_until(pilot, lambda: isinstance(app.screen, ImportDialog))
        dialog: Any = app.screen
        dialog.add(str(tmp_path / "bad.csv"))
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "bad.csv" in dialog.error)
        assert dialog.phase == "choose" and dialog.files


async def test_import_keeps_its_state_when_the_language_changes(branch: Workspace, tmp_path: Path) -> None:
    async with opened(branch) as (pilot, app):
        await pilot.press("f6")
        await wait_until(pilot, lambda: isinstance(app.screen, ImportDialog))
        dialog: Any = app.screen
        dialog.add(str(tmp_path / "a.csv"))
        await pilot.press("f9")
        await wait_until(pilot, lambda: "Look over" in str(dialog.query_one("#go", Button).label))
        assert "a.csv" in dialog.query_one("#files", Prose).doc.plain
