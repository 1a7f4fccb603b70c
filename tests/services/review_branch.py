"""A small branch whose last week raises one flag of nearly each kind, for the tests of reviews."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Assignment, Balance, Client, Contact, Gift, Holding, PracticeAttempt, Staff, SuggestionRecord

TODAY = date(2026, 11, 24)
NOW = datetime(2026, 11, 24, 10, 0)
LAST_WEEK = datetime(2026, 11, 17, 10, 0)
DRAFT = "您好，王女士，到期的事明天上午十点我在网点等您。"


def suggestion(number: str, client: str, on: date, *, channel: str = "call", cautions: tuple = (), draft: str = DRAFT) -> SuggestionRecord:
    body = {
        "suggestion_no": number, "client_no": client, "date": on.isoformat(), "engine": "offline", "play": "revive.maturity",
        "because": [{"signal": "maturity_due", "evidence": {"amount": 50000, "matures_on": "2026-11-27"}}],
        "next_action": {"channel": channel, "when": on.isoformat(), "goal": "问打算", "then": []}, "message_draft": draft,
        "cautions": [{"rule": rule, "severity": severity, "text": "…", "cites": []} for rule, severity in cautions],
        "talking_points": [], "care_ideas": [], "citations": [],
    }  # fmt: skip
    return SuggestionRecord(
        suggestion_no=number, client_no=client, on=on, engine="offline", lang="zh", play="revive.maturity", rule_version="1", body=body
    )


def fill(opened: Workspace) -> None:
    """Two people with work of last week; all but the message to dozens stands out, the caution once S1 is used."""
    with session(opened.engine) as s:
        for no, role in (("1001", "staff"), ("1002", "staff"), ("2001", "trainer"), ("3001", "supervisor")):
            s.add(Staff(staff_no=no, name=f"P{no}", role=role))
        s.flush()
        for n in range(1, 9):
            no = f"C{n}"
            s.add(Client(client_no=no, name=f"王{n}", gender="女", manager="1001" if n < 6 else "1002", assigned_on=date(2026, 1, 5)))
        s.flush()
        for n in range(1, 9):
            s.add(Assignment(client_no=f"C{n}", manager="1001" if n < 6 else "1002", since=date(2026, 1, 5)))
        s.add(suggestion("S1", "C1", LAST_WEEK.date(), cautions=(("compliance.contact.refused", "block"),)))
        s.add(suggestion("S2", "C2", LAST_WEEK.date(), channel="message"))
        s.add(suggestion("S3", "C3", LAST_WEEK.date()))
        for n in range(5):  # five calls in vain, far apart
            s.add(Contact(contact_no=f"V{n}", client_no="C4", at=LAST_WEEK - timedelta(days=9 - n), channel="call", staff_no="1001"))
        for n in range(5):  # five talks in eight minutes
            at = LAST_WEEK + timedelta(hours=5, minutes=2 * n)
            client = f"C{6 + n % 3}"
            s.add(Contact(contact_no=f"B{n}", client_no=client, at=at, channel="call", staff_no="1002", effective=True, outcome="reached"))
        s.add(Gift(client_no="C5", on=date(2026, 11, 18), item="茶", value_fen=opened.policy.gifts.cap + 1))
        matured = date(2026, 10, 10)
        s.add(Holding(client_no="C7", holding_no="H1", product_type="deposit", product="一年期", amount_fen=5_000_000, matures_on=matured))
        s.add(Balance(client_no="C1", on=date(2026, 10, 31), assets_fen=12_000_000))
        s.add(PracticeAttempt(
            attempt_no="A1", scenario="first-call", version="1", staff_no="1001", lang="zh", engine="offline", began_at=LAST_WEEK,
            ended_at=LAST_WEEK, ending="agreed", score={"criteria": []}, total=64.0, passed=True,
        ))  # fmt: skip
