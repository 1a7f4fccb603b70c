"""The working day on the screen: pick a task, read, log, see it done and the next step told; undo, skip, filter, switch."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from sqlmodel import select
from textual.pilot import Pilot

from coach.domain.words import label
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Contact, Task
from coach.tui.app import CoachApp
from coach.tui.screens.contact_dialog import ContactDialog
from coach.tui.screens.today import TodayScreen
from coach.tui.widgets.gauges import Gauges
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.task_list import TaskList
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until


@pytest.fixture(autouse=True)
def no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is opened when it is needed; these tests do not wait for the rest."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)


SUNDAY = date(2026, 11, 29)


@asynccontextmanager
async def opened(
    ws: Workspace, *, today: date = TODAY, lang: Any = "zh", size: tuple[int, int] = (120, 36)
) -> AsyncIterator[tuple[Pilot[None], TodayScreen]]:
    """The app on a workspace, its day loaded."""
    app = CoachApp(lang=lang, ws=ws, today=today)
    async with app.run_test(size=size, notifications=True) as pilot:
        screen = app.screen
        assert isinstance(screen, TodayScreen)
        await wait_until(pilot, lambda: screen.day is not None)
        yield pilot, screen


def notices(pilot: Pilot[None]) -> str:
    """What the notices said, all together."""
    return "\n".join(n.message for n in pilot.app._notifications)


def gauges(screen: TodayScreen) -> str:
    return str(screen.query_one(Gauges).render())


def pane(screen: TodayScreen) -> str:
    return screen.query_one("#pane Prose", Prose).doc.plain


def contacts(ws: Workspace) -> list[Contact]:
    with session(ws.engine, write=False) as s:
        return list(s.exec(select(Contact).where(Contact.at >= TODAY, Contact.voided_at == None)))  # noqa: E711


async def log(pilot: Pilot[None], screen: TodayScreen, *keys: str) -> None:
    """Open the dialog on the line under the cursor, press keys, save, and wait until the day is loaded again."""
    before = screen.day
    await pilot.press("l")
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, ContactDialog))
    await pilot.press(*keys, "ctrl+s")
    await wait_until(pilot, lambda: pilot.app.screen is screen and screen.day is not before)


async def test_the_plan_is_shown_with_reasons_and_progress(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        assert screen.day is not None and screen.day.lines
        first = screen.shown[0]
        assert screen.line == first
        assert first.name and first.tier and first.reasons
        assert all(f"0/{n}" in gauges(screen) for n in screen.day.capacity.values())
        await wait_until(pilot, lambda: screen.suggestion is not None)
        text = pane(screen)
        assert first.name in text and first.title in text
        assert all(label(signal, "zh") in text for signal, _ in first.reasons)
        assert screen.suggestion is not None and screen.suggestion.next_action is not None
        assert screen.suggestion.next_action.goal in text


async def test_urgent_comes_first(branch: Workspace) -> None:
    async with opened(branch) as (_, screen):
        urgent = [line.urgent for line in screen.shown]
        assert urgent == sorted(urgent, reverse=True) and any(urgent)


async def test_a_day_log_see_it_done_and_the_next_step_told(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        line = screen.shown[0]
        await wait_until(pilot, lambda: screen.suggestion is not None)
        assert screen.suggestion is not None
        number = screen.suggestion.suggestion_no
        await log(pilot, screen, "2")
        assert screen.day is not None
        done = next(other for other in screen.day.lines if other.key == line.key)
        assert done.state == "done" and screen.shown[-1] == done
        assert f"1/{screen.day.capacity[line.channel]}" in gauges(screen)
        assert screen.line is not None and screen.line.state == "open" and screen.line != done
        (entry,) = contacts(branch)
        assert (entry.client_no, entry.outcome, entry.effective, entry.task_no) == (line.client_no, "appointment", True, line.task_no)
        assert entry.suggestion_no == number and entry.staff_no == "S01"
        await wait_until(pilot, lambda: "已记" in notices(pilot))
        assert line.name in notices(pilot) and "下一步" in notices(pilot)


async def test_undo_opens_the_task_again(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        line = screen.shown[0]
        await log(pilot, screen, "1")
        before = screen.day
        await pilot.press("u")
        await wait_until(pilot, lambda: screen.day is not before)
        assert screen.day is not None
        assert next(other for other in screen.day.lines if other.key == line.key).state == "open"
        assert screen.day.done(line.channel) == 0 and not contacts(branch)
        assert "已撤销" in notices(pilot)


async def test_undo_with_nothing_to_undo_says_so(branch: Workspace) -> None:
    async with opened(branch) as (pilot, _):
        await pilot.press("u")
        await wait_until(pilot, lambda: "没有可撤销" in notices(pilot))


async def test_not_today_and_back(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        line = screen.shown[0]
        await pilot.press("x")
        await wait_until(pilot, lambda: any(other.state == "skipped" for other in screen.shown))
        assert screen.shown[-1].key == line.key and screen.line is not None and screen.line.key != line.key
        screen.query_one(TaskList).action_edge(1)
        await wait_until(pilot, lambda: screen.line is not None and screen.line.key == line.key)
        await pilot.press("space")
        await wait_until(pilot, lambda: all(other.state == "open" for other in screen.shown))
        with session(branch.engine, write=False) as s:
            assert {t.state for t in s.exec(select(Task))} == {"open"}


async def test_channels_by_digit_also_full_width(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        everything = screen.shown
        for key, channel in (("1", "visit"), ("2", "call"), ("3", "message")):
            await pilot.press(key)
            await pilot.pause()
            assert screen.shown == [line for line in everything if line.channel == channel]
        await pilot.press("fullwidth_digit_two")
        assert {line.channel for line in screen.shown} <= {"call"}
        await pilot.press("0")
        assert screen.shown == everything


async def test_filter_by_signal(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("f")
        await wait_until(pilot, lambda: pilot.app.screen is not screen)
        chooser: Any = pilot.app.screen
        value = next(value for value, _ in chooser.options() if value.startswith("signal:"))
        chooser.dismiss(value)
        await wait_until(pilot, lambda: screen.wanted.kind == value)
        wanted = value.partition(":")[2]
        assert screen.shown and all(wanted in [signal for signal, _ in line.reasons] for line in screen.shown)
        assert label(wanted, "zh") in str(screen.query_one("#filter").render())  # type: ignore[attr-defined]


async def test_a_message_task_shows_the_text_and_copies_it(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("3")
        await wait_until(pilot, lambda: screen.line is not None and screen.line.channel == "message" and screen.suggestion is not None)
        suggestion = screen.suggestion
        assert suggestion is not None and suggestion.message_draft
        assert suggestion.message_draft in pane(screen)
        await pilot.press("c")
        await wait_until(pilot, lambda: pilot.app.clipboard == suggestion.message_draft)


async def test_another_managers_day_and_it_is_remembered(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        mine = {line.client_no for line in screen.shown}
        await pilot.press("m")
        await wait_until(pilot, lambda: pilot.app.screen is not screen)
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: screen.day is not None and not mine & {line.client_no for line in screen.day.lines})
        settings = branch.home / "settings.toml"
        await wait_until(pilot, lambda: settings.exists() and 'manager = "S02"' in settings.read_text(encoding="utf-8"))
    async with opened(Workspace(lang="zh")) as (pilot, screen):
        assert pilot.app.manager == "S02"  # type: ignore[attr-defined]


async def test_language_switches_live_and_keeps_the_place(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("2", "down")
        await pilot.pause()
        selected, wanted = screen.selected, screen.wanted
        await pilot.press("f9")
        await wait_until(pilot, lambda: "Call" in gauges(screen) and screen.day is not None and "due" in pane(screen))
        assert (screen.selected, screen.wanted) == (selected, wanted)
        assert screen.query_one(TaskList).has_focus
        assert "Today" in str(screen.query_one("#nav").render())  # type: ignore[attr-defined]
        await pilot.press("f3")
        await wait_until(pilot, lambda: pilot.app.current_mode == "clients")
        await pilot.press("f9")
        await pilot.press("f2")
        await wait_until(pilot, lambda: pilot.app.screen is screen and "电话" in gauges(screen))
        assert screen.selected == selected


async def test_a_day_off_says_so_and_shows_what_waits(branch: Workspace) -> None:
    async with opened(branch, today=SUNDAY) as (pilot, screen):
        assert "休息" in str(screen.query_one("#state").render())  # type: ignore[attr-defined]
        assert "11月30日 周一" in str(screen.query_one("#state").render())  # type: ignore[attr-defined]
        assert screen.shown and {line.state for line in screen.shown} == {"waiting"}
        await pilot.press("x")
        with session(branch.engine, write=False) as s:
            assert not list(s.exec(select(Task)))


async def test_all_done_says_what_to_do_next(branch: Workspace) -> None:
    from coach.services.day import plan, skip_task

    for task in plan(branch, "S01", TODAY).tasks:
        skip_task(branch, "S01", TODAY, task.task_no)
    async with opened(branch) as (_, screen):
        assert "F3" in str(screen.query_one("#state").render())  # type: ignore[attr-defined]


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("width", [80, 110, 120, 200])
async def test_every_line_is_exactly_as_wide_as_the_list(branch: Workspace, lang: Any, width: int) -> None:
    async with opened(branch, lang=lang, size=(width, 24)) as (_, screen):
        listed = screen.query_one(TaskList)
        across = listed.scrollable_content_region.width
        assert across > 40
        assert {listed.render_line(y).cell_length for y in range(10)} == {across}
        assert screen.has_class("-wide") == (width >= 110)
