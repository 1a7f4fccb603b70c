"""Logging a contact: keys, dates, the effective toggle, errors in the dialog, one entry however often it is saved."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlmodel import select
from textual.pilot import Pilot
from textual.widgets import Input, Static, TextArea

from coach.domain.outcomes import OUTCOMES
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Contact
from coach.tui.app import CoachApp
from coach.tui.screens.contact_dialog import ContactDialog
from coach.tui.widgets.choice import Choice
from tests.tui.branch import TODAY, WANG
from tests.tui.conftest import wait_until


@pytest.fixture(autouse=True)
def no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is opened when it is needed; these tests do not wait for the rest."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)


@asynccontextmanager
async def dialog(ws: Workspace, client: str = WANG, **given: Any) -> AsyncIterator[tuple[Pilot[None], ContactDialog, list[Any]]]:
    """The dialog open; what it answers comes into the list."""
    app = CoachApp(ws=ws, today=TODAY)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        answers: list[Any] = []
        shown = ContactDialog(client, "王秀英", **given)
        app.push_screen(shown, answers.append)
        await wait_until(pilot, lambda: app.screen is shown and shown.is_mounted)
        yield pilot, shown, answers


def text(shown: ContactDialog, selector: str) -> str:
    return str(shown.query_one(selector, Static).render())


def logged(ws: Workspace) -> list[Contact]:
    with session(ws.engine, write=False) as s:
        return list(s.exec(select(Contact).where(Contact.client_no == WANG, Contact.at >= TODAY)))


@pytest.mark.parametrize(("key", "outcome"), [(str(n), outcome) for n, outcome in enumerate(OUTCOMES, 1)])
async def test_one_key_chooses_the_outcome_and_effective_follows(branch: Workspace, key: str, outcome: str) -> None:
    async with dialog(branch) as (pilot, shown, _):
        await pilot.press(key)
        await pilot.pause()
        assert shown.outcome == outcome and shown.is_effective == OUTCOMES[outcome][2]
        assert shown.query_one("#effective", Choice).value == ("yes" if OUTCOMES[outcome][2] else "no")


async def test_effective_set_by_hand_no_longer_follows(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        await pilot.press("1", "ctrl+e")
        await pilot.pause()
        assert not shown.is_effective
        await pilot.press("2")
        await pilot.pause()
        assert not shown.is_effective and "手工" in text(shown, "#follows")


async def test_everything_typed_is_logged(branch: Workspace) -> None:
    async with dialog(branch, channel="visit", play="revive.maturity", step="step-on-the-day") as (pilot, shown, answers):
        await pilot.press("3", "ctrl+t")
        shown.query_one("#summary", TextArea).text = "想等放榜再定"
        shown.query_one("#next", Input).value = "下周一"
        await pilot.pause()
        assert "11月30日 周一 工作日" in text(shown, "#when")
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: answers)
        (entry,) = logged(branch)
        assert (entry.channel, entry.outcome, entry.effective, entry.summary) == ("message", "agreed", True, "想等放榜再定")
        assert str(entry.next_on) == "2026-11-30" and (entry.play, entry.step) == ("revive.maturity", "step-on-the-day")
        assert answers[0].contact_no == entry.contact_no == shown.contact_no


async def test_saving_twice_is_one_entry(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, answers):
        await pilot.press("1")
        shown.action_save()
        shown._saving = False  # as if the answer of the first had been lost
        shown.action_save()
        await wait_until(pilot, lambda: answers)
        await pilot.app.workers.wait_for_complete()
        assert len(logged(branch)) == 1


async def test_a_day_off_is_told(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        shown.query_one("#next", Input).value = "+5"
        await wait_until(pilot, lambda: "11月29日 周日 休息日" in text(shown, "#when"))


async def test_buttons_set_the_date(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        await pilot.click("#plus-7")
        await wait_until(pilot, lambda: shown.next_text == "2026-12-01")


@pytest.mark.parametrize(("typed", "told"), [("十三点", "看不懂「十三点」"), ("2026-11-01", "已经过去")])
async def test_a_wrong_date_is_told_and_nothing_is_lost(branch: Workspace, typed: str, told: str) -> None:
    async with dialog(branch) as (pilot, shown, answers):
        await pilot.press("1")
        shown.query_one("#summary", TextArea).text = "留着"
        shown.query_one("#next", Input).value = typed
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: told in text(shown, "#error"))
        assert shown.summary == "留着" and shown.query_one("#summary", TextArea).text == "留着"
        assert not answers and not logged(branch)


async def test_no_outcome_no_entry(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, answers):
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "1-9" in text(shown, "#error"))
        assert not answers


async def test_what_the_service_refuses_is_one_line_here(branch: Workspace) -> None:
    async with dialog(branch, client="NOBODY") as (pilot, shown, answers):
        await pilot.press("1", "ctrl+s")
        await wait_until(pilot, lambda: "NOBODY" in text(shown, "#error"))
        assert not answers and shown.outcome == "reached"


async def test_escape_asks_once_where_something_was_typed(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, answers):
        await pilot.press("1", "escape")
        await wait_until(pilot, lambda: "再按一次 Esc" in text(shown, "#error"))
        await pilot.press("2")
        await pilot.pause()
        assert text(shown, "#error") == ""
        await pilot.press("escape", "escape")
        await wait_until(pilot, lambda: answers == [None])


async def test_escape_leaves_at_once_where_nothing_was_typed(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, _, answers):
        await pilot.press("escape")
        await wait_until(pilot, lambda: answers == [None])


async def test_another_section_does_not_throw_away_what_was_typed(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        shown.query_one("#summary", TextArea).text = "留着"
        await pilot.pause()
        await pilot.press("f3")
        await wait_until(pilot, lambda: "再按一次 Esc" in text(shown, "#error"))
        assert pilot.app.screen is shown


async def test_digits_are_text_in_a_text_field(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        await pilot.press("1")
        shown.query_one("#summary").focus()
        await pilot.press("7", "8")
        await wait_until(pilot, lambda: shown.summary == "78")
        assert shown.outcome == "reached"


async def test_language_keeps_every_field_and_the_caret(branch: Workspace) -> None:
    async with dialog(branch) as (pilot, shown, _):
        await pilot.press("4", "ctrl+e")
        shown.query_one("#next", Input).value = "+3"
        area = shown.query_one("#summary", TextArea)
        area.text = "第一行\n第二行"
        area.focus()
        area.cursor_location = (1, 2)
        await pilot.pause()
        await pilot.press("f9")
        await wait_until(pilot, lambda: "working day" in text(shown, "#when"))
        again = shown.query_one("#summary", TextArea)
        assert again is not area and again.text == "第一行\n第二行" and again.cursor_location == (1, 2) and again.has_focus
        assert shown.query_one("#outcome", Choice).value == "done" and not shown.is_effective
        assert shown.query_one("#next", Input).value == "+3"
