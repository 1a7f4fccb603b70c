"""Figures: what they count, when two mean the same, and which of them stand in no source."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain.format import day, money, month
from coach.domain.quantities import number_of, quantities, unfounded
from coach.domain.words import LANGS
from coach.playbook.cards import playbook

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "value"),
    [("12,500.5", "12500.5"), ("三十", "30"), ("十五", "15"), ("两百五十", "250"), ("两百五", "250"), ("一千零一", "1001"),
     ("三点五", "3.5"), ("twelve", "12"), ("九", "9")],
)  # fmt: skip
def test_numbers_are_read(text: str, value: str) -> None:
    assert number_of(text) == Decimal(value)


@pytest.mark.parametrize(
    ("lang", "text", "found"),
    [
        ("zh", "您的28万元定期12月1日到期，还差2.5万", [("money", 280_000), ("date", 0), ("money", 25_000)]),
        ("zh", "三天内回访，下周二下午3点", [("span", 3), ("weekday", 1), ("hour", 3)]),
        ("zh", "百分之三十、30%、两百五十元", [("percent", 30), ("percent", 30), ("money", 250)]),
        ("zh", "一个人来一次，第一步，咱们一块聊，第二天再说", []),
        ("en", "CNY 280,000 matures on 1 December, in 7 days", [("money", 280_000), ("date", 0), ("span", 7)]),
        ("en", "call within three days, 30% off at 3 pm on Friday", [("span", 3), ("percent", 30), ("hour", 3), ("weekday", 4)]),
        ("en", "she may come on her own and May likes tea", []),
    ],
)  # fmt: skip
def test_figures_are_found_with_what_they_count(lang, text, found) -> None:
    assert [(q.kind, q.value[0]) for q in quantities(text, lang)] == found


@pytest.mark.parametrize(
    ("lang", "text", "sources", "odd"),
    [
        ("zh", "您的280,000元后天到期", ["28万元，2026年11月26日到期"], []),
        ("zh", "您的28万元明天到期，另送500元", ["28万元，2026年11月26日到期"], ["明天", "500元"]),
        ("zh", "还有7天到期，正好是周二", ["12月1日到期"], []),
        ("zh", "还有8天到期", ["12月1日到期"], ["8天"]),
        ("zh", "利率1.5%", ["年利率1.3%"], ["1.5%"]),
        ("zh", "5万美好", ["5千字"], ["5万"]),
        ("zh", "2027年12月1日", ["2026年12月1日"], ["2027年12月1日"]),
        ("en", "CNY 50,000 tomorrow at 3 pm", ["50,000 yuan, 25 November"], ["3 pm"]),
        ("en", "next month, in two weeks", ["1 December 2026"], ["two weeks"]),
    ],
)  # fmt: skip
def test_what_no_source_says_is_told(lang, text, sources, odd) -> None:
    assert unfounded(text, sources, lang, TODAY) == odd


@given(fen=st.integers(1, 10**11), days=st.integers(-400, 400), lang=st.sampled_from(LANGS))
def test_what_coach_writes_itself_is_founded_in_itself(fen: int, days: int, lang) -> None:
    """However an amount or a date reads on the screen, the same record founds it."""
    when = TODAY + timedelta(days=days)
    text = f"{money(fen, lang)}, {day(when, lang, TODAY)}, {month(when, lang)}"
    assert not unfounded(text, [f"{money(fen, lang)}", day(when, lang)], lang, TODAY)


@given(a=st.integers(10_000, 10**9), b=st.integers(10_000, 10**9), lang=st.sampled_from(LANGS))
def test_another_amount_is_never_founded(a: int, b: int, lang) -> None:
    one, other = money(a * 100, lang), money(b * 100, lang)
    if one.lstrip("约") != other.lstrip("约"):
        assert unfounded(one, [other], lang, TODAY)


def test_every_passage_founds_itself() -> None:
    for (_, lang), passage in playbook().passages.items():
        assert not unfounded(passage.shown, [passage.shown], lang, TODAY), passage.id
