"""Scripted models for the tests: one that writes well, one that obeys whatever it is told, one that fails."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from tests.assistant.llm.server import Fault, Said, Script


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


_NUMBERED = re.compile(r"^\[(\d+)\] (.+)$", re.MULTILINE)


def last(request: dict[str, Any]) -> str:
    """The last thing that the model was told."""
    return str(request["messages"][-1]["content"])


def asked(request: dict[str, Any]) -> str:
    """The first thing that it was asked."""
    return str(next(m["content"] for m in request["messages"] if m["role"] == "user"))


def is_probe(request: dict[str, Any]) -> bool:
    return "How many months" in asked(request)


def is_chat(request: dict[str, Any]) -> bool:
    return '"answer"' in request["messages"][0]["content"]


def is_rewrite(request: dict[str, Any]) -> bool:
    return '"points"' not in request["messages"][0]["content"] and not is_chat(request)


def passages(request: dict[str, Any]) -> list[tuple[int, str]]:
    """The numbered passages and records of the prompt."""
    return [(int(n), text) for n, text in _NUMBERED.findall(asked(request))]


def suggestion(points: list[Any] = [], care: list[Any] = [], message: str = "") -> str:  # noqa: B006
    def cited(items: list[Any]) -> list[dict[str, Any]]:
        return [{"text": text, "cites": cites} for text, cites in items]

    return json.dumps({"points": cited(points), "care": cited(care), "message": message}, ensure_ascii=False)


def answer(sentences: list[Any], tool: dict[str, Any] | None = None) -> str:
    return json.dumps({"answer": [{"text": text, "cites": cites} for text, cites in sentences], "tool": tool}, ensure_ascii=False)


def probing(script: Script) -> Script:
    """Answers what the probe asks; leaves the rest to the script."""
    return lambda request: '{"months": 12}' if is_probe(request) else script(request)


@probing
def good(request: dict[str, Any]) -> Said:
    """Says what the passages say and cites them rightly."""
    found = passages(request)
    if is_chat(request):
        return answer([(text, [n]) for n, text in found[:2]])
    if is_rewrite(request):
        return json.dumps({"message": last(request).split("\n")[1].split("。")[0] + "。"}, ensure_ascii=False)
    span = re.findall(r"care.*?\[(\d+)\](?:–\[(\d+)\])?", last(request))
    care = [int(n) for n in span[0] if n] if span else []
    wanted = re.search(r"message.*?\[(\d+)\]", last(request))
    sample = dict(found)[int(wanted[1])] if wanted else ""
    return suggestion([(text, [n]) for n, text in found[:3]], [(text, [n]) for n, text in found if n in care][:1], sample)


def failing(fault: str, *, after: int = 0) -> Callable[[dict[str, Any]], Said]:
    """Good for ``after`` requests, then the fault for ever; the probe is answered."""
    seen = 0

    def script(request: dict[str, Any]) -> Said:
        nonlocal seen
        seen += 1
        if seen <= after:
            return good(request)
        said = good(request)
        if fault == "wrong-ids":
            return re.sub(r'"cites": \[\d+\]', '"cites": [97]', str(said))
        return Fault(fault, "" if fault == "empty" else str(said))

    return probing(script)
