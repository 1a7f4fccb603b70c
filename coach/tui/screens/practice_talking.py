"""A talk at work: begun or taken up, each turn through the services in a thread, ended, scored. No widgets are made here.

What was typed is never lost: it goes back into the field where its thread came to grief.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on

from coach.domain.words import Lang
from coach.tui.cites import Cites
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.practice_shelf import WARMING
from coach.tui.screens.threads import behind
from coach.tui.screens.writing import WritingScreen
from coach.tui.watching import Watching
from coach.tui.widgets.practice_input import TurnInput

if TYPE_CHECKING:
    from coach.playbook.cards import Playbook
    from coach.practice.scenario import Scenario
    from coach.practice.session import Hint, Said
    from coach.practice.talk import Turn
    from coach.services.practice import Playing
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is to be practised: a scenario from its beginning, or an attempt taken up again."""

    scenario: Scenario | None = None
    attempt_no: str = ""
    assignment: str | None = None
    client_no: str | None = None
    staff_no: str | None = None


def current(ws: Workspace, wanted: Wanted) -> Scenario:
    """The scenario as its file says it now; where the file is gone, or it was made about a client, as it is at hand."""
    from coach.services.errors import Refused
    from coach.services.practice import scenario

    assert wanted.scenario is not None
    if wanted.client_no is not None:
        return wanted.scenario
    try:
        return scenario(ws, wanted.scenario.id)
    except Refused:
        return wanted.scenario

