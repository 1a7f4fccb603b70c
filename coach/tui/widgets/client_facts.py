"""What is known of a client as readable text: the facts, and the timeline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coach.domain.format import day, money, month
from coach.domain.words import Lang, label, pick
from coach.tui.evidence_words import evidence_text
from coach.tui.widgets.prose import Doc
from coach.tui.widgets.trend import trend_lines
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.domain.client import ClientPicture, Remembered

TIMELINE = 80
"""Entries of the timeline that are shown; the rest is counted."""


@dataclass(frozen=True, slots=True)
class View:
    """How the facts are to be shown."""

    lang: Lang
    today: date
    phone_shown: bool = False
    names: Mapping[str, str] | None = None
    """How the policy's levels and products are called, by id or by any of their names."""


def masked(phone: str) -> str:
    """``138****1234``; a short number is hidden whole."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 9 else "*" * len(phone)


def facts_doc(c: ClientPicture, view: View) -> Doc:
    """Who the client is, the signals, what is held, how the assets went, dates and gifts."""
    doc = Doc()
    _who(doc, c, view)
    _signals(doc, c, view)
    _holdings(doc, c, view)
    _trend(doc, c, view)
    _dates(doc, c, view)
    return doc


def _fact(doc: Doc, view: View, key: str, value: str | None, style: str = "") -> None:
    if value:
        doc.add((f"{say(f'client.{key}', view.lang)}  ", "$text-muted"), (value, style), hang=2)


def _who(doc: Doc, c: ClientPicture, view: View) -> None:
    from coach.domain.stages import reason_text
    from coach.domain.tiers import tier_text

    lang = view.lang
    if c.do_not_contact:
        doc.add((say("client.dnc", lang), "bold $text-error"))
    if c.refused_channels and not c.do_not_contact:
        channels = pick(lang, "、", ", ").join(label(x, lang) for x in sorted(c.refused_channels))
        doc.add((say("client.refused", lang, channels=channels), "bold $text-error"))
    _fact(doc, view, "tier", f"{label(c.tier, lang)} · {tier_text(c.tier_reason, lang)}")
    change = next((x for x in c.changes if x.what == "stage"), None)
    why = reason_text(change.reason, lang) if change else say("client.stage.start" if c.stage == "stranger" else "client.stage.given", lang)
    _fact(doc, view, "stage", " · ".join(filter(None, (label(c.stage, lang), why))))
    _fact(doc, view, "assets", money(c.assets_fen, lang), "bold")
    if c.phone:
        shown = c.phone if view.phone_shown else f"{masked(c.phone)}  {say('client.phone.hint', lang)}"
        _fact(doc, view, "phone", shown)
    _fact(doc, view, "birthday", _birthday(c, view))
    _fact(doc, view, "family", c.family)
    _fact(doc, view, "interests", pick(lang, "、", ", ").join(c.interests))
    _fact(doc, view, "occupation", pick(lang, "，", ", ").join(filter(None, (c.occupation, c.employer))))
    _fact(doc, view, "community", c.community)
    _fact(doc, view, "card", (view.names or {}).get(c.card_level or "", c.card_level))
    assessed = say("client.risk.on", lang, on=day(c.risk_assessed_on, lang, view.today)) if c.risk_assessed_on else ""
    _fact(doc, view, "risk", " · ".join(filter(None, (c.risk_level, assessed))))
    consent = {True: "yes", False: "no", None: "unknown"}[c.marketing_consent]
    _fact(doc, view, "consent", say(f"client.consent.{consent}", lang))
    _fact(doc, view, "tags", pick(lang, "、", ", ").join(c.tags))
    _fact(doc, view, "note", c.note)
    _fact(doc, view, "manager", " ".join(filter(None, (c.manager_name, c.manager))))


def _birthday(c: ClientPicture, view: View) -> str:
    age = c.age_on(view.today)
    return pick(view.lang, "，", ", ").join(filter(None, (
        day(c.birthday, view.lang) if c.birthday else "",
        say("client.birthday.lunar", view.lang, day=c.lunar_birthday) if c.lunar_birthday else "",
        say("client.age", view.lang, n=age) if age is not None else "",
    )))


def _signals(doc: Doc, c: ClientPicture, view: View) -> None:
    doc.head(say("client.signals", view.lang))
    for fact in c.signals:
        told = evidence_text(fact.signal, fact.evidence, view.lang, view.today, view.names)
        doc.add((label(fact.signal, view.lang), "$text-warning"), f"  {told}" if told else "", hang=2)
    if not c.signals:
        doc.add((say("client.signals.none", view.lang), "$text-muted"))


def _holdings(doc: Doc, c: ClientPicture, view: View) -> None:
    """What matures soonest comes first; what has no date follows, largest first."""
    doc.head(say("client.holdings", view.lang))
    for h in sorted(c.holdings, key=lambda h: (h.matures_on is None, h.matures_on or view.today, -h.amount_fen)):
        soon = h.matures_on is not None and (h.matures_on - view.today).days <= 30
        when = say("client.matures", view.lang, on=day(h.matures_on, view.lang, view.today)) if h.matures_on else ""
        named = f"{label(h.product_type, view.lang)}  " + (f"{h.product}  " if h.product else "")
        risk = f"  {h.product_risk}" if h.product_risk else ""
        doc.add(named, (money(h.amount_fen, view.lang), "bold"), (f"  {when}" if when else "", "$text-warning" if soon else ""),
                (risk, "$text-muted"), hang=2)
    if not c.holdings:
        doc.add((say("client.holdings.none", view.lang), "$text-muted"))


def _trend(doc: Doc, c: ClientPicture, view: View) -> None:
    drawn = trend_lines(c.balances)
    if not drawn:
        return
    peak_on, peak = max(c.balances, key=lambda b: b[1])
    doc.head(say("client.trend", view.lang))
    doc.lines(drawn[:-1], "$text-accent").lines(drawn[-1:], "$text-muted")
    now = money(c.assets_fen, view.lang)
    doc.add(say("client.trend.line", view.lang, peak=money(peak, view.lang), peak_on=month(peak_on, view.lang), now=now))


def _dates(doc: Doc, c: ClientPicture, view: View) -> None:
    doc.head(say("client.dates", view.lang))
    for k in c.key_dates:
        doc.add(_key_date(k, view), hang=2)
    if not c.key_dates:
        doc.add((say("client.dates.none", view.lang), "$text-muted"))
    doc.head(say("client.gifts", view.lang))
    for g in c.gifts:
        value = f"  {money(g.value_fen, view.lang)}" if g.value_fen else ""
        doc.add((f"{g.on}  ", "$text-muted"), g.item, value, f"  {g.occasion}" if g.occasion else "", hang=2)
    if not c.gifts:
        doc.add((say("client.gifts.none", view.lang), "$text-muted"))


def _key_date(k: Remembered, view: View) -> str:
    calendar = f"（{label(k.calendar, 'zh')}）" if view.lang == "zh" else f" ({label(k.calendar, 'en').lower()})"
    return f"{k.who}  {k.label}  {day(k.date, view.lang)}{calendar if k.calendar == 'lunar' else ''}".strip()


def timeline_doc(c: ClientPicture, view: View) -> Doc:
    """Everything that happened, newest first."""
    from coach.services.pictures import timeline

    doc = Doc()
    moments = timeline(c, view.lang)
    for m in moments[:TIMELINE]:
        style = "$text-success" if m.kind in ("stage", "tier") else "" if m.kind == "contact" else "$text-muted"
        doc.add((f"{m.on}  ", "$text-muted"), (m.text, style), hang=2)
    if len(moments) > TIMELINE:
        doc.add((say("client.timeline.more", view.lang, n=len(moments) - TIMELINE), "$text-muted"))
    if not moments:
        doc.add((say("client.timeline.none", view.lang), "$text-muted"))
    return doc
