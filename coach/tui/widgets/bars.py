"""The two bars: sections with who and when above, the keys that work here below."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rich.cells import cell_len
from textual.content import Content
from textual.widgets import Static

from coach.domain.words import Lang
from coach.tui.words import say

_SECTION_KEYS = {"today": "F2", "clients": "F3", "playbook": "F4"}
_WEEKDAYS = ("周一", "周二", "周三", "周四", "周五", "周六", "周日"), ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@dataclass(frozen=True, slots=True)
class Key:
    """One key of the bar: what is pressed, the text's key, the action it runs when clicked."""

    key: str
    text: str
    action: str


class NavBar(Static):
    """One line: the sections, the present one marked, and on the right who and which day."""

    def __init__(self, section: str, lang: Lang) -> None:
        super().__init__(id="nav")
        self.section, self.lang = section, lang
        self._who = ""

    def on_mount(self) -> None:
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def show_who(self, manager: str, name: str, today: date) -> None:
        """The manager whose day this is, and the date."""
        weekday = _WEEKDAYS[0 if self.lang == "zh" else 1][today.weekday()]
        who = f"{name} {manager}".strip() or say("app.nobody", self.lang)
        self._who = f"{who} · {today.isoformat()} {weekday}"
        self._draw()

    def _draw(self) -> None:
        parts: list[Content] = [Content(" ")]
        for name, key in _SECTION_KEYS.items():
            style = "reverse bold" if name == self.section else ""
            text = f" {key} {say(f'nav.{name}', self.lang)} "
            parts.append(Content.styled(text, style).stylize(f"@click=app.section('{name}')"))
        line = Content("").join(parts)
        gap = self.size.width - line.cell_length - cell_len(self._who) - 1
        if gap >= 1:
            line = line + Content(" " * gap + self._who)
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
        always = (Key("F1", "key.help", "app.help"), Key("F9", "key.lang", "app.switch_language"), Key("^P", "key.palette", "app.command_palette"),
                  Key("^Q", "key.quit", "app.quit"))
        line, room = Content(" "), self.size.width
        for item in (*self.keys, *always):
            piece = Content.styled(f" {item.key} ", "reverse").stylize(f"@click={item.action}") + Content(f" {say(item.text, self.lang)}  ")
            if line.cell_length + piece.cell_length > room > 0:
                break
            line = line + piece
        self.update(line)
