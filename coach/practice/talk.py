"""A talk between a trainee and a client, and the two forms in which one comes as a file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from coach.domain.words import Lang

Who = Literal["client", "staff"]
LONGEST = 4000
"""So many characters of one turn are read; what is longer is cut for scoring and says so in the reply."""

_SPEAKER = re.compile(
    r"^\s*(?:(?P<staff>员工|客户经理|理财经理|staff|manager|me)|(?P<client>客户|client|customer))\s*[:：]\s*(?P<text>.*)$", re.IGNORECASE
)
_HAN = re.compile(r"[\u4e00-\u9fff]")


class TalkError(ValueError):
    """A transcript that cannot be read: what is wrong and where, in both languages."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said. Turns are numbered from 1 over the whole talk."""

    who: Who
    text: str


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole talk."""

    turns: tuple[Turn, ...]
    scenario: str | None = None
    """The scenario's id, where the file names it."""
    lang: Lang = "zh"
    hints: int = 0
    """Times that the trainee asked for a hint."""


def language_of(texts: Iterable[str]) -> Lang:
    """Chinese where Han letters make up a tenth or more of what is said."""
    said = "".join(texts)
    return "zh" if len(_HAN.findall(said)) * 10 >= len(said) else "en"


def parse(text: str) -> Transcript:
    """A transcript from JSON or from lines ``员工：`` / ``客户：``. Raises :class:`TalkError`."""
    if text.lstrip("\ufeff \t\r\n").startswith(("{", "[")):
        return _from_json(text.lstrip("\ufeff"))
    return _from_lines(text.lstrip("\ufeff"))


def _from_json(text: str) -> Transcript:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        at = error.lineno
        raise TalkError(f"第 {at} 行不是合法的 JSON：{error.msg}", f"line {at} is not valid JSON: {error.msg}") from None
    if isinstance(data, list):
        data = {"turns": data}
    turns = []
    for number, item in enumerate(data.get("turns") or (), 1):
        if not isinstance(item, dict) or item.get("who") not in ("client", "staff") or not isinstance(item.get("text"), str):
            form = '{"who": "client" | "staff", "text": "…"}'
            raise TalkError(f"第 {number} 句要写成 {form}", f"turn {number} must be {form}")
        turns.append(Turn(item["who"], item["text"]))
    lang, hints = data.get("lang"), data.get("hints", 0)
    return _made(turns, data.get("scenario"), lang, hints if isinstance(hints, int) else 0)


def _from_lines(text: str) -> Transcript:
    turns: list[Turn] = []
    for number, line in enumerate(text.splitlines(), 1):
        if said := _SPEAKER.match(line):
            turns.append(Turn("staff" if said["staff"] else "client", said["text"].strip()))
        elif line.strip():
            if not turns:
                zh, en = f"第 {number} 行没有以「员工：」或「客户：」开头", f"line {number} does not begin with “staff:” or “client:”"
                raise TalkError(zh, en)
            turns[-1] = Turn(turns[-1].who, f"{turns[-1].text}\n{line.strip()}".strip())
    return _made(turns, None, None, 0)


def _made(turns: list[Turn], scenario: Any, lang: Any, hints: int) -> Transcript:
    if not any(turn.who == "staff" and turn.text.strip() for turn in turns):
        zh, en = "里面没有员工说的话；每句以「员工：」或「客户：」开头", "no staff turn in it; begin each line with “staff:” or “client:”"
        raise TalkError(zh, en)
    found: Lang = lang if lang in ("zh", "en") else language_of(turn.text for turn in turns)
    return Transcript(tuple(turns), str(scenario) if scenario else None, found, max(hints, 0))
