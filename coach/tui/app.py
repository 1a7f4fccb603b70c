"""The application: opens the workspace behind the first frame, holds who and when, switches language live."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from threading import Event, Thread
from typing import TYPE_CHECKING, Any, ClassVar

from textual import work
from textual.binding import Binding, BindingType
from textual.command import CommandPalette, Provider
from textual.message import Message
from textual.screen import Screen
from textual.worker import get_current_worker

from coach.domain.words import Lang
from coach.tui.live import recompose_keeping
from coach.tui.screens.base import CoachScreen
from coach.tui.styles import StyledApp
from coach.tui.themes import DEFAULT_THEME, OURS
from coach.tui.words import say

if TYPE_CHECKING:
    from coach.services.workspace import Workspace
    from coach.tui.following import Following


def _today_screen() -> Screen[None]:
    from coach.tui.screens.today import TodayScreen

    return TodayScreen()


def _clients_screen() -> Screen[None]:
    from coach.tui.screens.clients import ClientsScreen

    return ClientsScreen()


def _playbook_screen() -> Screen[None]:
    from coach.tui.screens.playbook import PlaybookScreen

    return PlaybookScreen()


def _practice_screen() -> Screen[None]:
    from coach.tui.screens.practice import PracticeScreen

    return PracticeScreen()


def _part(name: str) -> Callable[[], Screen[Any]]:
    """A screen of the supervisor's section, imported when it is first gone to."""

    def made() -> Screen[Any]:
        from coach.tui.screens import supervise

        screen: Screen[Any] = getattr(supervise, name)()
        return screen

    return made


def _commands() -> type[Provider]:
    from coach.tui.palette import CoachCommands

    return CoachCommands


