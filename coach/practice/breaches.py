"""Breaches of the compliance rules in what a trainee says, with the very words.

The rule pack judges every turn as a service contact with this scenario's client on its channel; a turn that names or
urges a product is judged as a product contact too, for what it says of suitability. What only a real contact can
break (hours, consent on the record, release of a draft) is no matter of practice.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, replace

from coach.assistant import guard
from coach.domain.compliance import Caution, ClientView, Context, check_text, risk_allowed
from coach.domain.compliance_view import caution
from coach.domain.words import Lang
from coach.practice.bench import Bench
from coach.practice.scenario import Move, Scenario

NOT_IN_PRACTICE = frozenset({
    "compliance.contact.refused", "compliance.contact.channel", "compliance.contact.consent", "compliance.contact.asked",
    "compliance.contact.hours", "compliance.contact.holiday", "compliance.contact.draft", "compliance.contact.slipped",
    "compliance.contact.identify", "compliance.suitability.unlisted", "compliance.privacy.profiling",
})  # fmt: skip
PRESSING = ("compliance.contact.pressure", "compliance.elderly.alone")
"""Warnings that become breaches when the client is elderly."""
_RISK = re.compile(r"[Rr]\s?([1-5])(?!\d)")
_RISKY = {"zh": re.compile(r"基金|股票|权益|混合型|私募"), "en": re.compile(r"\b(?:funds?|shares|stocks?|equit\w+)\b", re.IGNORECASE)}
"""Products of R3 and up, where no level is named: a balanced or share fund is R3 at the least."""
_FUND_RISK = "R3"


@dataclass(frozen=True, slots=True)
class Violation:
    """A rule broken in a turn. Turns are numbered from 1 over the whole talk."""

    rule: str
    severity: str
    turn: int
    quote: str
    text: str
    cites: tuple[str, ...]


def context_of(scenario: Scenario, bench: Bench, lang: Lang) -> Context:
    """The circumstances in which the trainee of a scenario speaks."""
    sheet, words = scenario.client, scenario.words(lang)
    base = guard.context(bench.policy, bench.today, lang, channel=scenario.channel)
    view = ClientView(
        client_no=scenario.id, name=words.name, birthday=sheet.born(bench.today), risk_level=sheet.risk_level,
        risk_assessed_on=sheet.assessed_on(bench.today), marketing_consent=sheet.marketing_consent,
    )  # fmt: skip
    return replace(base, client=view)


def breaches(text: str, moves: Collection[Move], scenario: Scenario, bench: Bench, context: Context) -> list[Caution]:
    """What a turn breaks, blocks first; a warning stays a warning except towards an elderly client."""
    found = check_text(text, context, bench.rules)
    if {"pitch", "push"} & set(moves):
        found += [c for c in check_text(text, replace(context, purpose="product"), bench.rules) if "suitability" in c.rule]
        found += _above_level(text, scenario, bench, context)
    kept = [c for c in dict.fromkeys(found) if c.rule not in NOT_IN_PRACTICE]
    if is_elderly(scenario, bench.policy.compliance.elderly_age):
        kept = [replace(c, severity="block") if c.rule in PRESSING else c for c in kept]
        if "pressure" in moves and not any(c.rule in PRESSING for c in kept):
            kept.append(replace(caution(bench.rules, "compliance.contact.pressure", context, text), severity="block"))
    return sorted(kept, key=lambda c: c.severity != "block")


def is_elderly(scenario: Scenario, age: int) -> bool:
    return scenario.client.age >= age


def _above_level(text: str, scenario: Scenario, bench: Bench, context: Context) -> list[Caution]:
    """A risk level or a kind of product named to a client whose level does not allow it."""
    level = scenario.client.risk_level
    named = [f"R{digit}" for digit in _RISK.findall(text)]
    lang: Lang = "zh" if context.lang == "zh" else "en"
    if not named and _RISKY[lang].search(text):
        named = [_FUND_RISK]
    over = [risk for risk in named if not risk_allowed(level, risk)]
    if not over or level is None:
        return []
    return [caution(bench.rules, "compliance.suitability.level", context, text, risk=max(over), level=level)]
