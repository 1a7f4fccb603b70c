"""What is said in a talk, read against a scenario: moves, points, traps, questions, answers; facts told, objections raised."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from coach.assistant.verify import sentences
from coach.domain.compliance import Caution
from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.breaches import breaches, context_of
from coach.practice.likeness import MOST_UNITS, units
from coach.practice.scenario import Move, Scenario
from coach.practice.talk import LONGEST, language_of

POINT_FROM: dict[Lang, float] = {"zh": 0.45, "en": 0.45}
TRAP_FROM: dict[Lang, float] = {"zh": 0.55, "en": 0.55}
ASKED_FROM: dict[Lang, float] = {"zh": 0.47, "en": 0.47}
ANSWER_FROM: dict[Lang, float] = {"zh": 0.45, "en": 0.45}
TOLD_FROM: dict[Lang, float] = {"zh": 0.43, "en": 0.40}
"""From this likeness on a point is made, a trap fallen into, a fact asked for, an objection answered, a thing said by the client.

In the good transcripts 0.6 (zh) and 0.5 (en) of the points are found so, in the bad ones 0.09 and 0.08.
"""
SIGNED = 0.18
"""So much farther off may the client's words be where one of the scenario's signs stands in them."""
SENSE_FROM = {"zh": 0.30, "en": 0.30}
"""Below this nothing in what is said resembles anything that bank staff say."""
LONG = {"zh": 400, "en": 1500}
"""From so many letters on a turn is a speech."""
_PROMISES, _PRESSES = ("compliance.promise.",), ("compliance.contact.pressure", "compliance.contact.close", "compliance.elderly.alone")


@dataclass(frozen=True, slots=True)
class StaffTurn:
    """What a trainee's turn does."""

    text: str
    moves: tuple[Move, ...]
    by_unit: Mapping[str, tuple[Move, ...]] = field(default_factory=dict)
    points: Mapping[str, str] = field(default_factory=dict)
    """Point → the words that say it."""
    traps: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, float] = field(default_factory=dict)
    """Fact → how plainly it was asked for."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """Objection → the words that answer it well."""
    cautions: tuple[Caution, ...] = ()
    oddity: str | None = None
    """``silence``, ``nonsense``, ``other_language`` or ``long``: what is no turn of a talk."""

    def doing(self, *moves: Move) -> str | None:
        """The first words that do one of these moves."""
        return next((unit for unit, done in self.by_unit.items() if set(moves) & set(done)), None)


@dataclass(frozen=True, slots=True)
class ClientTurn:
    """What the client's words hold."""

    text: str
    told: frozenset[str]
    objections: frozenset[str]
    feeling: float = 0.0
    """From -1 (annoyed) to 1 (pleased)."""


class Reader:
    """Reads one scenario's talk in one language. Everything it compares with is learnt when it is made."""

    def __init__(self, scenario: Scenario, lang: Lang, bench: Bench) -> None:
        self.scenario, self.lang, self.bench = scenario, lang, bench
        self.words = w = scenario.words(lang)
        self._context = context_of(scenario, bench, lang)
        self._recogniser = bench.recogniser(lang)
        staff: dict[Hashable, Sequence[str]] = {("points", name): (part.say, *part.like) for name, part in w.points.items()}
        staff |= {("traps", name): part.like for name, part in w.traps.items()}
        staff |= {("asked", name): fact.asked for name, fact in w.facts.items()}
        staff |= {("answers", name): objection.like for name, objection in w.objections.items()}
        client: dict[Hashable, Sequence[str]] = {("told", name): fact.tells for name, fact in w.facts.items()}
        client |= {("raised", name): objection.says for name, objection in w.objections.items()}
        self._staff, self._client = bench.likeness.shelf(staff, lang), bench.likeness.shelf(client, lang)

    # the trainee

    def staff(self, text: str, before: Sequence[str] = ()) -> StaffTurn:
        """What the trainee's words do, after what the client has said ``before``. Never fails, whatever is said."""
        text = text[:LONGEST]
        parts = units(text, self.lang)
        letters = [ch for ch in text if unicodedata.category(ch)[0] in "LN"]
        if not letters:
            return StaffTurn(text, (), oddity="silence")
        oddity = self._oddity(text, len(letters), self._recogniser.nearest(parts))
        by_unit = {} if oddity in ("nonsense", "other_language") else self._moves(text)
        done = [move for moves in by_unit.values() for move in moves]
        cautions = breaches(text, self.scenario, self.bench, self._context, before)
        if any(c.rule.startswith(_PROMISES) and c.severity == "block" for c in cautions):
            done.append("promise")
        if any(c.rule in _PRESSES for c in cautions):
            done.append("pressure")
        near = self._staff.nearest(parts)

        def group(kind: str, least: Mapping[Lang, float]) -> dict[str, tuple[float, str]]:
            found = {name: near[kind, name] for which, name in near if which == kind}  # type: ignore[misc]
            return {name: pair for name, pair in found.items() if pair[0] >= least[self.lang]}

        asked = group("asked", ASKED_FROM)
        return StaffTurn(
            text, tuple(dict.fromkeys(done)), by_unit, points=_words(group("points", POINT_FROM)), traps=_words(group("traps", TRAP_FROM)),
            asked={name: value for name, (value, _) in sorted(asked.items(), key=lambda item: -item[1][0])},
            answers=_words(group("answers", ANSWER_FROM)), cautions=tuple(cautions), oddity=oddity,
        )  # fmt: skip

    def _sentences(self, text: str) -> list[str]:
        return [s.strip() for s in sentences(text, self.lang)][:MOST_UNITS]

    def _moves(self, text: str) -> dict[str, tuple[Move, ...]]:
        said = self._sentences(text)
        return {part: moves for part, moves in zip(said, self._recogniser.moves(said), strict=True) if moves}

    def _oddity(self, text: str, letters: int, nearest: float) -> str | None:
        if letters >= LONG[self.lang]:
            return "long"
        if letters >= 6 and language_of([re.sub(r"[\W\d]", "", text)]) != self.lang:
            return "other_language"
        if nearest < SENSE_FROM[self.lang]:
            return "nonsense"
        return None

    # the client

    def client(self, text: str) -> ClientTurn:
        """Which facts the client tells and which objections it raises: by the signs of the words, or as in the scenario's own."""
        near = self._client.nearest(units(text, self.lang))
        told = (name for name, fact in self.words.facts.items() if self._means(text, near.get(("told", name)), fact.signs))
        raised = (name for name, o in self.words.objections.items() if self._means(text, near.get(("raised", name)), o.signs))
        return ClientTurn(text, frozenset(told), frozenset(raised), self._recogniser.feeling(self._sentences(text)))

    def _means(self, text: str, near: tuple[float, str] | None, signs: Sequence[str]) -> bool:
        """The words come near to the scenario's own, or fairly near and one of the signs stands in them."""
        signed = any(sign.lower() in text.lower() for sign in signs)
        return near is not None and near[0] >= TOLD_FROM[self.lang] - (SIGNED if signed else 0)


def _words(found: Mapping[str, tuple[float, str]]) -> dict[str, str]:
    return {name: words for name, (_, words) in found.items()}