class CoachApp(StyledApp):
    """Coach's screens. ``ws`` is ``None`` until the workspace is open; :meth:`when_ready` calls back then."""

    CSS_PATH: ClassVar[list[str]] = ["coach.tcss", "screens/today.tcss"]  # the first screen's own: one parse for both
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": _today_screen, "clients": _clients_screen, "playbook": _playbook_screen,
        "practice": _practice_screen, "review": _part("review"), "report": _part("report"), "allocation": _part("allocation"),
        "log": _part("log"),
    }
    DEFAULT_MODE = "today"
    COMMANDS: ClassVar[set[Any]] = {_commands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit", show=False, priority=True),
        Binding("f1,question_mark,fullwidth_question_mark", "help", "Help", id="app.help", show=False),
        Binding("f2", "section('today')", "Today", id="app.today", show=False, priority=True),
        Binding("f3", "section('clients')", "Clients", id="app.clients", show=False, priority=True),
        Binding("f4", "section('playbook')", "Playbook", id="app.playbook", show=False, priority=True),
        Binding("f7", "section('practice')", "Practice", id="app.practice", show=False, priority=True),
        Binding("f8", "section('supervise')", "Supervise", id="app.supervise", show=False),  # a talk and a form have their own F8
        Binding("f6", "import_files", "Import", id="app.import", show=False, priority=True),
        Binding("f9", "switch_language", "Language", id="app.lang", show=False, priority=True),
    ]

    def __init__(self, *, lang: Lang = "zh", theme: str = "", ws: Workspace | None = None, today: date | None = None) -> None:
        super().__init__()
        self._opening = True
        self._warming: Thread | None = None
        self._warmed = Event()
        self.lang: Lang = lang
        self.ws = ws
        self.today = today or date.today()
        self.manager = self.manager_name = self.me = ""
        self.demo = False
        self.part = "review"
        """The part of the supervisor's section that was last seen."""
        self.orphans = 0
        """Clients that are there though nobody is their manager: nothing can be planned for them."""
        self.failure: str | None = None
        self.revision = 0
        """Grows with everything that a person changes here; a screen that shows an older one loads again."""
        self.title = say("app.title", lang)
        for own in OURS:
            self.register_theme(own)
        self.theme = theme if theme in self.available_themes else DEFAULT_THEME
        self.parse_first()
        self._waiting: list[Callable[[], None]] = []
        self._following: Following | None = None

    class Ready(Message):
        """The workspace is open and a manager chosen (or known to be missing)."""

    @property
    def ready(self) -> bool:
        """Whether the workspace is open and a manager chosen (or known to be missing)."""
        return self.ws is not None and not self._opening

    @property
    def acting(self) -> str:
        """In whose name things are written: the person whom the database's login is, else the manager whose day is shown."""
        return self.me or self.manager

    @property
    def state(self) -> tuple[int, str, int]:
        """What a screen's content stands on: the workspace, the manager, what was changed since."""
        return id(self.ws), self.manager, self.revision

    def now(self) -> datetime:
        """The clock on the day that the screens show (``--date`` and tests set another one)."""
        return datetime.combine(self.today, datetime.now().time().replace(microsecond=0))

    # -- opening

    def post_display_hook(self) -> None:
        """Called by Textual after each painting. Opening waits for the first: it would hold the interpreter's lock."""
        if not self.painted and self.is_running and isinstance(self.screen, CoachScreen) and self.screen.composed:
            self.painted = True
            self.call_later(self.open_workspace, self.ws)

    @work(thread=True, exclusive=True, group="open")
    def open_workspace(self, ws: Workspace | None) -> None:
        """Open settings, database and playbook in a thread, after the first frame."""
        from coach.tui import opening

        with opening.calm():
            try:
                found = opening.open_workspace(ws, self.lang)
            except opening.failures() as error:
                self.call_from_thread(self._fail, str(error).strip().splitlines()[0])
                return
            self.call_from_thread(self._opened, found)
        self._warming = opening.start_warming(found.ws, self._warmed)

    @property
    def warming(self) -> bool:
        """Whether the index and the rules are still being brought up in the background."""
        return self._warming is not None and self._warming.is_alive()

    def wait_until_warm(self) -> bool:
        """In a thread worker: wait for the playbook's index, so that it is not built twice; false where the worker was cancelled."""
        while not self._warmed.wait(0.05):
            if get_current_worker().is_cancelled or not self.is_running:
                return False
        return True

    def _fail(self, text: str) -> None:
        self.failure = text
        self.exit(return_code=1)

    def _opened(self, found: Any) -> None:
        self.ws, self.demo, self.orphans = found.ws, found.demo, found.orphans
        (self.manager, self.manager_name), self.me = found.manager, found.me
        self._opening = False
        self._follow(found.ws)
        if not self.theme_chosen and found.ws.settings.theme in self.available_themes:
            self.theme = found.ws.settings.theme
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call()
        self.read_styles()
        if not self.manager and not self.orphans:
            self.action_welcome()

    theme_chosen = False

    def when_ready(self, call: Callable[[], None]) -> None:
        """Call back once the workspace is open; at once where it is."""
        if self.ready:
            call()
        else:
            self._waiting.append(call)

    def use_workspace(self, ws: Workspace) -> None:
        """Go over to another workspace (the demo branch just made), or look anew at the present one after an import."""
        if self.ws is not None and self.ws is not ws:
            self.ws.close()
        self._opening, self._warmed = True, Event()
        self._waiting.append(self.changed)
        self.open_workspace(ws)

    def on_unmount(self) -> None:
        if self._following is not None:
            self._following.end()
        if self.ws is not None:
            self.ws.close()

    def _follow(self, ws: Workspace) -> None:
        """On a shared database, show what others change."""
        if self._following is not None:
            self._following.end()
        self._following = None
        if ws.engine.dialect.name == "postgresql":
            from coach.tui.following import Following

            self._following = Following(self, ws)

    # -- what a person changed

    def changed(self) -> None:
        """Something was logged, imported or undone: what is seen is loaded again, the rest when it is next seen."""
        self.revision += 1
        if isinstance(self.screen, CoachScreen):
            self.screen.refresh_state()

    def set_manager(self, staff_no: str, name: str) -> None:
        """Show another manager's day; remembered for the next start."""
        self.manager, self.manager_name = staff_no, name
        self.remember(manager=staff_no)
        self.changed()

    def set_theme(self, name: str) -> None:
        """Another theme; remembered for the next start."""
        self.theme, self.theme_chosen = name, True
        self.remember(theme=name)

    @work(thread=True, group="remember")
    def remember(self, **values: str) -> None:
        """Keep settings in the workspace's ``settings.toml``."""
        from coach.tui.remember import remember

        if self.ws is None:
            return
        try:
            remember(self.ws.home / "settings.toml", values)
        except (OSError, ValueError) as error:
            self.call_from_thread(self.notify, say("app.not_kept", self.lang, why=str(error)), severity="warning", markup=False)

    # -- going about

    def leave_dialogs(self) -> bool:
        """Close what lies over the screens; false where a dialog holds something unsaved and says so."""
        while self.screen.is_modal:
            if not getattr(self.screen, "may_leave", lambda: True)():
                return False
            self.pop_screen()
        return True

    def action_section(self, name: str) -> None:
        """Go to a main screen; on it already, what was opened over it is closed."""
        if not self.leave_dialogs():
            return
        name = self.part if name == "supervise" else name
        if self.current_mode != name:
            self.switch_mode(name)
            return
        while len(self.screen_stack) > 1:
            self.pop_screen()

    def action_part(self, name: str) -> None:
        """Go to a part of the supervisor's section; the section opens with it from now on."""
        self.part = name
        self.action_section("supervise")

    async def action_switch_language(self) -> None:
        """Chinese ↔ English, live: every open screen is composed anew from the same state."""
        if isinstance(self.screen, CommandPalette):
            self.pop_screen()
        self.lang = "en" if self.lang == "zh" else "zh"
        if self.ws is not None:
            self.ws.lang = self.lang
        self.title = say("app.title", self.lang)
        for screen in reversed(self.screen_stack):
            await recompose_keeping(screen)
        self.remember(lang=self.lang)

    def action_command_palette(self) -> None:
        if not isinstance(self.screen, CommandPalette) and self.ready:
            self.push_screen(CommandPalette(placeholder=say("palette.hint", self.lang)))

    def action_help(self) -> None:
        from coach.tui.screens.help import HelpScreen

        if not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen.of(self.screen))

    def action_welcome(self) -> None:
        """The two ways to begin: the demo branch, or the branch's own files."""
        from coach.tui.screens.welcome import WelcomeScreen

        self.push_screen(WelcomeScreen())

    def action_import_files(self) -> None:
        from coach.tui.screens.import_dialog import ImportDialog

        if self.ready and not isinstance(self.screen, ImportDialog) and self.leave_dialogs():
            self.push_screen(ImportDialog())

    async def action_practice_board(self) -> None:
        """People × scenarios, over the practice screen."""
        self.action_section("practice")
        if self.ready and self.current_mode == "practice":
            from coach.tui.screens.practice_board import BoardScreen

            await self.push_screen(BoardScreen())

    def action_choose_manager(self) -> None:
        from coach.tui.screens.choose_manager import choose_manager

        if self.ready:
            choose_manager(self)

    def action_undo(self) -> None:
        """Take back the newest entry that was logged today."""
        from coach.tui.undo import undo_last

        if self.ready:
            undo_last(self)

    def open_client(self, client_no: str, *, among: Any = None, task_no: str | None = None) -> None:
        """A client's own screen over the present one."""
        from coach.tui.screens.client import ClientScreen

        self.push_screen(ClientScreen(client_no, among=among, task_no=task_no))
