"""What a model wrote, sentence by sentence: what stays, what goes, and why."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.assistant.courtesies import all_courtesies, courtesies
from coach.assistant.rewrite import HOWS, rewritten
from coach.assistant.verify import Verifier, clean, sentences
from coach.domain.compliance import Caution
from coach.domain.words import LANGS

TODAY = date(2026, 11, 24)
PASSAGE = "到期前七天打一次电话，先问这笔钱有没有安排，再谈去处。不要一上来就推产品。"


class Overlap:
    """Supports what shares most of its characters with the passages: simple enough to reason about in a test."""

    def holds(self, claim, passages, lang, facts=()) -> bool:
        own = {c for c in claim if c.isalnum()}
        return not own or len(own & set("".join(passages))) / len(own) >= 0.6


def verifier(lang="zh", rules=lambda text, channel: [], **given) -> Verifier:
    return Verifier(
        lang=lang, today=TODAY, given=given or {"p/one": PASSAGE}, known=("金额: 28万元", "到期日: 12月1日", "称呼: 王女士"),
        support=Overlap(), rules=rules, courtesies=all_courtesies(lang), values=("28万元", "12月1日", "王女士"),
    )  # fmt: skip


def kinds(checked) -> list[str]:
    return [f.kind for f in checked.flaws]


def test_what_the_passage_says_stays_with_its_citation() -> None:
    checked = verifier().claim("先问王女士这笔28万元有没有安排，再谈去处。", ["p/one"])
    assert not checked.flaws and checked.cites == ("p/one",) and checked.text.startswith("先问")


@pytest.mark.parametrize(
    ("text", "cites", "kind"),
    [
        ("先问这笔钱有没有安排。", [], "cites"),
        ("先问这笔钱有没有安排。", ["p/two"], "cites"),
        ("先问这笔钱有没有安排。", ["p/one", "p/two"], "cites"),
        ("先问这笔30万元有没有安排。", ["p/one"], "figure"),
        ("先问这笔12月2日到期的钱有没有安排。", ["p/one"], "figure"),
        ("先问李女士这笔钱有没有安排。", ["p/one"], "name"),
        ("先问[N7]这笔钱有没有安排。", ["p/one"], "placeholder"),
        ("先问这笔{amount}的钱有没有安排。", ["p/one"], "placeholder"),
        ("先问这笔钱，详见 www.example.com 。", ["p/one"], "link"),
        ("First ask what the money is for and call again.", ["p/one"], "language"),
        ("网点明天起全面停业装修，柜员轮流休假。", ["p/one"], "figure"),
        ("咖啡机与羽绒服周末打折促销。", ["p/one"], "support"),
    ],
)
def test_what_is_wrong_goes_with_its_reason(text: str, cites: list[str], kind: str) -> None:
    checked = verifier().claim(text, cites)
    assert kinds(checked) == [kind] and not checked.text and checked.flaws[0].said


def test_a_rule_that_blocks_takes_the_sentence_and_one_that_warns_does_not() -> None:
    def rules(text: str, channel: str) -> list[Caution]:
        return [Caution("r", "block" if "再谈去处" in text else "warn", "不行", "", ())] if "谈" in text else []

    checked = verifier(rules=rules).claim("打一次电话。再谈去处。", ["p/one"])
    assert checked.text == "打一次电话。" and kinds(checked) == ["rule"]


def test_a_thought_without_its_beginning_is_not_shown() -> None:
    assert not verifier().claim("送您500元购物卡。先问这笔钱有没有安排。", ["p/one"]).text


def test_quotation_marks_go_with_their_other_half() -> None:
    checked = verifier().claim("说：「先问这笔钱有没有安排。咖啡机羽绒服打折。」", ["p/one"])
    assert checked.text and "「" not in checked.text and "」" not in checked.text


def test_a_message_may_greet_and_thank_but_not_invent() -> None:
    checks = verifier()
    assert not checks.message("王女士您好！到期前给您打一次电话。祝您生活愉快。").flaws
    assert kinds(checks.message("王女士您好！存满三年送金条。")) == ["figure"]


def test_english_holds_no_chinese_and_the_other_way_round() -> None:
    checks = verifier("en", one="Call seven days before the maturity and ask what the money is for.")
    assert not checks.claim("Call before the maturity and ask what the money is for.", ["one"]).flaws
    assert kinds(checks.claim("Call before 到期 and ask what the money is for.", ["one"])) == ["language"]


def test_markup_and_unseen_characters_are_taken_out() -> None:
    assert clean("\x1b[31m- **先问**\u200b\u202e <b>这笔钱</b>\x07") == "先问 这笔钱"
    assert clean("【段落】您好，我是云溪支行的客户经理。") == "您好，我是云溪支行的客户经理。"
    assert clean("[passages] Dear Ms Li") == "Dear Ms Li"
    assert clean("[see here](evil) [N1]【T1】") == "[see here](evil) [N1]【T1】"


@given(st.text(max_size=200), st.sampled_from(LANGS))
def test_sentences_are_the_text(text: str, lang) -> None:
    """Nothing is lost in cutting but what stands between sentences."""
    import re

    def bare(t: str) -> str:
        return re.sub(r"[\s。！？!?；;.]", "", t)

    assert bare("".join(sentences(text, lang))) == bare(text) or not bare(text)


@given(st.text(alphabet="王女士您好，。28万元12月1日到期送[N1]《》<>*ab ", max_size=80))
def test_whatever_comes_nothing_breaks_and_no_flaw_is_shown(text: str) -> None:
    checked = verifier().claim(text, ["p/one"])
    assert not checked.text or checked.cites == ("p/one",)
    assert "[N1]" not in checked.text


# --- rewriting without a model ------------------------------------------------------------------------------------------

DRAFT = {
    "zh": "王女士您好。您的28万元定期12月1日到期。到时候您看是续存还是另有安排？方便的话我给您打个电话。祝您生活愉快。",
    "en": "Hello Ms Wang. Your deposit of CNY 280,000 matures on 1 December. Would you renew it? I can call you any time. Best wishes.",
}


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("how", HOWS)
def test_a_rewritten_message_keeps_the_figures_and_the_name(how, lang) -> None:
    text = rewritten(DRAFT[lang], how, lang)
    assert text != DRAFT[lang] and ("28万元" in text or "280,000" in text) and text.startswith(DRAFT[lang][:4])
    assert (len(text) < len(DRAFT[lang]) * 0.75) == (how == "shorter")


@pytest.mark.parametrize("lang", LANGS)
def test_courtesies_have_every_sort_and_no_figure(lang) -> None:
    from coach.domain.quantities import quantities

    found = courtesies(lang)
    assert set(found) == {"greeting", "self", "ease", "elder", "wish"} and all(found.values())
    assert not quantities(all_courtesies(lang), lang)


@given(st.text(max_size=120), st.sampled_from(HOWS), st.sampled_from(LANGS))
def test_any_draft_can_be_rewritten(text: str, how, lang) -> None:
    assert isinstance(rewritten(text, how, lang), str)
