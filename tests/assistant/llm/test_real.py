"""The real model of ``../shared/llm``, where it is up: every suggestion is verified, or an honest fallback.

Start it with ``python3 ../shared/llm/serve_llm.py --port 8089``; on two cores a suggestion takes one to three minutes.
"""

from __future__ import annotations

import os
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from coach.services.clients import ClientQuery, client_numbers
from coach.services.model import calls
from coach.services.suggestions import ask, suggest
from coach.services.workspace import Workspace
from tests.conftest import TODAY

URL = os.environ.get("COACH_TEST_LLM", "http://127.0.0.1:8089/v1")
MODEL = "qwen2.5-coder-1.5b-instruct"


def is_up() -> bool:
    try:
        with urllib.request.urlopen(f"{URL}/models", timeout=2) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


pytestmark = [
    pytest.mark.real_llm,
    pytest.mark.timeout(1500),
    pytest.mark.skipif(
        not os.environ.get("COACH_TEST_LLM") or not is_up(),
        reason="the real model is not asked: start ../shared/llm/serve_llm.py and set COACH_TEST_LLM=http://127.0.0.1:8089/v1",
    ),
]


@pytest.fixture
def real_ws(demo_ws: Workspace, own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.setenv("OPENAI_BASE_URL", URL)
    monkeypatch.setenv("COACH_MODEL", MODEL)
    monkeypatch.setenv("COACH_MODEL_FIRST_S", "300")
    monkeypatch.setenv("COACH_MODEL_TOTAL_S", "600")
    return Workspace.at(own_workspace, lang="zh")


@pytest.mark.parametrize(("lang", "count"), [("zh", 2), ("en", 1)])
def test_suggestions_are_verified_or_fall_back(real_ws: Workspace, lang, count: int) -> None:
    for no in client_numbers(real_ws, ClientQuery())[5 : 5 + count]:
        made = suggest(real_ws, no, TODAY, engine="llm", lang=lang)
        assert made.grounding.unsupported == 0
        assert (made.engine == f"llm:{MODEL}") == (made.fallback is None)
        assert made.talking_points or made.next_action is None
    assert all(c.prompt_tokens for c in calls(real_ws) if c.outcome == "ok")


def test_a_question_is_answered_or_falls_back(real_ws: Workspace) -> None:
    told = ask(real_ws, "客户定期快到期了，什么时候打电话合适", TODAY, engine="llm")
    assert told.answered and all(s.cites for s in told.answer)
