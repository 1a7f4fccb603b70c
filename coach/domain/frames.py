"""A branch's records as columns: what the set-based rules read.

Each field is a polars DataFrame with the columns below (dtype in brackets; every column is always
there, values may be null unless marked *). Money is integer fen. ``store.frames`` fills them from
the database; tests and the demo branch fill them from literals with :func:`frame`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import polars as pl

Schema = Mapping[str, Any]

CLIENTS: Schema = {
    "client_no": pl.String, "name": pl.String, "gender": pl.String, "birthday": pl.Date,
    "lunar_birthday": pl.String,  # "MM-DD" of the lunar year, "闰MM-DD" in a leap month
    "manager": pl.String, "assigned_on": pl.Date, "assets_fen": pl.Int64, "card_level": pl.String,
    "risk_level": pl.String, "risk_assessed_on": pl.Date, "opened_on": pl.Date, "occupation": pl.String,
    "employer": pl.String, "community": pl.String, "family": pl.String, "interests": pl.String,
    "stage": pl.String, "relationship": pl.Int64, "potential": pl.Int64, "intent": pl.Int64,
    "do_not_contact": pl.Boolean, "marketing_consent": pl.Boolean, "tags": pl.String, "note": pl.String,
    "tier": pl.String,
}
HOLDINGS: Schema = {
    "client_no": pl.String, "holding_no": pl.String, "product_type": pl.String, "product": pl.String,
    "amount_fen": pl.Int64, "start_on": pl.Date, "matures_on": pl.Date, "product_risk": pl.String,
}
BALANCES: Schema = {"client_no": pl.String, "on": pl.Date, "assets_fen": pl.Int64}
MOVEMENTS: Schema = {
    "client_no": pl.String, "on": pl.Date, "amount_fen": pl.Int64, "counterparty": pl.String,
    "counterparty_bank": pl.String, "purpose": pl.String,
}
CONTACTS: Schema = {
    "client_no": pl.String, "at": pl.Datetime("us"), "channel": pl.String, "staff_no": pl.String,
    "effective": pl.Boolean, "outcome": pl.String, "summary": pl.String, "next_on": pl.Date,
    "play": pl.String, "step": pl.String, "signal": pl.String,
    "anchor": pl.Date,  # the `on` of the signal whose step was done; null for imported contacts
}
KEY_DATES: Schema = {"client_no": pl.String, "label": pl.String, "date": pl.Date, "calendar": pl.String, "who": pl.String}
GIFTS: Schema = {"client_no": pl.String, "on": pl.Date, "item": pl.String, "value_fen": pl.Int64, "occasion": pl.String}
INVITATIONS: Schema = {
    "client_no": pl.String, "event_no": pl.String, "title": pl.String, "on": pl.Date, "place": pl.String, "status": pl.String,
}


def frame(schema: Schema, rows: Iterable[Mapping[str, Any]] = ()) -> pl.DataFrame:
    """Rows as a DataFrame of a schema; columns that a row leaves out are null."""
    return pl.DataFrame([{k: row.get(k) for k in schema} for row in rows], schema=dict(schema), orient="row")


@dataclass(frozen=True, slots=True)
class Frames:
    """The records of some clients. Void (undone) contacts are not among ``contacts``."""

    clients: pl.DataFrame = field(default_factory=partial(frame, CLIENTS))
    holdings: pl.DataFrame = field(default_factory=partial(frame, HOLDINGS))
    balances: pl.DataFrame = field(default_factory=partial(frame, BALANCES))
    movements: pl.DataFrame = field(default_factory=partial(frame, MOVEMENTS))
    contacts: pl.DataFrame = field(default_factory=partial(frame, CONTACTS))
    key_dates: pl.DataFrame = field(default_factory=partial(frame, KEY_DATES))
    gifts: pl.DataFrame = field(default_factory=partial(frame, GIFTS))
    invitations: pl.DataFrame = field(default_factory=partial(frame, INVITATIONS))
