import pytest

from coach.domain.rhythm import cadence, capacity


@pytest.mark.parametrize(("clients", "day"), [(600, (5, 20, 30)), (6000, (5, 20, 30)), (300, (3, 10, 15)), (1, (1, 1, 1)), (0, (0, 0, 0)),
                                             (120, (1, 4, 6)), (121, (2, 5, 7))])
def test_the_day_is_scaled_to_the_book(policy, clients, day):
    got = capacity(clients, policy)
    assert (got["visit"], got["call"], got["message"]) == day


def test_six_hundred_clients_can_be_kept_in_rhythm(policy):
    rows = cadence({"A": 120, "B": 180, "C": 300}, policy)
    assert [row["tier"] for row in rows] == ["A", "B", "C"] and all(row["attainable"] for row in rows)
    assert rows[0]["per_quarter"] == {"visit": 120, "call": 360, "message": 360}
    assert rows[2]["per_quarter"] == {"visit": 74, "call": 300, "message": 900}  # 300 × 90/365 visits, rounded up


def test_six_thousand_cannot_and_a_small_a_tier_still_can(policy):
    assert [row["attainable"] for row in cadence({"A": 1200, "B": 1800, "C": 3000}, policy)] == [False, False, False]
    assert [row["attainable"] for row in cadence({"A": 300, "B": 1800, "C": 3900}, policy)] == [True, False, False]


def test_attainable_to_the_contact(policy):
    """330 visits a quarter: 330 A clients can be seen once, one more cannot."""
    free = policy.capacity.model_copy(update={"call": 999, "message": 999})

    def a_only(count):
        return cadence({"A": count, "C": 6000}, policy.model_copy(update={"capacity": free}))[0]

    assert a_only(330)["attainable"] and not a_only(331)["attainable"]
