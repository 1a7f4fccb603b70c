"""A practice talk as text: who said what, numbered; what the score says of a turn stands below it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.content import Content

from coach.domain.words import Lang
from coach.tui.widgets.prose import Doc
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.practice.talk import Turn

STAR = "★"
_CLIENT, _STAFF = "bold $text-accent", "bold $text-primary"


def stars(difficulty: int) -> str:
    """★★ for medium; three cells wide."""
    return pad(STAR * difficulty, 3)


@dataclass(slots=True)
class Note:
    """What the score says of a turn: lines below it, and the words of it that are set off."""

    lines: list[tuple[str, str]] = field(default_factory=list)
    """(text, style)."""
    quotes: list[tuple[str, str]] = field(default_factory=list)
    """(words that stand in the turn, style)."""


def turn_into(
    doc: Doc, number: int, turn: Turn, names: Mapping[str, str], *, at: bool = False, dim: bool = False, note: Note | None = None
) -> None:
    """One turn as a paragraph whose lines hang behind the speaker's name; ``at`` = the turn in view; ``dim`` = not reached yet."""
    wide = max(cell_len(name) for name in names.values())
    head = f"{number:>2} "
    style = _CLIENT if turn.who == "client" else _STAFF
    hang = len(head) + wide + 2
    doc.anchor(f"turn-{number}")
    said = quoted(turn.text, note.quotes if note and not dim else ())
    lines = said.split("\n", allow_blank=True)
    for index, line in enumerate(lines):
        before: tuple[str | tuple[str, str] | Content, ...] = (
            (head, "reverse bold" if at else "$text-muted"), (pad(names[turn.who], wide), "$text-disabled" if dim else style), "  ",
        ) if index == 0 else (" " * hang,)  # fmt: skip
        doc.add(*before, line.stylize("$text-disabled") if dim else line, hang=hang)
    for text, colour in note.lines if note and not dim else ():
        doc.add((" " * hang, ""), (text, colour), hang=hang + 2)


def quoted(text: str, quotes: Sequence[tuple[str, str]]) -> Content:
    """The text with the quotes that stand in it set off."""
    content = Content(text)
    for quote, style in quotes:
        at = text.find(quote) if quote else -1
        if at >= 0:
            content = content.stylize(style, at, at + len(quote))
    return content


def talk_doc(
    turns: Sequence[Turn], names: Mapping[str, str], *, at: int = 0, reached: int | None = None, notes: Mapping[int, Note] | None = None
) -> Doc:
    """The whole talk. ``at``: number of the turn in view (0 = none); ``reached``: turns after it are dim."""
    doc = Doc()
    for number, turn in enumerate(turns, 1):
        turn_into(
            doc, number, turn, names, at=number == at, dim=reached is not None and number > reached, note=(notes or {}).get(number),
        )  # fmt: skip
    return doc


def names_of(call_name: str, lang: Lang) -> dict[str, str]:
    """How the two sides are called in the talk."""
    return {"client": call_name, "staff": say("practice.me", lang)}
