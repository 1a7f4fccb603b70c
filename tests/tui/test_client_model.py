"""A model on the client screen: what it writes is shown as unverified, stopped at once, and never overwrites what a person wrote."""

from __future__ import annotations

import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, TextArea

from coach.assistant.engine import Answer, Exchange, Offered, Sentence
from coach.assistant.rewrite import HOWS
from coach.domain.suggestion import Point
from coach.domain.words import LANGS
from coach.services import suggestions
from coach.services.clients import picture
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens import client_model
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.contact_dialog import ContactDialog
from coach.tui.screens.help import HelpScreen
from coach.tui.watching import Watching
from coach.tui.widgets.bars import KeyBar
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Prose
from coach.tui.widgets.writing_box import WritingBox
from coach.tui.words import say
from tests.tui.branch import LI, QUIET, TODAY, WANG
from tests.tui.conftest import wait_until

WIDE = (140, 44)
DRAFT = "王女士您好，三年定期12月1日到期，您哪天方便，我给您打个电话？"
REAL_SUGGEST = suggestions.suggest


@dataclass
class FakeModel:
    """Writes its pieces into the watch, then waits to be let go or stopped: what it gives then is what the engine would give."""

    pieces: tuple[str, ...] = ("先问这笔钱", "先问这笔钱有没有安排。")
    go: threading.Event = field(default_factory=threading.Event)
    fallback: str | None = None
    answers: list[Answer] = field(default_factory=list)
    new_text: str = "王女士，三年定期12月1日到期，方便时回我一声。"
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    ended_at: float = 0.0

    def _write(self, name: str, watch: Any, **told: Any) -> bool:
        """Whether it was stopped."""
        self.calls.append((name, told))
        woken = threading.Event()
        watch.on_stop(woken.set)
        for piece in self.pieces:
            watch.wrote(piece)
        while not (self.go.is_set() or watch.stopped):
            woken.wait(0.02)
        self.ended_at = time.perf_counter()
        self.ended.append(name)
        return bool(watch.stopped)

    def suggest(self, ws: Workspace, client_no: str, today: date, *, engine: str = "offline", watch: Any = None, fresh: bool = False,
                **rest: Any) -> Any:
        made = REAL_SUGGEST(ws, client_no, today, **rest)
        if engine == "offline":
            return made
        stopped = self._write("suggest", watch, client=client_no, fresh=fresh)
        if stopped or self.fallback:
            return replace(made, fallback="已按你的要求停下" if stopped else self.fallback)
        point = replace(made.talking_points[0], text="模型写的要点。") if made.talking_points else Point("模型写的要点。", ())
        return replace(made, engine="llm:fake", suggestion_no="S-MODEL", talking_points=(point,), message_draft=DRAFT)

    def ask(self, ws: Workspace, question: str, today: date, *, before: tuple[Exchange, ...] = (), watch: Any = None, engine: str = "",
            **rest: Any) -> Answer:
        stopped = self._write("ask", watch, question=question, before=list(before), engine=engine)
        if stopped:
            return Answer((Sentence("手册里的回答。", ()),), (), True, "offline", "已按你的要求停下")
        return self.answers.pop(0)

    def rewrite(self, ws: Workspace, client_no: str, draft: str, how: str, today: date, *, watch: Any = None, engine: str = "",
                **rest: Any) -> tuple[str, str | None]:
        stopped = self._write("rewrite", watch, draft=draft, how=how, engine=engine)
        return (draft[:8], "已按你的要求停下") if stopped else (self.new_text, self.fallback)

    def of(self, name: str) -> list[dict[str, Any]]:
        return [told for called, told in self.calls if called == name]


@pytest.fixture
def model(monkeypatch: pytest.MonkeyPatch) -> FakeModel:
    fake = FakeModel()
    for name in ("suggest", "ask", "rewrite"):
        monkeypatch.setattr(suggestions, name, getattr(fake, name))
    monkeypatch.setattr(suggestions, "usual_engine", lambda ws: "llm")
    monkeypatch.setattr(client_model, "REST_S", 0.01)
    return fake


@asynccontextmanager
async def opened(
    branch: Workspace, *, client_no: str = WANG, size: tuple[int, int] = WIDE, among: tuple[str, ...] = (WANG, LI, QUIET)
) -> AsyncIterator[tuple[Pilot[Any], ClientScreen]]:
    app = CoachApp(lang="zh", ws=branch, today=TODAY)
    async with app.run_test(size=size) as pilot:
        await wait_until(pilot, lambda: app.ready)
        screen = ClientScreen(client_no, among=among)
        await app.push_screen(screen)
        await wait_until(pilot, lambda: "zh" in screen.seen.proposals)
        yield pilot, screen


