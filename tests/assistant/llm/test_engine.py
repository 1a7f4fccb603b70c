"""The model-backed engine end to end: verified words, one repair, the offline suggestion when nothing helps."""

from __future__ import annotations

import re
import time
from typing import Any

import pytest

from coach.services.clients import ClientQuery, client_numbers
from coach.services.model import calls
from coach.services.suggestions import ask, rewrite, suggest
from tests.assistant.llm.models import answer, failing, good, is_chat, passages, probing, suggestion
from tests.conftest import TODAY

NINE = ("refused", "slow", "cut", "broken", "wrong-ids", "429", "500", "empty", "endless")


def client_of(ws: Any, at: int = 3) -> str:
    """A client who may be contacted."""
    return [no for no in client_numbers(ws, ClientQuery())[:12] if suggest(ws, no, TODAY).next_action][at]


def test_a_good_model_is_shown_as_it_wrote(with_model) -> None:
    with with_model(good) as (ws, _):
        made = suggest(ws, client_of(ws), TODAY, engine="llm")
        assert made.engine == "llm:test-model" and made.fallback is None and made.grounding.unsupported == 0
        assert made.grounding.claims == made.grounding.cited == len(made.talking_points) + len(made.care_ideas)
        given = {c.id for c in made.citations}
        assert all(set(p.cites) <= given and p.cites for p in (*made.talking_points, *made.care_ideas))
        assert not re.search(r"\[[NTPDECM]\d", made.message_draft + "".join(p.text for p in made.talking_points))
        assert made.next_action == suggest(ws, client_of(ws), TODAY).next_action, "what to do is decided by the rules"


def test_the_same_again_is_not_paid_for_twice(with_model) -> None:
    with with_model(good) as (ws, server):
        no = client_of(ws)
        first = suggest(ws, no, TODAY, engine="llm")
        asked = len(server.requests)
        assert suggest(ws, no, TODAY, engine="llm") == first and len(server.requests) == asked
        suggest(ws, no, TODAY, engine="llm", fresh=True)
        assert len(server.requests) > asked
        suggest(ws, no, TODAY, engine="llm", lang="en")
        assert len(server.requests) > asked + 1, "another language is another question"


def test_the_stable_part_of_the_prompt_comes_first(with_model) -> None:
    with with_model(good) as (ws, server):
        for at in (2, 5):
            suggest(ws, client_of(ws, at), TODAY, engine="llm")
        asked = [r["messages"] for r in server.requests if '"points"' in r["messages"][0]["content"]]
        assert asked[0][0] == asked[1][0] and asked[0][1] != asked[1][1]


def test_an_invented_figure_is_sent_back_once_and_then_dropped(with_model) -> None:
    @probing
    def script(request: dict[str, Any]) -> str:
        found = passages(request)
        points = [(found[0][1], [found[0][0]]), ("这款产品年化收益3.88%，存满三年送金条。", [found[1][0]])]
        return suggestion(points, [], "您好，年化收益3.88%，快来办。")

    with with_model(script) as (ws, server):
        made = suggest(ws, client_of(ws), TODAY, engine="llm")
        told = [r for r in server.requests if len(r["messages"]) > 2]
        assert len(told) == 1 and "3.88%" in told[0]["messages"][-1]["content"], "once, with the reason"
        shown = made.message_draft + "".join(p.text for p in (*made.talking_points, *made.care_ideas))
        assert made.engine == "llm:test-model" and "3.88" not in shown and "金条" not in shown and made.message_draft
        assert made.grounding.unsupported == 0
        assert [c.dropped > 0 for c in calls(ws)] == [True, True]


def test_what_the_repair_mends_is_shown(with_model) -> None:
    @probing
    def script(request: dict[str, Any]) -> str:
        found = passages(request)
        if len(request["messages"]) > 2:
            return suggestion([(found[1][1], [found[1][0]])], [], found[-1][1])
        return suggestion([("承诺收益8%", [1])], [], "")

    with with_model(script) as (ws, _):
        made = suggest(ws, client_of(ws), TODAY, engine="llm")
        assert made.engine == "llm:test-model" and made.talking_points[0].cites


