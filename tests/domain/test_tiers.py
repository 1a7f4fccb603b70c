import tomllib
from math import ceil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain import tiers
from coach.domain.frames import CLIENTS, frame
from coach.domain.policy import parse

_POLICY = parse(tomllib.loads((Path(__file__).parents[2] / "knowledge" / "policy.toml").read_text(encoding="utf-8")))
SCORES = st.none() | st.integers(0, 5)
ROWS = st.lists(
    st.tuples(st.sampled_from(["m1", "m2", None]), st.none() | st.integers(0, 50), SCORES, SCORES, SCORES), max_size=60
)


def _clients(rows):
    keys = ("manager", "assets_fen", "relationship", "potential", "intent")
    return frame(CLIENTS, [{"client_no": f"c{i:03d}", **dict(zip(keys, row, strict=True))} for i, row in enumerate(rows)])


def _naive(rows):
    out = {}
    for manager in {row[0] for row in rows}:
        book = sorted((-(row[1] or 0), f"c{i:03d}", row) for i, row in enumerate(rows) if row[0] == manager)
        for rank, (_, no, row) in enumerate(book, 1):
            base = 0 if rank <= ceil(len(book) * 20 / 100) else 1 if rank <= ceil(len(book) * 50 / 100) else 2
            ups = min(2, sum(score is not None and score >= 4 for score in row[2:]))
            out[no] = "ABC"[max(base - ups, 0)]
    return out


@given(ROWS)
def test_set_based_equals_the_rule_told_client_by_client(rows):
    assert dict(tiers.assign(_clients(rows), _POLICY).select("client_no", "tier").iter_rows()) == _naive(rows)


@given(ROWS)
def test_no_move_ever_lowers_and_the_reason_tells_the_whole_story(rows):
    for row in tiers.assign(_clients(rows), _POLICY).iter_rows(named=True):
        reason = tiers.reason_of(row)
        assert row["tier"] <= reason["base"] and 1 <= reason["rank"] <= reason["of"]
        assert (row["tier"] != reason["base"]) == bool(reason["moves"])
        assert all(move["score"] >= 4 for move in reason["moves"])
        assert f"{reason['rank']}/{reason['of']}" in tiers.tier_text(reason, "zh")


@pytest.mark.parametrize(("score", "tier"), [(3, "C"), (4, "B")])
def test_a_score_of_four_raises_and_three_does_not(policy, score, tier):
    rows = [("m1", 10 - i, None, None, None) for i in range(9)] + [("m1", 0, score, None, None)]
    assert tiers.assign(_clients(rows), policy).filter(client_no="c009")["tier"].item() == tier


def test_two_reasons_raise_two_tiers(policy):
    rows = [("m1", 10 - i, None, None, None) for i in range(9)] + [("m1", 0, 5, None, 4)]
    row = tiers.assign(_clients(rows), policy).filter(client_no="c009").row(0, named=True)
    assert row["tier"] == "A"
    assert tiers.reason_of(row)["moves"] == [{"by": "relationship", "score": 5}, {"by": "intent", "score": 4}]
    assert tiers.tier_text(tiers.reason_of(row), "en") == "rank 10 of 10 by assets, C; raised to A: relationship 5, intent 4"
    assert tiers.tier_text(tiers.reason_of(row), "zh") == "资产排第 10/10 位，C 类；关系 5 分、意愿 4 分，上调为 A 类"


def test_a_tier_by_hand_says_so():
    assert tiers.tier_text({"by_hand": "行长交办"}, "zh") == "手工设定：行长交办"
    assert tiers.tier_text({}, "en") == "not yet tiered"
