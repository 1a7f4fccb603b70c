"""Practice screens with the real engine: a whole talk to its result, hint, left and taken up, board, review, form."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import DataTable, Input, OptionList, SelectionList, Static, TextArea

from coach.domain.words import Lang
from coach.practice.talk import Turn
from coach.services import practice as service
from coach.services import practice_training as training
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.cite_sheet import CiteSheet
from coach.tui.screens.client import ClientScreen
from coach.tui.screens.practice import PracticeScreen
from coach.tui.screens.practice_assign import AssignDialog
from coach.tui.screens.practice_board import BoardScreen
from coach.tui.screens.practice_form import FormScreen
from coach.tui.screens.practice_result import ResultScreen
from coach.tui.screens.practice_review import ReviewDialog
from coach.tui.screens.practice_talk import TalkScreen
from coach.tui.screens.practice_trend import TrendScreen
from coach.tui.widgets.practice_advice import AdviceLine
from coach.tui.widgets.practice_field import FormField
from coach.tui.widgets.practice_input import TurnInput
from coach.tui.widgets.prose import Prose
from coach.tui.words import TEXTS
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until
from tests.tui.practice_branch import TRAINER, add_trainer

GOOD = [
    "周女士您好，我是城东支行的客户经理陈静，您现在说话方便吗？只占您一分钟。",
    "以后您在我们行的事由我专门负责，今天就是跟您认识一下，不推销。",
    "我就问您一个问题：平时办业务，哪一步最让您觉得麻烦？",
    "这件事我今天去问清楚，明天下午四点半以后我发消息告诉您怎么弄，行吗？",
]
PROMISE = "我们这款理财保本，稳赚不赔，您今天就买吧。"


@pytest.fixture(autouse=True)
def no_warming(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is needed is opened when it is needed; these tests do not wait for the rest."""
    monkeypatch.setattr("coach.tui.opening.warm", lambda ws: None)
    monkeypatch.setattr("coach.tui.screens.practice.warm", lambda *args: None)


@asynccontextmanager
async def opened(ws: Workspace, size: tuple[int, int] = (120, 36), lang: Lang = "zh") -> AsyncIterator[tuple[Pilot[Any], PracticeScreen]]:
    app = CoachApp(ws=ws, today=TODAY, lang=lang)
    async with app.run_test(size=size, notifications=True) as pilot:
        await wait_until(pilot, lambda: app.ready)
        await pilot.press("f7")
        await wait_until(pilot, lambda: isinstance(app.screen, PracticeScreen) and app.screen.shelf is not None, seconds=60)
        screen = app.screen
        assert isinstance(screen, PracticeScreen)
        yield pilot, screen


async def shows(pilot: Pilot[Any], kind: type[Any]) -> Any:
    await wait_until(pilot, lambda: isinstance(pilot.app.screen, kind))
    return pilot.app.screen


async def talk_of(pilot: Pilot[Any], screen: PracticeScreen, scenario: str = "first-call") -> TalkScreen:
    """The talk of a scenario begun from the list."""
    listed = screen.query_one("#scenarios", OptionList)
    listed.highlighted = next(i for i, option in enumerate(listed.options) if option.id == scenario)
    await pilot.pause()
    await pilot.press("enter")
    talk: TalkScreen = await shows(pilot, TalkScreen)
    await wait_until(pilot, lambda: talk.playing is not None, seconds=60)
    return talk


async def say(pilot: Pilot[Any], talk: TalkScreen, text: str) -> None:
    before = len(talk.turns)
    talk.query_one(TurnInput).text = text
    await pilot.press("enter")
    await wait_until(pilot, lambda: len(talk.turns) > before and not talk.sent)


def shown(screen: Any, name: str) -> str:
    return str(screen.query_one(f"#{name}", Prose).doc.plain)


def scored(ws: Workspace, said: list[str], staff_no: str = "S01", scenario: str = "first-call") -> str:
    playing = service.begin(ws, scenario, staff_no=staff_no, today=TODAY)
    for text in said:
        service.say(ws, playing, text)
    service.finish(ws, playing)
    return playing.attempt_no


# -- the talk