async def writes(pilot: Pilot[Any], screen: ClientScreen) -> None:
    """The model's text so far is on the screen."""
    await wait_until(pilot, lambda: "有没有安排" in box(screen))


def box(screen: ClientScreen) -> str:
    shown = screen.query_one(WritingBox)
    return "\n".join(p.doc.plain for p in shown.query(Prose) if p.display) if shown.display else ""


def text(screen: ClientScreen, name: str) -> str:
    return screen.query_one(f"#{name}", Prose).doc.plain


def chat(screen: ClientScreen) -> str:
    return screen.query_one("#chat-log Prose", Prose).doc.plain


def notices(pilot: Pilot[Any]) -> str:
    return "\n".join(n.message for n in pilot.app._notifications)


def bar(screen: ClientScreen) -> str:
    return screen.query_one(KeyBar).render().plain  # type: ignore[union-attr]


def state(screen: ClientScreen) -> str:
    return screen.seen.written["zh"].state


async def ask(pilot: Pilot[Any], screen: ClientScreen, question: str) -> None:
    field_ = screen.query_one("#question", LineInput)
    field_.focus()
    field_.value = question
    await pilot.press("enter")


async def choose(pilot: Pilot[Any], at: int) -> None:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, Chooser))
    pilot.app.screen.query_one(OptionList).highlighted = at
    await pilot.press("enter")


# the suggestion


async def test_what_the_model_writes_is_shown_as_unverified_and_then_takes_the_place(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        offline = screen.seen.proposals["zh"].suggestion
        await writes(pilot, screen)
        assert "未核对" in box(screen)
        assert "Esc 停" in box(screen)
        assert offline.talking_points[0].text in text(screen, "above")
        assert screen.query_one(TextArea).text == offline.message_draft
        assert "Esc 停" in bar(screen)
        model.go.set()
        await wait_until(pilot, lambda: state(screen) == "done")
        assert "模型写的要点。" in text(screen, "above")
        assert "未核对" not in box(screen)
        assert "已核对" in box(screen)
        assert screen.query_one(TextArea).text == DRAFT
        assert "S-MODEL" in text(screen, "below")
        assert "Esc 返回" in bar(screen)
        await pilot.press("m")
        assert offline.talking_points[0].text in text(screen, "above")
        assert screen.query_one(TextArea).text == offline.message_draft
        await pilot.press("m")
        assert screen.query_one(TextArea).text == DRAFT
        assert model.of("suggest") == [{"client": WANG, "fresh": False}]


async def test_esc_stops_at_once_and_the_offline_one_stays(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        offline = screen.seen.proposals["zh"].suggestion
        await writes(pilot, screen)
        began = time.perf_counter()
        await pilot.press("escape")
        assert not screen.writes
        assert state(screen) == "stopped"
        await wait_until(pilot, lambda: model.ended)
        took = model.ended_at - began
        print(f"stopped after {took * 1000:.0f} ms")
        assert took < 0.3
        assert "已停下" in box(screen)
        assert offline.talking_points[0].text in text(screen, "above")
        assert pilot.app.screen is screen
        await pilot.press("n", "p")
        assert [told["client"] for told in model.of("suggest")].count(WANG) == 1  # what the person stopped is not begun again by itself
        model.go.set()
        await pilot.press("r")
        await wait_until(pilot, lambda: state(screen) == "done")
        assert [told for told in model.of("suggest") if told["client"] == WANG][-1]["fresh"] is True


async def test_a_fallback_is_one_line_and_the_offline_one_stays(branch: Workspace, model: FakeModel) -> None:
    model.fallback = "服务器没有回应"
    model.go.set()
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "fallback")
        assert box(screen) == "没有用模型：服务器没有回应"
        assert screen.query_one("#writing-head").size.height == 1
        assert screen.seen.proposals["zh"].suggestion.talking_points[0].text in text(screen, "above")
        await pilot.press("m")
        assert "还没有模型写的" in notices(pilot)


async def test_a_model_that_breaks_in_an_unforeseen_way_takes_nothing_down(
    branch: Workspace, model: FakeModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*args: Any, **kwargs: Any) -> bool:
        raise KeyError("choices")

    monkeypatch.setattr(model, "_write", broken)
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "fallback")
        assert "KeyError" in box(screen)
        await ask(pilot, screen, "他的钱什么时候到期？")
        await wait_until(pilot, lambda: screen.seen.turns[0].error)
        assert not screen.writes


