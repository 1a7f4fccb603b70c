"""The field for the trainee's turn: Enter sends, several pasted lines stay one turn."""

from __future__ import annotations

from dataclasses import dataclass

from textual import events
from textual.message import Message
from textual.widgets import TextArea

NEWLINE = ("ctrl+j", "shift+enter", "alt+enter")
TALLEST = 5
"""Lines that it grows to."""


class TurnInput(TextArea):
    """A text area as high as what stands in it."""

    DEFAULT_CSS = """
    TurnInput { height: 1; border: none; padding: 0 1; background: $boost; scrollbar-size-vertical: 1; }
    TurnInput:focus { background: $surface-active; border: none; }
    """

    @dataclass
    class Sent(Message):
        """Enter was pressed."""

        text: str

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter":
            event.stop()
            event.prevent_default()
            self.post_message(self.Sent(self.text))
        elif event.key in NEWLINE:
            event.stop()
            event.prevent_default()
            self.insert("\n")
        else:
            await super()._on_key(event)

    def on_text_area_changed(self) -> None:
        self.fit()

    def on_resize(self) -> None:
        self.fit()

    def fit(self) -> None:
        """As high as the text needs at this width."""
        self.styles.height = min(max(self.wrapped_document.height, 1), TALLEST)
