"""SQLModel tables of everything that the contract names. Money is integer fen, times are branch-local.

What people did is append-only: an undone contact is voided, never removed; a stage or tier change
and a suggestion are never altered.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Column, DateTime, Index, Integer, Text, UniqueConstraint
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s", "uq": "uq_%(table_name)s_%(column_0_name)s", "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s", "pk": "pk_%(table_name)s",
}  # a later revision can only alter what has a name


def _fen(**kwargs: Any) -> Any:
    return Field(sa_type=BigInteger, **kwargs)


def _local(**kwargs: Any) -> Any:
    """A time of the branch's own clock, without a zone (SQLModel's own type would refuse one)."""
    return Field(sa_type=DateTime, **kwargs)


class Staff(SQLModel, table=True):
    staff_no: str = Field(primary_key=True)
    name: str
    post: str | None = None
    role: str = "staff"
    branch: str | None = Field(default=None, index=True)


class Client(SQLModel, table=True):
    __table_args__ = (Index("ix_client_manager_assets", "manager", "assets_fen"), Index("ix_client_manager_tier", "manager", "tier"))

    client_no: str = Field(primary_key=True)
    name: str
    gender: str | None = None
    birthday: date | None = None
    lunar_birthday: str | None = None
    """``MM-DD`` of the lunar year; ``闰MM-DD`` in a leap month."""
    phone: str | None = None
    manager: str | None = Field(default=None, foreign_key="staff.staff_no")
    assigned_on: date | None = None
    assets_fen: int = _fen(default=0, index=True)
    assets_from: str | None = None
    """Where the assets come from: ``file`` (the client file gave them), ``balances``, ``holdings``, or null."""
    card_level: str | None = None
    risk_level: str | None = None
    risk_assessed_on: date | None = None
    opened_on: date | None = None
    occupation: str | None = None
    employer: str | None = None
    community: str | None = None
    family: str | None = None
    interests: str | None = None
    """Several values are joined with ``;``, as in ``tags``."""
    stage: str = "stranger"
    stage_by_hand: bool = False
    relationship: int | None = None
    potential: int | None = None
    intent: int | None = None
    do_not_contact: bool = False
    marketing_consent: bool | None = None
    refused_channels: str | None = None
    """Channels that the client asked not to be reached by, joined with ``;``."""
    tags: str | None = None
    note: str | None = None
    tier: str = "C"
    tier_reason: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """See :mod:`coach.domain.tiers`: rank, of, and the moves that raised it."""
    tier_by_hand: bool = False
    branch: str | None = Field(default=None, index=True)
    search_key: str = ""
    """Lower-case name, pinyin initials, number, phone and tags, for one LIKE."""
    version: int = 1


class Holding(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("client_no", "holding_no"), Index("ix_holding_matures", "matures_on"))

    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", index=True)
    holding_no: str
    """As given, or made from type, product and dates where the file has none."""
    product_type: str
    product: str | None = None
    amount_fen: int = _fen()
    start_on: date | None = None
    matures_on: date | None = None
    product_risk: str | None = None


class Balance(SQLModel, table=True):
    """Assets under management at a month-end."""

    client_no: str = Field(foreign_key="client.client_no", primary_key=True)
    on: date = Field(primary_key=True)
    assets_fen: int = _fen()


class Movement(SQLModel, table=True):
    __table_args__ = (
        UniqueConstraint("client_no", "movement_no"), Index("ix_movement_client_on", "client_no", "on"), Index("ix_movement_on", "on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no")
    movement_no: str
    on: date
    amount_fen: int = _fen()
    counterparty: str | None = None
    counterparty_bank: str | None = None
    purpose: str | None = None


class Contact(SQLModel, table=True):
    __table_args__ = (
        Index("ix_contact_client_at", "client_no", "at"), Index("ix_contact_staff_at", "staff_no", "at"),
        Index("ix_contact_next_on", "next_on"),
    )

    id: int | None = Field(default=None, primary_key=True)
    contact_no: str = Field(unique=True)
    """Idempotency key: given by the screen, or made from client, time and channel of an import."""
    client_no: str = Field(foreign_key="client.client_no")
    at: datetime = _local()
    channel: str
    staff_no: str | None = None
    effective: bool = False
    outcome: str | None = None
    summary: str | None = None
    next_on: date | None = None
    play: str | None = None
    step: str | None = None
    signal: str | None = None
    anchor: date | None = None
    task_no: str | None = None
    suggestion_no: str | None = None
    voided_at: datetime | None = _local(default=None)


class KeyDate(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("client_no", "label", "who"),)

    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", index=True)
    label: str
    date: date
    calendar: str = "solar"
    who: str = ""


class Gift(SQLModel, table=True):
    __table_args__ = (UniqueConstraint("client_no", "on", "item"),)

    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", index=True)
    on: date
    item: str
    value_fen: int | None = Field(default=None, sa_type=BigInteger)
    occasion: str | None = None


class Event(SQLModel, table=True):
    event_no: str = Field(primary_key=True)
    title: str
    on: date
    place: str | None = None
    branch: str | None = None
    """Whose it is, on PostgreSQL: the branch of the login that brought it in; null: the owner's, for every branch."""


