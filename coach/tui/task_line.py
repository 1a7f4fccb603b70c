"""One task in one line of so many cells: mark, channel, client, tier, stage, play, why, due."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rich.cells import cell_len

from coach.domain.words import Lang, label
from coach.tui.evidence_words import evidence_text
from coach.tui.today_data import Line
from coach.tui.words import say
from coach.tui.wrap import pad

MARKS = {"done": "✓", "skipped": "-"}
_CHANNELS = {"visit": ("面访", "Visit"), "call": ("电话", "Call"), "message": ("短信", "Msg")}


@dataclass(frozen=True, slots=True)
class Widths:
    """Cells of the columns; ``why`` takes what is left."""

    channel: int
    name: int
    stage: int
    play: int
    why: int
    due: int


def widths(total: int, lang: Lang, lines: list[Line]) -> Widths:
    """The columns for a list of ``total`` cells: the play gives way first, then the stage."""
    zh = lang == "zh"
    channel, due, stage = (4, 9, 4) if zh else (5, 9, 10)
    name = min(max((cell_len(line.name) for line in lines), default=6), 10 if total < 100 else 16)
    play = min(max((cell_len(line.title) for line in lines), default=8), 12 if total < 100 else 20)
    fixed = 3 + channel + 1 + name + 1 + 2 + due + 2
    if total - fixed - stage - play - 2 < 18:
        play = -1
    if total - fixed - stage - play - 2 < 14:
        stage = -1
    return Widths(channel, name, stage, play, max(0, total - fixed - stage - play - 2), due)


def due_text(line: Line, lang: Lang, today: date) -> tuple[str, bool]:
    """When the task is due, and whether it is late."""
    days = (line.due - today).days
    if line.state in MARKS:
        return say(f"today.state.{line.state}", lang), False
    if days < 0:
        return say("today.late", lang, n=-days), True
    if days == 0:
        return say("today.now", lang), False
    return line.due.strftime("%m-%d"), False


def why_text(line: Line, lang: Lang, today: date) -> str:
    """The first reason with its figure; how many more there are."""
    if not line.reasons:
        return ""
    signal, evidence = line.reasons[0]
    text = f"{label(signal, lang)} {evidence_text(signal, evidence, lang, today)}".rstrip()
    return f"{text} +{len(line.reasons) - 1}" if len(line.reasons) > 1 else text


def task_parts(line: Line, w: Widths, lang: Lang, today: date) -> list[tuple[str, str]]:
    """(text, style class) from left to right; together exactly as wide as the list."""
    at = 0 if lang == "zh" else 1
    mark = MARKS.get(line.state, "!" if line.urgent else " ")
    due, late = due_text(line, lang, today)
    parts = [
        (f" {mark} ", "urgent" if mark == "!" else "mark"),
        (pad(_CHANNELS.get(line.channel, ("", ""))[at], w.channel) + " ", f"channel-{line.channel}" if line.channel else "mark"),
        (pad(line.name, w.name) + " ", "name"),
        (pad(line.tier, 1) + " ", "tier"),
    ]
    if w.stage > 0:
        parts.append((pad(label(line.stage, lang) if line.stage else "", w.stage) + " ", "stage"))
    if w.play > 0:
        parts.append((pad(line.title, w.play) + " ", "play"))
    parts.append((pad(why_text(line, lang, today), w.why) + " ", "why"))
    parts.append((pad(due, w.due, right=True) + " ", "late" if late else "due"))
    return parts
