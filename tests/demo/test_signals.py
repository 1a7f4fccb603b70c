"""The first manager's day shows every signal, whatever the seed: by plain conditions on the rows, and by the rules themselves."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from coach.demo import generate
from coach.domain import frames
from coach.domain.lunar import next_anniversary, next_lunar
from coach.domain.plays import Play, Step
from coach.domain.policy import Policy
from coach.domain.signals import find
from coach.domain.words import Lang, Signal
from coach.settings import load_policy

TODAY = date(2026, 11, 24)
SEEDS = (1, 2, 3, 7, 20_261_124)
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def policy() -> Policy:
    return load_policy(Path("no-policy-of-its-own.toml"))


class Book:
    """The first manager's clients and their records by client."""

    def __init__(self, data: Mapping[str, Rows], policy: Policy) -> None:
        self.policy = policy
        self.clients = [c for c in data["clients"] if c["manager"] == "1001" and not c["do_not_contact"]]
        self.events = {e["event_no"]: e["on"] for e in data["events"]}
        self.of: dict[str, dict[str, Rows]] = {
            kind: defaultdict(list) for kind in ("holdings", "balances", "movements", "contacts", "key_dates", "invitations")
        }
        for kind, rows in self.of.items():
            for row in data[kind]:
                rows[row["client_no"]].append(row)

    def has(self, condition: Callable[[Book, dict[str, Any]], bool]) -> int:
        return sum(1 for c in self.clients if condition(self, c))

    def line(self, assets: Decimal) -> Decimal | None:
        return next((Decimal(lv.assets) / 100 for lv in self.policy.levels if lv.assets > assets * 100), None)


def _soon(day: date, ahead: int, behind: int = 0) -> bool:
    return TODAY - timedelta(days=behind) <= day <= TODAY + timedelta(days=ahead)


def _talks(b: Book, c: dict[str, Any]) -> Rows:
    return [t for t in b.of["contacts"][c["client_no"]] if t["effective"] and t["staff_no"] == c["manager"]]


def _waiting(b: Book, c: dict[str, Any], ahead: int, behind: int) -> bool:
    held = b.of["holdings"][c["client_no"]]
    return any(
        h["product_type"] in ("deposit", "wealth", "insurance")
        and _soon(h["matures_on"], ahead, behind)
        and not any(n["start_on"] and TODAY >= n["start_on"] >= h["matures_on"] for n in held)
        for h in held
        if h["matures_on"]
    )


def _near_line(b: Book, c: dict[str, Any]) -> bool:
    line = b.line(c["assets"])
    return line is not None and c["assets"] >= line * Decimal("0.6")


def _benefit(b: Book, c: dict[str, Any]) -> bool:
    passed = [lv.name for lv in b.policy.levels if lv.assets <= c["assets"] * 100]
    return bool(passed) and c["card_level"] != passed[-1]


def _outflow(b: Book, c: dict[str, Any]) -> bool:
    ends = [r["assets"] for r in b.of["balances"][c["client_no"]] if r["on"] >= date(2026, 5, 24)]
    return bool(ends) and max(ends) - c["assets"] >= max(Decimal(50_000), max(ends) * Decimal("0.3"))


def _key_date(b: Book, c: dict[str, Any]) -> bool:
    days = [next_anniversary(k["date"], k["calendar"], TODAY) for k in b.of["key_dates"][c["client_no"]]]
    days += [next_anniversary(c["birthday"], "solar", TODAY)]
    if c["lunar_birthday"]:
        days.append(next_lunar(c["lunar_birthday"], TODAY) or date.max)
    return any(_soon(d, 7) for d in days)


def _product_fit(b: Book, c: dict[str, Any]) -> bool:
    """The five-year deposit's portrait (A40)."""
    held = b.of["holdings"][c["client_no"]]
    long = any(h["product_type"] == "deposit" and (h["matures_on"] - h["start_on"]).days >= 730 for h in held)
    work = any(word in c["occupation"] for word in ("公务员", "教师", "医生", "事业单位", "国企", "退休"))
    in_force = c["risk_assessed_on"] is not None and (TODAY - c["risk_assessed_on"]).days < 365
    return long and work and in_force and c["assets"] >= 50_000 and not any(h["product"] == "五年期定期存款" for h in held)


def _single(b: Book, c: dict[str, Any]) -> bool:
    return len({h["product_type"] for h in b.of["holdings"][c["client_no"]]}) == 1 and c["assets"] >= 10_000


def _competitor(b: Book, c: dict[str, Any]) -> bool:
    out = Counter(m["counterparty_bank"] for m in b.of["movements"][c["client_no"]] if m["counterparty_bank"] and m["amount"] < 0)
    return bool(out) and max(out.values()) >= 3


