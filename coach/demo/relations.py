"""How far each relationship has come, and the contacts that say so.

The stages are earned by the contacts: nothing effective for strangers; for the others as many effective
contacts, visits and days as the default policy asks, and not as many as the next stage asks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any

from coach.demo import talk
from coach.demo.calendar import at_work
from coach.demo.holdings import PRODUCTS, TERMED
from coach.demo.lives import Life, Talk, pick, school_year
from coach.demo.words import Pair
from coach.domain.outcomes import is_effective
from coach.domain.words import Lang

SHARES = {"stranger": 0.35, "acquainted": 0.35, "trusted": 0.22, "loyal": 0.08}
_BIAS = {"tiny": 0.0, "small": 0.1, "middle": 0.25, "well": 0.35, "rich": 0.4, "top": 0.45}
# stage → effective contacts, visits, days from first to last, days since the last (each from, to)
_HISTORY = {
    "acquainted": ((1, 3), (0, 1), (20, 200), (4, 150)),
    "trusted": ((4, 6), (1, 2), (90, 320), (3, 75)),
    "loyal": ((8, 11), (3, 4), (215, 480), (3, 50)),
}
_OUTCOMES = {
    "visit": (("reached", "done", "agreed"), (50, 38, 12)),
    "call": (("reached", "done", "appointment", "agreed", "refused"), (72, 10, 8, 5, 5)),
    "message": (("replied",), (1,)),
}
_OLD_ENOUGH = {"loyal": 560, "trusted": 420, "acquainted": 60}
_RELATION = {"stranger": (0, 1), "acquainted": (1, 3), "trusted": (3, 4), "loyal": (4, 5)}


def set_stages(rng: Random, lives: Sequence[Life], today: date) -> None:
    """Share out the stages, the wealthier somewhat further on; mark the few who want no contact; consent and scores."""
    ranked = sorted(lives, key=lambda c: -(rng.random() + _BIAS[c.wealth]))
    for stage in ("loyal", "trusted", "acquainted"):
        able = [c for c in ranked if c.stage == "stranger" and (today - c.opened).days > _OLD_ENOUGH[stage]]
        for life in able[: round(len(lives) * SHARES[stage])]:
            life.stage = stage
    quiet = [c for c in lives if c.stage == "acquainted" and c.wealth in ("tiny", "small", "middle")]
    for life in rng.sample(quiet, min(len(quiet), round(len(lives) * 0.015))):
        life.no_contact = True
    for life in lives:
        life.consent = False if life.no_contact else rng.choices((True, False, None), (82, 8, 10))[0]
        low, high = _RELATION[life.stage]
        life.scores = (
            rng.randint(low, high),
            rng.choices((0, 1, 2, 3, 4, 5), (8, 22, 32, 25, 9, 4))[0],
            rng.choices((0, 1, 2, 3, 4, 5), (12, 26, 32, 22, 6, 2))[0],
        )


def talk_over(rng: Random, lives: Sequence[Life], today: date, lang: Lang) -> None:
    """Write the contact histories of a book; some end with a promise that is due, some with one that is not."""
    for life in lives:
        if life.stage == "stranger":
            _strange(rng, life, today, lang)
        else:
            _history(rng, life, today, lang)
    able = [c for c in lives if c.stage != "stranger" and c.open_to_contact]
    rng.shuffle(able)
    due, later = max(1, round(len(lives) * 0.03)), max(1, round(len(lives) * 0.05))
    for i, life in enumerate(able[: due + later]):
        last = _last(life)
        wait = (today - last.at.date()).days
        if i < due:
            last.next_on = today - timedelta(days=min(rng.choice((0, 0, 1, 2, 4, 6)), wait - 1))
        else:
            last.next_on = today + timedelta(days=rng.randint(1, 21))
        last.outcome = "replied" if last.channel == "message" else rng.choice(("reached", "appointment"))
        last.summary = _promise(rng, life, lang)


def _strange(rng: Random, life: Life, today: date, lang: Lang) -> None:
    if rng.random() < 0.28:
        ago = sorted(rng.sample(range(3, 90), rng.choice((1, 1, 2))), reverse=True)
        for days in ago:
            outcome = rng.choices(("sent", "no_answer", "hung_up"), (40, 42, 18))[0]
            pool: Sequence[Pair | None] = {"sent": talk.SENT, "no_answer": talk.NO_ANSWER, "hung_up": talk.HUNG_UP}[outcome]
            if today - timedelta(days=days + 12) > life.opened:
                life.talks.append(
                    Talk(
                        at_work(rng, today - timedelta(days=days)),
                        "message" if outcome == "sent" else "call",
                        outcome,
                        pick(rng.choice(pool), lang),
                    )
                )


def _history(rng: Random, life: Life, today: date, lang: Lang) -> None:
    wanted, visits, span, since = (rng.randint(*r) for r in _HISTORY[life.stage])
    known = (today - life.opened).days - 15
    since = max(3, min(since, known // 2))
    span = min(span, known - since) if wanted > 1 else 0
    step = span / max(1, wanted - 1)
    ago = [since + round(step * i + (rng.uniform(-0.2, 0.2) * step if 0 < i < wanted - 1 else 0)) for i in range(wanted)][::-1]
    seen = set(rng.sample(range(wanted), min(visits, wanted)))
    topics = _topics(rng, life, today, lang)
    hello = rng.random() < 0.6
    for i, days in enumerate(ago):
        channel = "visit" if i in seen else rng.choices(("call", "message"), (60, 40))[0]
        outcome = rng.choices(*_OUTCOMES[channel])[0]
        if outcome == "refused":
            summary = pick(rng.choice(talk.REFUSED), lang)
        elif i == 0 and hello and channel != "visit":
            summary = pick(talk.HELLO, lang)
        else:
            summary = _next_topic(topics, channel, today - timedelta(days=days))
        if i and channel == "call" and rng.random() < 0.12 and days + 2 < ago[i - 1]:
            life.talks.append(
                Talk(at_work(rng, today - timedelta(days=days + 1)), "call", "no_answer", pick(rng.choice(talk.NO_ANSWER), lang))
            )
        life.talks.append(Talk(at_work(rng, today - timedelta(days=days)), channel, outcome, summary))
    life.talks.sort(key=lambda t: t.at)
    for before, after in pairwise(life.talks):
        if before.at.date() < after.at.date() and after.outcome != "no_answer" and rng.random() < 0.25:
            before.next_on = after.at.date()  # promised, and kept
    if life.no_contact:
        last = _last(life)
        last.channel, last.outcome, last.summary, last.next_on = "call", "refused", pick(talk.STOP, lang), None
    _part(life.talks)


def _last(life: Life) -> Talk:
    """The last contact in which the client was talked to."""
    return next(t for t in reversed(life.talks) if is_effective(t.outcome))


def _part(talks: list[Talk]) -> None:
    """No two contacts at one time."""
    taken: set[datetime] = set()
    for item in talks:
        while item.at in taken:
            item.at -= timedelta(minutes=5)
        taken.add(item.at)


_AT_BRANCH = ("网点", "当场", "自助机", "换了新折")
_SINCE = {"outflow": 30, "competitor": 120, "windfall": 120}
"""Days for which a situation can have been spoken of."""


@dataclass(frozen=True, slots=True)
class _Topic:
    text: str
    meeting: bool
    """It takes a meeting."""
    since: date


def _topics(rng: Random, life: Life, today: date, lang: Lang) -> list[_Topic]:
    """What there is to talk about with this client, in an order of chance; general service comes last."""
    told: list[tuple[Pair, dict[str, Any], date]] = []
    kid = pick(life.kid, lang)
    if life.exam and kid:
        values = {"kid": kid, "exam": pick(life.exam, lang)}
        told += [(pair, values, date(school_year(today), 9, 1)) for pair in talk.EXAM]
    elif kid and life.kid_grade <= 16:
        told.append((rng.choice(talk.CHILD), {"kid": kid}, date.min))
    for name, pairs in talk.SITUATION.items():
        if name in life.situations:
            values = {"bank": pick(life.other_bank, lang), "windfall": pick(life.tags[0], lang) if life.tags else ""}
            told.append((pairs[0], values, today - timedelta(days=_SINCE[name])))
    if held := next((h for h in life.holdings if PRODUCTS[h.key][0] in TERMED), None):
        told.append((rng.choice(talk.HELD), {"product": pick(PRODUCTS[held.key][1], lang)}, held.start or date.min))
    told += [(rng.choice(talk.INTEREST), {"it": pick(it, lang)}, date.min) for it in life.interests[:2]]
    own = talk.LIFE[life.kind]
    told += [(pair, {}, date.min) for pair in rng.sample(own, min(2, len(own)))]
    rng.shuffle(told)
    told += [(pair, {}, date.min) for pair in rng.sample(talk.SERVICE, len(talk.SERVICE))]
    return [_Topic(_told(pair, values, lang), any(word in pair[0] for word in _AT_BRANCH), since) for pair, values, since in told]


def _next_topic(topics: list[_Topic], channel: str, on: date) -> str | None:
    """The next topic that suits the channel and the day, and never again; a meeting has those first that take one."""
    able = [t for t in topics if t.since < on and (channel == "visit" or not t.meeting)]
    if not able:
        return None
    topic = next((t for t in able if t.meeting), able[0])
    topics.remove(topic)
    return topic.text


def _told(pair: Pair, values: dict[str, Any], lang: Lang) -> str:
    return pick(pair, lang, **values) or ""


def _promise(rng: Random, life: Life, lang: Lang) -> str:
    choices = [(p, {}) for p in talk.PROMISE["any"]]
    told = _last(life).at.date()
    running = [h for h in life.holdings if h.start and h.start < told < (h.matures or told) and PRODUCTS[h.key][0] in TERMED]
    if held := min(running, key=lambda h: h.matures or date.max, default=None):
        choices += [(talk.PROMISE["held"][0], {"product": pick(PRODUCTS[held.key][1], lang)})] * 2
    if life.kind in ("shop", "firm"):
        choices += [(talk.PROMISE["shop"][0], {})] * 2
    if life.exam and life.kid:
        choices += [(talk.PROMISE["exam"][0], {"kid": pick(life.kid, lang)})] * 4
    pair, values = rng.choice(choices)
    return _told(pair, values, lang)
