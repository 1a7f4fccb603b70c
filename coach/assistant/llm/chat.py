"""Questions answered by the model from numbered passages and records, with what was said before in mind.

The model may look further (the playbook, the client's records), draft a message or propose a task. Looking
is done at once; a draft and a task come back as offers, and nothing happens before a person takes them up.
Tools are asked for inside the same JSON as the answer, so that every server can, whatever it knows of tools.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from coach.assistant import ask as offline
from coach.assistant import guard
from coach.assistant.courtesies import all_courtesies
from coach.assistant.engine import REMEMBERED, Answer, Case, Exchange, House, Offered, Retriever, Sentence, Watch
from coach.assistant.grounding import pieces
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.prompts import Message, prompt
from coach.assistant.llm.streamed import Shown
from coach.assistant.llm.writer import CITED, Writer, id_of
from coach.assistant.masking import Mask, MaskOf
from coach.assistant.records import Record, dealings, records_of
from coach.assistant.verify import Flaw, Supports, Verifier, clean, reasons
from coach.domain.compliance import Caution
from coach.domain.format import day
from coach.domain.suggestion import Citation
from coach.domain.words import Channel, Lang, pick
from coach.playbook.retrieve import is_answerable

PASSAGES, RECORDS = 4, 6
"""So many of each are given at first; a tool adds as many again."""
LOOKS = 2
"""Times that the model may look further before it must answer."""
MAX_TOKENS = {"zh": 320, "en": 400}
TASK_DAYS = 60
"""A task is proposed at most so far ahead."""

SCHEMA: dict[str, Any] = {
    "title": "answer",
    "type": "object",
    "properties": {
        "answer": {
            "type": "array",
            "maxItems": 6,
            "items": CITED,
        },
        "tool": {
            "anyOf": [
                {"type": "null"},
                {
                    "type": "object",
                    "properties": {
                        "name": {"type": "string", "enum": ["playbook", "records", "message", "task"]},
                        "input": {"type": "string"},
                        "channel": {"type": "string", "enum": list(Channel)},
                        "when": {"type": "string"},
                    },
                    "required": ["name", "input"],
                    "additionalProperties": False,
                },
            ]
        },
    },
    "required": ["answer", "tool"],
    "additionalProperties": False,
}


@dataclass(slots=True)
class _Given:
    """What may be cited, in the order of its numbers."""

    items: list[Citation] = field(default_factory=list)

    def add(self, found: Sequence[Citation]) -> int:
        known = {c.id for c in self.items}
        new = [c for c in found if c.id not in known]
        self.items += new
        return len(new)

    def lines(self, *, records: bool) -> str:
        told = [f"[{n}] {c.quote}" for n, c in enumerate(self.items, 1) if (c.topic == "record") == records]
        return "\n".join(told) or "-"

    @property
    def ids(self) -> list[str]:
        return [c.id for c in self.items]


class Chat:
    """Answers one question after another; the memory is handed in, nothing is kept here."""

    def __init__(self, writer: Writer, retriever: Retriever, support: Supports, mask_of: MaskOf, house: House) -> None:
        self.writer, self.retriever, self.support, self.mask_of, self.house = writer, retriever, support, mask_of, house
        self.name = f"llm:{writer.model}"

    def ask(
        self, question: str, case: Case | None, *, today: date, lang: Lang, before: Sequence[Exchange] = (), watch: Watch | None = None
    ) -> Answer:
        """The answer in verified sentences; where the model fails, the offline one with ``fallback`` saying why.

        What neither the playbook nor the records speak of is said to be not there, and no model is asked.
        """
        return _Talk(self, question.strip(), case, today, lang, tuple(before)[-REMEMBERED:], watch).answer()


class _Talk:
    """One question being answered."""

    def __init__(
        self, chat: Chat, question: str, case: Case | None, today: date, lang: Lang, before: Sequence[Exchange], watch: Watch | None
    ) -> None:
        self.chat, self.question, self.case, self.today, self.lang, self.before = chat, question, case, today, lang, before
        self.mask: Mask = chat.mask_of(case.client if case else None, lang)
        self.shown = Shown(watch, self.mask, lang) if watch else None
        self.given = _Given()
        self.offered: list[Offered] = []

    def answer(self) -> Answer:
        if not self._look(self.question, first=True):
            return self._offline(None)
        try:
            kept, flaws, raw = self._rounds()
            if not kept and flaws:
                kept = self._mended(flaws, raw)
        except Fault as fault:
            return self._offline(fault.line(self.lang))
        if not kept and not self.offered:
            zh, en = "模型的回答没有一句通过核对", "no sentence of the model's answer passed the checks"
            return self._offline(pick(self.lang, zh, en))
        used = {c for s in kept for c in s.cites}
        return Answer(tuple(kept), tuple(c for c in self.given.items if c.id in used), True, self.chat.name, None, tuple(self.offered))

    # looking things up

    def _look(self, words: str, *, first: bool = False, playbook: bool = True, records: bool = True) -> int:
        """Find what may be cited; a question that follows another is looked for beside the one before."""
        added = 0
        if playbook:
            asked = [words]
            if first and self.before:
                asked.append(f"{self.before[-1].question} {words}")
            for query in asked:
                hits = self.chat.retriever.search(query, lang=self.lang, k=PASSAGES)
                if not first or is_answerable(query, hits, self.lang):
                    added += self.given.add([Citation(h.id, h.topic, h.title, h.text) for h in hits[:PASSAGES]])
        if records and self.case is not None:
            added += self.given.add([Citation(r.id, "record", r.title, r.text) for r in self._records(words)])
        return added

    def _records(self, words: str) -> list[Record]:
        """The client's records nearest to the words; the overview always."""
        assert self.case is not None
        wanted = pieces(words)
        every = records_of(self.case.client, self.case.today, self.lang)
        scored = sorted(every, key=lambda r: -len(wanted & (pieces(r.text) | pieces(r.keys))))
        hit = [r for r in scored[:RECORDS] if wanted & (pieces(r.text) | pieces(r.keys))]
        return hit or (every[:1] if self.given.items else [])

    # asking

    def _rounds(self) -> tuple[list[Sentence], list[Flaw], str]:
        raw = ""
        for look in range(LOOKS + 1):
            made = self.chat.writer.write(
                "chat", prompt("chat", self.lang).version, self._messages(), SCHEMA, lang=self.lang, max_tokens=MAX_TOKENS[self.lang],
                watch=self.shown,
            )  # fmt: skip
            raw = made.raw
            kept, flaws = self._judged(made.value)
            tool = made.value.get("tool") or {}
            if tool.get("name") in ("message", "task"):
                flaws += self._offer(tool)
            self.chat.writer.note(made, len(flaws))
            if kept or look == LOOKS or not self._looked(tool):
                break
        return kept, flaws, raw

    def _messages(self) -> list[Message]:
        parts = {
            "passages": self.given.lines(records=False),
            "records": self.given.lines(records=True),
            "before": "\n".join(f"{e.question}\n{e.answer[:200]}" for e in self.before) or "-",
            "today": day(self.today, self.lang),
            "question": self.question,
        }
        return prompt("chat", self.lang).messages({name: self.mask.hide(text) for name, text in parts.items()})

    def _looked(self, tool: dict[str, Any]) -> bool:
        """Do what the model wants to look up; whether that brought anything new."""
        words, name = self.mask.show(str(tool.get("input", ""))), tool.get("name")
        if not words.strip() or name not in ("playbook", "records"):
            return False
        return self._look(words, playbook=name == "playbook", records=name == "records") > 0

    def _mended(self, flaws: list[Flaw], raw: str) -> list[Sentence]:
        """Sent back once, with the reasons."""
        words = prompt("chat", self.lang)
        asked = [*self._messages(), ("assistant", raw), words.again(self.mask.hide(reasons(flaws[:6])))]
        made = self.chat.writer.write(
            "repair", words.version, asked, SCHEMA, lang=self.lang, max_tokens=MAX_TOKENS[self.lang], watch=self.shown
        )
        kept, left = self._judged(made.value)
        self.chat.writer.note(made, len(left))
        return kept

    # checking

    def _verifier(self) -> Verifier:
        given = {c.id: f"{c.title}\n{c.quote}" for c in self.given.items}
        return Verifier(
            lang=self.lang,
            today=self.today,
            given=given,
            known=(self.question, day(self.today, self.lang)),
            support=self.chat.support,
            rules=self._rules(),
            courtesies=all_courtesies(self.lang),
            values=self.case.facts(None).telling if self.case else (),
            quoted=[c.quote for c in self._own()],
            told=(self.question, *(dealings(self.case.client, self.case.today, self.lang) if self.case else ())),
        )

    def _own(self) -> list[Citation]:
        """The playbook's passages among what was given; a branch's documents are none."""
        return [c for c in self.given.items if (c.id, self.lang) in self.chat.house.playbook.passages]

    def _rules(self) -> Callable[[str, str], list[Caution]]:
        """The rules of words. The playbook's own warnings may be quoted («不说保本»); a branch's documents give no such leave."""
        house, client = self.chat.house, self.case.client if self.case else None
        base = guard.context(house.policy, self.today, self.lang, client=client)
        rules = guard.word_rules(base, house.rules)
        own = [c.quote for c in self._own()]

        def found(text: str, channel: str) -> list[Caution]:
            cautions = rules(text, channel)
            return cautions if channel == "message" else [c for c in cautions if not any(c.quote and c.quote in one for one in own)]

        return found

    def _judged(self, value: dict[str, Any]) -> tuple[list[Sentence], list[Flaw]]:
        checks, ids = self._verifier(), self.given.ids
        kept: list[Sentence] = []
        flaws: list[Flaw] = []
        for item in value["answer"]:
            checked = checks.claim(self.mask.show(item["text"]), [id_of(n, ids) for n in item["cites"]])
            flaws += checked.flaws
            if checked.text and checked.text not in {s.text for s in kept}:
                kept.append(Sentence(checked.text, checked.cites))
        return kept, flaws

    def _offer(self, tool: dict[str, Any]) -> list[Flaw]:
        """A draft or a task for the person to take up: checked like everything else; what fails is not offered."""
        text = clean(self.mask.show(str(tool.get("input", ""))))
        if self.case is None or not text:
            return []
        if tool["name"] == "message":
            checked = self._verifier().message(text)
            if not checked.flaws:
                self.offered = [Offered("message", checked.text)]
            return list(checked.flaws)
        when = _date(tool.get("when"), self.today)
        checked = self._verifier().message(text)
        if when is None or tool.get("channel") not in list(Channel) or checked.flaws:
            return list(checked.flaws)
        self.offered = [Offered("task", text, tool["channel"], when)]
        return []

    def _offline(self, why: str | None) -> Answer:
        told = offline.answer(self.question, self.case, self.chat.retriever, self.lang)
        return Answer(told.answer, told.citations, told.answered, "offline", why)


def _date(text: object, today: date) -> date | None:
    """A day from today on, at most :data:`TASK_DAYS` ahead."""
    try:
        when = date.fromisoformat(str(text))
    except ValueError:
        return None
    return when if today <= when <= today + timedelta(days=TASK_DAYS) else None
