"""The connection: every fault has its kind, comes in time, and leaves nothing behind."""

from __future__ import annotations

import threading
import time
from typing import Any

import openai
import pytest

from coach.assistant.llm.connection import Capabilities, Connection, Limits
from coach.assistant.llm.faults import Fault as ModelFault
from coach.assistant.llm.structured import read_json
from tests.assistant.llm.server import MODEL, Fault, Said, Tool, serving

SHORT = Limits(connect_s=1, first_s=0.6, stall_s=0.5, total_s=2, retries=1, backoff_s=0.05)
SCHEMA: dict[str, Any] = {
    "title": "word", "type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"], "additionalProperties": False,
}  # fmt: skip
ANSWER = '{"word": "早上好，今天是个好天气，出门走走"}'


@pytest.fixture(scope="module", autouse=True)
def libraries_loaded() -> None:
    """The first request loads LangChain: no test of bounds should count that."""
    with serving(lambda request: ANSWER) as server:
        Connection(server.url, "k", MODEL).write([("user", "x")], schema=SCHEMA)


class Stop:
    """A watch that can be stopped from the test."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.stopped = False
        self._calls: list[Any] = []

    def wrote(self, text: str) -> None:
        self.seen.append(text)

    def on_stop(self, call: Any) -> None:
        self._calls.append(call)

    def stop(self) -> None:
        self.stopped = True
        for call in self._calls:
            call()


def connection(url: str, **how: Any) -> Connection:
    return Connection(url, "sk-secret", MODEL, limits=SHORT, **how)


def ask(server_said: Said, **how: Any) -> Any:
    with serving(lambda request: server_said) as server:
        return connection(server.url).write([("user", "你好")], schema=SCHEMA, **how)


def test_the_server_itself_speaks_the_protocol() -> None:
    with serving(lambda request: "你好，世界") as server, openai.OpenAI(base_url=server.url, api_key="x") as client:
        assert [m.id for m in client.models.list()] == [MODEL]
        whole = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}])
        assert whole.choices[0].message.content == "你好，世界"
        stream = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "hi"}], stream=True)
        assert "".join(c.choices[0].delta.content or "" for c in stream) == "你好，世界"


def test_an_answer_comes_with_tokens_and_times() -> None:
    reply = ask(ANSWER)
    assert read_json(reply.text, SCHEMA)["word"].startswith("早上好")
    assert reply.prompt_tokens and reply.completion_tokens == 20 and 0 <= reply.first_ms <= reply.total_ms


@pytest.mark.parametrize(("way", "sign"), [("json_schema", "json_schema"), ("json_mode", "json_object"), ("text", "")])
def test_each_way_is_asked_for_as_the_protocol_says(way: Any, sign: str) -> None:
    with serving(lambda request: f"好的：\n```json\n{ANSWER}\n```" if way == "text" else ANSWER) as server:
        reply = connection(server.url, capabilities=Capabilities(structured=way)).write([("user", "x")], schema=SCHEMA)
        assert (server.requests[0].get("response_format") or {}).get("type", "") == sign
        assert read_json(reply.text, SCHEMA)["word"]


def test_a_function_call_is_read_from_its_pieces() -> None:
    with serving(lambda request: Tool("word", ANSWER)) as server:
        reply = connection(server.url, capabilities=Capabilities(structured="function")).write([("user", "x")], schema=SCHEMA)
        assert server.requests[0]["tool_choice"]["function"]["name"] == "word"
    assert read_json(reply.text, SCHEMA)["word"].startswith("早上好")


def test_a_server_that_does_not_stream_is_asked_for_the_whole() -> None:
    with serving(lambda request: ANSWER) as server:
        reply = connection(server.url, capabilities=Capabilities(streaming=False)).write([("user", "x")], schema=SCHEMA)
    assert read_json(reply.text, SCHEMA)["word"]


@pytest.mark.parametrize(
    ("name", "kind", "tries"),
    [
        ("refused", "refused|cut", 2), ("slow", "slow", 1), ("drip", "cut", 2), ("cut", "cut", 2), ("broken", "broken", 1),
        ("garbled", "broken|cut|server_error", 0), ("429", "rate_limited", 2), ("429-wait", "rate_limited", 2), ("500", "server_error", 2),
        ("empty", "empty", 1), ("no-choices", "empty", 1), ("endless", "endless", 1), ("loop", "endless", 1), ("401", "unauthorised", 1),
        ("404", "unknown_model", 1), ("400-context", "too_long", 1), ("html", "broken|empty|not_openai|cut", 0), ("length", "endless", 1),
    ],
)  # fmt: skip
def test_every_fault_has_its_kind_and_comes_in_time(name: str, kind: str, tries: int) -> None:
    text = "" if name == "empty" else ANSWER
    with serving(lambda request: Fault(name, text)) as server:
        start = time.monotonic()
        with pytest.raises(ModelFault) as raised:
            reply = connection(server.url).write([("user", "你好")], schema=SCHEMA, max_tokens=60)
            read_json(reply.text, SCHEMA)
        assert time.monotonic() - start < 6
        assert raised.value.kind in kind.split("|"), raised.value
        if tries:
            assert len(server.requests) == tries
        for lang in ("zh", "en"):
            line = raised.value.line(lang)
            assert line and "\n" not in line and "sk-secret" not in line and "Traceback" not in line


def test_a_closed_port_is_told_in_a_moment() -> None:
    with serving(lambda request: ANSWER) as server:
        url = server.url
    start = time.monotonic()
    with pytest.raises(ModelFault) as raised:
        connection(url).write([("user", "x")])
    assert raised.value.kind == "refused" and time.monotonic() - start < 3


def test_a_passing_fault_is_tried_again_and_a_lasting_one_is_not_waited_for() -> None:
    told: list[Said] = [Fault("500"), ANSWER]
    with serving(lambda request: told.pop(0)) as server:
        assert connection(server.url).write([("user", "x")], schema=SCHEMA).retries == 1


def test_a_stop_ends_it_at_once_and_closes_the_stream() -> None:
    watch, ended = Stop(), []
    with serving(lambda request: Fault("drip", ANSWER * 3)) as server:

        def run() -> None:
            with pytest.raises(ModelFault) as raised:
                Connection(server.url, "k", MODEL, limits=Limits(stall_s=30)).write([("user", "x")], watch=watch)  # type: ignore[arg-type]
            ended.append((raised.value.kind, time.monotonic()))

        thread = threading.Thread(target=run)
        thread.start()
        while not server.open_streams:
            time.sleep(0.01)
        time.sleep(0.2)
        at = time.monotonic()
        watch.stop()
        thread.join(5)
        assert ended and ended[0][0] == "stopped" and ended[0][1] - at < 0.3


def test_what_is_written_is_told_on_while_it_comes() -> None:
    watch = Stop()
    with serving(lambda request: ANSWER * 4, delay_s=0.03) as server:
        Connection(server.url, "k", MODEL, limits=Limits()).write([("user", "x")], watch=watch)  # type: ignore[arg-type]
    assert len(watch.seen) >= 2 and all(ANSWER.startswith(text[: len(ANSWER)]) for text in watch.seen)


def test_what_a_reasoning_model_thinks_is_neither_shown_nor_read() -> None:
    watch = Stop()
    with serving(lambda request: f"<think>先想想 {{}} 怎么说</think>{ANSWER}", delay_s=0.05) as server:
        reply = Connection(server.url, "k", MODEL).write([("user", "x")], watch=watch)  # type: ignore[arg-type]
    assert read_json(reply.text, SCHEMA)["word"] and not any("想想" in text for text in watch.seen)


def test_no_thread_is_left_behind() -> None:
    before = threading.active_count()
    for name in ("cut", "slow", "endless"):
        with pytest.raises(ModelFault):
            ask(Fault(name, ANSWER), max_tokens=20)
    time.sleep(0.2)
    assert threading.active_count() <= before + 2
