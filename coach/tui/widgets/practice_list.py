"""The practice list's lines and the page beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from coach.domain.format import money
from coach.domain.words import Lang, label, pick
from coach.tui.widgets.practice_score import number
from coach.tui.widgets.practice_talk import stars
from coach.tui.widgets.prose import Doc
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.practice.scenario import Scenario
    from coach.services.practice import Attempt
    from coach.tui.screens.practice_shelf import Own

_CHANNEL, _LEVEL, _POINTS, _DUE = {"zh": 8, "en": 7}, 5, 5, 6
ROOMY = 54
"""From so many cells on the channel has a column."""


def _widths(lang: Lang, width: int) -> tuple[int, int]:
    """Cells of the title and of the channel (0 = no column)."""
    channel = _CHANNEL[lang] if width >= ROOMY else 0
    return max(width - _LEVEL - 1 - (channel + 1 if channel else 0) - 2 * (_POINTS + 1) - _DUE - 1, 8), channel


def heading(lang: Lang, width: int) -> Content:
    """The columns' names."""
    title, channel = _widths(lang, width)
    cells = [
        pad(say("practice.list.scenario", lang), title), pad(say("practice.list.level", lang), _LEVEL),
        *([pad(pick(lang, "渠道", "By"), channel)] if channel else []), pad(say("practice.list.best", lang), _POINTS, right=True),
        pad(say("practice.list.last", lang), _POINTS, right=True), pad(say("practice.list.status", lang), _DUE, right=True),
    ]  # fmt: skip
    return Content.styled(" ".join(cells), "bold $text-muted")


def row(scenario: Scenario, own: Own, lang: Lang, width: int) -> Content:
    """One scenario: title, difficulty, channel, own best and last, by when."""
    title, channel = _widths(lang, width)
    best, last = own.best, own.scored[0] if own.scored else None
    due = Content(" " * _DUE)
    if own.due is not None:
        told = f"{'!' if own.due.late else ''}{own.due.due_on:%m-%d}"
        due = Content.styled(pad(told, _DUE, right=True), "bold $text-error" if own.due.late else "bold $text-accent")
    elif own.unfinished is not None:
        due = Content.styled(pad("u", _DUE, right=True), "$text-warning")
    cells = [Content(pad(scenario.words(lang).title, title)), Content.styled(pad(stars(scenario.difficulty), _LEVEL), "$text-accent")]
    if channel:
        cells.append(Content(pad(label(scenario.channel, lang), channel)))
    return Content(" ").join([*cells, _points(best), _points(last), due])


def _points(attempt: Attempt | None) -> Content:
    if attempt is None or attempt.total is None:
        return Content(pad("-", _POINTS, right=True))
    return Content.styled(pad(number(attempt.total), _POINTS, right=True), "$text-success" if attempt.passed else "$text-error")


def detail_doc(scenario: Scenario, own: Own, lang: Lang) -> Doc:
    """What the trainee may know before the talk, and how it went so far."""
    words = scenario.words(lang)
    doc = Doc().add((words.title, "bold $primary"))
    limits = [label(scenario.channel, lang), stars(scenario.difficulty).strip(), say("practice.list.limits", lang, n=scenario.turns)]
    if scenario.minutes:
        limits.append(say("practice.list.minutes", lang, n=scenario.minutes))
    doc.add((" · ".join(limits), "$text-muted"))
    if own.due is not None:
        key = "practice.list.late" if own.due.late else "practice.list.assigned"
        told = say(key, lang, by=own.due.by_name, on=f"{own.due.due_on:%m-%d}")
        doc.add((told, "bold $text-error" if own.due.late else "bold $text-accent"))
        if own.due.note:
            doc.add((f"{say('practice.list.note', lang)}  ", "$text-muted"), own.due.note, hang=2)
    doc.head(say("practice.talk.situation", lang)).add(words.situation)
    doc.head(say("practice.talk.goal", lang)).add(words.goal)
    doc.gap()
    if (best := own.best) is not None:
        last = own.scored[0]
        doc.add(say(
            "practice.list.counts", lang, n=len(own.scored), best=number(best.total or 0), last=number(last.total or 0),
            on=f"{last.began_at:%m-%d}",
        ))  # fmt: skip
    else:
        doc.add((say("practice.list.never", lang), "$text-muted"))
    if own.unfinished is not None:
        doc.add((say("practice.list.unfinished", lang, at=f"{own.unfinished.began_at:%m-%d %H:%M}"), "$text-warning"))
    sheet = scenario.client
    held = [
        f"{label(h.product_type, lang)} {money(h.amount * 100, lang)}" + (f" {h.risk}" if h.risk else "") for h in sheet.holdings
    ]
    doc.gap().add((f"{label(sheet.stage, lang)} · {label(sheet.tier, lang)} · {pick(lang, '、', ', ').join(held)}", "$text-muted"))
    return doc


def past_line(attempt: Attempt, title: str, lang: Lang) -> str:
    """An attempt in one line of a chooser."""
    when = f"{attempt.began_at:%m-%d %H:%M}"
    if attempt.total is None:
        how = say("practice.unfinished" if attempt.unfinished else "practice.dropped", lang)
    else:
        how = f"{number(attempt.total)} {say('practice.passed' if attempt.passed else 'practice.failed', lang)}"
    return f"{when}  {pad(how, 16)} {title}" + (f"  {say('practice.result.reviewed', lang)}" if attempt.reviewed else "")
