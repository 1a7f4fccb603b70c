"""A person's own draft held against the rules before it is sent."""

from __future__ import annotations

from datetime import date, time

from sqlmodel import col, select

from coach.assistant import guard
from coach.domain.client import ClientPicture
from coach.domain.compliance import Caution, candidate_names, check_contact, check_text
from coach.domain.words import Lang
from coach.domain.working_days import is_working_day
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client


def check_draft(
    ws: Workspace,
    text: str,
    today: date,
    *,
    client: ClientPicture | None = None,
    channel: str | None = None,
    purpose: str = "service",
    now: time | None = None,
    lang: Lang | None = None,
) -> list[Caution]:
    """What the rules say of a draft: its words, and whether this client may get it on this channel. Worst first."""
    lang = lang or ws.lang
    context = guard.context(
        ws.policy,
        today,
        lang,
        client=client,
        channel=channel,
        purpose=purpose,
        now=now,
        is_holiday=not is_working_day(today),
        other_names=_others(ws, text, lang, client),
    )
    found = check_text(text, context, ws.rules)
    if client is not None:
        found = check_contact(context, ws.rules) + found
    return sorted(found, key=lambda c: c.severity != "block")


def _others(ws: Workspace, text: str, lang: Lang, client: ClientPicture | None) -> frozenset[str]:
    """Names in the text that belong to other clients of the branch."""
    candidates = candidate_names(text, lang)
    if not candidates:
        return frozenset()
    with session(ws.engine, write=False) as s:
        known = set(s.exec(select(Client.name).where(col(Client.name).in_(candidates))))
    return frozenset(known - ({client.name} if client else set()))
