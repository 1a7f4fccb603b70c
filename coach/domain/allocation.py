"""Sharing out the clients among the staff who look after them (A13–A15): who is to look after whom, and why.

The clients of a branch are divided into pools, by the branch's own rule of which post serves whom (without a
rule all posts that look after clients are one pool); within a pool everyone is to have about the same value
and number for their capacity (A14). Clients who have a relation with their manager stay in every mode
(``protected``, A15): stage trusted or loyal, an effective contact not long ago, or a handover not long ago.
Those whose manager does not look after clients any more go to somebody else whatever their relation.

* ``initial``: everyone not protected is dealt out; staff first keep or get clients whom they know well, within limits.
* ``monthly``, ``quarterly``: whoever has no manager is given one, then as few clients as it takes are moved, up
  to a share of the pool. Who has just joined is filled up by the same rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

import polars as pl

from coach.domain.allocation_balance import Item, Person, Pool, ratios
from coach.domain.frames import Schema
from coach.domain.policy import AllocationRules, Post
from coach.domain.words import Stage

CLIENTS: Schema = {
    "client_no": pl.String, "branch": pl.String, "assets_fen": pl.Int64, "tier": pl.String, "stage": pl.String,
    "manager": pl.String, "assigned_on": pl.Date,
    "familiar": pl.List(pl.String),  # staff who know the client well, the one who knows them best first
    "known_by": pl.Int64,  # effective contacts of the first of them
    "last_effective": pl.Date,  # the present manager's last effective contact
}
STAFF: Schema = {
    "staff_no": pl.String, "post": pl.String, "branch": pl.String,
    "capacity": pl.Int64,  # percent of a full book
    "harder": pl.Boolean,  # may take more of the difficult clients
    "serves": pl.Boolean,  # false: a supervisor, a trainer without clients, somebody who leaves
}
TRUSTED = (Stage.TRUSTED, Stage.LOYAL)
FREE_AIM = 0.003
"""How level a first allocation is made, where a move costs nothing."""
BETWEEN_POSTS = 0.45
"""Of the tolerance where several posts share a pool: each post must come out within it by itself."""


class Mode(StrEnum):
    INITIAL = "initial"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


@dataclass(frozen=True, slots=True)
class Move:
    """A client who passes to another manager. ``why``: see :mod:`coach.domain.allocation_words`."""

    client_no: str
    before: str | None
    after: str
    why: str
    assets_fen: int


@dataclass(frozen=True, slots=True)
class Book:
    """One person's clients, and what would be theirs if everyone stood alike for their capacity."""

    post: str
    staff_no: str
    clients: int
    assets_fen: int
    fair_clients: float
    fair_assets_fen: int


@dataclass(frozen=True, slots=True)
class Balance:
    """The books of all who look after clients, and by post the highest over the mean, for the capacity."""

    books: tuple[Book, ...]
    value: Mapping[str, float]
    number: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Large:
    """A client who alone is more than the tolerance of a fair share: no exchange can hide them."""

    client_no: str
    manager: str
    assets_fen: int
    share: float
    """Of the fair share of their pool (1 = a whole one)."""


@dataclass(frozen=True, slots=True)
class Allocation:
    """What is proposed. ``moves`` in order of client number."""

    mode: Mode
    moves: tuple[Move, ...]
    before: Balance
    after: Balance
    familiar_kept: int
    """Clients who end with somebody who knows them well."""
    protected: int
    """Clients who are not to be moved."""
    large: tuple[Large, ...]
    """Largest first."""
    unserved: int
    """Clients whom no post serves by the branch's rule, or whose branch has nobody: they stay as they are."""


