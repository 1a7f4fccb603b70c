"""The first start: the demo branch, or the branch's own files."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, ProgressBar, Static

from coach.tui.screens.dialog import Dialog
from coach.tui.screens.progress import Throttled
from coach.tui.widgets.prose import Doc, Prose

if TYPE_CHECKING:
    from coach.services.workspace import Workspace

DEMO_CLIENTS = 2400
DEMO_SEED = 7


class WelcomeScreen(Dialog[None]):
    """Two buttons; the demo branch is made here, with progress, in a workspace of its own."""

    CSS_PATH = "welcome.tcss"
    AUTO_FOCUS = "#demo"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,1", "demo", show=False), Binding("i,2", "files", show=False), Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, clients: int = DEMO_CLIENTS) -> None:
        super().__init__()
        self.clients = clients
        self.making = False
        self.error = ""

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = self.t("app.title")
            box.border_subtitle = self.t("welcome.keys")
            yield Prose(Doc().add((self.t("welcome.hello"), "bold")).gap().add(self.t("welcome.what")))
            yield Button(self.t("welcome.demo"), id="demo", variant="primary", disabled=self.making)
            yield Prose(Doc().add((self.t("welcome.demo.what", n=self.clients), "$text-muted")), classes="what")
            yield Button(self.t("welcome.files"), id="files", disabled=self.making)
            yield Prose(Doc().add((self.t("welcome.files.what"), "$text-muted")), classes="what")
            bar = ProgressBar(total=None, id="bar", show_eta=False)
            bar.display = self.making
            yield bar
            yield Static(self.t("welcome.making") if self.making else self.error, id="error", markup=False)

    def may_leave(self) -> bool:
        return not self.making

    @on(Button.Pressed, "#demo")
    def action_demo(self) -> None:
        if not self.making:
            self.making = True
            self._show(self.t("welcome.making"))
            self._make()

    @on(Button.Pressed, "#files")
    def action_files(self) -> None:
        if not self.making:
            self.dismiss(None)
            self.coach.call_later(self.coach.action_import_files)

    @work(thread=True, group="demo")
    def _make(self) -> None:
        from coach.services.demo import default_home, make_demo
        from coach.tui.errors import expected, one_line

        app = self.coach
        try:
            ws, _ = make_demo(default_home(), self.clients, DEMO_SEED, app.today, app.lang, Throttled(app, self._progress))
        except expected() as error:
            app.call_from_thread(self._failed, one_line(error))
            return
        app.call_from_thread(self._made, ws)

    def _progress(self, done: int, total: int | None) -> None:
        if self.is_attached:
            self.query_one(ProgressBar).update(total=total, progress=done)

    def _made(self, ws: Workspace) -> None:
        self.making = False
        self.dismiss(None)
        self.coach.use_workspace(ws)

    def _failed(self, text: str) -> None:
        self.making, self.error = False, text
        self._show(text)

    def _show(self, text: str) -> None:
        self.query_one("#error", Static).update(text)
        self.query_one(ProgressBar).display = self.making
        for button in self.query(Button):
            button.disabled = self.making
