"""One entry of the log opened: its facts in words, or the entry as it is kept."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from textual.content import Content

from coach.domain.log_words import Told, told
from coach.domain.weekdays import weekday
from coach.domain.words import Lang
from coach.tui.widgets.prose import Doc
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.domain.chain import Entry
    from coach.services.log_read import Shown

_LABEL = {"zh": 10, "en": 16}
_SIGNS = {"-": "strike $text-error", "+": "bold $text-success"}


@dataclass(frozen=True, slots=True)
class Opened:
    """An entry with the names that go with it."""

    shown: Shown
    staff_name: str
    client_name: str
    names: Mapping[str, str]
    """Readings of ids: plays, rules, scenarios, criteria."""


def words_doc(opened: Opened, lang: Lang, broken: str = "") -> Doc:
    """The entry in words. ``broken``: what verifying found of it."""
    from coach.domain.chain import kind_name

    entry = opened.shown.entry
    doc = Doc().add((f"{say('log.entry', lang, no=entry.entry_no)}  {kind_name(entry.kind, lang)}", "bold $primary"))
    doc.add((_moment(entry.at, lang), "$text-muted"))
    if broken:
        doc.add((say("log.broken", lang, why=broken), "bold $text-error"))
    for number in opened.shown.corrected_by:
        link = Content.styled(say("log.corrected_by", lang, no=number), "underline $text-warning")
        doc.add(link.stylize(f"@click=screen.show({number})"))
    doc.gap()
    who, client = _person(entry.staff_no, opened.staff_name), _person(entry.client_no, opened.client_name)
    for name, said in (("log.who", who), ("log.client", client), ("log.subject", str(entry.subject or ""))):
        if said:
            _fact(doc, say(name, lang), said, lang)
    doc.gap()
    body = entry.content
    for fact in told(body, lang, opened.names):
        _fact(doc, fact.name, _value(fact, body), lang)
    if opened.shown.record_intact is not None:
        good = opened.shown.record_intact
        doc.gap().add((say("log.intact" if good else "log.altered", lang), "$text-success" if good else "bold $text-error"))
    doc.gap().add((say("log.hash", lang, hash=str(entry.hash)[:16]), "$text-muted"))
    return doc


def json_doc(entry: Entry) -> Doc:
    """The entry as it is kept, hashes included."""
    doc = Doc()
    for line in json.dumps(entry.as_json(), ensure_ascii=False, indent=2, default=repr).split("\n"):
        doc.add(line, hang=min(len(line) - len(line.lstrip()) + 2, 12))
    return doc


def _fact(doc: Doc, name: str, said: str | Content, lang: Lang) -> None:
    wide = _LABEL[lang]
    doc.add((pad(name, wide - 1) + " ", "$text-muted"), said, hang=wide)


def _value(fact: Told, body: Any) -> str | Content:
    """A difference in colours, an entry's number as a link, anything else as it reads."""
    raw = body.get(fact.key) if isinstance(body, dict) else None
    if fact.key == "difference" and isinstance(raw, list):
        try:
            return Content("").join(Content.styled(text, _SIGNS.get(sign, "")) for sign, text in raw)
        except (TypeError, ValueError):
            return fact.text
    if fact.key == "corrects" and type(raw) is int:
        return Content.styled(fact.text, "underline").stylize(f"@click=screen.show({raw})")
    return fact.text


def _person(number: str | None, name: str) -> str:
    return f"{name} {number or ''}".strip()


def _moment(at: str, lang: Lang) -> str:
    """«2026-11-24 09:30:00 周二»."""
    try:
        day = weekday(date.fromisoformat(at[:10]), lang)
    except (TypeError, ValueError):
        return str(at)
    return f"{at.replace('T', ' ')} {day}"