async def test_a_whole_talk_is_played_scored_and_shown(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        opening = talk.turns[0].text
        assert opening in shown(talk, "dialogue-text")
        assert talk.query_one("#brief").display, "the situation is open until the trainee has spoken"
        for text in GOOD:
            if not talk.over:
                await say(pilot, talk, text)
        assert not talk.query_one("#brief").display
        if not talk.over:
            await pilot.press("f8")
            await shows(pilot, Chooser)
            await pilot.press("enter")
        await wait_until(pilot, lambda: talk.scored == "done")
        assert talk.ended is not None and TEXTS[f"practice.end.{talk.ended}"][0] in shown(talk, "dialogue-text")
        await pilot.press("enter")
        result: ResultScreen = await shows(pilot, ResultScreen)
        await wait_until(pilot, lambda: result.opened is not None)
        kept = service.attempt(branch, talk.playing.attempt_no if talk.playing else "")
        assert kept.score is not None and kept.staff_no == "S01"
        assert f"总分 {kept.total:.1f}".removesuffix(".0") in str(result.query_one("#result-head", Static).render())
        assert len([option for option in result.query_one("#lines", OptionList).options if (option.id or "").startswith("c:")]) == 10
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen and bool(screen.shelf and screen.shelf.of("first-call").scored))


