"""The line of filters: each with its key and what it is set to; a click sets it too."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter: its key, its name, its value, whether it narrows the list, the action of its key."""

    key: str
    name: str
    value: str
    on: bool
    action: str


class FilterBar(Static):
    """Chips on the left, the count on the right."""

    DEFAULT_CSS = """
    FilterBar { height: 1; width: 1fr; padding: 0 1; background: $boost; }
    """

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._chips: Sequence[Chip] = ()
        self._count = ""

    def show(self, chips: Sequence[Chip], count: str) -> None:
        """Other values."""
        self._chips, self._count = chips, count
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        room = self.content_size.width
        line = Content("")
        for long in (True, False):
            line = Content("")
            for chip in self._chips:
                name = f"{chip.name} " if long else ""
                value = Content.styled(chip.value, "bold $text-accent" if chip.on else "")
                piece = Content.styled(chip.key, "underline") + Content(f" {name}") + value
                line = line + piece.stylize(f"@click={chip.action}") + Content("  ")
            if line.cell_length + cell_len(self._count) <= room:
                break
        counted = Content.styled(self._count, "bold")
        gap = room - line.cell_length - counted.cell_length
        self.update(line + Content(" " * gap) + counted if gap >= 0 else line)
