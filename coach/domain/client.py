"""The whole picture of one client, as the screens, the assistant and ``coach client`` read it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from coach.domain.ages import age_on


@dataclass(frozen=True, slots=True)
class Held:
    """One holding; ``amount_fen`` is negative for nothing: loans and cards carry what is owed as positive."""

    holding_no: str
    product_type: str
    product: str | None
    amount_fen: int
    start_on: date | None = None
    matures_on: date | None = None
    product_risk: str | None = None


@dataclass(frozen=True, slots=True)
class Talk:
    """One contact that took place, newest first in a picture."""

    contact_no: str
    at: datetime
    channel: str
    staff_no: str | None
    effective: bool
    outcome: str | None = None
    summary: str | None = None
    next_on: date | None = None
    play: str | None = None
    step: str | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    on: date
    amount_fen: int
    counterparty: str | None = None
    counterparty_bank: str | None = None
    purpose: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """A key date, of the client or of someone close."""

    label: str
    date: date
    calendar: str
    who: str


@dataclass(frozen=True, slots=True)
class Given:
    on: date
    item: str
    value_fen: int | None = None
    occasion: str | None = None


@dataclass(frozen=True, slots=True)
class Invited:
    event_no: str
    title: str
    on: date
    place: str | None
    status: str


@dataclass(frozen=True, slots=True)
class Changed:
    """A change of stage or tier, with its reason."""

    at: datetime
    what: str
    before: str
    after: str
    reason: dict[str, Any]
    by: str | None


@dataclass(frozen=True, slots=True)
class SignalFact:
    """One signal of a client; ``evidence`` as the rules made it (fen, ISO dates)."""

    signal: str
    play: str
    on: date
    priority: int
    evidence: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ClientPicture:
    """Everything that Coach knows of one client on a date."""

    client_no: str
    name: str
    stage: str
    tier: str
    tier_reason: dict[str, Any]
    assets_fen: int
    manager: str | None = None
    manager_name: str | None = None
    branch: str | None = None
    previous_manager: str | None = None
    gender: str | None = None
    birthday: date | None = None
    lunar_birthday: str | None = None
    phone: str | None = None
    assigned_on: date | None = None
    card_level: str | None = None
    risk_level: str | None = None
    risk_assessed_on: date | None = None
    opened_on: date | None = None
    occupation: str | None = None
    employer: str | None = None
    community: str | None = None
    family: str | None = None
    interests: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    note: str | None = None
    relationship: int | None = None
    potential: int | None = None
    intent: int | None = None
    do_not_contact: bool = False
    marketing_consent: bool | None = None
    refused_channels: frozenset[str] = frozenset()
    holdings: tuple[Held, ...] = ()
    balances: tuple[tuple[date, int], ...] = ()
    """Month-ends and assets in fen, oldest first."""
    movements: tuple[Moved, ...] = ()
    contacts: tuple[Talk, ...] = ()
    key_dates: tuple[Remembered, ...] = ()
    gifts: tuple[Given, ...] = ()
    invitations: tuple[Invited, ...] = ()
    changes: tuple[Changed, ...] = ()
    signals: tuple[SignalFact, ...] = ()

    def age_on(self, today: date) -> int | None:
        """Whole years, ``None`` without a birthday."""
        return None if self.birthday is None else age_on(self.birthday, today)
