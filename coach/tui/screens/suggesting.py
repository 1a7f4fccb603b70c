"""The suggestion for the line under the cursor: asked for in a thread when the cursor rests, kept until something changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work

from coach.domain.words import Lang
from coach.tui.screens.base import CoachScreen
from coach.tui.today_data import Line

if TYPE_CHECKING:
    from coach.domain.suggestion import Suggestion

KEEP = 200
Asked = tuple[str, str, Lang, int]
"""Client, task, language and revision: what a suggestion was asked for."""


class Suggesting(CoachScreen):
    """A screen with a line under the cursor. Subclasses give ``line`` and ``_detail``."""

    suggestions: dict[Asked, Suggestion | str]
    """The suggestion, or why there is none."""

    @property
    def line(self) -> Line | None:
        """The line under the cursor."""
        raise NotImplementedError

    def _detail(self) -> None:
        """Show what is known of the line."""
        raise NotImplementedError

    @property
    def suggestion(self) -> Suggestion | None:
        """The suggestion for the line under the cursor, where it has come."""
        found = self.suggestions.get(self._key(self.line)) if self.line else None
        return None if found is None or isinstance(found, str) else found

    def _key(self, line: Line) -> Asked:
        return line.client_no, line.task_no, self.lang, self.coach.revision

    def _ask(self) -> None:
        line = self.line
        if line is not None and self.coach.ready and self._key(line) not in self.suggestions:
            self._suggest(line, self._key(line))

    @work(thread=True, exclusive=True, group="suggest")
    def _suggest(self, line: Line, key: Asked) -> None:
        from coach.tui.screens.threads import back, told

        with told(self, lambda text: self._suggested(key, text)):
            if not self.coach.wait_until_warm():
                return
            from coach.services.suggestions import suggest

            assert self.coach.ws is not None
            found = suggest(self.coach.ws, line.client_no, self.coach.today, lang=key[2], task_no=line.task_no or None)
            back(self, self._suggested, key, found)

    def _suggested(self, key: Asked, found: Suggestion | str) -> None:
        if len(self.suggestions) > KEEP:
            self.suggestions.clear()
        self.suggestions[key] = found
        if self.line is not None and self._key(self.line) == key:
            self._detail()
