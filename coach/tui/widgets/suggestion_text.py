"""A suggestion as readable text: what to do and why above the message, care and cautions below it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from textual.content import Content

from coach.domain.format import day
from coach.domain.words import Lang, label, pick
from coach.tui.cites import Cites
from coach.tui.dates import weekday
from coach.tui.evidence_words import evidence_text
from coach.tui.widgets.client_facts import View
from coach.tui.widgets.prose import Doc
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.domain.compliance import Caution
    from coach.domain.suggestion import CautionNote, Suggestion
    from coach.tui.screens.client_state import Written


def above_doc(s: Suggestion, play_title: str, cites: Cites, view: View) -> Doc:
    """The play, its reasons, the next action, the steps that follow, the talking points."""
    doc, lang, today = Doc(), view.lang, view.today
    if s.next_action:
        n = s.next_action
        when = f"{_when(n.when, lang, today)} {label(n.channel, lang)}"
        doc.add((f"{say('client.next', lang)}  ", "bold $primary"), (when, "bold"), hang=2)
        doc.add(n.goal)
    else:
        doc.add((say("client.no_action", lang), "bold $text-error"))
    if s.play:
        doc.gap().add((f"{say('client.play', lang)}  ", "$text-muted"), (play_title, "bold"), hang=2)
    for index, reason in enumerate(s.because):
        told = evidence_text(reason.signal, reason.evidence, lang, today, view.names)
        head = say("client.because", lang)
        lead = f"{head}  " if index == 0 else " " * (len(head) * (2 if lang == "zh" else 1) + 2)
        doc.add((lead, "$text-muted"), (label(reason.signal, lang), "$text-warning"), f"  {told}" if told else "", hang=2)
    if s.talking_points:
        doc.head(say("client.points", lang))
        for number, point in enumerate(s.talking_points, 1):
            doc.add(f"{number}. ", point.text, cites.marks(point.cites), hang=3)
    if s.next_action and s.next_action.then:
        doc.head(say("client.then", lang))
        for move in s.next_action.then:
            doc.add((f"{_when(move.when, lang, today)} {label(move.channel, lang)}  ", "$text-muted"), move.goal, hang=2)
    return doc


def below_doc(s: Suggestion, cites: Cites, lang: Lang) -> Doc:
    """Care ideas, cautions, and who composed it."""
    doc = Doc().gap()
    if s.care_ideas:
        doc.head(say("client.care", lang))
        for idea in s.care_ideas:
            cost = f"{pick(lang, '（', ' (')}{say('client.cost', lang, n=idea.cost_cap)}{pick(lang, '）', ')')}" if idea.cost_cap else ""
            doc.add((f"{label(idea.kind, lang)}  ", "$text-muted"), idea.text, cost, cites.marks(idea.cites), hang=2)
    if s.cautions:
        doc.head(say("client.cautions", lang))
        _cautions(doc, s.cautions, cites, lang)
    doc.gap()
    engine = say("client.engine.offline", lang) if s.engine == "offline" else s.engine
    doc.add((say("client.engine", lang, no=s.suggestion_no, engine=engine), "$text-muted"))
    if s.fallback:
        doc.add((say("client.fallback", lang, why=s.fallback), "$text-warning"))
    return doc


def check_doc(cautions: Iterable[Caution], lang: Lang) -> Doc:
    """What the rules say of the draft as it stands; blocks in red."""
    doc, found = Doc(), list(cautions)
    _cautions(doc, found, Cites(), lang)
    if not found:
        doc.add((say("client.check.ok", lang), "$text-success"))
    return doc


def writing_head(lang: Lang, text: str = "model.writing") -> Content:
    """Above what a model is writing: that it is not verified, and how it is stopped."""
    return Content.assemble((say(text, lang), "bold $text-warning"), (f"  {say('model.stop', lang)}", "$text-muted"))


def written_line(written: Written, by_playbook: bool, lang: Lang) -> Content | None:
    """What became of the model's writing, in one line; ``None`` where there is nothing to say."""
    if written.proposal is not None:
        text = say("model.by_playbook" if by_playbook else "model.verified", lang)
        return Content.styled(text, "$text-muted" if by_playbook else "$text-success").stylize("@click=screen.switch")
    if written.state == "fallback":
        return Content.styled(say("client.fallback", lang, why=written.why), "$text-warning")
    return Content.styled(say("model.stopped", lang), "$text-muted") if written.state == "stopped" else None


def _cautions(doc: Doc, cautions: Iterable[Caution | CautionNote], cites: Cites, lang: Lang) -> None:
    for caution in cautions:
        style = "bold $text-error" if caution.severity == "block" else "$text-warning"
        quote = getattr(caution, "quote", "")
        quoted = pick(lang, f"「{quote}」 ", f"“{quote}” ") if quote else ""
        told = (caution.text, style if caution.severity == "block" else "")
        doc.add((f"{label(caution.severity, lang)}  ", style), (quoted, "bold"), told, cites.marks(caution.cites), hang=2)


def _when(value: date, lang: Lang, today: date) -> str:
    if value == today:
        return pick(lang, "今天", "Today")
    return f"{day(value, lang, today)} {weekday(value, lang)}"
