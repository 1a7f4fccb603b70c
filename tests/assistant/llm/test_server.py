"""The test server is true to the protocol: seen with the plain ``openai`` client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import openai
import pytest

from tests.assistant.llm.server import MODEL, Can, Fault, Json, ModelServer, Said, Tool, serving

ASKED: Any = [{"role": "user", "content": "你好 hello"}]
TOOLS: Any = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object", "properties": {}}}}]


@contextmanager
def client_of(said: Said, **how: Any) -> Iterator[tuple[openai.OpenAI, ModelServer]]:
    with serving(lambda request: said, **how) as server, openai.OpenAI(base_url=server.url, api_key="sk-x", max_retries=0) as client:
        yield client, server


def streamed(client: openai.OpenAI, **how: Any) -> list[Any]:
    return list(client.chat.completions.create(model=MODEL, messages=ASKED, stream=True, **how))


def test_models_whole_answers_and_streams() -> None:
    with client_of("你好，世界") as (client, server):
        assert [m.id for m in client.models.list()] == [MODEL]
        whole = client.chat.completions.create(model=MODEL, messages=ASKED)
        assert whole.choices[0].message.content == "你好，世界" and whole.usage and whole.usage.total_tokens == 15
        chunks = streamed(client)
        assert chunks[0].choices[0].delta.role == "assistant" and chunks[-1].choices[0].finish_reason == "stop"
        assert "".join(c.choices[0].delta.content or "" for c in chunks) == "你好，世界"
        assert all(c.usage is None for c in chunks), "not asked for"
        usage = streamed(client, stream_options={"include_usage": True})[-1].usage
        assert usage.completion_tokens == 20 and usage.total_tokens == usage.prompt_tokens + 20
        assert server.open_streams == 0


def test_every_byte_is_kept() -> None:
    with client_of("x") as (client, server):
        client.models.list()
        client.chat.completions.create(model=MODEL, messages=ASKED)
        got = server.received
    assert got[0].startswith(b"GET /v1/models HTTP/1.1\r\n") and b"Bearer sk-x" in got[0]
    head, body = got[1].split(b"\r\n\r\n", 1)
    assert head.startswith(b"POST /v1/chat/completions") and json.loads(body)["messages"][0]["content"] == "你好 hello"


def test_tool_calls_come_whole_and_in_pieces() -> None:
    arguments = '{"word": "一二三四五六七八九十"}'
    with client_of(Tool("look", arguments)) as (client, _):
        whole = client.chat.completions.create(model=MODEL, messages=ASKED, tools=TOOLS)
        assert whole.choices[0].message.tool_calls[0].function.arguments == arguments  # type: ignore[index, union-attr]
        assert whole.choices[0].finish_reason == "tool_calls"
        pieces = [c.choices[0].delta.tool_calls[0] for c in streamed(client, tools=TOOLS) if c.choices[0].delta.tool_calls]
    assert pieces[0].function.name == "look" and len(pieces) > 2 and {p.index for p in pieces} == {0}
    assert "".join(p.function.arguments for p in pieces) == arguments


@pytest.mark.parametrize("ways", [frozenset({"json_schema"}), frozenset({"json_mode"}), frozenset({"function"}), frozenset()])
def test_a_form_is_honoured_only_where_it_can_be(ways: frozenset[str]) -> None:
    schema = {"type": "json_schema", "json_schema": {"name": "a", "schema": {"type": "object"}}}
    with client_of(Json('{"a": 1}', "one"), can=Can(ways=ways)) as (client, _):
        forms: dict[str, dict[str, Any]] = {
            "json_schema": {"response_format": schema}, "json_mode": {"response_format": {"type": "json_object"}},
            "function": {"tools": TOOLS},
        }  # fmt: skip
        for way, form in forms.items():
            message = client.chat.completions.create(model=MODEL, messages=ASKED, **form).choices[0].message
            told = message.tool_calls[0].function.arguments if message.tool_calls else message.content  # type: ignore[union-attr]
            assert told == ('{"a": 1}' if way in ways else "one")


@pytest.mark.parametrize(
    ("can", "how", "error"),
    [
        (Can(refuses=("stream_options",)), {"stream": True, "stream_options": {"include_usage": True}}, openai.BadRequestError),
        (Can(refuses=("json_object",)), {"response_format": {"type": "json_object"}}, openai.BadRequestError),
        (Can(refuses=("max_tokens",)), {"max_tokens": 5}, openai.BadRequestError),
        (Can(key="another"), {}, openai.AuthenticationError),
    ],
)
def test_what_it_does_not_take_it_refuses(can: Can, how: dict[str, Any], error: type[Exception]) -> None:
    with client_of("x", can=can) as (client, _), pytest.raises(error):
        client.chat.completions.create(model=MODEL, messages=ASKED, **how)


SLOW = openai.APITimeoutError
ERRORS: dict[str, Any] = {
    "refused": openai.APIConnectionError, "mute": SLOW, "slow": SLOW, "drip": SLOW, "error-event": openai.APIError,
    "429": openai.RateLimitError, "429-wait": openai.RateLimitError, "429-long": openai.RateLimitError,
    "500": openai.InternalServerError, "401": openai.AuthenticationError, "404": openai.NotFoundError, "404-path": openai.NotFoundError,
    "400-context": openai.BadRequestError, "garbled": json.JSONDecodeError, "cut": openai.APIConnectionError,
}  # fmt: skip


@pytest.mark.parametrize("name", sorted(ERRORS))
def test_faults_are_what_the_client_knows_as_such(name: str) -> None:
    with client_of(Fault(name, "一段话，说到一半就停")) as (client, _), pytest.raises(ERRORS[name]):
        streamed(client, timeout=0.4)


def test_a_broken_answer_is_a_good_stream() -> None:
    with client_of(Fault("broken", '{"a": "bcdefgh"}')) as (client, _):
        chunks = streamed(client)
        assert chunks[-1].choices[0].finish_reason == "stop"
        with pytest.raises(json.JSONDecodeError):
            json.loads("".join(c.choices[0].delta.content or "" for c in chunks))


def test_a_server_without_streams_answers_as_a_whole() -> None:
    with client_of("x", can=Can(streams=False)) as (client, _):
        raw = client.chat.completions.with_raw_response.create(model=MODEL, messages=ASKED, stream=True)
        assert raw.headers["content-type"] == "application/json"
