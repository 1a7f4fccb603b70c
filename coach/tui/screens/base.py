"""What every main screen shares: the bar of sections above, the bar of keys below, language, waiting for the workspace."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.screen import Screen

from coach.domain.words import Lang
from coach.tui.widgets.bars import Key, KeyBar, NavBar
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.tui.app import CoachApp


class CoachScreen(Screen[None]):
    """A main screen. Subclasses give ``compose_body``, ``KEYS`` and ``load``."""

    SECTION: ClassVar[str] = ""
    KEYS: ClassVar[tuple[Key, ...]] = ()

    @property
    def coach(self) -> CoachApp:
        return cast("CoachApp", self.app)

    @property
    def lang(self) -> Lang:
        return self.coach.lang

    def t(self, key: str, **values: object) -> str:
        """A text in the language in force."""
        return say(key, self.lang, **values)

    def compose(self) -> ComposeResult:
        yield NavBar(self.SECTION, self.lang)
        yield from self.compose_body()
        yield KeyBar(self.KEYS, self.lang)

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets. Called again when the language changes: take the state from ``self``."""
        return iter(())

    def on_mount(self) -> None:
        self.coach.when_ready(self._ready)

    def _ready(self) -> None:
        if self.is_attached:
            self.query_one(NavBar).show_who(self.coach.manager, self.coach.manager_name, self.coach.today)
            self.load()

    async def recompose(self) -> None:
        await super().recompose()
        if self.coach.ready:
            self._ready()

    def load(self) -> None:
        """Fill the widgets; called when the workspace is open, and again after the language changed."""
