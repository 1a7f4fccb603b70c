"""Running text, wrapped for Chinese at whatever width the widget has; links (``@click``) and styles are kept."""

from __future__ import annotations

from collections.abc import Iterable

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from coach.tui.wrap import wrap_content


class Doc:
    """Paragraphs to be shown by :class:`Prose`. Styles are Textual's (``"bold $error"``)."""

    def __init__(self) -> None:
        self.parts: list[tuple[Content, int]] = []
        self.anchors: dict[str, int] = {}

    def add(self, *pieces: str | tuple[str, str] | Content, hang: int = 0) -> Doc:
        """One paragraph; from its second line on indented by ``hang`` cells."""
        self.parts.append((Content.assemble(*pieces), hang))
        return self

    def anchor(self, name: str) -> Doc:
        """Give the place of the next paragraph a name that can be scrolled to."""
        self.anchors[name] = len(self.parts)
        return self

    def head(self, text: str) -> Doc:
        """A heading, with a blank line above it where something stands before it."""
        if self.parts and self.parts[-1][0].plain:
            self.gap()
        return self.add((text, "bold $primary"))

    def gap(self) -> Doc:
        return self.add("")

    def lines(self, lines: Iterable[str], style: str = "") -> Doc:
        """Lines that are not wrapped: a drawing."""
        for line in lines:
            self.parts.append((Content.styled(line, style), -1))
        return self

    @property
    def plain(self) -> str:
        return "\n".join(content.plain for content, _ in self.parts)


class Prose(Widget):
    """Shows a :class:`Doc`; as high as its text needs at its width."""

    DEFAULT_CSS = """
    Prose { width: 1fr; height: auto; }
    """

    def __init__(self, doc: Doc | None = None, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self.doc = doc or Doc()
        self._wrapped: tuple[int, list[Content]] = (-1, [])
        self._starts: list[int] = []

    def show(self, doc: Doc) -> None:
        """Another text; the layout follows."""
        self.doc, self._wrapped = doc, (-1, [])
        self.refresh(layout=True)

    def lines_at(self, width: int) -> list[Content]:
        """The lines at a width, kept until text or width change."""
        if self._wrapped[0] != width:
            lines: list[Content] = []
            self._starts = []
            for content, hang in self.doc.parts:
                self._starts.append(len(lines))
                lines.extend([content] if hang < 0 else wrap_content(content, width, hang=hang))
            self._wrapped = width, lines
        return self._wrapped[1]

    def line_of(self, anchor: str) -> int | None:
        """The line at which a named place stands, at the present width."""
        part = self.doc.anchors.get(anchor)
        self.lines_at(max(self.content_size.width, 2))
        return self._starts[part] if part is not None and part < len(self._starts) else None

    def get_content_width(self, container: Size, viewport: Size) -> int:
        return container.width

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self.lines_at(width)) if width > 0 else 0

    def render(self) -> Content:
        return Content("\n").join(self.lines_at(max(self.content_size.width, 2)))
