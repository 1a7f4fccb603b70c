"""What a supervisor is to look at: flags raised by rule over the records (A48: follow process and result).

A flag says what stands in the records and proves nothing: the supervisor looks, asks and judges. Thresholds stand in the
policy's ``[review]``, names and passages in ``knowledge/review.toml``. A flag keeps its id however much is logged after it,
so that one which was signed off does not come back.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from hashlib import sha256
from typing import Any

import polars as pl

from coach.domain.exact import fraction
from coach.domain.frames import Schema, frame
from coach.domain.policy import Policy
from coach.domain.suggestion import plain
from coach.domain.words import Severity


class Rule(StrEnum):
    """Why a flag is raised."""

    CAUTION_OVERRIDDEN = "caution_overridden"
    UNREACHED = "unreached"
    BURST = "burst"
    SAME_MESSAGE = "same_message"
    GIFT_OVER_CAP = "gift_over_cap"
    MATURED_LOST = "matured_lost"


class Kind(StrEnum):
    """What a review is about."""

    SUGGESTION = "suggestion"
    CONTACT = "contact"
    PRACTICE = "practice"
    FLAG = "flag"


@dataclass(frozen=True, slots=True)
class Flag:
    """One thing that stands out."""

    id: str
    rule: Rule
    at: datetime
    """When it came to be."""
    staff_no: str | None
    client_no: str | None
    """``None``: it is about several."""
    severity: Severity
    evidence: dict[str, Any]
    """Counts, times, amounts in fen: what the rule saw."""
    records: tuple[tuple[Kind, str], ...] = ()
    """The suggestions and contacts that it rests on, in the order of time."""
    play: str | None = None
    engine: str | None = None

    def as_json(self) -> dict[str, Any]:
        return dict(plain(asdict(self)))


@dataclass(frozen=True, slots=True)
class Use:
    """A suggestion that somebody worked by: said so, or logged a contact with it."""

    suggestion_no: str
    client_no: str
    staff_no: str | None
    at: datetime
    how: str
    """``followed``, ``changed`` or ``contact``."""
    contact_no: str | None = None
    cautions: tuple[tuple[str, str], ...] = ()
    """Rule and severity of what stood against it: in the suggestion, or against the text as it was sent."""
    message: str | None = None
    """The text that was sent, where it was one."""
    call_names: tuple[str, ...] = ()
    """What the client is called by in it."""
    play: str | None = None
    engine: str | None = None


CONTACTS: Schema = {
    "contact_no": pl.String, "client_no": pl.String, "staff_no": pl.String, "at": pl.Datetime("us"), "channel": pl.String,
    "effective": pl.Boolean,
}
GIFTS: Schema = {"client_no": pl.String, "on": pl.Date, "item": pl.String, "value_fen": pl.Int64, "manager": pl.String}
MATURED: Schema = {
    "client_no": pl.String, "holding_no": pl.String, "product_type": pl.String, "product": pl.String, "amount_fen": pl.Int64,
    "matures_on": pl.Date, "manager": pl.String, "placed_fen": pl.Int64, "contacts_after": pl.Int64, "last_contact": pl.Date,
}
"""Money that matured. ``manager``: on the day on which its time ran out; ``placed_fen``: what was placed again in that time;
``contacts_after``: with the client from the maturity to that day; ``last_contact``: the last one before."""


@dataclass(frozen=True, slots=True)
class Records:
    """What the rules read. Contacts that were undone are not among them."""

    uses: Sequence[Use] = ()
    contacts: pl.DataFrame = field(default_factory=partial(frame, CONTACTS))
    """Of the days looked at."""
    histories: pl.DataFrame = field(default_factory=partial(frame, CONTACTS))
    """All contacts of the clients who were tried in vain in these days."""
    gifts: pl.DataFrame = field(default_factory=partial(frame, GIFTS))
    """From the first of January of the year in which the days begin."""
    matured: pl.DataFrame = field(default_factory=partial(frame, MATURED))


def flags(records: Records, policy: Policy, since: date, until: date) -> list[Flag]:
    """The flags that came to be from one day to another (both included): what is forbidden first, then the newest first."""
    begin, end = datetime.combine(since, time.min), datetime.combine(until + timedelta(days=1), time.min)
    found = [
        flag
        for rule in (_overridden, _unreached, _bursts, _same_messages, _gifts, _lost)
        for flag in rule(records, policy)
        if begin <= flag.at < end
    ]
    return sorted(sorted(found, key=lambda f: (f.at, f.id), reverse=True), key=lambda f: f.severity != Severity.BLOCK)


def _overridden(records: Records, _policy: Policy) -> Iterator[Flag]:
    """A suggestion or a message was used although the rules warned of it or forbade it; once a suggestion."""
    grouped: dict[str, list[Use]] = defaultdict(list)
    for use in sorted(records.uses, key=lambda u: u.at):
        if use.cautions:
            grouped[use.suggestion_no].append(use)
    for number, uses in grouped.items():
        cautions = dict.fromkeys(caution for use in uses for caution in use.cautions)
        worst = Severity.BLOCK if any(severity == Severity.BLOCK for _, severity in cautions) else Severity.WARN
        first = uses[0]
        contacts = dict.fromkeys(use.contact_no for use in uses if use.contact_no)
        yield Flag(
            f"{Rule.CAUTION_OVERRIDDEN}:{number}", Rule.CAUTION_OVERRIDDEN, first.at, first.staff_no, first.client_no, worst,
            {"cautions": [{"rule": rule, "severity": severity} for rule, severity in cautions],
             "how": list(dict.fromkeys(use.how for use in uses)), "at": first.at},
            ((Kind.SUGGESTION, number), *((Kind.CONTACT, no) for no in contacts)), first.play, first.engine,
        )  # fmt: skip


def _unreached(records: Records, policy: Policy) -> Iterator[Flag]:
    """One person called on or visited a client so many times on end without reaching the client; once for each such row, which
    ends with the next contact that anybody reaches the client by. Messages answered by nobody are no vain calls."""
    least = policy.review.unreached_contacts
    rows = (
        records.histories.sort("client_no", "at", "contact_no")
        .with_columns(run=pl.col("effective").cast(pl.Int64).cum_sum().over("client_no"))
        .filter(~pl.col("effective") & (pl.col("channel") != "message") & pl.col("staff_no").is_not_null())
        .group_by("client_no", "staff_no", "run", maintain_order=True)
        .agg(pl.col("contact_no"), times=pl.col("at"))
        .filter(pl.col("contact_no").list.len() >= least)
    )
    for r in rows.iter_rows(named=True):
        numbers, times = r["contact_no"], r["times"]
        yield Flag(
            f"{Rule.UNREACHED}:{r['client_no']}:{r['staff_no']}:{numbers[0]}", Rule.UNREACHED, times[least - 1], r["staff_no"],
            r["client_no"], Severity.WARN, {"contacts": len(numbers), "from": times[0], "to": times[-1]},
            tuple((Kind.CONTACT, no) for no in numbers),
        )  # fmt: skip


def _bursts(records: Records, policy: Policy) -> Iterator[Flag]:
    """So many contacts of one person within a few minutes. A contact at midnight sharp has a day but no time and is left out."""
    rules = policy.review
    timed = records.contacts.filter((pl.col("at").dt.time() != time.min) & pl.col("staff_no").is_not_null())
    for what, messages, least in (("talks", False, rules.burst_talks), ("messages", True, rules.burst_messages)):
        rows = (
            timed.filter((pl.col("channel") == "message") == messages).sort("staff_no", "at", "contact_no")
            .group_by("staff_no", pl.col("at").dt.date().alias("day"), maintain_order=True)
            .agg(pl.col("contact_no"), pl.col("client_no"), times=pl.col("at"))
            .filter(pl.col("contact_no").list.len() >= least)
        )  # fmt: skip
        for r in rows.iter_rows(named=True):
            numbers, times = r["contact_no"], r["times"]
            for begin, end in _crowded(times, timedelta(minutes=rules.burst_minutes), least):
                clients = set(r["client_no"][begin:end])
                yield Flag(
                    f"{Rule.BURST}:{r['staff_no']}:{what}:{numbers[begin]}", Rule.BURST, times[begin], r["staff_no"],
                    clients.pop() if len(clients) == 1 else None, Severity.WARN,
                    {"what": what, "contacts": end - begin, "clients": len(set(r["client_no"][begin:end])), "from": times[begin],
                     "to": times[end - 1], "minutes": rules.burst_minutes},
                    tuple((Kind.CONTACT, no) for no in numbers[begin:end]),
                )  # fmt: skip


def _crowded(times: Sequence[datetime], within: timedelta, least: int) -> Iterator[tuple[int, int]]:
    """Stretches of a sorted row, begin and end, that hold ``least`` and more within so short a time; none overlap."""
    begin = 0
    while begin + least <= len(times):
        if times[begin + least - 1] - times[begin] > within:
            begin += 1
            continue
        end = begin + least
        while end < len(times) and times[end] - times[begin] <= within:
            end += 1
        yield begin, end
        begin = end


_BLANK = re.compile(r"\s+")


def bare(message: str, call_names: Iterable[str]) -> str:
    """A message without the client's names and spaces: two that then are alike were not written for one client."""
    for name in sorted(filter(None, call_names), key=len, reverse=True):
        message = message.replace(name, "")
    return _BLANK.sub("", message)


