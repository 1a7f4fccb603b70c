"""The suggestion beside the facts: what to do, the message that can be edited, care, cautions."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Static, TextArea

from coach.domain.words import Lang
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.words import say


class SuggestionPane(VerticalScroll, can_focus=True):
    """Shows documents made elsewhere; tells when the message is edited."""

    DEFAULT_CSS = """
    SuggestionPane { scrollbar-size-vertical: 1; padding: 0 1; }
    SuggestionPane > #draft-head { color: $primary; text-style: bold; margin-top: 1; height: 1; }
    SuggestionPane > TextArea { height: auto; min-height: 3; max-height: 12; border: round $panel; padding: 0 1; background: $surface; }
    SuggestionPane > TextArea:focus { border: round $accent; }
    """

    class Edited(Message):
        """The message's text is another."""

        def __init__(self, text: str) -> None:
            super().__init__()
            self.text = text

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang

    def compose(self) -> ComposeResult:
        yield Prose(id="above")
        yield Static(say("client.message", self.lang), id="draft-head")
        yield TextArea("", id="draft", compact=False)
        yield Prose(id="check")
        yield Prose(id="below")

    def on_mount(self) -> None:
        self.show_draft(None)

    def show_above(self, doc: Doc) -> None:
        self.query_one("#above", Prose).show(doc)

    def show_below(self, doc: Doc) -> None:
        self.query_one("#below", Prose).show(doc)

    def show_check(self, doc: Doc) -> None:
        self.query_one("#check", Prose).show(doc)

    def show_draft(self, text: str | None) -> None:
        """The message; ``None`` = there is none to show yet."""
        for widget in (self.query_one("#draft-head"), self.query_one("#draft"), self.query_one("#check")):
            widget.display = text is not None
        area = self.query_one("#draft", TextArea)
        if text is not None and area.text != text:
            area.load_text(text)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(event.text_area.text))
