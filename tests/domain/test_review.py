"""Flags: each by one who has it and one who just misses it; the draw: everybody sampled, the same for everybody, signed ones leave."""

from __future__ import annotations

import string
from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coach.domain import review
from coach.domain.frames import frame
from coach.domain.policy import Policy
from coach.domain.review import Flag, Kind, Records, Rule, Use, bare, flags, week_of
from coach.domain.review_queue import Work, days_of, lot, queue, sample
from coach.domain.words import Severity
from coach.settings import load_policy

SINCE, UNTIL = date(2026, 11, 2), date(2026, 11, 29)
MORNING = datetime(2026, 11, 17, 9, 0)
POLICY: Policy = load_policy(Path("/nonexistent/policy.toml"))


def raised(records: Records, policy: Policy = POLICY, since: date = SINCE, until: date = UNTIL) -> list[Flag]:
    return flags(records, policy, since, until)


def contacts(*rows: tuple[str, str, str | None, datetime, str, bool]) -> pl.DataFrame:
    return frame(review.CONTACTS, [dict(zip(review.CONTACTS, row, strict=True)) for row in rows])


# --- a caution that was passed over ---------------------------------------------------------------------------------


def use(number: str = "S1", at: datetime = MORNING, how: str = "followed", **more: object) -> Use:
    return Use(number, "C1", "1001", at, how, **more)  # type: ignore[arg-type]


def test_a_suggestion_used_in_spite_of_a_caution() -> None:
    refused, hours = ("compliance.contact.refused", "block"), ("compliance.contact.hours", "warn")
    records = Records(uses=[
        use("S1", cautions=(hours,)), use("S1", MORNING + timedelta(minutes=5), "contact", contact_no="K1", cautions=(hours,)),
        use("S2", cautions=(hours, refused)), use("S3"),
    ])  # fmt: skip
    blocked, warned = raised(records)
    assert (blocked.id, blocked.severity, blocked.rule) == ("caution_overridden:S2", Severity.BLOCK, Rule.CAUTION_OVERRIDDEN)
    assert [c["rule"] for c in blocked.evidence["cautions"]] == [hours[0], refused[0]]
    assert (warned.id, warned.severity, warned.at) == ("caution_overridden:S1", Severity.WARN, MORNING)
    assert warned.evidence["how"] == ["followed", "contact"]
    assert warned.records == ((Kind.SUGGESTION, "S1"), (Kind.CONTACT, "K1"))


# --- nobody reached, over and over ----------------------------------------------------------------------------------


def tries(number: int, reached_after: int | None = None, staff: str = "1001") -> list[tuple]:
    rows: list[tuple] = [(f"K{n}", "C1", staff, MORNING + timedelta(days=n), "call", False) for n in range(number)]
    if reached_after is not None:
        rows.insert(reached_after, ("R", "C1", "1002", MORNING + timedelta(days=reached_after - 1, hours=1), "message", True))
    return rows


def test_a_client_not_reached_over_and_over() -> None:
    least = POLICY.review.unreached_contacts
    (flag,) = raised(Records(histories=contacts(*tries(least))))
    assert (flag.rule, flag.client_no, flag.staff_no) == (Rule.UNREACHED, "C1", "1001")
    assert flag.at == MORNING + timedelta(days=least - 1) and flag.evidence["contacts"] == least
    assert raised(Records(histories=contacts(*tries(least - 1)))) == []
    longer = raised(Records(histories=contacts(*tries(least + 3))))
    assert [f.id for f in longer] == [flag.id], "the same flag goes on"
    assert longer[0].at == flag.at and longer[0].evidence["contacts"] == least + 3


def test_whoever_reaches_the_client_begins_the_row_anew() -> None:
    least = POLICY.review.unreached_contacts
    assert raised(Records(histories=contacts(*tries(least + 1, reached_after=least - 1)))) == []
    assert len(raised(Records(histories=contacts(*tries(least + 1, reached_after=1))))) == 1


def test_messages_without_an_answer_and_another_persons_calls_are_not_counted() -> None:
    least = POLICY.review.unreached_contacts
    mixed = [(f"M{n}", "C1", "1001", MORNING + timedelta(days=n), "message", False) for n in range(least)]
    two = [*tries(least - 1), ("X", "C1", "1002", MORNING + timedelta(days=9), "visit", False)]
    assert raised(Records(histories=contacts(*mixed))) == [] and raised(Records(histories=contacts(*two))) == []


# --- many in a few minutes ------------------------------------------------------------------------------------------


def burst(number: int, minutes: float, channel: str = "call", begin: datetime = MORNING) -> pl.DataFrame:
    step = timedelta(minutes=minutes) / (number - 1)
    return contacts(*((f"B{n:02}", f"C{n}", "1001", begin + n * step, channel, True) for n in range(number)))


