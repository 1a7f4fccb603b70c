"""What holds of all signals: the column-wise rules say what the rule says client by client, in any order of the records."""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.domain.frames import Frames
from coach.domain.signals import SIGNALS, find

TODAY = date(2026, 11, 24)
WAN = 1_000_000
NUMBERS = st.sampled_from(["c1", "c2", "c3"])
DAYS = st.integers(-40, 240).map(lambda ago: TODAY - timedelta(days=ago))
AMOUNTS = st.sampled_from([1, WAN, 3 * WAN, 5 * WAN - 1, 5 * WAN, 9 * WAN, 30 * WAN, 50 * WAN])
HOLDING = st.fixed_dictionaries({
    "client_no": NUMBERS, "product_type": st.sampled_from(["deposit", "wealth", "fund", "demand", "loan"]), "amount_fen": AMOUNTS,
    "start_on": st.none() | DAYS, "matures_on": st.none() | DAYS,
})
MOVEMENT = st.fixed_dictionaries({
    "client_no": NUMBERS, "on": DAYS, "amount_fen": st.builds(lambda a, out: -a if out else a, AMOUNTS, st.booleans()),
    "counterparty_bank": st.sampled_from([None, "乙银行", "丙银行", "本行"]), "purpose": st.sampled_from([None, "货款"]),
})
BALANCE = st.fixed_dictionaries({"client_no": NUMBERS, "on": DAYS, "assets_fen": AMOUNTS})
CONTACT = st.fixed_dictionaries({
    "client_no": NUMBERS, "at": DAYS.map(lambda d: datetime(d.year, d.month, d.day, 10)),
    "channel": st.sampled_from(["message", "call", "visit"]), "staff_no": st.sampled_from([None, "m1", "m2"]),
    "effective": st.booleans() | st.none(), "next_on": st.none() | DAYS, "play": st.sampled_from([None, "revive.winback", "stage.service"]),
})
CLIENT = st.fixed_dictionaries({
    "manager": st.sampled_from(["m1", None]), "assigned_on": st.none() | DAYS, "assets_fen": st.none() | AMOUNTS,
    "stage": st.sampled_from([None, "stranger", "trusted", "loyal"]), "tier": st.sampled_from([None, "A", "C"]),
    "birthday": st.none() | st.dates(date(1950, 1, 1), date(2000, 12, 31)), "lunar_birthday": st.sampled_from([None, "10-16", "闰06-01"]),
})


@st.composite
def records(draw):
    clients = [{"client_no": no, **draw(CLIENT)} for no in ("c1", "c2", "c3")]
    holdings = [{**row, "holding_no": f"h{i}"} for i, row in enumerate(draw(st.lists(HOLDING, max_size=8)))]
    return {
        "clients": clients, "holdings": holdings, "movements": draw(st.lists(MOVEMENT, max_size=8)),
        "balances": draw(st.lists(BALANCE, max_size=6)), "contacts": draw(st.lists(CONTACT, max_size=8)),
    }


def _of(found: pl.DataFrame, signal: str) -> dict[str, list[dict]]:
    out: dict[str, list[dict]] = {}
    for row in found.filter(signal=signal).iter_rows(named=True):
        out.setdefault(row["client_no"], []).append(json.loads(row["evidence"]))
    return out


@settings(max_examples=60, deadline=None)
@given(records())
def test_every_row_is_whole(build, plays, policy, given_records):
    found = find(build(**given_records), plays, policy, TODAY)
    assert dict(found.schema) == SIGNALS and not any(found.null_count().row(0))
    assert found["priority"].to_list() == sorted(found["priority"], reverse=True)
    for row in found.iter_rows(named=True):
        assert row["play"] in plays and isinstance(json.loads(row["evidence"]), dict)
        base = policy.priority[row["signal"]]
        assert base <= row["priority"] <= min(base + 49, 999)
    once = found.filter(~pl.col("signal").is_in(["maturity_due", "key_date"]))
    assert once.select("client_no", "signal").is_unique().all()


@settings(max_examples=40, deadline=None)
@given(records(), st.integers(0, 10_000))
def test_the_order_of_the_records_does_not_matter(build, plays, policy, given_records, seed):
    frames = build(**given_records)
    turned = Frames(**{f.name: getattr(frames, f.name).sample(fraction=1, shuffle=True, seed=seed) for f in fields(Frames)})
    assert find(frames, plays, policy, TODAY).equals(find(turned, plays, policy, TODAY))