async def test_a_hint_is_shown_and_counted(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        await pilot.press("f5")
        await wait_until(pilot, lambda: talk.hint is not None)
        assert talk.hint is not None and talk.hint.say in shown(talk, "hint-text")
        assert "已记 1 次" in shown(talk, "hint-text") and "提示 1 次" in str(talk.query_one("#talk-head", Static).render())
        assert talk.playing is not None and service.attempt(branch, talk.playing.attempt_no).hints == 1
        await say(pilot, talk, GOOD[0])
        assert not talk.query_one("#hint").has_class("-said"), "the next turn takes the hint away"


async def test_a_talk_left_is_taken_up_with_what_was_typed(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        await say(pilot, talk, GOOD[0])
        said = talk.turns
        talk.query_one(TurnInput).text = "还没写完的半句"
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen and bool(screen.shelf and screen.shelf.of("first-call").unfinished))
        await pilot.press("u")
        again: TalkScreen = await shows(pilot, TalkScreen)
        await wait_until(pilot, lambda: again.playing is not None)
        assert again.turns == said and again.query_one(TurnInput).text == "还没写完的半句"
        await say(pilot, again, GOOD[1])
        assert again.turns[: len(said)] == said
        await pilot.press("f8", "down", "enter")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        assert [one.ending for one in service.attempts(branch)] == ["dropped"]


async def test_what_was_typed_comes_back_when_the_thread_fails(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        real = service.say

        def broken(*args: Any, **rest: Any) -> Any:
            raise OSError("磁盘满了")

        monkeypatch.setattr(service, "say", broken)
        talk.query_one(TurnInput).text = GOOD[0]
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(talk.problem))
        assert talk.query_one(TurnInput).text == GOOD[0] and "磁盘满了" in shown(talk, "told")
        monkeypatch.setattr(service, "say", real)
        await pilot.press("enter")
        await wait_until(pilot, lambda: not talk.sent and len(talk.turns) == 3)
        assert [turn for turn in talk.turns if turn.who == "staff"] == [Turn("staff", GOOD[0])]
        assert not talk.problem and talk.query_one(TurnInput).text == ""


async def test_a_turn_kept_before_its_answer_failed_is_not_said_twice(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.practice.session import Session

    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        real = Session.say

        def broken(self: Session, *args: Any) -> Any:
            raise OSError("断了")

        monkeypatch.setattr(Session, "say", broken)
        talk.query_one(TurnInput).text = GOOD[0]
        await pilot.press("enter")
        await wait_until(pilot, lambda: bool(talk.problem))
        monkeypatch.setattr(Session, "say", real)
        await pilot.press("enter")
        await wait_until(pilot, lambda: not talk.sent and len(talk.turns) == 3)
        assert [turn.who for turn in talk.turns] == ["client", "staff", "client"]


async def test_pasted_lines_are_one_turn(branch: Workspace) -> None:
    async with opened(branch, size=(80, 24)) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        field = talk.query_one(TurnInput)
        pilot.app.post_message(Paste("第一行\n第二行"))
        await wait_until(pilot, lambda: field.text == "第一行\n第二行")
        assert field.size.height == 2
        await pilot.press("enter")
        await wait_until(pilot, lambda: len(talk.turns) == 3)
        assert talk.turns[1].text == "第一行\n第二行"


async def test_time_up_ends_the_talk_and_scores_it(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        await say(pilot, talk, GOOD[0])
        assert talk.playing is not None
        talk.playing.until = 0.0
        await wait_until(pilot, lambda: talk.scored == "done")
        assert talk.late and "时间到了" in shown(talk, "dialogue-text")


async def test_waiting_for_the_client_costs_the_trainee_no_time(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(branch) as (pilot, screen):
        talk = await talk_of(pilot, screen)
        real = service.say

        def slow(*args: Any, **rest: Any) -> Any:
            time.sleep(1.0)
            return real(*args, **rest)

        monkeypatch.setattr(service, "say", slow)
        assert talk.playing is not None and talk.playing.until is not None
        before = talk.playing.until
        await say(pilot, talk, GOOD[0])
        assert talk.playing.until >= before + 1.0


# -- the result


async def test_a_breach_stands_first_in_red_and_opens_its_turn_and_passage(branch: Workspace) -> None:
    attempt_no = scored(branch, [GOOD[0], PROMISE])
    async with opened(branch, size=(80, 24)) as (pilot, _):
        result = ResultScreen(attempt_no, staff_no="S01")
        await pilot.app.push_screen(result)
        await wait_until(pilot, lambda: result.opened is not None)
        first = result.query_one("#lines", OptionList).options[0]
        assert first.id == "v:0" and "违规" in str(first.prompt)
        assert result.attempt is not None and result.attempt.score is not None
        broken = result.attempt.score.violations[0]
        assert broken.quote in shown(result, "detail-text") and broken.text in shown(result, "detail-text")
        await pilot.press("o")
        sheet = await shows(pilot, CiteSheet)
        assert sheet.cites[sheet.at].id in broken.cites
        await pilot.press("escape")
        result.query_one("#lines").focus()
        await pilot.press("enter")
        await wait_until(pilot, lambda: result.turn == broken.turn)
        assert result.query_one("#talk").display and not result.query_one("#lines").display
        await pilot.press("escape")
        assert result.query_one("#lines").display, "narrow: Esc goes back to the score first"


async def test_the_talk_is_replayed_turn_by_turn(branch: Workspace) -> None:
    attempt_no = scored(branch, GOOD[:2])
    async with opened(branch) as (pilot, _):
        result = ResultScreen(attempt_no, staff_no="S01")
        await pilot.app.push_screen(result)
        await wait_until(pilot, lambda: result.opened is not None)
        await pilot.press("n", "n", "n", "p")
        assert (result.turn, result.replaying) == (2, True)
        await pilot.press("p", "p")
        assert result.turn == 1, "before the first turn there is none"
        await pilot.press("escape")


# -- list, trend, advice


async def test_the_list_says_what_is_to_be_done_and_what_was_reached(branch: Workspace) -> None:
    add_trainer(branch)
    best = service.attempt(branch, scored(branch, GOOD))
    training.assign(branch, "hang-up", ["S01"], TODAY + timedelta(days=3), TRAINER, "先发短信", today=TODAY)
    async with opened(branch) as (pilot, screen):
        assert screen.chosen == "hang-up", "what is assigned comes under the cursor first"
        assert "郑岚布置：11-27前练完" in shown(screen, "about-text") and "先发短信" in shown(screen, "about-text")
        rows = {option.id: str(option.prompt) for option in screen.query_one("#scenarios", OptionList).options}
        assert "11-27" in rows["hang-up"] and f"{best.total:.1f}".removesuffix(".0") in rows["first-call"]
        persona = next(s for s in service.scenarios(branch) if s.id == "hang-up").words("zh").persona
        assert persona not in shown(screen, "about-text"), "the persona is never shown before the end"
        await pilot.press("t")
        trend: TrendScreen = await shows(pilot, TrendScreen)
        await wait_until(pilot, lambda: trend.gone is not None)
        assert "1 次练习" in str(trend.query_one("#trend-head", Static).render()) and "%" in shown(trend, "trend-text")


async def test_a_weak_criterion_is_a_quiet_line_for_the_days_clients(branch: Workspace) -> None:
    scored(branch, ["买个理财吧。", "今天不买就没了。"])
    (_, text, _), *_ = training.advice(branch, "S01", TODAY, "zh")
    async with opened(branch) as (pilot, _):
        await pilot.press("f2")
        line = pilot.app.screen.query_one(AdviceLine)
        await wait_until(pilot, lambda: line.has_class("-said"))
        assert line.told is not None and line.told[1] == text and line.region.height == 1
        await pilot.app.push_screen(ClientScreen("C000001"))
        await wait_until(pilot, lambda: pilot.app.screen.query_one(AdviceLine).has_class("-said"))


async def test_nothing_practised_no_advice(branch: Workspace) -> None:
    async with opened(branch) as (pilot, _):
        await pilot.press("f2")
        line = pilot.app.screen.query_one(AdviceLine)
        line.look()
        await pilot.pause(0.3)
        assert line.told is None and not line.display


async def test_the_palette_opens_practice_and_the_board(branch: Workspace) -> None:
    from coach.tui.palette import commands

    async with opened(branch) as (pilot, _):
        by_text = {command.text: command for command in commands(pilot.app)}  # type: ignore[arg-type]
        by_text["palette.today"].run()
        by_text["palette.practice.board"].run()
        board: BoardScreen = await shows(pilot, BoardScreen)
        await wait_until(pilot, lambda: board.told is not None)


# -- the trainer


async def test_the_board_assigns_and_staff_see_their_own_row_only(branch: Workspace) -> None:
    add_trainer(branch)
    scored(branch, GOOD)
    async with opened(branch) as (pilot, _):
        await pilot.press("b")
        board: BoardScreen = await shows(pilot, BoardScreen)
        await wait_until(pilot, lambda: board.told is not None)
        assert [row for row, _ in board.told.rows] == ["S01"] if board.told else False
        await pilot.press("a")
        assert pilot.app.screen is board, "staff assign nothing"
        board.staff_no = TRAINER
        board.load()
        await wait_until(pilot, lambda: bool(board.told and len(board.told.rows) == 3))
        await pilot.press("down", "a")
        dialog: AssignDialog = await shows(pilot, AssignDialog)
        assert dialog.chosen == ("S02",)
        dialog.query_one(SelectionList).select("S01")
        dialog.query_one("#due", Input).value = "12-01"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is board)
        await wait_until(pilot, lambda: bool(board.told and board.told.board.cell("S02", dialog.scenario).assigned))
        given = training.assignments(branch, today=TODAY)
        assert {one.staff_no for one in given} == {"S01", "S02"} and {f"{one.due_on:%m-%d}" for one in given} == {"12-01"}
        table = board.query_one(DataTable)
        assert "*12-01" in str(table.get_cell("S02", dialog.scenario))


async def test_a_past_due_date_is_refused_and_what_was_typed_stays(branch: Workspace) -> None:
    add_trainer(branch)
    async with opened(branch) as (pilot, _):
        board = BoardScreen(TRAINER)
        await pilot.app.push_screen(board)
        await wait_until(pilot, lambda: board.told is not None)
        await pilot.press("a")
        dialog: AssignDialog = await shows(pilot, AssignDialog)
        dialog.query_one("#due", Input).value = "2026-11-01"
        dialog.query_one("#note", Input).value = "说明"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "已经过了" in dialog.error)
        await pilot.press("escape")
        assert pilot.app.screen is dialog and dialog.query_one("#note", Input).value == "说明", "asks once"
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is board)


async def test_a_review_stands_beside_the_machines_score(branch: Workspace) -> None:
    add_trainer(branch)
    attempt_no = scored(branch, GOOD)
    async with opened(branch) as (pilot, _):
        board = BoardScreen(TRAINER)
        await pilot.app.push_screen(board)
        await wait_until(pilot, lambda: board.told is not None)
        board.at = board.at._replace(row=0, column=1 + list(board.told.board.scenarios).index("first-call"))  # type: ignore[union-attr]
        board.action_open()
        result: ResultScreen = await shows(pilot, ResultScreen)
        await wait_until(pilot, lambda: result.opened is not None)
        assert result.attempt is not None and result.attempt.attempt_no == attempt_no
        await pilot.press("v")
        dialog: ReviewDialog = await shows(pilot, ReviewDialog)
        dialog.query_one("#comment", TextArea).text = "开场很好"
        dialog.query_one("#p-opening", Input).value = "99"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: "99" in dialog.error)
        dialog.query_one("#p-opening", Input).value = "3.5"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is result and bool(result.attempt and result.attempt.reviews))
        (review,) = service.attempt(branch, attempt_no).reviews
        assert (review.comment, review.corrected, review.by) == ("开场很好", {"opening": 3.5}, TRAINER)
        lines = {option.id: str(option.prompt) for option in result.query_one("#lines", OptionList).options}
        assert "(3.5)" in lines["c:opening"] and "郑岚" in lines["r:0"]
        assert "复核后" in str(result.query_one("#result-head", Static).render())