@pytest.mark.parametrize("fault", NINE)
def test_a_fault_in_a_suggestion_ends_in_a_usable_one(with_model, fault: str) -> None:
    with with_model(failing(fault)) as (ws, _):
        no = client_of(ws)
        own = suggest(ws, no, TODAY)
        start = time.monotonic()
        made = suggest(ws, no, TODAY, engine="llm")
        assert time.monotonic() - start < 16
        assert made.engine == "offline" and made.fallback and "\n" not in made.fallback
        assert made.talking_points == own.talking_points and made.message_draft == own.message_draft and made.grounding.unsupported == 0
        log = list(calls(ws))
        assert log and (log[0].outcome != "ok" or log[0].dropped), "the log tells"


@pytest.mark.parametrize("fault", NINE)
def test_a_fault_in_a_chat_ends_in_a_usable_answer(with_model, fault: str) -> None:
    with with_model(failing(fault)) as (ws, _):
        start = time.monotonic()
        told = ask(ws, "客户定期快到期了，什么时候打电话合适", TODAY, client_no=client_of(ws), engine="llm")
        assert time.monotonic() - start < 16
        assert told.engine == "offline" and told.fallback and told.answered and told.answer


def test_a_fault_in_the_repair_keeps_what_passed(with_model) -> None:
    @probing
    def first(request: dict[str, Any]) -> Any:
        found = passages(request)
        if len(request["messages"]) > 2:
            return failing("cut")(request)
        return suggestion([(found[0][1], [1]), ("保本保息", [2])], [], "")

    with with_model(first) as (ws, _):
        made = suggest(ws, client_of(ws), TODAY, engine="llm")
        assert made.engine == "llm:test-model" and made.talking_points


def test_an_unset_model_is_told_in_one_line(demo_ws) -> None:
    with pytest.raises(Exception, match="COACH_MODEL"):
        suggest(demo_ws, client_of(demo_ws), TODAY, engine="llm")


def test_chat_answers_from_what_it_was_given_and_remembers(with_model) -> None:
    from coach.assistant.engine import Exchange

    with with_model(good) as (ws, server):
        no = client_of(ws)
        one = ask(ws, "定期快到期了怎么跟进", TODAY, client_no=no, engine="llm")
        assert one.engine == "llm:test-model" and one.answer and all(set(s.cites) <= {c.id for c in one.citations} for s in one.answer)
        before = [Exchange("定期快到期了怎么跟进", "".join(s.text for s in one.answer))]
        ask(ws, "那第二步呢", TODAY, client_no=no, engine="llm", before=before)
        assert "定期快到期了怎么跟进" in server.requests[-1]["messages"][1]["content"]


def test_what_the_playbook_does_not_hold_is_said_and_no_model_asked(with_model) -> None:
    with with_model(good) as (ws, server):
        told = ask(ws, "推荐一部好看的科幻电影", TODAY, engine="llm")
        assert not told.answered and not any(is_chat(r) for r in server.requests)


def test_the_model_may_look_further_and_only_offer(with_model) -> None:
    @probing
    def script(request: dict[str, Any]) -> str:
        found = passages(request)
        if "到期" in request["messages"][-1]["content"] and not any("挂" in text for _, text in found):
            return answer([], {"name": "playbook", "input": "客户挂电话了怎么办"})
        return answer([(found[-1][1], [found[-1][0]])], {"name": "task", "input": "打电话问候", "channel": "call", "when": "2026-11-27"})

    with with_model(script) as (ws, server):
        no = client_of(ws)
        told = ask(ws, "到期的钱怎么跟进", TODAY, client_no=no, engine="llm")
        assert len([r for r in server.requests if is_chat(r)]) >= 2, "it looked further"
        assert told.answer
        assert all(o.kind == "task" and o.channel == "call" for o in told.offered)


def test_rewriting_keeps_what_is_meant(with_model) -> None:
    draft = "王女士您好。您在我行的定期存款快到期了。方便的时候我给您打个电话。祝您生活愉快。"
    with with_model(good) as (ws, _):
        text, why = rewrite(ws, client_of(ws), draft, "shorter", TODAY, engine="llm")
        assert why is None and 0 < len(text) < len(draft)
    with with_model(failing("500")) as (ws, _):
        text, why = rewrite(ws, client_of(ws), f"{draft}谢谢您。", "shorter", TODAY, engine="llm")
        assert why and 0 < len(text) < len(draft)
    with with_model(probing(lambda request: '{"message": "王女士您好，年化收益5%，保本。"}')) as (ws, _):
        text, why = rewrite(ws, client_of(ws), draft, "warmer", TODAY, engine="llm")
        assert why and "5%" not in text
