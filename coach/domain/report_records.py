"""What the supervisor's report counts: the records as columns, and who looks after whom on a day.

Money is integer fen. Every frame has the columns of its schema; :mod:`coach.services.report_data` fills them from the database.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import partial

import polars as pl

from coach.domain.frames import HOLDINGS, Schema, frame

CLIENTS: Schema = {"client_no": pl.String, "manager": pl.String, "assets_fen": pl.Int64, "tier": pl.String, "do_not_contact": pl.Boolean}
ASSIGNMENTS: Schema = {"client_no": pl.String, "manager": pl.String, "since": pl.Date, "id": pl.Int64}
TIER_CHANGES: Schema = {"client_no": pl.String, "at": pl.Datetime("us"), "before": pl.String, "id": pl.Int64}
HELD: Schema = {name: dtype for name, dtype in HOLDINGS.items() if name not in ("product", "product_risk")}
BALANCES: Schema = {"client_no": pl.String, "on": pl.Date, "assets_fen": pl.Int64}
CONTACTS: Schema = {
    "client_no": pl.String, "at": pl.Datetime("us"), "channel": pl.String, "staff_no": pl.String, "effective": pl.Boolean,
    "outcome": pl.String, "play": pl.String,
}
TASKS: Schema = {"plan_on": pl.Date, "manager": pl.String, "channel": pl.String, "state": pl.String}
SUGGESTIONS: Schema = {"suggestion_no": pl.String, "client_no": pl.String, "on": pl.Date}
USES: Schema = {
    "suggestion_no": pl.String, "day": pl.Date,
    "how": pl.String,  # followed, changed, ignored
    "entry_no": pl.Int64,  # of the coaching log; the newest entry on a suggestion counts
}
CAUTIONS: Schema = {"client_no": pl.String, "suggestion_no": pl.String, "on": pl.Date, "rule": pl.String, "severity": pl.String}
PRACTICE: Schema = {"staff_no": pl.String, "ended_at": pl.Datetime("us"), "total": pl.Float64, "passed": pl.Boolean}


@dataclass(frozen=True, slots=True)
class Records:
    """The records of a branch from some months before a period to its end. Contacts that were undone are not among them."""

    clients: pl.DataFrame = field(default_factory=partial(frame, CLIENTS))
    assignments: pl.DataFrame = field(default_factory=partial(frame, ASSIGNMENTS))
    tier_changes: pl.DataFrame = field(default_factory=partial(frame, TIER_CHANGES))
    holdings: pl.DataFrame = field(default_factory=partial(frame, HELD))
    balances: pl.DataFrame = field(default_factory=partial(frame, BALANCES))
    contacts: pl.DataFrame = field(default_factory=partial(frame, CONTACTS))
    tasks: pl.DataFrame = field(default_factory=partial(frame, TASKS))
    suggestions: pl.DataFrame = field(default_factory=partial(frame, SUGGESTIONS))
    uses: pl.DataFrame = field(default_factory=partial(frame, USES))
    cautions: pl.DataFrame = field(default_factory=partial(frame, CAUTIONS))
    practice: pl.DataFrame = field(default_factory=partial(frame, PRACTICE))


def book(records: Records, until: date) -> pl.DataFrame:
    """Every client as of the evening of a day: ``client_no``, ``manager``, ``tier``, ``assets_fen``, ``do_not_contact``.

    Manager: the newest assignment made up to that day; where all are later, the first one (the branch's first import carries
    its own date and not that of the real assignment); where there is none, the client's present manager. Tier: what the first
    change after that day says it was before; without one, the present tier.
    """
    rows = records.assignments.sort("since", "id")
    then = rows.filter(pl.col("since") <= until).group_by("client_no").agg(then=pl.col("manager").last())
    first = rows.group_by("client_no").agg(first=pl.col("manager").first())
    later = (
        records.tier_changes.filter(pl.col("at").dt.date() > until).sort("at", "id").group_by("client_no").agg(was=pl.col("before").first())
    )
    return (
        records.clients.join(then.with_columns(has_then=pl.lit(True)), on="client_no", how="left")
        .join(first.with_columns(has_first=pl.lit(True)), on="client_no", how="left")
        .join(later, on="client_no", how="left")
        .select(
            "client_no", "assets_fen", pl.col("do_not_contact").fill_null(False),
            manager=pl.when(pl.col("has_then").fill_null(False)).then("then")
            .when(pl.col("has_first").fill_null(False)).then("first").otherwise("manager"),
            tier=pl.coalesce("was", "tier", pl.lit("C")),
        )
    )
