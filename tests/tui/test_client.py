"""The client screen: facts first, the suggestion, the message checked while edited, questions, sources, logging, editing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import TextArea

from coach.domain.suggestion import Citation
from coach.domain.words import Lang
from coach.services.clients import picture
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.cites import Cites
from coach.tui.screens.cite_sheet import CiteSheet
from coach.tui.screens.client import TABS, ClientScreen
from coach.tui.screens.edit_dialog import EditDialog
from coach.tui.widgets.client_facts import masked
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.trend import bars
from tests.tui.branch import LI, QUIET, TODAY, WANG
from tests.tui.conftest import wait_until

WIDE = (140, 44)


@asynccontextmanager
async def opened(
    branch: Workspace, client_no: str = WANG, lang: Lang = "zh", size: tuple[int, int] = WIDE, among: tuple[str, ...] = (WANG, LI, QUIET)
) -> AsyncIterator[tuple[Pilot[Any], ClientScreen]]:
    app = CoachApp(lang=lang, ws=branch, today=TODAY)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, lambda: app.ready)
        screen = ClientScreen(client_no, among=among)
        await app.push_screen(screen)
        await wait_until(pilot, lambda: lang in screen.seen.proposals)
        yield pilot, screen


def text(screen: ClientScreen, name: str) -> str:
    return screen.query_one(f"#{name}", Prose).doc.plain


def notices(pilot: Pilot[Any]) -> str:
    return "\n".join(n.message for n in pilot.app._notifications)


async def test_the_facts_of_a_client_stand_there(branch: Workspace) -> None:
    async with opened(branch) as (_, screen):
        facts = text(screen, "facts-text")
        for fact in ("潜力 4 分", "有效接触 1 次", "57 岁", "儿子高三", "太极拳", "12月1日到期", "手写春联", "生日", "▇", "最高"):
            assert fact in facts
        assert facts.index("三年定期") < facts.index("安享90天") < facts.index("活期")
        assert "问了儿子择校的事" in text(screen, "timeline-text")


async def test_the_phone_is_hidden_until_a_key_shows_it(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        assert "138****1234" in text(screen, "facts-text")
        assert "13800001234" not in text(screen, "facts-text")
        await pilot.press("f5")
        assert "13800001234" in text(screen, "facts-text")
        await pilot.press("n", "p")
        assert "13800001234" not in text(screen, "facts-text")


async def test_the_suggestion_tells_what_to_do_and_why(branch: Workspace) -> None:
    async with opened(branch) as (_, screen):
        made = screen.seen.proposals["zh"].suggestion
        above = text(screen, "above")
        assert made.play == "revive.maturity"
        assert "到期承接" in above
        assert "三年定期 30万元，12月1日到期，还有 7 天" in above
        assert all(point.text in above for point in made.talking_points)
        assert "[1]" in above
        assert screen.query_one(TextArea).text == made.message_draft
        assert made.suggestion_no in text(screen, "below")


async def test_once_warm_a_client_opens_within_a_moment(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("n")
        await wait_until(pilot, lambda: "zh" in screen.seen.proposals)
        times = []
        for _ in range(5):
            started = time.perf_counter()
            screen.action_fresh()
            while "zh" not in screen.seen.proposals:
                await asyncio.sleep(0.001)
            times.append(time.perf_counter() - started)
        print("suggestion after", sorted(round(t * 1000) for t in times), "ms")
        assert min(times) < 0.5  # the aim is 0.1 on a quiet machine; here others may be at work


async def test_a_client_who_asked_not_to_be_contacted(branch: Workspace) -> None:
    async with opened(branch, QUIET) as (_, screen):
        assert "勿扰" in text(screen, "facts-text")
        assert screen.seen.proposals["zh"].suggestion.next_action is None
        assert "不能联系" in text(screen, "above")


async def test_the_check_objects_while_the_message_is_edited(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    copied: list[str] = []
    monkeypatch.setattr("coach.tui.system_clipboard.copy_to_system", lambda text: copied.append(text) or True)
    async with opened(branch) as (pilot, screen):
        area = screen.query_one(TextArea)
        await wait_until(pilot, lambda: screen.seen.checked is not None)
        assert not screen.seen.blocked
        await pilot.press("c")
        await wait_until(pilot, lambda: copied)
        assert copied == [area.text.strip()]
        area.focus()
        area.insert("这款理财保证收益，稳赚不赔。", (0, 0))
        await wait_until(pilot, lambda: screen.seen.blocked)
        assert "禁止" in text(screen, "check")
        await pilot.press("escape", "c")
        await wait_until(pilot, lambda: "禁止项" in notices(pilot))
        assert len(copied) == 1
        area.load_text("王女士您好，周二上午方便通个电话吗？")
        await wait_until(pilot, lambda: screen.seen.checked is not None and not screen.seen.blocked)
        assert "没有违规" in text(screen, "check") or "提醒" in text(screen, "check")


async def test_without_a_system_clipboard_the_terminals_is_used(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSH_CONNECTION", "1 2 3 4")
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: screen.seen.checked is not None)
        await pilot.press("c")
        await wait_until(pilot, lambda: "终端的剪贴板" in notices(pilot))
        assert pilot.app.clipboard == screen.query_one(TextArea).text.strip()


async def test_a_cite_opens_its_passage_with_the_source_in_words(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("o")
        sheet = pilot.app.screen
        assert isinstance(sheet, CiteSheet)
        shown = sheet.shown()
        assert shown.text
        assert "原文第" in shown.source or "本行默认" in shown.source or "同业做法" in shown.source
        first = sheet.at
        await pilot.press("right")
        assert sheet.at == first + 1
        await pilot.press("f9")
        await wait_until(pilot, lambda: pilot.app.lang == "en")
        assert sheet.shown().text.isascii() or "〔" in sheet.shown().text
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen and "Talking points" in text(screen, "above"))


async def test_a_question_keeps_the_client_in_view(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("a")
        field = screen.query_one("#question", LineInput)
        assert field.has_focus
        field.value = "他的钱什么时候到期？"
        await pilot.press("enter")
        await wait_until(pilot, lambda: screen.seen.turns and screen.seen.turns[0].answer is not None)
        answer = screen.seen.turns[0].answer
        assert answer is not None
        assert answer.answered
        assert all(screen.seen.cites.number(cite) for sentence in answer.answer for cite in sentence.cites)
        assert field.value == ""
        field.value = "量子力学的薛定谔方程怎么解"
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(screen.seen.turns) == 2 and screen.seen.turns[1].answer is not None)
        assert "手册里没有" in screen.query_one("#chat-log Prose", Prose).doc.plain
        await pilot.press("escape", "n", "p")
        assert len(screen.seen.turns) == 2


async def test_next_and_previous_stop_at_the_ends(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("p")
        assert "第一位" in notices(pilot)
        await pilot.press("n", "n")
        assert screen.seen.client_no == QUIET
        await pilot.press("n")
        assert "最后一位" in notices(pilot)
        await wait_until(pilot, lambda: screen.seen.picture is not None)
        assert "张桂芳" in str(screen.query_one("#who").render())


async def test_logging_a_contact_moves_the_timeline_and_the_stage(branch: Workspace) -> None:
    from coach.tui.screens.contact_dialog import ContactDialog

    async with opened(branch) as (pilot, screen):
        before = len(picture(branch, WANG, TODAY, lang="zh").contacts)
        await pilot.press("l")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ContactDialog))
        assert pilot.app.screen.suggestion_no == screen.seen.proposals["zh"].suggestion.suggestion_no  # type: ignore[attr-defined]
        await pilot.press("1", "ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        await wait_until(pilot, lambda: "2026-11-24" in text(screen, "timeline-text"))
        assert len(picture(branch, WANG, TODAY, lang="zh").contacts) == before + 1
        await wait_until(pilot, lambda: "zh" in screen.seen.proposals)


async def test_the_stage_is_set_by_hand_only_with_a_reason(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("e")
        dialog = pilot.app.screen
        assert isinstance(dialog, EditDialog)
        await pilot.press("ctrl+s")
        assert dialog.error == "分层和阶段都没有改。"
        await pilot.press("tab", "right", "ctrl+s")
        assert "理由" in dialog.error
        dialog.query_one(TextArea).load_text("每周都见面，孩子的事也找我商量")
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        await wait_until(pilot, lambda: screen.seen.picture is not None and screen.seen.picture.stage == "trusted")
        assert "手工设定：每周都见面" in text(screen, "facts-text")


async def test_the_language_changes_and_what_was_typed_stays(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        area = screen.query_one(TextArea)
        area.load_text("王女士您好")
        screen.query_one("#question", LineInput).value = "怎么约时间"
        screen.query_one("#facts").focus()
        await wait_until(pilot, lambda: screen.seen.draft == "王女士您好")
        await pilot.press("f9")
        await wait_until(pilot, lambda: "en" in screen.seen.proposals)
        await wait_until(pilot, lambda: "Talking points" in text(screen, "above"))
        assert screen.query_one(TextArea).text == "王女士您好"
        assert screen.query_one("#question", LineInput).value == "怎么约时间"
        assert screen.focused is screen.query_one("#facts")
        assert "aged 57" in text(screen, "facts-text")


async def test_below_110_cells_the_panes_are_tabs(branch: Workspace) -> None:
    async with opened(branch, size=(80, 24)) as (pilot, screen):
        for number, name in enumerate(TABS, 1):
            screen.query_one("#suggestion").focus()
            if name == "chat":
                await pilot.press("escape") if screen.tab == "chat" else None
            await pilot.press(str(number))
            assert [tab for tab in TABS if screen.query_one(f"#{tab}").display] == [name]
        await pilot.press("escape")
        assert screen.tab == "suggestion"
        await pilot.resize_terminal(140, 44)
        await wait_until(pilot, lambda: all(screen.query_one(f"#{tab}").display for tab in TABS))


async def test_an_unknown_client_is_one_line(branch: Workspace) -> None:
    app = CoachApp(lang="zh", ws=branch, today=TODAY)
    async with app.run_test(size=WIDE) as pilot:
        await wait_until(pilot, lambda: app.ready)
        screen = ClientScreen("C999999")
        await app.push_screen(screen)
        await wait_until(pilot, lambda: screen.seen.error)
        assert "C999999" in text(screen, "facts-text")


def test_numbers_of_cites_stay_the_same() -> None:
    cites = Cites()
    cites.add([Citation("a/x", "a", "X", "…"), Citation("b/y", "b", "Y", "…")])
    cites.add([Citation("b/y", "b", "Y in English", "…"), Citation("c/z", "c", "Z", "…")])
    assert [cites.number(name) for name in ("a/x", "b/y", "c/z", "d/u")] == [1, 2, 3, None]
    assert cites.all[1].title == "Y in English"
    assert cites.marks(["c/z", "a/x", "c/z", "unknown"]).plain == " [3][1]"


def test_bars_and_masks() -> None:
    assert bars([0, 12, 24], height=3) == ["      ██", "   ▄▄ ██", "   ██ ██"]
    assert bars([1, 1000], height=1) == ["▁▁ ██"]
    assert masked("13800001234") == "138****1234"
    assert masked("62345678") == "********"
