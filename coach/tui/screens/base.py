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
    HELP: ClassVar[tuple[tuple[str, str], ...]] = ()
    """Keys that the bar does not show, for the help: (what is pressed, the text's key)."""

    _asked = False
    _lang_shown: str | None = None
    _state_shown: object = None

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
        self._lang_shown = self.lang
        yield NavBar(self.SECTION, self.lang)
        yield from self.compose_body()
        yield KeyBar(self.keys, self.lang)

    @property
    def keys(self) -> tuple[Key, ...]:
        """The keys of the bar as they are now; the help tells the same."""
        return self.KEYS

    @property
    def composed(self) -> bool:
        """Whether its widgets are there."""
        return self._asked

    def compose_body(self) -> ComposeResult:
        """The screen's own widgets. Called again when the language changes: take the state from ``self``."""
        return iter(())

    def on_mount(self) -> None:
        if not self._asked:  # Textual calls the handler of every base class, and a subclass may call it too
            self.drawn()
            self._asked = True
            self.coach.when_ready(self._ready)

    def _ready(self) -> None:
        if self.is_attached:
            self._state_shown = self.coach.state
            self.query_one(NavBar).show_who(self.coach.manager, self.coach.manager_name, self.coach.today, demo=self.coach.demo)
            self.load()

    def refresh_state(self) -> None:
        """Load again where something changed since it was loaded."""
        if self._asked and self.coach.ready and self._state_shown != self.coach.state:
            self._ready()

    async def on_screen_resume(self) -> None:
        """Seen again: take up the language and the changes of the time in between."""
        if self._lang_shown is not None and self._lang_shown != self.lang:
            await self.recompose()
        else:
            self.refresh_state()

    async def recompose(self) -> None:
        """Under a dialog nothing is composed anew: what lies beneath is still drawn from the old widgets."""
        if self.app.screen is not self:
            return
        await super().recompose()
        if self.coach.ready:
            self._ready()
        self.drawn()

    def drawn(self) -> None:
        """Its widgets are there, composed for the first time or anew: show the state in them."""

    def load(self) -> None:
        """Fill the widgets; called when the workspace is open, and again after the language or the records changed."""
