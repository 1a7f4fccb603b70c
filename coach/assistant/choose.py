"""Which passages fit this client: conditions, known facts, purpose allowed, then the most specific first.

Choosing is deterministic. What decides is, in order: does the passage speak of the signal's own
evidence, of this client's life, of the step in force; then how near it is to the client's own words
(the retriever's ranks).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from hashlib import blake2b

from coach.assistant.engine import Candidate, Case
from coach.domain.client import ClientPicture
from coach.domain.facts import Facts
from coach.domain.policy import Policy
from coach.playbook.cards import Kind, Passage

ALWAYS = frozenset({"name", "call_name", "manager_name", "manager_no", "branch", "today", "assets"})
"""Facts that nearly every client has: they make a text no more specific."""
_PROFILE = frozenset({"interest", "child", "child_exam", "elder", "spouse", "business", "occupation", "community", "note", "last_summary"})
_HAN_PAIR = re.compile(r"(?=([\u4e00-\u9fff]{2}))")
_COMMON_PAIRS = frozenset(
    ["一份", "一个", "一盒", "一罐", "一本", "一套", "一束", "一张", "礼物", "礼品", "小礼", "客户", "送礼", "生日", "节日"]
)
_COMMON_WORDS = frozenset({"gift", "small", "with", "from", "card", "birthday", "some", "their", "pack", "little"})


def fits(p: Passage, candidate: Candidate, case: Case, facts: Facts, *, product_allowed: bool) -> bool:
    """Whether a passage may be used: its conditions hold, its facts are known, its purpose is allowed."""
    signal = candidate.signal.signal if candidate.signal else "cadence_due"
    return (
        p.applies(signal=signal, stage=case.client.stage, tier=case.client.tier, step=candidate.step)
        and facts.has(p.needs)
        and (product_allowed or p.purpose == "service")
    )


def _turn(case: Case, passage_id: str) -> int:
    """A stable shuffle, so that clients alike in everything still get different choices over time."""
    seed = f"{case.client.client_no}|{case.today.isocalendar().week}|{passage_id}"
    return int.from_bytes(blake2b(seed.encode(), digest_size=4).digest(), "big")


def specificity(p: Passage, candidate: Candidate, facts: Facts) -> int:
    """How much a passage is about this client and this step."""
    evidence = sum(1 for need in p.needs - ALWAYS - _PROFILE if need in facts.values)
    life = sum(1 for need in p.needs & _PROFILE)
    signal = candidate.signal is not None and candidate.signal.signal in p.signals
    return 4 * min(evidence, 3) + 3 * min(life, 2) + 3 * signal + 2 * bool(p.steps) + bool(p.stages)


def ranked(passages: Iterable[Passage], candidate: Candidate, case: Case, facts: Facts, near: Mapping[str, int]) -> list[Passage]:
    """The passages, best first. ``near``: passage id → rank among the retriever's hits (0 = nearest)."""

    def key(p: Passage) -> tuple[float, int]:
        nearness = 3.0 / (1 + near[p.id]) if p.id in near else 0.0
        return (-(specificity(p, candidate, facts) + nearness), _turn(case, p.id))

    return sorted(passages, key=key)


def query_of(candidate: Candidate, case: Case, facts: Facts) -> str:
    """What the retriever is asked: the card's title and the client's own circumstances."""
    client = case.client
    words = [
        case.playbook.card(candidate.play, case.lang).title,
        *client.interests,
        *client.tags,
        client.occupation,
        client.family,
        facts.values.get("promised"),
        facts.values.get("last_summary"),
        client.note,
    ]
    return " ".join(word for word in words if word)[:300]


def nearest(candidate: Candidate, case: Case, facts: Facts, kinds: tuple[Kind, ...], k: int = 24) -> dict[str, int]:
    """Passage id → rank for what lies nearest to the client's circumstances."""
    topics = {candidate.play, "care.gift", "care.family", "care.business"}
    hits = case.retriever.search(query_of(candidate, case, facts), lang=case.lang, k=k, topics=topics, kinds=kinds)
    return {hit.id: rank for rank, hit in enumerate(hits)}


def matches(p: Passage, client: ClientPicture) -> bool:
    """Whether a care idea's words stand in the client's own circumstances; true where it asks for none."""
    if not p.match:
        return True
    own = " ".join(filter(None, (*client.interests, *client.tags, client.occupation, client.family, client.note))).lower()
    return any(_stands(word.lower(), own) for word in p.match)


def _stands(word: str, text: str) -> bool:
    return bool(re.search(rf"\b{re.escape(word)}(?:s|es)?\b", text)) if word.isascii() else word in text


def _traits(text: str) -> set[str]:
    pairs = set(_HAN_PAIR.findall(text)) - _COMMON_PAIRS
    words = set(re.findall(r"[a-z]{4,}", text.lower())) - _COMMON_WORDS
    return pairs | words


def given_before(p: Passage, client: ClientPicture) -> bool:
    """Whether a gift idea is, by its words, something that the client was given before."""
    idea = _traits(p.title + " " + p.text)
    return any(_traits(gift.item) & idea for gift in client.gifts)


def gift_cap(p: Passage, case: Case) -> int:
    """The most that a gift may cost now, in whole yuan: the idea's, the policy's, and what is left of the year's."""
    policy: Policy = case.policy
    year = sum(g.value_fen or 0 for g in case.client.gifts if g.on.year == case.today.year)
    left = max(policy.gifts.cap_per_year - year, 0)
    return min(p.cost_cap or 0, policy.gifts.cap // 100, left // 100)
