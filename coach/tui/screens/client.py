"""One client: the facts on the left, the suggestion with its message on the right, questions below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Resize
from textual.widgets import Static

from coach.domain.format import money
from coach.domain.words import label
from coach.tui.screens.client_chat import ClientChat
from coach.tui.widgets.bars import Key, KeyBar
from coach.tui.widgets.chat_pane import ChatPane
from coach.tui.widgets.client_facts import View, facts_doc, timeline_doc
from coach.tui.widgets.practice_advice import AdviceLine
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.widgets.suggestion_pane import SuggestionPane
from coach.tui.widgets.suggestion_text import above_doc, below_doc, check_doc, writing_head, written_line
from coach.tui.widgets.writing_box import WritingBox

WIDE = 110
"""From so many cells on the panes stand side by side."""
TABS = ("facts", "suggestion", "timeline", "chat")


class ClientScreen(ClientChat):
    """``among``: the clients that n and p go through; ``task_no``: the task it was opened for."""

    CSS_PATH = "client.tcss"
    KEYS = (
        Key("Esc", "key.back", "screen.leave"), Key("l", "key.log", "screen.log"), Key("c", "key.copy", "screen.copy"),
        Key("a", "key.chat", "screen.ask"), Key("n", "key.next", "screen.go(1)"), Key("p", "key.previous", "screen.go(-1)"),
        Key("o", "key.cites", "screen.cite(1)"), Key("r", "key.fresh", "screen.fresh"), Key("e", "key.edit", "screen.edit"),
        Key("^R", "key.rewrite", "screen.rewrite"), Key("F5", "key.phone", "screen.phone"),
    )
    MODEL_KEY = Key("m", "key.switch", "screen.switch")
    STOP_KEY = Key("Esc", "key.stop", "screen.leave")
    HELP = (("1 2 3 4", "help.panes"), ("Ctrl+T", "help.take_up"), ("Ctrl+Z", "help.undo_draft"), ("Esc", "help.stop"))
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("l", "log", show=False), Binding("c", "copy", show=False),
        Binding("a,slash,fullwidth_solidus", "ask", show=False), Binding("n", "go(1)", show=False), Binding("p", "go(-1)", show=False),
        Binding("o", "cite(1)", show=False), Binding("r", "fresh", show=False), Binding("e", "edit", show=False),
        Binding("f5", "phone", show=False), Binding("m", "switch", show=False), Binding("ctrl+r", "rewrite", show=False),
        Binding("ctrl+t", "take_up", show=False), Binding("ctrl+z", "undo_draft", show=False),
        *(Binding(str(i), f"tab('{name}')", show=False) for i, name in enumerate(TABS, 1)),
    ]

    def __init__(self, client_no: str, among: Sequence[str] | None = None, task_no: str | None = None) -> None:
        super().__init__(client_no, among, task_no)
        self.tab = "suggestion"
        self._scrolls: dict[str, float] = {}
        self._typed = ""
        self._focus_id = ""

    # composing

    def compose_body(self) -> ComposeResult:
        yield Static("", id="who")
        yield AdviceLine()
        yield Static("", id="tabs")
        with Horizontal(id="panes"):
            with Vertical(id="left"):
                yield VerticalScroll(Prose(id="facts-text"), id="facts", can_focus=True)
                yield VerticalScroll(Prose(id="timeline-text"), id="timeline", can_focus=True)
            with Vertical(id="right"):
                yield WritingBox(id="writing")
                yield SuggestionPane(self.lang, id="suggestion")
                yield ChatPane(self.lang, typed=self._typed, id="chat")

    def on_mount(self) -> None:
        self._lay_out()
        self.show_all()
        self.query_one("#suggestion" if self.app.size.width >= WIDE else f"#{self.tab}").focus()

    async def recompose(self) -> None:
        """Under a dialog it waits until the screen is seen again: what lies beneath is still drawn from the old widgets."""
        if self.app.screen is not self:
            return
        self.stop_all()
        self.take_up_edit()
        self._typed = self.query_one(ChatPane).typed
        self._scrolls = {name: self.query_one(f"#{name}").scroll_y for name in TABS[:3]}
        self._focus_id = (self.focused.id if self.focused else None) or "suggestion"
        await super().recompose()
        self._lay_out()
        self.show_all()
        self.query_one(f"#{self._focus_id}").focus(scroll_visible=False)
        self.call_after_refresh(self._scroll_back)

    def _scroll_back(self) -> None:
        for name, y in self._scrolls.items():
            self.query_one(f"#{name}").scroll_to(y=y, animate=False)

    def on_resize(self, event: Resize) -> None:
        self._lay_out()

    def _lay_out(self) -> None:
        """Side by side where there is room; else one pane at a time, by tab."""
        wide = self.app.size.width >= WIDE
        self.set_class(not wide, "-narrow")
        for name in TABS:
            self.query_one(f"#{name}").display = wide or name == self.tab
        self.query_one("#left").display = wide or self.tab in ("facts", "timeline")
        self.query_one("#right").display = wide or self.tab in ("suggestion", "chat")
        self.query_one(ChatPane).set_class(not wide, "-whole")
        self.query_one(WritingBox).set_class(not wide and self.tab != "suggestion", "-away")
        self._show_tabs()
        self.show_chat()

    # showing

    def show_all(self) -> None:
        self.show_facts()
        self.show_suggestion()
        self.show_chat()
        self.show_writing()

    def _view(self) -> View:
        names: dict[str, str] = {}
        if self.coach.ready:
            policy = self.ws.policy
            names = {product.id: product.called(self.lang) for product in policy.products}
            names |= {key: level.called(self.lang) for level in policy.levels for key in (level.id, level.name, level.name_en) if key}
        return View(self.lang, self.coach.today, self.seen.phone_shown, names)

    def show_facts(self) -> None:
        seen = self.seen
        self._show_who()
        if seen.picture is None:
            doc = Doc().add((seen.error, "bold $text-error") if seen.error else (self.t("client.loading"), "$text-muted"))
            facts, timeline = doc, Doc()
        else:
            view = self._view()
            facts, timeline = facts_doc(seen.picture, view), timeline_doc(seen.picture, view)
        self.query_one("#facts-text", Prose).show(facts)
        self.query_one("#timeline-text", Prose).show(timeline)
        self.query_one("#timeline").border_title = self.t("client.timeline")

    def _show_who(self) -> None:
        c, width = self.seen.picture, max(self.app.size.width - 2, 10)
        if c is None:
            line = Content(self.seen.client_no)
        else:
            line = Content.assemble(
                (c.name, "bold $text-error" if c.do_not_contact else "bold"),
                f"  {c.client_no}  {label(c.tier, self.lang)} · {label(c.stage, self.lang)} · {money(c.assets_fen, self.lang)}",
            )
        place = f"{self.at + 1:,}/{len(self.among):,}" if len(self.among) > 1 else ""
        gap = width - line.cell_length - len(place)
        self.query_one("#who", Static).update(line + Content(" " * gap + place) if gap > 0 else line)

    def _show_tabs(self) -> None:
        parts = []
        for i, name in enumerate(TABS, 1):
            style = "reverse bold" if name == self.tab else ""
            parts.append(Content.styled(f" {i} {self.t(f'client.tab.{name}')} ", style).stylize(f"@click=screen.tab('{name}')"))
        self.query_one("#tabs", Static).update(Content(" ").join(parts))

    def show_suggestion(self) -> None:
        pane, seen = self.query_one(SuggestionPane), self.seen
        proposal = seen.shown(self.lang)
        if proposal is None:
            if seen.why_none:
                pane.show_above(Doc().add((self.t("client.no_suggestion", why=seen.why_none), "$text-error")))
            else:
                pane.show_above(Doc().add(("" if seen.error else self.t("client.suggesting"), "$text-muted")))
            pane.show_below(Doc())
            pane.show_draft(seen.draft)
            return
        s = proposal.suggestion
        pane.show_above(above_doc(s, proposal.play_title, seen.cites, self._view()))
        pane.show_below(below_doc(s, seen.cites, self.lang))
        text = seen.message(self.lang)
        pane.show_draft(text if text or seen.draft is not None else None)
        self.show_check()

    def show_check(self) -> None:
        seen, text = self.seen, self.seen.message(self.lang)
        doc = Doc()
        if text.strip() and seen.checked is not None and seen.checked[0] == text:
            doc = check_doc(seen.checked[1], self.lang)
        elif text.strip():
            doc.add((self.t("client.check.running"), "$text-muted"))
        self.query_one(SuggestionPane).show_check(doc)

    def show_chat(self) -> None:
        self.query_one(ChatPane).show(self.seen.turns, self.seen.cites, self.coach.today)

    def show_writing(self) -> None:
        """The strip above the suggestion, the answer so far, and the keys that go with it."""
        self.query_one(WritingBox).show(*self._writing_line())
        if any(turn.watching is not None for turn in self.seen.turns):
            self.show_chat()
        bar = self.query_one(KeyBar)
        if bar.keys != self.keys:
            bar.show(self.keys)

    def _writing_line(self) -> tuple[Content | None, str | None]:
        """What the strip says, and the unverified text below it."""
        written = self.seen.written.get(self.lang)
        if not self.model_on:
            return None, None
        if self.rewriting is not None:
            return writing_head(self.lang, "model.rewriting"), self.rewriting.text or self.t("model.waiting")
        if written is None:
            return None, None
        if written.state == "writing" and written.watching is not None:
            return writing_head(self.lang), written.watching.text or self.t("model.waiting")
        return written_line(written, self.seen.by_playbook, self.lang), None

    @property
    def keys(self) -> tuple[Key, ...]:
        keys = (self.STOP_KEY, *self.KEYS[1:]) if self.writes else self.KEYS
        return (*keys[:4], self.MODEL_KEY, *keys[4:]) if self.model_on else keys

    # what a person does

    def action_leave(self) -> None:
        """Esc: what the model writes is stopped; else out of a field first, then back."""
        if self.stop_newest():
            return
        if self.focused is not None and self.focused.id not in ("facts", "timeline", "suggestion"):
            self._focus_pane()
        else:
            self.app.pop_screen()

    def _focus_pane(self) -> None:
        wide = not self.has_class("-narrow")
        self.query_one("#suggestion" if wide or self.tab == "chat" else f"#{self.tab}").focus(scroll_visible=False)
        if not wide and self.tab == "chat":
            self.action_tab("suggestion")

    def action_tab(self, name: str) -> None:
        """Show a pane (narrow), or put the focus on it (wide)."""
        self.tab = name
        self._lay_out()
        self.query_one("#question" if name == "chat" else f"#{name}").focus(scroll_visible=False)

    def action_ask(self) -> None:
        self.action_tab("chat")

    def action_go(self, by: int) -> None:
        to = self.at + by
        if not 0 <= to < len(self.among):
            self.notify(self.t("client.first" if by < 0 else "client.last"))
            return
        self.take_up_edit()
        self.stop_all()
        self.at = to
        self.seen = self.seen_of(self.among[to])
        self.seen.phone_shown = False
        self.show_all()
        for name in TABS[:3]:
            self.query_one(f"#{name}").scroll_home(animate=False)
        if self.coach.ready:
            self.load()

    def action_phone(self) -> None:
        self.seen.phone_shown = not self.seen.phone_shown
        self.show_facts()

    def action_cite(self, number: int) -> None:
        """The passage with a number; left and right go on from there."""
        from coach.tui.screens.cite_sheet import CiteSheet

        if not self.seen.cites.all:
            self.notify(self.t("cite.none"))
            return
        self.app.push_screen(CiteSheet(self.seen.cites.all, number - 1, self.ws.playbook))
