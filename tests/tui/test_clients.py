"""The clients screen: found as one types, filtered, sorted, opened; state kept over a change of language."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from threading import Event
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from coach.domain.words import Lang
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.clients import ClientsScreen
from coach.tui.widgets.client_list import ClientList
from coach.tui.widgets.line_input import LineInput
from tests.tui.branch import LI, QUIET, TODAY, WANG
from tests.tui.conftest import wait_until


@asynccontextmanager
async def opened(
    branch: Workspace, lang: Lang = "zh", size: tuple[int, int] = (100, 30)
) -> AsyncIterator[tuple[Pilot[Any], ClientsScreen]]:
    app = CoachApp(lang=lang, ws=branch, today=TODAY)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, lambda: app.ready)
        await pilot.press("f3")
        screen = app.screen
        assert isinstance(screen, ClientsScreen)
        await wait_until(pilot, lambda: screen.numbers is not None and screen._signals)
        yield pilot, screen


def seen(screen: ClientsScreen) -> str:
    return "\n".join(strip.text for strip in screen._compositor.render_strips())


async def typed(pilot: Pilot[Any], screen: ClientsScreen, text: str, count: int) -> None:
    await pilot.press("slash")
    screen.query_one(LineInput).value = text
    await wait_until(pilot, lambda: screen.wanted.text == text and screen.numbers is not None and len(screen.numbers) == count)


async def test_the_managers_clients_stand_there_richest_first(branch: Workspace) -> None:
    async with opened(branch) as (_, screen):
        assert screen.numbers is not None
        assert len(screen.numbers) == 90
        assert screen.numbers[0] == "C000005"
        text = seen(screen)
        assert "90 位客户" in text
        assert "C000001  王秀英     A    熟悉         862,400 到期" in text


@pytest.mark.parametrize("word", ["wxy", "王秀英", "C000001", "13800001234", "优质", "wangxiu", "ＷＸＹ"])
async def test_a_client_is_found_by_any_of_its_names(branch: Workspace, word: str) -> None:
    async with opened(branch) as (pilot, screen):
        await typed(pilot, screen, word, 1)
        assert list(screen.numbers or ()) == [WANG]


async def test_typing_does_not_wait_for_the_signals_of_a_whole_branch(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """While one thread works the signals out, every key is answered and no second thread is set to the same work."""
    async with opened(branch) as (pilot, screen):
        real, go_on, calls = screen._signal_map, Event(), 0

        def slow(manager: str | None) -> dict[str, list[str]]:
            nonlocal calls
            calls += 1
            assert go_on.wait(30)
            return real(manager)

        monkeypatch.setattr(screen, "_signal_map", slow)
        await pilot.press("m")
        await wait_until(pilot, lambda: len(screen.numbers or ()) == 120)
        for text, count in (("优质", 1), ("", 120), ("13800001234", 1), ("C00000", 9)):
            await typed(pilot, screen, text, count)
        assert calls == 1
        go_on.set()
        await wait_until(pilot, lambda: not screen._reading)
        assert calls == 2  # asked again while it was at work: once more, and only once
        assert screen._signals[WANG]


async def test_filters_narrow_and_clear(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("m")
        await wait_until(pilot, lambda: len(screen.numbers or ()) == 120)
        await pilot.press("t", "g")
        await wait_until(pilot, lambda: 0 < len(screen.numbers or ()) < 20)
        assert (screen.wanted.tier, screen.wanted.stage) == ("A", "stranger")
        assert QUIET in (screen.numbers or ())
        await pilot.press("0")
        await wait_until(pilot, lambda: len(screen.numbers or ()) == 120)


async def test_filter_by_signal_from_the_list_of_signals(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("x")
        await wait_until(pilot, lambda: pilot.app.screen is not screen)
        listed = pilot.app.screen.query_one(OptionList)
        texts = [str(option.prompt) for option in listed.options]
        assert "到期  1" in texts
        listed.highlighted = texts.index("到期  1")
        await pilot.press("enter")
        await wait_until(pilot, lambda: list(screen.numbers or ()) == [WANG])
        assert screen.wanted.signal == "maturity_due"


async def test_sorting_by_key_and_by_the_header(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        down = list(screen.numbers or ())
        await pilot.press("S")
        await wait_until(pilot, lambda: list(screen.numbers or ()) == down[::-1])
        await pilot.click(ClientList, offset=(3, 0))
        await wait_until(pilot, lambda: list(screen.numbers or ()) == sorted(down))
        await pilot.click(ClientList, offset=(3, 0))
        await wait_until(pilot, lambda: list(screen.numbers or ()) == sorted(down, reverse=True))


async def test_nothing_found_says_what_to_do(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await typed(pilot, screen, "没有这个人", 0)
        text = str(screen.query_one("#empty", Static).content)
        assert "Esc" in text
        assert "全网点" in text
        await pilot.press("escape")
        await wait_until(pilot, lambda: len(screen.numbers or ()) == 90)


async def test_moving_opening_and_coming_back_to_the_same_line(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("end")
        assert screen.cursor_no == (screen.numbers or ())[-1]
        await pilot.press("home", "down", "down", "pagedown", "up")
        at = screen.cursor_no
        await pilot.press("enter")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ClientScreen))
        assert pilot.app.screen.seen.client_no == at  # type: ignore[attr-defined]
        assert len(pilot.app.screen.among) == 90  # type: ignore[attr-defined]
        await wait_until(pilot, lambda: pilot.app.screen.seen.picture is not None)  # type: ignore[attr-defined]
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        assert screen.cursor_no == at


async def test_the_language_changes_and_all_else_stays(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("t", "down", "down")
        await wait_until(pilot, lambda: len(screen.numbers or ()) < 30)
        await pilot.press("down")
        before = screen.cursor_no
        await pilot.press("f9")
        await wait_until(pilot, lambda: "clients" in seen(screen))
        assert (screen.wanted.tier, screen.cursor_no) == ("A", before)
        assert screen.query_one(ClientList).current == before
        assert "Assets CNY" in seen(screen)


async def test_the_language_changes_under_a_dialog(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("x")
        await wait_until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("f9")
        await wait_until(pilot, lambda: "Maturity" in str(pilot.app.screen.query_one(OptionList).options[3].prompt))
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen and "Assets CNY" in seen(screen))


async def test_typing_letters_in_the_search_does_not_run_keys(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("slash", "m", "t")
        await wait_until(pilot, lambda: screen.wanted.text == "mt")
        assert not screen.wanted.everyone
        assert screen.query_one(LineInput).value == "mt"


async def test_the_caret_is_told_where_it_stands(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        field = screen.query_one(LineInput)
        await pilot.press("slash")
        field.value = "张三"
        await pilot.pause()
        assert field.cursor_screen_offset.x == field.content_region.x + 4


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 36)])
async def test_no_column_is_broken_at_any_size(branch: Workspace, lang: Lang, size: tuple[int, int]) -> None:
    from rich.cells import cell_len

    async with opened(branch, lang, size) as (_, screen):
        lines = seen(screen).split("\n")
        assert {cell_len(line) for line in lines} == {size[0]}
        header, row = lines[3], next(line for line in lines if "C000001" in line)
        assert cell_len(header[:header.index(" v") + 2].rstrip()) == cell_len(row[:row.index("862,400") + 7])


async def test_a_client_not_to_be_contacted_is_red(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await typed(pilot, screen, "zgf", 1)
        listed = screen.query_one(ClientList)
        await pilot.pause()
        await wait_until(pilot, lambda: QUIET in listed._rows)
        row, columns = listed._rows[QUIET], {c.name: c for c in listed._columns}
        assert listed._class(row, columns["name"]) == "list--red"
        assert LI not in (screen.numbers or ())
