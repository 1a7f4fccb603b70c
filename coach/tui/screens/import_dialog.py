"""Bringing files in from inside: choose, look first (nothing is written), then import, with progress.

One key goes on: ^S looks the files over, and once they were looked over it imports them.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Literal

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Button, DirectoryTree, Input, ProgressBar, Static

from coach.tui.import_text import results_doc
from coach.tui.screens.dialog import Dialog
from coach.tui.screens.progress import Throttled
from coach.tui.widgets.file_tree import MAPS, FileTree, PathSuggester
from coach.tui.widgets.line_input import LineInput
from coach.tui.widgets.prose import Prose

if TYPE_CHECKING:
    from coach.store.importing import ImportResult

Phase = Literal["choose", "checking", "checked", "importing", "done"]


class ImportDialog(Dialog[bool]):
    """Answers whether something was imported; the screens have been told by then."""

    CSS_PATH = "import_dialog.tcss"
    AUTO_FOCUS = "#path"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-narrow"), (110, "-wide")]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "go", id="import.go", show=False, priority=True),
        Binding("ctrl+r", "clear", id="import.clear", show=False, priority=True),
    ]

    def __init__(self, start: Path | None = None) -> None:
        super().__init__()
        self.start = start or Path.cwd()
        self.files: list[str] = []
        self.mapping: Path | None = None
        self.typed = ""
        self.phase: Phase = "choose"
        self.results: Sequence[ImportResult] = ()
        self.error = ""
        self.imported = False

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = self.t("import.title")
            box.border_subtitle = self.t("import.keys")
            hint = self.t("import.path")
            yield LineInput(self.typed, id="path", placeholder=hint, suggester=PathSuggester(), compact=True, select_on_focus=False)
            with Horizontal(id="both"):
                yield FileTree(self.start, id="tree")
                with VerticalScroll(id="side", can_focus=False):
                    yield Prose(id="files")
            yield ProgressBar(total=None, id="bar", show_eta=False)
            yield Static(self.error, id="error", markup=False)
            with Horizontal(id="buttons"):
                yield Button(self.t("import.check"), id="go", variant="primary", compact=True)
                yield Button(self.t("import.clear"), id="clear", compact=True)
                yield Button(self.t("import.close"), id="close", compact=True)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    @property
    def busy(self) -> bool:
        return self.phase in ("checking", "importing")

    def may_leave(self) -> bool:
        if self.busy:
            self._say(self.t("import.wait"))
        return not self.busy

    def action_leave(self) -> None:
        if self.may_leave():
            self.dismiss(self.imported)

    # -- choosing

    @on(Input.Changed, "#path")
    def _typed(self, event: Input.Changed) -> None:
        self.typed = event.value

    @on(Input.Submitted, "#path")
    async def _entered(self, event: Input.Submitted) -> None:
        """A file is added, a folder is opened in the tree, an empty line goes on."""
        text = event.value.strip().strip("\"'")
        if not text:
            self.action_go()
            return
        path = Path(text).expanduser()
        if path.is_dir():
            self.start = path
            self.query_one(FileTree).path = path
            self.query_one(FileTree).focus()
            return
        if not path.is_file() and "#" not in path.name:
            self._say(self.t("import.no_file", path=str(path)))
            return
        self.query_one(LineInput).value = ""
        self.add(str(path))

    @on(DirectoryTree.FileSelected)
    def _picked(self, event: DirectoryTree.FileSelected) -> None:
        self.add(str(event.path))

    def add(self, file: str) -> None:
        """Take a file in, or out again where it was in already; a map file becomes the mapping."""
        if self.busy:
            return
        if Path(file).suffix.lower() in MAPS:
            self.mapping = None if self.mapping == Path(file) else Path(file)
        elif file in self.files:
            self.files.remove(file)
        else:
            self.files.append(file)
        self.phase, self.results = "choose", ()
        self._say("")

    @on(Button.Pressed, "#clear")
    def action_clear(self) -> None:
        if not self.busy:
            self.files, self.mapping, self.results, self.phase = [], None, (), "choose"
            self._say("")

    @on(Button.Pressed, "#close")
    def _close(self) -> None:
        self.action_leave()

    # -- looking over, importing

    @on(Button.Pressed, "#go")
    def action_go(self) -> None:
        if self.busy:
            return
        if self.phase == "done":
            self.action_leave()
            return
        if not self.files:
            self._say(self.t("import.none"))
            return
        self.phase = "importing" if self.phase == "checked" else "checking"
        self._say(self.t(f"import.{self.phase}"))
        self._bring_in(tuple(self.files), self.mapping, self.phase == "checking")

    @work(thread=True, exclusive=True, group="import")
    def _bring_in(self, files: tuple[str, ...], mapping: Path | None, dry_run: bool) -> None:
        from coach.services.imports import ImportJob, bring_in
        from coach.tui.errors import expected, one_line

        app = self.coach
        assert app.ws is not None
        try:
            results = bring_in(app.ws, ImportJob(files, mapping=mapping, dry_run=dry_run), app.today, Throttled(app, self._progress))
        except expected() as error:
            app.call_from_thread(self._failed, one_line(error), dry_run)
            return
        app.call_from_thread(self._came, results, dry_run)

    def _progress(self, done: int, total: int | None) -> None:
        if self.is_attached:
            self.query_one(ProgressBar).update(total=total, progress=done)

    def _came(self, results: Sequence[ImportResult], dry_run: bool) -> None:
        self.results, self.phase = results, "checked" if dry_run else "done"
        if not dry_run:
            self.imported = True
            self._reload()
        self._say("")
        self.query_one("#go").focus()

    def _failed(self, text: str, dry_run: bool) -> None:
        self.phase = "choose"
        if not dry_run:  # the files before the one that failed are in
            self._reload()
        self._say(text)

    def _reload(self) -> None:
        if self.coach.ws is not None:
            self.coach.use_workspace(self.coach.ws)

    # -- showing

    def _say(self, text: str) -> None:
        self.error = text
        self._show()

    def _show(self) -> None:
        if not self.is_attached or not self.query("#error"):
            return
        self.query_one("#error", Static).update(self.error)
        self.query_one(ProgressBar).display = self.busy
        label = {"checked": "import.go", "done": "import.close"}.get(self.phase, "import.check")
        self.query_one("#go", Button).label = self.t(label)
        self.query_one("#files", Prose).show(results_doc(self.files, self.mapping, self.results, self.phase, self.lang))
