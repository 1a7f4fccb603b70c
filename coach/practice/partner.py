"""The simulated client: trust, patience and what has been told, moved by what the trainee does; replies by state.

The scenario says what soothes, what angers and from which trust on a thing is told; ``knowledge/practice.toml`` what each
move does. The same words in the same order bring the same talk. A fact that the trainee has not asked for, or not
earned, is never told.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.kit import Mood, ReplyTo
from coach.practice.reader import Reader, StaffTurn
from coach.practice.scenario import EndingId, Move, Objection, Scenario

OPEN_FROM = 5.0
"""From this trust on the client's mood is open."""
MOST = 10.0
SOOTHED, ANGERED = (1.0, 0.5), (-1.5, -1.5)
"""Trust and patience when an objection is met well, and when it is met with what angers."""
POINT, TRAP = 0.4, -1.0
"""Trust for a thing well said, and for a mistake that the scenario tempts to."""
TIRES = 0.1
"""Patience that each turn costs."""
ODD: dict[str, tuple[float, float]] = {
    "silence": (0.0, -1.0), "nonsense": (-0.3, -1.0), "other_language": (-0.2, -0.7), "long": (-0.5, -1.5), "repeat": (-0.3, -1.0)
}  # fmt: skip
LEAVE = {"zh": 20, "en": 60}
"""A goodbye is short: a last sentence of at most so many letters."""
ENDS_FROM = 3
"""The client agrees to nothing before the trainee's third turn."""
FIRST: tuple[Move, ...] = (
    "insult", "promise", "pressure", "instruct", "push", "empathise", "apologise", "next_step", "listen", "offer_value", "ask", "explain",
    "pitch", "reason", "identify", "close", "greet",
)  # fmt: skip
"""What the client answers first when a turn does several things."""


@dataclass(frozen=True, slots=True)
class Answered:
    """The client's words, and the ending where they are the last."""

    text: str
    ended: EndingId | None
    mood: Mood


@dataclass(slots=True)
class State:
    """How things stand between the two."""

    trust: float
    patience: float
    turn: int = 0
    told: list[str] = field(default_factory=list)
    raised: list[str] = field(default_factory=list)
    settled: set[str] = field(default_factory=set)
    points: set[str] = field(default_factory=set)
    done: Counter[Move] = field(default_factory=Counter)

    @property
    def mood(self) -> Mood:
        return "open" if self.trust >= OPEN_FROM else "cold"

    @property
    def pending(self) -> str | None:
        """The objection that waits for an answer."""
        return next((name for name in self.raised if name not in self.settled), None)

    def move(self, trust: float, patience: float) -> None:
        self.trust = min(max(self.trust + trust, 0.0), MOST)
        self.patience = min(max(self.patience + patience, 0.0), MOST)


