"""A claim stands only on what it cites and on the client's records."""

from __future__ import annotations

import pytest

from coach.assistant.grounding import count, flaw_of, without_facts
from coach.domain.facts import Facts

FACTS = Facts({"call_name": "王女士", "amount": "12.5万元", "matures_on": "12月1日"}, {})
PASSAGES = {
    "revive.maturity/a": "〔称呼〕的〔产品〕〔金额〕于〔到期日〕到期。先问这笔钱近期有没有安排，再谈去处。提前7天提醒一次。",
    "care.gift/b": "见客户带一件小礼物，每次都不一样。",
}
GOOD = "王女士的存款12.5万元于12月1日到期，先问这笔钱近期有没有安排。"


def test_a_claim_from_a_passage_with_the_clients_figures_holds() -> None:
    assert flaw_of(GOOD, ["revive.maturity/a"], PASSAGES, FACTS) is None


@pytest.mark.parametrize(
    ("text", "cites", "reason"),
    [
        (GOOD, [], "cites nothing"),
        (GOOD, ["revive.maturity/z"], "which was not given"),
        (GOOD.replace("12.5", "13.5"), ["revive.maturity/a"], "13.5"),
        ("王女士的存款于12月1日到期，先问这笔钱近期有没有安排，年利率3.1%。", ["revive.maturity/a"], "3.1%"),
        ("建议客户本周末把资产全部换成黄金，金价还会继续上涨很多。", ["revive.maturity/a"], "do not say"),
        (GOOD, ["care.gift/b"], "do not say"),
    ],
)
def test_what_does_not_hold(text: str, cites: list[str], reason: str) -> None:
    assert reason in (flaw_of(text, cites, PASSAGES, FACTS) or "")


def test_a_figure_of_the_cited_passage_may_be_used() -> None:
    assert flaw_of("提前7天提醒一次，先问这笔钱近期有没有安排。", ["revive.maturity/a"], PASSAGES, FACTS) is None
    assert "7" in (flaw_of("提前7天提醒一次，见客户带一件小礼物，每次都不一样。", ["care.gift/b"], PASSAGES, FACTS) or "")


def test_another_persons_name_is_found_in_english() -> None:
    facts = Facts({"call_name": "Ms Wang"}, {})
    passages = {"p": "Ask 〔form of address〕 first whether the money is already meant for something."}
    assert flaw_of("Ask Ms Wang first whether the money is already meant for something.", ["p"], passages, facts) is None
    assert "Ms Zhao" in (flaw_of("Ask Ms Zhao first whether the money is already meant for something.", ["p"], passages, facts) or "")


def test_counting() -> None:
    grounding, flaws = count(
        [(GOOD, ("revive.maturity/a",)), (GOOD, ()), ("全部换成黄金吧，一定会涨。", ("care.gift/b",))], PASSAGES, FACTS
    )
    assert (grounding.claims, grounding.cited, grounding.unsupported) == (3, 2, 2)
    assert [f.reason for f in flaws] == ["cites nothing", "says what the cited passages do not say"]


def test_facts_are_taken_out_longest_first() -> None:
    facts = Facts({"a": "定期", "b": "三年定期"}, {})
    assert without_facts("三年定期到期", facts) == " 到期"
