"""Breaches of the compliance rules in what a trainee says, with the very words.

The rule pack judges every turn as a service contact with this scenario's client on its channel. Three things that only a
talk can show are judged here: an investment urged on a client whose level or assessment does not allow it (金融机构产品适当性
管理办法, 令2025第7号), a call announced after the client has refused calls (消费者权益保护法 29), and pressure, of which the
writer of a draft is only warned and which in a talk is a breach towards anyone (令2022第9号). What only a real contact can
break (hours, consent on the record, release of a draft) is no matter of practice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from coach.assistant import guard
from coach.domain.compliance import Caution, ClientView, Context, assessment_expired_on, check_text, risk_allowed
from coach.domain.compliance_rules import RulePack, after_refusal, merged, pairs_of
from coach.domain.compliance_text import Plain, normalise
from coach.domain.compliance_view import caution
from coach.domain.words import LANGS, Lang
from coach.practice.bench import Bench
from coach.practice.scenario import Scenario

NOT_IN_PRACTICE = frozenset({
    "compliance.contact.refused", "compliance.contact.consent", "compliance.contact.asked", "compliance.contact.hours",
    "compliance.contact.holiday", "compliance.contact.draft", "compliance.contact.slipped", "compliance.contact.identify",
    "compliance.suitability.unlisted", "compliance.suitability.missing", "compliance.suitability.expired",
    "compliance.suitability.level", "compliance.privacy.profiling",
})  # fmt: skip
"""What only a real contact can break, and what is judged here in its own way."""
PRESSING = ("compliance.contact.pressure", "compliance.elderly.alone")
"""Warnings to a writer that are breaches in a talk."""
REFUSED_ALREADY = "stage.icebreak.rejected"
"""In scenarios of this topic the client has refused calls before the talk begins."""
_RISK = re.compile(r"[Rr]\s?([1-5])(?!\d)")
_KIND_RISK = "R3"
"""The least risk of the kinds of product that the level rule knows by name: balanced, share and private funds."""


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


def breaches(text: str, scenario: Scenario, bench: Bench, context: Context, before: Sequence[str] = ()) -> list[Caution]:
    """What a turn breaks, blocks first. ``before`` holds what the client has said so far, in its order."""
    plain = normalise(text, bench.rules.simplified)
    if not plain.text.strip():
        return []
    found = [c for c in check_text(text, context, bench.rules) if c.rule not in NOT_IN_PRACTICE]
    found = [replace(c, severity="block") if c.rule in PRESSING else c for c in found]
    found += _unsuitable(plain, bench.rules, context)
    if not any(c.rule == "compliance.contact.channel" for c in found) and _refused(before, scenario, bench.rules):
        found += _renewed(plain, bench.rules, context)
    return sorted(dict.fromkeys(found), key=lambda c: c.severity != "block")


def _pairs(plain: Plain, rule_id: str, pack: RulePack) -> list[str]:
    """The words in which a rule's pairs stand together, in either language."""
    detections = pack.rule(rule_id).detections
    scripts = {"zh": plain.han, "en": plain.latin}
    spans = [span for lang in LANGS if scripts[lang] for span in pairs_of(plain, detections[lang], pack.speech[lang])]
    return [plain.quote(*span) for span in merged(spans)]


def _unsuitable(plain: Plain, pack: RulePack, context: Context) -> list[Caution]:
    """An investment urged without a valid assessment, or one above the client's level."""
    client = context.client
    assert client is not None
    ends, out = assessment_expired_on(client.risk_assessed_on), []
    if ends is None or client.risk_level is None:
        out = [caution(pack, "compliance.suitability.missing", context, q) for q in _pairs(plain, "compliance.suitability.missing", pack)]
    elif context.today >= ends:
        quotes = _pairs(plain, "compliance.suitability.expired", pack)
        out = [caution(pack, "compliance.suitability.expired", context, quote, expired=ends.isoformat()) for quote in quotes]
    for quote in _pairs(plain, "compliance.suitability.level", pack) if client.risk_level else ():
        named = [f"R{digit}" for digit in _RISK.findall(quote)] or [_KIND_RISK]
        over = [risk for risk in named if not risk_allowed(client.risk_level, risk)]
        if over:
            out.append(caution(pack, "compliance.suitability.level", context, quote, risk=max(over), level=client.risk_level))
    return out


def _refused(before: Sequence[str], scenario: Scenario, pack: RulePack) -> bool:
    """Whether the client has refused to be called, and has not allowed it since."""
    refused = scenario.topic == REFUSED_ALREADY
    detections = pack.rule("compliance.contact.channel").detections.values()
    for said in before:
        text = normalise(said, pack.simplified).text
        if any(p.search(text) for d in detections for p in d.refusal):
            refused = True
        elif any(p.search(text) for d in detections for p in d.consent):
            refused = False
    return refused


def _renewed(plain: Plain, pack: RulePack, context: Context) -> list[Caution]:
    """A call or visit announced, where none is wanted."""
    detections = pack.rule("compliance.contact.channel").detections
    scripts = {"zh": plain.han, "en": plain.latin}
    spans = [span for lang in LANGS if scripts[lang] for span in after_refusal(plain, detections[lang], pack.speech[lang])]
    return [caution(pack, "compliance.contact.channel", context, plain.quote(*span)) for span in merged(spans)]
