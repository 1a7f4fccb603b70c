"""Questions and answers about the client in view: history above, the field below at a fixed height."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message

from coach.domain.format import day
from coach.domain.words import Lang, label, pick
from coach.tui.cites import Cites
from coach.tui.dates import weekday
from coach.tui.watching import Watching
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.assistant.engine import Answer, Offered


@dataclass(slots=True)
class Turn:
    """One question and what came of it; neither answer nor error = still looked up."""

    question: str
    answer: Answer | None = None
    error: str = ""
    watching: Watching | None = None
    """Who looks on while the model answers; ``None`` = no model was asked, or it has ended."""

    @property
    def offered(self) -> Offered | None:
        """What the assistant would do, for the person to take up."""
        return self.answer.offered[-1] if self.answer is not None and self.answer.offered else None


def chat_doc(turns: Sequence[Turn], cites: Cites, lang: Lang, today: date) -> Doc:
    """The history as text; every sentence with the numbers of its passages."""
    doc = Doc()
    if not turns:
        return doc.add((say("chat.empty", lang), "$text-muted"))
    last = max((index for index, turn in enumerate(turns) if turn.offered), default=-1)
    for index, turn in enumerate(turns):
        if index:
            doc.gap()
        doc.add((f"{say('chat.you', lang)}  ", "bold $primary"), (turn.question, "bold"), hang=3)
        if turn.error:
            doc.add((turn.error, "$text-error"), hang=3)
        elif turn.answer is not None:
            answer_into(doc, turn.answer, cites, lang)
            if turn.offered is not None:
                _offer_into(doc, turn.offered, index, lang, today, newest=index == last)
        elif turn.watching is not None and turn.watching.stopped:
            doc.add((say("chat.stopped", lang), "$text-muted"))
        else:
            _writing_into(doc, turn, lang)
    return doc


def _writing_into(doc: Doc, turn: Turn, lang: Lang) -> None:
    """The answer so far, told to be unverified."""
    text = turn.watching.text if turn.watching is not None else ""
    if not text:
        doc.add((say("chat.thinking", lang), "$text-muted"))
        return
    doc.add((say("model.writing", lang), "bold $text-warning"), (f"  {say('model.stop', lang)}", "$text-muted"))
    for line in text.splitlines():
        doc.add((line, "$text-muted"))


def answer_into(doc: Doc, answer: Answer, cites: Cites, lang: Lang) -> None:
    """An answer's sentences; neighbours out of the same passage make one paragraph with its number behind."""
    if not answer.answered:
        doc.add((say("chat.not_there", lang), "bold $text-warning"))
    for ids, sentences in groupby(answer.answer, key=lambda sentence: sentence.cites):
        doc.add(pick(lang, "", " ").join(sentence.text for sentence in sentences), cites.marks(ids))
    if answer.fallback:
        doc.add((say("client.fallback", lang, why=answer.fallback), "$text-muted"))


def _offer_into(doc: Doc, offered: Offered, index: int, lang: Lang, today: date, *, newest: bool) -> None:
    """A draft or a task, and how it is taken up: the newest by its key, all of them by a click."""
    if offered.kind == "message":
        doc.add((f"{say('chat.draft', lang)}  ", "bold $primary"), offered.text, hang=2)
    else:
        when = f"{day(offered.when, lang, today)} {weekday(offered.when, lang)} " if offered.when else ""
        how = label(offered.channel, lang) if offered.channel else ""
        doc.add((f"{say('chat.task', lang)}  ", "bold $primary"), (f"{when}{how}  ", "bold"), offered.text, hang=2)
    act = Content.styled(say(f"chat.take.{offered.kind}", lang), "$text-accent").stylize(f"@click=screen.take_up({index})")
    doc.add(Content.styled("Ctrl+T ", "bold $text-accent") + act if newest else act)


class ChatPane(Vertical):
    """The pane; the screen keeps the turns."""

    DEFAULT_CSS = """
    ChatPane { height: auto; }
    ChatPane > VerticalScroll { height: auto; max-height: 12; scrollbar-size-vertical: 1; padding: 0 1; }
    ChatPane > LineInput { height: 1; border: none; padding: 0 1; background: $boost; }
    ChatPane > LineInput:focus { background: $surface-active; }
    ChatPane.-whole { height: 1fr; }
    ChatPane.-whole > VerticalScroll { height: 1fr; max-height: 100%; }
    """

    class Asked(Message):
        """A question was sent."""

        def __init__(self, question: str) -> None:
            super().__init__()
            self.question = question

    def __init__(self, lang: Lang, *, typed: str = "", id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang, self.typed = lang, typed

    def compose(self) -> ComposeResult:
        yield VerticalScroll(Prose(), id="chat-log", can_focus=True)
        yield LineInput(
            self.typed, placeholder=say("chat.placeholder", self.lang), id="question", compact=True, select_on_focus=False
        )

    def show(self, turns: Sequence[Turn], cites: Cites, today: date) -> None:
        """The history; scrolled to its end."""
        log = self.query_one(VerticalScroll)
        self.query_one(Prose).show(chat_doc(turns, cites, self.lang, today))
        log.display = bool(turns) or self.has_class("-whole")
        log.scroll_end(animate=False)

    def on_input_changed(self, event: LineInput.Changed) -> None:
        event.stop()
        self.typed = event.value

    def on_input_submitted(self, event: LineInput.Submitted) -> None:
        event.stop()
        question = event.value.strip()
        if question:
            event.input.clear()
            self.post_message(self.Asked(question))
