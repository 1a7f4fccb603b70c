"""A whole demo branch from a seed: ten kinds of rows, as the contract names them, all dates relative to one day.

Nothing here is a real person, firm or bank. The same size, seed, date and language give the same rows.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

from coach.demo import care, flows, holdings, names, relations, situations, words
from coach.demo.calendar import month_ends
from coach.demo.lives import Life, draw_assets, draw_life, pick
from coach.domain.outcomes import is_effective
from coach.domain.policy import Level, parse
from coach.domain.words import LANGS, Lang
from coach.paths import KNOWLEDGE

Row = dict[str, Any]
KINDS = ("staff", "events", "clients", "holdings", "balances", "movements", "contacts", "key_dates", "gifts", "invitations")
"""In an order in which they can be imported: what others refer to comes first."""

BOOK = 600
"""Clients of one manager (A18)."""

MONTHS = 13
FIRST_MANAGER = 1001
FIRST_CLIENT = 10_000_001


def generate(clients: int, seed: int, today: date, lang: Lang = "zh") -> dict[str, list[Row]]:
    """The rows of a branch by kind; amounts as ``Decimal`` yuan, dates and times as such, words as the contract's ids.

    One manager looks after about 600 clients. Raises ``ValueError`` for fewer than one client.
    """
    if clients < 1:
        raise ValueError(f"a branch has at least one client, not {clients}")
    data: dict[str, list[Row]] = {kind: [] for kind in KINDS}
    managers = max(1, (clients + BOOK // 2) // BOOK)
    _staff(Random(f"staff:{seed}"), data["staff"], managers, lang)
    events = care.events(today)
    data["events"] += [
        {"event_no": no, "title": pick(title, lang), "on": on, "place": pick(place, lang)} for no, _, title, on, place in events
    ]
    levels = parse(tomllib.loads((KNOWLEDGE / "policy.toml").read_text(encoding="utf-8"))).levels
    ends = month_ends(today, MONTHS)
    for book in range(managers):
        first, beyond = clients * book // managers, clients * (book + 1) // managers
        rng = Random(f"book:{seed}:{book}")
        lives = _book(rng, beyond - first, today, lang, events)
        for at, life in enumerate(lives):
            life.number = first + at
            _rows(data, life, str(FIRST_MANAGER + book), today, lang, levels, ends, rng)
    return data


def _staff(rng: Random, rows: list[Row], managers: int, lang: Lang) -> None:
    posts = ["manager"] * managers + ["lobby", "trainer", "supervisor"]
    roles = {"trainer": "trainer", "supervisor": "supervisor"}
    taken: set[str] = set()
    for at, post in enumerate(posts):
        while (who := names.name(rng, female=rng.random() < 0.6, born=rng.randint(1972, 1998), lang=lang)) in taken and len(taken) < 500:
            continue
        taken.add(who)
        rows.append(
            {
                "staff_no": str(FIRST_MANAGER + at),
                "name": who,
                "post": pick(words.POSTS[post], lang),
                "role": roles.get(post, "staff"),
                "branch": pick(words.BRANCH, lang),
            }
        )


def _book(rng: Random, count: int, today: date, lang: Lang, events: Sequence[Any]) -> list[Life]:
    """One manager's clients, from their assets to what was said to them."""
    lives = [draw_life(rng, wealth, assets, today, lang) for wealth, assets in draw_assets(rng, count)]
    for life in lives:
        holdings.invest(rng, life, today)
    holdings.spread_maturities(rng, lives, today)
    for life in lives:
        life.opened = min([life.opened, *(h.start for h in life.holdings if h.start)])
    relations.set_stages(rng, lives, today)
    situations.befall(rng, lives, today, lang)
    relations.talk_over(rng, lives, today, lang)
    for life in lives:
        care.give(rng, life, today)
        flows.live(rng, life, today, lang)
    lined = [life for life in lives if life.assets >= 5_000_000 and life.open_to_contact]
    for life in rng.sample(lined, min(len(lined), max(1, len(lined) // 8))):
        life.card_lag = True
    care.remember(rng, lives, today)
    care.invite(rng, lives, events, today)
    return lives


def _yuan(fen: int) -> Decimal:
    return Decimal(fen).scaleb(-2)


def _card(life: Life, levels: Sequence[Level], lang: Lang) -> str | None:
    """The card of the line that the assets have passed, or the one below where it was not taken."""
    passed = [level for level in levels if level.assets <= life.assets]
    if life.card_lag:
        passed = passed[:-1]
    return passed[-1].called(lang) if passed else None


def _rows(
    data: dict[str, list[Row]],
    life: Life,
    manager: str,
    today: date,
    lang: Lang,
    levels: Sequence[Level],
    ends: Sequence[date],
    rng: Random,
) -> None:
    no = str(FIRST_CLIENT + life.number)
    at = LANGS.index(lang)
    balances = flows.month_end_assets(life, ends, today, rng)
    data["clients"].append(_client(life, no, manager, lang, levels))
    for i, h in enumerate(life.holdings, 1):
        kind, name, risk, _ = holdings.PRODUCTS[h.key]
        data["holdings"].append(
            {
                "client_no": no,
                "holding_no": f"{no}-{i:02d}",
                "product_type": kind,
                "product": name[at],
                "amount": _yuan(h.amount),
                "start_on": h.start,
                "matures_on": h.matures,
                "product_risk": f"R{risk}" if risk and kind != "demand" else None,
            }
        )
    data["balances"] += [{"client_no": no, "on": on, "assets": _yuan(fen)} for on, fen in balances]
    data["movements"] += [
        {
            "client_no": no,
            "on": m.on,
            "amount": _yuan(m.amount),
            "counterparty": m.counterparty,
            "counterparty_bank": m.bank,
            "purpose": m.purpose,
            "movement_no": f"{no}-{m.on:%y%m%d}-{i:02d}",
        }
        for i, m in enumerate(life.moves, 1)
    ]
    data["contacts"] += [
        {
            "client_no": no,
            "at": t.at,
            "channel": t.channel,
            "staff_no": manager,
            "effective": is_effective(t.outcome),
            "outcome": t.outcome,
            "summary": t.summary,
            "next_on": t.next_on,
        }
        for t in life.talks
    ]
    data["key_dates"] += [
        {"client_no": no, "label": label[at], "date": on, "calendar": calendar, "who": who[at]}
        for label, on, calendar, who in life.key_dates
    ]
    data["gifts"] += [
        {"client_no": no, "on": on, "item": item[at], "value": Decimal(value), "occasion": why[at]}
        for on, item, value, why in sorted(life.gifts)
    ]
    data["invitations"] += [{"event_no": number, "client_no": no, "status": status} for number, status in life.statuses.items()]


def _client(life: Life, no: str, manager: str, lang: Lang, levels: Sequence[Level]) -> Row:
    tags = list(life.tags)
    if any(not m.fixed for m in life.moves) and life.kind in ("young", "steady", "worker") and life.employer:
        tags.append(("代发工资", "payroll"))
    if life.kind == "shop":
        tags.append(("商户", "merchant"))
    if any(h.key == "house" for h in life.holdings):
        tags.append(("房贷客户", "home loan"))
    relationship, potential, intent = life.scores
    return {
        "client_no": no,
        "name": life.name,
        "gender": "female" if life.female else "male",
        "birthday": life.born,
        "lunar_birthday": life.lunar,
        "phone": names.phone(life.number),
        "manager": manager,
        "assets": _yuan(life.assets),
        "card_level": _card(life, levels, lang),
        "risk_level": f"C{life.risk}" if life.risk else None,
        "risk_assessed_on": life.assessed,
        "opened_on": life.opened,
        "occupation": pick(life.occupation, lang),
        "employer": pick(life.employer, lang),
        "community": pick(life.community, lang),
        "family": _joined(life.family, lang, "，" if lang == "zh" else ", "),
        "interests": _joined(life.interests, lang, ";"),
        "stage": life.stage,
        "relationship": relationship,
        "potential": potential,
        "intent": intent,
        "do_not_contact": life.no_contact,
        "marketing_consent": life.consent,
        "tags": _joined(tags, lang, ";"),
        "note": pick(life.note, lang),
        "branch": pick(words.BRANCH, lang),
    }


def _joined(pairs: Sequence[words.Pair], lang: Lang, mark: str) -> str | None:
    return mark.join(pick(p, lang) or "" for p in pairs) or None
