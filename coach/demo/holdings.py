"""What the clients hold: products that fit the life, maturities spread over the days, money placed again or not.

Present assets are the sum of the holdings without loans and cards, to the fen. Of money that matured in
the last week and was placed again, the matured row keeps what was left lying there; of some that matured
before that nothing was placed again.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from coach.demo.calendar import add_months
from coach.demo.lives import YUAN, Held, Life
from coach.demo.words import Pair

# key → (type, name, risk 1-5 or None, term in months or None)
PRODUCTS: dict[str, tuple[str, Pair, int | None, int | None]] = {
    "demand": ("demand", ("活期存款", "demand deposit"), 1, None),
    "d3": ("deposit", ("三个月定期存款", "three-month time deposit"), 1, 3),
    "d6": ("deposit", ("六个月定期存款", "six-month time deposit"), 1, 6),
    "d12": ("deposit", ("一年期定期存款", "one-year time deposit"), 1, 12),
    "d24": ("deposit", ("二年期定期存款", "two-year time deposit"), 1, 24),
    "d36": ("deposit", ("三年期定期存款", "three-year time deposit"), 1, 36),
    "d60": ("deposit", ("五年期定期存款", "five-year time deposit"), 1, 60),
    "w3": ("wealth", ("稳健理财90天", "Steady 90-day wealth product"), 2, 3),
    "w6": ("wealth", ("稳健理财180天", "Steady 180-day wealth product"), 2, 6),
    "fund": ("fund", ("均衡配置基金", "Balanced allocation fund"), 3, None),
    "fundplan": ("fund", ("均衡配置基金", "Balanced allocation fund"), 3, None),
    "endow": ("insurance", ("五年期两全保险", "five-year endowment insurance"), 2, 60),
    "pension": ("insurance", ("年金养老保险", "pension annuity insurance"), 2, 180),
    "bond3": ("bond", ("储蓄国债", "savings treasury bond"), 1, 36),
    "bond5": ("bond", ("储蓄国债", "savings treasury bond"), 1, 60),
    "gold": ("metal", ("积存金", "gold savings plan"), 3, None),
    "house": ("loan", ("个人住房贷款", "home loan"), None, 240),
    "stock": ("loan", ("个人经营贷款", "business loan"), None, 12),
    "card": ("card", ("信用卡", "credit card"), None, None),
}
TERMED = ("deposit", "wealth", "insurance")
AHEAD, BEHIND = 30, 7
"""Days over which maturities are spread: three to five a day for a book of 600."""

# life → (product, chance) for those with something to place
_MIX: dict[str, tuple[tuple[str, float], ...]] = {
    "retired": (("d36", 0.55), ("d12", 0.45), ("d24", 0.2), ("d60", 0.1), ("bond3", 0.2), ("bond5", 0.12), ("w6", 0.15), ("endow", 0.08)),
    "shop": (("d3", 0.35), ("w3", 0.35), ("w6", 0.2), ("d12", 0.2), ("endow", 0.08), ("gold", 0.06)),
    "firm": (("w3", 0.45), ("w6", 0.45), ("d6", 0.4), ("d12", 0.4), ("fund", 0.3), ("pension", 0.15), ("gold", 0.15), ("d36", 0.25)),
    "steady": (("d12", 0.4), ("d24", 0.25), ("d36", 0.3), ("w6", 0.4), ("w3", 0.2), ("fund", 0.22), ("pension", 0.1), ("endow", 0.06)),
    "young": (("w3", 0.35), ("fundplan", 0.45), ("d3", 0.25), ("d12", 0.15)),
    "worker": (("d6", 0.35), ("d12", 0.5), ("d3", 0.2), ("w3", 0.1)),
    "farmer": (("d12", 0.6), ("d6", 0.35), ("d36", 0.2)),
    "home": (("d12", 0.4), ("d6", 0.3), ("w3", 0.25), ("endow", 0.1), ("d24", 0.15)),
    "student": (("d12", 0.1),),
}
_DEMAND_SHARE = {"shop": (0.35, 0.85), "firm": (0.2, 0.5), "young": (0.25, 0.7), "student": (0.7, 1.0)}


def invest(rng: Random, life: Life, today: date) -> None:
    """Fill the holdings of a client and set the assets to their sum."""
    keys = _choose(rng, life)
    paper_only = life.kind in ("retired", "farmer") and bool(keys) and rng.random() < 0.12  # certificates of deposit, no account
    low, high = _DEMAND_SHARE.get(life.kind, (0.05, 0.35))
    free = life.assets if paper_only else int(life.assets * (1 - (rng.uniform(low, high) if keys else 1.0)))
    if paper_only:
        keys = [keys[0], keys[0]] if len(keys) > 1 and PRODUCTS[keys[0]][0] == "deposit" else ["d12"]
    weights = [rng.uniform(0.4, 1.6) for _ in keys]
    for key, weight in zip(keys, weights, strict=True):
        amount = _round(int(free * weight / sum(weights)), key, rng)
        if amount > 0:
            life.holdings.append(Held(key, amount))
    rest = life.assets - sum(h.amount for h in life.holdings)
    if not paper_only or not life.holdings:
        life.holdings.insert(0, Held("demand", max(rest, 0)))
    life.assets = sum(h.amount for h in life.holdings)
    for held in life.holdings:
        _date(rng, held, today)
    _owe(rng, life, today)


def _choose(rng: Random, life: Life) -> list[str]:
    if life.wealth == "tiny" and (life.assets < 1500 * YUAN or rng.random() < 0.62):
        return []
    chosen = [key for key, chance in _MIX[life.kind] if rng.random() < chance and _allowed(life, key)]
    if life.wealth in ("top", "rich"):
        chosen += [rng.choice(("d6", "d12", "d36")) for _ in range(rng.randint(1, 3))]
    elif life.wealth in ("middle", "well"):
        chosen = chosen[:4] or (["d12"] if rng.random() < 0.7 else [])
    else:
        chosen = chosen[:2] if life.wealth == "small" else chosen[:1]
    return chosen


def _allowed(life: Life, key: str) -> bool:
    risk = PRODUCTS[key][2] or 1
    least = {"pension": 100_000, "endow": 30_000}.get(key, 0) * YUAN
    return risk <= (life.risk or 1) and life.assets >= least


def _round(fen: int, key: str, rng: Random) -> int:
    yuan = fen // YUAN
    if PRODUCTS[key][0] in ("fund", "metal"):
        return fen
    step = 10_000 if yuan >= 100_000 else 1_000 if yuan >= 5_000 else 100
    return yuan // step * step * YUAN


def _date(rng: Random, held: Held, today: date) -> None:
    kind, _, _, term = PRODUCTS[held.key]
    if term is None:
        held.start = None if kind == "demand" else today - timedelta(days=rng.randint(40, 900))
        return
    longest = (add_months(today, term) - today).days
    _set(held, today + timedelta(days=rng.randint(AHEAD + 1, max(AHEAD + 2, longest - 10))))


def _set(held: Held, matures: date) -> None:
    kind, _, _, term = PRODUCTS[held.key]
    if kind == "wealth":
        matures += timedelta(days=max(0, 7 - matures.weekday()) if matures.weekday() >= 5 else 0)
    held.matures, held.start = matures, add_months(matures, -(term or 0))


def _owe(rng: Random, life: Life, today: date) -> None:
    if life.kind in ("steady", "young", "worker") and 27 <= life.age <= 52 and rng.random() < 0.18:
        left = rng.randint(60, 220)
        life.holdings.append(Held("house", rng.randrange(80, 700) * 1000 * YUAN, add_months(today, left - 240), add_months(today, left)))
    if life.kind in ("shop", "firm") and rng.random() < 0.2:
        life.holdings.append(Held("stock", rng.randrange(5, 80) * 10_000 * YUAN, add_months(today, -5), add_months(today, 7)))
    if life.kind in ("steady", "young", "shop", "firm") and rng.random() < 0.22:
        life.holdings.append(Held("card", rng.randrange(300, 15_000) * YUAN, today - timedelta(days=rng.randint(200, 2500))))


def spread_maturities(rng: Random, lives: Sequence[Life], today: date) -> None:
    """Give three to five holdings a day (for 600 clients) a maturity from a week ago to 30 days ahead.

    Of those that are past, somewhat under half were placed again: most of the money runs anew, the rest
    still lies in the matured row.
    """
    pool = [(life, held) for life in lives for held in life.holdings if PRODUCTS[held.key][0] in TERMED and held.key != "pension"]
    rng.shuffle(pool)
    taken: dict[int, int] = {}
    for offset in range(-BEHIND, AHEAD + 1):
        day = today + timedelta(days=offset)
        wanted = int(len(lives) / 600 * rng.randint(3, 5) + rng.random() * (len(lives) % 600 != 0))
        for _ in range(wanted):
            found = next(
                (
                    i
                    for i, (life, held) in enumerate(pool)
                    if taken.get(id(life), 0) < 2 and not (day.weekday() >= 5 and PRODUCTS[held.key][0] == "wealth")
                ),
                None,
            )
            if found is None:
                break
            life, held = pool.pop(found)
            taken[id(life)] = taken.get(id(life), 0) + 1
            _set(held, day)
            if offset < 0 and rng.random() < 0.45:
                _place_again(rng, life, held, today)
    waiting = [held for life, held in pool if id(life) not in taken and PRODUCTS[held.key][0] == "deposit"]
    for held in waiting[: len(lives) // 200]:  # matured some time ago and still lies there
        _set(held, today - timedelta(days=rng.randint(BEHIND + 2, 25)))
    for held in waiting[len(lives) // 200 :][: max(1, len(lives) // 300)]:  # renewed in full: only the new row is left
        _set(held, add_months(today - timedelta(days=rng.randint(3, BEHIND)), PRODUCTS[held.key][3] or 0))


def _place_again(rng: Random, life: Life, held: Held, today: date) -> None:
    left = _round(int(held.amount * rng.uniform(0.15, 0.35)), held.key, rng)
    if left <= 0 or held.matures is None:
        return
    key = rng.choice([k for k in ("d12", "d36", "w6", "d6") if _allowed(life, k)])
    start = min(today, held.matures + timedelta(days=rng.randint(0, 2)))
    life.holdings.append(Held(key, held.amount - left, start, add_months(start, PRODUCTS[key][3] or 12)))
    held.amount = left
    life.situations.add("renewed")
