"""The ten criteria: how well a talk does on each, from 0 to 1, and the turns that show it.

Each has a general part (what a good talk does in any scenario) and, where the scenario names points for it, a part of
its own; traps take away. The order of the contract: opening, reason, needs, listening, value before product, product
right for the client, objection handled, compliance, next step, tone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise

from coach.domain.words import Stage
from coach.practice.breaches import Violation
from coach.practice.kit import CRITERIA, CriterionWords, Kit
from coach.practice.likeness import shared
from coach.practice.reader import ClientTurn, Reader, StaffTurn
from coach.practice.scenario import CriterionId, Move, Scenario, Words
from coach.practice.talk import Transcript

OWN = 0.4
"""So much of a criterion are the scenario's own points, where it names any."""
ENOUGH = 0.5
"""This share of the points is full marks: there are more ways of saying a thing than the scenario names."""
TRAPPED = 0.4
"""What one trap takes away."""
KIND: frozenset[Move] = frozenset({"listen", "empathise", "apologise"})
HARD: frozenset[Move] = frozenset({"push", "promise", "pressure", "insult"})
GIVES: frozenset[Move] = frozenset({"offer_value", "explain", "empathise", "listen", "apologise"})
SELLS: frozenset[Move] = frozenset({"pitch", "push"})
KNOWN = frozenset({Stage.TRUSTED, Stage.LOYAL})
"""Who is met face to face at these stages need not be told who I am."""
MINDS, UNMINDED = 0.0, 0.4
"""Below this feeling of the next answer a hard move counts in full, else so much: what reads as a push may have been none."""
TAKEN = 0.3
"""How much it counts how the client takes it: what people say in answer tells more than any list of polite words."""
WORDY = {"zh": 110, "en": 360}
"""A turn of more letters talks at the client."""
ASKS_ENOUGH = 3
A_TALK = 4
"""With fewer turns that say something, having done no harm counts only in part."""
HARMLESS: frozenset[CriterionId] = frozenset({"suitability", "objection", "compliance", "tone"})
_WHEN = {
    "zh": re.compile(
        r"周[一二三四五六日天末]|星期|礼拜|明天|后天|今天|今晚|上午|下午|中午|[\d一二三四五六七八九十两]+\s*(?:点|号|日|月|天)"
        r"|下周|月底|月初|到期(?:当天|那天|前)"
    ),
    "en": re.compile(
        r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day|\b(?:tomorrow|today|tonight|morning|afternoon|evening|noon)\b|o'clock"
        r"|\b\d{1,2}(?::\d\d)?\s?(?:am|pm)\b|\b(?:next|this) (?:week|month)|\bat (?:\d|one|two|three|four|five|nine|ten|eleven|half)"
        r"|\b\d+ days?\b",
        re.IGNORECASE,
    ),
}
_QUESTION = re.compile(r"[？?]")


@dataclass(frozen=True, slots=True)
class Finding:
    """One criterion of one talk."""

    share: float
    evidence: tuple[tuple[int, str], ...] = ()
    worst: int | None = None
    """The turn that did most harm to it."""
    missing: frozenset[str] = frozenset()
    trapped: frozenset[str] = frozenset()


