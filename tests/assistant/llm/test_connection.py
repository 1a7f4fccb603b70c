"""The connection: every fault has its kind, comes in time, and leaves nothing behind."""

from __future__ import annotations

import gc
import json
import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from coach.assistant.llm.connection import Capabilities, Connection, Limits
from coach.assistant.llm.errors import of_status
from coach.assistant.llm.faults import Fault as ModelFault
from coach.assistant.llm.reading import goes_in_circles
from coach.assistant.llm.structured import read_json
from tests.assistant.llm.models import Stop
from tests.assistant.llm.server import MODEL, Can, Fault, Json, Said, Tool, serving

STOPPED_IN_S = 0.3
"""About 10 ms on a free machine; the tests share two slow cores with others."""

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


def _until(holds: Callable[[], bool]) -> None:
    """Wait up to five seconds for something that another thread brings about."""
    until = time.monotonic() + 5
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.02)


def connection(url: str, **how: Any) -> Connection:
    return Connection(url, "sk-secret", MODEL, limits=SHORT, **how)


def ask(server_said: Said, **how: Any) -> Any:
    with serving(lambda request: server_said) as server:
        return connection(server.url).write([("user", "你好")], schema=SCHEMA, **how)


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
        ("refused", "refused|cut", 2), ("mute", "slow", 1), ("slow", "slow", 1), ("drip", "cut", 1), ("cut", "cut", 1),
        ("broken", "broken", 1), ("garbled", "broken", 1), ("error-event", "cut", 1), ("429", "rate_limited", 2),
        ("429-wait", "rate_limited", 2), ("429-long", "rate_limited", 1), ("500", "server_error", 2), ("empty", "empty", 1),
        ("no-choices", "empty", 1), ("endless", "endless", 1), ("loop", "endless", 1), ("circle", "endless", 1),
        ("401", "unauthorised", 1), ("404", "unknown_model", 1), ("404-path", "not_openai", 1), ("400-context", "too_long", 1),
        ("html", "not_openai", 1), ("moved", "not_openai", 1), ("length", "endless", 1),
    ],
)  # fmt: skip
def test_every_fault_has_its_kind_and_comes_in_time(name: str, kind: str, tries: int) -> None:
    text = "" if name == "empty" else ANSWER
    with serving(lambda request: Fault(name, text)) as server:
        start = time.monotonic()
        with pytest.raises(ModelFault) as raised:
            reply = connection(server.url).write([("user", "你好")], schema=SCHEMA, max_tokens=2000 if name == "circle" else 60)
            read_json(reply.text, SCHEMA)
        assert time.monotonic() - start < 3.5
        assert raised.value.kind in kind.split("|"), raised.value
        assert len(server.requests) == tries
        for lang in ("zh", "en"):
            line = raised.value.line(lang)
            assert line and "\n" not in line and "sk-secret" not in line and "Traceback" not in line and "Error" not in line


def test_a_closed_port_is_told_in_a_moment() -> None:
    with serving(lambda request: ANSWER) as server:
        url = server.url
    start = time.monotonic()
    with pytest.raises(ModelFault) as raised:
        connection(url).write([("user", "x")])
    assert raised.value.kind == "refused" and time.monotonic() - start < 3


def test_a_passing_fault_is_tried_again() -> None:
    told: list[Said] = [Fault("500"), ANSWER]
    with serving(lambda request: told.pop(0)) as server:
        assert connection(server.url).write([("user", "x")], schema=SCHEMA).retries == 1


def test_another_try_must_begin_soon_and_the_first_fault_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.assistant.llm.connection.RETRYING_S", 0.5)
    told: list[Said] = [Fault("500"), Fault("mute")]
    with serving(lambda request: told.pop(0)) as server:
        start = time.monotonic()
        with pytest.raises(ModelFault) as raised:
            Connection(server.url, "k", MODEL, limits=Limits(first_s=30, backoff_s=0.05)).write([("user", "x")])
    assert raised.value.kind == "server_error" and time.monotonic() - start < 1.2


def test_an_answer_of_which_a_person_saw_a_part_is_not_begun_again() -> None:
    with serving(lambda request: Fault("cut", ANSWER)) as server, pytest.raises(ModelFault) as raised:
        Connection(server.url, "k", MODEL).write([("user", "x")], schema=SCHEMA)
    assert raised.value.begun and len(server.requests) == 1


# what a server does not take is left out


@pytest.mark.parametrize(
    ("refuses", "left"),
    [
        ("stream_options", {"usage": False}), ("max_tokens", {"length": "max_completion_tokens"}), ("temperature", {"temperature": False}),
        ("seed", {"seed": False}),
        ("json_schema", {"structured": "function"}),
    ],
)  # fmt: skip
def test_a_refused_part_is_left_out_and_that_is_learned(refuses: str, left: dict[str, Any]) -> None:
    with serving(lambda request: Json(ANSWER, "no"), can=Can(refuses=(refuses,))) as server:
        made, learned = connection(server.url), []
        made.learned = learned.append
        assert read_json(made.write([("user", "x")], schema=SCHEMA).text, SCHEMA)["word"]
        assert learned == [made.capabilities] == [replace(Capabilities(), **left)]
        assert made.write([("user", "x")], schema=SCHEMA).text
        assert len(server.requests) == 3 and len(learned) == 1, "the second time it is known"


