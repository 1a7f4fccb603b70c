"""The supervisor's figures of a period (A47, A48: follow process and result), for each manager and for the branch.

Set-based over a branch's records (:class:`~coach.domain.report_records.Records`). What a person did (contacts, tasks, practice)
counts for that person; what became of a client counts for whoever looks after the client on the last day of the period. The
branch counts every client and contact, those without a manager too. What each figure means is told in ``knowledge/*/report.toml``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import polars as pl

from coach.domain import rhythm
from coach.domain.exact import at_least
from coach.domain.policy import Policy
from coach.domain.report_records import Records, book
from coach.domain.words import Channel, Tier
from coach.domain.working_days import working_days

CHANNELS = tuple(channel.value for channel in rhythm.CHANNELS)
TIERS = tuple(tier.value for tier in Tier)
MATURING = ("deposit", "wealth", "insurance")
PLACED_IN = ("deposit", "wealth", "fund", "insurance", "bond", "metal")
GIVEN = ("agreed", "appointment", "done")
"""How a talk about a referral ends where the client did refer somebody."""
REFERRAL = "revive.referral"
STALE_DAYS = 62
"""A month-end older than this does not tell what a client had when a period began."""
BRANCH = ""
"""Stands for the branch where a staff number stands for a person."""


@dataclass(frozen=True, slots=True)
class Period:
    """Days from ``start`` to ``end``, both counted. ``end`` is never after ``today``."""

    start: date
    end: date
    today: date

    @property
    def current(self) -> bool:
        """It runs up to now: what clients have today stands for its end."""
        return self.end >= self.today


@dataclass(frozen=True, slots=True)
class Share:
    """Some of a number."""

    part: int = 0
    whole: int = 0

    @property
    def rate(self) -> float | None:
        """The share of 1, four digits; ``None`` of nothing."""
        return round(self.part / self.whole, 4) if self.whole else None


@dataclass(frozen=True, slots=True)
class Work:
    """One channel: tasks of the day plans, contacts logged, and what 5-20-30 asks (A18)."""

    planned: int = 0
    done: int = 0
    contacts: int = 0
    effective: int = 0
    target: int = 0
    channel: str = ""

    @property
    def counted(self) -> int:
        """What counts towards the target: every message sent, but only calls and visits in which the client was talked to (A18)."""
        return self.contacts if self.channel == Channel.MESSAGE else self.effective


@dataclass(frozen=True, slots=True)
class Figures:
    """One person's figures, or the branch's. Money is fen."""

    staff_no: str
    clients: int
    work: Mapping[str, Work]
    coverage: Mapping[str, Share]
    matured_fen: int = 0
    placed_fen: int = 0
    lifted: int = 0
    won_clients: int = 0
    won_fen: int = 0
    asked: int = 0
    given: int = 0
    shown: int = 0
    followed: int = 0
    changed: int = 0
    ignored: int = 0
    attempts: int = 0
    score: float | None = None
    passed: int = 0
    cautions: int = 0
    blocking: int = 0

    @property
    def contacts(self) -> Share:
        """Effective ones of all contacts."""
        return Share(sum(w.effective for w in self.work.values()), sum(w.contacts for w in self.work.values()))

    @property
    def tasks(self) -> Share:
        """Done ones of all planned tasks."""
        return Share(sum(w.done for w in self.work.values()), sum(w.planned for w in self.work.values()))


def count(records: Records, policy: Policy, period: Period) -> dict[str, Figures]:
    """Staff number → figures, for everyone with a client or a deed in the period; ``BRANCH`` → those of the branch."""
    clients = book(records, period.end)
    contacts = _contacts(records, clients, period)
    coverage = _by_who(_coverage(records, clients, policy, period), ["tier"], clients=pl.len(), reached=pl.col("reached").sum())
    work = _work(contacts, records.tasks, period)
    books = dict(_by_who(clients.rename({"manager": "who"}), [], n=pl.len()).iter_rows())
    days = len(working_days(period.start, period.end))
    targets = {who: _target(n, days, policy) for who, n in books.items() if who != BRANCH}
    targets[BRANCH] = {channel: sum(t[channel] for t in targets.values()) for channel in CHANNELS}
    single: dict[str, dict[str, Any]] = {}
    for rows in (
        _retention(records, clients, policy, period), _assets(records, clients, policy, period), _referrals(contacts),
        _suggestions(records, clients, period), _practice(records, period), _cautions(records, clients, period),
    ):
        for row in rows.iter_rows(named=True):
            single.setdefault(row.pop("who"), {}).update(row)
    covered: dict[str, dict[str, Share]] = {}
    for who, tier, whole, part in coverage.select("who", "tier", "clients", "reached").iter_rows():
        covered.setdefault(who, {})[tier] = Share(part, whole)
    none = dict.fromkeys(CHANNELS, 0)
    return {
        who: Figures(
            staff_no=who, clients=books.get(who, 0),
            work={c: Work(*work.get((who, c), (0, 0, 0, 0)), targets.get(who, none)[c], c) for c in CHANNELS},
            coverage={tier: covered.get(who, {}).get(tier, Share()) for tier in TIERS},
            **single.get(who, {}),
        )
        for who in sorted({BRANCH, *books, *single, *(who for who, _ in work)})
    }


def _by_who(rows: pl.DataFrame, keys: list[str], **what: pl.Expr) -> pl.DataFrame:
    """Aggregates for each person in ``who``, and over all rows for the branch."""
    persons = rows.filter(pl.col("who").is_not_null()).group_by("who", *keys).agg(**what)
    whole = rows.with_columns(who=pl.lit(BRANCH)).group_by("who", *keys).agg(**what)
    return pl.concat([persons, whole])


def _target(clients: int, days: int, policy: Policy) -> dict[str, int]:
    return {channel: n * days for channel, n in rhythm.capacity(clients, policy).items()}


def _within(column: pl.Expr, period: Period) -> pl.Expr:
    return column.is_between(period.start, period.end)


def _contacts(records: Records, clients: pl.DataFrame, period: Period) -> pl.DataFrame:
    """The period's contacts with ``who`` made them: the person named, else the client's manager."""
    rows = records.contacts.filter(_within(pl.col("at").dt.date(), period)).join(
        clients.select("client_no", "manager"), on="client_no", how="left"
    )
    return rows.with_columns(who=pl.coalesce("staff_no", "manager"), effective=pl.col("effective").fill_null(False))


def _work(contacts: pl.DataFrame, tasks: pl.DataFrame, period: Period) -> dict[tuple[str, str], tuple[int, int, int, int]]:
    """(who, channel) → planned, done, contacts, effective."""
    planned = _by_who(
        tasks.filter(_within(pl.col("plan_on"), period)).rename({"manager": "who"}), ["channel"],
        planned=pl.len(), done=(pl.col("state") == "done").sum(),
    )
    made = _by_who(contacts, ["channel"], contacts=pl.len(), effective=pl.col("effective").sum())
    rows = planned.join(made, on=["who", "channel"], how="full", coalesce=True).fill_null(0)
    return {(who, c): (p, d, n, e) for who, c, p, d, n, e in rows.select(
        "who", "channel", "planned", "done", "contacts", "effective").iter_rows()}


def _coverage(records: Records, clients: pl.DataFrame, policy: Policy, period: Period) -> pl.DataFrame:
    """Clients who may be contacted, with ``reached``: talked to, by anyone, within the tier's call rhythm up to the last day."""
    windows = pl.DataFrame(
        [(tier.value, period.end - timedelta(days=policy.rhythm[tier].call)) for tier in Tier],
        schema={"tier": pl.String, "after": pl.Date}, orient="row",
    )
    last = (
        records.contacts.filter(pl.col("effective").fill_null(False)).with_columns(day=pl.col("at").dt.date())
        .filter(pl.col("day") <= period.end).group_by("client_no").agg(last=pl.col("day").max())
    )
    return (
        clients.filter(~pl.col("do_not_contact")).join(windows, on="tier").join(last, on="client_no", how="left")
        .select("tier", who="manager", reached=(pl.col("last") > pl.col("after")).fill_null(False))
    )