# -- the form


def folder(ws: Workspace) -> Path:
    return ws.home / "scenarios"


async def form_of(pilot: Pilot[Any], scenario: str = "first-call") -> FormScreen:
    ws = pilot.app.ws  # type: ignore[attr-defined]
    form = FormScreen(service.scenario(ws, scenario))
    await pilot.app.push_screen(form)
    await wait_until(pilot, lambda: form.bad is not None, seconds=60)
    return form


def field(form: FormScreen, *key: Any) -> FormField:
    return next(one for one in form.query(FormField) if one.field.key == key)


async def test_the_form_makes_a_scenario_that_can_be_played(branch: Workspace) -> None:
    async with opened(branch, size=(80, 24)) as (pilot, screen):
        form = await form_of(pilot)
        assert form.draft is not None and form.draft.get(("id",)) == "first-call-2"
        field(form, "words", "title").query_one(Input).value = "我们支行的第一通电话"
        field(form, "turns").query_one(Input).value = "九"
        await wait_until(pilot, lambda: bool(form.bad and ("turns",) in form.bad))
        assert field(form, "turns").has_class("-bad"), "the checker's line stands beside the field"
        await pilot.press("f8", "ctrl+s")
        await wait_until(pilot, lambda: form.step_name == "basics" and not (folder(branch) / "first-call-2.toml").exists())
        field(form, "turns").query_one(Input).value = "9"
        await pilot.pause()
        await pilot.press("ctrl+s")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        made = service.scenario(branch, "first-call-2")
        assert made.turns == 9 and made.words("zh").title == "我们支行的第一通电话" and made.en is None
        await wait_until(pilot, lambda: bool(screen.shelf and any(s.id == "first-call-2" for s in screen.shelf.scenarios)))
        talk = await talk_of(pilot, screen, "first-call-2")
        await say(pilot, talk, GOOD[0])
        assert talk.turns[-1].who == "client"


