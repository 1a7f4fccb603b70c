"""The rules of all screens are read while nobody waits, and parsed again only where they have changed.

Textual reads a screen's own file when the screen is first gone to, and then parses every rule of the program anew, as it
does once more for a screen that has not seen the last change of theme: 100 to 400 ms in which nothing moves.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import App

if TYPE_CHECKING:
    Base = App[None]
else:
    Base = App

_FILES = Path(__file__).parent / "screens"
_BETWEEN = 0.02
"""Seconds from one file to the next."""


class StyledApp(Base):
    """An app whose rules come without a stall."""

    painted = False
    """Whether the first frame has been painted: the rules that it was painted with need no second parse."""
    _in_force: dict[str, str] | None = None
    """The variables of the theme that the rules were last parsed with."""

    def parse_first(self) -> None:
        """Set the theme's variables before anything is parsed, so that nothing is parsed twice."""
        self._in_force = self.get_css_variables()
        self.stylesheet.set_variables(self._in_force)

    def refresh_css(self, animate: bool = True) -> None:
        """Parse all rules again for another theme. Where the theme is the same, a screen that is late is only styled again."""
        if not self.painted:
            return
        now = self.get_css_variables()
        if now != self._in_force:
            self._in_force = now
            super().refresh_css(animate)
            return
        screen = self.screen
        if screen.is_mounted and screen._css_update_count != self._css_update_count:
            self.stylesheet.update(screen, animate=False)
            screen._refresh_layout(self.size)
        screen._css_update_count = self._css_update_count  # a screen not mounted yet has been styled with these rules

    def read_styles(self) -> None:
        """Read the files of all screens, one after the other; called once, after the first frame."""
        self._next_file([path for path in sorted(_FILES.glob("*.tcss")) if not self.stylesheet.has_source(str(path), "")])

    def _next_file(self, paths: list[Path]) -> None:
        if paths and self.is_running:
            self.stylesheet.read(paths[0])
            self.stylesheet.parse()
            self.set_timer(_BETWEEN, lambda: self._next_file(paths[1:]))
