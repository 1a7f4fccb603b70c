"""Sharing out clients (A13-A15): by example, by property, and at the size of a large branch."""

from __future__ import annotations

import random
import time
import tomllib
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.domain.allocation import CLIENTS, STAFF, Allocation, Book, Mode, Move, allocate
from coach.domain.allocation_balance import level_room
from coach.domain.allocation_words import WHY, reason
from coach.domain.policy import AllocationRules, Person, PolicyError, Post, parse
from coach.domain.words import Stage, Tier

DEFAULT = tomllib.loads((Path(__file__).parents[2] / "knowledge" / "policy.toml").read_text(encoding="utf-8"))
TODAY = date(2026, 11, 24)
YUAN = 100
ADJUST = (Mode.MONTHLY, Mode.QUARTERLY)


@pytest.fixture(scope="session")
def rules() -> AllocationRules:
    return parse(DEFAULT).allocation


def client(no: str, manager: str | None, assets: int = 10_000, **more: Any) -> dict[str, Any]:
    return {"client_no": no, "manager": manager, "assets_fen": assets * YUAN, "tier": "C", "stage": "acquainted", "familiar": [], **more}


def member(no: str, post: str = "客户经理", **more: Any) -> dict[str, Any]:
    return {"staff_no": no, "post": post, "branch": "B01", "capacity": 100, "harder": False, "serves": True, **more}


def run(clients: list[dict[str, Any]], staff: list[dict[str, Any]], rules: AllocationRules, mode: Mode = Mode.MONTHLY) -> Allocation:
    people = pl.DataFrame([{k: s.get(k) for k in STAFF} for s in staff], schema=dict(STAFF), orient="row")
    rows = pl.DataFrame([{k: c.get(k) for k in CLIENTS} for c in clients], schema=dict(CLIENTS), orient="row")
    return allocate(rows, people, rules, mode, TODAY)


def after(clients: list[dict[str, Any]], made: Allocation) -> dict[str, str | None]:
    moved = {m.client_no: m.after for m in made.moves}
    return {c["client_no"]: moved.get(c["client_no"], c["manager"]) for c in clients}


def is_protected(c: dict[str, Any], rules: AllocationRules) -> bool:
    recent = c.get("last_effective") and c["last_effective"] >= TODAY - timedelta(days=rules.recent_days)
    new = c.get("assigned_on") and c["assigned_on"] > TODAY - timedelta(days=rules.settled_days)
    return c["stage"] in ("trusted", "loyal") or bool(recent) or bool(new)


# --- by example -----------------------------------------------------------------------------------------------------