async def test_what_was_typed_in_the_form_survives_esc(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        form = await form_of(pilot)
        await pilot.press("escape")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        form = await form_of(pilot)
        field(form, "words", "title").query_one(Input).value = "写到一半"
        await pilot.pause()
        await pilot.press("escape")
        await shows(pilot, Chooser)
        await pilot.press("escape")
        assert pilot.app.screen is form, "Esc in the question goes on writing"
        await pilot.press("escape")
        await shows(pilot, Chooser)
        await pilot.press("enter")
        await wait_until(pilot, lambda: pilot.app.screen is screen)
        assert not list(folder(branch).glob("*.toml")), "a draft is no scenario"
        again = FormScreen(service.scenario(branch, "first-call"))
        await pilot.app.push_screen(again)
        await shows(pilot, Chooser)
        await pilot.press("enter")
        await wait_until(pilot, lambda: again.bad is not None)
        assert field(again, "words", "title").text == "写到一半"


async def test_items_are_added_and_removed(branch: Workspace) -> None:
    async with opened(branch) as (pilot, _):
        form = await form_of(pilot)
        assert form.draft is not None
        before = form.draft.counts["traps"]
        form.step_name = "traps:0"
        await form._show_step()
        await pilot.press("ctrl+t")
        await wait_until(pilot, lambda: form.step_name == f"traps:{before}" and bool(form.bad))
        await pilot.press("ctrl+r")
        await shows(pilot, Chooser)
        await pilot.press("down", "enter")
        await wait_until(pilot, lambda: form.bad == {})
        assert form.draft.counts["traps"] == before


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_scenario_copied_into_the_form_is_without_fault(branch: Workspace, lang: Lang, tmp_path: Path) -> None:
    from coach.tui.screens.practice_draft import Draft
    from coach.tui.screens.practice_draft_files import problems

    found = service.scenarios(branch)
    assert len(found) >= 16
    for one in found:
        draft = Draft.copy_of(one, lang, set())
        assert problems(branch, draft, tmp_path) == {}, one.id
        assert Draft.from_json(draft.as_json()).toml() == draft.toml()


# -- words


def test_every_text_that_the_practice_screens_ask_for_is_there() -> None:
    root = Path(__file__).parents[2] / "coach" / "tui"
    asked: set[str] = set()
    for path in (*root.glob("screens/practice*.py"), *root.glob("widgets/practice*.py")):
        text = path.read_text(encoding="utf-8")
        asked |= set(re.findall(r"""(?:say|self\.t)\(\s*["']((?:practice|form)\.[a-z_.]+)["']""", text))
        asked |= set(re.findall(r'"((?:practice)\.key\.[a-z_.]+)"', text))
    assert len(asked) > 80
    assert sorted(key for key in asked if key not in TEXTS) == []
    everything = (path for path in (*root.rglob("practice*.py"), *root.glob("*.py")) if "words_" not in path.name)
    used = "".join(path.read_text(encoding="utf-8") for path in everything)
    keys = [key for key in TEXTS if key.startswith("practice.") and not key.startswith(("practice.end.", "practice.talk.end."))]
    made = {key for key in keys if f'{key.rpartition(".")[0]}.{{' in used}
    assert [key for key in keys if key not in made and f'"{key}"' not in used and f"'{key}'" not in used] == []
