"""The talk with the simulated client: situation above, dialogue, the trainee's field below. Nothing typed is lost.

Every turn goes through the services, in a thread; what is unfinished when one leaves can be taken up again.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from coach.domain.words import Lang, label
from coach.tui.cites import Cites
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.practice_shelf import WARMING
from coach.tui.screens.threads import behind
from coach.tui.screens.writing import WritingScreen
from coach.tui.watching import Watching
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.practice_input import TurnInput
from coach.tui.widgets.practice_talk import names_of, stars, talk_doc, turn_into
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.playbook.cards import Playbook
    from coach.practice.scenario import Scenario
    from coach.practice.session import Hint, Said
    from coach.practice.talk import Turn
    from coach.services.practice import Playing
    from coach.services.workspace import Workspace

_RED, _MUTED = "$text-error", "$text-muted"


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


class TalkScreen(WritingScreen):
    """State stands on the screen; ``drafts`` keeps what was typed and not sent, by attempt, for when it is taken up again."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#turn"
    HELP = (("Ctrl+J", "help.practice.newline"), ("PgUp PgDn", "help.practice.page"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("f5", "hint", show=False), Binding("f8", "end", show=False),
        Binding("ctrl+o", "fold", show=False), Binding("o", "cite(1)", show=False), Binding("enter", "result", show=False),
        Binding("pageup", "page(-1)", show=False, priority=True), Binding("pagedown", "page(1)", show=False, priority=True),
    ]

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

    # -- composing

    def compose_body(self) -> ComposeResult:
        yield Static("", id="talk-head", markup=False)
        yield VerticalScroll(Prose(id="brief-text"), id="brief", can_focus=False)
        yield VerticalScroll(Prose(id="dialogue-text"), id="dialogue", can_focus=True)
        yield VerticalScroll(Prose(id="hint-text"), id="hint", can_focus=False)
        yield Prose(id="told")
        yield TurnInput(self.typed, id="turn", compact=True, placeholder=self.t("practice.talk.placeholder"))

    def on_mount(self) -> None:
        self.set_interval(1.0, self._tick)
        self.show_all()

    async def recompose(self) -> None:
        if self.app.screen is self and self.query("#turn"):
            self.typed = self.query_one(TurnInput).text
        await super().recompose()
        if self.query("#turn"):
            self.show_all()

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

    # -- showing

    @property
    def over(self) -> bool:
        """Whether the client has said the last word."""
        return self.ended is not None or self.scored == "running"

    @property
    def keys(self) -> tuple[Key, ...]:
        if self.over:
            return (Key("Enter", "practice.key.result", "screen.result"), Key("Esc", "key.back", "screen.leave"))
        esc = Key("Esc", "practice.key.stop" if self.writes else "practice.key.leave", "screen.leave")
        return (
            Key("Enter", "practice.key.send", "screen.send"), Key("F5", "practice.key.hint", "screen.hint"),
            Key("F8", "practice.key.end", "screen.end"), esc, Key("^O", "practice.key.brief", "screen.fold"),
        )  # fmt: skip

    def show_all(self) -> None:
        self._show_head()
        self._show_brief()
        self.show_writing()
        self._show_hint()
        self._show_told()
        field = self.query_one(TurnInput)
        field.display = not self.over
        if self.over and field.has_focus:
            self.query_one("#dialogue").focus(scroll_visible=False)

    def show_writing(self) -> None:
        """The dialogue with what is being said, and the keys that go with it."""
        self._show_dialogue()
        bar = self.query_one(KeyBar)
        if bar.keys != self.keys:
            bar.show(self.keys)

    @property
    def _scenario(self) -> Scenario | None:
        return self.playing.scenario if self.playing is not None else self.wanted.scenario

    @property
    def _spoken(self) -> Lang:
        """The language of the talk; it stays when that of the screens changes."""
        return self.playing.session.lang if self.playing is not None else self.lang

    def _show_head(self) -> None:
        head = self.query_one("#talk-head", Static)
        scenario = self._scenario
        if scenario is None:
            head.update(self.problem or self.t("practice.opening"))
            return
        parts = [scenario.words(self._spoken).title, label(scenario.channel, self.lang), stars(scenario.difficulty).strip()]
        if self.playing is not None and not self.over:
            parts.append(self.t("practice.talk.turns", n=self.playing.session.turns_left))
            left = self.playing.seconds_left
            time = self.t("practice.talk.no_limit") if left is None else self.t("practice.talk.time", m=int(left) // 60, s=int(left) % 60)
            parts.append(time)
        if self.playing is not None:
            if self.playing.session.hints:
                parts.append(self.t("practice.talk.hints", n=self.playing.session.hints))
            if self.engine:
                parts.append(self.t("practice.talk.offline") if self.engine == "offline" else self.engine.partition(":")[2])
        head.update(" · ".join(parts))

    def _show_brief(self) -> None:
        scenario, spoken = self._scenario, self._spoken
        folded = self.folded if self.folded is not None else self._has_spoken
        box = self.query_one("#brief")
        box.display = scenario is not None and not folded
        if scenario is not None:
            words = scenario.words(spoken)
            doc = Doc()
            wide = max(cell_len(self.t(key)) for key in ("practice.talk.situation", "practice.talk.goal")) + 2
            for key, text in (("practice.talk.situation", words.situation), ("practice.talk.goal", words.goal)):
                doc.add((pad(self.t(key), wide), "bold $primary"), text, hang=wide)
            self.query_one("#brief-text", Prose).show(doc)

    @property
    def _has_spoken(self) -> bool:
        return bool(self.sent) or any(turn.who == "staff" for turn in self.turns)

    def _show_dialogue(self) -> None:
        doc = Doc()
        if self.playing is None:
            doc.add((self.problem or self.t("practice.opening"), _RED if self.problem else _MUTED))
        else:
            doc = self._dialogue(self.playing)
        self.query_one("#dialogue-text", Prose).show(doc)
        self.query_one("#dialogue", VerticalScroll).scroll_end(animate=False)

    def _dialogue(self, playing: Playing) -> Doc:
        from coach.practice.talk import Turn

        names = names_of(playing.scenario.words(self._spoken).call_name, self.lang)
        turns = [*self.turns, *([Turn("staff", self.sent)] if self.sent else [])]
        doc = talk_doc(turns, names)
        if not turns:
            doc.add((self.t("practice.talk.you_first"), _MUTED))
        if self.sent:
            written = self._watching.text if self._watching is not None else ""
            turn_into(doc, len(turns) + 1, Turn("client", written or self.t("practice.talk.waiting")), names, dim=True)
        if self.late:
            doc.gap().add((self.t("practice.talk.time_up"), "bold $text-warning"))
        if self.ended is not None:
            good = "bold $text-success" if self.ended == "agreed" else "bold"
            doc.gap().add((self.t("practice.talk.over", end=self.t(f"practice.end.{self.ended}")), good))
        return doc

    def _show_hint(self) -> None:
        box = self.query_one("#hint")
        shown = self.hint is not None and not self.over and self.playing is not None
        box.set_class(shown, "-said")
        if not shown:
            return
        from coach.practice.scoring import HINT_COST, HINTS_COST_MOST

        assert self.hint is not None and self.playing is not None
        doc = Doc()
        counted = self.t("practice.talk.hint.counted", n=self.playing.session.hints, cost=HINT_COST, most=HINTS_COST_MOST)
        wide = max(cell_len(self.t(key)) for key in ("practice.talk.hint", "practice.talk.hint.say")) + 2
        for key, text in (("practice.talk.hint", Content(self.hint.text) + self.cites.marks(self.hint.cites)),
                          ("practice.talk.hint.say", Content.styled(self.hint.say, "italic"))):
            doc.add((pad(self.t(key), wide), "bold $text-warning"), text, hang=wide)
        doc.add((counted, _MUTED))
        self.query_one("#hint-text", Prose).show(doc)

    def _show_told(self) -> None:
        """One line above the field: what failed, why the client is the offline one, how the score stands."""
        doc = Doc()
        if self.over:
            line = {
                "": "", "running": self.t("practice.talk.scoring"), "done": self.t("practice.talk.score_ready"),
            }.get(self.scored, self.t("practice.talk.score_failed", why=self.scored))  # fmt: skip
            doc.add((line, "bold $text-accent" if self.scored in ("running", "done") else _RED))
        elif self.problem and self.playing is not None:
            doc.add((self.problem, _RED))
        elif self.why_offline:
            doc.add((self.t("practice.talk.fallback", why=self.why_offline), _MUTED))
        told = self.query_one("#told", Prose)
        told.set_class(bool(doc.parts), "-said")
        told.show(doc)

    def _tick(self) -> None:
        if self.playing is None or self.over:
            return
        self._show_head()
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
        ws, playing, book, lang = self.coach.ws, self.playing, self.book, self._spoken
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

    # -- about

    def action_leave(self) -> None:
        """Esc: the model is not waited for; else leave, and what is unfinished stays."""
        if self.sent and self.stop_newest():
            return
        if self.playing is not None and not self.over:
            if typed := self.query_one(TurnInput).text.strip():
                self.drafts[self.playing.attempt_no] = typed
            self.notify(self.t("practice.talk.kept"))
            self.coach.revision += 1
        self.app.pop_screen()

    def action_fold(self) -> None:
        self.folded = not (self.folded if self.folded is not None else self._has_spoken)
        self._show_brief()

    def action_page(self, by: int) -> None:
        log = self.query_one("#dialogue", VerticalScroll)
        log.scroll_relative(y=by * max(1, log.size.height - 1), animate=False)

    def action_cite(self, number: int) -> None:
        from coach.tui.screens.cite_sheet import CiteSheet

        if self.cites.all:
            self.app.push_screen(CiteSheet(self.cites.all, number - 1, self.book))
        else:
            self.notify(self.t("cite.none"))