def test_first_allocation_gives_equal_number_and_value(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", None, 1000 * (i + 1)) for i in range(60)]
    made = run(clients, [member("S1"), member("S2"), member("S3")], rules, Mode.INITIAL)
    assert [b.clients for b in made.after.books] == [20, 20, 20]
    assert made.after.value["客户经理"] < 1.005 and {m.why for m in made.moves} == {"dealt"} and len(made.moves) == 60


def test_who_knows_a_client_is_chosen_first_but_not_for_everyone(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", None, familiar=["S2"] if i < 30 else [], known_by=3 + i % 5 if i < 30 else None) for i in range(100)]
    made = run(clients, [member("S1"), member("S2")], rules, Mode.INITIAL)
    chosen = [m for m in made.moves if m.why == "familiar"]
    assert len(chosen) == 10 and {m.after for m in chosen} == {"S2"}, "a fifth of the 50 that are fair"
    best = sorted((c for c in clients if c["known_by"]), key=lambda c: (-c["known_by"], c["client_no"]))[:10]
    assert {m.client_no for m in chosen} == {c["client_no"] for c in best}, "the best known first"
    assert made.familiar_kept >= 10 and [b.clients for b in made.after.books] == [50, 50]


def test_the_value_of_the_familiar_is_limited_too(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", None, 900_000 if i < 10 else 10_000, familiar=["S1"] if i < 10 else [], known_by=5) for i in range(100)]
    made = run(clients, [member("S1"), member("S2")], rules, Mode.INITIAL)
    whole = sum(c["assets_fen"] for c in clients)
    chosen = sum(m.assets_fen for m in made.moves if m.why == "familiar")
    assert 0 < chosen <= whole / 2 * rules.familiar_value_share


def test_able_staff_get_more_of_the_difficult_within_the_same_total(rules: AllocationRules) -> None:
    hard = {"tier": "A", "stage": "stranger"}
    clients = [client(f"C{i:03}", None, 50_000 if i < 70 else 2_000 + i % 50 * 1000, **(hard if i < 70 else {})) for i in range(350)]
    made = run(clients, [member("S1", harder=True), member("S2"), member("S3")], rules, Mode.INITIAL)
    counted = {s: sum(m.after == s and m.client_no < "C070" for m in made.moves) for s in ("S1", "S2", "S3")}
    assert counted == {"S1": 30, "S2": 20, "S3": 20}, "one and a half times as many"
    assert max(b.clients for b in made.after.books) - min(b.clients for b in made.after.books) <= 1
    even = run(clients, [member("S1"), member("S2"), member("S3")], rules, Mode.INITIAL)
    shares = [sum(m.after == s and m.client_no < "C070" for m in even.moves) for s in ("S1", "S2", "S3")]
    assert max(shares) - min(shares) <= 1


def test_half_a_capacity_is_half_a_book(rules: AllocationRules) -> None:
    made = run([client(f"C{i:03}", None) for i in range(90)], [member("S1"), member("S2", capacity=50)], rules, Mode.INITIAL)
    assert [b.clients for b in made.after.books] == [60, 30] and made.after.number == {"客户经理": 1.0}


def test_an_adjustment_moves_as_few_as_it_takes(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", "S1" if i < 101 else "S2", 10_000 + i) for i in range(200)]
    made = run(clients, [member("S1"), member("S2")], rules)
    assert made.moves == (), "already within the tolerance"
    clients = [client(f"C{i:03}", "S1" if i < 110 else "S2", 10_000 + i) for i in range(200)]
    made = run(clients, [member("S1"), member("S2")], rules, Mode.QUARTERLY)
    assert 5 <= len(made.moves) <= 10 and {(m.before, m.after) for m in made.moves} == {("S1", "S2")}
    assert made.after.number["客户经理"] <= 1.05 and made.after.value["客户经理"] <= 1.02


def test_the_clients_of_who_leaves_are_given_out_whatever_their_stage(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", f"S{1 + i % 3}", stage="trusted" if i % 2 else "stranger") for i in range(90)]
    clients[0] |= {"familiar": ["S1", "S3"], "known_by": 6}
    made = run(clients, [member("S1", serves=False), member("S2"), member("S3")], rules)
    assert {m.client_no for m in made.moves} == {c["client_no"] for c in clients if c["manager"] == "S1"}
    assert [b.clients for b in made.after.books] == [45, 45] and {m.why for m in made.moves} == {"left", "familiar"}
    assert next(m for m in made.moves if m.client_no == "C000").after == "S3"


def test_who_joins_is_filled_up_within_the_cap_with_clients_of_the_usual_size(rules: AllocationRules) -> None:
    rng = random.Random(3)
    clients = [client(f"C{i:03}", f"S{1 + i % 3}", int(rng.paretovariate(1.3) * 5000)) for i in range(600)]
    made = run(clients, [member(f"S{i}") for i in range(1, 5)], rules, Mode.QUARTERLY)
    got = [m for m in made.moves if m.after == "S4"]
    assert 40 <= len(got) <= 60 and {m.why for m in got} == {"joined"} and len(made.moves) <= 60
    usual = sum(c["assets_fen"] for c in clients) / 600
    assert 0.5 * usual < sum(m.assets_fen for m in got) / len(got) < 3 * usual


def test_supervisors_get_none_and_another_branch_is_another_branch(rules: AllocationRules) -> None:
    staff = [member("S1"), member("S2"), member("S9", "网点负责人", serves=False), member("T1", branch="B02"), member("L1", "大堂经理")]
    clients = [client(f"C{i:03}", "S1" if i % 3 else "S2") for i in range(60)] + [client(f"D{i:03}", "T1") for i in range(5)]
    clients += [client(f"E{i:03}", None, branch="B02") for i in range(3)] + [client(f"F{i:03}", None, branch="B07") for i in range(2)]
    made = run(clients, staff, rules, Mode.INITIAL)
    whose = after(clients, made)
    assert {whose[no] for no in whose if no[0] in "DE"} == {"T1"} and {whose[no] for no in whose if no[0] == "C"} == {"S1", "S2"}
    assert made.unserved == 2 and {whose[no] for no in whose if no[0] == "F"} == {None}
    assert set(made.after.value) == {"B01/客户经理", "B02/客户经理"}, "a post that looks after nobody is not given clients by default"


def test_posts_serve_their_own_clients(rules: AllocationRules) -> None:
    posts = (Post(posts=("理财经理",), min_assets=200_000), Post(posts=("大堂经理",)))  # type: ignore[arg-type]
    own = rules.model_copy(update={"posts": posts})
    staff = [member("W1", "理财经理"), member("W2", "理财经理"), member("L1", "大堂经理"), member("L2", "大堂经理")]
    clients = [client(f"C{i:03}", ["W1", "W2", "L1", "L2"][i % 4], 300_000 if i < 40 else 20_000) for i in range(200)]
    clients[2]["stage"] = "loyal"
    made = run(clients, staff, own, Mode.INITIAL)
    whose = after(clients, made)
    assert whose["C002"] == "L1", "protected stays although another post serves such clients"
    assert {whose[f"C{i:03}"] for i in range(40) if i != 2} == {"W1", "W2"} and {whose[f"C{i:03}"] for i in range(40, 200)} == {"L1", "L2"}
    assert sum(b.clients for b in made.after.books) == 200 == sum(b.clients for b in made.before.books)
    monthly = run(clients, staff, own, Mode.MONTHLY)
    assert len(monthly.moves) <= 4 and {m.why for m in monthly.moves} == {"post"}, "within the cap of the month"


def test_one_client_too_large_for_any_balance_is_reported(rules: AllocationRules) -> None:
    clients = [client(f"C{i:03}", f"S{1 + i % 2}", 50_000_000 if i == 7 else 1000) for i in range(100)]
    made = run(clients, [member("S1"), member("S2")], rules, Mode.QUARTERLY)
    assert [(x.client_no, x.manager) for x in made.large] == [("C007", "S2")] and made.large[0].share > 1.9
    assert made.after.value["客户经理"] > 1.9


def test_every_reason_reads_whole_in_both_languages() -> None:
    books = {no: Book("客户经理", no, 10, 100_000, 12.5, 120_000) for no in ("S1", "S2")}
    for why in WHY:
        before = None if why == "unassigned" else "S1"
        for lang in ("zh", "en"):
            text = reason(Move("C1", before, "S2", why, 5), books, {"S1": "甲", "S2": "乙"}, lang)  # type: ignore[arg-type]
            assert "乙" in text and "{" not in text and len(text) > 10
    left = reason(Move("C1", "S7", "S2", "left", 5), books, {}, "en")
    assert "S7" in left and "S2" in left


def test_the_policy_checks_its_own_figures() -> None:
    with pytest.raises(ValueError, match="capacity"):
        Person(staff_no="S1", capacity=0)
    with pytest.raises(ValueError, match="posts"):
        Post(posts=())
    for own, what in (
        ({"people": [{"staff_no": "S1"}, {"staff_no": "S1"}]}, "people"), ({"posts": [{"posts": ["a"]}, {"posts": ["b", "a"]}]}, "posts")
    ):
        with pytest.raises(PolicyError, match=rf"allocation\.{what}.*twice"):
            parse(DEFAULT, {"allocation": own})
    own = parse(DEFAULT, {"allocation": {"posts": [{"posts": ["a"], "min_assets": 200_000}]}})
    assert own.allocation.posts[0].min_assets == 200_000 * YUAN


# --- by property ----------------------------------------------------------------------------------------------------


@st.composite
def branches(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    rng = random.Random(draw(st.integers(0, 10**6)))
    people = draw(st.integers(1, 6))
    posts = draw(st.sampled_from([("客户经理",), ("客户经理", "理财经理"), (None,)]))
    staff = [
        member(f"S{i}", rng.choice(posts), capacity=rng.choice((100, 100, 100, 80, 50)), harder=rng.random() < 0.3,
               serves=i == 0 or rng.random() < 0.9)
        for i in range(people)
    ]
    names = [None, "gone", *(s["staff_no"] for s in staff)]
    skew = draw(st.sampled_from((0.3, 1.0, 3.0)))
    clients = []
    for i in range(draw(st.integers(0, 120))):
        manager = rng.choice(names) if rng.random() < 0.1 else f"S{int(people * rng.random() ** skew)}"
        clients.append(client(
            f"C{i:03}", manager, int(rng.paretovariate(rng.choice((1.1, 3.0))) * 1000) * (rng.random() > 0.05),
            stage=rng.choice(list(Stage)).value, tier=rng.choice(list(Tier)).value,
            last_effective=TODAY - timedelta(days=rng.randrange(0, 200)) if rng.random() < 0.4 else None,
            assigned_on=TODAY - timedelta(days=rng.randrange(0, 400)) if rng.random() < 0.2 else None,
            familiar=rng.sample([s["staff_no"] for s in staff], min(people, rng.randrange(3))), known_by=rng.randrange(3, 9),
        ))  # fmt: skip
    return clients, staff


SLOW = settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])


@SLOW
@given(branches(), st.sampled_from(list(Mode)))
def test_nobody_is_lost_or_doubled_and_the_protected_stay(rules: AllocationRules, branch: Any, mode: Mode) -> None:
    clients, staff = branch
    made = run(clients, staff, rules, mode)
    serving = {s["staff_no"] for s in staff if s["serves"]}
    moved = [m.client_no for m in made.moves]
    assert len(set(moved)) == len(moved)
    by_no = {c["client_no"]: c for c in clients}
    assert all(m.after in serving and m.before == by_no[m.client_no]["manager"] != m.after for m in made.moves)
    held = [c for c in clients if is_protected(c, rules) and c["manager"] in serving]
    assert not {c["client_no"] for c in held} & set(moved)
    whose = after(clients, made)
    posts = {b.staff_no for b in made.after.books}
    assert all(whose[no] in serving for no in whose), "nobody is left without a manager"
    for b in made.after.books:
        mine = [c for c in clients if whose[c["client_no"]] == b.staff_no]
        assert (b.clients, b.assets_fen) == (len(mine), sum(c["assets_fen"] for c in mine))
    assert made.protected == sum(c["manager"] in posts for c in held) and made.unserved == 0
    assert sum(b.clients for b in made.after.books) == len(clients)


@SLOW
@given(branches(), st.sampled_from(ADJUST))
def test_the_cap_is_kept_and_the_balance_never_worse(rules: AllocationRules, branch: Any, mode: Mode) -> None:
    clients, staff = branch
    serving = {s["staff_no"] for s in staff if s["serves"]}
    made = run(clients, staff, rules, mode)
    share = rules.monthly_share if mode is Mode.MONTHLY else rules.quarterly_share
    assert sum(m.before in serving for m in made.moves) <= share * len(clients)
    settled = [c | {"manager": c["manager"] if c["manager"] in serving else min(serving)} for c in clients]
    made = run(settled, staff, rules, mode)
    if len({s["post"] for s in staff if s["serves"]}) == 1:
        for was, now_is, wide in (
            (made.before.value, made.after.value, rules.value_tolerance), (made.before.number, made.after.number, rules.number_tolerance)
        ):
            assert all(now_is[post] <= max(was[post], 1 + wide) + 1e-9 for post in was)


@SLOW
@given(branches(), st.sampled_from(list(Mode)), st.randoms(use_true_random=False))
def test_the_same_input_gives_the_same_output_in_any_order(rules: AllocationRules, branch: Any, mode: Mode, rng: random.Random) -> None:
    clients, staff = branch
    first = run(clients, staff, rules, mode)
    assert run(rng.sample(clients, len(clients)), rng.sample(staff, len(staff)), rules, mode) == first


@SLOW
@given(branches())
def test_first_allocation_numbers_are_level_where_nothing_is_protected(rules: AllocationRules, branch: Any) -> None:
    clients, staff = branch
    free = [c | {"stage": "stranger", "last_effective": None, "assigned_on": None, "manager": None} for c in clients]
    made = run(free, staff, rules, Mode.INITIAL)
    off = [b.clients - b.fair_clients for b in made.after.books]
    assert all(abs(x) <= 1.5 for x in off)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 9)), min_size=1, max_size=8), st.integers(0, 200))
