"""``coach eval``: each figure counts what it says, and the offline engine holds its measured floors."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import select

from coach.assistant.engine import Answer, Sentence
from coach.cli.evaluate import fault_lines, rows
from coach.domain.suggestion import CareIdea, CautionNote, Citation, Grounding, NextAction, Point, Suggestion
from coach.domain.words import Signal, Stage, Tier
from coach.services import evaluation, suggestions
from coach.services.errors import Refused
from coach.services.evaluation import Evaluation, evaluate, figures, percentile, tokens
from coach.services.evaluation_cases import ClientCase, QuestionCase, Wanted, read_cases, write_records
from coach.services.evaluation_judge import Outcome, Seen, judge_answer, judge_suggestion
from coach.services.signals import branch_signals
from coach.services.workspace import Workspace
from coach.settings import load_settings
from coach.store.db import session
from coach.store.tables import Client
from tests.conftest import TODAY

CITED = Citation("revive.maturity/point-kind", "revive.maturity", "到期", "先查好到账时间，三个月内要用的先留出来。")
CASE = ClientCase(
    "t-1", "zh", TODAY, "made up", {}, "K1", "revive.maturity", "call",
    (Wanted("any", ("打算", "安排")), Wanted("fact", ("20万元",)), Wanted("passage", ("revive.maturity",))), (re.compile("保本"),),
)  # fmt: skip
MADE = Suggestion(
    "s1", "K1", TODAY, "offline", None, "revive.maturity", (), NextAction("call", TODAY, "问"),
    (Point("王女士的20万元快到期了，先问她的打算。", (CITED.id,)),), (CareIdea("help", "替她约好时间。", (CITED.id,)),),
    "王女士您好，您的存款到期后怎么安排？", (), (CITED,), Grounding(2, 2, 0),
)  # fmt: skip
SEEN = Seen({CITED.id, "record:holding/H1"}, ["20万元", "2026年11月24日"])
ASKED = QuestionCase("t-2", "zh", TODAY, "到期怎么办", True, passages=("revive.maturity",))


@dataclass(frozen=True)
class Told:
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_ms: int | None = None
    dropped: int = 0
    total_ms: int = 0
    outcome: str = "ok"


def faults(out: Outcome) -> list[str]:
    return [what for what, _ in out.faults]


# --- one suggestion, one answer ---------------------------------------------------------------------------------------


def test_a_good_suggestion_has_no_fault() -> None:
    out = judge_suggestion(CASE, MADE, SEEN)
    assert out.faults == [] and out.right and out.channel_right and (out.points_met, out.points_of) == (3, 3)
    assert (out.cites_valid, out.cites_of, out.claims, out.unsupported, out.violations) == (2, 2, 2, 0, 0)


def test_another_play_another_channel_and_no_action_are_seen() -> None:
    out = judge_suggestion(CASE, replace(MADE, play="revive.mix", next_action=NextAction("visit", TODAY, "问")), SEEN)
    assert not out.right and out.channel_right is False and faults(out) == ["play", "channel"]
    assert not judge_suggestion(CASE, replace(MADE, next_action=None), SEEN).right


def test_where_no_contact_is_allowed_any_word_is_wrong() -> None:
    none = replace(CASE, play=None, channel=None, points=())
    silent = replace(MADE, next_action=None, talking_points=(), care_ideas=(), message_draft="", citations=())
    assert judge_suggestion(none, silent, SEEN).right
    assert not judge_suggestion(none, replace(silent, message_draft="您好"), SEEN).right
    assert not judge_suggestion(none, replace(silent, next_action=MADE.next_action), SEEN).right


def test_required_points_are_looked_for_in_every_text_and_missed_where_they_are_not() -> None:
    bare = replace(MADE, talking_points=(Point("先问候。", (CITED.id,)),), message_draft="")
    out = judge_suggestion(CASE, bare, SEEN)
    assert (out.points_met, out.points_of) == (1, 3)  # the passage is still cited
    only_in_care = replace(bare, care_ideas=(CareIdea("help", "20万元到期后的安排", (CITED.id,)),))
    assert judge_suggestion(CASE, only_in_care, SEEN).points_met == 3
    assert judge_suggestion(CASE, replace(MADE, citations=()), SEEN).points_met == 2


@pytest.mark.parametrize(
    ("fact", "said", "there"),
    [
        ("20万元", "这笔200,000元", True),
        ("20万元", "这笔30万元", False),
        ("11月27日", "2026-11-27到期", True),
        ("三年期定期", "存了三年", False),
        ("招商银行", "转到 招商 银行", True),
        ("50%", "少了50%", True),
    ],
)
def test_a_fact_is_found_by_what_it_means(fact: str, said: str, there: bool) -> None:
    case = replace(CASE, points=(Wanted("fact", (fact,)),))
    assert judge_suggestion(case, replace(MADE, message_draft=said, talking_points=()), SEEN).points_met == there


def test_a_citation_is_valid_when_it_is_shown_and_names_something() -> None:
    unknown = Citation("revive.maturity/nothing", "revive.maturity", "", "20万元")
    points = (Point("一", (CITED.id, "revive.maturity/hidden")), Point("二", (unknown.id,)))
    out = judge_suggestion(CASE, replace(MADE, talking_points=points, care_ideas=(), citations=(CITED, unknown)), SEEN)
    assert (out.cites_valid, out.cites_of, out.claims, out.unsupported) == (1, 3, 2, 1)


def test_what_is_not_supported_is_counted_in_points_in_the_message_and_by_the_engine_itself() -> None:
    invented = replace(MADE, talking_points=(Point("利率 3.75%，打算怎么办，20万元", (CITED.id,)),))
    assert judge_suggestion(CASE, invented, SEEN).unsupported == 1
    uncited = replace(MADE, talking_points=(Point("20万元有打算吗", ()),))
    assert judge_suggestion(CASE, uncited, SEEN).unsupported == 1
    message = replace(MADE, message_draft="您的25万元怎么安排")
    assert judge_suggestion(CASE, message, SEEN).unsupported == 1
    owned = replace(invented, grounding=Grounding(2, 2, 3))
    assert judge_suggestion(CASE, owned, SEEN).unsupported == 3


def test_rules_and_forbidden_words_are_counted_apart() -> None:
    seen = replace(SEEN, check=lambda text, channel: ["compliance.x"] if (channel == "message" or "约好" in text) else [])
    out = judge_suggestion(CASE, replace(MADE, message_draft="保本，怎么安排"), seen)
    assert (out.violations, out.forbidden) == (3, 1)


def test_a_caution_that_must_be_raised() -> None:
    case = replace(CASE, caution="compliance.contact.refused")
    assert judge_suggestion(case, MADE, SEEN).caution_raised is False
    raised = replace(MADE, cautions=(CautionNote("compliance.contact.refused", "block", "…"),))
    assert judge_suggestion(case, raised, SEEN).caution_raised is True
    assert judge_suggestion(CASE, MADE, SEEN).caution_raised is None


def test_an_answer_is_right_when_it_cites_what_is_wanted_and_refused_when_nothing_is_there() -> None:
    told = Answer((Sentence("先查好到账时间", (CITED.id,)),), (CITED,), True, "offline")
    assert judge_answer(ASKED, told, SEEN).right
    assert not judge_answer(replace(ASKED, passages=("compliance",)), told, SEEN).right
    assert not judge_answer(ASKED, replace(told, answered=False), SEEN).right
    outside = replace(ASKED, answered=False, passages=())
    assert not judge_answer(outside, told, SEEN).right
    assert judge_answer(outside, replace(told, answered=False), SEEN).right and not judge_answer(outside, told, SEEN).wanted
    record = Citation("record:holding/H1", "record", "", "定期20万元")
    of_record = Answer((Sentence("定期20万元", (record.id,)),), (record,), True, "offline")
    assert judge_answer(replace(ASKED, passages=("record:holding",)), of_record, SEEN).right


def test_rules_are_held_against_what_an_answer_says_in_its_own_words() -> None:
    seen = replace(SEEN, check=lambda text, channel: ["compliance.x"])
    quoted = Answer((Sentence("先查好到账时间", (CITED.id,)),), (CITED,), True, "offline")
    assert judge_answer(ASKED, quoted, seen).violations == 0
    own = replace(quoted, answer=(Sentence("到账时间要先查", (CITED.id,)),))
    assert judge_answer(ASKED, own, seen).violations == 1
    assert judge_answer(replace(ASKED, forbidden=(re.compile("到账"),)), quoted, seen).violations == 1


# --- the figures ------------------------------------------------------------------------------------------------------


def test_every_figure() -> None:
    outcomes = [
        Outcome("a", False, ms=10, right=True, channel_right=True, points_met=3, points_of=4, cites_valid=5, cites_of=6, claims=7,
                unsupported=1, violations=3, forbidden=2, calls=(Told(100, 20, 300, 2), Told(50, 10, 100, 1))),
        Outcome("b", False, ms=30, right=False, channel_right=False, caution_raised=True, points_met=1, points_of=4, fallback="slow",
                calls=(Told(None, None, None),)),
        Outcome("c", False, ms=20, right=True, claims=2, cites_valid=3, cites_of=4, calls=(Told(250, 30, 200),)),
        Outcome("d", False, ms=40, right=True, caution_raised=False),
        Outcome("q", True, ms=5, right=True, claims=1, calls=(Told(80, 8, 900),)),
        Outcome("r", True, ms=7, right=False, fallback="slow"),
        Outcome("s", True, ms=90, right=True, wanted=False),
    ]  # fmt: skip
    assert asdict(figures("llm:m", "zh", outcomes)) == {
        "engine": "llm:m", "lang": "zh", "cases": 4, "right_play": 0.75, "right_channel": 0.5, "points_covered": 0.5,
        "cautions_raised": 0.5, "citations_valid": 0.8, "claims": 10, "unsupported": 1, "violations": 3, "forbidden": 2,
        "questions": 3, "answered_rightly": 0.5, "refused_rightly": 1.0, "fallback": 0.2857, "fallback_reasons": {"slow": 2},
        "dropped": 3, "suggest_ms_p50": 20, "suggest_ms_p95": 40, "ask_ms_p50": 7, "ask_ms_p95": 90, "first_token_ms_p50": 200.0,
        "first_token_ms_p95": 900.0, "calls": 5, "suggest_prompt_tokens": 200.0, "suggest_completion_tokens": 30.0,
        "ask_prompt_tokens": 80.0, "ask_completion_tokens": 8.0,
    }  # fmt: skip


def test_nothing_to_count_is_no_figure() -> None:
    empty = figures("offline", "en", [])
    assert empty.right_play is None and empty.suggest_ms_p50 is None and empty.dropped is None and empty.fallback is None


def test_percentiles_and_tokens() -> None:
    assert percentile([*range(1, 101)], 95) == 95 and percentile([*range(1, 101)], 50) == 50 and percentile([4.0], 95) == 4
    assert tokens([Outcome("a", False, calls=(Told(1), Told(2))), Outcome("b", False)], "prompt_tokens") == 3


# --- the cases --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_cases_are_many_and_of_every_kind(lang: str) -> None:
    ws = Workspace(lang=lang)  # type: ignore[arg-type]
    clients, questions = read_cases(evaluation.CASES, lang, ws.plays, say="en")  # type: ignore[arg-type]
    assert len(clients) >= 64 and len(questions) >= 24
    assert len({c.client_no for c in clients}) == len(clients)
    plays = Counter(c.play for c in clients)
    assert {p for p in ws.plays if p.startswith(("revive.", "stage."))} <= set(plays) and plays[None] >= 2
    assert {q.answered for q in questions} == {True, False}
    assert all(c.points for c in clients if c.play) and all(c.caution for c in clients if c.play is None)
    assert sum(bool(c.forbidden) for c in clients) > 0.8 * len(clients) and sum(c.channel is not None for c in clients) > 0.8 * len(clients)


def line(**more: Any) -> str:
    case = {
        "id": "x-1", "lang": "zh", "date": "2026-11-24", "note": "n", "client_no": "K1", "play": "revive.mix", "points": [],
        "records": {"staff": [{"staff_no": "1", "name": "李明"}], "clients": [{"client_no": "K1", "name": "王秀", "manager": "1"}]},
    }  # fmt: skip
    return json.dumps(case | more, ensure_ascii=False)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1"),
        ("[]", "no JSON object"),
        (line(colour="red"), "'colour'"),
        (line(play="revive.nothing"), "'revive.nothing'"),
        (line(channel="fax"), "'fax'"),
        (line(records={"wishes": []}), "'wishes'"),
        (line(records={"clients": [{"shoe": 42}]}), "'shoe'"),
        (line(points=[{"all": ["x"]}]), "a point"),
        (line(points=[{"any": []}]), "lists nothing"),
        (line(forbidden=["("]), "regular expression"),
        (line(lang="en"), "'en'"),
        (line(date="soon"), "soon"),
        (line() + "\n" + line(), "line 2"),
        (json.dumps({"id": "q", "lang": "zh", "date": "2026-11-24", "question": "?"}), "answered"),
    ],
)
def test_a_wrong_case_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "cases.zh.jsonl").write_text(text, encoding="utf-8")
    with pytest.raises(Refused, match=re.escape(said)) as error:
        read_cases(tmp_path, "zh", Workspace().plays, say="en")
    assert "cases.zh.jsonl" in str(error.value) and "\n" not in str(error.value)


def test_two_cases_may_share_staff_but_no_client(tmp_path: Path) -> None:
    records = {"staff": [{"staff_no": "1", "name": "李"}], "clients": [{"client_no": "K", "name": "王"}]}
    first = ClientCase("a", "zh", TODAY, "", records, "K", None)
    assert [p.name for p in write_records([first], tmp_path, say="en")] == ["staff.csv", "clients.csv"]
    with pytest.raises(Refused, match="client K"):
        write_records([first, replace(first, id="b")], tmp_path, say="en")
    with pytest.raises(Refused, match="staff 1"):
        write_records([first, replace(first, id="b", records={"staff": [{"staff_no": "1", "name": "赵"}]})], tmp_path, say="en")


# --- whole runs -------------------------------------------------------------------------------------------------------


@pytest.fixture
def one_case(tmp_path: Path) -> Path:
    folder = tmp_path / "cases"
    folder.mkdir()
    asked = {"id": "q", "lang": "zh", "date": "2026-11-24", "question": "?", "answered": False}
    (folder / "cases.zh.jsonl").write_text(line() + "\n" + json.dumps(asked) + "\n", encoding="utf-8")
    return folder


def test_a_model_is_run_beside_the_offline_engine_and_its_calls_are_counted(
    one_case: Path, monkeypatch: pytest.MonkeyPatch, own_workspace: Path
) -> None:
    monkeypatch.setenv("COACH_MODEL", "tiny")
    seen: list[tuple[Workspace, str]] = []

    def suggest(ws: Workspace, client_no: str, today: date, *, lang: str, engine: str) -> Suggestion:
        seen.append((ws, engine))
        if engine == "llm":
            ws.calls.append(Told(120, 30, 250, dropped=2))  # type: ignore[arg-type]
        return replace(MADE, play="revive.mix", engine=engine, fallback="too slow" if engine == "llm" else None)

    def ask(ws: Workspace, question: str, today: date, *, client_no: str | None, lang: str, engine: str) -> Answer:
        return Answer((Sentence("没有", ()),), (), False, engine)

    monkeypatch.setattr(suggestions, "suggest", suggest)
    monkeypatch.setattr(suggestions, "ask", ask)
    monkeypatch.setattr(suggestions, "private_retriever", lambda ws, client, lang: None)
    monkeypatch.setattr(evaluation, "retriever", lambda ws: None)
    ticks: list[tuple[int, int]] = []
    found = evaluate(Workspace(), ["offline", "llm"], ["zh"], cases=one_case, progress=lambda done, of: ticks.append((done, of)))
    offline, model = found.figures
    assert [engine for _, engine in seen] == ["offline", "llm"] and ticks == [(1, 4), (2, 4), (3, 4), (4, 4)]
    assert (offline.engine, offline.calls, offline.fallback, offline.dropped) == ("offline", 0, 0, None)
    assert (model.engine, model.calls, model.dropped, model.suggest_prompt_tokens) == ("llm:tiny", 1, 2, 120)
    assert (model.fallback, model.fallback_reasons, model.first_token_ms_p50) == (0.5, {"too slow": 1}, 250)
    assert {w.settings.model for w, _ in seen} == {"tiny"} and all(w.home != own_workspace for w, _ in seen)
    assert not own_workspace.exists()  # nothing of the run comes into the person's own workspace
    assert not Path(seen[0][0].home).exists()  # and nothing is left of its own


def test_a_run_that_cannot_be_is_refused(one_case: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ws = Workspace(lang="en")
    with pytest.raises(Refused, match="no model is configured"):
        evaluate(ws, ["offline", "llm"], ["zh"], cases=one_case)
    with pytest.raises(Refused, match="'magic'"):
        evaluate(ws, ["magic"], ["zh"], cases=one_case)
    with pytest.raises(Refused, match="holds no cases"):
        evaluate(ws, ["offline"], ["en"], cases=one_case)
    with pytest.raises(Refused, match="there is no folder"):
        evaluate(ws, ["offline"], ["zh"], cases=tmp_path / "nowhere")
    monkeypatch.setattr(evaluation, "CASES", tmp_path / "not-in-a-wheel")
    with pytest.raises(Refused, match="--cases"):
        evaluate(ws, ["offline"], ["zh"])
    bad = tmp_path / "bad"
    bad.mkdir()
    row = {"client_no": "K1", "name": "王秀", "birthday": "soon"}
    (bad / "cases.zh.jsonl").write_text(line(records={"clients": [row]}), encoding="utf-8")
    monkeypatch.setattr(evaluation, "retriever", lambda ws: None)
    with pytest.raises(Refused, match="clients is of no use"):
        evaluate(ws, ["offline"], ["zh"], cases=bad)


@pytest.fixture(scope="session")
def offline_run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evaluation]:
    """Every case of both languages through the offline engine, once."""
    with pytest.MonkeyPatch.context() as clean:
        for name in [n for n in os.environ if n.startswith(("COACH_", "OPENAI_"))]:
            clean.delenv(name)
        clean.setenv("COACH_HOME", str(tmp_path_factory.mktemp("evaluation")))
        yield evaluate(Workspace(load_settings()), ["offline"], ["zh", "en"])


FLOORS = {
    "zh": {"right_play": 0.96, "right_channel": 0.97, "points_covered": 0.97, "answered_rightly": 0.9, "refused_rightly": 0.85},
    "en": {"right_play": 0.96, "right_channel": 0.97, "points_covered": 0.97, "answered_rightly": 0.75, "refused_rightly": 0.95},
}
"""A little under what was measured on 2026-11-24. What is missed there are the engine's own faults, not the cases'."""
FORBIDDEN = 6
"""Measured: an appointment proposed for a maturity that is past (5), a message that speaks of a call nobody made (1)."""


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_offline_engine_holds_its_floors(offline_run: Evaluation, lang: str) -> None:
    found = next(f for f in offline_run.figures if f.lang == lang)
    under = {key: getattr(found, key) for key, floor in FLOORS[lang].items() if getattr(found, key) < floor}
    assert under == {}, fault_lines(offline_run)
    assert (found.unsupported, found.violations - found.forbidden, found.fallback) == (0, 0, 0), fault_lines(offline_run)
    assert found.forbidden <= FORBIDDEN and found.citations_valid == 1 and found.cautions_raised == 1
    assert found.cases >= 64 and found.questions >= 24 and found.claims > 5 * found.cases and found.calls == 0


def test_the_table_has_a_column_for_each_run_and_the_failures_a_line_each(offline_run: Evaluation) -> None:
    table = rows(offline_run, "en")
    assert table[0] == ["", "offline zh", "offline en"] and {len(row) for row in table} == {3}
    by_name = {row[0]: row[1:] for row in table[1:]}
    assert len(by_name) == len(table) - 1 and by_name["client cases"][0] == str(offline_run.figures[0].cases)
    assert by_name["right play"][0].endswith("%") and by_name["first token ms p50"] == ["–", "–"]
    lines = fault_lines(offline_run)
    assert len(lines) == len(offline_run.failures) and not any("\n" in text for text in lines)
    assert json.loads(json.dumps(offline_run.as_json()))["figures"][1]["lang"] == "en"


def test_the_cases_bring_all_fifteen_signals_every_stage_and_every_tier(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rules of the domain over the imported records."""
    monkeypatch.setattr(evaluation, "retriever", lambda ws: None)
    for lang in ("zh", "en"):
        home = tmp_path / lang
        home.mkdir()
        branch = evaluation._branch(Workspace(), lang, home, None)
        evaluation._bring_in(branch, read_cases(evaluation.CASES, lang, branch.plays, say="en")[0], home, "en")
        found = branch_signals(branch, TODAY)
        assert set(found["signal"]) == set(Signal)
        with closing(branch), session(branch.engine, write=False) as s:
            kinds = list(s.exec(select(Client.stage, Client.tier)))
        assert {stage for stage, _ in kinds} == set(Stage) and {tier for _, tier in kinds} == set(Tier)
