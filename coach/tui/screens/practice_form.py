"""The form that makes a scenario without an editor: step by step from a copy, the checker's words beside each field.

Nothing typed is lost: Esc asks, and a draft can be kept for the next time.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.timer import Timer
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from coach.domain.words import label
from coach.tui.screens import practice_draft_files as drafts
from coach.tui.screens.base import CoachScreen
from coach.tui.screens.chooser import Chooser
from coach.tui.screens.practice_draft import GROUPS, Draft, Field, Key
from coach.tui.screens.threads import behind
from coach.tui.widgets.bars import Key as BarKey
from coach.tui.widgets.practice_field import FormField
from coach.tui.words import TEXTS
from coach.tui.wrap import cut

if TYPE_CHECKING:
    from coach.practice.scenario import Scenario

PAUSE = 0.5
"""Seconds of quiet after a key before the draft is checked."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What the form needs to begin: the ids that are taken, a draft kept from last time, the names of the criteria."""

    taken: frozenset[str]
    kept: Draft | None
    criteria: dict[str, dict[str, str]]


class FormScreen(CoachScreen):
    """``base``: the scenario of which it begins as a copy."""

    SECTION = "practice"
    CSS_PATH = "practice.tcss"
    KEYS = (
        BarKey("F8", "practice.key.form.next", "screen.step(1)"), BarKey("F5", "practice.key.form.back", "screen.step(-1)"),
        BarKey("^S", "key.save", "screen.save"), BarKey("^T", "practice.key.form.add", "screen.add"),
        BarKey("^R", "practice.key.form.remove", "screen.remove"), BarKey("Esc", "practice.key.form.leave", "screen.leave"),
    )
    HELP = (("Tab", "help.tab"),)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False), Binding("f8", "step(1)", show=False), Binding("f5", "step(-1)", show=False),
        Binding("ctrl+s", "save", show=False, priority=True), Binding("ctrl+t", "add", show=False), Binding("ctrl+r", "remove", show=False),
    ]

    def __init__(self, base: Scenario) -> None:
        super().__init__()
        self.base = base
        self.draft: Draft | None = None
        self.begun: Begun | None = None
        self.step_name = "basics"
        self.bad: dict[Key | None, list[str]] | None = None
        """What the checker says; ``None`` = not checked yet."""
        self.error = ""
        self.changed = self.from_kept = False
        self._folder = Path(tempfile.mkdtemp(prefix="coach-form-"))
        self._timer: Timer | None = None
        self._checks = 0
        """Counts the checks asked for; only the newest one's answer is shown."""
        self._saving = False

    # -- composing

    def compose_body(self) -> ComposeResult:
        yield Static("", id="form-head", markup=False)
        with Horizontal(id="form"):
            yield OptionList(id="steps", markup=False, compact=True)
            yield VerticalScroll(id="fields", can_focus=False)

    def on_mount(self) -> None:
        self._show_head()

    def on_unmount(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)

    async def recompose(self) -> None:
        await super().recompose()
        if self.query("#fields"):
            await self._show_step(focus=False)

    def load(self) -> None:
        if self.begun is not None:
            return
        ws = self.coach.ws
        assert ws is not None

        def find() -> Begun:
            from coach.practice.kit import kit
            from coach.services.practice import scenarios

            names = {lang: {key: words.name for key, words in kit().words(lang).criteria.items()} for lang in ("zh", "en")}
            taken = {one.id for one in scenarios(ws)} | {path.stem for path in (ws.home / "scenarios").glob("*.toml")}
            return Begun(frozenset(taken), drafts.kept(ws), names)

        behind(self, find, self._got, self._failed)

    def _failed(self, line: str) -> None:
        self._saving = False
        self.error = line
        self._show_head()

    async def _got(self, begun: Begun) -> None:
        self.begun = begun
        if begun.kept is None:
            await self._start(None)
            return
        title = self.base.words(self.lang).title

        def options() -> list[tuple[str, str]]:
            return [("go_on", self.t("form.draft.go_on")), ("new", self.t("form.draft.new", base=title))]

        async def chosen(value: str | None) -> None:
            await self._start(begun.kept if value != "new" else None)

        self.app.push_screen(Chooser("form.draft.title", options), chosen)

    async def _start(self, kept: Draft | None) -> None:
        assert self.begun is not None
        self.from_kept = self.changed = kept is not None
        self.draft = kept or Draft.copy_of(self.base, self.lang, set(self.begun.taken))
        await self._show_step()
        self._check()

    # -- showing

    def _show_head(self) -> None:
        head, draft = self.query_one("#form-head", Static), self.draft
        if draft is None:
            head.update(self.error or self.t("practice.list.loading"))
            return
        spoken = self.t(f"form.lang.{draft.lang}")
        title = draft.get(("words", "title")) if self.from_kept else self.base.words(self.lang).title
        parts = [Content(self.t("form.head.kept" if self.from_kept else "form.head", base=title, spoken=spoken))]
        if self.error:
            parts.append(Content.styled(self.error, "bold $text-error"))
        elif self.bad is None:
            parts.append(Content.styled(self.t("form.checking"), "$text-muted"))
        elif count := self.count:
            parts.append(Content.styled(self.t("form.bad", n=count), "bold $text-error"))
            parts += [Content.styled(line, "$text-error") for line in self.bad.get(None, [])]
        else:
            parts.append(Content.styled(self.t("form.good"), "bold $text-success"))
        head.update(Content(" · ").join(parts))

    @property
    def count(self) -> int:
        """So many things are to be mended."""
        return sum(len(lines) for lines in (self.bad or {}).values())

    def step_title(self, step: str) -> str:
        name, _, at = step.partition(":")
        return self.t(f"form.step.{name}", n=int(at) + 1) if at else self.t(f"form.step.{name}")

    def _show_steps(self) -> None:
        listed, draft = self.query_one("#steps", OptionList), self.draft
        if draft is None:
            return
        steps = draft.steps()
        counts: dict[str, int] = {}
        for key, lines in (self.bad or {}).items():
            if key is not None and (step := draft.step_of(key)) is not None:
                counts[step] = counts.get(step, 0) + len(lines)
        width = max(listed.size.width - 3, 12)
        options = []
        for step in steps:
            wrong = f" !{counts[step]}" if step in counts else ""
            name, _, at = step.partition(":")
            told = self.step_title(step)
            if at and (item := draft.get((name, int(at), "id"))):
                told = f"{told} {item}"
            shown = Content(cut(told, width - len(wrong))) + Content.styled(wrong, "bold $text-error")
            options.append(Option(shown, id=step.replace(":", "-")))
        with self.prevent(OptionList.OptionHighlighted):
            listed.set_options(options)
            listed.highlighted = steps.index(self.step_name) if self.step_name in steps else 0

    async def _show_step(self, *, focus: bool = True) -> None:
        """The fields of the step in view; the first one that is wrong, else the first, gets the focus."""
        draft = self.draft
        self._show_head()
        if draft is None:
            return
        if self.step_name not in draft.steps():
            self.step_name = "basics"
        self._show_steps()
        box = self.query_one("#fields", VerticalScroll)
        await box.remove_children()
        fields = [self._field(draft, one) for one in draft.fields(self.step_name)]
        await box.mount_all(fields)
        box.scroll_home(animate=False)
        self._show_problems()
        if focus and fields:
            fields[0].take_focus()

    def _field(self, draft: Draft, one: Field) -> FormField:
        told = self._label(one)
        options: list[tuple[str, str]] = []
        if one.kind == "yesno":
            options = [("yes", self.t("form.yes")), ("no", self.t("form.no"))]
        elif one.kind == "choice":
            options = [(value, self._reading(one, value)) for value in one.options]
        columns = 3 if len(options) > 5 and self.app.size.width < 110 else 5 if len(options) > 5 else 0
        return FormField(one, told, draft.get(one.key), options, columns=columns)

    def _label(self, one: Field) -> str:
        if one.name.startswith("criterion."):
            return self.t("form.criterion", name=self._criterion(str(one.key[1])))
        told = self.t(f"form.{one.name}")
        return f"{told} · {self.t('form.one_line_each')}" if one.kind == "lines" else told

    def _criterion(self, name: str) -> str:
        return self.begun.criteria[self.lang].get(name, name) if self.begun is not None else name

    def _reading(self, one: Field, value: str) -> str:
        if one.key[-1] == "criterion":
            return self._criterion(value)
        key = f"form.{one.name}.{value}"
        return self.t(key) if key in TEXTS else label(value, self.lang) if not value.isdigit() else "★" * int(value)

    def _show_problems(self) -> None:
        for shown in self.query(FormField):
            shown.show_problems((self.bad or {}).get(shown.field.key, []))

    # -- typing and checking

    @on(FormField.Typed)
    def _typed(self, event: FormField.Typed) -> None:
        if self.draft is None:
            return
        self.draft.values[event.field.key] = event.text
        self.changed, self.error = True, ""
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(PAUSE, self._check)

    def _check(self) -> None:
        ws, draft = self.coach.ws, self.draft
        if ws is None or draft is None:
            return
        self._checks += 1
        now, copy = self._checks, Draft.from_json(draft.as_json())

        def got(bad: dict[Key | None, list[str]]) -> None:
            if now == self._checks:
                self.bad = bad
                self._show_head()
                self._show_steps()
                self._show_problems()

        behind(self, lambda: drafts.problems(ws, copy, self._folder), got, self._failed)

    # -- steps

    @on(OptionList.OptionHighlighted, "#steps")
    async def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        name = (event.option_id or "basics").replace("-", ":")
        if name != self.step_name:
            self.step_name = name
            await self._show_step(focus=False)

    @on(OptionList.OptionSelected, "#steps")
    def _selected(self, event: OptionList.OptionSelected) -> None:
        self.query(FormField).first().take_focus()

    async def action_step(self, by: int) -> None:
        if self.draft is None:
            return
        steps = self.draft.steps()
        at = steps.index(self.step_name) + by
        if 0 <= at < len(steps):
            self.step_name = steps[at]
            await self._show_step()

    async def action_add(self) -> None:
        """One more of the kind in view, empty, behind the last of them."""
        group = self.step_name.partition(":")[0]
        if self.draft is None or group not in GROUPS:
            self.notify(self.t("form.nothing_here"))
            return
        self.step_name = f"{group}:{self.draft.add(group)}"
        self.changed = True
        await self._show_step()
        self._check()

    def action_remove(self) -> None:
        group, _, at = self.step_name.partition(":")
        if self.draft is None or group not in GROUPS:
            self.notify(self.t("form.nothing_here"))
            return

        def options() -> list[tuple[str, str]]:
            return [(value, self.t(f"form.remove.{value}")) for value in ("no", "yes")]

        async def chosen(value: str | None) -> None:
            if value == "yes" and self.draft is not None:
                self.draft.remove(group, int(at))
                self.step_name = f"{group}:{max(int(at) - 1, 0)}"
                self.changed = True
                await self._show_step()
                self._check()

        self.app.push_screen(Chooser("form.remove.title", options), chosen)

    # -- saving and leaving

    def action_save(self) -> None:
        """Checked once more as it stands now; saved only where nothing is wrong."""
        ws, draft = self.coach.ws, self.draft
        if ws is None or draft is None or self._saving:
            return
        self._saving = True
        self._checks += 1
        copy = Draft.from_json(draft.as_json())

        def find() -> tuple[dict[Key | None, list[str]], bool]:
            bad = drafts.problems(ws, copy, self._folder)
            return bad, not bad and (ws.home / "scenarios" / f"{copy.get(('id',)).strip()}.toml").exists()

        async def got(found: tuple[dict[Key | None, list[str]], bool]) -> None:
            self._saving = False
            self.bad, exists = found
            if self.bad:
                await self._to_first_mistake()
                self.notify(self.t("form.not_yet", n=self.count), severity="warning")
            elif exists:
                self._ask_replace(copy)
            else:
                self._save(copy)

        behind(self, find, got, self._failed)

    async def _to_first_mistake(self) -> None:
        assert self.draft is not None
        wrong = {step for key in self.bad or {} if key is not None and (step := self.draft.step_of(key)) is not None}
        self.step_name = next((step for step in self.draft.steps() if step in wrong), self.step_name)
        await self._show_step(focus=False)
        if (field := next((one for one in self.query(FormField) if one.has_class("-bad")), None)) is not None:
            field.take_focus()

    def _ask_replace(self, copy: Draft) -> None:
        def options() -> list[tuple[str, str]]:
            return [(value, self.t(f"form.exists.{value}")) for value in ("no", "yes")]

        self.app.push_screen(Chooser("form.exists.title", options), lambda value: self._save(copy) if value == "yes" else None)

    def _save(self, copy: Draft) -> None:
        ws = self.coach.ws
        assert ws is not None
        self._saving = True

        def got(path: Path) -> None:
            self.notify(self.t("form.saved", path=path.name), markup=False)
            self.coach.revision += 1
            self.app.pop_screen()

        behind(self, lambda: drafts.save(ws, copy), got, self._failed)

    def action_leave(self) -> None:
        """Esc: asks where something was typed; a draft can be kept."""
        if not self.changed or self.draft is None:
            self.app.pop_screen()
            return

        def options() -> list[tuple[str, str]]:
            return [(value, self.t(f"form.leave.{value}")) for value in ("go_on", "keep", "throw")]

        self.app.push_screen(Chooser("form.leave.title", options, "keep"), self._left)

    def _left(self, value: str | None) -> None:
        ws, draft = self.coach.ws, self.draft
        if ws is None or draft is None or value not in ("keep", "throw"):
            return

        def got(_: None) -> None:
            if value == "keep":
                self.notify(self.t("form.kept"))
            self.app.pop_screen()

        def settle() -> None:
            if value == "keep":
                drafts.keep(ws, draft)
            elif self.from_kept:
                drafts.forget(ws)

        behind(self, settle, got, self._failed)
