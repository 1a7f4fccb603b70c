"""The score of a talk with a language model's judgement, in the form of the offline score and bounded by it.

The offline score stands first. The model is asked once for all criteria: how far each was met, the words that show it, a
sentence of advice. A line is taken where every quote stands letter by letter in its turn and the advice passes the checks;
it moves the offline share by at most :data:`MOST_MOVED`. Breaches of rules, their cap, the compliance criterion and, where a
rule is broken, suitability are the code's own. Whatever fails leaves the offline line, and ``fallback`` says so.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from coach.assistant import guard
from coach.assistant.engine import Watch
from coach.assistant.llm.faults import Fault
from coach.assistant.llm.prompts import Message, prompt
from coach.assistant.llm.writer import Writer
from coach.assistant.masking import Mask
from coach.assistant.verify import clean, sentences
from coach.domain.quantities import unfounded
from coach.domain.words import Lang, pick
from coach.practice.bench import Bench
from coach.practice.breaches import context_of
from coach.practice.kit import CRITERIA
from coach.practice.likeness import MOST_UNITS
from coach.practice.model_voice import Quiet, said
from coach.practice.scenario import CriterionId, Scenario
from coach.practice.scoring import CAP, HINT_COST, HINTS_COST_MOST, PASS, Criterion, Evidence, Score, score
from coach.practice.talk import LONGEST, Transcript

PURPOSE = "practice_score"
MOST_MOVED = 0.3
"""So much of a criterion may the model move its share, up or down."""
TURNS = 60
"""Turns of a talk that the model is given, the first ones."""
MAX_TOKENS = {"zh": 1100, "en": 1000}
ADVICE = {"zh": 80, "en": 300}
"""Letters of an advice at most."""
QUOTES = 2
_LEAST_QUOTE = 2
_ALIKE, _ALIKE_FROM = 0.05, 5
"""Shares of so many criteria that differ by no more are no judgement."""
_QUOTE_MARKS = "“”「」\"' 　"
_HAN = re.compile(r"[\u3400-\u9fff]")
_LATIN = re.compile(r"[A-Za-z]")
_MARKED = re.compile(r"[\[【{<*#`]|https?:|www\.|满分|提示词|JSON|full marks|prompt", re.IGNORECASE)
"""Placeholders that nobody gave, links, marks, and talk of the marking itself."""

SCHEMA: dict[str, Any] = {
    "title": "score",
    "type": "object",
    "properties": {
        "criteria": {
            "type": "array",
            "maxItems": len(CRITERIA),
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "enum": list(CRITERIA)},
                    "share": {"type": "number"},
                    "quotes": {
                        "type": "array",
                        "maxItems": QUOTES,
                        "items": {
                            "type": "object",
                            "properties": {"turn": {"type": "integer"}, "quote": {"type": "string"}},
                            "required": ["turn", "quote"],
                            "additionalProperties": False,
                        },
                    },
                    "advice": {"type": "string"},
                },
                "required": ["id", "share", "quotes", "advice"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["criteria"],
    "additionalProperties": False,
}


def model_score(
    transcript: Transcript, scenario: Scenario, bench: Bench, writer: Writer, mask: Mask, *,
    lang: Lang | None = None, rubric: Mapping[CriterionId, int] | None = None, watch: Watch | None = None,
) -> Score:  # fmt: skip
    """The score with the model's judgement; where it fails, the offline score with ``fallback`` saying why."""
    lang = lang or transcript.lang
    own = score(transcript, scenario, bench, lang=lang, rubric=rubric)
    if why := _not_for_a_model(transcript, bench, own, lang):
        return replace(own, fallback=why)
    try:
        made = writer.write(
            PURPOSE, prompt("practice_score", lang).version, _messages(transcript, scenario, mask, lang), SCHEMA, lang=lang,
            max_tokens=MAX_TOKENS[lang], watch=Quiet(watch) if watch else None,
        )  # fmt: skip
    except Fault as fault:
        return replace(own, fallback=fault.line(lang))
    judge = _Judge(transcript, scenario, bench, mask, lang, bool(own.violations))
    lines, left = judge.lines(own.criteria, made.value["criteria"])
    writer.note(made, len(left))
    if len(left) == len(own.criteria) - len(judge.kept_own):
        return replace(own, fallback=next(iter(left.values())))
    return _joined(own, lines, f"llm:{writer.model}", _told(left, bench, lang))


def _not_for_a_model(transcript: Transcript, bench: Bench, own: Score, lang: Lang) -> str | None:
    """A talk in which nothing was said, or in which the trainee gives orders to the machine: the rules alone mark it."""
    if not any(line.score for line in own.criteria if line.id != "compliance") and not own.violations:
        return pick(lang, "对话里没有可评的内容", "there is nothing in the talk to be marked")
    heard = [turn.text[:LONGEST] for turn in transcript.turns[:TURNS] if turn.who == "staff"]
    parts = [part.strip() for text in heard for part in sentences(text, lang)[:MOST_UNITS]]
    if any("instruct" in moves for moves in bench.recogniser(lang).moves(list(dict.fromkeys(parts)))):
        return pick(lang, "对话里有对机器下的指令，只按规则评分", "the talk holds orders to the machine, so the rules alone mark it")
    return None


def _messages(transcript: Transcript, scenario: Scenario, mask: Mask, lang: Lang) -> list[Message]:
    words = scenario.words(lang)
    turns = [f"#{number} {said(turn, lang)}" for number, turn in enumerate(transcript.turns[:TURNS], 1)]
    parts = {"situation": words.situation, "goal": words.goal, "turns": "\n".join(turns)}
    return prompt("practice_score", lang).messages({name: mask.hide(text) for name, text in parts.items()})


