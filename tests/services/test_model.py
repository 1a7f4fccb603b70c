"""The way to the model as workspaces share it: what a server refused, and that it was not there, is known to the next one."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from coach.assistant.llm import memory
from coach.assistant.llm.faults import Fault as ModelFault
from coach.assistant.llm.memory import FILE
from coach.assistant.llm.probe import LIMITS
from coach.services.clients import ClientQuery, client_numbers
from coach.services.model import calls, connect
from coach.services.suggestions import ask, suggest
from coach.services.workspace import Workspace
from tests.assistant.llm.models import Stop, good, is_probe, probing
from tests.assistant.llm.server import MODEL, Can, Fault, Json, ModelServer, serving
from tests.conftest import TODAY

MONTHS = Json('{"months": 12}', "A year has twelve months.")
ANSWER = '{"word": "yes"}'
SCHEMA: dict[str, Any] = {"title": "word", "type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]}


@pytest.fixture
def opened(own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Workspace]]:
    """Opens the same folder as a new process would: nothing is shared but the files."""
    own_workspace.mkdir(exist_ok=True)
    made: list[Workspace] = []

    def workspace(url: str) -> Workspace:
        for name, value in {"OPENAI_BASE_URL": url, "COACH_MODEL": MODEL, "COACH_MODEL_FIRST_S": "1"}.items():
            monkeypatch.setenv(name, value)
        made.append(Workspace.at(own_workspace, lang="en"))
        return made[-1]

    yield workspace
    for ws in made:
        ws.close()


def forms(server: ModelServer) -> list[str]:
    """How each request since the last look asked for JSON."""
    told = ["tools" if "tools" in r else r.get("response_format", {}).get("type", "text") for r in server.requests]
    server.requests.clear()
    return told


def test_what_a_server_refuses_later_is_not_tried_by_the_next_process(opened) -> None:
    with serving(lambda request: MONTHS if is_probe(request) else ANSWER) as server:
        one = connect(opened(server.url))
        assert one.capabilities.structured == "json_schema" and forms(server)
        server.can = Can(refuses=("json_schema",))  # the server was changed since
        one.write([("user", "x")], schema=SCHEMA)
        assert forms(server) == ["json_schema", "tools"]
        two = connect(opened(server.url))
        two.write([("user", "x")], schema=SCHEMA)
        assert forms(server) == ["tools"], "neither asked about again nor tried again"
        assert two.capabilities.seen_on == one.capabilities.seen_on and two.capabilities.context == 8192


def test_a_dead_server_is_tried_once_and_left_alone(opened, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []

    def dead(connection: Any, key: str) -> Any:
        tried.append(connection.base_url)
        raise ModelFault("slow", "10 s")

    monkeypatch.setattr("coach.assistant.llm.probe.server", dead)
    url = "http://127.0.0.1:9/v1"
    for _ in range(3):
        connect(opened(url))
    assert len(tried) == 1
    with pytest.raises(ModelFault):
        connect(opened(url), again=True)
    assert len(tried) == 2, "the doctor always asks"
    kept = json.loads((opened(url).home / FILE).read_text(encoding="utf-8"))
    (name,) = kept
    kept[name]["at"] = (datetime.now() - memory.REST).isoformat()
    (opened(url).home / FILE).write_text(json.dumps(kept), encoding="utf-8")
    connect(opened(url))
    assert len(tried) == 3, "after a few minutes it is tried again"


def test_suggestions_do_not_pay_for_a_dead_server_again_and_again(demo_ws: Workspace, opened) -> None:
    with serving(probing(good)) as server:
        url = server.url
    ws = opened(url)  # nobody listens there any more
    told = [suggest(ws, no, TODAY, engine="llm", lang="en") for no in client_numbers(ws, ClientQuery())[3:6]]
    assert all(t.engine == "offline" and t.talking_points for t in told)
    assert "no way to the model server" in (told[0].fallback or "") and "doctor" in (told[1].fallback or "")
    asked = ask(ws, "how do I follow up a maturity", TODAY, engine="llm", lang="en")
    assert asked.engine == "offline" and "no way" in (asked.fallback or "")
    assert not list(calls(ws)), "what was not asked is not in the log"


def test_a_server_that_goes_away_is_left_alone_from_then_on(demo_ws: Workspace, opened) -> None:
    with serving(probing(good)) as server:
        ws = opened(server.url)
        first, second, third = client_numbers(ws, ClientQuery())[3:6]
        assert suggest(ws, first, TODAY, engine="llm").engine.startswith("llm")
    assert suggest(ws, second, TODAY, engine="llm").engine == "offline"
    asked = len(list(calls(ws)))
    assert next(iter(calls(ws))).outcome == "refused"
    assert suggest(ws, third, TODAY, engine="llm").engine == "offline" and len(list(calls(ws))) == asked
    assert suggest(ws, first, TODAY, engine="llm").engine.startswith("llm"), "what was answered before is kept all the same"


def test_what_cannot_be_asked_is_asked_again_once_it_is_mended(demo_ws: Workspace, opened) -> None:
    with serving(probing(good), can=Can(key="another")) as server:
        ws = opened(server.url)
        first, second = client_numbers(ws, ClientQuery())[3:5]
        assert "OPENAI_API_KEY" in (suggest(ws, first, TODAY, engine="llm", lang="en").fallback or "")
        server.can = Can()
        assert suggest(ws, second, TODAY, engine="llm", lang="en").engine.startswith("llm")
        assert ws.connection is not None and ws.connection.capabilities.seen_on, "and now it is known what it can do"


def test_a_stop_ends_a_suggestion_that_still_looks_at_the_server(demo_ws: Workspace, opened) -> None:
    with serving(lambda request: Fault("mute")) as server:
        ws, watch = opened(server.url), Stop()
        no = client_numbers(ws, ClientQuery())[3]
        threading.Timer(1.0, watch.stop).start()
        start = time.monotonic()
        made = suggest(ws, no, TODAY, engine="llm", lang="en", watch=watch)
        assert made.engine == "offline" and "stopped" in (made.fallback or "")
        assert time.monotonic() - start < LIMITS.first_s * 0.6, "without the stop it would wait so long; the rest is the offline suggestion"
        assert memory.resting(ws.home, server.url, MODEL, datetime.now()) is None, "a stop says nothing of the server"
    with closing(ws):
        assert ws.connection is not None and not ws.connection.capabilities.seen_on
