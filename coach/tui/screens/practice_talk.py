"""The talk with the simulated client: situation above, dialogue, the trainee's field below.

What is unfinished when one leaves can be taken up again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from rich.cells import cell_len
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from coach.domain.words import label
from coach.tui.screens.practice_talking import Talking
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.practice_input import TurnInput
from coach.tui.widgets.practice_talk import names_of, stars, talk_doc, turn_into
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.practice.scenario import Scenario
    from coach.services.practice import Playing

_RED, _MUTED = "$text-error", "$text-muted"


class TalkScreen(Talking):
    """Shows the talk."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#turn"
    HELP = (("Ctrl+J", "help.practice.newline"), ("PgUp PgDn", "help.practice.page"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("f5", "hint", show=False), Binding("f8", "end", show=False),
        Binding("ctrl+o", "fold", show=False), Binding("o", "cite(1)", show=False), Binding("enter", "result", show=False),
        Binding("pageup", "page(-1)", show=False, priority=True), Binding("pagedown", "page(1)", show=False, priority=True),
    ]

    # -- composing

    def compose_body(self) -> ComposeResult:
        yield Static("", id="talk-head", markup=False)
        yield VerticalScroll(Prose(id="brief-text"), id="brief", can_focus=False)
        yield VerticalScroll(Prose(id="dialogue-text"), id="dialogue", can_focus=True)
        yield VerticalScroll(Prose(id="hint-text"), id="hint", can_focus=False)
        yield Prose(id="told")
        yield TurnInput(self.typed, id="turn", compact=True, placeholder=self.t("practice.talk.placeholder"))

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)
        self.show_all()

    async def recompose(self) -> None:
        if self.app.screen is self and self.query("#turn"):
            self.typed = self.query_one(TurnInput).text
        await super().recompose()
        if self.query("#turn"):
            self.show_all()
    # -- showing

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
        self.show_head()
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

    def show_head(self) -> None:
        head = self.query_one("#talk-head", Static)
        scenario = self._scenario
        if scenario is None:
            head.update(self.problem or self.t("practice.opening"))
            return
        parts = [scenario.words(self.spoken).title, label(scenario.channel, self.lang), stars(scenario.difficulty).strip()]
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
        scenario, spoken = self._scenario, self.spoken
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

        names = names_of(playing.scenario.words(self.spoken).call_name, self.lang)
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
