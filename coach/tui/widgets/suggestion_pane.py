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
        self._loaded = ""
        """The message as the program put it there last."""

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

    @property
    def typed(self) -> str | None:
        """The message where the person has changed it since the program put it there, else ``None``."""
        text = self.query_one("#draft", TextArea).text
        return text if text != self._loaded else None

    def show_draft(self, text: str | None) -> None:
        """The message; ``None`` = there is none to show yet."""
        for widget in (self.query_one("#draft-head"), self.query_one("#draft"), self.query_one("#check")):
            widget.display = text is not None
        area = self.query_one("#draft", TextArea)
        if text is not None and area.text != text:
            area.load_text(text)
        self._loaded = area.text

    def replace_draft(self, text: str) -> None:
        """Another message in one step that can be undone."""
        area = self.query_one("#draft", TextArea)
        area.history.checkpoint()
        area.replace(text, (0, 0), area.document.end, maintain_selection_offset=False)
        area.history.checkpoint()
        self._loaded = area.text

    def undo(self) -> bool:
        """Take the last change of the message back; false where there is none."""
        area = self.query_one("#draft", TextArea)
        before = area.text
        area.undo()
        return area.text != before

    def steady(self) -> None:
        """The message in which the person types stays on its row of the screen, whatever is about to change above it."""
        area = self.query_one("#draft", TextArea)
        if not area.has_focus:
            return
        row = area.region.y

        def again() -> None:
            self.scroll_relative(y=area.region.y - row, animate=False, force=True)
            self.app.cursor_position = area.cursor_screen_offset

        self.call_after_refresh(again)

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.post_message(self.Edited(event.text_area.text))