def test_everything_may_be_refused_at_once() -> None:
    refused = ("stream_options", "max_tokens", "seed", "temperature", "json_schema", "tools", "json_object")
    with serving(lambda request: f"好的：\n```json\n{ANSWER}\n```", can=Can(refuses=refused)) as server:
        reply = connection(server.url).write([("user", "x")], schema=SCHEMA, max_tokens=77)
        assert read_json(reply.text, SCHEMA)["word"] and len(server.requests) == 8
        assert server.requests[-1]["max_completion_tokens"] == 77
        assert server.requests[-1].keys() == {"model", "messages", "stream", "max_completion_tokens"}


def test_an_answer_in_one_piece_to_a_request_for_a_stream() -> None:
    with serving(lambda request: ANSWER, can=Can(streams=False)) as server:
        made = connection(server.url)
        assert made.write([("user", "x")], schema=SCHEMA).completion_tokens == 5 and not made.capabilities.streaming


def test_a_function_call_in_one_piece() -> None:
    can = Capabilities(structured="function", streaming=False)
    with serving(lambda request: Tool("word", ANSWER)) as server:
        assert read_json(connection(server.url, capabilities=can).write([("user", "x")], schema=SCHEMA).text, SCHEMA)["word"]


# a stop


def stopped_after(base_url: str, ready: Callable[[], bool], **how: Any) -> tuple[str, float]:
    """The fault's kind, and the seconds between a stop and the end of the request."""
    watch, ended = Stop(), []

    def run() -> None:
        with pytest.raises(ModelFault) as raised:
            Connection(base_url, "k", MODEL, limits=Limits(stall_s=30, connect_s=20), **how).write([("user", "x")], watch=watch)
        ended.append((raised.value.kind, time.monotonic()))

    thread = threading.Thread(target=run)
    thread.start()
    while not ready():
        time.sleep(0.01)
    time.sleep(0.2)
    at = time.monotonic()
    watch.stop()
    thread.join(5)
    return ended[0][0], ended[0][1] - at


@pytest.mark.parametrize("name", ["drip", "mute", "slow", "endless"])
def test_a_stop_ends_it_at_once_and_closes_the_socket(name: str) -> None:
    with serving(lambda request: Fault(name, ANSWER * 3), delay_s=0.05 if name == "endless" else 0) as server:
        kind, after = stopped_after(server.url, lambda: bool(server.requests))
        assert kind == "stopped" and after < STOPPED_IN_S
        if name in ("drip", "endless"):  # the others notice nothing, as they write nothing
            _until(lambda: not server.open_streams)


def test_a_stop_while_waiting_for_another_try() -> None:
    with serving(lambda request: Fault("429-wait")) as server:
        kind, after = stopped_after(server.url, lambda: bool(server.requests))
    assert kind == "stopped" and after < STOPPED_IN_S


def test_a_name_server_that_does_not_answer_holds_up_neither_a_stop_nor_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, free = threading.Event(), threading.Event()

    def silent(*args: Any, **how: Any) -> Any:
        asked.set()
        free.wait(5)
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", silent)
    url = "http://model.branch.example/v1"
    try:
        kind, after = stopped_after(url, asked.is_set)
        assert kind == "stopped" and after < STOPPED_IN_S
        start = time.monotonic()
        with pytest.raises(ModelFault) as raised:
            Connection(url, "k", MODEL, limits=Limits(connect_s=0.3, retries=0)).write([("user", "x")])
        assert raised.value.kind == "refused" and time.monotonic() - start < 1
    finally:
        free.set()


def test_stopped_before_it_began() -> None:
    watch = Stop()
    watch.stop()
    with serving(lambda request: ANSWER) as server, pytest.raises(ModelFault) as raised:
        connection(server.url).write([("user", "x")], watch=watch)
    assert raised.value.kind == "stopped" and not server.requests


def test_nothing_is_left_behind() -> None:
    def open_files() -> int:
        return len(os.listdir("/proc/self/fd"))

    threads, files = threading.active_count(), open_files()
    for name in ("cut", "mute", "drip", "endless", "500"):
        with pytest.raises(ModelFault):
            ask(Fault(name, ANSWER), max_tokens=20)
    _until(lambda: threading.active_count() <= threads)
    gc.collect()
    assert open_files() <= files


# what is shown


def test_what_is_written_is_told_on_while_it_comes() -> None:
    watch = Stop()
    with serving(lambda request: ANSWER * 4, delay_s=0.03) as server:
        Connection(server.url, "k", MODEL, limits=Limits()).write([("user", "x")], watch=watch)
    assert len(watch.seen) >= 2 and all((ANSWER * 4).startswith(text) for text in watch.seen)


