"""The offline suggestion: right for stage and signal, this client's own facts, within the rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from coach.assistant import guard
from coach.assistant.choose import given_before, matches
from coach.assistant.compose import compose
from coach.assistant.engine import Candidate, Case
from coach.domain.client import ClientPicture, Given, Held, SignalFact, Talk
from coach.domain.compliance import check_text
from coach.domain.words import Stage
from coach.playbook.cards import playbook
from coach.playbook.rules import read_rules
from coach.settings import load_policy

TODAY = date(2026, 11, 24)
MATURITY = SignalFact(
    "maturity_due",
    "revive.maturity",
    date(2026, 12, 1),
    920,
    {
        "holding_no": "H1",
        "product": "三年定期",
        "product_type": "deposit",
        "amount_fen": 12_500_000,
        "matures_on": "2026-12-01",
        "days_left": 7,
    },
)
FIT = SignalFact("product_fit", "revive.product_fit", date(2026, 11, 1), 340, {"product_id": "fund-balanced", "risk": "R3"})
BIRTHDAY = SignalFact(
    "key_date",
    "stage.service",
    date(2026, 11, 26),
    760,
    {"label": "生日", "who": "本人", "date": "1980-11-26", "calendar": "solar", "days_to": 2},
)
CLIENT = ClientPicture(
    client_no="K1",
    name="王秀兰",
    stage="acquainted",
    tier="B",
    tier_reason={},
    assets_fen=60_000_000,
    manager="1001",
    manager_name="李明",
    branch="云溪支行",
    gender="女",
    birthday=date(1980, 11, 26),
    card_level="vip",
    risk_level="C3",
    risk_assessed_on=date(2026, 5, 1),
    occupation="教师",
    family="儿子读高三，父母同住",
    interests=("书法", "钓鱼"),
    marketing_consent=True,
    holdings=(Held("H1", "deposit", "三年定期", 12_500_000, matures_on=date(2026, 12, 1)),),
    contacts=(Talk("c1", datetime(2026, 11, 4, 10), "call", "1001", True, "reached", "问过五年期"),),
)


class NoHits:
    """A retriever that finds nothing: choosing must work without it."""

    def search(self, query: str, **_: Any) -> list[Any]:
        return []


@pytest.fixture
def make(tmp_path):
    policy = load_policy(tmp_path / "none.toml")

    def suggest(client: ClientPicture, *candidates: Candidate, lang: str = "zh"):
        signals = tuple(c.signal for c in candidates if c.signal)
        case = Case(replace(client, signals=signals), candidates, policy, playbook(), read_rules(), TODAY, lang, NoHits())
        return compose(case), case

    return suggest


MATURITY_WEEK = Candidate(MATURITY, "revive.maturity", "step-week-before", "message", TODAY)
MATURITY_CALL = Candidate(MATURITY, "revive.maturity", "step-three-days", "call", TODAY)
FIT_FIRST = Candidate(
    FIT, "revive.product_fit", playbook().card("revive.product_fit", "zh").steps_for("product_fit")[0].name, "call", TODAY
)
BIRTHDAY_STEP = Candidate(
    BIRTHDAY, "stage.service", playbook().card("stage.service", "zh").steps_for("key_date")[-1].name, "message", TODAY
)


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("stage", list(Stage))
def test_every_claim_is_grounded_and_specific(make, lang: str, stage: str) -> None:
    made, _ = make(replace(CLIENT, stage=stage), MATURITY_CALL, lang=lang)
    assert made.grounding.claims >= 4
    assert (made.grounding.cited, made.grounding.unsupported) == (made.grounding.claims, 0)
    text = "\n".join(p.text for p in made.talking_points)
    assert ("12.5万元" in text and "12月1日" in text) if lang == "zh" else ("CNY 125,000" in text and "1 December" in text)
    cited = {cite for p in (*made.talking_points, *made.care_ideas) for cite in p.cites}
    assert cited <= {c.id for c in made.citations}
    assert made.message_draft and "{" not in made.message_draft + text


def test_the_opening_is_the_stages_own(make) -> None:
    by_stage = {stage: make(replace(CLIENT, stage=stage), MATURITY_CALL)[0].talking_points[0].cites[0] for stage in Stage}
    assert len(set(by_stage.values())) == len(Stage)


def test_steps_ahead_are_in_order_and_after_the_next_action(make) -> None:
    made, _ = make(CLIENT, MATURITY_WEEK)
    days = [move.when for move in made.next_action.then]
    assert days == sorted(days) and days[0] > made.next_action.when
    assert date(2026, 12, 1) in days


def test_who_asked_not_to_be_contacted_gets_no_action_and_the_reason(make) -> None:
    made, _ = make(replace(CLIENT, do_not_contact=True), MATURITY_CALL, FIT_FIRST)
    assert made.next_action is None and made.message_draft == "" and made.talking_points == ()
    assert made.cautions and made.cautions[0].severity == "block"


def test_a_product_above_the_level_gives_way_to_the_next_play_and_says_so(make) -> None:
    made, _ = make(replace(CLIENT, risk_level="C1"), FIT_FIRST, MATURITY_CALL)
    assert made.play == "revive.maturity"
    assert any(c.rule.startswith("compliance.suitability") and c.severity == "block" for c in made.cautions)


def test_an_expired_assessment_blocks_the_product(make) -> None:
    made, _ = make(replace(CLIENT, risk_assessed_on=date(2025, 11, 1)), FIT_FIRST, MATURITY_CALL)
    assert made.play == "revive.maturity"


def test_no_gift_beside_money_and_one_beside_a_birthday(make) -> None:
    assert not [c for c in make(CLIENT, MATURITY_CALL)[0].care_ideas if c.kind == "gift"]
    gifts = [c for c in make(CLIENT, BIRTHDAY_STEP)[0].care_ideas if c.kind == "gift"]
    assert gifts and all(0 < g.cost_cap <= 100 for g in gifts)


def test_no_gift_when_the_years_cap_is_used_up(make) -> None:
    spent = tuple(Given(date(2026, m, 1), f"第{m}件", 10_000) for m in (1, 2, 3))
    assert not [c for c in make(replace(CLIENT, gifts=spent), BIRTHDAY_STEP)[0].care_ideas if c.kind == "gift"]


def test_a_gift_given_before_is_not_proposed_again(make) -> None:
    first = next(c for c in make(CLIENT, BIRTHDAY_STEP)[0].care_ideas if c.kind == "gift")
    passage = playbook().passage(first.cites[0], "zh")
    given = replace(CLIENT, gifts=(Given(date(2025, 11, 26), passage.title, 5_000),))
    assert given_before(passage, given)
    second = [c.cites[0] for c in make(given, BIRTHDAY_STEP)[0].care_ideas if c.kind == "gift"]
    assert passage.id not in second


def test_care_words_match_whole_words_only() -> None:
    tea = next(p for p in playbook().card("care.gift", "en").of("care") if "tea" in p.match)
    assert matches(tea, replace(CLIENT, interests=("tea",), occupation="teacher"))
    assert not matches(tea, replace(CLIENT, interests=("running",), occupation="teacher", family=None))


def test_without_consent_no_word_of_a_product(make) -> None:
    made, case = make(replace(CLIENT, marketing_consent=False), MATURITY_CALL)
    cited = [case.playbook.passage(c, "zh") for p in made.talking_points for c in p.cites]
    assert all(p.purpose == "service" for p in cited)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_is_said_passes_the_rules(make, lang: str) -> None:
    for candidate in (MATURITY_WEEK, MATURITY_CALL, FIT_FIRST, BIRTHDAY_STEP):
        made, case = make(CLIENT, candidate, lang=lang)
        base = guard.context(case.policy, TODAY, lang, client=case.client)
        for text in (made.message_draft, *(p.text for p in made.talking_points), *(c.text for c in made.care_ideas)):
            assert not guard.blocks(check_text(text, guard.with_purpose(base, "visit", "service"), case.rules)), text


def test_the_same_case_gives_the_same_suggestion(make) -> None:
    assert make(CLIENT, MATURITY_CALL)[0] == make(CLIENT, MATURITY_CALL)[0]
