"""The rules at work: a draft, a contact, a product and a gift held against the rule pack.

Help for staff, not legal advice: every rule names its source and is to be confirmed by the bank's own compliance.
Everything here is pure: today's date, the hour, the client and the branch's lists come in with :class:`Context`.
"""

from __future__ import annotations

import re
from datetime import date

from coach.domain.ages import add_months, age_on
from coach.domain.compliance_draft import invests, mentioned, names_of_others, numbers, unlisted
from coach.domain.compliance_names import candidate_names
from coach.domain.compliance_rules import RulePack, missing, spans_of
from coach.domain.compliance_text import Figure, Plain, figures, normalise
from coach.domain.compliance_view import Caution, ClientView, Context, ListedProduct, caution

__all__ = [
    "Caution", "ClientView", "Context", "ListedProduct", "RulePack", "assessment_expired_on", "candidate_names", "check_contact",
    "check_gift", "check_product", "check_text", "risk_allowed",
]

ASSESSMENT_MONTHS = 12
"""How long a risk assessment holds: 金融机构产品适当性管理办法 (令2025第7号)."""


def risk_allowed(client_level: str | None, product_risk: str | None) -> bool:
    """Whether a client of this level (C1–C5) may be offered a product of this risk (R1–R5): C1 up to R1, C2 up to R2 …

    A product without a risk level (a deposit) is open to all; an unknown or unreadable level allows no investment.
    """
    if product_risk is None:
        return True
    if not re.fullmatch(r"[Cc][1-5]", client_level or "") or not re.fullmatch(r"[Rr][1-5]", product_risk):
        return False
    return int(product_risk[1]) <= int((client_level or "")[1])


def assessment_expired_on(assessed_on: date | None) -> date | None:
    """The day from which an assessment no longer holds, 12 months after it; ``None`` when there was none."""
    return None if assessed_on is None else add_months(assessed_on, ASSESSMENT_MONTHS)


# --- before any contact -------------------------------------------------------------------------------------------


def check_contact(context: Context, pack: RulePack) -> list[Caution]:
    """Whether this client may be contacted at all, on this channel, for this purpose, at this hour.

    消费者权益保护法 29, 广告法 43, 通信短信息服务管理规定; the hours are the branch's own setting. A service contact that the
    client's own product needs stays allowed unless everything is refused.
    """
    client = context.client
    cautions: list[Caution] = []
    if client is not None:
        if client.do_not_contact:
            return [caution(pack, "compliance.contact.refused", context)]
        if context.channel is not None and context.channel in client.refused_channels:
            cautions.append(caution(pack, "compliance.contact.channel", context))
        if context.purpose == "product":
            cautions += _consent(context, pack)
    if context.channel != "visit":
        if context.now is not None and not context.hours[0] <= context.now.hour < context.hours[1]:
            cautions.append(caution(pack, "compliance.contact.hours", context))
        if context.is_holiday:
            cautions.append(caution(pack, "compliance.contact.holiday", context))
    return cautions


def _consent(context: Context, pack: RulePack) -> list[Caution]:
    if context.client is None or context.client.marketing_consent:
        return []
    return [caution(pack, "compliance.contact.asked" if context.channel == "visit" else "compliance.contact.consent", context)]


# --- before a product ---------------------------------------------------------------------------------------------


def check_product(product_risk: str | None, product_name: str | None, complex: bool, context: Context, pack: RulePack) -> list[Caution]:
    """Whether a product may be offered to the client: listed, within the client's level, on a valid assessment.

    金融机构产品适当性管理办法 (令2025第7号) and 金规〔2025〕6号. A risk that is not given is taken from the policy's list.
    """
    return _product(product_risk, product_name, complex, context, pack, product_name or "")


