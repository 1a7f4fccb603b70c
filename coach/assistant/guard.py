"""The compliance rules seen from a client's case: one place that builds their context."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, time

from coach.domain.client import ClientPicture
from coach.domain.compliance import Caution, ClientView, Context, ListedProduct, check_text
from coach.domain.compliance_rules import RulePack
from coach.domain.policy import Policy
from coach.domain.suggestion import CautionNote
from coach.domain.words import Lang, ProductType

INVESTMENTS = frozenset({ProductType.WEALTH, ProductType.FUND, ProductType.INSURANCE, ProductType.METAL})
"""Product types that the suitability rules speak of; deposits and treasury bonds are none."""


def view(client: ClientPicture) -> ClientView:
    """What the rules need to know of a client."""
    return ClientView(
        client_no=client.client_no,
        name=client.name,
        phone=client.phone,
        birthday=client.birthday,
        risk_level=client.risk_level,
        risk_assessed_on=client.risk_assessed_on,
        do_not_contact=client.do_not_contact,
        marketing_consent=client.marketing_consent,
        refused_channels=client.refused_channels,
    )


def context(
    policy: Policy,
    today: date,
    lang: Lang,
    *,
    client: ClientPicture | None = None,
    channel: str | None = None,
    purpose: str = "service",
    now: time | None = None,
    is_holiday: bool = False,
    other_names: frozenset[str] = frozenset(),
) -> Context:
    """The circumstances of a text or a contact. ``now`` = ``None``: a proposal, no hour is meant yet."""
    listed = tuple(
        ListedProduct(name, p.type.value, p.risk if p.type in INVESTMENTS else None, p.complex)
        for p in policy.products
        for name in {p.name, p.name_en}
        if name
    )
    return Context(
        today=today,
        now=now,
        channel=channel,
        purpose=purpose,
        client=view(client) if client else None,
        products=listed,
        rates=tuple(rate.percent for rate in policy.rates),
        gift_cap_fen=policy.gifts.cap,
        hours=(policy.contact.hour_from, policy.contact.hour_to),
        is_holiday=is_holiday and not policy.contact.on_holidays,
        elderly_age=policy.compliance.elderly_age,
        other_names=other_names,
        lang=lang,
    )


def with_purpose(base: Context, channel: str | None, purpose: str) -> Context:
    return replace(base, channel=channel, purpose=purpose)


def word_rules(base: Context, pack: RulePack) -> Callable[[str, str], list[Caution]]:
    """The rules of words in these circumstances: a text and its channel → what they say of it as a service contact."""
    return lambda text, channel: check_text(text, with_purpose(base, channel, "service"), pack)


def blocks(cautions: Iterable[Caution]) -> bool:
    return any(c.severity == "block" for c in cautions)


def notes(cautions: Iterable[Caution]) -> tuple[CautionNote, ...]:
    """Cautions as they stand in a suggestion, each rule and text once."""
    seen: dict[tuple[str, str], CautionNote] = {}
    for c in cautions:
        seen.setdefault((c.rule, c.text), CautionNote(c.rule, str(c.severity), c.text, tuple(c.cites)))
    return tuple(sorted(seen.values(), key=lambda n: n.severity != "block"))
