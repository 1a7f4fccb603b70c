from datetime import datetime, timedelta

import pytest

from coach.domain import stages
from coach.domain.frames import CONTACTS, frame

START = datetime(2026, 1, 5, 10)


def _contacts(*talks, client_no="c1"):
    """``talks``: (day, channel, effective)."""
    return frame(CONTACTS, [
        {"client_no": client_no, "at": START + timedelta(days=d), "channel": c, "effective": e} for d, c, e in talks
    ])


def _stage(policy, *talks):
    got = stages.earned(_contacts(*talks), policy)
    return got["stage"].item() if got.height else None


def test_nothing_is_earned_without_an_effective_contact(policy):
    assert _stage(policy, (0, "call", False), (1, "message", None)) is None


def test_one_talk_earns_acquainted(policy):
    assert _stage(policy, (0, "call", True)) == "acquainted"


@pytest.mark.parametrize(("days", "visits", "stage"), [(60, 1, "trusted"), (59, 1, "acquainted"), (60, 0, "acquainted")])
def test_trusted_needs_four_talks_a_visit_and_sixty_days(policy, days, visits, stage):
    talks = [(0, "visit" if visits else "call", True), (10, "call", True), (20, "call", True), (days, "call", True)]
    assert _stage(policy, *talks) == stage
    assert _stage(policy, *talks[:1], *talks[2:]) == "acquainted"


@pytest.mark.parametrize(("days", "stage"), [(180, "loyal"), (179, "trusted")])
def test_loyal_needs_eight_talks_three_visits_and_half_a_year(policy, days, stage):
    talks = [(i * 10, "visit" if i < 3 else "call", True) for i in range(7)]
    assert _stage(policy, *talks, (days, "call", True)) == stage
    assert _stage(policy, *talks[1:], (days + 10, "call", True)) == "trusted"


def test_the_reason_tells_what_was_counted(policy):
    row = stages.earned(_contacts((0, "visit", True), (3, "call", True), (5, "call", False)), policy).row(0, named=True)
    reason = stages.reason_of(row)
    assert reason == {"effective": 2, "visits": 1, "days": 3, "needs": {"effective_contacts": 1, "visits": 0, "days": 0}}
    assert stages.reason_text(reason, "zh") == "有效接触 2 次，其中面访 1 次，历时 3 天"
    assert stages.reason_text(reason, "en") == "2 effective contacts, of them 1 visit, over 3 days"
    assert stages.reason_text({"by_hand": "老同学"}, "en") == "set by hand: 老同学"


def test_many_clients_at_once(policy):
    both = _contacts((0, "call", True)).vstack(_contacts((0, "call", False), client_no="c2"))
    assert stages.earned(both, policy)["client_no"].to_list() == ["c1"]


def test_later():
    assert stages.later("loyal", "trusted") == "loyal" == stages.later("stranger", "loyal")