class Invitation(SQLModel, table=True):
    event_no: str = Field(foreign_key="event.event_no", primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", primary_key=True, index=True)
    status: str


class Assignment(SQLModel, table=True):
    """Who looked after a client from when; the newest row is the present manager."""

    __table_args__ = (Index("ix_assignment_client_since", "client_no", "since"),)

    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no")
    manager: str | None = None
    since: date
    reason: str = "import"


class AllocationRun(SQLModel, table=True):
    """Clients shared out anew, once it was applied; never altered but for ``undone_at``."""

    __tablename__ = "allocation_run"

    run_no: str = Field(primary_key=True)
    seq: int = Field(unique=True)
    """1, 2, 3 …: two at once cannot both be the next."""
    at: datetime = _local()
    on: date
    mode: str
    by: str | None = Field(default=None, foreign_key="staff.staff_no")
    policy_version: str
    summary: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The balance before and after."""
    last_contact: int
    """The newest ``contact.id`` when it was applied."""
    undone_at: datetime | None = _local(default=None)
    branch: str | None = None
    """On PostgreSQL the branch of the login that applied it."""


class AllocationMove(SQLModel, table=True):
    """One client who passed to another manager in a run."""

    __tablename__ = "allocation_move"

    run_no: str = Field(primary_key=True, foreign_key="allocation_run.run_no")
    client_no: str = Field(primary_key=True, foreign_key="client.client_no", index=True)
    before: str | None = None
    after: str
    why: str
    reason: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The reason in each language."""
    assigned_before: date | None = None
    version: int
    """The client's version once the move was made."""


class StageChange(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", index=True)
    at: datetime = _local()
    before: str
    after: str
    reason: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    by: str | None = None
    contact_no: str | None = None


class TierChange(SQLModel, table=True):
    id: int | None = Field(default=None, primary_key=True)
    client_no: str = Field(foreign_key="client.client_no", index=True)
    at: datetime = _local()
    before: str
    after: str
    reason: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    by: str | None = None


class Task(SQLModel, table=True):
    """One line of a day's plan, kept so that the day does not reshuffle while it is worked."""

    __table_args__ = (UniqueConstraint("plan_on", "client_no", "task_no"), Index("ix_task_manager_plan", "manager", "plan_on"))

    id: int | None = Field(default=None, primary_key=True)
    task_no: str = Field(index=True)
    """The same for a client, play, anchor and step, whatever the day: a carried-over task keeps it."""
    plan_on: date
    manager: str
    client_no: str = Field(foreign_key="client.client_no", index=True)
    play: str
    step: str
    signal: str
    anchor: date
    channel: str
    due: date
    priority: int
    position: int
    """Place in the day's order, from 0."""
    reasons: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    state: str = "open"
    """``open``, ``done`` or ``skipped``."""
    contact_no: str | None = None


class SuggestionRecord(SQLModel, table=True):
    """What the assistant proposed; never changed afterwards."""

    __tablename__ = "suggestion"
    __table_args__ = (Index("ix_suggestion_client", "client_no", "on"),)

    suggestion_no: str = Field(primary_key=True)
    client_no: str = Field(foreign_key="client.client_no")
    on: date
    engine: str
    lang: str
    play: str | None = None
    rule_version: str
    body: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))