@pytest.mark.parametrize(("channel", "what"), [("call", "talks"), ("visit", "talks"), ("message", "messages")])
def test_many_contacts_in_a_few_minutes(channel: str, what: str) -> None:
    rules = POLICY.review
    least = rules.burst_messages if channel == "message" else rules.burst_talks
    (flag,) = raised(Records(contacts=burst(least, rules.burst_minutes, channel)))
    assert flag.rule is Rule.BURST and flag.evidence["what"] == what
    assert (flag.evidence["contacts"], flag.evidence["clients"]) == (least, least)
    assert flag.id == f"burst:1001:{what}:B00" and len(flag.records) == least
    assert raised(Records(contacts=burst(least, rules.burst_minutes + 1, channel))) == []
    assert raised(Records(contacts=burst(least - 1, 1, channel))) == []


def test_contacts_without_a_time_are_no_burst() -> None:
    day_only = contacts(*((f"B{n}", f"C{n}", "1001", datetime(2026, 11, 17), "call", True) for n in range(40)))
    assert raised(Records(contacts=day_only)) == []


def test_two_bursts_of_one_day_are_two_flags() -> None:
    least = POLICY.review.burst_talks
    begins = (MORNING, MORNING.replace(hour=15))
    rows = [(f"B{at.hour}{n}", f"C{n}", "1001", at + timedelta(minutes=n), "call", True) for at in begins for n in range(least)]
    assert sorted(f.id for f in raised(Records(contacts=contacts(*rows)))) == ["burst:1001:talks:B150", "burst:1001:talks:B90"]


# --- one text to many -----------------------------------------------------------------------------------------------


def sent(number: int, text: str = "您好，{}，周末降温，注意保暖。", staff: str = "1001", week: int = 0) -> list[Use]:
    return [
        Use(f"S{week}-{n}", f"C{n}", staff, MORNING + timedelta(days=7 * week, minutes=20 * n), "followed",
            message=text.format(f"王{n}女士"), call_names=(f"王{n}", f"王{n}女士"))
        for n in range(number)
    ]  # fmt: skip