async def test_what_the_person_typed_is_never_overwritten(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        await writes(pilot, screen)
        area = screen.query_one(TextArea)
        area.focus()
        await pilot.press("x", "y")
        row = area.region.y
        mine = area.text
        area.insert("z")  # its message has not come yet when the suggestion does
        made = model.suggest(branch, WANG, TODAY, lang="zh")
        written, point = screen.seen.written["zh"], Point("模型写的。", ())
        screen._got_written(
            screen.seen, "zh", written,
            client_model.Proposal.of(replace(made, engine="llm:x", message_draft=DRAFT, talking_points=(point,)), branch, "zh"),
        )
        await pilot.pause()
        assert "z" in area.text
        assert area.text != mine
        assert DRAFT not in area.text
        assert "模型写的。" in text(screen, "above")
        await pilot.pause(0.1)
        print("the message stood on row", row, "and stands on", area.region.y)
        assert screen.region.contains_region(area.region) or area.region.y >= 0


async def test_a_new_suggestion_asks_before_an_edited_message_goes(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "done")
        area = screen.query_one(TextArea)
        area.focus()
        await pilot.press("x")
        mine = area.text
        await pilot.press("escape", "r")
        await choose(pilot, 0)
        await wait_until(pilot, lambda: "zh" in screen.seen.written and state(screen) == "done" and len(model.of("suggest")) == 2)
        assert area.text == mine
        await pilot.press("r")
        await choose(pilot, 1)
        await wait_until(pilot, lambda: "zh" in screen.seen.written and state(screen) == "done" and len(model.of("suggest")) == 3)
        assert area.text == DRAFT


@pytest.mark.parametrize("way", ["n", "f3", "escape escape", "f9"])
async def test_leaving_stops_the_writing_at_once(branch: Workspace, model: FakeModel, way: str) -> None:
    async with opened(branch) as (pilot, screen):
        await writes(pilot, screen)
        await pilot.press(*way.split())
        await wait_until(pilot, lambda: model.ended, seconds=2)
        assert model.ended[0] == "suggest"


async def test_coming_back_the_model_is_asked_again(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        await writes(pilot, screen)
        await pilot.press("n", "p")
        await wait_until(pilot, lambda: [told["client"] for told in model.of("suggest")].count(WANG) == 2)
        await writes(pilot, screen)
        await pilot.press("f3")
        await wait_until(pilot, lambda: not screen.writes)
        await pilot.press("f2")
        await wait_until(pilot, lambda: [told["client"] for told in model.of("suggest")].count(WANG) == 3)


async def test_a_dialog_over_it_leaves_the_writing_going(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        await writes(pilot, screen)
        await pilot.press("f1")
        assert isinstance(pilot.app.screen, HelpScreen)
        await pilot.pause(0.1)
        assert screen.writes
        model.go.set()
        await wait_until(pilot, lambda: state(screen) == "done")
        await pilot.press("escape")
        assert "模型写的要点。" in text(screen, "above")


async def test_without_a_model_there_is_no_strip_and_no_key(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        assert box(screen) == ""
        assert "模型" not in bar(screen)
        assert screen.seen.written == {}
        await pilot.press("m")
        assert "没有配置模型" in notices(pilot)


async def test_today_asks_no_model(branch: Workspace, model: FakeModel) -> None:
    app = CoachApp(lang="zh", ws=branch, today=TODAY)
    async with app.run_test(size=WIDE) as pilot:
        await wait_until(pilot, lambda: app.ready and app.screen.suggestions)  # type: ignore[attr-defined]
        await pilot.press("down", "down")
        await wait_until(pilot, lambda: app.screen.suggestion is not None)  # type: ignore[attr-defined]
        assert model.calls == []


# the conversation


def told(*sentences: str, answered: bool = True, **more: Any) -> Answer:
    return Answer(tuple(Sentence(s, ()) for s in sentences), (), answered, "llm:fake", **more)


async def test_the_conversation_is_remembered_and_streams_unverified(branch: Workspace, model: FakeModel) -> None:
    model.answers = [told("第一答。"), told("没有。", answered=False), *(told(f"第{n}答。") for n in "二三四五")]
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: model.of("suggest"))
        await ask(pilot, screen, "问一")
        await wait_until(pilot, lambda: "有没有安排" in chat(screen))
        assert "未核对" in chat(screen)
        assert "第一答" not in chat(screen)
        model.go.set()
        for n, question in enumerate(("问一", "问不到", "问二", "问三", "问四", "问五")):
            if n:
                await ask(pilot, screen, question)
            await wait_until(pilot, lambda n=n: len(screen.seen.turns) == n + 1 and screen.seen.turns[n].answer is not None)
        assert "未核对" not in chat(screen)
        asked = model.of("ask")
        assert asked[0]["before"] == []
        assert asked[2]["before"] == [Exchange("问一", "第一答。")]
        assert asked[5]["before"] == [Exchange("问二", "第二答。"), Exchange("问三", "第三答。"), Exchange("问四", "第四答。")]
        assert {one["engine"] for one in asked} == {"llm"}


async def test_esc_stops_the_answer_first_and_the_playbooks_comes(branch: Workspace, model: FakeModel) -> None:
    async with opened(branch) as (pilot, screen):
        await writes(pilot, screen)
        await ask(pilot, screen, "他嫌利率低怎么说？")
        await wait_until(pilot, lambda: "有没有安排" in chat(screen))
        began = time.perf_counter()
        await pilot.press("escape")
        await wait_until(pilot, lambda: "ask" in model.ended)
        assert model.ended_at - began < 0.3
        await wait_until(pilot, lambda: "手册里的回答。" in chat(screen))
        assert "没有用模型：已按你的要求停下" in chat(screen)
        assert state(screen) == "writing"
        await pilot.press("escape")
        assert state(screen) == "stopped"


async def test_an_offered_message_goes_into_the_draft_only_by_hand(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    offered = (Offered("message", "王女士，周四上午我去看您。"),)
    model.answers = [told("可以这样说。", offered=offered), told("再来一稿。", offered=(Offered("message", "第二稿。"),))]
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "done")
        area = screen.query_one(TextArea)
        await pilot.press("ctrl+t")
        assert "没有可以放入" in notices(pilot)
        await ask(pilot, screen, "帮我拟一条短信")
        await wait_until(pilot, lambda: "Ctrl+T 放入短信稿" in chat(screen))
        assert area.text == DRAFT
        await pilot.press("ctrl+t")
        assert area.text == "王女士，周四上午我去看您。"
        await ask(pilot, screen, "再拟一条")
        await wait_until(pilot, lambda: "第二稿。" in chat(screen))
        await pilot.press("ctrl+t")
        await choose(pilot, 0)
        assert area.text == "王女士，周四上午我去看您。"
        await pilot.press("ctrl+t")
        await choose(pilot, 1)
        await wait_until(pilot, lambda: area.text == "第二稿。")
        await wait_until(pilot, lambda: screen.seen.checked is not None and screen.seen.checked[0] == "第二稿。")
        screen.action_take_up(0)  # a click on the older one
        await choose(pilot, 1)
        await wait_until(pilot, lambda: area.text == "王女士，周四上午我去看您。")


async def test_an_offered_task_fills_the_dialog_and_is_saved_by_the_person_only(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    model.answers = [told("周四回访。", offered=(Offered("task", "确认到期怎么安排", "call", date(2026, 11, 26)),))]
    async with opened(branch) as (pilot, screen):
        before = len(picture(branch, WANG, TODAY, lang="zh").contacts)
        await ask(pilot, screen, "下次什么时候找他")
        await wait_until(pilot, lambda: "Ctrl+T" in chat(screen))
        assert "11月26日 周四 电话" in chat(screen)
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ContactDialog))
        dialog = pilot.app.screen
        assert isinstance(dialog, ContactDialog)
        assert dialog.query_one("#next").value == "2026-11-26"  # type: ignore[attr-defined]
        assert dialog.query_one("#summary", TextArea).text == "下次电话：确认到期怎么安排"
        await pilot.press("escape")  # nothing of the person's is lost: it closes without asking
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        assert len(picture(branch, WANG, TODAY, lang="zh").contacts) == before
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, ContactDialog))
        await pilot.press("1", "ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        newest = picture(branch, WANG, TODAY, lang="zh").contacts[0]
        assert newest.summary == "下次电话：确认到期怎么安排"
        assert newest.next_on == date(2026, 11, 26)


async def test_an_answers_fallback_is_one_muted_line(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    model.answers = [replace(told("手册里这样说。"), engine="offline", fallback="服务器太慢")]
    async with opened(branch) as (pilot, screen):
        await ask(pilot, screen, "他嫌利率低怎么说？")
        await wait_until(pilot, lambda: "手册里这样说。" in chat(screen))
        assert chat(screen).splitlines()[-1] == "没有用模型：服务器太慢"


# rewriting


async def test_a_message_is_rewritten_and_brought_back(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "done")
        model.go.clear()
        area = screen.query_one(TextArea)
        area.focus()
        await pilot.press("ctrl+r")
        await choose(pilot, 2)
        await wait_until(pilot, lambda: "正在改写（未核对）" in box(screen) and "有没有安排" in box(screen))
        assert area.text == DRAFT
        model.go.set()
        await wait_until(pilot, lambda: area.text == model.new_text)
        assert model.of("rewrite") == [{"draft": DRAFT, "how": "older", "engine": "llm"}]
        await wait_until(pilot, lambda: screen.seen.checked is not None and screen.seen.checked[0] == model.new_text)
        assert "改好了" in notices(pilot)
        await pilot.press("ctrl+z")
        await wait_until(pilot, lambda: area.text == DRAFT and screen.seen.message("zh") == DRAFT)
        screen.query_one("#suggestion").focus()
        model.fallback = "服务器没有回应"
        await pilot.press("ctrl+r")
        await choose(pilot, 0)
        await wait_until(pilot, lambda: area.text == model.new_text)
        assert "没有用模型：服务器没有回应" in notices(pilot)
        await pilot.press("ctrl+z")
        await wait_until(pilot, lambda: area.text == DRAFT)


async def test_a_rewriting_is_stopped_or_gives_way_to_what_is_typed(branch: Workspace, model: FakeModel) -> None:
    model.go.set()
    async with opened(branch) as (pilot, screen):
        await wait_until(pilot, lambda: state(screen) == "done")
        model.go.clear()
        area = screen.query_one(TextArea)
        await pilot.press("ctrl+r")
        await choose(pilot, 1)
        await wait_until(pilot, lambda: "正在改写" in box(screen))
        await pilot.press("ctrl+r")
        assert "还在改写" in notices(pilot)
        await pilot.press("escape")
        await wait_until(pilot, lambda: "rewrite" in model.ended, seconds=0.5)
        await pilot.pause(0.1)
        assert area.text == DRAFT
        assert "正在改写" not in box(screen)
        await pilot.press("ctrl+r")
        await choose(pilot, 1)
        await wait_until(pilot, lambda: len(model.of("rewrite")) == 2)
        area.focus()
        await pilot.press("q")
        model.go.set()
        await wait_until(pilot, lambda: "没有换掉" in notices(pilot))
        assert "q" in area.text


async def test_rewriting_works_without_a_model(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        area = screen.query_one(TextArea)
        long = area.text
        assert len(long) > 20
        await pilot.press("ctrl+r")
        await choose(pilot, 0)
        await wait_until(pilot, lambda: 0 < len(area.text) < len(long))
        await pilot.press("ctrl+z")
        assert area.text == long


def test_the_ways_of_rewriting_are_the_engines_and_have_their_words() -> None:
    assert client_model.HOWS == HOWS
    for lang in LANGS:
        for how in HOWS:
            assert say(f"rewrite.{how}", lang)


# the watch


def test_a_watch_calls_back_once_and_at_once_where_it_is_late() -> None:
    watching, called = Watching(), []
    watching.on_stop(lambda: called.append("early"))
    watching.wrote("甲")
    assert (watching.take_new(), watching.take_new(), watching.text) == (True, False, "甲")
    watching.stop()
    watching.stop()
    watching.on_stop(lambda: called.append("late"))
    watching.wrote("乙")
    assert called == ["early", "late"]
    assert watching.text == "甲"
    assert watching.wait(10)


def test_a_watch_stands_many_threads() -> None:
    watching, called = Watching(), []

    def write(n: int) -> None:
        for i in range(200):
            watching.wrote(f"{n}-{i}")
            watching.on_stop(lambda: called.append(1))

    threads = [threading.Thread(target=write, args=(n,)) for n in range(4)]
    for thread in threads:
        thread.start()
    watching.stop()
    for thread in threads:
        thread.join()
    assert len(called) == 800


def test_a_writer_whose_loop_is_closed_is_no_error() -> None:
    import asyncio

    loop = asyncio.new_event_loop()
    loop.close()
    watching = Watching()
    watching.on_stop(lambda: loop.call_soon_threadsafe(print))
    watching.stop()
    assert watching.stopped