def _product(risk: str | None, name: str | None, complex_: bool, context: Context, pack: RulePack, quote: str) -> list[Caution]:
    cautions: list[Caution] = []
    listed = None
    if name is not None:
        listed = next((p for p in context.products if p.name == name), None)
        if listed is None:
            cautions.append(caution(pack, "compliance.suitability.unlisted", context, quote))
        else:
            risk, complex_ = risk or listed.risk, complex_ or listed.complex
    client = context.client
    if client is None or (risk is None and not complex_):
        return cautions
    if risk is not None:
        cautions += _assessed(risk, context, pack, client, quote)
    elderly = client.birthday is not None and age_on(client.birthday, context.today) >= context.elderly_age
    if elderly and (complex_ or (risk is not None and risk >= pack.rule("compliance.elderly.companion").from_risk)):
        cautions.append(caution(pack, "compliance.elderly.companion", context, quote, age=context.elderly_age))
    if client.opted_out_profiling:
        cautions.append(caution(pack, "compliance.privacy.profiling", context, quote))
    return cautions


def _assessed(risk: str, context: Context, pack: RulePack, client: ClientView, quote: str) -> list[Caution]:
    """The first step is a new assessment where there is none or it has run out; a known level is compared all the same."""
    cautions = _assessment(context, pack, client, quote)
    if client.risk_level and not risk_allowed(client.risk_level, risk):
        cautions.append(caution(pack, "compliance.suitability.level", context, quote, risk=risk, level=client.risk_level))
    return cautions


def _assessment(context: Context, pack: RulePack, client: ClientView, quote: str) -> list[Caution]:
    ends = assessment_expired_on(client.risk_assessed_on)
    if ends is None or not client.risk_level:
        return [caution(pack, "compliance.suitability.missing", context, quote)]
    if context.today >= ends:
        return [caution(pack, "compliance.suitability.expired", context, quote, expired=ends.isoformat())]
    return []


# --- before a gift ------------------------------------------------------------------------------------------------


def check_gift(value_fen: int | None, tied: bool, context: Context, pack: RulePack) -> list[Caution]:
    """Whether a gift may be given: never tied to a deposit, purchase or referral (银保监办发〔2018〕48号), and within the cap.

    ``value_fen`` is what it costs; ``None`` where it costs nothing or is not known.
    """
    cautions = [caution(pack, "compliance.inducement.tied", context)] if tied else []
    if value_fen is not None and value_fen > context.gift_cap_fen:
        cautions.append(caution(pack, "compliance.inducement.cap", context, cap=f"{context.gift_cap_fen / 100:g}"))
    return cautions


# --- a draft ------------------------------------------------------------------------------------------------------


def check_text(text: str, context: Context, pack: RulePack) -> list[Caution]:
    """A draft held against every rule of words: each caution quotes the words that tripped it. Pure; safe while typing."""
    plain = normalise(text, pack.simplified)
    if not plain.text.strip():
        return []
    cautions: list[Caution] = []
    found, listed = figures(plain), frozenset(context.rates)
    taken: set[Figure] = set()
    for rule in pack.rules:
        if not rule.concerns(context.channel, context.purpose):
            continue
        if rule.check == "text":
            quotes = [plain.quote(*span) for span in spans_of(plain, rule, pack, found, taken, listed)]
        elif rule.check == "number":
            quotes = numbers(plain, rule, context)
        elif rule.check == "name":
            quotes = names_of_others(plain, context, pack)
        elif rule.check == "product":
            quotes = unlisted(plain, rule, context, pack)
        elif rule.check == "identify":
            cautions += [caution(pack, rule.id, context)] if missing(plain, rule) else []
            continue
        else:
            continue
        cautions += [caution(pack, rule.id, context, quote) for quote in dict.fromkeys(quotes)]
    return cautions + _circumstances(plain, cautions, context, pack)


def _circumstances(plain: Plain, cautions: list[Caution], context: Context, pack: RulePack) -> list[Caution]:
    """What the text means for this client: release of a product message, consent for a slipped-in one, suitability."""
    out: list[Caution] = []
    written = context.channel in (None, "message")
    slipped = [c for c in cautions if c.rule == "compliance.contact.slipped"]
    if written and context.purpose == "product":
        out.append(caution(pack, "compliance.contact.draft", context))
    if slipped:
        out += _consent(context, pack)
    products = mentioned(plain, context, pack)
    for product, quote in products:
        out += _product(product.risk, product.name, product.complex, context, pack, quote)
    if context.client is not None and not products and (context.purpose == "product" or slipped):
        quote = invests(plain, pack)
        out += _assessment(context, pack, context.client, quote) if quote else []
    return list(dict.fromkeys(out))
