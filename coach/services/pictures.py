"""A client's picture as JSON and as readable lines; the timeline is everything dated, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from coach.domain import stages, tiers
from coach.domain.client import ClientPicture
from coach.domain.evidence import evidence_out, yuan_out
from coach.domain.format import day, money
from coach.domain.outcomes import outcome_label
from coach.domain.words import Lang, label, pick


@dataclass(frozen=True, slots=True)
class Moment:
    """One line of the timeline."""

    on: date
    kind: str
    """contact, movement, gift, event, stage or tier."""
    text: str


def timeline(c: ClientPicture, lang: Lang) -> list[Moment]:
    """Everything that happened with the client, newest first."""
    return sorted(_moments(c, lang), key=lambda m: m.on, reverse=True)


def _moments(c: ClientPicture, lang: Lang) -> Iterator[Moment]:
    for t in c.contacts:
        told = f": {t.summary}" if t.summary else ""
        yield Moment(t.at.date(), "contact", f"{label(t.channel, lang)} · {outcome_label(t.outcome, lang)}{told}")
    for m in c.movements:
        whom = " ".join(filter(None, (m.counterparty, m.counterparty_bank, m.purpose)))
        way = pick(lang, "转出" if m.amount_fen < 0 else "转入", "out" if m.amount_fen < 0 else "in")
        yield Moment(m.on, "movement", f"{way} {money(abs(m.amount_fen), lang)} {whom}".strip())
    for g in c.gifts:
        yield Moment(g.on, "gift", g.item + (f"（{g.occasion}）" if g.occasion else ""))
    for i in c.invitations:
        yield Moment(i.on, "event", f"{i.title} · {label(i.status, lang)}")
    for x in c.changes:
        why = (stages.reason_text if x.what == "stage" else tiers.tier_text)(x.reason, lang)
        yield Moment(x.at.date(), x.what, f"{label(x.before, lang)} → {label(x.after, lang)} ({why})")


_PLAIN = (
    "client_no",
    "name",
    "gender",
    "birthday",
    "lunar_birthday",
    "phone",
    "manager",
    "manager_name",
    "previous_manager",
    "assigned_on",
    "branch",
    "card_level",
    "risk_level",
    "risk_assessed_on",
    "opened_on",
    "occupation",
    "employer",
    "community",
    "family",
    "note",
    "stage",
    "tier",
    "relationship",
    "potential",
    "intent",
    "do_not_contact",
    "marketing_consent",
)


def picture_json(c: ClientPicture, lang: Lang) -> dict[str, Any]:
    """The whole picture; amounts in yuan."""
    return {
        **{key: getattr(c, key) for key in _PLAIN},
        "assets": yuan_out(c.assets_fen),
        "tier_reason": tiers.tier_text(c.tier_reason, lang),
        "interests": list(c.interests),
        "tags": list(c.tags),
        "refused_channels": sorted(c.refused_channels),
        "holdings": [
            {
                "holding_no": h.holding_no,
                "product_type": h.product_type,
                "product": h.product,
                "amount": yuan_out(h.amount_fen),
                "start_on": h.start_on,
                "matures_on": h.matures_on,
                "product_risk": h.product_risk,
            }
            for h in c.holdings
        ],
        "balances": [{"on": on, "assets": yuan_out(fen)} for on, fen in c.balances],
        "key_dates": [{"label": k.label, "date": k.date, "calendar": k.calendar, "who": k.who} for k in c.key_dates],
        "gifts": [
            {"on": g.on, "item": g.item, "value": None if g.value_fen is None else yuan_out(g.value_fen), "occasion": g.occasion}
            for g in c.gifts
        ],
        "invitations": [
            {"event_no": i.event_no, "title": i.title, "on": i.on, "place": i.place, "status": i.status} for i in c.invitations
        ],
        "contacts": [
            {
                "contact_no": t.contact_no,
                "at": t.at.isoformat(),
                "channel": t.channel,
                "staff_no": t.staff_no,
                "effective": t.effective,
                "outcome": t.outcome,
                "summary": t.summary,
                "next_on": t.next_on,
                "play": t.play,
                "step": t.step,
            }
            for t in c.contacts
        ],
        "signals": [{"signal": s.signal, "play": s.play, "evidence": evidence_out(s.evidence), "priority": s.priority} for s in c.signals],
        "timeline": [{"on": m.on, "kind": m.kind, "text": m.text} for m in timeline(c, lang)],
    }


def picture_lines(c: ClientPicture, today: date, lang: Lang) -> list[str]:
    """The picture for a person's eyes."""
    age = c.age_on(today)
    head = f"{c.client_no} {c.name} · {label(c.tier, lang)} · {label(c.stage, lang)} · {money(c.assets_fen, lang)}"
    facts = " · ".join(
        filter(
            None,
            (
                pick(lang, f"{age}岁", f"{age} years") if age is not None else None,
                c.occupation,
                c.employer,
                c.family,
                pick(lang, "、", ", ").join(c.interests),
                c.card_level,
                c.risk_level,
                c.note,
            ),
        )
    )
    holds = [
        f"  {label(h.product_type, lang)} {h.product or ''} {money(h.amount_fen, lang)}"
        + (f" → {day(h.matures_on, lang, today)}" if h.matures_on else "")
        for h in c.holdings
    ]
    signals = [f"  ! {label(s.signal, lang)} {s.on}" for s in c.signals]
    moments = [f"  {m.on} {m.text}" for m in timeline(c, lang)[:20]]
    return [head, f"  {tiers.tier_text(c.tier_reason, lang)}", f"  {facts}", *holds, *signals, *moments]
