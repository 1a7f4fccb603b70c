"""A coaching log for the small branch in which every kind of entry stands, the same every time."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta
from typing import Any

from coach.domain.chain import Kind
from coach.domain.difference import difference
from coach.services.log import append
from coach.services.workspace import Workspace
from coach.store.db import session
from tests.tui.branch import LI, WANG

STARTS = datetime(2026, 11, 3, 9, 0)
PROPOSED = "王女士您好，您三年定期12月1日到期，下午方便来一趟吗？"
SENT = "王女士您好，您三年定期12月1日到期，上午十点来一趟好吗？"
PLAIN = 300
"""Contacts below the entries of the pictures: more than a screen holds."""

_ENTRIES: tuple[tuple[Kind, str, str | None, str | None, dict[str, Any]], ...] = (
    (Kind.SUGGESTION_SHOWN, "S01", WANG, "sg1", {
        "on": "2026-11-24", "play": "revive.maturity", "engine": "offline", "fallback": None, "lang": "zh", "channel": "call",
        "when": "2026-11-24", "signals": ["maturity_due", "key_date"], "cautions": [{"rule": "compliance.promise", "severity": "warn"}],
    }),
    (Kind.SUGGESTION_USED, "S01", WANG, "sg1", {
        "how": "changed", "play": "revive.maturity", "engine": "offline", "on": "2026-11-24", "corrects": None, "of": "message_draft",
        "difference": [list(piece) for piece in difference(PROPOSED, SENT)],
    }),
    (Kind.SUGGESTION_USED, "S02", LI, "sg2", {
        "how": "ignored", "play": "revive.winback", "engine": "offline", "on": "2026-11-24", "corrects": None, "reason": "bad_time",
        "reason_name": {"zh": "现在不合适", "en": "not the right time"}, "remark": "他在外地，下周回来再联系",
    }),
    (Kind.CONTACT, "S01", WANG, "ct1", {
        "channel": "call", "outcome": "appointment", "effective": True, "next_on": "2026-11-26", "play": "revive.maturity",
        "stage_before": "acquainted", "stage_after": "trusted",
    }),
    (Kind.STAGE_CHANGE, "S01", LI, None, {"before": "trusted", "after": "loyal", "reason": "介绍来两位朋友"}),
    (Kind.TIER_CHANGE, "S02", LI, None, {"before": "B", "after": "A", "reason": "店要卖，有大额资金"}),
    (Kind.PRACTICE, "S02", None, "at1", {
        "scenario": "birthday", "engine": "offline", "lang": "zh", "ending": "agreed", "hints": 1, "turns": 8, "total": 72.5,
        "passed": True, "criteria": {"opening": 9, "listening": 7},
    }),
    (Kind.REVIEW, "S09", None, "at1", {"of": "S02", "comment": "开场自然，问用途再早一点更好。"}),
    (Kind.CORRECTION, "S01", WANG, "ct1", {
        "corrects": PLAIN + 4, "what": "undone", "stage_before": "trusted", "stage_after": "acquainted",
    }),
)  # fmt: skip


def fill_log(ws: Workspace) -> None:
    """300 contacts hour after hour, then one entry of every kind on 2026-11-24."""
    with session(ws.engine) as s:
        for n in range(PLAIN):
            body = {"channel": "message" if n % 3 else "call", "outcome": "sent" if n % 3 else "reached", "effective": not n % 3}
            append(ws, s, Kind.CONTACT, STARTS + timedelta(hours=n), body, staff_no=f"S0{n % 2 + 1}", client_no=f"C{n % 50 + 4:06}",
                   subject=f"p{n}")  # fmt: skip
        for minute, (kind, staff_no, client_no, subject, body) in enumerate(_ENTRIES):
            at = datetime(2026, 11, 24, 9, 30 + minute)
            append(ws, s, kind, at, body, staff_no=staff_no, client_no=client_no, subject=subject)


def tamper(ws: Workspace, statement: str) -> None:
    """Change the kept log behind Coach's back."""
    ws.engine.dispose()
    with sqlite3.connect(ws.home / "coach.db") as db:
        db.execute(statement)