def _same_messages(records: Records, policy: Policy) -> Iterator[Flag]:
    """One text, but for the client's name, went out from one person to so many clients in one calendar week."""
    least = policy.review.same_message
    grouped: dict[tuple[str, str, str], dict[str, Use]] = defaultdict(dict)
    for use in sorted(records.uses, key=lambda u: (u.at, u.suggestion_no)):
        if use.message and use.staff_no and (text := bare(use.message, use.call_names)):
            grouped[use.staff_no, week_of(use.at.date()), text].setdefault(use.client_no, use)
    for (staff_no, week, text), by_client in grouped.items():
        if len(by_client) < least:
            continue
        uses = list(by_client.values())
        yield Flag(
            f"{Rule.SAME_MESSAGE}:{staff_no}:{week}:{_digest(text)}", Rule.SAME_MESSAGE, uses[least - 1].at, staff_no, None, Severity.WARN,
            {"clients": len(uses), "text": uses[0].message, "from": uses[0].at, "to": uses[-1].at},
            tuple((Kind.SUGGESTION, use.suggestion_no) for use in uses), uses[0].play, uses[0].engine,
        )  # fmt: skip


def _gifts(records: Records, policy: Policy) -> Iterator[Flag]:
    """A gift over the cap, or the one with which a client's gifts of a calendar year pass the year's cap."""
    caps = policy.gifts
    rows = records.gifts.filter(pl.col("value_fen").is_not_null()).sort("client_no", "on", "item").with_columns(
        year=pl.col("on").dt.year(), total=pl.col("value_fen").cum_sum().over("client_no", pl.col("on").dt.year())
    )
    over = pl.col("value_fen") > caps.cap
    passing = (pl.col("total") > caps.cap_per_year) & (pl.col("total") - pl.col("value_fen") <= caps.cap_per_year)
    for r in rows.filter(over | passing).iter_rows(named=True):
        at = datetime.combine(r["on"], time.min)
        told = {"item": r["item"], "value_fen": r["value_fen"], "on": r["on"]}
        if r["value_fen"] > caps.cap:
            number = f"{Rule.GIFT_OVER_CAP}:{r['client_no']}:{r['on']}:{_digest(r['item'])}"
            yield Flag(number, Rule.GIFT_OVER_CAP, at, r["manager"], r["client_no"], Severity.BLOCK, told | {"cap_fen": caps.cap})
        if r["total"] > caps.cap_per_year and r["total"] - r["value_fen"] <= caps.cap_per_year:
            number = f"{Rule.GIFT_OVER_CAP}:{r['client_no']}:{r['year']}"
            yield Flag(
                number, Rule.GIFT_OVER_CAP, at, r["manager"], r["client_no"], Severity.BLOCK,
                told | {"year_fen": r["total"], "cap_fen": caps.cap_per_year, "year": r["year"]},
            )  # fmt: skip


def _lost(records: Records, policy: Policy) -> Iterator[Flag]:
    """Matured money that was not placed again in the days of the policy, and nobody contacted the client in them (A35)."""
    rules, days = policy.review, policy.signals.matured_days
    share = fraction(policy.signals.placed_share)
    for r in records.matured.sort("matures_on", "client_no", "holding_no").iter_rows(named=True):
        amount = r["amount_fen"]
        if amount < rules.lost_amount or r["contacts_after"] or r["placed_fen"] >= share * amount:
            continue
        ended = r["matures_on"] + timedelta(days=days)
        yield Flag(
            f"{Rule.MATURED_LOST}:{r['client_no']}:{r['holding_no']}:{r['matures_on']}", Rule.MATURED_LOST,
            datetime.combine(ended + timedelta(days=1), time.min), r["manager"], r["client_no"], Severity.WARN,
            {"product_type": r["product_type"], "product": r["product"], "amount_fen": amount, "matures_on": r["matures_on"],
             "placed_fen": r["placed_fen"], "days": days, "last_contact": r["last_contact"]},
        )  # fmt: skip


def week_of(day: date) -> str:
    """The ISO week of a day: ``2026-W48``."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02d}"


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()[:12]
