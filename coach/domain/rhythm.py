"""How much a day holds (5–20–30, A18), and whether a book's contact rhythm can be kept with it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil
from typing import Any

from coach.domain.policy import Policy
from coach.domain.words import Channel, Tier

QUARTER_DAYS = 90
"""Calendar days that the rhythm's intervals (30, 90, 180, 365 days) are measured against."""
WORKING_DAYS = 66
"""Working days of a quarter: 22 a month (method.md)."""
CHANNELS: tuple[Channel, ...] = (Channel.VISIT, Channel.CALL, Channel.MESSAGE)


def capacity(book_size: int, policy: Policy) -> dict[str, int]:
    """Contacts a day by channel for a book of that many clients.

    The full 5–20–30 from 600 clients on; a smaller book in proportion, rounded up, at least one of each; an
    empty book none. A larger book gets no more: a day has no more hours.
    """
    rules = policy.capacity
    share = Fraction(min(book_size, rules.clients), rules.clients)
    return {channel.value: ceil(getattr(rules, channel.value) * share) for channel in CHANNELS}


def cadence(tier_counts: Mapping[str, int], policy: Policy, working_days: int = WORKING_DAYS) -> list[dict[str, Any]]:
    """What the tiers' rhythm asks of a quarter, and whether the capacity holds it.

    One row a tier, A first: ``{"tier", "clients", "per_quarter": {"visit", "call", "message"}, "attainable"}``.
    ``per_quarter`` is the number of contacts that the tier's clients need together in a quarter (rounded up).
    ``attainable``: the demand of this tier and those before it fits the quarter's capacity in every channel.
    """
    daily = capacity(sum(tier_counts.values()), policy)
    demand = {channel.value: Fraction(0) for channel in CHANNELS}
    rows: list[dict[str, Any]] = []
    for tier in Tier:
        clients = tier_counts.get(tier.value, 0)
        own = {channel.value: Fraction(clients * QUARTER_DAYS, policy.rhythm[tier].days(channel)) for channel in CHANNELS}
        demand = {channel: demand[channel] + own[channel] for channel in demand}
        rows.append({
            "tier": tier.value,
            "clients": clients,
            "per_quarter": {channel: ceil(count) for channel, count in own.items()},
            "attainable": all(demand[channel] <= daily[channel] * working_days for channel in demand),
        })
    return rows
