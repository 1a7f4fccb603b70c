"""What stands in the report's table: a figure with how it stands to its goal, and what it rests on in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from coach.domain.format import money
from coach.domain.words import Lang, pick
from coach.tui.words import TEXTS, say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.domain.report import Figures
    from coach.domain.report_figures import Figure, Gap

CELL = 9
"""Cells of a figure's column."""
_CHANNEL = {"visits": "visit", "calls": "call", "messages": "message"}


def cell(figure: Figure, of: Figures, gap: Gap | None, lang: Lang) -> Content:
    """«92% v» met, «45% -55» missed by so many points; held against a median only, or against nothing, it stands alone."""
    value = figure.value(of)
    if value is None:
        return Content.styled(pad("-", CELL, right=True), "$foreground-muted")
    told = _short(figure, value, lang)
    if gap is None or gap.against != "target":
        return Content(pad(told, CELL - 1, right=True) + " ")
    if gap.met:
        return Content.styled(pad(f"{told} v", CELL, right=True), "$text-success")
    return Content.styled(pad(f"{told} {_missed(figure, gap)}", CELL, right=True), "$text-error")


def _short(figure: Figure, value: float, lang: Lang) -> str:
    if figure.unit == "share":
        return f"{value * 100:.0f}%"
    if figure.unit == "money":
        return "0" if not value else pick(lang, f"{value / 1_000_000:.1f}万", f"{value / 100_000:,.0f}k")
    return f"{value:g}"


def _missed(figure: Figure, gap: Gap) -> str:
    """How far below (or above) its goal, in points; never nothing where it is missed."""
    points = (gap.goal - gap.value) * (100 if figure.unit == "share" else 1)
    return f"-{max(round(abs(points)), 1)}"


def shown(figure: Figure, value: float, lang: Lang) -> str:
    """A value in full."""
    if figure.unit == "share":
        return f"{value * 100:.0f}%"
    return money(int(value), lang) if figure.unit == "money" else f"{value:g}"


def basis(figure_id: str, of: Figures, lang: Lang) -> str:
    """What a figure rests on: «81 次，5-20-30 要 180 次»."""
    if figure_id in _CHANNEL:
        work = of.work[_CHANNEL[figure_id]]
        return say("report.basis.activity", lang, n=work.counted, of=work.target)
    if figure_id.startswith("coverage_"):
        tier = of.coverage[figure_id[-1]]
        return say("report.basis.coverage", lang, n=tier.part, of=tier.whole)
    key = figure_id if f"report.basis.{figure_id}" in TEXTS else "clients"
    values = {
        "tasks": {"n": of.tasks.part, "of": of.tasks.whole}, "effective": {"n": of.contacts.part, "of": of.contacts.whole},
        "retention": {"n": money(of.placed_fen, lang), "of": money(of.matured_fen, lang)}, "won_back": {"n": of.won_clients},
        "referrals": {"n": of.given, "of": of.asked},
        "ignored": {"shown": of.shown, "followed": of.followed, "changed": of.changed, "ignored": of.ignored},
        "practice": {"n": of.attempts, "passed": of.passed}, "cautions": {"n": of.cautions, "blocking": of.blocking},
        "clients": {"n": of.clients},
    }  # fmt: skip
    return say(f"report.basis.{key}", lang, **values[key])


def standing(figure: Figure, gap: Gap | None, lang: Lang) -> str:
    """How a figure stands to its goal, in words; what has no goal says so."""
    if gap is None:
        return say("report.goal.none", lang)
    goal = shown(figure, gap.goal, lang)
    told = say(f"report.goal.{gap.against}", lang, goal=goal)
    apart = abs(gap.goal - gap.value)
    if not apart:
        return told + pick(lang, "，持平", ", level")
    by = say("report.points", lang, n=f"{apart * 100:.0f}") if figure.unit == "share" else shown(figure, apart, lang)
    return told + say("report.goal.met" if gap.met else "report.goal.missed", lang, by=by)
