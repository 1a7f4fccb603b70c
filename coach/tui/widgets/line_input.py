"""A one-line field whose cursor stands where the caret is, so that an input method's window does too."""

from __future__ import annotations

from textual.geometry import Offset
from textual.widgets import Input


class LineInput(Input):
    """Textual's ``Input`` reports its cursor one cell too far right at the end of the text (8.2); this one does not."""

    @property
    def cursor_screen_offset(self) -> Offset:
        offset = super().cursor_screen_offset
        return offset - (1, 0) if self.cursor_at_end else offset
