"""Practice built from a trainee's own maturity list: the records stand in the scenario, and its words agree with them."""

from __future__ import annotations

import re
from datetime import date

import pytest

from coach.domain.facts import call_name
from coach.practice.reading import _in_words
from coach.practice.scenario import Scenario
from coach.services import practice as p
from coach.services.clients import picture
from coach.services.errors import Refused
from coach.services.practice_cases import LEAST_FEN, WEEK, about, from_maturities
from coach.services.practice_retelling import _number, _spoken
from coach.services.signals import branch_signals
from coach.services.workspace import Workspace

TODAY = date(2026, 11, 24)


def texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for part in value.values() for text in texts(part)]
    return [text for part in value for text in texts(part)] if isinstance(value, list | tuple) else []


@pytest.fixture(scope="module")
def ws(demo_branch, tmp_path_factory):
    import shutil

    home = tmp_path_factory.mktemp("cases") / "demo"
    shutil.copytree(demo_branch, home)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("COACH_HOME", str(home))
        opened = Workspace(lang="zh")
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def cases(ws):
    return from_maturities(ws, "1001", TODAY)


def test_they_come_from_the_own_list_of_the_week(ws, cases) -> None:
    found = branch_signals(ws, TODAY, "1001")
    mine = set(found.filter(found["signal"] == "maturity_due")["client_no"])
    assert cases and {c.client_no for c in cases} <= mine and len({c.client_no for c in cases}) == len(cases)
    assert all((c.matures_on - TODAY).days <= WEEK and c.amount_fen >= LEAST_FEN for c in cases)
    assert any(c.matures_on >= TODAY for c in cases)
    with pytest.raises(Refused, match="没有工号"):
        from_maturities(ws, "none", TODAY)


def test_the_sheet_is_the_clients_own(ws, cases) -> None:
    for case in cases:
        client, sheet = picture(ws, case.client_no, TODAY, lang="zh", signals=()), case.scenario.client
        assert (sheet.stage, sheet.tier, sheet.risk_level) == (client.stage, client.tier, client.risk_level)
        assert sheet.assets == client.assets_fen // 100
        assert sheet.age == client.age_on(TODAY) and sheet.marketing_consent == bool(client.marketing_consent)
        assert sheet.gender == {"female": "f", "male": "m"}[client.gender or ""]
        assert sheet.assessed_on(TODAY) == client.risk_assessed_on
        assert [h.amount for h in sheet.holdings] == [h.amount_fen // 100 for h in client.holdings if h.amount_fen >= 100]
        assert (case.amount_fen // 100, (case.matures_on - TODAY).days) in {(h.amount, h.matures_in) for h in sheet.holdings}


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_words_agree_with_the_sheet(ws, cases, lang) -> None:
    for case in cases:
        story, client = p.scenario(ws, case.scenario.id), picture(ws, case.client_no, TODAY, lang=lang, signals=())
        words, before = case.scenario.words(lang), story.words(lang)
        called = call_name(client.name, client.gender, lang)
        assert words.call_name == called and called in words.situation and str(case.scenario.client.age) in words.situation
        everything = "\n".join(texts(words.model_dump()))
        assert client.name not in everything and (client.phone or "-") not in everything, "no more of a client than the form of address"
        assert before.name not in everything and (before.call_name not in everything or before.call_name == called)
        amounts = {int(a.replace(",", "")) for a in re.findall(r"\b\d{1,3}(?:,\d{3})+\b", everything)}
        assert max(amounts, default=0) <= case.scenario.client.assets + 1
        assert not [problem for problem in _in_words(case.scenario, words, lang) if "signs" in str(problem[0]) or problem[0] == (lang,)]


def test_the_tellers_sums_keep_their_proportion(ws, cases) -> None:
    case = next(c for c in cases if c.scenario.id == "maturity-elsewhere")
    story = p.scenario(ws, "maturity-elsewhere")
    whole, part = 300_000, 200_000
    assert "二十万" in story.words("zh").facts["wedding"].tells[0] and "200,000" in story.words("en").facts["wedding"].tells[0]
    told = int(re.findall(r"\d{1,3}(?:,\d{3})+", case.scenario.words("en").facts["wedding"].tells[0])[0].replace(",", ""))
    assert told == pytest.approx(case.amount_fen / 100 * part / whole, abs=5_000) and told < case.amount_fen // 100
    assert f"{_spoken(told // 10_000)}万" in case.scenario.words("zh").facts["wedding"].tells[0] or told % 10_000


def test_a_man_in_a_womans_story(ws) -> None:
    story = p.scenario(ws, "maturity-elsewhere")
    man = next(c for c in (picture(ws, n, TODAY, lang="zh", signals=()) for n in _numbers(ws)) if c.gender == "male")
    made = about(story, man, 80_000_000, date(2026, 11, 24), TODAY)
    zh, en = made.words("zh"), made.words("en")
    assert "她" not in "".join(texts(zh.model_dump())) and "他怕的是钱锁死" in zh.persona
    assert not re.search(r"\b(she|hers|her)\b", en.persona) and "help him keep" in en.goal and "below his office" in en.persona
    assert "今天到期" in zh.situation and "matures today" in en.situation
    assert "八十万" in zh.points["plan-first"].say and "三天后" not in zh.points["service-call"].say
    made = about(story, man, 80_000_000, date(2026, 11, 29), TODAY)
    assert "五天后到期" in made.words("zh").points["service-call"].say and "in five days" in made.words("en").points["service-call"].say
    assert story.words("zh").persona == p.scenario(ws, "maturity-elsewhere").words("zh").persona


def _numbers(ws: Workspace) -> list[str]:
    from coach.services.clients import ClientQuery, client_numbers

    return client_numbers(ws, ClientQuery(manager="1001", limit=20))


def test_a_case_is_played_and_kept_as_it_was_played(ws, cases) -> None:
    case = cases[0]
    playing = p.begin(ws, case.scenario, staff_no="1001", today=TODAY, client_no=case.client_no)
    p.say(ws, playing, f"{case.scenario.words('zh').call_name}您好，我是城东支行的客户经理小林，您那笔定期的事跟您说一声，现在方便吗？")
    made = p.finish(ws, playing)
    kept = p.attempt(ws, playing.attempt_no)
    assert (kept.client_no, kept.scenario, kept.score) == (case.client_no, case.scenario.id, made)
    assert kept.played and kept.played.client == case.scenario.client and isinstance(kept.played, Scenario)


@pytest.mark.parametrize(
    ("value", "said"),
    [(2, "两"), (3, "三"), (10, "十"), (12, "十二"), (20, "二十"), (38, "三十八"), (100, "一百"), (105, "一百零五"), (112, "一百一十二")],
)
def test_numbers_as_they_are_said(value: int, said: str) -> None:
    assert _spoken(value) == said and _number(said) == value == _number(str(value))