def _retention(records: Records, clients: pl.DataFrame, policy: Policy, period: Period) -> pl.DataFrame:
    """Money matured in the period, and of it placed again: other holdings begun from a maturity on, up to ``matured_days`` later.

    By client, so that a new holding is counted once however many matured; never more than matured.
    """
    due = records.holdings.filter(
        pl.col("product_type").is_in(MATURING) & (pl.col("amount_fen") > 0) & _within(pl.col("matures_on"), period)
    ).select("client_no", "holding_no", "matures_on", "amount_fen")
    matured = due.group_by("client_no").agg(matured=pl.col("amount_fen").sum())
    new = records.holdings.filter(
        pl.col("product_type").is_in(PLACED_IN) & (pl.col("amount_fen") > 0) & (pl.col("start_on") <= period.today)
    ).select("client_no", "start_on", new_no="holding_no", new_fen="amount_fen")
    placed = (
        due.join(new, on="client_no")
        .filter(
            (pl.col("start_on") >= pl.col("matures_on")) & (pl.col("new_no") != pl.col("holding_no"))
            & (pl.col("start_on") <= pl.col("matures_on") + pl.duration(days=policy.signals.matured_days))
        )
        .unique(["client_no", "new_no"]).group_by("client_no").agg(placed=pl.col("new_fen").sum())
    )
    rows = matured.join(placed, on="client_no", how="left").with_columns(pl.col("placed").fill_null(0))
    return _by_who(
        rows.join(clients.select("client_no", who="manager"), on="client_no"), [],
        matured_fen=pl.col("matured").sum(), placed_fen=pl.min_horizontal("matured", "placed").sum(),
    )