class Partner:
    """The client of one talk."""

    def __init__(self, scenario: Scenario, lang: Lang, bench: Bench, *, seed: int = 0, reader: Reader | None = None) -> None:
        self.scenario, self.lang, self.bench = scenario, lang, bench
        self.reader = reader or Reader(scenario, lang, bench)
        self.words = scenario.words(lang)
        self.state = State(scenario.state.trust, scenario.state.patience)
        self._random = random.Random(f"{scenario.id}|{lang}|{seed}")
        self._used: Counter[str] = Counter()
        self._last = ""
        self._heard: set[str] = set()

    def opening(self) -> str:
        """The client's first words; empty where the trainee writes first."""
        return self._pick(self.words.opening) if self.words.opening else ""

    def answer(self, text: str, heard: Sequence[str] = ()) -> Answered:
        """What the client says to the trainee's words. ``heard`` is what the client has said so far in the talk."""
        read = self.reader.staff(text, heard)
        oddity = "repeat" if read.oddity is None and self._again(text) else read.oddity
        before = self.state.pending
        self._feel(read, oddity)
        if self.state.patience <= 0:
            return self._end("hung_up")
        if oddity:
            return self._plain(oddity)  # type: ignore[arg-type]
        if ended := self._ends(read):
            return self._end(ended)
        return Answered(self._reply(read, before), None, self.state.mood)

    def end(self) -> Answered:
        """The talk is over for another reason (the trainee stops, turns or time used up)."""
        return self._end(self.standing())

    def standing(self) -> EndingId:
        """How it ends if it ends now."""
        ends, state = self.scenario.endings, self.state
        for name, reached in (("agreed", ends.agreed), ("thinking", ends.thinking)):
            asked_for = name == "thinking" or state.done["next_step"]
            if asked_for and state.trust >= reached.trust and set(reached.facts) <= set(state.told):
                return name  # type: ignore[return-value]
        return "refused"

    # what the words do

    def _again(self, text: str) -> bool:
        said = "".join(ch for ch in text.lower() if ch.isalnum())
        known = said in self._heard
        self._heard.add(said)
        return known and len(said) > 3

    def _feel(self, read: StaffTurn, oddity: str | None) -> None:
        state = self.state
        state.turn += 1
        state.move(0.0, -TIRES)
        if oddity:
            state.move(*ODD[oddity])
            return
        for move in read.moves:
            effect = self.bench.kit.moves[move]
            fresh = 1.0 if effect.trust < 0 or effect.patience < 0 else 1 / (1 + state.done[move])  # kindness repeated wears off
            state.move(effect.trust * fresh, effect.patience * fresh)
            state.done[move] += 1
        state.move(POINT * len(set(read.points) - state.points), 0.0)
        state.points |= set(read.points)
        state.move(TRAP * len(read.traps), 0.0)
        if (name := state.pending) is not None:
            objection = self._objection(name)
            if set(read.moves) & set(objection.angers):
                state.move(*ANGERED)
            elif name in read.answers or set(read.moves) & set(objection.soothes):
                state.move(*SOOTHED)
                state.settled.add(name)

    def _objection(self, name: str) -> Objection:
        return next(o for o in self.scenario.objections if o.id == name)

    # what is said

    def _ends(self, read: StaffTurn) -> EndingId | None:
        state = self.state
        if state.turn < ENDS_FROM or state.pending or self._asks(read):
            return None
        standing = self.standing()
        if _takes_leave(read, self.lang) or ("next_step" in read.moves and standing == "agreed"):
            return standing
        return None

    def _asks(self, read: StaffTurn) -> list[str]:
        """Facts asked for that are not told yet, the plainest first."""
        return [name for name in read.asked if name not in self.state.told]

    def _reply(self, read: StaffTurn, before: str | None) -> str:
        state = self.state
        if before is not None:
            if before in state.settled:
                asked = self._tell(read)
                return self._joined(self._pick(self.words.objections[before].soothed), asked)
            if set(read.moves) & set(self._objection(before).angers):
                return self._pick(self.words.objections[before].angered)
        if told := self._tell(read):
            return told
        if due := self._due(read):
            state.raised.append(due)
            return self._pick(self.words.objections[due].says)
        return self._common(read)

    def _joined(self, first: str, then: str) -> str:
        return first if not then else f"{first}{then}" if self.lang == "zh" else f"{first} {then}"

    def _tell(self, read: StaffTurn) -> str:
        """A fact that was asked for: told with enough trust, else dodged; empty where none was."""
        asked = self._asks(read)
        for name in asked:
            fact = next(f for f in self.scenario.facts if f.id == name)
            if self.state.trust >= fact.trust:
                self.state.told.append(name)
                return self._pick(self.words.facts[name].tells)
        dodges = [self.words.facts[name].dodges for name in asked if self.words.facts[name].dodges]
        return self._pick(dodges[0]) if dodges else ""

    def _due(self, read: StaffTurn) -> str | None:
        """The objection to raise now: one that the trainee's move provokes, or whose turn has come."""
        if self.state.pending:
            return None
        new = [o for o in self.scenario.objections if o.id not in self.state.raised]
        provoked = [o.id for o in new if set(o.on) & set(read.moves)]
        return (provoked or [o.id for o in new if self.state.turn >= o.turn] or [None])[0]

    def _common(self, read: StaffTurn) -> str:
        move = next((move for move in FIRST if move in read.moves), None)
        if move is not None and move in self.words.replies and self.state.mood == "open":
            return self._pick(self.words.replies[move])
        return self._plain(move or "other").text

    def _plain(self, to: ReplyTo) -> Answered:
        replies = self.bench.kit.words(self.lang).replies[self.scenario.temper][to]
        mood = self.state.mood
        return Answered(self._pick(replies.open if mood == "open" else replies.cold), None, mood)

    def _end(self, ending: EndingId) -> Answered:
        return Answered(self._pick(getattr(self.words.endings, ending)), ending, self.state.mood)

    def _pick(self, texts: Sequence[str]) -> str:
        """One of these that was said least, never the one that was said last."""
        able = [text for text in texts if text != self._last] or list(texts)
        least = min(self._used[text] for text in able)
        chosen = self._random.choice([text for text in able if self._used[text] == least])
        self._used[chosen] += 1
        self._last = chosen
        return chosen


def _takes_leave(read: StaffTurn, lang: Lang) -> bool:
    """The turn ends with a goodbye."""
    last = next(reversed(read.by_unit), "")
    return "close" in read.by_unit.get(last, ()) and len(last) <= LEAVE[lang] and read.text.rstrip().endswith(last)
