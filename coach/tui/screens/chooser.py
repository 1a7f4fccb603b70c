"""A small list to choose one thing from; answers with its value, ``None`` where it was left."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from coach.tui.screens.dialog import Dialog


class Chooser(Dialog["str | None"]):
    """Options as (value, text), asked for anew when the language changes; Enter or a click chooses, Esc leaves."""

    DEFAULT_CSS = """
    Chooser { align: center middle; }
    Chooser > Vertical {
        width: 50; max-width: 90%; height: auto; max-height: 90%; border: round $primary; background: $surface; padding: 0 1;
    }
    Chooser OptionList { height: auto; max-height: 20; border: none; background: $surface; }
    """

    def __init__(self, title: str, options: Callable[[], Sequence[tuple[str, str]]], chosen: str = "") -> None:
        """``title`` is a key of the texts."""
        super().__init__()
        self.heading, self.options, self.chosen = title, options, chosen

    def compose(self) -> ComposeResult:
        with Vertical() as box:
            box.border_title = self.t(self.heading)
            yield OptionList(*(Option(text, id=f"o{i}") for i, (_, text) in enumerate(self.options())), markup=False)

    def on_mount(self) -> None:
        self._show()

    async def recompose(self) -> None:
        await super().recompose()
        self._show()

    def _show(self) -> None:
        listed = self.query_one(OptionList)
        listed.highlighted = next((i for i, (value, _) in enumerate(self.options()) if value == self.chosen), 0)
        listed.focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        self.chosen = self.options()[event.option_index][0]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self.options()[event.option_index][0])
