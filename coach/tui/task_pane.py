"""What stands beside the list for one task: why, what this step is for, what to say or send."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from coach.domain.format import day as day_text
from coach.domain.weekdays import weekday
from coach.domain.words import Lang, label
from coach.tui.evidence_words import evidence_text
from coach.tui.today_data import Line
from coach.tui.widgets.prose import Doc
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.domain.suggestion import Suggestion


def task_doc(line: Line, suggestion: Suggestion | None, waiting: str, lang: Lang, today: date, titles: dict[str, str]) -> Doc:
    """The pane's text. ``waiting`` says what is shown while, or why, there is no suggestion; ``titles`` are plays' titles."""
    doc = Doc()
    rank = f"{label(line.tier, lang)} · {label(line.stage, lang)}" if line.tier else ""
    doc.add((f"{line.name} ", "bold"), (f"{line.client_no} ", "$text-muted"), rank)
    when = "" if not line.due else f"{day_text(line.due, lang, today)} {weekday(line.due, lang)}"
    way = f"{label(line.channel, lang)} · " if line.channel else ""
    doc.add((f"{line.title} ", "bold $text-primary"), f"{way}{say('today.due', lang)} {when}")
    _goal(doc, line, suggestion, lang, titles)
    message = line.channel == "message"
    if suggestion is not None and message:  # what is to be sent comes first: it is what the person came for
        _message(doc, suggestion, lang)
        _cautions(doc, suggestion, lang)
    doc.head(say("today.why", lang))
    for signal, evidence in line.reasons:
        told = evidence_text(signal, evidence, lang, today)
        doc.add((label(signal, lang), "$text-warning"), f"  {told}" if told else "", hang=2)
    if suggestion is None:
        doc.gap().add((waiting, "$text-muted"))
        return doc
    if not message:
        _cautions(doc, suggestion, lang)
        if suggestion.talking_points:
            doc.head(say("today.points", lang))
            for number, point in enumerate(suggestion.talking_points[:4], 1):
                doc.add(f"{number}. ", point.text, hang=3)
        _message(doc, suggestion, lang)
    return doc


def _goal(doc: Doc, line: Line, suggestion: Suggestion | None, lang: Lang, titles: dict[str, str]) -> None:
    """The step's title at once, its goal in this client's words when the suggestion is there."""
    if suggestion is not None and suggestion.next_action is None:
        doc.add((say("today.blocked", lang), "bold $text-error"))
    elif suggestion is not None and suggestion.play and suggestion.play != line.play:
        doc.add((say("today.other_play", lang, play=titles.get(suggestion.play, suggestion.play)), "$text-warning"))
    elif line.step_title:
        doc.add((f"{say('today.step', lang)}  ", "$text-muted"), (line.step_title, "bold"), hang=2)
    if suggestion is not None and suggestion.next_action is not None:
        doc.add(suggestion.next_action.goal, hang=0)


def _message(doc: Doc, suggestion: Suggestion, lang: Lang) -> None:
    if suggestion.message_draft:
        doc.head(say("today.message", lang))
        doc.add((suggestion.message_draft, "$text-success"))


def _cautions(doc: Doc, suggestion: Suggestion, lang: Lang) -> None:
    for caution in suggestion.cautions:
        style = "bold $text-error" if caution.severity == "block" else "$text-warning"
        doc.add((f"{label(caution.severity, lang)} ", style), caution.text, hang=2)
