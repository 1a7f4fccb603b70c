"""Help: a day with Coach in five lines, then every key of this screen and what it does."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical, VerticalScroll
from textual.screen import Screen

from coach.tui.screens.base import CoachScreen
from coach.tui.screens.dialog import Dialog
from coach.tui.widgets.prose import Doc, Prose
from coach.tui.words import TEXTS, say
from coach.tui.wrap import pad

EVERYWHERE = (
    ("F2 F3 F4 F7 F8", "help.sections"), ("F6", "key.import"), ("F9", "help.lang"), ("Ctrl+P", "help.palette"), ("F1 ?", "help.help"),
    ("Esc", "help.esc"), ("Tab", "help.tab"), ("Ctrl+Q", "help.quit"),
)
DIALOG = (
    ("1-9", "help.contact.outcome"), ("Ctrl+T", "help.contact.channel"), ("Ctrl+E", "help.contact.effective"), ("Tab", "help.tab"),
    ("+3 12-01", "help.contact.date"), ("Ctrl+S", "help.contact.save"), ("Esc", "help.contact.esc"),
)


class HelpScreen(Dialog[None]):
    """The keys of the screen from which it was called."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,fullwidth_question_mark,q", "leave", show=False),
        Binding("down,j", "scroll(1)", show=False), Binding("up,k", "scroll(-1)", show=False),
    ]

    def __init__(self, section: str, keys: tuple[tuple[str, str], ...]) -> None:
        super().__init__()
        self.section, self.keys = section, keys

    @classmethod
    def of(cls, screen: Screen[Any]) -> HelpScreen:
        """Help for a screen: its bar's keys, its own further ones; a dialog has its own list."""
        if isinstance(screen, CoachScreen):
            keys = tuple((key.key, f"help.{key.text}" if f"help.{key.text}" in TEXTS else key.text) for key in screen.keys)
            return cls(screen.SECTION, keys + screen.HELP)
        from coach.tui.screens.contact_dialog import ContactDialog

        return cls("contact" if isinstance(screen, ContactDialog) else "", DIALOG if isinstance(screen, ContactDialog) else ())

    def compose(self) -> ComposeResult:
        with Vertical(id="dialog") as box:
            box.border_title = self.t("help.title")
            box.border_subtitle = self.t("help.close")
            with VerticalScroll():
                yield Prose(self._doc())

    def _doc(self) -> Doc:
        doc = Doc().head(self.t("help.day"))
        for number in range(1, 6):
            doc.add((f"{number}  ", "bold $text-accent"), self.t(f"help.day.{number}"), hang=3)
        if self.keys:
            key = f"nav.{self.section}"
            self._keys(doc, say(key, self.lang) if key in TEXTS else self.t("help.here"), self.keys)
        self._keys(doc, self.t("help.everywhere"), EVERYWHERE)
        return doc

    def _keys(self, doc: Doc, title: str, keys: tuple[tuple[str, str], ...]) -> None:
        doc.head(title)
        for pressed, text in keys:
            doc.add((pad(pressed, 12), "bold $text-accent"), self.t(text), hang=12)

    def action_scroll(self, by: int) -> None:
        self.query_one(VerticalScroll).scroll_relative(y=by, animate=False)