def _assets(records: Records, clients: pl.DataFrame, policy: Policy, period: Period) -> pl.DataFrame:
    """Clients lifted over a benefit line (A37), and what came back of money that had gone (A38)."""
    rules, newest = policy.signals, pl.col("assets_fen").get(pl.col("on").arg_max())
    known = records.balances.filter(pl.col("on").is_between(period.start - timedelta(days=STALE_DAYS), period.end))
    start = known.filter(pl.col("on") < period.start).group_by("client_no").agg(start=newest, start_on=pl.col("on").max())
    now = clients.select("client_no", end="assets_fen") if period.current else known.group_by("client_no").agg(end=newest)
    risen = start.join(now, on="client_no").filter(pl.col("end") > pl.col("start"))  # nobody else was lifted or brought money back
    peaks = (
        records.balances.filter(pl.col("on") < period.start).join(risen.select("client_no", "start_on"), on="client_no")
        .filter((pl.col("on") <= pl.col("start_on")) & (pl.col("on") >= pl.col("start_on").dt.offset_by(f"-{rules.outflow_months}mo")))
        .group_by("client_no").agg(peak=pl.col("assets_fen").max())
    )
    rows = risen.join(peaks, on="client_no").join(clients.select("client_no", who="manager"), on="client_no")
    drop, peak, back = pl.col("peak") - pl.col("start"), pl.col("peak"), pl.col("end") - pl.col("start")
    gone = (drop > 0) & (drop >= rules.outflow_amount) & at_least(drop, rules.outflow_share, peak)
    lifted = pl.lit(False)
    for level in policy.levels:
        lifted = lifted | ((pl.col("start") < level.assets) & (pl.col("end") >= level.assets))
    rows = rows.with_columns(lifted=lifted, won=pl.when(gone).then(pl.min_horizontal(back, drop)).otherwise(0))
    return _by_who(
        rows, [], lifted=pl.col("lifted").sum(), won_clients=(pl.col("won") > 0).sum(), won_fen=pl.col("won").sum()
    )


def _referrals(contacts: pl.DataFrame) -> pl.DataFrame:
    """Clients talked to about a referral, and those who gave one (A42)."""
    rows = contacts.filter((pl.col("play") == REFERRAL) & pl.col("effective"))
    number = pl.col("client_no")
    return _by_who(rows, [], asked=number.n_unique(), given=number.filter(pl.col("outcome").is_in(GIVEN)).n_unique())


def _suggestions(records: Records, clients: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Suggestions shown in the period and what was done with them; what was said last counts."""
    last = records.uses.filter(pl.col("day") <= period.end).sort("entry_no").group_by("suggestion_no").agg(how=pl.col("how").last())
    rows = (
        records.suggestions.filter(_within(pl.col("on"), period)).join(clients.select("client_no", who="manager"), on="client_no")
        .join(last, on="suggestion_no", how="left")
    )
    return _by_who(rows, [], shown=pl.len(), **{how: (pl.col("how") == how).sum() for how in ("followed", "changed", "ignored")})


def _practice(records: Records, period: Period) -> pl.DataFrame:
    """Practice talks scored in the period."""
    rows = records.practice.filter(
        pl.col("total").is_not_null() & pl.col("staff_no").is_not_null() & _within(pl.col("ended_at").dt.date(), period)
    ).rename({"staff_no": "who"})
    return _by_who(
        rows, [], attempts=pl.len(), score=(pl.col("total").mean() * 10).round() / 10, passed=pl.col("passed").fill_null(False).sum()
    )


def _cautions(records: Records, clients: pl.DataFrame, period: Period) -> pl.DataFrame:
    """Cautions of each client's newest suggestion that nobody has answered: no contact since, and nothing said of the suggestion."""
    made = records.suggestions.filter(_within(pl.col("on"), period))
    newest = made.group_by("client_no").agg(on=pl.col("on").max())
    since = (
        records.contacts.with_columns(day=pl.col("at").dt.date()).filter(pl.col("day") <= period.end)
        .group_by("client_no").agg(last=pl.col("day").max())
    )
    said = records.uses.filter(pl.col("day") <= period.end)
    rows = (
        records.cautions.join(newest, on=["client_no", "on"]).join(since, on="client_no", how="left")
        .filter((pl.col("last") < pl.col("on")).fill_null(True)).join(said, on="suggestion_no", how="anti")
        .group_by("client_no", "rule").agg(block=(pl.col("severity") == "block").any())
        .join(clients.select("client_no", who="manager"), on="client_no")
    )
    return _by_who(rows, [], cautions=pl.len(), blocking=pl.col("block").sum())