def test_room_is_shared_out_whole_and_level(have: list[tuple[int, int]], new: int) -> None:
    counts, weights = [n for n, _ in have], [float(w) for _, w in have]
    room = level_room(counts, weights, new)
    assert sum(room) == new
    for i, got in enumerate(room):  # nobody who got one stands above somebody who would still stand below with one more
        if got:
            assert all((counts[i] + got) / weights[i] <= (counts[j] + room[j] + 1) / weights[j] + 1e-9 for j in range(len(room)))


# --- at the size of a large branch ------------------------------------------------------------------------------------


@pytest.mark.parametrize("mode", [Mode.INITIAL, Mode.QUARTERLY])
def test_fifty_thousand_over_twenty(rules: AllocationRules, mode: Mode) -> None:
    rng = random.Random(11)
    staff = [member(f"{1001 + i}", harder=i % 7 == 0) for i in range(20)]
    clients = []
    for i in range(50_000):
        assets = min(int(rng.paretovariate(1.16) * 10_000), 40_000_000)  # 2 % hold most of it
        manager = None if rng.random() < 0.02 else f"{1001 + rng.randrange(20)}"
        clients.append(client(
            f"C{i:05}", manager, assets, tier="A" if assets > 60_000 else "C", stage=rng.choices(list(Stage), (40, 30, 20, 10))[0].value,
            last_effective=TODAY - timedelta(days=rng.randrange(300)) if rng.random() < 0.3 else None,
            familiar=[f"{1001 + rng.randrange(20)}"] if rng.random() < 0.1 else [], known_by=rng.randrange(3, 9),
        ))  # fmt: skip
    start = time.perf_counter()
    made = run(clients, staff, rules, mode)
    took = time.perf_counter() - start
    assert made.after.value["客户经理"] <= 1.02 and made.after.number["客户经理"] <= 1.05, (made.after.value, made.after.number)
    moved = {m.client_no for m in made.moves}
    held = [c["client_no"] for c in clients if c["manager"] and is_protected(c, rules)]
    assert not moved & set(held) and made.protected == len(held) > 10_000
    assert made.large and made.large[0].share > rules.value_tolerance
    assert took < 30, f"{took:.1f} s"
    if mode is Mode.QUARTERLY:
        assert sum(m.before is not None for m in made.moves) <= 5000