def test_one_message_to_dozens() -> None:
    least = POLICY.review.same_message
    (flag,) = raised(Records(uses=sent(least)))
    assert flag.rule is Rule.SAME_MESSAGE and flag.evidence["clients"] == least and flag.at == MORNING + timedelta(minutes=20 * (least - 1))
    assert "王0女士" in flag.evidence["text"] and flag.client_no is None
    assert raised(Records(uses=sent(least - 1))) == []
    assert raised(Records(uses=[*sent(least - 1), *sent(1)])) == [], "one client twice is one client"
    assert raised(Records(uses=[*sent(least // 2), *sent(least // 2, week=1)])) == [], "each week by itself"
    own = [Use(u.suggestion_no, u.client_no, u.staff_no, u.at, u.how, message=f"{u.message}{n}", call_names=u.call_names)
           for n, u in enumerate(sent(least))]  # fmt: skip
    assert raised(Records(uses=own)) == [], "a line of one's own is another message"


def test_a_message_without_its_names() -> None:
    assert bare("王芳女士您好！\n 我是 小林", ("王芳", "王女士", "王芳女士")) == "您好！我是小林"


# --- gifts ----------------------------------------------------------------------------------------------------------


def gifts(*rows: tuple[str, date, str, int]) -> pl.DataFrame:
    return frame(review.GIFTS, [dict(zip(review.GIFTS, (*row, "1001"), strict=True)) for row in rows])


def test_a_gift_over_the_cap() -> None:
    cap, on = POLICY.gifts.cap, date(2026, 11, 17)
    (flag,) = raised(Records(gifts=gifts(("C1", on, "茶", cap + 1), ("C2", on, "茶", cap))))
    assert (flag.client_no, flag.severity, flag.staff_no) == ("C1", Severity.BLOCK, "1001")
    assert flag.evidence["value_fen"] == cap + 1 and flag.evidence["cap_fen"] == cap


def test_the_gift_that_passes_the_years_cap_is_flagged_once() -> None:
    year, each = POLICY.gifts.cap_per_year, POLICY.gifts.cap
    days = [date(2026, month, 5) for month in range(1, 12)]
    exactly = [("C1", day, f"礼{n}", each) for n, day in enumerate(days[: year // each])]
    assert raised(Records(gifts=gifts(*exactly)), since=date(2026, 1, 1)) == []
    one_more = [*exactly, ("C1", date(2026, 11, 5), "小礼", 1), ("C1", date(2026, 11, 9), "又一份", 1)]
    (flag,) = raised(Records(gifts=gifts(*one_more)))
    assert flag.id == "gift_over_cap:C1:2026" and flag.evidence["year_fen"] == year + 1 and flag.evidence["item"] == "小礼"
    last_year = [("C1", date(2025, 12, 20), "去年", each), *exactly]
    assert raised(Records(gifts=gifts(*last_year)), since=date(2025, 1, 1)) == [], "each calendar year by itself"


# --- matured money --------------------------------------------------------------------------------------------------


def matured(amount: int, placed: int = 0, contacts_after: int = 0, on: date = date(2026, 10, 10)) -> Records:
    row = ("C1", "H1", "deposit", "一年期", amount, on, "1001", placed, contacts_after, date(2026, 10, 1))
    return Records(matured=frame(review.MATURED, [dict(zip(review.MATURED, row, strict=True))]))


def test_matured_money_gone_without_a_word() -> None:
    least, days = POLICY.review.lost_amount, POLICY.signals.matured_days
    (flag,) = raised(matured(least))
    assert flag.rule is Rule.MATURED_LOST and flag.at == datetime(2026, 10, 11) + timedelta(days=days)
    assert flag.evidence["placed_fen"] == 0 and flag.evidence["last_contact"] == date(2026, 10, 1)
    assert raised(matured(least - 1)) == []
    assert raised(matured(least, contacts_after=1)) == []
    half = int(least * POLICY.signals.placed_share)
    assert raised(matured(least, placed=half)) == [] and len(raised(matured(least, placed=half - 1))) == 1


def test_money_still_within_its_days_is_not_lost_yet() -> None:
    on = UNTIL - timedelta(days=POLICY.signals.matured_days)
    assert raised(matured(10**8, on=on)) == []
    assert len(raised(matured(10**8, on=on - timedelta(days=1)))) == 1


# --- the queue ------------------------------------------------------------------------------------------------------

numbers = st.text(string.ascii_lowercase + "福", min_size=1, max_size=4)
works = st.lists(
    st.builds(
        Work, kind=st.sampled_from([Kind.SUGGESTION, Kind.CONTACT, Kind.PRACTICE]), subject=numbers,
        staff_no=st.sampled_from(["1001", "1002", "1003"]), client_no=st.just("C1"), at=st.just(MORNING),
    ), max_size=40, unique_by=lambda w: w.key,
)  # fmt: skip


@given(works, st.integers(0, 6), st.randoms())
def test_everybody_is_sampled_and_the_draw_can_be_repeated(done: list[Work], number: int, chance: object) -> None:
    drawn = sample(done, "2026-W47", number)
    for staff_no in {w.staff_no for w in done}:
        own = [w for w in done if w.staff_no == staff_no]
        assert sum(w.staff_no == staff_no for w in drawn) == min(number, len(own))
    shuffled = list(done)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert sample(shuffled, "2026-W47", number) == drawn
    assert len({w.key for w in drawn}) == len(drawn)


@given(works, st.sets(numbers, max_size=6))
def test_what_is_signed_off_leaves_and_nothing_comes_in_its_place(done: list[Work], subjects: set[str]) -> None:
    flag = Flag("burst:1001:talks:K1", Rule.BURST, MORNING, "1001", None, Severity.WARN, {}, ((Kind.CONTACT, "K1"),))
    whole = queue([flag], done, "2026-W47", 3)
    signed = {(w.kind, w.subject) for w in done if w.subject in subjects}
    left = queue([flag], done, "2026-W47", 3, signed)
    assert left == [item for item in whole if item.key not in signed]
    assert left[0].kind is Kind.FLAG
    assert queue([flag], done, "2026-W47", 3, {(Kind.FLAG, flag.id), *signed}) == left[1:]


def test_the_draw_is_what_it_says() -> None:
    """Worked out here by the words of the module alone, as anybody may."""
    done = [Work(Kind.CONTACT, f"K{n}", "1001", "C1", MORNING) for n in range(30)]
    by_hand = sorted(range(30), key=lambda n: sha256(f"2026-W47|1001|contact|K{n}".encode()).hexdigest())[:3]
    assert [w.subject for w in sample(done, "2026-W47", 3)] == [f"K{n}" for n in by_hand]
    assert sample(done, "2026-W47", 3) != sample(done, "2026-W48", 3)
    assert lot("2026-W47", "1001", "contact", "K1") != lot("2026-W47", "1002", "contact", "K1")


def test_a_piece_of_work_carries_the_flags_that_rest_on_it() -> None:
    flag = Flag("f", Rule.BURST, MORNING, "1001", None, Severity.WARN, {}, ((Kind.CONTACT, "K1"),))
    first, second = queue([flag], [Work(Kind.CONTACT, "K1", "1001", "C1", MORNING)], "2026-W47", 3)
    assert (first.subject, second.flags) == ("f", (flag,))


def test_weeks() -> None:
    assert week_of(date(2027, 1, 1)) == "2026-W53" and days_of("2026-W53") == (date(2026, 12, 28), date(2027, 1, 3))
    assert days_of("2026w47") == days_of("2026-W47") == (date(2026, 11, 16), date(2026, 11, 22))
    for wrong in ("", "2026-47", "2026-W60", "W47", "2026-W00"):
        with pytest.raises(ValueError):
            days_of(wrong)
