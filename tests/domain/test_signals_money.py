"""The signals of money: who has each, and who just misses it (amounts in fen)."""

from datetime import date, timedelta

import pytest

TODAY = date(2026, 11, 24)
WAN = 1_000_000  # ten thousand yuan in fen


def day(ago: int) -> date:
    return TODAY - timedelta(days=ago)


def ahead(days: int) -> date:
    return TODAY + timedelta(days=days)


def deposit(matures_on, *, amount=10 * WAN, no="h1", kind="deposit", **more):
    return {"holding_no": no, "product_type": kind, "product": "一年定期", "amount_fen": amount, "start_on": date(2025, 11, 20),
            "matures_on": matures_on, **more}


@pytest.mark.parametrize(("days", "holds"), [(31, False), (30, True), (0, True), (-7, True), (-8, False)])
def test_maturity_due(see, days, holds):
    found = see("maturity_due", holdings=[deposit(ahead(days))])
    assert bool(found) == holds
    if holds:
        assert found[0]["evidence"] == {
            "holding_no": "h1", "product": "一年定期", "product_type": "deposit", "amount_fen": 10 * WAN,
            "matures_on": ahead(days).isoformat(), "days_left": days,
        }
        assert (found[0]["play"], found[0]["on"]) == ("revive.maturity", ahead(days))


@pytest.mark.parametrize(("kind", "holds"), [("deposit", True), ("wealth", True), ("insurance", True), ("bond", False), ("loan", False)])
def test_maturity_due_of_deposits_wealth_and_insurance(see, kind, holds):
    assert bool(see("maturity_due", holdings=[deposit(ahead(3), kind=kind)])) == holds


@pytest.mark.parametrize(("amount", "start", "kind", "holds"), [
    (5 * WAN, -3, "wealth", False),  # exactly half, on the very day
    (5 * WAN - 1, -3, "wealth", True),  # a fen short
    (5 * WAN, -4, "wealth", True),  # begun before the maturity
    (5 * WAN, -1, "demand", True),  # a demand account is no placing
])
def test_matured_money_placed_again(see, amount, start, kind, holds):
    new = {"holding_no": "h2", "product_type": kind, "amount_fen": amount, "start_on": ahead(start)}
    assert bool(see("maturity_due", holdings=[deposit(ahead(-3)), new])) == holds


def test_several_maturities_the_nearer_first(see):
    found = see("maturity_due", holdings=[deposit(ahead(20)), deposit(ahead(2), no="h2")])
    assert [row["evidence"]["holding_no"] for row in found] == ["h2", "h1"]
    assert found[0]["priority"] > found[1]["priority"] >= 900


@pytest.mark.parametrize(("past", "holds"), [(7, False), (8, True), (30, True), (31, False)])
def test_follow_up_of_matured_money(see, past, holds):
    found = see("follow_up", holdings=[deposit(day(past))])
    assert bool(found) == holds
    if holds:
        assert found[0]["evidence"] == {
            "play": "revive.maturity", "holding_no": "h1", "product": "一年定期", "product_type": "deposit", "amount_fen": 10 * WAN,
            "matures_on": day(past).isoformat(), "days_past": past,
        }


def test_no_follow_up_once_placed_again(see):
    new = {"holding_no": "h2", "product_type": "fund", "amount_fen": 5 * WAN, "start_on": day(1)}
    assert not see("follow_up", holdings=[deposit(day(12)), new])


@pytest.mark.parametrize(("assets", "level"), [
    (30 * WAN, "vip"), (30 * WAN - 1, None), (50 * WAN - 1, "vip"), (50 * WAN, None), (3 * WAN, "gold"), (3 * WAN - 1, None), (0, None),
    (360 * WAN, "private"), (600 * WAN, None), (None, None),
])
def test_threshold_near_from_sixty_per_cent_to_the_line(see, assets, level):
    found = see("threshold_near", clients=[{"assets_fen": assets}])
    assert [row["evidence"]["level"] for row in found] == ([level] if level else [])
    if level == "vip":
        e = found[0]["evidence"]
        assert (e["line_fen"], e["gap_fen"], e["assets_fen"]) == (50 * WAN, 50 * WAN - assets, assets)


