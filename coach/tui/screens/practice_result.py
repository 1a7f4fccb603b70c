"""What came of a practice talk: total, breaches, ten criteria with the very sentences, replay turn by turn, a trainer's word beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.domain.words import Lang
from coach.tui.cites import Cites
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.practice_people import Person, person
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.practice_score import detail, lines, notes, number
from coach.tui.widgets.practice_talk import names_of, talk_doc
from coach.tui.widgets.prose import Doc, Prose

if TYPE_CHECKING:
    from coach.playbook.cards import Playbook
    from coach.services.practice import Attempt

WIDE = 110
VIEWS = ("score", "talk")
HEAD: dict[Lang, int] = {"zh": 11, "en": 20}
"""Cells of a criterion's name."""


@dataclass(frozen=True, slots=True)
class Opened:
    """An attempt with what is needed to show it."""

    attempt: Attempt
    book: Playbook
    names: dict[Lang, dict[str, str]]
    """Criteria and compliance topics by their names, per language."""
    person: Person | None


class ResultScreen(CoachScreen):
    """``staff_no``: who looks on; a trainer or supervisor may review."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    AUTO_FOCUS = "#lines"
    HELP = (("1 2", "help.practice.views"), ("Esc", "help.esc"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("n", "step(1)", show=False), Binding("p", "step(-1)", show=False),
        Binding("r", "again", show=False), Binding("o", "cite(1)", show=False), Binding("v", "review", show=False),
        *(Binding(str(i), f"view('{name}')", show=False) for i, name in enumerate(VIEWS, 1)),
    ]

    def __init__(self, attempt_no: str, *, staff_no: str | None = None) -> None:
        super().__init__()
        self.attempt_no, self.staff_no = attempt_no, staff_no
        self.opened: Opened | None = None
        self.error = ""
        self.chosen = ""
        """Key of the line in view."""
        self.turn = 0
        """The turn in view; 0 = none."""
        self.replaying = False
        self.view = "score"
        self.cites = Cites()
        self._loading = False

    # -- composing

    def compose_body(self) -> ComposeResult:
        yield Static("", id="result-head", markup=False)
        yield Static("", id="tabs")
        with Horizontal(id="panes"):
            yield OptionList(id="lines", markup=False, compact=True)
            with Vertical(id="right"):
                yield VerticalScroll(Prose(id="detail-text"), id="detail", can_focus=True)
                yield VerticalScroll(Prose(id="talk-text"), id="talk", can_focus=True)

    def on_mount(self) -> None:
        self._lay_out()
        self.show_all()

    async def recompose(self) -> None:
        await super().recompose()
        if self.query("#lines"):
            self._lay_out()
            self.show_all()

    def on_resize(self, event: Resize) -> None:
        self._lay_out()
        self.call_after_refresh(self.show_all)

    def _lay_out(self) -> None:
        wide = self.app.size.width >= WIDE
        self.set_class(not wide, "-narrow")
        self.query_one("#lines").display = self.query_one("#detail").display = wide or self.view == "score"
        self.query_one("#talk").display = wide or self.view == "talk"

    def load(self) -> None:
        if self._loading:
            return
        self._loading = True
        ws, number_, staff_no = self.coach.ws, self.attempt_no, self.staff_no
        assert ws is not None

        def find() -> Opened:
            from coach.practice.kit import kit
            from coach.services import practice

            names: dict[Lang, dict[str, str]] = {"zh": {}, "en": {}}
            for (topic, lang), card in ws.playbook.cards.items():
                if topic.startswith("compliance"):
                    names[lang][topic] = card.title
            for lang in names:
                names[lang] |= {key: words.name for key, words in kit().words(lang).criteria.items()}
            return Opened(practice.attempt(ws, number_), ws.playbook, names, person(ws, staff_no))

        behind(self, find, self._got, self._failed)

    def _got(self, opened: Opened) -> None:
        self.opened, self._loading, self.error = opened, False, ""
        score = opened.attempt.score
        if score is not None:
            ids = [*(c for v in (*score.violations, *score.cautions) for c in v.cites), *(score.weakest.cites if score.weakest else ())]
            ids += [c for line in score.criteria for c in line.cites]
            self.cites.add(citations(ids, opened.book, self.lang))
        self.show_all()

    def _failed(self, line: str) -> None:
        self._loading, self.error = False, line
        self.show_all()

    # -- showing

    @property
    def attempt(self) -> Attempt | None:
        return self.opened.attempt if self.opened is not None else None

    @property
    def names(self) -> dict[str, str]:
        return self.opened.names[self.lang] if self.opened is not None else {}

    @property
    def keys(self) -> tuple[Key, ...]:
        keys = [
            Key("Enter", "practice.key.jump", "screen.jump_chosen"), Key("n p", "practice.key.replay", "screen.step(1)"),
            Key("o", "key.cites", "screen.cite(1)"), Key("r", "practice.key.again", "screen.again"),
        ]  # fmt: skip
        if self.opened is not None and self.opened.person is not None and self.opened.person.trains:
            keys.append(Key("v", "practice.key.review", "screen.review"))
        return (*keys, Key("Esc", "key.back", "screen.leave"))

    def show_all(self) -> None:
        if not self.query("#lines"):
            return
        self._show_head()
        self._show_tabs()
        self._show_lines()
        self._show_detail()
        self.show_talk()
        bar = self.query_one(KeyBar)
        if bar.keys != self.keys:
            bar.show(self.keys)

    def _show_head(self) -> None:
        head = self.query_one("#result-head", Static)
        attempt = self.attempt
        if attempt is None or attempt.played is None:
            head.update(Content.styled(self.error, "bold $text-error") if self.error else Content(self.t("practice.result.loading")))
            return
        parts = [attempt.played.words(attempt.lang).title]
        if attempt.staff_name and attempt.staff_no != self.staff_no:
            parts.append(attempt.staff_name)
        parts.append(f"{attempt.began_at:%m-%d %H:%M}")
        if attempt.ending:
            parts.append(self.t(f"practice.end.{attempt.ending}"))
        if attempt.hints:
            parts.append(self.t("practice.result.hints", n=attempt.hints))
        first = Content(" · ".join(parts))
        if attempt.score is None:
            head.update(first + Content(f" · {self.t('practice.unfinished' if attempt.unfinished else 'practice.result.no_score')}"))
            return
        style = "bold $text-success" if attempt.passed else "bold $text-error"
        passed = self.t("practice.passed" if attempt.passed else "practice.failed")
        second = Content.styled(f"{self.t('practice.total', n=number(attempt.score.total))}  {passed}", style)
        if (again := attempt.corrected_total) is not None:
            second = second + Content.styled(f"  {self.t('practice.result.total.reviewed', n=number(again))}", "bold $text-accent")
        if attempt.score.engine != "offline":
            by = self.t("practice.result.engine", engine=attempt.score.engine.partition(":")[2])
            second = second + Content.styled(f"  {by}", "$text-muted")
        if attempt.score.violations:
            told = self.t("practice.result.violations", n=len(attempt.score.violations))
            second = second + Content.styled(f"  {told}", "bold $text-error")
        head.update(first + Content("\n") + second)

    def _show_tabs(self) -> None:
        parts = []
        for i, name in enumerate(VIEWS, 1):
            style = "reverse bold" if name == self.view else ""
            parts.append(Content.styled(f" {i} {self.t(f'practice.result.tab.{name}')} ", style).stylize(f"@click=screen.view('{name}')"))
        self.query_one("#tabs", Static).update(Content(" ").join(parts))

    def _show_lines(self) -> None:
        listed, attempt = self.query_one("#lines", OptionList), self.attempt
        if attempt is None:
            return
        width = max(listed.size.width - 3, 20)
        shown = lines(attempt, self.names, self.lang, head=HEAD[self.lang], width=width)
        keys = [line.key for line in shown]
        if self.chosen not in keys:
            self.chosen = keys[0]
        with self.prevent(OptionList.OptionHighlighted):
            listed.set_options(Option(line.shown, id=line.key) for line in shown)
            listed.highlighted = keys.index(self.chosen)

    def _show_detail(self) -> None:
        doc = Doc() if self.attempt is None else detail(self.attempt, self.chosen, self.names, self.cites, self.lang)
        self.query_one("#detail-text", Prose).show(doc)
        self.query_one("#detail").scroll_home(animate=False)

    def show_talk(self) -> None:
        """The transcript; while one replays, what has not been reached is dim."""
        attempt = self.attempt
        if attempt is None or attempt.transcript is None or attempt.played is None:
            return
        turns = attempt.transcript.turns
        doc = talk_doc(
            turns, names_of(attempt.played.words(attempt.lang).call_name, self.lang), at=self.turn,
            reached=self.turn if self.replaying else None, notes=notes(attempt.score, self.names, self.lang),
        )  # fmt: skip
        self.query_one("#talk-text", Prose).show(doc)
        if self.turn:
            self.call_after_refresh(self._to_turn)

    def _to_turn(self) -> None:
        box = self.query_one("#talk", VerticalScroll)
        line = self.query_one("#talk-text", Prose).line_of(f"turn-{self.turn}") or 0
        box.scroll_to(y=max(line - box.size.height // 3, 0), animate=False)

    # -- what a person does

    @on(OptionList.OptionHighlighted, "#lines")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        if event.option_id is not None:
            self.chosen = event.option_id
            self._show_detail()

    @on(OptionList.OptionSelected, "#lines")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.action_jump_chosen()

    def action_jump_chosen(self) -> None:
        """To the turn that the line in view is about."""
        if self.attempt is None:
            return
        shown = lines(self.attempt, self.names, self.lang, head=HEAD[self.lang], width=40)
        turn = next((line.turn for line in shown if line.key == self.chosen), 0)
        if turn:
            self.action_jump(turn)
        else:
            self.notify(self.t("practice.result.no_evidence"))

    def action_jump(self, turn: int) -> None:
        self.turn, self.replaying = turn, False
        self.action_view("talk")
        self.show_talk()

    def action_step(self, by: int) -> None:
        """Replay: the next turn, or the one before; what comes after it is dim."""
        attempt = self.attempt
        if attempt is None or attempt.transcript is None:
            return
        count = len(attempt.transcript.turns)
        to = self.turn + by if self.replaying else self.turn or 1
        if not 1 <= to <= count:
            self.notify(self.t("practice.result.first" if by < 0 else "practice.result.last"))
            return
        self.turn, self.replaying = to, True
        self.action_view("talk")
        self.show_talk()

    def action_view(self, name: str) -> None:
        """Score or talk in the right pane (narrow), or the focus there (wide)."""
        self.view = name
        self._lay_out()
        self._show_tabs()
        self.query_one("#talk" if name == "talk" else "#lines").focus(scroll_visible=False)

    def action_cite(self, at: int) -> None:
        from coach.tui.screens.cite_sheet import CiteSheet

        if self.opened is None or not self.cites.all:
            self.notify(self.t("cite.none"))
            return
        if at == 1 and (first := self._first_cite()) is not None:
            at = first
        self.app.push_screen(CiteSheet(self.cites.all, at - 1, self.opened.book))

    def _first_cite(self) -> int | None:
        """The number of the first passage of the line in view: what «o» opens."""
        score = self.attempt.score if self.attempt is not None else None
        if score is None:
            return None
        kind, _, name = self.chosen.partition(":")
        ids: tuple[str, ...] = ()
        if kind == "c":
            ids = next((line.cites for line in score.criteria if line.id == name), ())
        elif kind in ("v", "n"):
            ids = (score.violations if kind == "v" else score.cautions)[int(name)].cites
        elif kind == "weakest" and score.weakest is not None:
            ids = score.weakest.cites
        return next((found for found in map(self.cites.number, ids) if found), None)

    def action_again(self) -> None:
        """The same scenario once more, from its beginning, as it was played."""
        attempt = self.attempt
        if attempt is None or attempt.played is None or self.staff_no is None:
            return
        from coach.tui.screens.practice_talk import TalkScreen
        from coach.tui.screens.practice_talking import Wanted

        self.app.switch_screen(TalkScreen(Wanted(attempt.played, client_no=attempt.client_no, staff_no=self.staff_no)))

    def action_review(self) -> None:
        from coach.tui.screens.practice_review import ReviewDialog

        if self.opened is None or self.opened.person is None or not self.opened.person.trains or self.opened.attempt.score is None:
            return

        def done(saved: bool | None) -> None:
            if saved:
                self.coach.changed()

        self.app.push_screen(ReviewDialog(self.opened.attempt, self.opened.person.staff_no, self.opened.names), done)

    def action_leave(self) -> None:
        if self.has_class("-narrow") and self.view == "talk":
            self.action_view("score")
        else:
            self.app.pop_screen()
