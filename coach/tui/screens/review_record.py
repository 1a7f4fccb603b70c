"""One record under review: the suggestion beside what was really done beside the client of that day; comment, rate, sign off."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from coach.domain.suggestion import Citation
from coach.tui.cites import Cites
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.practice_cites import citations
from coach.tui.screens.review_data import Record, record_of, seen_by
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.client_facts import View
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.review_record import done_doc, facts_doc, head_doc, review_doc, suggested_doc

if TYPE_CHECKING:
    from coach.services.review_acts import About
    from coach.services.workspace import Workspace

WIDE = 110
"""From so many cells on three panes stand side by side, with the review below them."""
VIEWS = ("suggested", "done", "facts", "review")


class RecordScreen(CoachScreen):
    """``keys``: the queue's lines in their order; ``by``: who reviews. ``reading``: only to look at (whose work it is)."""

    SECTION = "supervise"
    CSS_PATH = "review.tcss"
    HELP = (("1 2 3 4", "help.review.key.views"), ("Esc", "help.esc"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("c", "comment", show=False), Binding("g", "rate", show=False),
        Binding("s", "sign", show=False), Binding("n", "step(1)", show=False), Binding("p", "step(-1)", show=False),
        Binding("enter,o", "cite(1)", show=False), Binding("t", "whole", show=False),
        *(Binding(f"{i},fullwidth_digit_{digit}", f"view('{name}')", show=False)
          for i, (digit, name) in enumerate(zip(("one", "two", "three", "four"), VIEWS, strict=True), 1)),
    ]

    def __init__(self, keys: Sequence[tuple[str, str]], at: tuple[str, str], *, by: str = "", reading: bool = False) -> None:
        super().__init__()
        self.keys_, self.at, self.by, self.reading = list(keys), at, by, reading
        self.record: Record | None = None
        self.error = ""
        self.view = VIEWS[0]
        self._view_chosen = False
        """Until the person chooses, a record opens at what there is: the suggestion, else what was done."""
        self.cites = Cites()
        self._saving = False

    def compose_body(self) -> ComposeResult:
        yield VerticalScroll(Prose(id="head-text"), id="record-head", can_focus=False)
        yield Static("", id="tabs")
        with Horizontal(id="panes"):
            for name in VIEWS[:3]:
                yield VerticalScroll(Prose(id=f"text-{name}"), id=f"pane-{name}", classes="pane", can_focus=True)
        yield VerticalScroll(Prose(id="text-review"), id="pane-review", classes="pane", can_focus=True)

    def drawn(self) -> None:
        self._lay_out()
        self._show()

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        narrow = self.app.size.width < WIDE
        self.set_class(narrow, "-narrow")
        for name in VIEWS:
            self.query_one(f"#pane-{name}").display = not narrow or name == self.view
        self.query_one("#panes").display = not narrow or self.view != "review"
        pane = self.query_one(f"#pane-{self.view}")
        if self.focused is not pane:
            pane.focus(scroll_visible=False)
        tabs = Content(" ")
        for i, name in enumerate(VIEWS, 1):
            piece = Content.styled(f" {i} {self.t(f'review.view.{name}')} ", "reverse bold" if name == self.view else "$text-muted")
            tabs = tabs + piece.stylize(f"@click=screen.view('{name}')") + Content(" ")
        self.query_one("#tabs", Static).update(tabs)

    @property
    def keys(self) -> tuple[Key, ...]:
        signed = self.record is not None and self.record.opened.state.signed_off
        acts = (
            Key("c", "review.key.comment", "screen.comment"), Key("g", "review.key.rate", "screen.rate"),
            Key("s", "review.key.reopen" if signed else "review.key.sign", "screen.sign"),
        )  # fmt: skip
        step = (Key("n p", "review.key.next", "screen.step(1)"),) if len(self.keys_) > 1 else ()
        return (
            *(() if self.reading else acts), *step, Key("Enter", "review.key.cites", "screen.cite(1)"),
            Key("t", "review.key.whole", "screen.whole"), Key("Esc", "key.back", "screen.leave"),
        )  # fmt: skip

    # -- loading

    def load(self) -> None:
        ws, (kind, subject), today = self.coach.ws, self.at, self.coach.today
        by, at = self.by, self.coach.now()
        assert ws is not None

        def find() -> Record:
            found = record_of(ws, kind, subject, today)
            if by and not self.reading:
                seen_by(ws, found, by, at)
            return found

        behind(self, find, self._got, self._failed)

    def _got(self, record: Record) -> None:
        if (str(record.opened.about.kind), record.opened.about.subject) != self.at:
            return  # another one was gone to meanwhile
        self.record, self.error = record, ""
        if not self._view_chosen:
            self.view = "suggested" if record.opened.suggestion or record.opened.practice else "done"
            self._lay_out()
        made = record.opened.suggestion or {}
        self.cites = Cites()
        self.cites.add(Citation(**c) for c in made.get("citations", ()))
        self.cites.add(citations(record.opened.cites, record.book, self.lang))
        self._show()

    def _failed(self, line: str) -> None:
        self.record, self.error = None, line
        self._show()

    # -- showing

    def _show(self) -> None:
        if not self.query("#head-text"):
            return
        record, lang = self.record, self.lang
        if record is None:
            self.query_one("#head-text", Prose).show(Doc().add(self.error or self.t("review.loading")))
            return
        opened, names = record.opened, record.names[lang]
        place = self.t("review.place", n=self.keys_.index(self.at) + 1, of=len(self.keys_)) if self.at in self.keys_ else ""
        view = View(lang, self.coach.today, names=record.called[lang])
        wide = self.app.size.width >= WIDE
        docs = {
            "suggested": suggested_doc(opened, names, self.cites, view), "done": done_doc(opened, names, lang, self.coach.today),
            "facts": facts_doc(opened, view), "review": review_doc(opened.state, self.cites, opened.cites, lang),
        }  # fmt: skip
        self.query_one("#head-text", Prose).show(head_doc(opened, names, lang, place))
        for name, doc in docs.items():
            self.query_one(f"#text-{name}", Prose).show(self._titled(name, doc) if wide else doc)
        bar = self.query_one(KeyBar)
        if bar.keys != self.keys:
            bar.show(self.keys)

    def _titled(self, name: str, doc: Doc) -> Doc:
        """Side by side the panes have no tabs: each says what it is."""
        out = Doc().add((self.t(f"review.view.{name}"), "bold reverse"))
        out.parts += doc.parts
        return out

    def action_view(self, name: str) -> None:
        self.view, self._view_chosen = name, True
        self._lay_out()

    # -- what a supervisor does

    def action_step(self, by: int) -> None:
        if self.at not in self.keys_ or len(self.keys_) < 2:
            return
        self.at = self.keys_[(self.keys_.index(self.at) + by) % len(self.keys_)]
        self.record = None
        for pane in self.query(".pane").results(VerticalScroll):
            pane.scroll_home(animate=False)
        self.load()

    def action_comment(self) -> None:
        from coach.services.review_acts import new_number
        from coach.tui.screens.review_dialogs import TextDialog

        record = self._may_act()
        if record is None:
            return
        about = record.opened.about
        if about.staff_no is None:
            self.notify(self.t("review.nobody"), severity="warning")
            return
        last = record.opened.state.comments[-1] if record.opened.state.comments else None
        replies = last.comment_no if last is not None and last.to == self.by else None
        number = new_number()

        def written(text: str | None) -> None:
            if text is not None:
                name = record.opened.staff_name

                def act(ws: Workspace, at: datetime) -> None:
                    from coach.services.review_acts import comment

                    comment(ws, about, text, self.by, at, answers=replies, comment_no=number)

                self._act(act, self.t("review.commented", name=name))

        before = f"{last.by_name}: {last.text}" if last is not None else ""
        self.app.push_screen(TextDialog("review.comment.title", before, name=record.opened.staff_name), written)

    def action_rate(self) -> None:
        from coach.services.review_acts import new_number
        from coach.tui.screens.review_dialogs import RateDialog

        record = self._may_act()
        if record is None:
            return
        rated, number = record.opened.state.rated, new_number()

        def given(rating: dict[str, int] | None) -> None:
            if rating is not None:
                from coach.services.review_words import rubric

                about = record.opened.about

                def act(ws: Workspace, at: datetime) -> None:
                    from coach.services.review_acts import rate

                    rate(ws, about, rating, self.by, at, review_no=number)

                self._act(act, self.t("review.rated.told", score=f"{rubric().share(rating):g}"))

        self.app.push_screen(RateDialog(rated.rating if rated else None), given)

    def action_sign(self) -> None:
        """Sign off and go on to the next; a second time opens it again, with the reason."""
        from coach.services.review_acts import new_number, reopen, sign_off
        from coach.tui.screens.review_dialogs import TextDialog

        record = self._may_act()
        if record is None:
            return
        about, number = record.opened.about, new_number()
        if not record.opened.state.signed_off:
            self._act(lambda ws, at: sign_off(ws, about, self.by, at, review_no=number), self.t("review.signed.told"), then=self._on)
            return

        def why(text: str | None) -> None:
            if text is not None:
                self._act(lambda ws, at: reopen(ws, about, self.by, at, text, review_no=number), self.t("review.reopened.told"))

        self.app.push_screen(TextDialog("review.reopen.title"), why)

    def _on(self) -> None:
        """To the next line that is still there; after the last one it stays."""
        at = self.keys_.index(self.at) if self.at in self.keys_ else len(self.keys_)
        if at + 1 < len(self.keys_):
            self.action_step(1)

    def _may_act(self) -> Record | None:
        """The record, where it is there and somebody reviews it."""
        if self.reading or self.record is None or self._saving:
            return None
        if not self.by:
            self.notify(self.t("review.no_reviewer"), severity="warning")
            return None
        return self.record

    def _act(self, act: Callable[[Workspace, datetime], Any], said: str, then: Callable[[], None] | None = None) -> None:
        """Write something in a thread, then read the record anew."""
        ws, at = self.coach.ws, datetime.combine(self.coach.today, datetime.now().time())
        assert ws is not None
        self._saving = True

        def find() -> About | None:
            act(ws, at)
            return None

        def done(_: About | None) -> None:
            self._saving = False
            self.notify(said, markup=False)
            self.coach.changed()
            if then is not None:
                then()

        def failed(line: str) -> None:
            self._saving = False
            self.notify(line, severity="error", markup=False)

        behind(self, find, done, failed)

    # -- looking further

    def action_cite(self, number: int) -> None:
        from coach.tui.screens.cite_sheet import CiteSheet

        if not self.cites.all:
            self.notify(self.t("review.no_cites"))
            return
        book = self.record.book if self.record else None
        self.app.push_screen(CiteSheet(self.cites.all, number - 1, book))

    def action_whole(self) -> None:
        """The client with everything, or the whole practice talk."""
        if self.record is None:
            return
        opened = self.record.opened
        if opened.practice is not None:
            from coach.tui.screens.practice_result import ResultScreen

            self.app.push_screen(ResultScreen(opened.practice.attempt_no, staff_no=self.by or None))
        elif opened.about.client_no is not None:
            self.coach.open_client(opened.about.client_no)
        else:
            self.notify(self.t("review.no_client"))

    def action_leave(self) -> None:
        self.app.pop_screen()