@pytest.mark.parametrize(("assets", "card", "level"), [
    (50 * WAN, "白金卡", "vip"), (50 * WAN - 1, "白金卡", None), (50 * WAN, "贵宾卡", None), (50 * WAN, "VIP", None),
    (50 * WAN, "private", None), (5 * WAN, None, "gold"), (5 * WAN - 1, None, None), (20 * WAN, "普通卡", "platinum"),
])
def test_benefit_due(see, assets, card, level):
    found = see("benefit_due", clients=[{"assets_fen": assets, "card_level": card}])
    assert [row["evidence"]["level"] for row in found] == ([level] if level else [])
    if level:
        assert found[0]["evidence"]["card_level"] == card


def test_the_date_of_a_reached_level_stays_while_the_level_does(see):
    client = [{"assets_fen": 60 * WAN, "opened_on": date(2015, 1, 1)}]
    balances = [{"on": date(2026, month, 28), "assets_fen": amount * WAN} for month, amount in ((7, 55), (8, 40), (9, 51), (10, 58))]
    for known in (balances[:3], balances):
        assert see("benefit_due", clients=client, balances=known)[0]["on"] == date(2026, 8, 29)
    assert see("benefit_due", clients=client)[0]["on"] == date(2015, 1, 1)


@pytest.mark.parametrize(("amount", "ago", "holds"), [
    (5 * WAN, 0, True), (-5 * WAN, 7, True), (5 * WAN - 1, 0, False), (-5 * WAN + 1, 0, False), (50 * WAN, 8, False), (50 * WAN, -1, False),
])
def test_large_movement(see, amount, ago, holds):
    move = {"on": day(ago), "amount_fen": amount, "counterparty": "某公司", "counterparty_bank": "乙银行", "purpose": "货款"}
    found = see("large_movement", movements=[move, {"on": TODAY, "amount_fen": 100}])
    assert bool(found) == holds
    if holds:
        assert found[0]["evidence"] == {**move, "on": day(ago).isoformat()} and found[0]["on"] == day(ago)


def test_large_movement_is_the_largest(see):
    found = see("large_movement", movements=[{"on": TODAY, "amount_fen": 6 * WAN}, {"on": day(3), "amount_fen": -9 * WAN}])
    assert [row["evidence"]["amount_fen"] for row in found] == [-9 * WAN]


@pytest.mark.parametrize(("peak", "now", "holds"), [
    (100 * WAN, 70 * WAN, True),  # 30 %
    (100 * WAN, 70 * WAN + 1, False),  # a fen above
    (10 * WAN, 5 * WAN, True),  # 50,000
    (10 * WAN - 1, 5 * WAN, False),  # 49,999.99
    (5 * WAN, 10 * WAN, False),
])
def test_outflow(see, peak, now, holds):
    balances = [{"on": date(2026, 8, 31), "assets_fen": peak}, {"on": date(2026, 9, 30), "assets_fen": now}]
    found = see("outflow", clients=[{"assets_fen": now}], balances=balances)
    assert bool(found) == holds
    if holds:
        e = found[0]["evidence"]
        assert (e["peak_fen"], e["peak_on"], e["assets_fen"], e["drop_fen"]) == (peak, "2026-08-31", now, peak - now)
        assert e["drop_share"] == pytest.approx((peak - now) / peak, abs=1e-4) and found[0]["on"] == date(2026, 8, 31)


@pytest.mark.parametrize(("on", "holds"), [(date(2026, 5, 24), True), (date(2026, 5, 23), False)])
def test_outflow_looks_six_months_back(see, on, holds):
    assert bool(see("outflow", clients=[{"assets_fen": 10 * WAN}], balances=[{"on": on, "assets_fen": 90 * WAN}])) == holds


def _out(ago, bank="乙银行", amount=-WAN):
    return {"on": day(ago), "amount_fen": amount, "counterparty_bank": bank}


@pytest.mark.parametrize(("moves", "holds"), [
    ([_out(180), _out(90), _out(1)], True),
    ([_out(181), _out(90), _out(1)], False),
    ([_out(100), _out(90)], False),
    ([_out(100), _out(90), _out(1, "丙银行")], False),  # three, but not to the same bank
    ([_out(100), _out(90), _out(1, amount=WAN)], False),  # the third came in
    ([_out(100, "本行"), _out(90, "本行"), _out(1, "本行")], False),
])
def test_competitor_flow_at_the_third_movement(see, moves, holds):
    found = see("competitor_flow", movements=moves)
    assert bool(found) == holds
    if holds:
        assert found[0]["evidence"] == {
            "bank": "乙银行", "count": 3, "total_fen": 3 * WAN, "first_on": day(180).isoformat(), "last_on": day(1).isoformat(),
        }
        assert found[0]["on"] == day(1)
