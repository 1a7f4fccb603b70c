"""What the log says of the things that are logged: their key facts, and the digest of the record that stands elsewhere.

A client's words stay in their own table, so that they can be taken out when the client asks for it; the log keeps
a digest by which a change is seen.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from coach.domain.chain import Entry, Kind
from coach.domain.suggestion import Suggestion
from coach.services.log import ENTRIES, append, record
from coach.services.workspace import Workspace
from coach.store.tables import Contact, PracticeAttempt, PracticeReview, Review, ReviewComment


def contact_record(contact: Contact) -> dict[str, Any]:
    """A contact as it was logged: without what came later."""
    return contact.model_dump(mode="json", exclude={"id", "voided_at"})


def review_record(row: Review | ReviewComment) -> dict[str, Any]:
    """A review or a comment as it was logged; neither is ever altered."""
    return row.model_dump(mode="json")


def attempt_record(attempt: PracticeAttempt) -> dict[str, Any]:
    """What was said in a practice talk, and how it was scored."""
    return {"played": attempt.played, "turns": attempt.turns, "score": attempt.score, "hints": attempt.hints}


def log_shown(ws: Workspace, s: Session, made: Suggestion, lang: str, staff_no: str | None, at: datetime) -> Entry:
    """A suggestion was shown, for the first time."""
    action = made.next_action
    body = {
        "on": made.date, "play": made.play, "engine": made.engine, "fallback": made.fallback, "lang": lang,
        "channel": action.channel if action else None, "when": action.when if action else None,
        "signals": [reason.signal for reason in made.because],
        "cautions": [{"rule": c.rule, "severity": c.severity} for c in made.cautions], "record": record(made.as_json()),
    }  # fmt: skip
    return append(ws, s, Kind.SUGGESTION_SHOWN, at, body, staff_no=staff_no, client_no=made.client_no, subject=made.suggestion_no)


def log_contact_made(ws: Workspace, s: Session, contact: Contact, stage: tuple[str, str]) -> Entry:
    """A contact was logged; ``stage`` before and after it."""
    body = {
        "channel": contact.channel, "outcome": contact.outcome, "effective": contact.effective, "next_on": contact.next_on,
        "play": contact.play, "step": contact.step, "task_no": contact.task_no, "suggestion_no": contact.suggestion_no,
        "stage_before": stage[0], "stage_after": stage[1], "record": record(contact_record(contact)),
    }  # fmt: skip
    return append(
        ws, s, Kind.CONTACT, contact.at, body, staff_no=contact.staff_no, client_no=contact.client_no, subject=contact.contact_no
    )


def log_undone(ws: Workspace, s: Session, contact: Contact, by: str, at: datetime, stage: tuple[str, str]) -> Entry:
    """A contact was taken back: a correction that names its entry (none, where it was logged before there was a log)."""
    asked = sa.select(sa.func.max(ENTRIES.c.entry_no)).where(
        ENTRIES.c.kind == Kind.CONTACT.value, ENTRIES.c.subject == contact.contact_no
    )
    corrects = s.connection().execute(asked).scalar()
    body = {"corrects": corrects, "what": "undone", "stage_before": stage[0], "stage_after": stage[1]}
    return append(ws, s, Kind.CORRECTION, at, body, staff_no=by, client_no=contact.client_no, subject=contact.contact_no)


def log_change(
    ws: Workspace, s: Session, kind: Kind, client_no: str, before: str, after: str, reason: str, by: str | None, at: datetime
) -> Entry:
    """A stage or a tier was set by hand."""
    return append(ws, s, kind, at, {"before": before, "after": after, "reason": reason}, staff_no=by, client_no=client_no)


def log_practice(ws: Workspace, s: Session, attempt: PracticeAttempt) -> Entry:
    """A practice talk ended, with a score or without one."""
    score = attempt.score or {}
    body = {
        "scenario": attempt.scenario, "version": attempt.version, "engine": attempt.engine, "lang": attempt.lang, "ending": attempt.ending,
        "hints": attempt.hints, "turns": len(attempt.turns), "total": attempt.total, "passed": attempt.passed,
        "criteria": {line["id"]: line["score"] for line in score.get("criteria", [])},
        "violations": [broken["rule"] for broken in score.get("violations", [])], "assignment_no": attempt.assignment_no,
        "record": record(attempt_record(attempt)),
    }  # fmt: skip
    ended = attempt.ended_at or attempt.began_at
    return append(
        ws, s, Kind.PRACTICE, ended, body, staff_no=attempt.staff_no, client_no=attempt.client_no, subject=attempt.attempt_no
    )


def log_review(ws: Workspace, s: Session, review: PracticeReview, of: str | None) -> Entry:
    """A trainer's word on an attempt of ``of``."""
    body = {"of": of, "comment": review.comment, "corrected": review.corrected}
    return append(ws, s, Kind.REVIEW, review.at, body, staff_no=review.by, subject=review.attempt_no)
