"""Scripted models for practice: what a client's voice and a judge may be like."""

from __future__ import annotations

import json
import re
from typing import Any

from tests.assistant.llm.models import last
from tests.assistant.llm.server import Fault, Said, Script

_MEANT = re.compile(r"(?:【要说的】|\[to say\] )(.*)\Z", re.DOTALL)
_WORDS = re.compile(r"[^，。、？！,.?!\[\]…]{2,}|\S+")
_LINE = re.compile(r"^#(\d+) (?:员工：|staff: )(.+)$", re.MULTILINE)

NINE = ("refused", "slow", "cut", "broken", "garbled", "429", "500", "empty", "endless")
"""The faults that a talk is tried with; the connection itself is tried with all of them in tests/assistant/llm."""


def meant(request: dict[str, Any]) -> str:
    """What the client is to say, as the prompt tells it."""
    found = _MEANT.search(last(request))
    assert found, "the prompt ends with what is meant"
    return found[1].strip()


def reply(text: str) -> str:
    return json.dumps({"reply": text}, ensure_ascii=False)


def is_score(request: dict[str, Any]) -> bool:
    return '"criteria"' in request["messages"][0]["content"]


def faithful(request: dict[str, Any]) -> Said:
    """Says what is meant, in words a little its own; judges kindly and quotes rightly."""
    if is_score(request):
        return judged(request)
    text = meant(request)
    return reply(f"嗯，{text}" if re.search(r"[\u4e00-\u9fff]", text) else f"Well, {text}")


def saying(*texts: str) -> Script:
    """Says these, one after the other, the last for ever, whatever is meant."""
    left = list(texts)

    def script(request: dict[str, Any]) -> Said:
        return reply(left.pop(0) if len(left) > 1 else left[0])

    return script


def failing(fault: str, *, on: int) -> Script:
    """Faithful but for the request with this number (from 1 on)."""
    seen = 0

    def script(request: dict[str, Any]) -> Said:
        nonlocal seen
        seen += 1
        said = faithful(request)
        return said if seen != on else Fault(fault, "" if fault == "empty" else str(said))

    return script


def staff_lines(request: dict[str, Any]) -> list[tuple[int, str]]:
    """Number and words of the staff's turns in a prompt for scoring."""
    return [(int(number), text) for number, text in _LINE.findall(last(request))]


NAMES = ("opening", "reason", "needs", "listening", "value_first", "suitability", "objection", "compliance", "next_step", "tone")
ADVICE = {"zh": "这里做得不错，下次先听客户把话说完。", "en": "Well done here; next time let the client finish first."}


def judged(request: dict[str, Any], **change: dict[str, Any]) -> str:
    """A judgement of all criteria; ``change``: what differs of a criterion, or of all (``every``)."""
    lines = staff_lines(request)
    zh = bool(re.search(r"[\u4e00-\u9fff]", request["messages"][0]["content"]))
    criteria = []
    for at, name in enumerate(NAMES):
        number, text = lines[at % len(lines)]
        item = {
            "id": name,
            "share": round(0.5 + at / 20, 2),
            "quotes": [{"turn": number, "quote": _WORDS.search(text)[0]}],
            "advice": ADVICE["zh" if zh else "en"],
        }
        criteria.append({**item, **change.get("every", {}), **change.get(name, {})})
    return json.dumps({"criteria": criteria}, ensure_ascii=False)
