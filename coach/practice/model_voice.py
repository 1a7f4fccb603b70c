"""The client's voice by a language model: it says in its own words what the offline client means now.

What the client feels, tells and decides stays with :class:`~coach.practice.partner.Partner`; the model is told nothing that
the client has not told, so it has no secret to give away. One request a turn; what fails it, or the checks of
:mod:`coach.practice.model_checks`, leaves the offline client's words, with one line saying why.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from coach.assistant.engine import Watch
from coach.assistant.llm.faults import Fault, FaultKind
from coach.assistant.llm.prompts import Message, prompt
from coach.assistant.llm.writer import Writer
from coach.assistant.masking import Mask
from coach.domain.words import Channel, Lang, label, pick
from coach.practice.model_checks import flaw, spoken
from coach.practice.partner import Answered, Partner
from coach.practice.scenario import Temper
from coach.practice.talk import Turn

PURPOSE = "practice"
TURNS = 6
"""Turns of the talk that the model is given."""
TURN_LETTERS = 240
"""So much of one turn: a speech of ten thousand letters is not sent."""
MAX_TOKENS = {"zh": 200, "en": 160}
REST_S = 60.0
"""So long the model is not asked where it would only fail again."""
_REST_AT_ONCE: frozenset[FaultKind] = frozenset({"slow", "unauthorised", "unknown_model", "not_openai"})
_FAULTS_TO_REST = 2
SCHEMA: dict[str, Any] = {
    "title": "turn",
    "type": "object",
    "properties": {"reply": {"type": "string"}},
    "required": ["reply"],
    "additionalProperties": False,
}
_MANNER: dict[Temper, tuple[str, str]] = {
    "brisk": ("说话干脆，句子短，不爱绕弯", "brisk: short sentences, no beating about the bush"),
    "warm": ("说话和气，爱聊两句", "warm: friendly, likes a chat"),
    "wary": ("说话谨慎，话少，先防着三分", "wary: says little, on guard at first"),
    "elderly": ("上了年纪，说话慢，家常口气", "elderly: slow, homely, plain words"),
}
_MOOD = {"cold": ("冷淡，还不信任对方", "cold, does not trust the other yet"), "open": ("放松，愿意谈", "at ease, willing to talk")}
_MARKS = re.compile(r"[【】\[\]]+")


class Quiet:
    """A watch that can stop the request and is shown nothing of it: no word is heard before it was checked."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch

    def wrote(self, text: str) -> None:
        """Nothing is handed on."""

    @property
    def stopped(self) -> bool:
        return self._watch.stopped

    def on_stop(self, call: Callable[[], None]) -> None:
        self._watch.on_stop(call)


class ModelVoice:
    """A :class:`~coach.practice.session.Voice`. ``mask`` hides who a client of the branch is; one voice serves one talk."""

    def __init__(self, writer: Writer, mask: Mask, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.name = f"llm:{writer.model}"
        self._writer, self._mask, self._clock = writer, mask, clock
        self._faults, self._rests_until, self._why = 0, 0.0, ""

    def reply(self, partner: Partner, turns: tuple[Turn, ...], meant: Answered, watch: Watch | None) -> tuple[str, str | None]:
        """The words to say, and why they are the offline client's (``None``: nothing went wrong). Last words are always the scenario's."""
        lang = partner.lang
        if meant.ended is not None:
            return meant.text, None
        if self._clock() < self._rests_until:
            return meant.text, self._why
        try:
            made = self._writer.write(
                PURPOSE, prompt("practice", lang).version, self.messages(partner, turns, meant), SCHEMA, lang=lang,
                max_tokens=MAX_TOKENS[lang], watch=Quiet(watch) if watch else None,
            )  # fmt: skip
        except Fault as fault:
            return meant.text, self._failed(fault, lang)
        self._faults = 0
        text = spoken(self._mask.show(made.value["reply"]))
        why = flaw(text, partner, turns, meant)
        self._writer.note(made, int(why is not None))
        return (text, None) if why is None else (meant.text, why)

    def messages(self, partner: Partner, turns: tuple[Turn, ...], meant: Answered) -> list[Message]:
        """What is sent: the same for all talks, then for this talk, then for this turn. Of facts only those that the client has told."""
        lang, words, state = partner.lang, partner.words, partner.state
        now = partner.reader.client(meant.text).told
        told = [words.facts[name].tells[0] for name in state.told if name not in now]
        parts = {
            "who": _who(partner), "situation": words.situation, "told": " ".join(told) or "-",
            "turns": "\n".join(said(turn, lang) for turn in turns[-TURNS:]) or "-", "mood": pick(lang, *_MOOD[meant.mood]),
            "meant": meant.text,
        }  # fmt: skip
        return prompt("practice", lang).messages({name: self._mask.hide(text) for name, text in parts.items()})

    def _failed(self, fault: Fault, lang: Lang) -> str:
        """One line of a fault. Where the next request would fail too, the model is left alone for a while."""
        line = fault.line(lang)
        if fault.kind == "stopped":
            return line
        self._faults += 1
        if self._faults < _FAULTS_TO_REST and fault.kind not in _REST_AT_ONCE:
            return line
        self._rests_until, self._faults = self._clock() + REST_S, 0
        self._why = pick(lang, f"{line}；一分钟内先不用模型", f"{line}; the model is left alone for a minute")
        return self._why


def said(turn: Turn, lang: Lang, *, most: int = TURN_LETTERS) -> str:
    """A turn as a line of the prompt: its own line breaks and the prompt's marks taken out, so that it stays one person's words."""
    who = pick(lang, "客户：", "client: ") if turn.who == "client" else pick(lang, "员工：", "staff: ")
    text = re.sub(r"\s+", " ", _MARKS.sub(" ", turn.text)).strip()
    return who + (text if len(text) <= most else text[:most] + "…")


def _who(partner: Partner) -> str:
    """Who the client is, as anybody could tell."""
    lang, scenario, sheet = partner.lang, partner.scenario, partner.scenario.client
    gender = pick(lang, "女" if sheet.gender == "f" else "男", "woman" if sheet.gender == "f" else "man")
    channel, stage, manner = label(Channel(scenario.channel), lang), label(sheet.stage, lang), pick(lang, *_MANNER[scenario.temper])
    return pick(
        lang,
        f"{partner.words.call_name}，{gender}，{sheet.age} 岁；与员工的关系：{stage}；{manner}；这次是{channel}。",
        f"{partner.words.call_name}, {gender}, {sheet.age}; relationship with the staff: {stage}; {manner}; this is a {channel.lower()}.",
    )