class ModelCall(SQLModel, table=True):
    """One request to a language model: what it was for, what it cost, how it ended. Texts as sent: placeholders, never a name."""

    __tablename__ = "model_call"
    __table_args__ = (Index("ix_model_call_key", "key", "id"), Index("ix_model_call_at", "at"))

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _local()
    key: str
    """The same for the same model, prompt and texts."""
    purpose: str
    lang: str
    model: str
    prompt_version: str
    outcome: str
    detail: str = ""
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    first_ms: int | None = None
    total_ms: int | None = None
    retries: int = 0
    dropped: int = 0
    answer: str = ""
    login: str | None = None
    """On PostgreSQL the login that asked; nobody else sees the call."""


class PracticeAssignment(SQLModel, table=True):
    """A scenario that somebody is to practise by a day. Done with the first attempt scored since; only ever taken back."""

    __tablename__ = "practice_assignment"
    __table_args__ = (Index("ix_practice_assignment_staff", "staff_no", "due_on"),)

    assignment_no: str = Field(primary_key=True)
    scenario: str
    staff_no: str = Field(foreign_key="staff.staff_no")
    due_on: date
    by: str = Field(foreign_key="staff.staff_no")
    at: datetime = _local()
    note: str = ""
    client_no: str | None = Field(default=None, foreign_key="client.client_no")
    """The client of the trainee's own list whom the practice is about, where it is about one."""
    withdrawn_at: datetime | None = _local(default=None)


class PracticeAttempt(SQLModel, table=True):
    """One practice talk: written turn by turn as it goes on, scored once, then left alone."""

    __tablename__ = "practice_attempt"
    __table_args__ = (
        Index("ix_practice_attempt_staff", "staff_no", "began_at"), Index("ix_practice_attempt_scenario", "scenario", "staff_no"),
    )

    attempt_no: str = Field(primary_key=True)
    scenario: str
    version: str
    """Digest of the scenario as it was when the attempt began."""
    staff_no: str | None = Field(default=None, foreign_key="staff.staff_no")
    """Null: tried by nobody in particular."""
    lang: str
    engine: str
    began_at: datetime = _local()
    ended_at: datetime | None = _local(default=None)
    ending: str | None = None
    """``agreed``, ``thinking``, ``refused``, ``hung_up``, or ``dropped`` (left without a score); null while it goes on."""
    hints: int = 0
    turns: list[dict[str, Any]] = Field(default_factory=list, sa_column=Column(JSON, nullable=False))
    rubric: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The weights as they were when it began."""
    played: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """The scenario as it was played, in the language played: an old attempt replays although its file has changed."""
    score: dict[str, Any] | None = Field(default=None, sa_column=Column(JSON(none_as_null=True)))
    total: float | None = None
    passed: bool | None = None
    client_no: str | None = Field(default=None, foreign_key="client.client_no")
    assignment_no: str | None = Field(default=None, foreign_key="practice_assignment.assignment_no")


class PracticeReview(SQLModel, table=True):
    """A trainer's word on an attempt: append-only, beside the machine's score and never over it."""

    __tablename__ = "practice_review"

    id: int | None = Field(default=None, primary_key=True)
    attempt_no: str = Field(foreign_key="practice_attempt.attempt_no", index=True)
    by: str = Field(foreign_key="staff.staff_no")
    at: datetime = _local()
    comment: str = ""
    corrected: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Criterion → points that the trainer would give."""


class Review(SQLModel, table=True):
    """One act of a supervisor on a piece of work: a rating, a sign-off, or the opening of a comment. Only ever added: what is
    said later counts, what was said before stays."""

    __tablename__ = "review"
    __table_args__ = (Index("ix_review_subject", "subject_kind", "subject"), Index("ix_review_staff", "staff_no", "at"))

    review_no: str = Field(primary_key=True)
    subject_kind: str
    """``suggestion``, ``contact``, ``practice`` or ``flag``."""
    subject: str
    """The number of the suggestion, contact or attempt, or the flag's own."""
    client_no: str | None = Field(default=None, foreign_key="client.client_no")
    staff_no: str | None = Field(default=None, foreign_key="staff.staff_no")
    """Whose work it is."""
    by: str = Field(foreign_key="staff.staff_no")
    at: datetime = _local()
    rating: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSON, nullable=False))
    """Criterion → grade; empty: not rated with this act."""
    rubric: str = ""
    """The version of the rubric that the rating went by."""
    signed_off: bool = False
    text: str = Field(default="", sa_type=Text)


