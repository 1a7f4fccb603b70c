"""What the figure under the cursor means, and how this one stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll

from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.prose import Doc, Prose


@dataclass(frozen=True, slots=True)
class Meaning:
    """The definition's words, and the cell's."""

    name: str
    counts: str
    records: str
    formula: str
    who: str
    here: str
    period: str


class DefinitionSheet(Dialog[None]):
    """Asks anew when the language changes; any of the keys that opened it closes it."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d,enter,q", "leave", show=False), Binding("down,j", "scroll(1)", show=False), Binding("up,k", "scroll(-1)", show=False),
    ]
    DEFAULT_CSS = """
    DefinitionSheet { align: center middle; }
    DefinitionSheet > VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 100%; border: round $accent; background: $surface; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """

    def __init__(self, meaning: Callable[[], Meaning | None]) -> None:
        super().__init__()
        self.meaning = meaning
        self._last: Meaning | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll() as box:
            meaning = self._last = self.meaning() or self._last
            if meaning is not None:
                box.border_title = self.t("report.definition", figure=meaning.name)
                box.border_subtitle = self.t("report.definition.keys")
                yield Prose(self._doc(meaning))

    def _doc(self, meaning: Meaning) -> Doc:
        doc = Doc()
        if meaning.here:
            doc.add((self.t("report.definition.here", who=meaning.who) + "  ", "$text-muted"), (meaning.here, "bold"), hang=2).gap()
        for key in ("counts", "formula", "records", "period"):
            doc.add((self.t(f"report.definition.{key}") + "  ", "$text-muted"), getattr(meaning, key), hang=2)
        return doc

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