def allocate(clients: pl.DataFrame, staff: pl.DataFrame, rules: AllocationRules, mode: Mode, today: date) -> Allocation:
    """Propose who is to look after whom. Columns: ``CLIENTS`` and ``STAFF``; the order of the rows does not matter."""
    rows = _with_branch(clients, staff).sort("client_no").with_columns(
        assets_fen=pl.col("assets_fen").fill_null(0).clip(0), protected=_protected(rules, today), hard=_hard(rules)
    )
    before, after, moves, large = [], [], list[Move](), list[Large]()
    served, known, protected = 0, 0, 0
    for part in _parts(rows, staff, rules, mode):
        before.append(_as_it_stands(part))
        pool = _settle(part, rules, mode)
        after.append(pool)
        moves += _moves(pool, part)
        large += _large(pool, part.mine, rules.value_tolerance)
        held = part.mine.filter(pl.col("client_no").is_in(list(pool.owner)))
        served += held.height
        protected += held.filter(pl.col("stays") & pl.col("protected")).height
        known += sum(pool.people[pool.owner[no]].staff_no in (best or ()) for no, best in held.select("client_no", "familiar").iter_rows())
    names = _post_names(staff)
    return Allocation(
        mode, tuple(sorted(moves, key=lambda m: m.client_no)), _balance(before, names), _balance(after, names), known, protected,
        tuple(sorted(large, key=lambda x: (-x.assets_fen, x.client_no))), rows.height - served,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Part:
    """One pool: its people, the clients that it settles, those of the people today, and how many may move."""

    people: list[Person]
    mine: pl.DataFrame
    """Column ``stays``: the manager is one of these people; ``mover``: comes from another post; ``own``: these posts serve the client."""
    present: pl.DataFrame
    budget: int | None


def _protected(rules: AllocationRules, today: date) -> pl.Expr:
    recent = pl.col("last_effective") >= today - timedelta(days=rules.recent_days)
    settling = pl.col("assigned_on") > today - timedelta(days=rules.settled_days)
    return pl.col("stage").is_in([s.value for s in TRUSTED]) | recent.fill_null(False) | settling.fill_null(False)


def _hard(rules: AllocationRules) -> pl.Expr:
    """A14: worth more and harder to win; by tier and stage."""
    return pl.col("tier").is_in([t.value for t in rules.harder_tiers]) & pl.col("stage").is_in([s.value for s in rules.harder_stages])


def _with_branch(clients: pl.DataFrame, staff: pl.DataFrame) -> pl.DataFrame:
    """A client is where the manager looks after clients; else of the own branch, the manager's, or the only one that there is."""
    theirs = staff.select(manager="staff_no", their="branch", at_work="serves")
    branches = staff.filter("serves")["branch"].unique()
    only = pl.lit(branches[0] if len(branches) == 1 else None, dtype=pl.String)
    joined = clients.join(theirs, on="manager", how="left", maintain_order="left")
    where = pl.when("at_work").then("their").otherwise(pl.coalesce("branch", "their", only))
    return joined.with_columns(branch=where).drop("their", "at_work")


def _parts(rows: pl.DataFrame, staff: pl.DataFrame, rules: AllocationRules, mode: Mode) -> list[_Part]:
    out = []
    serving = staff.filter("serves").sort("staff_no")
    holders = staff.filter(pl.col("staff_no").is_in(rows["manager"].drop_nulls().unique().to_list()))
    at_work = holders["post"].fill_null("").unique().to_list()  # who leaves counts: the post stays
    share = {Mode.MONTHLY: rules.monthly_share, Mode.QUARTERLY: rules.quarterly_share}.get(mode)
    for branch in sorted(serving["branch"].unique().to_list(), key=lambda b: b or ""):
        here = serving.filter(pl.col("branch").eq_missing(pl.lit(branch, dtype=pl.String)))
        groups = [here.filter(pl.col("post").fill_null("").is_in(posts)) for posts in _groups(here, at_work, rules.posts)]
        at = {no: number for number, members in enumerate(groups) for no in members["staff_no"]}
        theirs = rows.filter(pl.col("branch").eq_missing(pl.lit(branch, dtype=pl.String))).with_columns(
            group=_group(rules.posts), now=pl.col("manager").replace_strict(at, default=None, return_dtype=pl.Int32) if at else None
        ).with_columns(mover=(pl.col("now") != pl.col("group")).fill_null(False) & ~pl.col("protected"))
        budgets = [None if share is None else int((theirs["group"] == number).sum() * share) for number in range(len(groups))]
        wrong = [
            theirs.filter(pl.col("mover") & (pl.col("group") == number)).sort(["assets_fen", "client_no"], descending=[True, False])
            for number in range(len(groups))
        ]
        moving = [no for number, w in enumerate(wrong) if groups[number].height for no in w["client_no"][: budgets[number]]]
        theirs = theirs.with_columns(mover=pl.col("client_no").is_in(moving))
        for number, members in enumerate(groups):
            if members.is_empty():
                continue
            own, stays = pl.col("group").eq_missing(number), pl.col("now").eq_missing(number) & ~pl.col("mover")
            mine = theirs.filter(stays | (own & (pl.col("mover") | pl.col("now").is_null()))).with_columns(own=own, stays=stays)
            people = [Person(r["staff_no"], r["post"] or "", r["capacity"], r["harder"]) for r in members.iter_rows(named=True)]
            out.append(_Part(people, mine, theirs.filter(pl.col("now").eq_missing(number)), budgets[number]))
    return out


def _groups(here: pl.DataFrame, at_work: list[str], posts: tuple[Post, ...]) -> list[list[str]]:
    """The posts of each pool. Without a rule: those at which somebody looks after clients now; where nobody does, all."""
    if posts:
        return [list(p.posts) for p in posts]
    present = here["post"].fill_null("").unique().sort().to_list()
    return [[post for post in present if post in at_work] or present]


def _group(posts: tuple[Post, ...]) -> pl.Expr:
    """Which rule serves a client: the first that fits; null where none does."""
    if not posts:
        return pl.lit(0, dtype=pl.Int32)
    fits: Any = pl
    for at, post in enumerate(posts):
        inside = pl.lit(True)
        if post.tiers:
            inside = inside & pl.col("tier").is_in([t.value for t in post.tiers])
        if post.min_assets is not None:
            inside = inside & (pl.col("assets_fen") >= post.min_assets)
        if post.below_assets is not None:
            inside = inside & (pl.col("assets_fen") < post.below_assets)
        fits = fits.when(inside).then(pl.lit(at, dtype=pl.Int32))
    return fits.otherwise(pl.lit(None, dtype=pl.Int32))


def _as_it_stands(part: _Part) -> Pool:
    pool = Pool([Person(p.staff_no, p.post, p.capacity) for p in part.people])
    at = {p.staff_no: i for i, p in enumerate(part.people)}
    for no, assets, manager in part.present.select("client_no", "assets_fen", "manager").iter_rows():
        pool.hold((assets, no), at[manager], free=False)
    return pool


def _settle(part: _Part, rules: AllocationRules, mode: Mode) -> Pool:
    """Who stays is put where they are, the others are given out, then the books are levelled."""
    first = mode is Mode.INITIAL
    pool = Pool(part.people, frozenset(part.mine.filter("hard")["client_no"]), keep_reasons=first)
    at = {p.staff_no: i for i, p in enumerate(part.people)}
    deal: list[tuple[Item, tuple[str, ...], int]] = []
    for r in part.mine.iter_rows(named=True):
        no, manager = r["client_no"], r["manager"]
        item = (r["assets_fen"], no)
        if r["stays"] and (r["protected"] or not r["own"]):
            pool.hold(item, at[manager], free=False)
            continue
        pool.origin[no] = manager if r["stays"] or r["mover"] else None
        if r["stays"] and not first:
            pool.hold(item, at[manager], free=True)
            continue
        if not first:
            pool.why[no] = "post" if r["mover"] else "unassigned" if manager is None else "left"
        deal.append((item, tuple(r["familiar"] or ()), r["known_by"] or 0))
    pool.deal(_prefer(pool, deal, rules), rules.harder_factor)
    tolerance = (rules.value_tolerance, rules.number_tolerance)
    near = BETWEEN_POSTS if len({p.post for p in part.people}) > 1 else 1.0
    pool.improve((FREE_AIM, FREE_AIM) if first else (tolerance[0] * near, tolerance[1] * near), tolerance, part.budget)
    return pool


def _prefer(pool: Pool, deal: list[tuple[Item, tuple[str, ...], int]], rules: AllocationRules) -> list[Item]:
    """Clients whom somebody knows well go to them first (A14), within a share of the fair number and of the fair value.

    Who knows best is asked first; the rest comes back to be dealt.
    """
    whole = sum(p.capacity for p in pool.people)
    number = len(pool.owner) + len(deal)
    value = sum(p.value for p in pool.people) + sum(item[0] for item, _, _ in deal)
    at = {p.staff_no: i for i, p in enumerate(pool.people)}
    most = [
        (rules.familiar_number_share * number * p.capacity / whole, rules.familiar_value_share * value * p.capacity / whole)
        for p in pool.people
    ]
    taken = [(0, 0)] * len(pool.people)
    rest = []
    for item, familiar, _ in sorted(deal, key=lambda d: (-d[2], d[0][1])):
        for who in (at[no] for no in familiar if no in at):
            count, worth = taken[who][0] + 1, taken[who][1] + item[0]
            if count <= most[who][0] and worth <= most[who][1]:
                taken[who] = (count, worth)
                pool.hold(item, who, free=False)
                pool.why[item[1]] = "familiar"
                break
        else:
            rest.append(item)
    return rest


def _moves(pool: Pool, part: _Part) -> list[Move]:
    joined = {p.staff_no for p in pool.people} - set(part.present["manager"])
    out = []
    for no, assets, manager in part.mine.select("client_no", "assets_fen", "manager").iter_rows():
        after = pool.people[pool.owner[no]].staff_no
        if after != manager:
            why = pool.why.get(no, "dealt")
            out.append(Move(no, manager, after, "joined" if after in joined and why in ("number", "value", "exchange") else why, assets))
    return out


def _large(pool: Pool, own: pl.DataFrame, tolerance: float) -> list[Large]:
    value = sum(p.value for p in pool.people)
    assets = dict(own.select("client_no", "assets_fen").iter_rows())
    mean = value / len(pool.people) if pool.people else 0
    return [
        Large(no, pool.people[at].staff_no, assets[no], assets[no] / mean) for no, at in pool.owner.items() if assets[no] > tolerance * mean
    ]


def _post_names(staff: pl.DataFrame) -> dict[str, str]:
    """staff_no → the post's key; the branch stands before it where there are several."""
    several = staff.filter("serves")["branch"].n_unique() > 1
    rows = staff.select("staff_no", "post", "branch").iter_rows()
    return {no: f"{branch or ''}/{post or ''}" if several else post or "" for no, post, branch in rows}


def _balance(pools: Sequence[Pool], names: Mapping[str, str]) -> Balance:
    books = []
    for pool in pools:
        whole, number, value = (sum(getattr(p, of) for p in pool.people) for of in ("capacity", "number", "value"))
        books += [
            Book(names[p.staff_no], p.staff_no, p.number, p.value, number * p.capacity / whole, value * p.capacity // whole)
            for p in pool.people
        ]
    values, numbers = ratios([p for pool in pools for p in pool.people], names)
    return Balance(tuple(sorted(books, key=lambda b: (b.post, b.staff_no))), values, numbers)
