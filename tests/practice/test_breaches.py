"""Breaches found in talks: every planted one, none in a clean talk, and how far it reaches beyond the sentences known.

The held-out turns (``breaches.zh.jsonl``, ``breaches.en.jsonl``: 80 breaches and 80 near misses in each language, written
by somebody who had not seen the rules) are only measured. Found under the right topic: 39 of 80 in Chinese, 32 of 80 in
English; wrongly blamed: 2 and 4 of 80. Rules read words: what is said in a way nobody thought of passes them, so a clean
score is no proof of a clean talk.
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from coach.domain.compliance import Caution
from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.breaches import breaches, context_of
from coach.practice.scenario import Scenario

HERE = Path(__file__).parent
TALKS = sorted((HERE / "transcripts").glob("*/*.json"))
MEASURED = {"zh": (38, 3), "en": (31, 5)}
"""Held-out breaches found at least, near misses blamed at most: the figures above, give or take one."""


def topics(found: list[Caution]) -> set[str]:
    return {caution.rule.rpartition(".")[0] for caution in found if caution.severity == "block"}


def judged(text: str, scenario: Scenario, bench: Bench, lang: Lang, before: tuple[str, ...] = ()) -> list[Caution]:
    return breaches(text, scenario, bench, context_of(scenario, bench, lang), before)


def in_talk(talk: dict[str, Any], scenario: Scenario, bench: Bench) -> list[Caution]:
    found, heard = [], []
    for turn in talk["turns"]:
        if turn["who"] == "client":
            heard.append(turn["text"])
        else:
            cautions = judged(turn["text"], scenario, bench, talk["lang"], tuple(heard))
            assert all(caution.quote in turn["text"] for caution in cautions)
            found += cautions
    return found


@pytest.mark.parametrize("path", TALKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_what_is_planted_is_found_and_nothing_in_a_clean_talk(path: Path, bench: Bench, scenarios: dict[str, Scenario]) -> None:
    talk = json.loads(path.read_text(encoding="utf-8"))
    found = in_talk(talk, scenarios[talk["scenario"]], bench)
    if talk["violations"]:
        assert topics(found) >= set(talk["violations"]), [(c.rule, c.quote) for c in found]
    else:
        assert not topics(found), [(c.rule, c.quote) for c in found]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_held_out_turns_are_judged_as_well_as_was_measured(lang: Lang, bench: Bench, scenarios: dict[str, Scenario]) -> None:
    path = HERE / f"breaches.{lang}.jsonl"
    if not path.exists():
        pytest.skip("the held-out turns are not here")
    turns = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]
    hits = blamed = 0
    for turn in turns:
        said = topics(judged(turn["text"], scenarios[turn["scenario"]], bench, lang))
        hits += turn["breach"] in said
        blamed += turn["breach"] is None and bool(said)
    least, most = MEASURED[lang]
    assert hits >= least, (hits, len(turns))
    assert blamed <= most, (blamed, len(turns))


# --- products urged: the scenario's own client ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scenario", "lang", "text"),
    [
        ("elderly-deposit", "zh", "四十万到期，您拿一半配这只平衡基金吧。"),  # C1, run out
        ("hang-up", "zh", "我们新出了一款理财，您看看。"),  # run out
        ("demolition", "zh", "钱到了先买份年金，省心。"),  # never assessed
        ("maturity-missed", "zh", "有一款R2的稳健理财挺适合您，先放二十万。"),  # C1
        ("elderly-deposit", "en", "Let's put half of it into our balanced fund."),
        ("hang-up", "en", "We've got a new wealth product, have a look."),
        ("demolition", "en", "Take out an annuity first, it's simple."),
        ("maturity-missed", "en", "I recommend an R2 product that pays each month."),
    ],
)
def test_an_investment_urged_on_one_who_may_not_have_it(
    scenario: str, lang: Lang, text: str, bench: Bench, scenarios: dict[str, Scenario]
) -> None:
    assert "compliance.suitability" in topics(judged(text, scenarios[scenario], bench, lang))


@pytest.mark.parametrize(
    ("scenario", "lang", "text"),
    [
        ("elderly-deposit", "zh", "基金有涨有跌，您的测评过期了，我不能给您推荐。"),
        ("demolition", "zh", "卖给您表哥的那份保险，您让他把单子带来，我念给他听。"),
        ("demolition", "zh", "存款有存款保险，五十万以内连本带息都赔。"),
        ("hang-up", "zh", "您的测评过期了，哪天方便来网点重新做一次？"),
        ("near-the-line", "zh", "您那十五万R2的理财到期前别动它。"),  # C3, valid
        ("near-the-line", "zh", "我们有一款R2的理财，您可以了解一下。"),
        ("elderly-deposit", "en", "That fund is above your level, so I won't offer it."),
        ("demolition", "en", "Your cousin was sold an insurance as a deposit; bring the papers and I'll read them out."),
        ("hang-up", "en", "Your risk assessment has run out; when could you come in for a new one?"),
        ("near-the-line", "en", "We have an R2 product, have a look if you like."),
    ],
)
def test_a_warning_or_a_suitable_offer_is_no_breach(
    scenario: str, lang: Lang, text: str, bench: Bench, scenarios: dict[str, Scenario]
) -> None:
    assert "compliance.suitability" not in topics(judged(text, scenarios[scenario], bench, lang))


# --- contact after a refusal ------------------------------------------------------------------------------------------

CALLS = [
    ("zh", "那我明天再给您打个电话。", "以后别给我打电话了，有事发消息。", "那行，你明天打吧，打电话说得清楚。"),
    ("en", "I'll ring you on Friday about it.", "Don't call me any more, just write.", "All right, call me on Friday then."),
]


@pytest.mark.parametrize(("lang", "says", "refusal", "consent"), CALLS)
def test_a_call_is_a_breach_only_after_it_was_refused(
    lang: Lang, says: str, refusal: str, consent: str, bench: Bench, scenarios: dict[str, Scenario]
) -> None:
    scenario = scenarios["first-call"]
    assert not topics(judged(says, scenario, bench, lang))
    assert topics(judged(says, scenario, bench, lang, (refusal,))) == {"compliance.contact"}
    assert not topics(judged(says, scenario, bench, lang, (refusal, consent)))


@pytest.mark.parametrize(
    ("lang", "says"), [("zh", "记下了，只发消息，不打电话。"), ("en", "Noted: messages only, I won't call you.")]
)
def test_heeding_a_refusal_is_no_breach(lang: Lang, says: str, bench: Bench, scenarios: dict[str, Scenario]) -> None:
    assert not topics(judged(says, scenarios["hang-up"], bench, lang))


@pytest.mark.parametrize(("lang", "says"), [call[:2] for call in CALLS])
def test_who_hung_up_yesterday_need_not_say_it_again(lang: Lang, says: str, bench: Bench, scenarios: dict[str, Scenario]) -> None:
    assert topics(judged(says, scenarios["hang-up"], bench, lang)) == {"compliance.contact"}


# --- how it behaves ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("lang", "text"), [("zh", "今天凑不齐，贵宾就没您的份了。"), ("en", "Move it today or the place at the next level is gone.")]
)
def test_pressure_is_a_breach_towards_anyone(lang: Lang, text: str, bench: Bench, scenarios: dict[str, Scenario]) -> None:
    assert scenarios["near-the-line"].client.age < bench.policy.compliance.elderly_age
    assert "compliance.contact" in topics(judged(text, scenarios["near-the-line"], bench, lang))


def test_nothing_said_breaks_nothing(bench: Bench, scenarios: dict[str, Scenario]) -> None:
    for text in ("", "  \n", "……", "?!"):
        assert judged(text, scenarios["first-call"], bench, "zh") == []


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_three_hundred_letters_are_judged_in_five_thousandths_of_a_second(
    lang: Lang, bench: Bench, scenarios: dict[str, Scenario]
) -> None:
    talk = json.loads((HERE / "transcripts" / lang / "gift-for-deposit.good.json").read_text(encoding="utf-8"))
    text = "".join(turn["text"] for turn in talk["turns"] if turn["who"] == "staff")[:300]
    scenario = scenarios["gift-for-deposit"]
    context = context_of(scenario, bench, lang)
    breaches(text, scenario, bench, context)
    took = []
    for _ in range(20):
        start = time.process_time()
        breaches(text, scenario, bench, context)
        took.append(time.process_time() - start)
    assert min(took) < 0.005
