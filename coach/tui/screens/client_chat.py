"""Questions about the client in view: the conversation is remembered, and what the assistant offers is taken up by hand only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from coach.domain.words import label
from coach.tui.screens.client_model import ClientModel
from coach.tui.screens.client_state import Seen
from coach.tui.screens.threads import behind
from coach.tui.watching import Watching
from coach.tui.widgets.chat_pane import ChatPane, Turn

if TYPE_CHECKING:
    from coach.assistant.engine import Answer


class ClientChat(ClientModel):
    """The turns are kept with the client."""

    def on_chat_pane_asked(self, event: ChatPane.Asked) -> None:
        if not self.coach.ready:
            return
        seen, turn = self.seen, Turn(event.question)
        before = [(t.question, t.answer) for t in seen.turns if t.answer is not None and t.answer.answered]
        turn.watching = watching = self.begin(lambda by_person: None)
        seen.turns.append(turn)
        self.show_chat()
        self.show_writing()
        ws, today, lang = self.ws, self.coach.today, self.lang

        def find() -> Answer:
            from coach.assistant.engine import REMEMBERED, Exchange
            from coach.services.suggestions import ask, usual_engine

            told = [Exchange(question, _text(answer)) for question, answer in before[-REMEMBERED:]]
            return ask(
                ws, turn.question, today, client_no=seen.client_no, lang=lang, engine=usual_engine(ws), before=told, watch=watching
            )

        behind(
            self, find, lambda answer: self._answered(seen, turn, watching, answer),
            lambda line: self._unanswered(turn, watching, line),
        )

    def _answered(self, seen: Seen, turn: Turn, watching: Watching, answer: Answer) -> None:
        """The answer; where the model was stopped it is the offline one, and that is worth showing too."""
        self.end(watching)
        turn.answer, turn.watching = answer, None
        seen.cites.add(answer.citations)
        if seen is self.seen:
            self.show_chat()
        self.show_writing()

    def _unanswered(self, turn: Turn, watching: Watching, line: str) -> None:
        self.end(watching)
        turn.error, turn.watching = line, None
        self.show_chat()
        self.show_writing()

    def action_take_up(self, index: int = -1) -> None:
        """What the assistant offered: the newest, or that of one turn. A draft goes into the message, a task into the dialog."""
        seen = self.seen
        turns = [turn for turn in (seen.turns if index < 0 else seen.turns[index:index + 1]) if turn.offered]
        offered = turns[-1].offered if turns else None
        if offered is None:
            self.notify(self.t("chat.none_offered"))
        elif offered.kind == "task":
            how = label(offered.channel, self.lang) if offered.channel else ""
            self.open_log(summary=self.t("chat.task.summary", channel=how, text=offered.text), next_on=offered.when)
        else:
            self._take_message(seen, offered.text)

    def _take_message(self, seen: Seen, text: str) -> None:
        """Into the message at once where nobody has edited it, else only where the person agrees."""
        self.take_up_edit()
        if seen.is_edited(self.lang) and seen.draft != text:
            self.choose("chat.replace.title", ("no", "yes"), "chat.replace", lambda value: self._put_taken(seen, text, value))
        else:
            self._put_taken(seen, text, "yes")

    def _put_taken(self, seen: Seen, text: str, value: str) -> None:
        if value == "yes" and seen is self.seen:
            self.put(text)
            self.notify(self.t("chat.taken"))


def _text(answer: Answer) -> str:
    """An answer as it was shown, with what was offered along with it."""
    return "\n".join([*(sentence.text for sentence in answer.answer), *(offered.text for offered in answer.offered)])