@dataclass(slots=True)
class Talk:
    """A transcript that has been read."""

    scenario: Scenario
    words: Words
    kit: Kit
    reader: Reader
    turns: tuple[tuple[int, StaffTurn | ClientTurn], ...]
    staff: list[tuple[int, StaffTurn]]
    violations: list[Violation] = field(default_factory=list)
    warnings: list[Violation] = field(default_factory=list)

    @classmethod
    def of(cls, transcript: Transcript, reader: Reader) -> Talk:
        turns: list[tuple[int, StaffTurn | ClientTurn]] = []
        heard: list[str] = []
        for number, turn in enumerate(transcript.turns, 1):
            turns.append((number, reader.staff(turn.text, heard) if turn.who == "staff" else reader.client(turn.text)))
            heard += [turn.text] if turn.who == "client" else []
        staff = [(number, turn) for number, turn in turns if isinstance(turn, StaffTurn)]
        talk = cls(reader.scenario, reader.words, reader.bench.kit, reader, tuple(turns), staff)
        for number, turn in staff:
            for caution in turn.cautions:
                one = Violation(caution.rule, caution.severity, number, caution.quote, caution.text, caution.cites)
                (talk.violations if caution.severity == "block" else talk.warnings).append(one)
        return talk

    @property
    def common(self) -> Mapping[CriterionId, CriterionWords]:
        return self.kit.words(self.reader.lang).criteria

    def text(self, number: int) -> str:
        return self.turns[number - 1][1].text

    def first(self, *moves: Move) -> tuple[int, str] | None:
        """Number of the first turn that does one of these moves, and its words."""
        return next(((number, turn.doing(*moves) or turn.text) for number, turn in self.staff if set(moves) & set(turn.moves)), None)

    def every(self, *moves: Move) -> list[tuple[int, str]]:
        return [(number, turn.doing(*moves) or turn.text) for number, turn in self.staff if set(moves) & set(turn.moves)]

    def harm(self, *moves: Move) -> list[tuple[int, str, float]]:
        """Turns that do one of these hard moves, with the words and how surely: half where the client does not mind."""
        found = []
        for number, words in self.every(*moves):
            found.append((number, words, 1.0 if self.taken(number, -0.1) < MINDS else UNMINDED))
        return found

    def taken(self, number: int, unanswered: float) -> float:
        """How the client's next turn after this one sounds; ``unanswered`` where there is none."""
        return next((turn.feeling for at, turn in self.turns if at > number and isinstance(turn, ClientTurn)), unanswered)

    def mood(self, last: int = 0) -> float:
        """How the client's turns after the first sound on the whole (or the last few), -1 to 1."""
        heard = [turn.feeling for _, turn in self.turns if isinstance(turn, ClientTurn)][1:][-last:]
        return sum(heard) / len(heard) if heard else 0.0

    def answers_to(self) -> list[tuple[ClientTurn, int, StaffTurn]]:
        """Each client's turn with the trainee's answer to it."""
        return [(c, n, s) for (_, c), (n, s) in pairwise(self.turns) if isinstance(c, ClientTurn) and isinstance(s, StaffTurn)]


def _between(share: float) -> float:
    return min(max(share, 0.0), 1.0)


def find(talk: Talk) -> dict[CriterionId, Finding]:
    """All criteria of a talk."""
    if not any(turn.moves for _, turn in talk.staff):
        return {name: Finding(0.0) for name in CRITERIA}
    held = min(sum(bool(turn.moves) and turn.oddity is None for _, turn in talk.staff) / A_TALK, 1.0)
    found = {name: _with_own(talk, name, JUDGES[name](talk)) for name in CRITERIA}
    return {name: replace(one, share=one.share * held) if name in HARMLESS else one for name, one in found.items()}


def _with_own(talk: Talk, name: CriterionId, general: Finding) -> Finding:
    """The general part joined with the scenario's points, less its traps."""
    points = [p.id for p in talk.scenario.points if p.criterion == name]
    traps = {t.id for t in talk.scenario.traps if t.criterion == name}
    said: dict[str, tuple[int, str]] = {}
    fallen: dict[str, tuple[int, str]] = {}
    for number, turn in talk.staff:
        for point, quote in turn.points.items():
            said.setdefault(point, (number, quote))
        for trap, quote in turn.traps.items():
            if trap in traps:
                fallen.setdefault(trap, (number, quote))
    share = general.share
    if points:
        share = (1 - OWN) * share + OWN * min(sum(point in said for point in points) / len(points) / ENOUGH, 1.0)
    evidence = (*general.evidence, *(said[p] for p in points if p in said), *fallen.values())
    worst = next(iter(fallen.values()))[0] if fallen else general.worst
    missing = frozenset(p for p in points if p not in said)
    return Finding(_between(share - TRAPPED * len(fallen)), evidence[:6], worst, missing, frozenset(fallen))


def _opening(talk: Talk) -> Finding:
    """Greeting, who and which bank, within the first two turns; nothing sold in them."""
    early = talk.staff[:2]
    done = {move for _, turn in early for move in turn.moves}
    known = "identify" in done or (talk.scenario.channel == "visit" and talk.scenario.client.stage in KNOWN)
    share = (
        0.3 * bool(done & {"greet", "apologise"})
        + 0.45 * known
        + 0.25 * bool(done & {"reason", "ask", "empathise", "apologise", "offer_value"})
    )
    if any(weight == 1.0 and number <= early[-1][0] for number, _, weight in talk.harm(*HARD)):
        share *= 0.4
    evidence = [(number, words) for number, turn in early if (words := turn.doing("greet", "identify"))]
    return Finding(share, tuple(evidence), early[0][0] if early and share < 1 else None)


