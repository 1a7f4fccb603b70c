"""Tier and stage set by hand, with the reason that stays on record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widgets import Button, Label, Static, TextArea

from coach.domain.words import Stage, Tier, label
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.choice import Choice, Option


@dataclass(frozen=True, slots=True)
class Edit:
    """What was changed; ``None`` = left as it was."""

    tier: str | None
    stage: str | None
    reason: str
    seen: tuple[str, str]
    """Tier and stage as the person saw them."""


class EditDialog(Dialog["Edit | None"]):
    """Answers with the change; the caller saves it."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", show=False, priority=True)]
    DEFAULT_CSS = """
    EditDialog { align: center middle; }
    EditDialog > Vertical {
        width: 60; max-width: 100%; height: auto; max-height: 100%; border: round $primary; background: $surface; padding: 0 1;
    }
    EditDialog .row { height: 1; margin-bottom: 1; }
    EditDialog .row Label { width: 8; color: $text-muted; }
    EditDialog TextArea { height: 4; border: none; background: $boost; margin-bottom: 1; }
    EditDialog .error { color: $text-error; height: auto; }
    EditDialog .buttons { height: 1; }
    EditDialog .buttons Button { margin-right: 2; }
    """

    def __init__(self, tier: str, stage: str) -> None:
        super().__init__()
        self.before = tier, stage
        self.tier, self.stage, self.reason, self.error = tier, stage, "", ""
        self._warned = False

    def compose(self) -> ComposeResult:
        lang = self.lang
        with Vertical() as box:
            box.border_title = self.t("edit.title")
            box.border_subtitle = self.t("edit.keys")
            with Horizontal(classes="row"):
                yield Label(self.t("client.tier"))
                yield Choice([Option(t.value, "", label(t, lang)) for t in Tier], value=self.tier, id="tier")
            with Horizontal(classes="row"):
                yield Label(self.t("client.stage"))
                yield Choice([Option(s.value, "", label(s, lang)) for s in Stage], value=self.stage, id="stage")
            yield Label(self.t("edit.reason"), classes="dim")
            yield TextArea(self.reason, id="reason", compact=True)
            yield Static(self.error or self.t("edit.note"), classes="error" if self.error else "dim", id="told", markup=False)
            with Horizontal(classes="buttons"):
                yield Button(self.t("key.save"), id="save", variant="primary", compact=True)
                yield Button(self.t("key.cancel"), id="cancel", compact=True)

    def on_mount(self) -> None:
        self.query_one("#tier").focus()

    @property
    def unsaved(self) -> bool:
        return bool(self.reason.strip()) or (self.tier, self.stage) != self.before

    @on(Choice.Chosen)
    def _chosen(self, event: Choice.Chosen) -> None:
        if event.choice.id == "tier":
            self.tier = event.value
        else:
            self.stage = event.value

    @on(TextArea.Changed)
    def _typed(self, event: TextArea.Changed) -> None:
        self.reason = event.text_area.text

    @on(Button.Pressed, "#save")
    def _pressed(self) -> None:
        self.action_save()

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.action_leave()

    def action_save(self) -> None:
        tier, stage = (now if now != was else None for now, was in zip((self.tier, self.stage), self.before, strict=True))
        if tier is None and stage is None:
            self._refuse("edit.same")
        elif not self.reason.strip():
            self._refuse("edit.why")
            self.query_one("#reason").focus()
        else:
            self.dismiss(Edit(tier, stage, self.reason.strip(), self.before))

    def _refuse(self, key: str) -> None:
        self.error = self.t(key)
        told = self.query_one("#told", Static)
        told.set_classes("error")
        told.update(self.error)
