"""The two bars: sections with who and when above, the keys that work here below."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from coach.domain.weekdays import weekday
from coach.domain.words import Lang
from coach.tui.words import say

_SECTION_KEYS = {"today": "F2", "clients": "F3", "playbook": "F4", "practice": "F7", "supervise": "F8"}


class Key(NamedTuple):
    """One key of the bar: what is pressed, the text's key, the action it runs when clicked."""

    key: str
    text: str
    action: str


class NavBar(Static):
    """One line: the sections, the present one marked, and on the right who and which day."""

    def __init__(self, section: str, lang: Lang) -> None:
        super().__init__(id="nav")
        self.section, self.lang = section, lang
        self._who, self._demo = "", False

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def show_who(self, manager: str, name: str, today: date, *, demo: bool = False) -> None:
        """The manager whose day this is, and the date; a demo branch is marked as one."""
        who = f"{name} {manager}".strip() or say("app.nobody", self.lang)
        self._who = f"{who} · {today.isoformat()} {weekday(today, self.lang)}"
        self._demo = demo
        self._draw()

    def _draw(self) -> None:
        line = Content(" ")
        for name, key in _SECTION_KEYS.items():
            style = "reverse bold" if name == self.section else ""
            piece = Content.styled(f" {key} {say(f'nav.{name}', self.lang)} ", style)
            line = line + piece.stylize(f"@click=app.section('{name}')")
        badge = Content.styled(f" {say('app.demo', self.lang)} ", "bold reverse") if self._demo else Content("")
        for who in (self._who, self._who.rpartition(" · ")[2], ""):  # what does not fit gives way: the date last
            gap = self.size.width - line.cell_length - badge.cell_length - cell_len(who) - 2
            if gap >= 1:
                told = Content(who).stylize("@click=app.choose_manager") if who else Content("")
                line = line + Content(" " * gap) + badge + Content(" ") + told
                break
        self.update(line)


class KeyBar(Static):
    """One line: each key with what it does; a click does it too. Keys that do not fit are left to the help (F1)."""

    def __init__(self, keys: tuple[Key, ...], lang: Lang) -> None:
        super().__init__(id="keys")
        self.keys, self.lang = keys, lang

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def show(self, keys: tuple[Key, ...]) -> None:
        """Other keys, as the focus moves."""
        self.keys = keys
        self._draw()

    def _draw(self) -> None:
        """The screen's keys first, then those that work everywhere; help and quit always have their place."""
        room = self.size.width
        ends = (Key("F1", "key.help", "app.help"), Key("^Q", "key.quit", "app.quit"))
        more = (Key("^P", "key.palette", "app.command_palette"), Key("F9", "key.lang", "app.switch_language"))
        last = Content("").join(self._piece(item) for item in ends)
        line = Content(" ")
        for item in (*self.keys, *more):
            piece = self._piece(item)
            if line.cell_length + piece.cell_length + last.cell_length > room > 0:
                break
            line = line + piece
        self.update(line + last)

    def _piece(self, item: Key) -> Content:
        shown = Content.styled(item.key, "bold $text-accent") + Content(f" {say(item.text, self.lang)}")
        return shown.stylize(f"@click={item.action}") + Content("  ")
