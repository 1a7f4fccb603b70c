"""What the model is given to write from: numbered passages with this client's facts, and the facts themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice

from coach.assistant.compose import goal_of
from coach.assistant.offers import Offer, Offers
from coach.domain.format import day
from coach.domain.slots import SLOTS
from coach.domain.weekdays import weekday
from coach.domain.words import Lang, label, pick

POINTS, OBJECTIONS, CARE, MESSAGES = 4, 1, 3, 1
"""So many passages of each kind are given: few, since a small model reads a few dozen tokens a second."""
_NOT_TOLD = frozenset({"name", "manager_no", "on", "today", "days_since"})
"""Facts that the model has no use for, or must not see."""
_HEADS = {
    "point": ("要点段落", "passages for points"),
    "care": ("关怀段落", "passages for care"),
    "message": ("消息样例", "sample message"),
}
_WANTED = {
    "point": ("points 从 {span} 里挑，每条只写一个段落的意思", "points out of {span}, each saying what one passage says"),
    "care": ("care 从 {span} 里挑", "care out of {span}"),
    "message": ("message 参照 {span}", "message after {span}"),
}


@dataclass(frozen=True, slots=True)
class Material:
    """Numbered from 1: ``offers[0]`` is passage [1]."""

    offers: tuple[Offer, ...]
    passages: str
    facts: str
    action: str
    wanted: str
    """Which passages are for what, in one line."""

    @property
    def by_id(self) -> Mapping[str, Offer]:
        return {o.passage.id: o for o in self.offers}

    @property
    def ids(self) -> list[str]:
        return [o.passage.id for o in self.offers]


def material(offers: Offers) -> Material:
    """The passages that fit this client best, of each kind that is wanted, with the facts and what is to be done."""
    lang = offers.case.lang
    spoken = list(islice(offers.spoken("opening"), 1)) if offers.candidate.channel != "message" else []
    spoken += islice(offers.spoken("point"), POINTS)
    spoken += islice(offers.spoken("objection"), OBJECTIONS)
    care: list[Offer] = []
    for offer in offers.care():
        if len(care) == CARE:
            break
        if offer.passage.care != "gift" or all(o.passage.care != "gift" for o in care):
            care.append(offer)
    groups = {"point": spoken, "care": care, "message": list(islice(offers.messages(), MESSAGES))}
    chosen = [o for group in groups.values() for o in group]
    lines, wanted, number = [], [], 0
    for kind, group in groups.items():
        if group:
            lines.append(pick(lang, *_HEADS[kind]))
            span = f"[{number + 1}]–[{number + len(group)}]" if len(group) > 1 else f"[{number + 1}]"
            wanted.append(pick(lang, *_WANTED[kind]).format(span=span))
        for offer in group:
            number += 1
            lines.append(f"[{number}] {_told(offer, lang)}")
    asked = pick(lang, f"请写 JSON：{'；'.join(wanted)}。", f"Write the JSON: {'; '.join(wanted)}.")
    return Material(tuple(chosen), "\n".join(lines), facts_text(offers), action_text(offers), asked)


def _told(offer: Offer, lang: Lang) -> str:
    cap = offer.cost_cap
    return offer.text + (pick(lang, f"（礼品不超过{cap}元）", f" (gift of at most {cap} yuan)") if cap else "")


def facts_text(offers: Offers) -> str:
    """The client's facts, one a line, under their labels; today first, with its weekday."""
    case, lang = offers.case, offers.case.lang
    today = f"{day(case.today, lang)} {weekday(case.today, lang)}"
    lines = [f"{pick(lang, *SLOTS['today'])}: {today}", f"{pick(lang, '关系', 'relationship')}: {label(case.client.stage, lang)}"]
    lines += [f"{pick(lang, *SLOTS[slot])}: {value}" for slot, value in offers.facts.values.items() if slot not in _NOT_TOLD]
    return "\n".join(lines)


def action_text(offers: Offers) -> str:
    """The channel and the goal of the step in force."""
    lang = offers.case.lang
    return f"{label(offers.candidate.channel, lang)}{pick(lang, '，', ': ')}{goal_of(offers, offers.step)}"
