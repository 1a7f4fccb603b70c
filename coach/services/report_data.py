"""The records that the report counts, loaded set-based: only the months that a figure looks at."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import Any

import polars as pl
import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlmodel import SQLModel

from coach.domain import report_records as domain
from coach.domain.policy import Policy
from coach.domain.report import STALE_DAYS, Period
from coach.domain.words import Tier
from coach.store.frames import fetch
from coach.store.tables import (
    Assignment,
    Balance,
    Client,
    Contact,
    Holding,
    LogEntry,
    PracticeAttempt,
    SuggestionRecord,
    Task,
    TierChange,
)

USED = "suggestion_used"
"""The kind of log entry that says what was done with a suggestion."""
_LOGGED: domain.Schema = {"subject": pl.String, "at": pl.String, "body": pl.String, "entry_no": pl.Int64}


def load(connection: Connection, policy: Policy, period: Period) -> domain.Records:
    """The records of all clients for a period and every part of it."""

    def rows(model: type[SQLModel], schema: domain.Schema, *where: Any) -> pl.DataFrame:
        table = _table(model)
        return fetch(connection, sa.select(*(table.c[name] for name in schema)).where(*where), schema)

    contact, holding, task = map(_table, (Contact, Holding, Task))
    balance, suggestion, practice, change = map(_table, (Balance, SuggestionRecord, PracticeAttempt, TierChange))
    after = datetime.combine(period.end + timedelta(days=1), time.min)
    begun = datetime.combine(period.start, time.min)
    seen = datetime.combine(period.start - timedelta(days=max(policy.rhythm[tier].call for tier in Tier)), time.min)
    placed_until = min(period.end + timedelta(days=policy.signals.matured_days), period.today)
    month_ends = period.start - timedelta(days=31 * policy.signals.outflow_months + STALE_DAYS)
    return domain.Records(
        clients=rows(Client, domain.CLIENTS).sort("client_no"),
        assignments=rows(Assignment, domain.ASSIGNMENTS),
        tier_changes=rows(TierChange, domain.TIER_CHANGES, change.c.at >= begun),
        holdings=rows(
            Holding, domain.HELD, sa.or_(holding.c.matures_on.between(period.start, period.end),
                                    holding.c.start_on.between(period.start, placed_until)),
        ),
        balances=rows(Balance, domain.BALANCES, balance.c.on >= month_ends, balance.c.on <= period.end),
        contacts=rows(Contact, domain.CONTACTS, contact.c.voided_at.is_(None), contact.c.at >= seen, contact.c.at < after),
        tasks=rows(Task, domain.TASKS, task.c.plan_on.between(period.start, period.end)),
        suggestions=rows(SuggestionRecord, domain.SUGGESTIONS, suggestion.c.on.between(period.start, period.end)),
        uses=_uses(connection, period),
        cautions=_cautions(connection, period),
        practice=rows(PracticeAttempt, domain.PRACTICE, practice.c.ended_at >= begun, practice.c.ended_at < after),
    )  # fmt: skip


def _table(model: type[SQLModel]) -> sa.Table:
    return model.__table__  # type: ignore[attr-defined, no-any-return]


def _uses(connection: Connection, period: Period) -> pl.DataFrame:
    """What was said of the period's suggestions: a suggestion is never used before the day on which it was made."""
    log = _table(LogEntry)
    asked = sa.select(log.c.subject, log.c.at, log.c.body, log.c.entry_no).where(
        log.c.kind == USED, log.c.at >= period.start.isoformat(), log.c.at < (period.end + timedelta(days=1)).isoformat()
    )
    return fetch(connection, asked, _LOGGED).select(
        suggestion_no="subject", day=pl.col("at").str.slice(0, 10).str.to_date("%Y-%m-%d"), how=pl.col("body").str.json_path_match("$.how"),
        entry_no="entry_no",
    )


def _cautions(connection: Connection, period: Period) -> pl.DataFrame:
    """One row a suggestion and caution. Bodies are large: only the cautions are taken out of them, in the database."""
    made = _table(SuggestionRecord)
    asked = sa.select(made.c.client_no, made.c.suggestion_no, made.c.on, made.c.body["cautions"]).where(
        made.c.on.between(period.start, period.end)
    )
    found: list[tuple[str, str, date, str, str]] = []
    for client_no, number, on, cautions in connection.execute(asked):
        told = json.loads(cautions) if isinstance(cautions, str) else cautions or []
        found += [(client_no, number, on, caution["rule"], caution["severity"]) for caution in told]
    return pl.DataFrame(found, schema=dict(domain.CAUTIONS), orient="row")
