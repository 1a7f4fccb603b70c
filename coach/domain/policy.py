"""The branch's own policy as typed, frozen values; amounts in the file are yuan, here integer fen.

Only the shape stands here; the default figures stand in ``knowledge/policy.toml``.
:func:`parse` merges a branch's overrides and refuses an unknown key with the nearest known one.
"""

from __future__ import annotations

import difflib
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from coach.domain.words import Channel, Lang, ProductType, Signal, Stage, Tier


class PolicyError(ValueError):
    """A policy that cannot be used: one line that says which key, why, and how to mend it."""


def _to_fen(value: Any) -> int:
    try:
        amount = Decimal(str(value)) * 100
    except InvalidOperation:
        raise ValueError("an amount in yuan is wanted") from None
    if amount != amount.to_integral_value():
        raise ValueError("an amount has more than two decimals")
    return int(amount)


Fen = Annotated[int, BeforeValidator(_to_fen), Field(ge=0)]
Share = Annotated[float, Field(gt=0, le=1)]
Days = Annotated[int, Field(ge=0, le=3660)]
Count = Annotated[int, Field(ge=1, le=10_000)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SignalRules(_Part):
    maturity_ahead_days: Days
    maturity_after_days: Days
    matured_days: Days
    placed_share: Share
    threshold_share: Share
    movement_amount: Fen
    movement_days: Days
    outflow_share: Share
    outflow_amount: Fen
    outflow_months: Count
    key_date_ahead_days: Days
    event_ahead_days: Days
    competitor_count: Count
    competitor_days: Days
    referral_contacts: Count
    referral_days: Days
    fit_amount: Fen
    single_amount: Fen
    snooze_days: Days
    retry_days: Days
    windfall_tags: tuple[str, ...]


class TierRules(_Part):
    share_a: Share
    share_b: Share
    raise_relationship: Annotated[int, Field(ge=1, le=6)]
    raise_potential: Annotated[int, Field(ge=1, le=6)]
    raise_intent: Annotated[int, Field(ge=1, le=6)]


class Rhythm(_Part):
    """Days between two contacts of a channel."""

    call: Count
    visit: Count
    message: Count

    def days(self, channel: Channel) -> int:
        return int(getattr(self, channel.value))


class Capacity(_Part):
    """Contacts a day for a book of ``clients`` clients (A18)."""

    clients: Count
    visit: Count
    call: Count
    message: Count


class PlanRules(_Part):
    max_contacts_per_week: Count
    reserve_for_waiting: Annotated[float, Field(ge=0, lt=1)]
    waiting_days: Days


class ContactHours(_Part):
    hour_from: Annotated[int, Field(ge=0, le=23)]
    hour_to: Annotated[int, Field(ge=1, le=24)]
    on_holidays: bool


class GiftRules(_Part):
    cap: Fen
    cap_per_year: Fen


class ComplianceRules(_Part):
    elderly_age: Annotated[int, Field(ge=50, le=100)]
    assessment_months: Annotated[int, Field(ge=1, le=12)]


class StageRule(_Part):
    """What has to be logged before a stage is earned."""

    effective_contacts: Count
    visits: Annotated[int, Field(ge=0)] = 0
    days: Days = 0


class StageRules(_Part):
    acquainted: StageRule
    trusted: StageRule
    loyal: StageRule


class Post(_Part):
    """Posts that serve a kind of client (S: by bands of assets, or by tier); every condition given must hold."""

    posts: Annotated[tuple[str, ...], Field(min_length=1)]
    tiers: tuple[Tier, ...] = ()
    min_assets: Fen | None = None
    below_assets: Fen | None = None


class Person(_Part):
    """What the branch sets for one member of staff in sharing out clients (A14)."""

    staff_no: str
    capacity: Annotated[float, Field(ge=0.1, le=3)] = 1.0
    """Of a full book."""
    harder: bool = False
    leaving: bool = False


class AllocationRules(_Part):
    """Sharing out clients (A13-A15)."""

    recent_days: Days
    settled_days: Days
    familiar_contacts: Count
    familiar_days: Days
    familiar_number_share: Annotated[float, Field(ge=0, le=1)]
    familiar_value_share: Annotated[float, Field(ge=0, le=1)]
    monthly_share: Annotated[float, Field(ge=0, le=1)]
    quarterly_share: Annotated[float, Field(ge=0, le=1)]
    value_tolerance: Annotated[float, Field(ge=0.001, le=1)]
    number_tolerance: Annotated[float, Field(ge=0.001, le=1)]
    harder_factor: Annotated[float, Field(ge=1, le=5)]
    harder_tiers: tuple[Tier, ...]
    harder_stages: tuple[Stage, ...]
    people: tuple[Person, ...]
    posts: tuple[Post, ...]


Goal = Annotated[float, Field(ge=0, le=5)]
"""A share aimed at, of 1; 0 = none, the branch's own median is looked at."""


class ReportTargets(_Part):
    """What a manager's figures are held against in the report (A47; ``support.kpi``)."""

    tasks: Goal
    visits: Goal
    calls: Goal
    messages: Goal
    coverage_A: Goal
    coverage_B: Goal
    coverage_C: Goal
    retention: Goal
    practice: Annotated[float, Field(ge=0, le=100)]
    """Points of a hundred."""


class EffectiveTargets(_Part):
    """The share of contacts that reach the client, to be expected of each channel."""

    visit: Share
    call: Share
    message: Share

    def of(self, channel: str) -> float:
        return float(getattr(self, channel))


class ReportRules(_Part):
    targets: ReportTargets
    effective: EffectiveTargets


class _Named(_Part):
    id: str
    name: str
    name_en: str = ""

    def called(self, lang: Lang) -> str:
        return self.name_en or self.name if lang == "en" else self.name


class IgnoreReason(_Named):
    """Why a suggestion was left aside: one key on the screen, one word in the log."""

    key: Annotated[str, Field(min_length=1, max_length=1)]


class IgnoredRule(_Part):
    """Whether a play that is often left aside comes later in the plan; off unless the branch wants it."""

    lower: bool
    days: Annotated[int, Field(ge=1, le=3660)]
    least: Count
    """Suggestions of the play that were followed, changed or ignored in these days, before anything is said of it."""
    share: Share
    points: Annotated[int, Field(ge=1, le=999)]


class LogRules(_Part):
    anchor_file: str
    """Empty: none is written."""
    anchor_every: Count
    reasons: tuple[IgnoreReason, ...]
    ignored: IgnoredRule


class ReviewRules(_Part):
    """What a supervisor looks at each week, and from when on a rule raises a flag (A48; the figures are [D])."""

    sample_per_person: Annotated[int, Field(ge=0, le=100)]
    """Drawn at random of each person's week; 0: flags only."""
    flag_days: Annotated[int, Field(ge=1, le=366)]
    """A flag older than this is let be."""
    unreached_contacts: Annotated[int, Field(ge=2, le=100)]
    """Calls and visits to one client, none of which reached the client."""
    burst_minutes: Annotated[int, Field(ge=1, le=240)]
    burst_talks: Annotated[int, Field(ge=2, le=1000)]
    """So many calls and visits within ``burst_minutes``."""
    burst_messages: Annotated[int, Field(ge=2, le=1000)]
    same_message: Annotated[int, Field(ge=2, le=1000)]
    """Clients who got the same text from one person in a week."""
    lost_amount: Fen
    """Matured money below this is not asked after."""


class Level(_Named):
    """A benefit line: a card level and the assets from which it is open."""

    assets: Fen


class Portrait(_Part):
    """The target client of a product (A40); every condition given must hold."""

    min_assets: Fen = 0
    min_demand: Fen = 0
    min_age: int | None = None
    max_age: int | None = None
    deposit_term_months: int | None = None
    occupations: tuple[str, ...] = ()
    holds: tuple[ProductType, ...] = ()
    family: bool | None = None


class Product(_Named):
    type: ProductType
    risk: Annotated[str, Field(pattern="^R[1-5]$")]
    complex: bool = False
    reason: str
    reason_en: str = ""
    portrait: Portrait = Portrait()


class Rate(_Part):
    name: str
    percent: Decimal


class Policy(_Part):
    """Everything that a branch may set for itself."""

    version: str
    signals: SignalRules
    priority: dict[Signal, Annotated[int, Field(ge=0, le=999)]]
    tiers: TierRules
    rhythm: dict[Tier, Rhythm]
    capacity: Capacity
    plan: PlanRules
    contact: ContactHours
    gifts: GiftRules
    compliance: ComplianceRules
    stages: StageRules
    log: LogRules
    review: ReviewRules
    allocation: AllocationRules
    report: ReportRules
    levels: tuple[Level, ...]
    products: tuple[Product, ...]
    rates: tuple[Rate, ...]

    def product(self, product_id: str) -> Product:
        return next(p for p in self.products if p.id == product_id)


def merge(default: dict[str, Any], own: dict[str, Any], path: str = "") -> dict[str, Any]:
    """The default with a branch's values laid over it; a list replaces the default's list whole.

    Raises :class:`PolicyError` for a key that the default does not know, naming the nearest one.
    """
    out = dict(default)
    for key, value in own.items():
        where = f"{path}.{key}" if path else key
        if key not in default:
            near = difflib.get_close_matches(key, default, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]!r}?" if near else f"; known here: {', '.join(sorted(default))}"
            raise PolicyError(f"unknown key {where!r}{hint}")
        if isinstance(default[key], dict) and not isinstance(value, dict):
            raise PolicyError(f"{where} must be a table [{where}], not {value!r}")
        out[key] = merge(default[key], value, where) if isinstance(default[key], dict) else value
    return out


