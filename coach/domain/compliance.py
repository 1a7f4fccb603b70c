"""The rules at work: a draft, a contact, a product and a gift held against the rule pack.

Help for staff, not legal advice: every rule names its source and is to be confirmed by the bank's own compliance.
Everything here is pure: today's date, the hour, the client and the branch's lists come in with :class:`Context`.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal

from coach.domain.compliance_names import candidate_names
from coach.domain.compliance_rules import Rule, RulePack, meant, merged, missing, offered, product_names, spans_of
from coach.domain.compliance_text import Plain, figures, normalise

__all__ = [
    "Caution", "ClientView", "Context", "ListedProduct", "RulePack", "assessment_expired_on", "candidate_names", "check_contact",
    "check_gift", "check_product", "check_text", "risk_allowed",
]

ASSESSMENT_MONTHS = 12
"""How long a risk assessment holds: 金融机构产品适当性管理办法 (令2025第7号)."""


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
    if assessed_on is None:
        return None
    year, month = divmod(assessed_on.month - 1 + ASSESSMENT_MONTHS, 12)
    year, month = assessed_on.year + year, month + 1
    return date(year, month, min(assessed_on.day, calendar.monthrange(year, month)[1]))


def age_on(birthday: date, today: date) -> int:
    """Full years of age on a day."""
    return today.year - birthday.year - ((today.month, today.day) < (birthday.month, birthday.day))


def _caution(pack: RulePack, rule_id: str, context: Context, quote: str = "", **values: object) -> Caution:
    rule = pack.rule(rule_id)
    shown = " / ".join(f"{rate.normalize():f}%" for rate in context.rates) or "—"
    known = {"quote": quote, "rates": shown, "from_hour": context.hours[0], "to_hour": context.hours[1], **values}
    return Caution(rule.id, rule.severity, rule.texts[context.lang].format_map(known), quote, rule.cites)


# --- before any contact -------------------------------------------------------------------------------------------


def check_contact(context: Context, pack: RulePack) -> list[Caution]:
    """Whether this client may be contacted at all, on this channel, for this purpose, at this hour.

    消费者权益保护法 29, 广告法 43, 通信短信息服务管理规定; the hours are the branch's own setting. A service contact that the
    client's own product needs stays allowed unless everything is refused.
    """
    client, cautions = context.client, []
    if client is not None:
        if client.do_not_contact:
            return [_caution(pack, "compliance.contact.refused", context)]
        if context.channel is not None and context.channel in client.refused_channels:
            cautions.append(_caution(pack, "compliance.contact.channel", context))
        if context.purpose == "product":
            cautions += _consent(context, pack)
    if context.channel != "visit":
        if context.now is not None and not context.hours[0] <= context.now.hour < context.hours[1]:
            cautions.append(_caution(pack, "compliance.contact.hours", context))
        if context.is_holiday:
            cautions.append(_caution(pack, "compliance.contact.holiday", context))
    return cautions


def _consent(context: Context, pack: RulePack) -> list[Caution]:
    if context.client is None or context.client.marketing_consent:
        return []
    return [_caution(pack, "compliance.contact.asked" if context.channel == "visit" else "compliance.contact.consent", context)]


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
            cautions.append(_caution(pack, "compliance.suitability.unlisted", context, quote))
        else:
            risk, complex_ = risk or listed.risk, complex_ or listed.complex
    client = context.client
    if client is None or (risk is None and not complex_):
        return cautions
    if risk is not None:
        cautions += _assessed(risk, context, pack, client, quote)
    elderly = client.birthday is not None and age_on(client.birthday, context.today) >= context.elderly_age
    if elderly and (complex_ or (risk is not None and risk >= pack.rule("compliance.elderly.companion").from_risk)):
        cautions.append(_caution(pack, "compliance.elderly.companion", context, quote, age=context.elderly_age))
    if client.opted_out_profiling:
        cautions.append(_caution(pack, "compliance.privacy.profiling", context, quote))
    return cautions


def _assessed(risk: str, context: Context, pack: RulePack, client: ClientView, quote: str) -> list[Caution]:
    """The first step is a new assessment where there is none or it has run out; a known level is compared all the same."""
    cautions = _assessment(context, pack, client, quote)
    if client.risk_level and not risk_allowed(client.risk_level, risk):
        cautions.append(_caution(pack, "compliance.suitability.level", context, quote, risk=risk, level=client.risk_level))
    return cautions


def _assessment(context: Context, pack: RulePack, client: ClientView, quote: str) -> list[Caution]:
    ends = assessment_expired_on(client.risk_assessed_on)
    if ends is None or not client.risk_level:
        return [_caution(pack, "compliance.suitability.missing", context, quote)]
    if context.today >= ends:
        return [_caution(pack, "compliance.suitability.expired", context, quote, expired=ends.isoformat())]
    return []


# --- before a gift ------------------------------------------------------------------------------------------------


def check_gift(value_fen: int | None, tied: bool, context: Context, pack: RulePack) -> list[Caution]:
    """Whether a gift may be given: never tied to a deposit, purchase or referral (银保监办发〔2018〕48号), and within the cap.

    ``value_fen`` is what it costs; ``None`` where it costs nothing or is not known.
    """
    cautions = [_caution(pack, "compliance.inducement.tied", context)] if tied else []
    if value_fen is not None and value_fen > context.gift_cap_fen:
        cautions.append(_caution(pack, "compliance.inducement.cap", context, cap=f"{context.gift_cap_fen / 100:g}"))
    return cautions


# --- a draft ------------------------------------------------------------------------------------------------------


def check_text(text: str, context: Context, pack: RulePack) -> list[Caution]:
    """A draft held against every rule of words: each caution quotes the words that tripped it. Pure; safe while typing."""
    plain = normalise(text, pack.simplified)
    if not plain.text.strip():
        return []
    cautions: list[Caution] = []
    found, taken, listed = figures(plain), set(), frozenset(context.rates)
    for rule in pack.rules:
        if not rule.concerns(context.channel, context.purpose):
            continue
        if rule.check == "text":
            quotes = [plain.quote(*span) for span in spans_of(plain, rule, pack, found, taken, listed)]
        elif rule.check == "number":
            quotes = _numbers(plain, rule, context)
        elif rule.check == "name":
            quotes = _names(plain, context, pack)
        elif rule.check == "product":
            quotes = _unlisted(plain, rule, context, pack)
        elif rule.check == "identify":
            cautions += [_caution(pack, rule.id, context)] if missing(plain, rule) else []
            continue
        else:
            continue
        cautions += [_caution(pack, rule.id, context, quote) for quote in dict.fromkeys(quotes)]
    return cautions + _circumstances(plain, cautions, context, pack)


def _circumstances(plain: Plain, cautions: list[Caution], context: Context, pack: RulePack) -> list[Caution]:
    """What the text means for this client: release of a product message, consent for a slipped-in one, suitability."""
    out: list[Caution] = []
    written = context.channel in (None, "message")
    slipped = [c for c in cautions if c.rule == "compliance.contact.slipped"]
    if written and context.purpose == "product":
        out.append(_caution(pack, "compliance.contact.draft", context))
    if slipped:
        out += _consent(context, pack)
    mentioned = _mentioned(plain, context, pack)
    for product, quote in mentioned:
        out += _product(product.risk, product.name, product.complex, context, pack, quote)
    if context.client is not None and not mentioned and (context.purpose == "product" or slipped):
        quote = _invests(plain, pack)
        out += _assessment(context, pack, context.client, quote) if quote else []
    seen: set[tuple[str, str]] = set()
    return [c for c in out if (key := (c.rule, c.quote)) not in seen and not seen.add(key)]  # type: ignore[func-returns-value]


def _invests(plain: Plain, pack: RulePack) -> str:
    """The first word of the text that offers an investment; empty in an invitation to a new risk assessment."""
    for lang, speech in pack.speech.items():
        if not (plain.han if lang == "zh" else plain.latin) or speech.assessment.search(plain.text):
            continue
        for m in speech.investment.finditer(plain.text):
            if meant(plain, m.span(), speech):
                return plain.quote(*m.span())
    return ""


def _squeezed(text: str, pack: RulePack) -> str:
    return re.sub(r"\s+", " ", normalise(text, pack.simplified).text).strip()


def _mentioned(plain: Plain, context: Context, pack: RulePack) -> list[tuple[ListedProduct, str]]:
    """The listed products that the text offers, each with the words that name it; the longest name wins."""
    rule = pack.rule("compliance.suitability.unlisted")
    found: list[tuple[ListedProduct, str]] = []
    covered: list[tuple[int, int]] = []
    for product in sorted(context.products, key=lambda p: -len(p.name)):
        name = _squeezed(product.name, pack)
        for m in re.finditer(re.escape(name), plain.text) if len(name) > 1 else ():
            if any(s <= m.start() < e for s, e in covered) or not offered(plain, m.span(), rule, pack):
                continue
            covered.append(m.span())
            found.append((product, plain.quote(*m.span())))
            break
    return found


_FILLING = re.compile(r"理财|产品|基金|保险|本行|我行|银行|行|系列|净值型|型|等|新款|款|这|new|our|the|wealth|product|try")
"""Words round a listed product's name that do not make it another product."""