def _reason(talk: Talk) -> Finding:
    """Why I call, within the first three turns and before anything is sold."""
    given, sold = talk.first("reason"), talk.first(*SELLS)
    early = [number for number, _ in talk.staff[:3]]
    if given is None or given[0] not in early:
        useful = talk.first("offer_value", "explain", "empathise")
        share = 0.5 if given or (useful and useful[0] in early) else 0.2 * bool(useful)
        return Finding(share, tuple(found for found in (given or useful,) if found), early[0])
    share = 1.0 if sold is None or sold[0] > given[0] else 0.6
    return Finding(share, (given,), sold[0] if share < 1 and sold else None)


def _needs(talk: Talk) -> Finding:
    """The key facts come out, and they come out by asking."""
    told = {name: number for number, turn in reversed(talk.turns) if isinstance(turn, ClientTurn) for name in turn.told}
    keys = talk.scenario.key_facts
    asked = talk.every("ask")
    questions = asked or [(n, t.text) for n, t in talk.staff if _QUESTION.search(t.text)]
    found = sum(key in told for key in keys) / max(len(keys), 1)
    share = 0.65 * found + 0.35 * min(len(questions) / ASKS_ENOUGH, 1.0)
    evidence = [(told[key], talk.text(told[key])) for key in keys if key in told] + questions[:2]
    return Finding(share, tuple(evidence), None if share > 0.6 else talk.staff[min(1, len(talk.staff) - 1)][0])


def _listening(talk: Talk) -> Finding:
    """Answers take up what the client said; the trainee does not talk at the client."""
    lang = talk.reader.lang
    answered = [(c, n, s) for c, n, s in talk.answers_to() if len(c.text) > (6 if lang == "zh" else 20)]
    if not answered:
        return Finding(0.3)
    good, evidence, worst = 0.0, [], None
    for client, number, staff in answered:
        taken_up = 1.0 if KIND & set(staff.moves) else min(shared(client.text, staff.text, lang) * 4, 0.8)
        if set(staff.moves) & {"push", "pressure", "insult"} and not KIND & set(staff.moves):
            taken_up = 0.0
        good += taken_up
        if taken_up >= 0.8:
            evidence.append((number, staff.doing(*KIND) or staff.text))
        elif taken_up < 0.2 and worst is None and (client.told or client.objections):
            worst = number
    wordy = sum(len(turn.text) > WORDY[lang] for _, turn in talk.staff) / len(talk.staff)
    texts = [turn.text for _, turn in talk.staff]
    repeated = 1 - len(set(texts)) / len(texts)
    share = min(good / len(answered) / 0.7, 1.0) * (1 - 0.5 * wordy) * (1 - repeated) + TAKEN * talk.mood()
    return Finding(_between(share), tuple(evidence[:3]), worst)


def _value_first(talk: Talk) -> Finding:
    """Something of use to the client stands before any product; nothing is urged."""
    sold, given = talk.first(*SELLS), talk.every(*GIVES)
    pushed = talk.harm("push", "pressure")
    useful = talk.every("offer_value", "explain")
    share = 0.5 * min(len(useful) / 2, 1.0) + 0.5 * bool(given and (sold is None or given[0][0] < sold[0]))
    share = max(share - 0.25 * sum(weight for *_, weight in pushed), 0.0)
    return Finding(share, (*useful[:2], *(found[:2] for found in pushed[:2])), pushed[0][0] if pushed else None)


def _suitability(talk: Talk) -> Finding:
    """No product above the client's level or on a lapsed assessment, nothing pushed on the elderly; needs known before a product."""
    broken = [v for v in talk.violations if "suitability" in v.rule or "elderly" in v.rule or "promise" in v.rule]
    if broken:
        return Finding(0.0, tuple((v.turn, v.quote) for v in broken), broken[0].turn)
    sold, asked = talk.first(*SELLS), talk.first("ask")
    if sold is None:
        return Finding(1.0 if asked or talk.first("explain") else 0.6)
    before = asked is not None and asked[0] <= sold[0]
    pushed = sum(weight for *_, weight in talk.harm("push"))
    share = max((1.0 if before else 0.5) - 0.25 * pushed, 0.0)
    return Finding(share, (sold,), sold[0] if share < 1 else None)