def test_what_a_reasoning_model_thinks_is_neither_shown_nor_read() -> None:
    watch = Stop()
    with serving(lambda request: f"<think>先想想 {{}} 怎么说</think>{ANSWER}", delay_s=0.05) as server:
        reply = Connection(server.url, "k", MODEL).write([("user", "x")], watch=watch)
    assert read_json(reply.text, SCHEMA)["word"] and not any("想想" in text or "<" in text for text in watch.seen)


@pytest.mark.parametrize(
    ("text", "circles"),
    [
        ("您好，这边给您说一声。" * 9, True), ("好" * 50, True), ('{"a": 1' + "\n" * 210, True), ('{"a": 1' + " " * 40 + "}", False),
        ("您好，这边给您说一声。" * 3, False), ('"cites": [1], "cites": [2], "cites": [3]', False),
        ("".join(f"第{n}条，定期到期可以再存。" for n in range(30)), False),
    ],
)  # fmt: skip
def test_going_in_circles(text: str, circles: bool) -> None:
    assert goes_in_circles(text) is circles


# where it goes, and where it never goes


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("http://no-such-host.invalid/v1", "OPENAI_BASE_URL"), ("127.0.0.1:8089/v1", "http://"), ("http://[::1/v1", "OPENAI_BASE_URL"),
        ("ftp://127.0.0.1/v1", "http://"),
    ],
)  # fmt: skip
def test_a_wrong_address_is_one_clear_line(url: str, word: str) -> None:
    with pytest.raises(ModelFault) as raised:
        Connection(url, "sk-secret", MODEL, limits=replace(SHORT, retries=0)).write([("user", "x")])
    for lang in ("zh", "en"):
        assert word in raised.value.line(lang) and "\n" not in raised.value.line(lang)


def test_https_asked_of_a_server_without_it() -> None:
    with serving(lambda request: ANSWER) as server, pytest.raises(ModelFault) as raised:
        connection(server.url.replace("http:", "https:")).write([("user", "x")])
    assert raised.value.cause == "tls" and "http://" in raised.value.line("zh") and not server.requests


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense"])
def test_this_machine_is_never_asked_through_a_proxy(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy", "OPENAI_PROXY"):
        monkeypatch.setenv(name, proxy)
    with serving(lambda request: ANSWER) as server:
        assert connection(server.url).write([("user", "x")]).text == ANSWER


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:9", "socks5://127.0.0.1:9", "nonsense://x"])
def test_a_dead_proxy_before_another_machine_is_a_fault(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, proxy)
    with pytest.raises(ModelFault):
        Connection("http://192.0.2.1/v1", "k", MODEL, limits=replace(SHORT, retries=0)).write([("user", "x")])


def test_prompts_go_to_the_model_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda request: ANSWER) as server, serving(lambda request: ANSWER) as other:
        for name in ("LANGSMITH_TRACING", "LANGCHAIN_TRACING_V2", "LANGSMITH_GATEWAY"):
            monkeypatch.setenv(name, "true")
        for name in ("LANGSMITH_ENDPOINT", "LANGCHAIN_ENDPOINT", "LANGSMITH_GATEWAY_URL", "OPENAI_BASE_URL", "OPENAI_API_BASE"):
            monkeypatch.setenv(name, other.url)
        for name in ("LANGSMITH_API_KEY", "LANGSMITH_GATEWAY_API_KEY"):
            monkeypatch.setenv(name, "k")
        monkeypatch.setattr("tiktoken.get_encoding", lambda name: pytest.fail("a tokeniser is asked for"))
        monkeypatch.setattr("tiktoken.encoding_for_model", lambda name: pytest.fail("a tokeniser is asked for"))
        connection(server.url).write([("user", "秘密")], schema=SCHEMA)
        time.sleep(0.5)  # a tracer would send from a thread of its own
        assert len(server.requests) == 1 and not other.received


def test_a_key_in_the_servers_own_words_is_not_told_on() -> None:
    for key, said in (("abcdef-123", "bad token abcdef-123 in request"), ("x", "Incorrect API key provided: sk-abc123")):
        fault = of_status(400, json.dumps({"error": {"message": said}}), {}, key=key)
        assert "abcdef" not in fault.line("zh") + str(fault) and "sk-abc" not in fault.line("zh") + str(fault)
    fault = of_status(422, '{"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]}', {})
    assert fault.parts[0] == "usage" and fault.kind == "broken"
    assert of_status(400, '{"error": {"code": 400, "type": "exceed_context_size_error", "message": "too big"}}', {}).kind == "too_long"
    assert of_status(407, "", {}).cause == "proxy" and of_status(502, "<html>", {}).kind == "server_error"
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=90))
    assert 80 < (of_status(429, "", {"retry-after": later}).wait_s or 0) < 91


def test_the_overhead_of_a_request_is_small() -> None:
    with serving(lambda request: "好") as server:
        made, times = connection(server.url), []
        for _ in range(5):
            start = time.perf_counter()
            made.write([("user", "x")])
            times.append(time.perf_counter() - start)
    assert sorted(times)[2] < 0.25
