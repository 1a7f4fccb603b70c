"""The facts of a reviewed client in words: what it is, and how it reads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from coach.domain.format import day, money
from coach.domain.outcomes import outcome_label
from coach.domain.words import Lang, label, pick
from coach.services.review_record import Fact

_NAMES = {
    "signal": ("信号", "signal"), "stage": ("阶段", "stage"), "tier": ("分层", "tier"), "manager": ("管户", "manager"),
    "assets": ("资产", "assets"), "last_contact": ("上次接触", "last contact"), "gift": ("送过", "gift"), "card_level": ("卡等级", "card"),
    "risk_level": ("风险等级", "risk level"), "risk_assessed_on": ("测评日期", "assessed on"),
    "marketing_consent": ("营销同意", "marketing consent"), "do_not_contact": ("勿扰", "do not contact"),
    "refused_channels": ("不接受", "refuses"), "occupation": ("职业", "occupation"), "tags": ("标签", "tags"),
}  # fmt: skip


def fact_words(fact: Fact, lang: Lang, today: date) -> tuple[str, str]:
    """Name and reading of a fact. Of a signal only its name: its evidence is told by whoever shows it."""
    value = fact.value
    return pick(lang, *_NAMES[fact.id]), _READ.get(fact.id, _plain)(value, lang, today)


def _plain(value: Any, lang: Lang, today: date) -> str:
    if isinstance(value, bool):
        return pick(lang, "是", "yes") if value else pick(lang, "否", "no")
    if isinstance(value, date):
        return day(value, lang, today)
    return str(value)


def _yuan(value: float | None, lang: Lang) -> str:
    return "" if value is None else money(round(value * 100), lang)


def _talk(value: dict[str, Any], lang: Lang, today: date) -> str:
    at: datetime = value["at"]
    said = [day(at.date(), lang, today), label(value["channel"], lang), outcome_label(value["outcome"], lang), value["summary"] or ""]
    return " ".join(word for word in said if word)


def _gift(value: dict[str, Any], lang: Lang, today: date) -> str:
    return " ".join(word for word in (day(value["on"], lang, today), value["item"], _yuan(value["value"], lang)) if word)


def _channels(value: str, lang: Lang, today: date) -> str:
    return pick(lang, "、", ", ").join(label(word.strip(), lang) for word in value.split(";") if word.strip())


_READ = {
    "signal": lambda value, lang, today: label(value["signal"], lang),
    "stage": lambda value, lang, today: label(value, lang),
    "tier": lambda value, lang, today: label(value, lang),
    "manager": lambda value, lang, today: f"{value['name']} {value['staff_no']}",
    "assets": lambda value, lang, today: _yuan(value, lang),
    "last_contact": _talk, "gift": _gift, "refused_channels": _channels,
    "tags": lambda value, lang, today: str(value).replace(";", pick(lang, "、", ", ")),
}  # fmt: skip