class Talking(WritingScreen):
    """The state of a talk and its workers; :class:`~coach.tui.screens.practice_talk.TalkScreen` shows it.

    ``drafts`` keeps what was typed and not sent, by attempt, for when it is taken up again.
    """

    def __init__(self, wanted: Wanted, drafts: dict[str, str] | None = None) -> None:
        super().__init__()
        self.wanted = wanted
        self.drafts = drafts if drafts is not None else {}
        self.playing: Playing | None = None
        self.book: Playbook | None = None
        self.turns: tuple[Turn, ...] = ()
        """What has been said, as it stood when the last answer came: the session itself is in a thread's hands in between."""
        self.ended: str | None = None
        self.typed = ""
        self.sent = ""
        """The turn that waits for its answer."""
        self.hint: Hint | None = None
        self.cites = Cites()
        self.folded: bool | None = None
        """``None``: open until the trainee has spoken."""
        self.problem = ""
        self.why_offline = ""
        self.engine = ""
        self.scored = ""
        """``""``, ``"running"``, ``"done"`` or the line that says why not."""
        self.late = False
        """The time is up."""
        self._watching: Watching | None = None
        self._starting = self._broken = False
        self._sent_at = 0.0

    @abstractmethod
    def show_all(self) -> None:
        """Everything anew from the state."""

    @abstractmethod
    def show_head(self) -> None:
        """The line above: what is left of turns and time."""

    # -- begun

    def load(self) -> None:
        if self.playing is not None or self._starting:
            self.show_all()
            return
        self._starting = True
        ws, today, lang, wanted = self.coach.ws, self.coach.today, self.lang, self.wanted
        assert ws is not None

        def find() -> tuple[Playing, Playbook]:
            from coach.services import practice
            from coach.services.suggestions import usual_engine

            with WARMING:
                if wanted.attempt_no:
                    return practice.resume(ws, wanted.attempt_no, today=today), ws.playbook
                made = practice.begin(
                    ws, current(ws, wanted), staff_no=wanted.staff_no, today=today, lang=lang, engine=usual_engine(ws),
                    assignment=wanted.assignment, client_no=wanted.client_no,
                )  # fmt: skip
            return made, ws.playbook

        behind(self, find, self._begun, self._not_begun)

    def _begun(self, found: tuple[Playing, Playbook]) -> None:
        self._starting = False
        playing, self.book = found
        self._take(playing)
        if kept := self.drafts.pop(playing.attempt_no, ""):
            self.typed = kept
            self.query_one(TurnInput).text = kept
        self.show_all()
        if self.ended is not None:
            self._score()

    def _take(self, playing: Playing) -> None:
        """What the session holds now; called only while no thread works on it."""
        from coach.services.practice import turns_of

        self.playing, self.turns, self.ended = playing, turns_of(playing), playing.session.ended

    def _not_begun(self, line: str) -> None:
        self._starting = False
        self.problem = self.t("practice.talk.begin_failed", why=line)
        self.show_all()

    @property
    def over(self) -> bool:
        """Whether the client has said the last word."""
        return self.ended is not None or self.scored == "running"

    @property
    def spoken(self) -> Lang:
        """The language of the talk; it stays when that of the screens changes."""
        return self.playing.session.lang if self.playing is not None else self.lang

    def tick(self) -> None:
        if self.playing is None or self.over:
            return
        self.show_head()
        if self.playing.seconds_left == 0 and not self.sent and not self.late:
            self.late = True
            self._score()

    # -- a turn

    @on(TurnInput.Sent)
    def _sent(self, event: TurnInput.Sent) -> None:
        self.action_send()

    def action_send(self) -> None:
        field = self.query_one(TurnInput)
        text = field.text.strip()
        if self.playing is None or self.sent or self.over:
            return
        if not text:
            self.notify(self.t("practice.talk.empty"))
            return
        self.sent, self.problem, self.hint = text, "", None
        field.text = self.typed = ""
        self._sent_at = time.monotonic()
        self._watching = watching = self.begin(lambda by_person: None)
        self.show_all()
        ws, today, playing, broken = self.coach.ws, self.coach.today, self.playing, self._broken
        assert ws is not None

        def find() -> tuple[Playing, Said | None]:
            from coach.services import practice

            now = playing
            if broken:  # the thread of the turn before came to grief: what the records hold is what was said
                now = practice.resume(ws, playing.attempt_no, today=today)
                said = [turn.text for turn in practice.turns_of(now) if turn.who == "staff"]
                if now.session.ended is not None or (said and said[-1] == text):
                    return now, None
            return now, practice.say(ws, now, text, watching)

        behind(self, find, lambda found: self._answered(watching, *found), lambda line: self._unanswered(watching, text, line))

    def _answered(self, watching: Watching, playing: Playing, said: Said | None) -> None:
        self.end_writing(watching)
        if playing.until is not None:
            playing.until += time.monotonic() - self._sent_at  # only the trainee's own time counts
        self._take(playing)
        self.sent, self._broken = "", False
        if said is not None:
            self.engine, self.why_offline = said.engine, said.fallback or ""
        self.show_all()
        if self.ended is not None:
            self._score()

    def _unanswered(self, watching: Watching, text: str, line: str) -> None:
        """What was typed goes back into the field, before whatever was typed since."""
        self.end_writing(watching)
        self.sent, self._broken = "", True
        self.problem = self.t("practice.talk.failed", why=line)
        field = self.query_one(TurnInput)
        field.text = f"{text}\n{field.text}" if field.text.strip() else text
        field.move_cursor(field.document.end)
        self.show_all()

    def end_writing(self, watching: Watching) -> None:
        self.end(watching)
        self._watching = None

    # -- hint, end, score

    def action_hint(self) -> None:
        if self.playing is None or self.over:
            return
        if self.sent:
            self.notify(self.t("practice.talk.hint.wait"))
            return
        ws, playing, book, lang = self.coach.ws, self.playing, self.book, self.spoken
        assert ws is not None

        def find() -> Hint:
            from coach.services import practice

            return practice.hint(ws, playing)

        def got(hint: Hint) -> None:
            self.hint = hint
            self.cites.add(citations(hint.cites, book, lang))
            self.show_all()

        behind(self, find, got, lambda line: self.notify(line, severity="error", markup=False))

    def action_end(self) -> None:
        if self.playing is None or self.over or self.sent:
            return

        def options() -> list[tuple[str, str]]:
            return [(name, self.t(f"practice.talk.end.{name}")) for name in ("no", "yes", "drop")]

        def chosen(value: str | None) -> None:
            if value == "yes":
                self._score()
            elif value == "drop":
                self._drop()

        self.app.push_screen(Chooser("practice.talk.end.title", options, "yes"), chosen)

    def _drop(self) -> None:
        ws, playing, today = self.coach.ws, self.playing, self.coach.today
        assert ws is not None and playing is not None

        def find() -> None:
            from coach.services import practice

            practice.drop(ws, playing.attempt_no, today=today)

        def got(_: None) -> None:
            self.coach.revision += 1
            self.notify(self.t("practice.talk.dropped"))
            self.app.pop_screen()

        behind(self, find, got, lambda line: self.notify(line, severity="error", markup=False))

    def _score(self) -> None:
        """The talk ends where it stands: the client's last words where there are none yet, then the score."""
        ws, playing = self.coach.ws, self.playing
        if ws is None or playing is None or self.scored in ("running", "done"):
            return
        self.scored = "running"
        self._watching = watching = self.begin(lambda by_person: None)
        self.show_all()

        def find() -> None:
            from coach.services import practice

            practice.finish(ws, playing, watching)

        def got(_: None) -> None:
            self.end_writing(watching)
            self.scored = "done"
            self._take(playing)
            self.coach.revision += 1
            self.show_all()

        def failed(line: str) -> None:
            self.end_writing(watching)
            self.scored = line
            self._take(playing)
            self.show_all()

        behind(self, find, got, failed)

    def action_result(self) -> None:
        if not self.over or self.playing is None:
            return
        if self.scored == "done":
            from coach.tui.screens.practice_result import ResultScreen

            self.app.switch_screen(ResultScreen(self.playing.attempt_no, staff_no=self.wanted.staff_no))
        else:
            self._score()
