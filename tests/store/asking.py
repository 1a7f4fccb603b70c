"""Plain SQL asked of either database, with values that look the same."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach.store.db import session


def ask(engine: Engine, sql: str) -> list[Any]:
    """The rows, or their only column; dates and times as text, truth as 0 and 1, JSON as it is written."""
    with session(engine, write=False) as s:
        rows = [tuple(map(_seen, row)) for row in s.connection().execute(sa.text(sql))]
    return [row if len(row) > 1 else row[0] for row in rows]


def _seen(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, dict | list):
        return json.dumps(value)
    return int(value) if isinstance(value, bool) else value
