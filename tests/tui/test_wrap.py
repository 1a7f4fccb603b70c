"""Wrapping: cells, marks kept off line starts and ends, words whole, nothing lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.content import Content

from coach.tui.wrap import NO_END, NO_START, cut, pad, spans, wrap, wrap_content

TEXT = "王女士的定期「安心存」12.5万元将于2026年12月1日到期，先问用途，再谈安排；请用 Coach 记下，下次好接着说。"
_ANY = st.text(alphabet="到期日，。；「」（）、！a1B.% 张三\n万-", max_size=60)


@pytest.mark.parametrize("width", range(8, 60))
def test_no_line_begins_or_ends_with_a_forbidden_mark(width: int) -> None:
    for line in wrap(TEXT, width):
        assert cell_len(line) <= width
        assert line[0] not in NO_START
        assert line[-1] not in NO_END


def test_a_comma_goes_with_the_character_before_it() -> None:
    assert wrap("一二三四，五六", 8) == ["一二三", "四，五六"]


def test_an_opening_mark_goes_with_what_it_opens() -> None:
    assert wrap("一二三「四五」", 8) == ["一二三", "「四五」"]


def test_latin_words_and_figures_stay_whole() -> None:
    assert wrap("请用 Coach 记下", 7) == ["请用", "Coach", "记下"]
    assert wrap("共计一二12.5万元", 12) == ["共计一二", "12.5万元"]
    assert wrap("one two three", 7) == ["one two", "three"]


def test_a_word_wider_than_the_line_is_cut() -> None:
    assert wrap("abcdefghij", 4) == ["abcd", "efgh", "ij"]


def test_lines_of_the_text_are_kept() -> None:
    assert wrap("甲\n\n乙", 10) == ["甲", "", "乙"]
    assert wrap("", 10) == [""]


@given(_ANY, st.integers(2, 30))
def test_nothing_is_lost_and_no_line_too_wide(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cell_len(line) <= width for line in lines)


@given(_ANY, st.integers(2, 30))
def test_spans_are_in_order(text: str, width: int) -> None:
    flat = [offset for span in spans(text, width) for offset in span]
    assert flat == sorted(flat)


def test_styles_survive_and_later_lines_hang() -> None:
    content = Content.assemble(("一二三四", "bold"), "，五六七八")
    lines = wrap_content(content, 8, hang=2)
    assert [line.plain for line in lines] == ["一二三", "  四，五", "  六七八"]
    assert [span.style for span in lines[1].spans] == ["bold"]


def test_cut_and_pad_count_cells() -> None:
    assert cut("张三丰", 6) == "张三丰"
    assert cut("张三丰", 5) == "张三~"
    assert cell_len(pad("张三丰", 4)) == 4
    assert pad("12", 5, right=True) == "   12"
    assert cut("张三", 0) == ""
