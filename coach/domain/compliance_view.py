"""What the rules are given and what they answer: the client, the circumstances, the caution."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from coach.domain.compliance_rules import RulePack


@dataclass(frozen=True, slots=True)
class ClientView:
    """What the rules need to know of a client."""

    client_no: str
    name: str
    phone: str | None = None
    birthday: date | None = None
    risk_level: str | None = None
    """C1 to C5."""
    risk_assessed_on: date | None = None
    do_not_contact: bool = False
    marketing_consent: bool | None = None
    """``None`` = never asked; counts as no consent."""
    refused_channels: frozenset[str] = frozenset()
    opted_out_profiling: bool = False


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product of the policy's list. ``risk`` is R1 to R5 for investments, ``None`` for deposits, loans and cards."""

    name: str
    type: str
    risk: str | None = None
    complex: bool = False


@dataclass(frozen=True, slots=True)
class Context:
    """The circumstances in which something is said or done."""

    today: date
    now: time | None = None
    channel: str | None = None
    """``None`` = not said; a text is then read as one to be sent."""
    purpose: str = "service"
    client: ClientView | None = None
    products: tuple[ListedProduct, ...] = ()
    rates: tuple[Decimal, ...] = ()
    """The rates of the policy's list, in percent."""
    gift_cap_fen: int = 0
    hours: tuple[int, int] = (9, 20)
    """From the first hour, up to but not including the second: a setting of the branch, not a law."""
    is_holiday: bool = False
    elderly_age: int = 65
    other_names: frozenset[str] = frozenset()
    """Names of other clients that occur among :func:`candidate_names` of the text."""
    lang: str = "zh"


@dataclass(frozen=True, slots=True)
class Caution:
    """What a rule says about this text or this contact."""

    rule: str
    severity: str
    text: str
    quote: str = ""
    """The very words that tripped the rule; empty for a rule about a state."""
    cites: tuple[str, ...] = ()


def caution(pack: RulePack, rule_id: str, context: Context, quote: str = "", **values: object) -> Caution:
    """The caution of a rule, its words filled with the values that it names. Raises ``KeyError`` for an unknown rule."""
    rule = pack.rule(rule_id)
    shown = " / ".join(f"{rate.normalize():f}%" for rate in context.rates) or "—"
    known = {"quote": quote, "rates": shown, "from_hour": context.hours[0], "to_hour": context.hours[1], **values}
    return Caution(rule.id, rule.severity, rule.texts[context.lang].format_map(known), quote, rule.cites)