def _unlisted(plain: Plain, rule: Rule, context: Context, pack: RulePack) -> list[str]:
    names = [re.sub(r"\s", "", _squeezed(p.name, pack)) for p in context.products]
    spans = []
    for start, end in product_names(plain, rule, pack):
        word = re.sub(r"\s", "", plain.text[start:end])
        if not any(word in name or (name in word and not _FILLING.sub("", word.replace(name, ""))) for name in names if name):
            spans.append((start, end))
    return [plain.quote(*span) for span in merged(spans)]


_HAN_DIGITS = str.maketrans("零〇一二三四五六七八九幺", "001234567891")
_PHONE = re.compile(r"(?<![\d.])(?:\+?86[- ]?)?(1[3-9]\d[-. ]?\d{4}[-. ]?\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<!\d)[1-9]\d{5}[ -]?(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01])[ -]?\d{3}[\dx](?![\da-z])")
_ACCOUNT = re.compile(r"(?<![\d.])(?:\d{16,19}|\d{4}(?:[ -]\d{4}){3}(?:[ -]\d{1,3})?)(?![\d.]*\d)")


def _numbers(plain: Plain, rule: Rule, context: Context) -> list[str]:
    """Phone numbers that are neither the client's nor the writer's own, 18-digit identity numbers, 16–19-digit account numbers."""
    view = plain.text.translate(_HAN_DIGITS)
    own = re.sub(r"\D", "", context.client.phone or "")[-11:] if context.client else ""
    spans = [m.span() for pattern in (_IDENTITY, _ACCOUNT) for m in pattern.finditer(view)]
    for m in _PHONE.finditer(view):
        mine = any(p.search(plain.around(*m.span())[0] + "¦") for d in rule.detections.values() for p in d.unless)
        if re.sub(r"\D", "", m.group(1)) != own and not mine:
            spans.append(m.span())
    return [plain.quote(*span) for span in merged(spans)]


def _names(plain: Plain, context: Context, pack: RulePack) -> list[str]:
    """Other clients' names in the text; the client's own name and the writer's are left out."""
    own = _squeezed(context.client.name, pack) if context.client else ""
    rule, spans = pack.rule("compliance.privacy.name"), []
    for name in context.other_names:
        word = _squeezed(name, pack)
        if not word or word == own:
            continue
        for m in re.finditer(re.escape(word), plain.text):
            inside_own = own and any(o.start() <= m.start() and m.end() <= o.end() for o in re.finditer(re.escape(own), plain.text))
            before = plain.around(*m.span())[0] + "¦"
            if not inside_own and not any(p.search(before) for d in rule.detections.values() for p in d.unless):
                spans.append(m.span())
    return [plain.quote(*span) for span in merged(spans)]
