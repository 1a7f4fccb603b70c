"""The day's progress by channel: «面访 2/5 · 电话 8/20 · 短信微信 12/30», each with a bar; a click shows that channel."""

from __future__ import annotations

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from coach.domain.words import Lang, label

CHANNELS = ("visit", "call", "message")
"""In the order of 5–20–30 and of their keys 1, 2, 3."""


class Gauges(Static):
    """One line; bars are drawn as coloured blanks, which every terminal draws one cell wide."""

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.lang = lang
        self.figures: dict[str, tuple[int, int]] = {}
        self.chosen = ""

    def show(self, figures: dict[str, tuple[int, int]], chosen: str) -> None:
        """Channel → (done, capacity); ``chosen`` is the channel that the list shows, empty = all."""
        self.figures, self.chosen = figures, chosen
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        heads = {c: f"{n} {label(c, self.lang)} " for n, c in enumerate(CHANNELS, 1)}
        tails = {c: " {}/{}".format(*self.figures[c]) if c in self.figures else " -/-" for c in CHANNELS}
        fixed = sum(cell_len(heads[c]) + cell_len(tails[c]) for c in CHANNELS) + 3 * len(CHANNELS)
        bar = max(0, min(24, (self.size.width - fixed) // len(CHANNELS)))
        line = Content(" ")
        for channel in CHANNELS:
            done, of = self.figures.get(channel, (0, 0))
            full = min(bar, round(bar * done / of)) if of else 0
            if done and bar:
                full = max(full, 1)
            style = "bold reverse" if channel == self.chosen else "bold"
            piece = (
                Content.styled(heads[channel].rstrip(), style) + Content(" ")
                + Content.styled(" " * full, "on $success") + Content.styled(" " * (bar - full), "on $surface-lighten-2")
                + Content.styled(tails[channel], "$text-success" if of and done >= of else "")
            )
            line = line + piece.stylize(f"@click=screen.channel('{channel}')") + Content("   ")
        self.update(line)
