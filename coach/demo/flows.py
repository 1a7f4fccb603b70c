"""Movements of half a year and thirteen month-ends that agree: a month's change is the sum of its movements."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from coach.demo import words
from coach.demo.lives import YUAN, Life, Move, pick
from coach.demo.words import PAYERS, PURPOSE
from coach.domain.words import Lang

WINDOW = 180
"""Days of movements."""

ORDINARY_MOST = 45_000 * YUAN
"""No ordinary movement is a large one (the signal's line is 50,000 yuan), except a firm's."""


def live(rng: Random, life: Life, today: date, lang: Lang) -> None:
    """The ordinary movements: what comes in each month and what goes out, about a dozen in half a year."""
    first = today - timedelta(days=WINDOW - 1)
    if life.opened > first:
        if life.opened < today:
            life.moves.append(
                Move(life.opened, life.assets - sum(m.amount for m in life.moves), life.name, _say("opening", lang), fixed=True)
            )
        return
    if life.assets < 3_000 * YUAN or (life.wealth in ("tiny", "small") and rng.random() > (0.1 if life.wealth == "tiny" else 0.42)):
        return
    paid, what, who = _income(rng, life, lang)
    pay_day = rng.randint(5, 20)
    spend_who, spend_what = _spending(rng, life, lang)
    for month in range(7):
        day = _in_month(today, month, pay_day)
        if first <= day < today:
            life.moves.append(Move(day, paid + (rng.randrange(-3, 6) * paid // 40 if life.kind in ("shop", "firm") else 0), who, what))
        day = _in_month(today, month, min(28, pay_day + rng.randint(2, 12)))
        if first <= day < today:
            life.moves.append(Move(day, -int(paid * rng.uniform(0.8, 1.04)) // 1000 * 1000, spend_who, spend_what))


def _in_month(today: date, back: int, day: int) -> date:
    year, month = divmod(today.year * 12 + today.month - 1 - back, 12)
    return date(year, month + 1, day)


def _income(rng: Random, life: Life, lang: Lang) -> tuple[int, str, str]:
    """(fen a month, purpose, payer)."""
    if life.kind == "retired":
        return rng.randrange(2600, 7800) * YUAN, _say("pension", lang), _payer("pension", lang)
    if life.kind == "shop":
        takings = int(life.assets * rng.uniform(0.05, 0.2)) // 10_000 * 10_000 + 2_000 * YUAN
        return min(ORDINARY_MOST, takings), _say("takings", lang), _payer("takings", lang)
    if life.kind == "firm":
        paid = int(life.assets * rng.uniform(0.01, 0.05)) // 100_000 * 100_000 + 10_000 * YUAN
        return paid, _say("goods_in", lang), _text(rng.choice(words.BUYERS), lang)
    if life.kind == "farmer":
        return rng.randrange(1500, 6000) * YUAN, _say("harvest", lang), _payer("harvest", lang)
    if life.kind in ("home", "student"):
        return rng.randrange(1500, 5000) * YUAN, _say("home", lang), _payer("home", lang)
    low, high = {"steady": (5500, 14000), "young": (4200, 10500), "worker": (3600, 7500)}[life.kind]
    pay = rng.randrange(low, high) * YUAN
    return (pay, _say("salary", lang), _text(life.employer, lang)) if life.employer else (pay, _say("home", lang), _payer("home", lang))


def _spending(rng: Random, life: Life, lang: Lang) -> tuple[str, str]:
    if supplier := words.SUPPLIERS.get(life.occupation[0]):
        return _text(supplier, lang), _say("goods_out", lang)
    if any(h.key == "house" for h in life.holdings):
        return _payer("living", lang), _say("mortgage", lang)
    return _payer("living", lang), _say("tuition" if 13 <= life.kid_grade <= 16 else "living", lang)


def month_end_assets(life: Life, ends: Sequence[date], today: date, rng: Random) -> list[tuple[date, int]]:
    """The assets at each month-end at which the account was open; ordinary movements shrink where they would not fit.

    Within the window of movements a month's change is their sum, to the fen; before it the assets drift.
    """
    first = today - timedelta(days=WINDOW - 1)
    covered = [end for end in ends if end >= first]
    older = [end for end in ends if life.opened <= end < first]
    dates = [m.on for m in life.moves]
    if dates != sorted(dates):
        life.moves.sort(key=lambda m: m.on)
        dates = [m.on for m in life.moves]
    fixed = [life.assets - s for s in _after([m.amount if m.fixed else 0 for m in life.moves], dates, covered)]
    ordinary = _after([0 if m.fixed else m.amount for m in life.moves], dates, covered)
    worst = min((int(0.85 * f) / o for f, o in zip(fixed, ordinary, strict=True) if o > 0.85 * f), default=1.0)
    if worst < 1.0:
        for move in life.moves:
            if not move.fixed:
                move.amount = int(move.amount * worst) // 1000 * 1000
        life.moves = [m for m in life.moves if m.amount]
        dates = [m.on for m in life.moves]
    sums = _after([m.amount for m in life.moves], dates, covered)
    out = [(end, life.assets - s) for end, s in zip(covered, sums, strict=True) if end >= life.opened]
    value = out[0][1] if out else life.assets
    quiet = not life.moves
    before: list[tuple[date, int]] = []
    for end in reversed(older):
        if not quiet or rng.random() < 0.15:
            value = max(100, int(value * (1 + rng.gauss(-0.006, 0.03))))
        before.append((end, value))
    return before[::-1] + out


def _after(amounts: list[int], dates: list[date], ends: Sequence[date]) -> list[int]:
    """For each month-end the sum of the movements after it."""
    tail = [0] * (len(amounts) + 1)
    for i in range(len(amounts) - 1, -1, -1):
        tail[i] = tail[i + 1] + amounts[i]
    return [tail[bisect_left(dates, end + timedelta(days=1))] for end in ends]


def _say(key: str, lang: Lang) -> str:
    return _text(PURPOSE[key], lang)


def _payer(key: str, lang: Lang) -> str:
    return _text(PAYERS[key], lang)


def _text(pair: words.Pair, lang: Lang) -> str:
    return pick(pair, lang) or ""