def _objection(talk: Talk) -> Finding:
    """Each objection is met by what soothes it, not by what angers."""
    got, evidence, worst, raised = 0.0, [], None, []
    objections = {o.id: o for o in talk.scenario.objections}
    numbers = [number for number, _ in talk.staff]
    for number, turn in talk.turns:
        if not isinstance(turn, ClientTurn):
            continue
        for name in turn.objections - set(raised):
            raised.append(name)
            after = [(n, s) for n, s in talk.staff if n > number][:2]
            met = next(((n, s.answers[name]) for n, s in after if name in s.answers), None)
            soothes = objections[name].soothes
            kind = next(((n, s.doing(*soothes) or s.text) for n, s in after if set(s.moves) & set(soothes)), None)
            value = 0.5 * (met is not None) + 0.5 * (kind is not None)
            if after and set(after[0][1].moves) & (set(objections[name].angers) | {"insult"}):
                value *= 0.2
                worst = worst or after[0][0]
            elif value < 0.5 and worst is None and after:
                worst = after[0][0]
            then = talk.taken(after[0][0], 0.0) if after else 0.0
            got += _between(value + TAKEN * then)
            evidence += [found for found in (met or kind,) if found]
    if not raised:
        return Finding(0.7 if len(numbers) >= 5 and not talk.first(*HARD) else 0.3)
    return Finding(got / len(raised), tuple(evidence), worst)


def _compliance(talk: Talk) -> Finding:
    """No rule is broken."""
    if talk.violations:
        return Finding(0.0, tuple((v.turn, v.quote or talk.text(v.turn)) for v in talk.violations), talk.violations[0].turn)
    share = max(1.0 - 0.3 * len(talk.warnings), 0.0)
    return Finding(share, tuple((v.turn, v.quote) for v in talk.warnings if v.quote), talk.warnings[0].turn if talk.warnings else None)


def _next_step(talk: Talk) -> Finding:
    """What happens next, with a day or an hour, towards the end, and not against the client's will."""
    lang = talk.reader.lang
    steps = [found for found in talk.every("next_step") if found[0] >= talk.staff[len(talk.staff) // 3][0]]
    if not steps:
        timed = [(n, t.text) for n, t in talk.staff[-3:] if _WHEN[lang].search(t.text)]
        return Finding(0.3 if timed else 0.0, tuple(timed), talk.staff[-1][0])
    dated = [(n, words) for n, words in steps if _WHEN[lang].search(talk.text(n))]
    share = 0.6 + 0.4 * bool(dated) + TAKEN * min(talk.mood(last=2), 0.0) * 2
    return Finding(_between(share), tuple((dated or steps)[-2:]))


def _tone(talk: Talk) -> Finding:
    """Polite to the end; no pressure, no reproach."""
    costs: dict[Move, float] = {"insult": 1.0, "pressure": 0.5, "instruct": 0.3, "push": 0.25}
    bad: dict[int, tuple[str, float]] = {}
    for move, cost in costs.items():
        for number, words, weight in talk.harm(move):
            bad.setdefault(number, (words, cost * weight))
    warm = bool(talk.first("empathise", "apologise", "close")) + bool(talk.first("greet", "listen"))
    share = _between(0.6 + 0.2 * warm - sum(cost for _, cost in bad.values()) + 2 * TAKEN * talk.mood())
    worst = max(bad, key=lambda number: bad[number][1], default=None)
    return Finding(share, tuple((number, bad[number][0]) for number in sorted(bad)[:3]), worst)


JUDGES: dict[CriterionId, Callable[[Talk], Finding]] = {
    "opening": _opening, "reason": _reason, "needs": _needs, "listening": _listening, "value_first": _value_first,
    "suitability": _suitability, "objection": _objection, "compliance": _compliance, "next_step": _next_step, "tone": _tone,
}  # fmt: skip