@settings(max_examples=40, deadline=None)
@given(records())
def test_one_client_alone_has_the_signals_it_has_among_others(build, plays, policy, given_records):
    together = find(build(**given_records), plays, policy, TODAY).filter(client_no="c2")
    alone = {kind: [row for row in rows if row["client_no"] == "c2"] for kind, rows in given_records.items()}
    assert together.equals(find(build(**alone), plays, policy, TODAY))


def _ago(d: date) -> int:
    return (TODAY - d).days


def _naive_maturity(client_no, rows):
    for h in rows["holdings"]:
        if h["client_no"] != client_no or h["product_type"] not in ("deposit", "wealth") or h["matures_on"] is None:
            continue
        left = -_ago(h["matures_on"])
        if not -7 <= left <= 30:
            continue
        new = sum(
            n["amount_fen"] for n in rows["holdings"]
            if n["client_no"] == client_no and n is not h and n["product_type"] in ("deposit", "wealth", "fund")
            and n["start_on"] and h["matures_on"] <= n["start_on"] <= TODAY
        )
        if left > 0 or 2 * new < h["amount_fen"]:
            yield h["holding_no"]


def _naive_outflow(client, rows):
    peaks = [b["assets_fen"] for b in rows["balances"] if b["client_no"] == client["client_no"] and date(2026, 5, 24) <= b["on"] <= TODAY]
    if not peaks or client["assets_fen"] is None:
        return None
    drop = max(peaks) - client["assets_fen"]
    return drop if drop >= 5 * WAN and 10 * drop >= 3 * max(peaks) else None


def _naive_unclaimed(client, rows):
    return client["manager"] is not None and not any(
        c["effective"] and c["client_no"] == client["client_no"] and c["at"].date() <= TODAY and c["staff_no"] in (None, client["manager"])
        and (client["assigned_on"] is None or c["at"].date() >= client["assigned_on"])
        for c in rows["contacts"]
    )


def _naive_banks(client_no, rows):
    counts: dict[str, int] = {}
    for m in rows["movements"]:
        other = m["counterparty_bank"] in ("乙银行", "丙银行")
        if m["client_no"] == client_no and m["amount_fen"] < 0 and other and 0 <= _ago(m["on"]) <= 180:
            counts[m["counterparty_bank"]] = counts.get(m["counterparty_bank"], 0) + 1
    return {bank for bank, n in counts.items() if n >= 3}


@settings(max_examples=120, deadline=None)
@given(records())
def test_set_based_equals_the_rule_told_client_by_client(build, plays, policy, given_records):
    found = find(build(**given_records), plays, policy, TODAY)
    got = {signal: _of(found, signal) for signal in ("maturity_due", "outflow", "unclaimed", "competitor_flow", "large_movement")}
    for client in given_records["clients"]:
        no = client["client_no"]
        maturities = {e["holding_no"] for e in got["maturity_due"].get(no, [])}
        assert maturities == set(_naive_maturity(no, given_records))
        drops = [e["drop_fen"] for e in got["outflow"].get(no, [])]
        assert drops == [d for d in [_naive_outflow(client, given_records)] if d is not None]
        assert bool(got["unclaimed"].get(no)) == _naive_unclaimed(client, given_records)
        banks = _naive_banks(no, given_records)
        assert {e["bank"] for e in got["competitor_flow"].get(no, [])} <= banks and bool(got["competitor_flow"].get(no)) == bool(banks)
        large = [
            abs(m["amount_fen"]) for m in given_records["movements"]
            if m["client_no"] == no and abs(m["amount_fen"]) >= 5 * WAN and 0 <= _ago(m["on"]) <= 7
        ]
        assert [abs(e["amount_fen"]) for e in got["large_movement"].get(no, [])] == ([max(large)] if large else [])


@pytest.mark.parametrize("today", [TODAY, date(2026, 2, 28), date(2028, 2, 29)])
def test_no_records_no_signals(build, plays, policy, today):
    assert find(build(clients=[]), plays, policy, today).height == 0
    assert find(Frames(), plays, policy, today).height == 0