def _referral(b: Book, c: dict[str, Any]) -> bool:
    lately = [t for t in _talks(b, c) if (TODAY - t["at"].date()).days <= 90]
    return c["stage"] == "loyal" or (c["stage"] == "trusted" and len(lately) >= 3)


def _promised(b: Book, c: dict[str, Any]) -> bool:
    talks = b.of["contacts"][c["client_no"]]
    return bool(talks) and talks[-1]["next_on"] is not None and talks[-1]["next_on"] <= TODAY


def _cadence(b: Book, c: dict[str, Any]) -> bool:
    talks = _talks(b, c)
    return bool(talks) and (TODAY - talks[-1]["at"].date()).days > 90


CONDITIONS: dict[Signal, Callable[[Book, dict[str, Any]], bool]] = {
    Signal.UNCLAIMED: lambda b, c: not _talks(b, c),
    Signal.CADENCE_DUE: _cadence,
    Signal.MATURITY_DUE: lambda b, c: _waiting(b, c, 30, 7),
    Signal.THRESHOLD_NEAR: _near_line,
    Signal.BENEFIT_DUE: _benefit,
    Signal.LARGE_MOVEMENT: lambda b, c: any(_soon(m["on"], 0, 7) and abs(m["amount"]) >= 50_000 for m in b.of["movements"][c["client_no"]]),
    Signal.OUTFLOW: _outflow,
    Signal.KEY_DATE: _key_date,
    Signal.EVENT_DUE: lambda b, c: any(
        i["status"] == "accepted" and _soon(b.events[i["event_no"]], 3) for i in b.of["invitations"][c["client_no"]]
    ),
    Signal.WINDFALL: lambda b, c: bool({"征地", "拆迁", "卖房", "上市", "继承"} & set((c["tags"] or "").split(";"))),
    Signal.PRODUCT_FIT: _product_fit,
    Signal.SINGLE_PRODUCT: _single,
    Signal.REFERRAL_READY: _referral,
    Signal.COMPETITOR_FLOW: _competitor,
    Signal.FOLLOW_UP: _promised,
}


@pytest.mark.parametrize("seed", SEEDS)
def test_every_signal_has_a_client_of_the_first_manager(seed: int, policy: Policy) -> None:
    book = Book(generate(600, seed, TODAY), policy)
    assert set(CONDITIONS) == set(Signal)
    counts = {signal: book.has(condition) for signal, condition in CONDITIONS.items()}
    assert not [signal for signal, count in counts.items() if count == 0], counts
    assert book.has(lambda b, c: _waiting(b, c, 0, 7)) >= 3, "money that matured in the last week and waits"
    assert all(count < 600 for count in counts.values())


def _plays() -> dict[str, Play]:
    """One play a signal, so that the rules leave nothing out."""
    step = Step("one", 0, "call", "service", frozenset())
    return {f"play.{s}": Play(f"play.{s}", "anchor", {s.value: frozenset()}, (step,)) for s in Signal}


def _fen(row: dict[str, Any], *fields: str) -> dict[str, Any]:
    return row | {f"{f}_fen": int(row[f] * 100) for f in fields}


def as_frames(data: Mapping[str, Rows]) -> frames.Frames:
    """The rows as the rules read them, as if each client had long been the present manager's."""
    events = {e["event_no"]: e for e in data["events"]}
    return frames.Frames(
        clients=frames.frame(frames.CLIENTS, (_fen(c, "assets") for c in data["clients"])),
        holdings=frames.frame(frames.HOLDINGS, (_fen(h, "amount") for h in data["holdings"])),
        balances=frames.frame(frames.BALANCES, (_fen(b, "assets") for b in data["balances"])),
        movements=frames.frame(frames.MOVEMENTS, (_fen(m, "amount") for m in data["movements"])),
        contacts=frames.frame(frames.CONTACTS, data["contacts"]),
        key_dates=frames.frame(frames.KEY_DATES, data["key_dates"]),
        gifts=frames.frame(frames.GIFTS, (_fen(g, "value") for g in data["gifts"])),
        invitations=frames.frame(frames.INVITATIONS, (events[i["event_no"]] | i for i in data["invitations"])),
    )


@pytest.mark.parametrize(("lang", "today"), [("zh", TODAY), ("en", TODAY), ("zh", date(2026, 2, 28)), ("zh", date(2027, 7, 31))])
def test_the_rules_find_every_signal(lang: Lang, today: date, policy: Policy) -> None:
    found = find(as_frames(generate(600, 7, today, lang)), _plays(), policy, today)
    counts = dict(found.group_by("signal").len().iter_rows())
    assert not set(Signal) - set(counts), counts
    assert 100 <= counts["maturity_due"] <= 190
    assert counts["unclaimed"] == 210, "the strangers"
    assert counts["outflow"] <= 40
    assert counts["large_movement"] <= 60
    assert found.select(pl.col("client_no").n_unique()).item() >= 400
