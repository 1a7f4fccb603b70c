"""The review screen driven by keys: from the queue to the answer on Today and back; filters, weeks, plays; how it looks."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, TextArea

from coach.domain.chain import Kind as Logged
from coach.domain.words import Lang
from coach.services import review_acts as acts
from coach.services.log_read import Wanted as Entries
from coach.services.log_read import entries
from coach.services.log_uses import used
from coach.services.review_record import open_record
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.review import ReviewScreen
from coach.tui.screens.review_dialogs import PlaysSheet, RateDialog, TextDialog
from coach.tui.screens.review_inbox import InboxScreen
from coach.tui.screens.review_record import RecordScreen
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.review_line import InboxLine
from tests.services.review_branch import DRAFT, LAST_WEEK, NOW, TODAY, fill
from tests.tui.conftest import wait_until


@pytest.fixture(scope="module")
def review_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small branch of the tests of reviews, three suggestions used; nobody writes in it."""
    home = tmp_path_factory.mktemp("review") / "branch"
    ws = Workspace.at(home, lang="zh")
    fill(ws)
    used(ws, "S1", "followed", staff_no="1001", at=LAST_WEEK)
    used(ws, "S2", "changed", text=DRAFT.replace("上午十点", "下午三点"), staff_no="1001", at=LAST_WEEK)
    used(ws, "S3", "ignored", reason="1", text="刚见过", staff_no="1001", at=LAST_WEEK)
    ws.close()
    return home


@pytest.fixture
def ws(review_home: Path, own_workspace: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    monkeypatch.setattr("coach.tui.screens.suggesting.Suggesting._ask", lambda self: None)
    shutil.copytree(review_home, own_workspace)
    opened = Workspace.at(own_workspace, lang="zh")
    yield opened
    opened.close()


async def review(app: CoachApp, pilot: Pilot[Any]) -> ReviewScreen:
    await wait_until(pilot, lambda: app.ready)
    await pilot.press("f8")
    await wait_until(pilot, lambda: isinstance(app.screen, ReviewScreen) and app.screen.told is not None)
    assert isinstance(app.screen, ReviewScreen)
    return app.screen


async def record(app: CoachApp, pilot: Pilot[Any]) -> RecordScreen:
    await wait_until(pilot, lambda: isinstance(app.screen, RecordScreen) and app.screen.record is not None)
    assert isinstance(app.screen, RecordScreen)
    return app.screen


async def opened(app: CoachApp, pilot: Pilot[Any], subject: str) -> RecordScreen:
    """The record of a line, by the keys: down to it and Enter."""
    screen = await review(app, pilot)
    at = next(i for i, line in enumerate(screen.lines) if line.item.subject == subject)
    await pilot.press("home", *["down"] * at, "enter")
    return await record(app, pilot)


def shown(screen: Any, name: str) -> str:
    return screen.query_one(f"#text-{name}", Prose).doc.plain


async def test_from_the_queue_to_the_answer_and_back(ws: Workspace) -> None:
    app = CoachApp(lang="zh", ws=ws, today=TODAY)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await review(app, pilot)
        first = screen.lines[0]
        assert first.item.flags[0].severity == "block" and screen.reviewer is not None and screen.reviewer.staff_no == "3001"
        subject, name = first.item.subject, first.item.client_no
        await pilot.press("enter")
        await record(app, pilot)
        await pilot.press("c")
        await pilot.press(*"why", "ctrl+s")
        await wait_until(pilot, lambda: acts.waiting(ws, "1001") == 1)
        await pilot.press("g", "4", "3", "2", "1", "enter")
        about = acts.About(first.item.kind, subject, "1001", name)
        await wait_until(pilot, lambda: open_record(ws, about.kind, subject, TODAY).state.rated)
        await wait_until(pilot, lambda: "评分 50" in shown(app.screen, "review") and "why" in shown(app.screen, "review"))
        await pilot.press("f2")
        line = app.screen.query_one(InboxLine)
        await wait_until(pilot, lambda: line.waiting == (1, False))
        assert line.display and "主管点评 1 条" in str(line.render())
        await pilot.press("v")
        await wait_until(pilot, lambda: isinstance(app.screen, InboxScreen) and app.screen.comment is not None)
        assert "why" in app.screen.query_one("#inbox-text", Prose).doc.plain
        await pilot.press("enter")
        await pilot.press(*"because", "ctrl+s")
        await wait_until(pilot, lambda: acts.waiting(ws, "1001") == 0 and acts.waiting(ws, "3001") == 1)
        await wait_until(pilot, lambda: "没有未看的点评" in app.screen.query_one("#inbox-text", Prose).doc.plain)
        await pilot.press("escape")
        await wait_until(pilot, lambda: not app.screen.query_one(InboxLine).display)
        await pilot.press("f8")  # back to the record that was left open
        await wait_until(pilot, lambda: isinstance(app.screen, RecordScreen) and "because" in shown(app.screen, "review"))
        await wait_until(pilot, lambda: acts.waiting(ws, "3001") == 0)
        await pilot.press("s")
        await wait_until(pilot, lambda: open_record(ws, about.kind, subject, TODAY).state.signed_off)
        await record(app, pilot)
        assert app.screen.at[1] != subject, "the next one is in view"
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, ReviewScreen) and subject not in {x.item.subject for x in app.screen.lines})
    told = [e.content["what"] for e in reversed(entries(ws, Entries(kind=Logged.REVIEW), limit=9))]
    assert told == ["comment", "rated", "answer", "signed_off"]


