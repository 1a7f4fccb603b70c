"""The offline engine: a suggestion composed from the play in force, the passages and the client's facts.

No model and no network. Everything said is a passage of the playbook with this client's facts in its
slots, so every figure has a record; :mod:`coach.assistant.grounding` counts it all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import blake2b

from coach.assistant import grounding, guard
from coach.assistant.engine import Candidate, Case
from coach.assistant.offers import Chosen, Offer, Offers, choose, signal_of
from coach.domain.compliance import Caution
from coach.domain.evidence import evidence_out
from coach.domain.slots import fill
from coach.domain.suggestion import CareIdea, Citation, Grounding, Move, NextAction, Point, Reason, Suggestion
from coach.domain.working_days import next_working_day, previous_working_day
from coach.playbook.cards import Passage

MAX_POINTS = 4
MAX_CARE = 3
MAX_AHEAD = 3


@dataclass
class Draft:
    """What has been put together so far for one candidate: the words, whoever writes them."""

    points: list[Point] = field(default_factory=list)
    care: list[CareIdea] = field(default_factory=list)
    message: str = ""
    cautions: list[Caution] = field(default_factory=list)
    used: dict[str, Passage] = field(default_factory=dict)

    def cite(self, *passages: Passage) -> tuple[str, ...]:
        self.used.update((p.id, p) for p in passages)
        return tuple(p.id for p in passages)

    @property
    def shown(self) -> dict[str, str]:
        """Id → text of every passage used, as it is quoted."""
        return {p.id: f"{p.title}\n{p.shown}" for p in self.used.values()}

    @property
    def claims(self) -> list[tuple[str, tuple[str, ...]]]:
        """Every text that must be grounded, with what it cites."""
        return [(p.text, p.cites) for p in self.points] + [(c.text, c.cites) for c in self.care]


def compose(case: Case, engine: str = "offline", fallback: str | None = None) -> Suggestion:
    """The suggestion for a case: the first candidate that the rules allow; the ones passed over are told in the cautions."""
    chosen = choose(case)
    if chosen.candidate is None:
        return nothing_allowed(case, chosen, engine, fallback)
    return from_playbook(Offers(case, chosen.candidate, chosen.base), chosen, engine, fallback)


def from_playbook(offers: Offers, chosen: Chosen, engine: str, fallback: str | None) -> Suggestion:
    """The suggestion in the playbook's own words; ``fallback``: why no model wrote it."""
    draft = written(offers)
    counted, _ = grounding.count(draft.claims, draft.shown, offers.facts)
    return framed(offers, chosen, draft, counted, engine, fallback)


def written(offers: Offers) -> Draft:
    """Points, care ideas and the message as the playbook words them."""
    draft = Draft()
    _add_points(draft, offers)
    _add_care(draft, offers.care())
    for offer in offers.messages():
        draft.message = offer.text
        draft.cautions += offer.cautions
        draft.cite(offer.passage)
        break
    return draft


def framed(offers: Offers, chosen: Chosen, draft: Draft, counted: Grounding, engine: str, fallback: str | None) -> Suggestion:
    """A draft with what the rules decide around it: the play, its reasons, the next action, cautions, citations."""
    case, candidate = offers.case, offers.candidate
    action = _action(draft, offers)
    because = [candidate.signal, *(s for s in case.client.signals if s is not candidate.signal)] if candidate.signal else []
    cautions = [*chosen.cautions, *draft.cautions]
    return Suggestion(
        suggestion_no=_number(case, candidate, engine, () if engine == "offline" else (*(t for t, _ in draft.claims), draft.message)),
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
        cautions=guard.notes(cautions),
        citations=_citations(draft.used.values(), cautions, case),
        grounding=counted,
    )


def nothing_allowed(case: Case, chosen: Chosen, engine: str, fallback: str | None = None) -> Suggestion:
    """No contact is allowed: no words, and the cautions say why."""
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
        cautions=guard.notes(chosen.cautions),
        citations=_citations((), chosen.cautions, case),
        grounding=Grounding(),
    )


# --- the playbook's own words ---------------------------------------------------------------------------------------


def _add_points(draft: Draft, offers: Offers) -> None:
    """An opening for the stage, the points that fit this client best, and the objection that is likeliest."""

    def add(found: Iterable[Offer], most: int) -> None:
        for offer in found:
            if most == 0:
                return
            draft.points.append(Point(offer.text, draft.cite(offer.passage)))
            draft.cautions += offer.cautions
            most -= 1

    if offers.candidate.channel != "message":
        add(offers.spoken("opening"), 1)
    add(offers.spoken("point"), MAX_POINTS - len(draft.points))
    add(offers.spoken("objection"), 1)


def _add_care(draft: Draft, found: Iterable[Offer]) -> None:
    """Three ideas: one gift at most, two of the other kinds each."""
    kinds: list[str] = []
    for offer in found:
        if len(draft.care) == MAX_CARE:
            return
        kind = offer.passage.care or "care"
        if kinds.count(kind) < (1 if kind == "gift" else 2):
            kinds.append(kind)
            draft.care.append(CareIdea(kind, offer.text, draft.cite(offer.passage), offer.cost_cap))
            draft.cautions += offer.cautions


# --- what to do, and its frame --------------------------------------------------------------------------------------


def _action(draft: Draft, offers: Offers) -> NextAction:
    case, c = offers.case, offers.candidate
    draft.cite(offers.step)
    when = max(c.due, case.today)
    return NextAction(c.channel, when, goal_of(offers, offers.step), tuple(_ahead(offers, when)))


def goal_of(offers: Offers, step: Passage) -> str:
    """The step's goal with the client's facts; its title where a fact of the goal is not known."""
    try:
        return fill(step.goal, offers.facts.values)
    except KeyError:
        return step.title


def _ahead(offers: Offers, when: date) -> Iterable[Move]:
    """The steps that come after, on working days: drawn forward where the day is bound, else the next one."""
    c, card, step = offers.candidate, offers.card, offers.step
    anchor = c.signal.on if c.signal and card.pace == "anchor" else when - timedelta(days=step.offset or 0)
    later = [s for s in card.steps_for(signal_of(c)) if (s.offset or 0) > (step.offset or 0) and s.name not in c.done]
    for s in later[:MAX_AHEAD]:
        day = anchor + timedelta(days=s.offset or 0)
        if day > when:
            bound = card.pace == "anchor" and (s.offset or 0) <= 0
            yield Move((previous_working_day if bound else next_working_day)(day), s.channel or "message", goal_of(offers, s))


def _citations(used: Iterable[Passage], cautions: Iterable[Caution], case: Case) -> tuple[Citation, ...]:
    passages = {p.id: p for p in used}
    for caution in cautions:
        for cite in caution.cites:
            if (cite, case.lang) in case.playbook.passages:
                passages.setdefault(cite, case.playbook.passage(cite, case.lang))
    return tuple(Citation(p.id, p.topic, p.title, p.shown) for p in passages.values())


def _number(case: Case, candidate: Candidate, engine: str, words: Sequence[str] = ()) -> str:
    """The same client, date, step, engine, language, rules and written words give the same number."""
    anchor = candidate.signal.on.isoformat() if candidate.signal else ""
    parts = (case.client.client_no, case.today.isoformat(), engine, case.lang, candidate.play, candidate.step, anchor, case.rules.version)
    return blake2b("|".join((*parts, *words)).encode(), digest_size=8).hexdigest()
