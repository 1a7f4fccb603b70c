"""What a draft holds besides forbidden words: products, numbers, other people's names, held against the context."""

from __future__ import annotations

import re

from coach.domain.compliance_rules import Rule, RulePack, meant, merged, offered, product_names
from coach.domain.compliance_text import Plain, normalise
from coach.domain.compliance_view import Context, ListedProduct


def invests(plain: Plain, pack: RulePack) -> str:
    """The first word of the text that offers an investment; empty in an invitation to a new risk assessment."""
    for lang, speech in pack.speech.items():
        if not (plain.han if lang == "zh" else plain.latin) or speech.assessment.search(plain.text):
            continue
        for m in speech.investment.finditer(plain.text):
            if meant(plain, m.span(), speech):
                return plain.quote(*m.span())
    return ""


def squeezed(text: str, pack: RulePack) -> str:
    """A name as the rules read it; kept with the pack, since every sentence asks for all the listed products."""
    if text not in pack.read:
        pack.read[text] = re.sub(r"\s+", " ", normalise(text, pack.simplified).text).strip()
    return pack.read[text]


def mentioned(plain: Plain, context: Context, pack: RulePack) -> list[tuple[ListedProduct, str]]:
    """The listed products that the text offers, each with the words that name it; the longest name wins."""
    rule = pack.rule("compliance.suitability.unlisted")
    found: list[tuple[ListedProduct, str]] = []
    covered: list[tuple[int, int]] = []
    for product in sorted(context.products, key=lambda p: -len(p.name)):
        name = squeezed(product.name, pack)
        for m in re.finditer(re.escape(name), plain.text) if len(name) > 1 else ():
            if any(s <= m.start() < e for s, e in covered) or not offered(plain, m.span(), rule, pack):
                continue
            covered.append(m.span())
            found.append((product, plain.quote(*m.span())))
            break
    return found


_FILLING = re.compile(r"理财|产品|基金|保险|本行|我行|银行|行|系列|净值型|型|等|新款|款|这|new|our|the|wealth|product|try")
"""Words round a listed product's name that do not make it another product."""


def unlisted(plain: Plain, rule: Rule, context: Context, pack: RulePack) -> list[str]:
    names = [re.sub(r"\s", "", squeezed(p.name, pack)) for p in context.products]
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


def numbers(plain: Plain, rule: Rule, context: Context) -> list[str]:
    """Phone numbers that are neither the client's nor the writer's own, 18-digit identity numbers, 16–19-digit account numbers."""
    view = plain.text.translate(_HAN_DIGITS)
    own = re.sub(r"\D", "", context.client.phone or "")[-11:] if context.client else ""
    spans = [m.span() for pattern in (_IDENTITY, _ACCOUNT) for m in pattern.finditer(view)]
    for m in _PHONE.finditer(view):
        mine = any(p.search(plain.around(*m.span())[0] + "¦") for d in rule.detections.values() for p in d.unless)
        if re.sub(r"\D", "", m.group(1)) != own and not mine:
            spans.append(m.span())
    return [plain.quote(*span) for span in merged(spans)]


def names_of_others(plain: Plain, context: Context, pack: RulePack) -> list[str]:
    """Other clients' names in the text; the client's own name and the writer's are left out."""
    own = squeezed(context.client.name, pack) if context.client else ""
    rule, spans = pack.rule("compliance.privacy.name"), []
    for name in context.other_names:
        word = squeezed(name, pack)
        if not word or word == own:
            continue
        for m in re.finditer(re.escape(word), plain.text):
            inside_own = own and any(o.start() <= m.start() and m.end() <= o.end() for o in re.finditer(re.escape(own), plain.text))
            before = plain.around(*m.span())[0] + "¦"
            if not inside_own and not any(p.search(before) for d in rule.detections.values() for p in d.unless):
                spans.append(m.span())
    return [plain.quote(*span) for span in merged(spans)]
