"""The playbook screen: every card can be read in both languages, search jumps to the passage, questions are answered with sources."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList

from coach.domain.words import LANGS, TOPICS, Lang
from coach.playbook.cards import playbook
from coach.services.workspace import Workspace
from coach.tui.app import CoachApp
from coach.tui.screens.cite_sheet import CiteSheet
from coach.tui.screens.playbook import PlaybookScreen
from coach.tui.sources import source_text
from coach.tui.widgets.card_text import BLOCKS, block_of, card_doc
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Prose
from tests.tui.branch import TODAY
from tests.tui.conftest import wait_until


@asynccontextmanager
async def opened(branch: Workspace, lang: Lang = "zh") -> AsyncIterator[tuple[Pilot[Any], PlaybookScreen]]:
    app = CoachApp(lang=lang, ws=branch, today=TODAY)
    async with app.run_test(size=(120, 36)) as pilot:
        await wait_until(pilot, lambda: app.ready)
        await pilot.press("f4")
        screen = app.screen
        assert isinstance(screen, PlaybookScreen)
        await wait_until(pilot, lambda: screen.book is not None)
        yield pilot, screen


def page(screen: PlaybookScreen) -> str:
    return screen.query_one("#page-text", Prose).doc.plain


def options(screen: PlaybookScreen) -> list[str]:
    return [str(option.prompt) for option in screen.query_one(OptionList).options]


async def test_every_card_is_listed_under_its_block(branch: Workspace) -> None:
    async with opened(branch) as (_, screen):
        listed = options(screen)
        assert len([option for option in listed if option.startswith("  ")]) == len(TOPICS)
        assert [option for option in listed if not option.startswith("  ")] == ["认识", "分户与分层", "阶段与关怀", "盘活", "支撑", "合规"]


async def test_moving_over_the_list_shows_the_card(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        first = page(screen)
        await pilot.press("down")
        await wait_until(pilot, lambda: page(screen) != first)
        assert screen.topic == "mindset.failings"
        await pilot.press("enter")
        assert screen.focused is screen.query_one("#page")
        await pilot.press("escape")
        assert screen.focused is screen.query_one("#cards")


async def test_a_search_jumps_to_the_passage_and_esc_brings_the_cards_back(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("slash")
        screen.query_one(LineInput).value = "电话被客户骂了挂断怎么办"
        await wait_until(pilot, lambda: screen.hits)
        assert any(hit.topic == "stage.icebreak.rejected" for hit in (screen.hits or [])[:5])
        assert screen.marked == (screen.hits or [])[0].id
        await pilot.press("enter", "down")
        await wait_until(pilot, lambda: screen.marked == (screen.hits or [])[1].id)
        text = screen.query_one("#page-text", Prose)
        await wait_until(pilot, lambda: screen.query_one("#page").scroll_target_y <= (text.line_of(screen.marked) or 0))
        assert screen.book is not None
        assert screen.book.passage(screen.marked, "zh").shown in page(screen)
        await pilot.press("escape")
        await wait_until(pilot, lambda: screen.hits is None)
        assert options(screen)[0] == "认识"


async def test_nothing_found_says_so(branch: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    async with opened(branch) as (pilot, screen):
        screen.text = "xyz"
        screen._found("xyz", [])
        await pilot.pause()
        assert "没有找到「xyz」" in page(screen)


async def test_a_question_is_answered_with_sources_that_open(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("a")
        field = screen.query_one(LineInput)
        assert field.value == "？"
        field.value = "？客户的存款快到期了第一句话怎么说"
        await pilot.pause()
        await pilot.press("enter")
        await wait_until(pilot, lambda: screen.turn is not None and screen.turn.answer is not None)
        assert screen.turn is not None
        assert screen.turn.answer is not None
        assert screen.turn.answer.answered
        assert "[1]" in page(screen)
        await pilot.press("escape", "o")
        await wait_until(pilot, lambda: isinstance(pilot.app.screen, CiteSheet))
        await pilot.press("escape")


async def test_the_language_changes_and_the_card_stays(branch: Workspace) -> None:
    async with opened(branch) as (pilot, screen):
        await pilot.press("down", "down", "down", "f9")
        await wait_until(pilot, lambda: "Recognition" in options(screen))
        assert screen.topic == "allocate.prefer"
        assert screen.book is not None
        assert screen.book.card("allocate.prefer", "en").title in page(screen)


@pytest.mark.parametrize("lang", LANGS)
def test_every_card_reads_whole(lang: Lang) -> None:
    book = playbook()
    for card in book.in_order(lang):
        doc = card_doc(card, lang, lambda topic: book.card(topic, lang).title)
        assert all(passage.shown in doc.plain for passage in card.passages)
        assert set(doc.anchors) == {passage.id for passage in card.passages}
        assert "{" not in doc.plain
        assert block_of(card.id) in {block for block, _ in BLOCKS}


def test_sources_in_words() -> None:
    title = {"compliance.promise": "承诺收益"}.get
    for source, zh in (("A35", "原文第35段"), ("S", "同业做法"), ("D", "本行默认"), ("L:compliance.promise", "规则：承诺收益")):
        assert source_text(source, "zh", lambda topic: title(topic, topic)) == zh
    assert source_text("A35", "en", str) == "article, paragraph 35"
    assert source_text("Z9", "en", str) == "Z9"


async def test_a_quiet_line_says_that_search_goes_by_words_alone_until_the_vectors_are_back(
    branch: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    from coach.playbook import dense, retrieve

    monkeypatch.setattr(retrieve, "PAUSE_SECONDS", 0.0)
    async with opened(branch) as (pilot, screen):
        line = screen.query_one("#caution")
        assert not line.display
        with monkeypatch.context() as away:
            lost = dense.DenseError("vectors: lost; check COACH_CHROMA", "Chroma 服务器用不了，只按词查找；请检查 COACH_CHROMA")

            def nearest(*_args: Any) -> None:
                raise lost

            away.setattr(dense.Store, "nearest", nearest)
            await pilot.press("slash", *"daoqi", "到", "期")
            await wait_until(pilot, lambda: line.display)
            assert screen.hits and "只按词查找" in str(line.render())
            assert line.region.bottom <= screen.size.height and line.region.height == 1
            await pilot.press("f9")
            await wait_until(pilot, lambda: "vectors: lost" in str(screen.query_one("#caution").render()))
        await pilot.press("x")
        await wait_until(pilot, lambda: not screen.query_one("#caution").display)
