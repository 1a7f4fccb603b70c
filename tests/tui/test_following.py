"""Others' changes on the screen, and a server that goes away in the middle of somebody's work."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import select
from textual.pilot import Pilot
from textual.widgets import TextArea

from coach.services.contacts import Entry, log_contact
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Contact
from coach.tui.app import CoachApp
from coach.tui.screens.contact_dialog import ContactDialog
from coach.tui.screens.today import TodayScreen
from tests.conftest import TODAY
from tests.servers.postgres import Postgres
from tests.tui.conftest import wait_until

NOON = datetime(2026, 11, 24, 12, 0)


@pytest.fixture(autouse=True)
def no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is opened when it is needed; these tests do not wait for the rest."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)


@asynccontextmanager
async def opened(ws: Workspace) -> AsyncIterator[tuple[Pilot[None], CoachApp, TodayScreen]]:
    """The app with the day of 1001, listening."""
    app = CoachApp(ws=ws, today=TODAY)
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        screen = app.screen
        assert isinstance(screen, TodayScreen)
        await wait_until(pilot, lambda: screen.day is not None)
        app.set_manager("1001", "")
        await wait_until(pilot, lambda: screen.day is not None and app.manager == "1001")
        with session(ws.engine, write=False) as s:
            asked = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'coach listening' AND datname = current_database()"
            await wait_until(pilot, lambda: s.execute(sa.text(asked)).scalar_one() == 1)
        yield pilot, app, screen


def notices(app: CoachApp) -> list[str]:
    return [n.message for n in app._notifications]


def state(screen: TodayScreen, task_no: str) -> str:
    assert screen.day is not None
    return next(t.state for t in screen.day.lines if t.task_no == task_no)


async def test_a_colleague_s_entry_shows_within_two_seconds(demo_postgres: Workspace) -> None:
    other = Workspace(demo_postgres.settings, lang="zh")
    async with opened(demo_postgres) as (pilot, app, screen):
        task = screen.day.lines[0]  # type: ignore[union-attr]
        log_contact(other, task.client_no, Entry("call", "reached", NOON, staff_no="1002", task_no=task.task_no))
        began = time.process_time()
        await wait_until(pilot, lambda: state(screen, task.task_no) == "done")
        assert time.process_time() - began < 4  # both screens and their pilot share this process; two seconds are for one
        before = app.revision
        with session(other.engine) as s:
            s.execute(sa.select(sa.func.pg_notify("coach", "f" * 32)))
        await wait_until(pilot, lambda: app.revision == before + 1)
        assert screen._state_shown != app.state, "a colleague's book: nothing seen here is loaded again"
    other.close()


async def test_nothing_moves_under_a_dialog(demo_postgres: Workspace) -> None:
    async with opened(demo_postgres) as (pilot, app, screen):
        task = screen.day.lines[0]  # type: ignore[union-attr]
        dialog = ContactDialog(task.client_no, "")
        app.push_screen(dialog)
        await wait_until(pilot, lambda: app.screen is dialog and dialog.is_mounted)
        dialog.query_one("#summary", TextArea).text = "写到一半"
        before = app.revision
        log_contact(demo_postgres, task.client_no, Entry("call", "reached", NOON, staff_no="1002", task_no=task.task_no))
        await wait_until(pilot, lambda: app.revision > before)
        assert app.screen is dialog and dialog.query_one("#summary", TextArea).text == "写到一半"
        assert state(screen, task.task_no) == "open"
        dialog._leaving = True
        await pilot.press("escape")
        await wait_until(pilot, lambda: state(screen, task.task_no) == "done")


async def test_a_server_that_goes_and_comes_costs_nothing_typed(demo_postgres: Workspace, postgres: Postgres) -> None:
    async with opened(demo_postgres) as (pilot, app, screen):
        task = screen.day.lines[0]  # type: ignore[union-attr]
        answers: list[Any] = []
        dialog = ContactDialog(task.client_no, "", task_no=task.task_no)
        app.push_screen(dialog, answers.append)
        await wait_until(pilot, lambda: app.screen is dialog and dialog.is_mounted)
        await pilot.press("1")
        dialog.query_one("#summary", TextArea).text = "断线前写的"
        postgres.stop("immediate")
        try:
            await pilot.press("ctrl+s")
            await wait_until(pilot, lambda: any("连接断了" in text for text in notices(app)))
            assert not answers and dialog.summary == "断线前写的"
        finally:
            postgres.start()
        await wait_until(pilot, lambda: answers and any("重新连上" in text for text in notices(app)), seconds=40)
        assert sum("连接断了" in text for text in notices(app)) == 1
    with session(demo_postgres.engine, write=False) as s:
        entries = s.exec(select(Contact).where(Contact.contact_no == dialog.contact_no)).all()
    assert [e.summary for e in entries] == ["断线前写的"]
