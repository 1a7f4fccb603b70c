"""The strip above the suggestion: what the model is writing, not checked yet; afterwards one line that says whose the suggestion is."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from coach.tui.widgets.prose import Doc, Prose


class Tail(Prose):
    """The last lines of a text that grows, in a place whose height stays: nothing below it moves while a model writes."""

    def render(self) -> Content:
        lines = self.lines_at(max(self.content_size.width, 2))
        return Content("\n").join(lines[-max(self.content_size.height, 1):])


class WritingBox(Vertical):
    """Hidden where there is nothing to say."""

    DEFAULT_CSS = """
    WritingBox { height: auto; padding: 0 1; background: $boost; display: none; }
    WritingBox.-said { display: block; }
    WritingBox > #writing-head { height: auto; }
    WritingBox > Tail { height: 5; color: $text-muted; display: none; }
    WritingBox.-open > Tail { display: block; }
    """

    def compose(self) -> ComposeResult:
        yield Prose(id="writing-head")
        yield Tail(id="writing-text")

    @property
    def said(self) -> bool:
        """Whether there is anything to show."""
        return self.has_class("-said")

    def show(self, head: Content | None, text: str | None = None) -> None:
        """A line, and below it the unverified text so far (``None`` = nothing is being written). No line: nothing at all."""
        self.set_class(head is not None, "-said")
        self.set_class(head is not None and text is not None, "-open")
        if head is not None:
            self.query_one("#writing-head", Prose).show(Doc().add(head))
        doc = Doc()
        for line in (text or "").splitlines():
            doc.add(line)
        self.query_one("#writing-text", Tail).show(doc)
