"""One talk being played: turns, hints, the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from coach.assistant.engine import Watch
from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.kit import Mood
from coach.practice.partner import Answered, Partner
from coach.practice.scenario import EndingId, Scenario
from coach.practice.talk import Transcript, Turn


class Voice(Protocol):
    """What may put the client's answer in other words: a language model. It gets what the offline client would say."""

    name: str

    def reply(self, partner: Partner, turns: tuple[Turn, ...], meant: Answered, watch: Watch | None) -> tuple[str, str | None]:
        """The words to say, and why they are the offline client's own (``None``: they are the model's)."""
        ...


@dataclass(frozen=True, slots=True)
class Said:
    """The client's turn."""

    text: str
    ended: EndingId | None
    mood: Mood
    engine: str = "offline"
    fallback: str | None = None


@dataclass(frozen=True, slots=True)
class Hint:
    """What the trainee could do now."""

    text: str
    say: str
    cites: tuple[str, ...]


class Session:
    """A talk with a simulated client. The same scenario, seed and words bring the same talk (offline)."""

    def __init__(self, scenario: Scenario, lang: Lang, bench: Bench, *, seed: int = 0, voice: Voice | None = None) -> None:
        self.scenario, self.lang, self.bench = scenario, scenario.lang(lang), bench
        self.partner = Partner(scenario, self.lang, bench, seed=seed)
        self.opening = self.partner.opening()
        self.ended: EndingId | None = None
        self.hints = 0
        self._voice = voice
        self._turns: list[Turn] = [Turn("client", self.opening)] if self.opening else []

    @property
    def turns_left(self) -> int:
        return max(self.scenario.turns - self.partner.state.turn, 0)

    @property
    def transcript(self) -> Transcript:
        return Transcript(tuple(self._turns), self.scenario.id, self.lang, self.hints)

    def say(self, text: str, watch: Watch | None = None) -> Said:
        """The trainee's turn and the client's answer; after the end the last words are said again."""
        if self.ended is not None:
            last = self._turns[-1].text if self._turns else ""
            return Said(last, self.ended, self.partner.state.mood)
        heard = [turn.text for turn in self._turns if turn.who == "client"]
        self._turns.append(Turn("staff", text))
        answer = self.partner.answer(text, heard)
        if answer.ended is None and self.turns_left == 0:
            answer = self.partner.end()
        return self._said(answer, watch)

    def stop(self) -> EndingId:
        """The trainee ends the talk, or the time is up: the client's last words follow from how things stand."""
        if self.ended is None:
            self._said(self.partner.end(), None)
        assert self.ended is not None
        return self.ended

    def hint(self) -> Hint:
        """What to do now, with a sentence and its passages: an open objection first, then what was not said, asked or agreed.

        It is counted and costs points.
        """
        self.hints += 1
        words, state, common = self.partner.words, self.partner.state, self.bench.kit.words(self.lang).criteria
        if (name := state.pending) is not None:
            advice = common["objection"]
            return Hint(advice.advice, words.objections[name].like[0], self.bench.kit.criteria["objection"].cites)
        missing = next((p for p in self.scenario.points if p.id not in state.points), None)
        untold = [f for f in self.scenario.facts if f.key and f.id not in state.told]
        if state.turn >= 2 and untold and (missing is None or state.turn % 2):
            fact = untold[0]
            if state.trust >= fact.trust:
                return Hint(common["needs"].advice, words.facts[fact.id].asked[0], self.bench.kit.criteria["needs"].cites)
            return Hint(common["listening"].advice, common["listening"].say, self.bench.kit.criteria["listening"].cites)
        if missing is not None:
            return Hint(words.points[missing.id].advice, words.points[missing.id].say, missing.cites)
        return Hint(common["next_step"].advice, common["next_step"].say, self.bench.kit.criteria["next_step"].cites)

    def _said(self, answer: Answered, watch: Watch | None) -> Said:
        text, engine, fallback = answer.text, "offline", None
        if self._voice is not None:
            text, fallback = self._voice.reply(self.partner, tuple(self._turns), answer, watch)
            engine = "offline" if fallback else self._voice.name
        self.ended = answer.ended
        self._turns.append(Turn("client", text))
        return Said(text, answer.ended, answer.mood, engine, fallback)