@dataclass(frozen=True, slots=True)
class _Judge:
    """Holds the model's lines against the talk."""

    transcript: Transcript
    scenario: Scenario
    bench: Bench
    mask: Mask
    lang: Lang
    broken: bool

    @property
    def kept_own(self) -> frozenset[CriterionId]:
        """Criteria that the model has no say in."""
        return frozenset({"compliance", "suitability"}) if self.broken else frozenset({"compliance"})

    def lines(self, own: tuple[Criterion, ...], given: list[dict[str, Any]]) -> tuple[tuple[Criterion, ...], dict[CriterionId, str]]:
        """The lines to show, and for each that is the offline one against the model's or for want of it, why."""
        by_id = {item["id"]: item for item in reversed(given)}
        shares = [item["share"] for name, item in by_id.items() if name not in self.kept_own]
        alike = len(shares) >= _ALIKE_FROM and max(shares) - min(shares) <= _ALIKE
        out, left = [], {}
        for line in own:
            if line.id in self.kept_own:
                out.append(line)
                continue
            item = by_id.get(line.id)
            if item is None:
                why: str | None = pick(self.lang, "模型没有评", "the model did not mark it")
            elif alike:
                why = pick(self.lang, "模型各项打的分都一样", "the model gave every criterion the same mark")
            else:
                why = self._flaw(item)
            if why is not None:
                left[line.id] = why
            out.append(line if item is None or why is not None else self._taken(line, item))
        return tuple(out), left

    def _taken(self, line: Criterion, item: dict[str, Any]) -> Criterion:
        """The offline line with the model's judgement in it; the passages stay."""
        share = line.score / line.max if line.max else 0.0
        quotes = tuple(Evidence(q["turn"], self._quote(q["quote"])) for q in item["quotes"][:QUOTES])
        most = share + MOST_MOVED if quotes else share  # without a quote nothing shows that it was any better
        wanted = min(max(float(item["share"]), share - MOST_MOVED), most)
        points = round(min(max(wanted, 0.0), 1.0) * line.max, 1)
        return replace(line, score=points, evidence=quotes or line.evidence, advice=self._advice(item))

    def _advice(self, item: dict[str, Any]) -> str:
        return re.sub(r"\s+", " ", clean(self.mask.show(item["advice"]))).strip()

    def _quote(self, quote: str) -> str:
        return self.mask.show(quote).strip(_QUOTE_MARKS)

    def _flaw(self, item: dict[str, Any]) -> str | None:
        """Why a line of the model cannot be taken."""
        if not 0 <= item["share"] <= 1:
            return pick(self.lang, "模型的分数不在 0 到 1 之间", "the model's mark is not between 0 and 1")
        turns = self.transcript.turns
        for quote in item["quotes"][:QUOTES]:
            words, turn = self._quote(quote["quote"]), quote["turn"]
            if len(words) < _LEAST_QUOTE or not 1 <= turn <= len(turns) or words not in turns[turn - 1].text:
                return pick(self.lang, "模型引的话不在那一句里", "what the model quotes does not stand in that turn")
        return self._advice_flaw(self._advice(item))

    def _advice_flaw(self, text: str) -> str | None:
        han, latin = len(_HAN.findall(text)), len(_LATIN.findall(text))
        if not (han >= max(latin / 2, 4) if self.lang == "zh" else latin >= 12 and not han):
            return pick(self.lang, "模型的建议没有用这种语言写", "the model's advice is not in this language")
        if len(text) > ADVICE[self.lang] or len(sentences(text, self.lang)) > 2:
            return pick(self.lang, "模型的建议太长", "the model's advice is too long")
        if _MARKED.search(text):
            return pick(self.lang, "模型的建议里有不该有的字", "the model's advice holds what does not belong there")
        words = self.scenario.words(self.lang)
        sources = [*(turn.text for turn in self.transcript.turns), words.situation, words.goal]
        if odd := unfounded(text, sources, self.lang, self.bench.today):
            return pick(self.lang, f"模型编了数字「{odd[0]}」", f"the model made up a figure ({odd[0]})")
        rules = guard.word_rules(context_of(self.scenario, self.bench, self.lang), self.bench.rules)
        if guard.blocks(rules(text, "visit")):
            return pick(self.lang, "模型的建议碰到了合规规则", "the model's advice touches a compliance rule")
        return None


def _joined(own: Score, lines: tuple[Criterion, ...], engine: str, fallback: str | None) -> Score:
    """The total again from the lines, with the offline score's hints, breaches and cap."""
    total = sum(line.score for line in lines) - min(HINT_COST * own.hints, HINTS_COST_MOST)
    if own.violations:
        total = min(total, CAP)
    total = round(max(total, 0.0), 1)
    return replace(own, total=total, passed=total >= PASS and not own.violations, criteria=lines, engine=engine, fallback=fallback)


def _told(left: Mapping[CriterionId, str], bench: Bench, lang: Lang) -> str | None:
    """One line for the criteria that stayed offline."""
    if not left:
        return None
    names = bench.kit.words(lang).criteria
    listed = pick(lang, "、", ", ").join(names[name].name for name in left)
    why = next(iter(left.values()))
    return pick(lang, f"这几项按规则评：{listed}（{why}）", f"marked by the rules: {listed} ({why})")
