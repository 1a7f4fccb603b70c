"""What may be said to a client now: passages of the play in force, filled with this client's facts, best first.

Everything offered here has passed the conditions of its card and the rules of words. The offline engine
says the first of them; a language model is given more of them to write from.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from coach.assistant import guard
from coach.assistant.choose import fits, gift_cap, given_before, matches, nearest, ranked
from coach.assistant.engine import Candidate, Case
from coach.domain.compliance import Caution, Context, check_contact, check_gift, check_product, check_text
from coach.domain.facts import Facts
from coach.domain.slots import fill
from coach.domain.words import pick
from coach.playbook.cards import Card, Kind, Passage

_CARE_TOPICS = ("care.gift", "care.family", "care.business")


@dataclass(frozen=True, slots=True)
class Offer:
    """One passage ready to be said: its text with this client's facts, and what the rules only warn of."""

    passage: Passage
    text: str
    cautions: tuple[Caution, ...] = ()
    cost_cap: int | None = None
    """Gifts only: the most that it may cost, in yuan."""


class Offers:
    """All that may be said to one client for one candidate; each method yields lazily, best first."""

    def __init__(self, case: Case, candidate: Candidate, base: Context) -> None:
        self.case, self.candidate, self.base = case, candidate, base
        self.card: Card = case.playbook.card(candidate.play, case.lang)
        self.step: Passage = case.playbook.passage(f"{candidate.play}/{candidate.step}", case.lang)
        self.facts: Facts = case.facts(candidate.signal)

    @cached_property
    def _near(self) -> dict[str, int]:
        return nearest(self.candidate, self.case, self.facts, ("point", "objection", "care", "opening"))

    def _usable(self, pool: Iterable[Passage], *, product_allowed: bool) -> list[Passage]:
        return [p for p in pool if fits(p, self.candidate, self.case, self.facts, product_allowed=product_allowed)]

    def _clean(self, text: str, channel: str, purpose: str) -> tuple[Caution, ...] | None:
        """What the rules of words warn of; ``None`` where they block."""
        found = check_text(text, guard.with_purpose(self.base, channel, purpose), self.case.rules)
        return None if guard.blocks(found) else tuple(found)

    def spoken(self, kind: Kind) -> Iterator[Offer]:
        """Openings, points or objections' answers that fit this client."""
        pool = self._usable(self.card.of(kind), product_allowed=bool(self.case.client.marketing_consent))
        for p in ranked(pool, self.candidate, self.case, self.facts, self._near):
            text = self._framed(p)
            if (found := self._clean(text, "visit", p.purpose)) is not None:
                yield Offer(p, text, found)

    def _framed(self, p: Passage) -> str:
        """The text with the facts, and what tells an opening and an objection's answer from a point."""
        text, lang = fill(p.text, self.facts.values), self.case.lang
        if p.kind == "opening":
            return pick(lang, f"开口：「{text}」", f"Open with: “{text}”")
        if p.kind == "objection":
            return pick(lang, f"若客户说「{p.says}」：{text}", f"If the client says “{p.says}”: {text}")
        return text

    def care(self) -> Iterator[Offer]:
        """Care ideas of the card and the care cards; a gift only where the card allows one, never one given before."""
        case, pool = self.case, list(self.card.of("care"))
        for topic in _CARE_TOPICS:
            if topic != self.card.id and (topic, case.lang) in case.playbook.cards:
                pool += case.playbook.card(topic, case.lang).of("care")
        usable = [p for p in self._usable(pool, product_allowed=False) if matches(p, case.client)]
        order = ranked(usable, self.candidate, case, self.facts, self._near)
        for p in sorted(order, key=lambda p: not (p.match or p.topic == self.card.id)):
            cap = None
            if p.care == "gift":
                cap = gift_cap(p, case)
                if not self.card.allows_gift(signal_of(self.candidate)) or given_before(p, case.client) or cap <= 0:
                    continue
                if guard.blocks(check_gift(cap * 100, False, self.base, case.rules)):
                    continue
            text = fill(p.text, self.facts.values)
            if (found := self._clean(text, "visit", "service")) is not None:
                yield Offer(p, text, found, cap)

    def messages(self) -> Iterator[Offer]:
        """Messages that the rules let go, those of the step's purpose first; a product message is a draft, and a caution says so."""
        pool = self._usable(self.card.of("message"), product_allowed=bool(self.case.client.marketing_consent))
        order = ranked(pool, self.candidate, self.case, self.facts, {})
        for p in sorted(order, key=lambda p: p.purpose != self.step.purpose):
            here = guard.with_purpose(self.base, "message", p.purpose)
            text = fill(p.text, self.facts.values)
            found = check_contact(here, self.case.rules) + check_text(text, here, self.case.rules)
            if not guard.blocks(found):
                yield Offer(p, text, tuple(found))


def signal_of(c: Candidate) -> str:
    """The signal's name; where none holds, the relationship's rhythm is what is followed."""
    return c.signal.signal if c.signal else "cadence_due"


@dataclass(frozen=True, slots=True)
class Chosen:
    """The candidate to act on (``None`` = the rules allow none), with what the rules said up to there."""

    candidate: Candidate | None
    base: Context
    cautions: tuple[Caution, ...]


def choose(case: Case) -> Chosen:
    """The first candidate that the rules allow; the ones passed over are told in the cautions."""
    base = guard.context(case.policy, case.today, case.lang, client=case.client)
    said: list[Caution] = []
    for candidate in case.candidates:
        found = _before(candidate, case, base)
        said += found
        if not guard.blocks(found):
            return Chosen(candidate, base, tuple(said))
    return Chosen(None, base, tuple(said))


def _before(candidate: Candidate, case: Case, base: Context) -> list[Caution]:
    """What the rules say of the contact, and of the product that the signal points to."""
    step = case.playbook.passage(f"{candidate.play}/{candidate.step}", case.lang)
    here = guard.with_purpose(base, candidate.channel, step.purpose)
    cautions = check_contact(here, case.rules)
    if candidate.signal and (product_id := candidate.signal.evidence.get("product_id")):
        product = case.policy.product(product_id)
        risk = product.risk if product.type in guard.INVESTMENTS else None
        cautions += check_product(risk, product.called(case.lang), product.complex, here, case.rules)
    return cautions
