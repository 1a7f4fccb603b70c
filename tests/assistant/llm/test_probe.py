"""What a server can do is found out with a few tiny questions, in time, and remembered without any secret."""

from __future__ import annotations

import json
import stat
import threading
import time
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from coach.assistant.llm.asking import SEED, public
from coach.assistant.llm.connection import Capabilities, Connection
from coach.assistant.llm.faults import Fault as ModelFault
from coach.assistant.llm.listing import nearest, server
from coach.assistant.llm.memory import FILE, REST, remember, remembered, rest, resting
from coach.assistant.llm.probe import THINKING_TOKENS, TOKENS, is_local, probe
from coach.assistant.llm.structured import read_json, without_thoughts
from tests.assistant.llm.models import Stop
from tests.assistant.llm.server import MODEL, Can, Fault, Json, Script, serving

DAY = date(2026, 11, 24)
MONTHS = Json('{"months": 12}', "A year has twelve months.")


def found_out(script: Script, can: Can | None = None) -> tuple[Capabilities, list[dict[str, Any]]]:
    with serving(script, can=can) as made:
        return probe(Connection(made.url, "sk-secret", MODEL), "sk-secret", DAY), made.requests


def test_the_best_server_is_known_after_two_tiny_questions() -> None:
    found, requests = found_out(lambda request: MONTHS)
    assert replace(found, first_s=None) == Capabilities(context=8192, seen_on="2026-11-24") and found.first_s is not None
    assert len(requests) == 2 and all(r["max_tokens"] <= TOKENS == 40 and r["temperature"] == 0 and r["seed"] == SEED for r in requests)