async def test_a_record_shows_what_was_changed_and_the_facts_of_that_day(ws: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    app, gone_to = CoachApp(lang="zh", ws=ws, today=TODAY), list[str]()
    monkeypatch.setattr(app, "open_client", gone_to.append)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await opened(app, pilot, "S2")
        assert "问打算" in shown(screen, "suggested") and DRAFT in shown(screen, "suggested")
        done, facts = shown(screen, "done"), shown(screen, "facts")
        assert "改成这样发的" in done and "上午十下午三点" in done and "没有记下接触" in done
        then, now = facts.split("今天的资料")
        assert "到期" in then and "阶段  陌生" in then and "勿扰" in now and "勿扰" not in then
        assert all(screen.query_one(f"#pane-{name}").display for name in ("suggested", "done", "facts", "review"))
        await pilot.press("enter")
        await wait_until(pilot, lambda: type(app.screen).__name__ == "CiteSheet")
        assert app.screen.cites[0].id.startswith("support.")
        await pilot.press("escape", "t")
        assert gone_to == ["C2"]
        before = screen.at
        await pilot.press("n")
        await wait_until(pilot, lambda: screen.at != before and screen.record is not None)
        await pilot.press("p")
        await wait_until(pilot, lambda: screen.at == before and screen.record is not None)


async def test_narrow_tabs_a_text_that_is_not_lost_and_one_key_a_grade(ws: Workspace) -> None:
    app = CoachApp(lang="en", ws=ws, today=TODAY)
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await opened(app, pilot, "S3")
        for number, name in enumerate(("suggested", "done", "facts", "review"), 1):
            await pilot.press(str(number))
            panes = {one: screen.query_one(f"#pane-{one}").display for one in ("suggested", "done", "facts", "review")}
            assert [one for one, there in panes.items() if there] == [name]
        assert "not the right time" in shown(screen, "done") and "刚见过" in shown(screen, "done")
        await pilot.press("c")
        dialog = app.screen
        assert isinstance(dialog, TextDialog)
        await pilot.press("ctrl+s")
        assert "few words" in dialog.error
        dialog.query_one(TextArea).load_text("说说看")
        await pilot.pause()
        await pilot.press("escape")
        assert app.screen is dialog and "Esc again" in dialog.error
        await pilot.press("f9")
        await wait_until(pilot, lambda: "再按一次" in dialog.error and dialog.query(TextArea))
        assert dialog.query_one(TextArea).text == "说说看"
        await pilot.press("escape")
        await wait_until(pilot, lambda: isinstance(app.screen, RecordScreen))
        assert acts.waiting(ws, "1001") == 0

        await pilot.press("g", "enter")
        assert isinstance(app.screen, RateDialog) and app.screen.error
        await pilot.press("9", "2", "up", "4", "down", "1", "escape")
        await wait_until(pilot, lambda: isinstance(app.screen, RecordScreen))
        assert open_record(ws, "suggestion", "S3", TODAY).state.rated is None, "left without saving"
        await pilot.press("g", "2", "up", "4", "down", "1", "enter")
        await wait_until(pilot, lambda: (open_record(ws, "suggestion", "S3", TODAY).state.rated or None))
        rated = open_record(ws, "suggestion", "S3", TODAY).state.rated
        assert rated is not None and rated.rating == {"fit": 4, "next": 1} and rated.by == "3001"
        await pilot.resize_terminal(120, 36)
        await wait_until(pilot, lambda: all(pane.display for pane in app.screen.query(".pane")))


async def test_filters_weeks_plays_and_a_sign_off_taken_back(ws: Workspace) -> None:
    acts.sign_off(ws, open_record(ws, "suggestion", "S3", TODAY).about, "3001", NOW)
    app = CoachApp(lang="zh", ws=ws, today=TODAY)
    async with app.run_test(size=(120, 36)) as pilot:
        screen = await review(app, pilot)
        every = len(screen.lines)
        await pilot.press("f")
        listed = app.screen.query_one(OptionList)
        texts = [str(listed.get_option_at_index(i).prompt) for i in range(listed.option_count)]
        at = next(i for i, text in enumerate(texts) if "P1002" in text)
        await pilot.press("home", *["down"] * at, "enter")
        assert {line.item.staff_no for line in screen.lines} == {"1002"} and len(screen.lines) < every
        assert "P1002" in str(screen.query_one("#review-head").render())  # type: ignore[attr-defined]
        await pilot.press("escape")
        assert len(screen.lines) == every
        await pilot.press("left_square_bracket")
        await wait_until(pilot, lambda: screen.told is not None and screen.told.queue.week == "2026-W46")
        await pilot.press("right_square_bracket")
        await wait_until(pilot, lambda: screen.told is not None and screen.told.queue.week == "2026-W47")
        await pilot.press("right_square_bracket")
        await wait_until(pilot, lambda: screen.told is not None and screen.told.queue.week == "2026-W48")
        await pilot.press("right_square_bracket")
        await pilot.pause()
        assert screen.told is not None and screen.told.queue.week == "2026-W48", "not beyond this week"
        await pilot.press("i")
        await wait_until(pilot, lambda: isinstance(app.screen, PlaysSheet))
        told = app.screen.doc().plain
        assert "到期承接" in told and "现在不合适 1" in told and "未启用" in told
        await pilot.press("escape", "left_square_bracket")
        await wait_until(pilot, lambda: screen.told is not None and screen.told.queue.week == "2026-W47")
        assert "S3" not in {line.item.subject for line in screen.lines}
        await pilot.press("a")
        assert "S3" in {line.item.subject for line in screen.lines}
        await opened(app, pilot, "S3")
        await pilot.press("s")
        assert isinstance(app.screen, TextDialog)
        await pilot.press(*"oops", "ctrl+s")
        await wait_until(pilot, lambda: not open_record(ws, "suggestion", "S3", TODAY).state.signed_off)


async def test_an_inbox_is_put_aside_without_an_answer(ws: Workspace) -> None:
    about = open_record(ws, "contact", "V1", TODAY).about
    acts.comment(ws, about, "换个时段试试", "3001", NOW)
    acts.comment(ws, about, "做得好", "3001", NOW)
    app = CoachApp(lang="zh", ws=ws, today=TODAY)
    async with app.run_test(size=(80, 24)) as pilot:
        await wait_until(pilot, lambda: app.ready and app.screen.query_one(InboxLine).waiting[0] == 2)
        await pilot.click(InboxLine)
        await wait_until(pilot, lambda: isinstance(app.screen, InboxScreen) and app.screen.comment is not None)
        await pilot.press("o")
        screen = await record(app, pilot)
        assert screen.reading and not {"screen.comment", "screen.rate", "screen.sign"} & {key.action for key in screen.keys}
        await pilot.press("c", "g", "s")
        assert app.screen is screen, "whose work it is does not review it"
        await pilot.press("escape", "k")
        await wait_until(pilot, lambda: acts.waiting(ws, "1001") == 1)


# --- how it looks ---------------------------------------------------------------------------------------------------

SIZES = [(80, 24), (120, 36)]


def looks(app: CoachApp, *keys: str) -> Any:
    async def run(pilot: Pilot[Any]) -> None:
        await review(app, pilot)
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
            if isinstance(app.screen, RecordScreen):
                await record(app, pilot)
        for field in app.screen.query(TextArea):
            field.cursor_blink = False
        await pilot.pause()

    return run


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("size", SIZES, ids=lambda s: f"{s[0]}x{s[1]}")
@pytest.mark.parametrize("keys", [(), ("home", *["down"] * 6, "enter")], ids=["queue", "record"])
def test_snapshot(ws: Workspace, snap_compare: Any, lang: Lang, size: tuple[int, int], keys: tuple[str, ...]) -> None:
    about = open_record(ws, "suggestion", "S2", TODAY).about
    first = acts.comment(ws, about, "客户刚见过，下次换个理由。", "3001", NOW)
    acts.answer(ws, first, "好的，先看日历。", NOW)
    acts.rate(ws, about, {"fit": 2, "rules": 4, "next": 3, "record": 3}, "3001", NOW)
    app = CoachApp(lang=lang, ws=ws, today=TODAY)
    assert snap_compare(app, run_before=looks(app, *keys), terminal_size=size)


def test_snapshot_rating(ws: Workspace, snap_compare: Any) -> None:
    assert snap_compare(CoachApp(lang="zh", ws=ws, today=TODAY), run_before=looks_at_grades, terminal_size=(80, 24))


async def looks_at_grades(pilot: Pilot[Any]) -> None:
    await looks(pilot.app, "enter", "g", "3")(pilot)  # type: ignore[arg-type]