class ReviewComment(SQLModel, table=True):
    """What a supervisor wrote to a person, or the answer to it. Only ever added."""

    __tablename__ = "review_comment"
    __table_args__ = (Index("ix_review_comment_to", "to", "at"),)

    comment_no: str = Field(primary_key=True)
    review_no: str = Field(foreign_key="review.review_no", index=True)
    by: str = Field(foreign_key="staff.staff_no")
    to: str = Field(foreign_key="staff.staff_no")
    at: datetime = _local()
    text: str = Field(sa_type=Text)
    answers: str | None = Field(default=None, foreign_key="review_comment.comment_no", index=True)


class ReviewSeen(SQLModel, table=True):
    """Somebody has read a comment."""

    __tablename__ = "review_seen"

    comment_no: str = Field(primary_key=True, foreign_key="review_comment.comment_no")
    staff_no: str = Field(primary_key=True, foreign_key="staff.staff_no")
    at: datetime = _local()


class LogEntry(SQLModel, table=True):
    """One entry of the coaching log: only ever added, chained by hash (:mod:`coach.domain.chain`).

    Times are text, so that every byte that is kept is a byte that is hashed. Nothing refers to other tables: what
    becomes of those is no reason to touch an entry.
    """

    __tablename__ = "log_entry"
    __table_args__ = (
        UniqueConstraint("prev_hash"), Index("ix_log_entry_kind", "kind", "subject"), Index("ix_log_entry_staff", "staff_no", "entry_no"),
        Index("ix_log_entry_client", "client_no", "entry_no"),
    )

    entry_no: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    """1, 2, 3 … without a gap."""
    at: str
    """The branch's clock, ``2026-11-24T09:30:00``."""
    kind: str
    staff_no: str | None = None
    client_no: str | None = None
    subject: str | None = None
    body: str = Field(sa_type=Text)
    """A canonical JSON object."""
    prev_hash: str
    hash: str


class LogHead(SQLModel, table=True):
    """The end of the coaching log, one row: locked by whoever adds an entry, so there is one writer at a time."""

    __tablename__ = "log_head"

    id: int = Field(sa_column=Column(Integer, primary_key=True, autoincrement=False))
    entries: int
    hash: str


class ImportRun(SQLModel, table=True):
    """One file brought in, for the record and for undoing a doubt."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime = _local()
    file: str
    sha256: str
    kind: str
    added: int
    changed: int
    unchanged: int
    rejected: int
    branch: str | None = None
    """On PostgreSQL the branch of the login that brought it in."""


class Login(SQLModel, table=True):
    """Which person a login of the PostgreSQL server is (``coach db grant``). On SQLite there are none."""

    login: str = Field(primary_key=True)
    staff_no: str = Field(foreign_key="staff.staff_no", unique=True)


class BookChange(SQLModel, table=True):
    """That a manager's book was changed, one row a transaction, written by triggers of PostgreSQL alone: rows that are only
    added make nobody wait. They are cleared away after two days, those of imports stay."""

    __tablename__ = "book_change"
    __table_args__ = (UniqueConstraint("book", "xact", "at"),)

    id: int | None = Field(default=None, sa_column=Column(BigInteger, primary_key=True))
    book: str | None = None
    """The manager's staff number; empty: clients that nobody looks after; null: an import."""
    branch: str | None = None
    """Of an import: the branch that it was for; null: every branch."""
    imported: bool = False
    xact: int = Field(sa_type=BigInteger)
    at: datetime = _local()


class NightlyRun(SQLModel, table=True):
    """A branch on the list of a night: what became of it."""

    __tablename__ = "nightly_run"

    plan_on: date = Field(primary_key=True)
    branch: str = Field(primary_key=True)
    """Empty for those who belong to no branch."""
    state: str
    """``waiting``, ``done`` or ``failed``."""
    managers: int = 0
    clients: int = 0
    signals: int = 0
    tasks: int = 0
    seconds: float = 0.0
    attempts: int = 0
    error: str = ""
    imported: int = Field(default=0, sa_type=BigInteger)
    """The imports that its plans were made from (:func:`coach.services.signals.stamps`, summed); later ones make them anew."""
    at: datetime | None = _local(default=None)


class Meta(SQLModel, table=True):
    """Small facts about the workspace itself (demo or real, present user)."""

    key: str = Field(primary_key=True)
    value: str
