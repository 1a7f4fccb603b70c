"""The offline engine: a suggestion composed from the play in force, the passages and the client's facts.

No model and no network. Everything said is a passage of the playbook with this client's facts in its
slots, so every figure has a record; :mod:`coach.assistant.grounding` counts it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b

from coach.assistant import grounding, guard
from coach.assistant.choose import fits, gift_cap, given_before, matches, nearest, ranked
from coach.assistant.engine import Candidate, Case
from coach.domain.compliance import Caution, Context, check_contact, check_gift, check_product, check_text
from coach.domain.evidence import evidence_out
from coach.domain.facts import Facts
from coach.domain.slots import fill
from coach.domain.suggestion import CareIdea, Citation, Grounding, Move, NextAction, Point, Reason, Suggestion
from coach.domain.words import pick
from coach.domain.working_days import next_working_day, previous_working_day
from coach.playbook.cards import Card, Passage

MAX_POINTS = 4
MAX_CARE = 3
MAX_AHEAD = 3
_CARE_TOPICS = ("care.gift", "care.family", "care.business")


@dataclass
class _Draft:
    """What has been put together so far for one candidate."""

    candidate: Candidate
    facts: Facts
    product_allowed: bool
    points: list[Point] = field(default_factory=list)
    care: list[CareIdea] = field(default_factory=list)
    message: str = ""
    cautions: list[Caution] = field(default_factory=list)
    used: dict[str, Passage] = field(default_factory=dict)

    def cite(self, *passages: Passage) -> tuple[str, ...]:
        self.used.update((p.id, p) for p in passages)
        return tuple(p.id for p in passages)


def compose(case: Case, engine: str = "offline", fallback: str | None = None) -> Suggestion:
    """The suggestion for a case: the first candidate that the rules allow; the ones passed over are told in the cautions."""
    base = guard.context(case.policy, case.today, case.lang, client=case.client)
    passed_over: list[Caution] = []
    for candidate in case.candidates:
        cautions = _before(candidate, case, base)
        if not guard.blocks(cautions):
            return _written(case, candidate, base, passed_over + cautions, engine, fallback)
        passed_over += cautions
    return _nothing_allowed(case, passed_over, engine, fallback)


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


def _written(case: Case, candidate: Candidate, base: Context, cautions: list[Caution], engine: str, fallback: str | None) -> Suggestion:
    card = case.playbook.card(candidate.play, case.lang)
    allowed = bool(case.client.marketing_consent)
    draft = _Draft(candidate, case.facts(candidate.signal), allowed, cautions=cautions)
    near = nearest(candidate, case, draft.facts, ("point", "objection", "care", "opening"))
    _add_points(draft, case, card, near, base)
    _add_care(draft, case, card, near, base)
    _add_message(draft, case, card, base)
    action = _action(draft, case, card)
    claims = [(p.text, p.cites) for p in draft.points] + [(c.text, c.cites) for c in draft.care]
    shown = {p.id: f"{p.title}\n{p.shown}" for p in draft.used.values()}
    counted, _ = grounding.count(claims, shown, draft.facts)
    because = [candidate.signal, *(s for s in case.client.signals if s is not candidate.signal)] if candidate.signal else []
    return Suggestion(
        suggestion_no=_number(case, candidate, engine),
        client_no=case.client.client_no,
        date=case.today,
        engine=engine,
        fallback=fallback,
        play=candidate.play,
        because=tuple(Reason(s.signal, evidence_out(s.evidence)) for s in because),
        next_action=action,
        talking_points=tuple(draft.points),
        care_ideas=tuple(draft.care),
        message_draft=draft.message,
        cautions=guard.notes(draft.cautions),
        citations=_citations(draft.used.values(), draft.cautions, case),
        grounding=counted,
    )


def _nothing_allowed(case: Case, cautions: list[Caution], engine: str, fallback: str | None) -> Suggestion:
    first = case.candidates[0]
    return Suggestion(
        suggestion_no=_number(case, first, engine),
        client_no=case.client.client_no,
        date=case.today,
        engine=engine,
        fallback=fallback,
        play=first.play,
        because=tuple(Reason(s.signal, evidence_out(s.evidence)) for s in case.client.signals),
        next_action=None,
        talking_points=(),
        care_ideas=(),
        message_draft="",
        cautions=guard.notes(cautions),
        citations=_citations((), cautions, case),
        grounding=Grounding(),
    )


# --- points -------------------------------------------------------------------------------------------------------


def _clean(text: str, draft: _Draft, case: Case, base: Context, channel: str, purpose: str) -> bool:
    """Whether the rules of words let a text pass; what they only warn of is kept as a caution."""
    found = check_text(text, guard.with_purpose(base, channel, purpose), case.rules)
    if guard.blocks(found):
        return False
    draft.cautions += found
    return True


def _add_points(draft: _Draft, case: Case, card: Card, near: dict[str, int], base: Context) -> None:
    """An opening for the stage, the points that fit this client best, and the objection that is likeliest."""
    c, facts = draft.candidate, draft.facts

    def usable(*kinds: str) -> list[Passage]:
        pool = [p for p in card.of(*kinds) if fits(p, c, case, facts, product_allowed=draft.product_allowed)]  # type: ignore[arg-type]
        return ranked(pool, c, case, facts, near)

    def add(kinds: tuple[str, ...], most: int, frame: tuple[str, str]) -> None:
        for p in usable(*kinds):
            if most == 0:
                return
            text = pick(case.lang, *frame).format(text=fill(p.text, facts.values), says=p.says)
            if _clean(text, draft, case, base, "visit", p.purpose):
                draft.points.append(Point(text, draft.cite(p)))
                most -= 1

    if c.channel != "message":
        add(("opening",), 1, ("开口：「{text}」", "Open with: “{text}”"))
    add(("point",), MAX_POINTS - len(draft.points), ("{text}", "{text}"))
    add(("objection",), 1, ("若客户说「{says}」：{text}", "If the client says “{says}”: {text}"))


# --- care ---------------------------------------------------------------------------------------------------------


def _add_care(draft: _Draft, case: Case, card: Card, near: dict[str, int], base: Context) -> None:
    """Care ideas from the card and the care cards; a gift only where the card allows one, never one given before."""
    pool = list(card.of("care"))
    for topic in _CARE_TOPICS:
        if topic != card.id and (topic, case.lang) in case.playbook.cards:
            pool += case.playbook.card(topic, case.lang).of("care")
    usable = [p for p in pool if fits(p, draft.candidate, case, draft.facts, product_allowed=False) and matches(p, case.client)]
    order = ranked(usable, draft.candidate, case, draft.facts, near)
    order.sort(key=lambda p: not (p.match or p.topic == card.id))
    kinds: list[str] = []
    for p in order:
        if len(draft.care) == MAX_CARE:
            return
        if kinds.count(p.care or "care") == (1 if p.care == "gift" else 2):
            continue
        cap = None
        if p.care == "gift":
            cap = gift_cap(p, case)
            if not card.allows_gift(_signal(draft.candidate)) or given_before(p, case.client) or cap <= 0:
                continue
            if guard.blocks(check_gift(cap * 100, False, base, case.rules)):
                continue
        text = fill(p.text, draft.facts.values)
        if _clean(text, draft, case, base, "visit", "service"):
            kinds.append(p.care or "care")
            draft.care.append(CareIdea(p.care or "care", text, draft.cite(p), cap))


# --- message ------------------------------------------------------------------------------------------------------


def _add_message(draft: _Draft, case: Case, card: Card, base: Context) -> None:
    """The most specific message that the rules let go; a product message stays a draft, and a caution says so."""
    pool = [p for p in card.of("message") if fits(p, draft.candidate, case, draft.facts, product_allowed=draft.product_allowed)]
    step = case.playbook.passage(f"{draft.candidate.play}/{draft.candidate.step}", case.lang)
    order = ranked(pool, draft.candidate, case, draft.facts, {})
    order.sort(key=lambda p: p.purpose != step.purpose)
    for p in order:
        here = guard.with_purpose(base, "message", p.purpose)
        text = fill(p.text, draft.facts.values)
        found = check_contact(here, case.rules) + check_text(text, here, case.rules)
        if not guard.blocks(found):
            draft.message = text
            draft.cautions += found
            draft.cite(p)
            return


def _signal(c: Candidate) -> str:
    """The signal's name; where none holds, the relationship's rhythm is what is followed."""
    return c.signal.signal if c.signal else "cadence_due"


# --- what to do, and its frame ------------------------------------------------------------------------------------


def _action(draft: _Draft, case: Case, card: Card) -> NextAction:
    c, facts = draft.candidate, draft.facts
    step = case.playbook.passage(f"{c.play}/{c.step}", case.lang)
    draft.cite(step)
    when = max(c.due, case.today)
    return NextAction(c.channel, when, _goal(step, facts), tuple(_ahead(c, case, card, facts, when, step)))


def _goal(step: Passage, facts: Facts) -> str:
    """The step's goal with the client's facts; its title where a fact of the goal is not known."""
    try:
        return fill(step.goal, facts.values)
    except KeyError:
        return step.title


def _ahead(c: Candidate, case: Case, card: Card, facts: Facts, when: date, step: Passage) -> Iterable[Move]:
    """The steps that come after, on working days: drawn forward where the day is bound, else the next one."""
    signal = _signal(c)
    anchor = c.signal.on if c.signal and card.pace == "anchor" else when - timedelta(days=step.offset or 0)
    later = [s for s in card.steps_for(signal) if (s.offset or 0) > (step.offset or 0) and s.name not in c.done]
    for s in later[:MAX_AHEAD]:
        day = anchor + timedelta(days=s.offset or 0)
        if day > when:
            bound = card.pace == "anchor" and (s.offset or 0) <= 0
            yield Move((previous_working_day if bound else next_working_day)(day), s.channel or "message", _goal(s, facts))


def _citations(used: Iterable[Passage], cautions: list[Caution], case: Case) -> tuple[Citation, ...]:
    passages = {p.id: p for p in used}
    for caution in cautions:
        for cite in caution.cites:
            if (cite, case.lang) in case.playbook.passages:
                passages.setdefault(cite, case.playbook.passage(cite, case.lang))
    return tuple(Citation(p.id, p.topic, p.title, p.shown) for p in passages.values())


def _number(case: Case, candidate: Candidate, engine: str) -> str:
    """The same client, date, step, engine, language and rules give the same number."""
    anchor = candidate.signal.on.isoformat() if candidate.signal else ""
    parts = (case.client.client_no, case.today.isoformat(), engine, case.lang, candidate.play, candidate.step, anchor, case.rules.version)
    return blake2b("|".join(parts).encode(), digest_size=8).hexdigest()