@pytest.mark.parametrize(
    ("honoured", "best"),
    [
        (("json_schema", "function", "json_mode"), "json_schema"), (("function", "json_mode"), "function"), (("json_mode",), "json_mode"),
        ((), "text"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("says_so", [True, False])
def test_the_best_way_that_is_obeyed(honoured: tuple[str, ...], best: str, says_so: bool) -> None:
    """Ways that the server has not are refused with 400, or taken and passed over."""
    names = {"json_schema": "json_schema", "function": "tools", "json_mode": "json_object"}
    refuses = tuple(name for way, name in names.items() if way not in honoured) if says_so else ()
    found, requests = found_out(lambda request: MONTHS, Can(ways=frozenset(honoured), refuses=refuses))
    assert found.structured == best and len(requests) <= 5


def test_fences_around_the_value_are_no_obedience() -> None:
    fenced = Json('```json\n{"months": 12}\n```', "twelve")
    assert found_out(lambda request: fenced)[0].structured != "json_schema"


@pytest.mark.parametrize(
    ("can", "expected"),
    [
        (Can(usage=False), {"usage": False}), (Can(refuses=("stream_options",)), {"usage": False}),
        (Can(streams=False), {"streaming": False}),
        (Can(refuses=("max_tokens",)), {"length": "max_completion_tokens"}), (Can(refuses=("temperature",)), {"temperature": False}),
        (Can(refuses=("seed",)), {"seed": False}),
        (Can(models=None, context=""), {"context": None}), (Can(context="llama.cpp"), {}), (Can(context="ollama"), {}),
        (Can(context="ollama-show"), {}), (Can(context=""), {"context": None}), (Can(key="sk-secret"), {}),
    ],
)  # fmt: skip
def test_what_it_can_not(can: Can, expected: dict[str, Any]) -> None:
    found, _ = found_out(lambda request: MONTHS, can)
    assert replace(found, first_s=None) == Capabilities(**{"context": 8192, "seen_on": "2026-11-24", **expected})


def test_a_thinking_model_is_given_room_for_its_thoughts() -> None:
    def script(request: dict[str, Any]) -> Any:
        if request["max_tokens"] <= TOKENS:
            return Fault("length", "<think>Let me think about the length of a year")
        return '<think>twelve</think>\n{"months": 12}'

    found, requests = found_out(script)
    assert found.structured == "json_schema" and [r["max_tokens"] for r in requests] == [TOKENS, TOKENS, THINKING_TOKENS]


@pytest.mark.parametrize(
    ("script", "can", "kind"),
    [
        (MONTHS, Can(models=("qwen3-8b", "Test-Model-7B", "glm-4")), "unknown_model"), (MONTHS, Can(key="another"), "unauthorised"),
        (Fault("404"), Can(models=None), "unknown_model"), (Fault("404-path"), Can(models=None), "not_openai"),
        (Fault("html"), None, "not_openai"), (Fault("500"), None, "server_error"), (Fault("429"), None, "rate_limited"),
        ("", None, "empty"), (Fault("refused"), None, "cut|refused"), (Fault("endless"), None, "endless"),
    ],
)  # fmt: skip
def test_a_server_that_cannot_be_used_is_a_fault(script: Any, can: Can | None, kind: str) -> None:
    with pytest.raises(ModelFault) as raised:
        found_out(lambda request: script, can)
    assert raised.value.kind in kind.split("|"), raised.value
    if can and can.models:
        assert raised.value.kind != "unknown_model" or "(Test-Model-7B" in raised.value.line("en")


def test_all_questions_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("coach.assistant.llm.probe.BUDGET_S", 0.6)
    start = time.monotonic()
    with pytest.raises(ModelFault) as raised:
        found_out(lambda request: Fault("slow"))
    assert raised.value.kind == "slow" and time.monotonic() - start < 2
    told = iter([MONTHS, Fault("mute")])
    with pytest.raises(ModelFault) as raised:
        found_out(lambda request: next(told))
    assert raised.value.kind == "slow" and time.monotonic() - start < 4


def test_a_model_no_longer_there_is_told_with_the_names_of_others() -> None:
    with serving(lambda request: Fault("404"), can=Can(models=("test-model-2", "glm-4"))) as made, pytest.raises(ModelFault) as raised:
        Connection(made.url, "k", MODEL).write([("user", "x")])
    assert raised.value.kind == "unknown_model" and "test-model-2" in raised.value.line("zh")


def test_the_list_is_fetched_without_a_proxy_and_with_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with serving(lambda request: "x", can=Can(key="k")) as made:
        assert server(Connection(made.url, "k", MODEL), "k").models == (MODEL,)


def test_nearest_names() -> None:
    models = ("qwen2.5-7b-instruct", "qwen3:8b", "glm-4-9b", "deepseek-v3")
    assert nearest("Qwen3-8B", models).split(", ")[0] == "qwen3:8b"
    assert nearest("zzz", models) == "qwen2.5-7b-instruct, qwen3:8b, glm-4-9b" and nearest("zzz", ()) == ""


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/v1", True), ("http://localhost/v1", True), ("http://10.1.2.3/v1", True), ("http://[::1]:80/v1", True),
        ("http://8.8.8.8/v1", False), ("https://api.openai.com/v1", False), ("", False), ("http://[::1/v1", False),
        ("http://localhost.evil.com/v1", False), ("http://127.0.0.1@evil.com/v1", False), ("http://192.168.1.1.evil.com/", False),
    ],
)  # fmt: skip
def test_local_addresses(url: str, local: bool) -> None:
    assert is_local(url) is local


# what is kept


def test_what_was_found_is_kept_for_a_week_for_its_owner_alone(tmp_path: Path) -> None:
    url, found = "http://127.0.0.1:1/v1", Capabilities(structured="function", context=4096, seen_on=DAY.isoformat())
    remember(tmp_path, url, "a", found)
    remember(tmp_path, url, "b", replace(found, structured="text"))
    assert remembered(tmp_path, url, "a", DAY) == found == remembered(tmp_path, url, "a", DAY + timedelta(days=7))
    assert remembered(tmp_path, url, "a", DAY + timedelta(days=8)) is None
    assert remembered(tmp_path, url, "a", DAY - timedelta(days=1)) is None
    assert remembered(tmp_path, url + "/", "a", DAY) is None and remembered(tmp_path, url, "c", DAY) is None
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600 and [p.name for p in tmp_path.iterdir()] == [FILE]


def test_no_secret_is_kept(tmp_path: Path) -> None:
    url = "https://someone:pass-word@model.bank.example/v1"
    with serving(lambda request: MONTHS) as made:
        remember(tmp_path, made.url, MODEL, probe(Connection(made.url, "sk-secret", MODEL), "sk-secret", DAY))
    remember(tmp_path, url, MODEL, Capabilities(seen_on=DAY.isoformat()))
    kept = (tmp_path / FILE).read_text(encoding="utf-8")
    assert "sk-secret" not in kept and "pass-word" not in kept and "model.bank.example" in kept
    assert remembered(tmp_path, url, MODEL, DAY) and public(url) == "https://model.bank.example/v1"


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", '"x"', '{"a @ u": []}', '{"a @ u": {"structured": "shouted", "seen_on": "2026-11-24"}}', '{"a @ u": {"new": 1}}'],
)
def test_a_damaged_file_is_as_none_and_is_mended(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    assert remembered(tmp_path, "u", "a", DAY) is None
    found = Capabilities(seen_on=DAY.isoformat())
    remember(tmp_path, "u", "a", found)
    assert remembered(tmp_path, "u", "a", DAY) == found and json.loads((tmp_path / FILE).read_text(encoding="utf-8"))


def test_a_folder_that_is_not_there_is_no_failure(tmp_path: Path) -> None:
    remember(tmp_path / "none", "u", "a", Capabilities(seen_on=DAY.isoformat()))
    assert remembered(tmp_path / "none", "u", "a", DAY) is None


def test_a_dead_server_is_left_alone_for_a_few_minutes_and_no_other(tmp_path: Path) -> None:
    url, now = "http://127.0.0.1:1/v1", datetime(2026, 11, 24, 9)
    assert rest(tmp_path, url, "a", ModelFault("refused", "x", cause="dns"), now)
    assert not rest(tmp_path, url, "b", ModelFault("unauthorised", "401"), now), "that is told at once, however often it is asked"
    again = resting(tmp_path, url, "a", now + REST - timedelta(seconds=1))
    assert (
        again is not None
        and (again.kind, again.cause) == ("refused", "dns")
        and "doctor" in again.line("zh")
        and "doctor" in again.line("en")
    )
    assert resting(tmp_path, url, "a", now + REST) is None and resting(tmp_path, url, "a", now - timedelta(seconds=1)) is None
    assert resting(tmp_path, url, "b", now) is None and resting(tmp_path, url + "2", "a", now) is None
    remember(tmp_path, url, "a", Capabilities(seen_on=DAY.isoformat()))
    assert resting(tmp_path, url, "a", now) is None, "it has answered since"


@pytest.mark.parametrize("told", ["3", "{}", '{"at": 5, "kind": "refused", "detail": "", "cause": ""}',
                                  '{"at": "2026-11-24T09:00:00", "kind": "gone", "detail": "", "cause": ""}',
                                  '{"at": "2026-11-24T09:00:00", "kind": "slow", "detail": "", "cause": "moon"}'])  # fmt: skip
def test_a_damaged_rest_is_none(tmp_path: Path, told: str) -> None:
    (tmp_path / FILE).write_text(f'{{"rests: a @ u": {told}}}', encoding="utf-8")
    assert resting(tmp_path, "u", "a", datetime(2026, 11, 24, 9)) is None


@pytest.mark.parametrize("while_listing", [True, False])
def test_a_stop_ends_the_looking_at_once(monkeypatch: pytest.MonkeyPatch, while_listing: bool) -> None:
    released = threading.Event()
    if while_listing:
        monkeypatch.setattr("coach.assistant.llm.probe.server", lambda connection, key: released.wait(5))
    watch = Stop()
    with serving(lambda request: Fault("mute")) as made:
        threading.Timer(0.3, watch.stop).start()
        start = time.monotonic()
        with pytest.raises(ModelFault) as raised:
            probe(Connection(made.url, "k", MODEL), "k", DAY, watch=watch)
        released.set()
        assert raised.value.kind == "stopped" and time.monotonic() - start < 2


# JSON out of a model's words

SCHEMA: dict[str, Any] = {
    "type": "object", "properties": {"points": {"type": "array", "items": {"type": "object", "properties": {"text": {"type": "string"},
    "cites": {"type": "array", "items": {"type": "integer"}}}, "required": ["text", "cites"]}}}, "required": ["points"],
}  # fmt: skip
POINT = {"points": [{"text": "好", "cites": [1]}]}
VALUE = json.dumps(POINT, ensure_ascii=False)


@pytest.mark.parametrize(
    "text",
    [
        VALUE, f"好的：\n```json\n{VALUE}\n```\n以上。", f"```\n{VALUE}", f"这里 {{}} 是 {VALUE} 供参考 {{x}}",
        f"<think>{{}} 想</think>{VALUE}", f"想完了</think>\n{VALUE}", f"<THINKING>a</THINKING>{VALUE}", VALUE.replace("]}", "],}"),
        VALUE.replace("[1]", '["1", "[1]",]')[:-1] + ",}",
        '{"points": [{"text": "好", "cites": [1]}, {"text": 5, "cites": []}], "more": 1}',
    ],
)  # fmt: skip
def test_json_is_found_whatever_stands_around_it(text: str) -> None:
    assert read_json(text, SCHEMA)["points"][0]["text"] == "好" and read_json(text, SCHEMA).keys() == {"points"}


def test_a_line_break_inside_a_text() -> None:
    assert read_json('{"points": [{"text": "一\n二", "cites": [1]}]}', SCHEMA)["points"][0]["text"] == "一\n二"


@pytest.mark.parametrize(
    ("text", "kind"), [("", "empty"), ("<think>a", "empty"), ("好的", "broken"), (VALUE[:-3], "broken"), ("[1]", "broken")]
)
def test_what_is_no_answer(text: str, kind: str) -> None:
    with pytest.raises(ModelFault) as raised:
        read_json(text, SCHEMA)
    assert raised.value.kind == kind


@pytest.mark.parametrize("length", range(1, 30))
def test_no_thought_shows_while_it_is_written(length: int) -> None:
    assert "秘" not in without_thoughts("<think>秘密的想法，还没有写完</think>好的，这里"[:length])
    assert "<" not in without_thoughts("<think>秘密的想法，还没有写完</think>好的，这里"[:length])
