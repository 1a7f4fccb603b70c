"""The application: opens the workspace behind the first frame, holds who and when, switches language live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.app import App
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.screen import Screen

from coach.domain.words import Lang
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.workspace import Workspace

SECTIONS = ("today", "clients", "playbook")
"""The main screens, in the order of their keys 1, 2, 3 …"""


def _today_screen() -> Screen[None]:
    from coach.tui.screens.today import TodayScreen

    return TodayScreen()


def _clients_screen() -> Screen[None]:
    from coach.tui.screens.clients import ClientsScreen

    return ClientsScreen()


def _playbook_screen() -> Screen[None]:
    from coach.tui.screens.playbook import PlaybookScreen

    return PlaybookScreen()


class CoachApp(App[None]):
    """Coach's screens. ``ws`` is ``None`` until the workspace is open; screens get :class:`Ready` then."""

    CSS_PATH = "coach.tcss"
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": _today_screen, "clients": _clients_screen, "playbook": _playbook_screen,
    }
    DEFAULT_MODE = "today"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit", show=False, priority=True),
        Binding("f1", "help", "Help", id="app.help", show=False),
        Binding("f2", "section('today')", "Today", id="app.today", show=False, priority=True),
        Binding("f3", "section('clients')", "Clients", id="app.clients", show=False, priority=True),
        Binding("f4", "section('playbook')", "Playbook", id="app.playbook", show=False, priority=True),
        Binding("f9", "switch_language", "Language", id="app.lang", show=False, priority=True),
    ]

    class Ready(Message):
        """The workspace is open; sent to every screen that asks by :meth:`CoachApp.when_ready`."""

    def __init__(self, *, lang: Lang = "zh", ws: Workspace | None = None, today: date | None = None) -> None:
        super().__init__()
        self.lang: Lang = lang
        self.ws = ws
        self.today = today or date.today()
        self.manager: str = ""
        self.manager_name: str = ""
        self.failure: str | None = None
        self.title = say("app.title", lang)
        self._waiting: list[Callable[[], None]] = []

    @property
    def ready(self) -> bool:
        """Whether the workspace is open and a manager chosen (or known to be missing)."""
        return self.ws is not None and not self._opening

    _opening = True

    def on_mount(self) -> None:
        self.call_after_refresh(self.open_workspace)

    @work(thread=True, exclusive=True, group="open")
    def open_workspace(self) -> None:
        """Open settings, database and playbook in a thread, after the first frame."""
        from coach.settings import SettingsError
        from coach.store.db import StoreError

        try:
            from coach.services.workspace import Workspace

            ws = self.ws or Workspace(lang=self.lang)
            _ = ws.policy
            who = self._first_manager(ws)
        except (SettingsError, StoreError) as error:
            self.call_from_thread(self._fail, str(error))
            return
        self.call_from_thread(self._opened, ws, who)
        self._warm(ws)

    def _first_manager(self, ws: Workspace) -> tuple[str, str]:
        from coach.services.clients import managers

        everyone = managers(ws)
        named = next((m for m in everyone if m[0] == ws.settings.manager), None)
        first = named or (everyone[0] if everyone else ("", "", 0))
        return first[0], first[1]

    def _warm(self, ws: Workspace) -> None:
        """Bring up what the first suggestion needs, still in the thread; a fault is told when it is needed."""
        from contextlib import suppress

        with suppress(Exception):
            from coach.services.knowledge import retriever

            _ = ws.playbook, ws.rules, retriever(ws)

    def _fail(self, text: str) -> None:
        self.failure = text
        self.exit()

    def _opened(self, ws: Workspace, who: tuple[str, str]) -> None:
        self.ws = ws
        self.manager, self.manager_name = who
        self._opening = False
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()

    def now(self) -> datetime:
        """The clock on the day that the screens show (``--date`` and tests set another one)."""
        return datetime.combine(self.today, datetime.now().time().replace(microsecond=0))

    def when_ready(self, call: Callable[[], None]) -> None:
        """Call back once the workspace is open; at once where it is."""
        if self.ready:
            call()
        else:
            self._waiting.append(call)

    def action_section(self, name: str) -> None:
        """Go to a main screen; what is pushed over it is closed."""
        while len(self.screen_stack) > 1 and self.screen.is_modal:
            self.pop_screen()
        if self.current_mode != name:
            self.switch_mode(name)

    async def action_switch_language(self) -> None:
        """Chinese ↔ English, live: every open screen is composed anew from the same state."""
        self.lang = "en" if self.lang == "zh" else "zh"
        if self.ws is not None:
            self.ws.lang = self.lang
        self.title = say("app.title", self.lang)
        for screen in self.screen_stack:
            await screen.recompose()