def parse(default: dict[str, Any], own: dict[str, Any] | None = None) -> Policy:
    """The policy in force. Raises :class:`PolicyError` with the key and the reason in one line."""
    try:
        policy = Policy.model_validate(merge(default, own or {}))
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise PolicyError(f"{where}: {first['msg']} (found {first['input']!r})") from None
    lines = [level.assets for level in policy.levels]
    if lines != sorted(set(lines)):
        raise PolicyError("levels: give them from the lowest assets to the highest, each once")
    if policy.tiers.share_a + policy.tiers.share_b > 1:
        raise PolicyError("tiers: share_a and share_b add up to more than 1")
    for kind, known in (("rhythm", Tier), ("priority", Signal)):
        if missing := [k for k in known if k not in getattr(policy, kind)]:
            raise PolicyError(f"{kind}: {missing[0]!r} is missing")
    for what in ("id", "key"):
        given = [getattr(reason, what) for reason in policy.log.reasons]
        if not given or len(given) != len(set(given)):
            raise PolicyError(f"log.reasons: give at least one, each with a {what} of its own")
    for what, named in (
        ("people: staff_no", [person.staff_no for person in policy.allocation.people]),
        ("posts: post", [name for post in policy.allocation.posts for name in post.posts]),
    ):
        if twice := sorted({name for name in named if named.count(name) > 1}):
            raise PolicyError(f"allocation.{what} {twice[0]!r} stands twice; leave it once")
    if policy.contact.hour_from >= policy.contact.hour_to:
        raise PolicyError("contact: hour_from must be before hour_to")
    return policy
