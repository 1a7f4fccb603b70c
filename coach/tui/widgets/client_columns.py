"""Which columns the client list has at a width, and what stands in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len

from coach.domain.words import Lang, label
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.services.clients import ClientRow

GAP = 1


@dataclass(frozen=True, slots=True)
class Column:
    """One column: what it shows, how wide, by what it sorts (``None`` = it does not)."""

    name: str
    width: int
    sort: str | None = None
    right: bool = False


def columns_for(width: int, lang: Lang, number_width: int) -> list[Column]:
    """The columns that fit: first what a person looks for, from about 100 cells the card, from about 115 the occupation."""
    zh = lang == "zh"
    fixed = [
        Column("client_no", min(max(number_width, 8), 14), "client_no"), Column("name", 10 if zh else 12, "name"),
        Column("tier", 4, "tier"), Column("stage", 6 if zh else 10, "stage"), Column("assets", 13, "assets", right=True),
    ]
    card, occupation = Column("card", 8 if zh else 10), Column("occupation", 14 if zh else 18)
    used = sum(c.width + GAP for c in fixed)
    extra: list[Column] = []
    for column, wanted in ((card, 24), (occupation, 28)):
        if width - used - column.width - GAP >= wanted + GAP:
            extra.append(column)
            used += column.width + GAP
    rest = width - used - GAP
    if rest >= 6:
        fixed.append(Column("signals", rest))
    return fixed + extra


def signal_words(signals: Sequence[str], width: int, lang: Lang) -> str:
    """Signal labels side by side; what does not fit is counted: «到期 待认领 +2»."""
    shown, cells = [], 0
    signals = list(dict.fromkeys(signals))
    for index, signal in enumerate(signals):
        word = label(signal, lang)
        more = f" +{len(signals) - index - 1}" if index < len(signals) - 1 else ""
        wide = cell_len(word) + (2 if shown else 0)
        if cells + wide + len(more) > width and shown:
            return "  ".join(shown) + f" +{len(signals) - index}"
        shown.append(word)
        cells += wide
    return "  ".join(shown)


def cell(row: ClientRow, column: Column, signals: Sequence[str], lang: Lang, card_names: Mapping[str, str]) -> str:
    """The text of a cell, exactly as wide as its column."""
    match column.name:
        case "client_no":
            text = row.client_no
        case "name":
            text = row.name
        case "tier":
            text = row.tier
        case "stage":
            text = label(row.stage, lang)
        case "assets":
            text = f"{row.assets_fen // 100:,}"
        case "signals":
            text = signal_words(signals, column.width, lang)
        case "card":
            text = card_names.get(row.card_level or "", row.card_level or "")
        case _:
            text = row.occupation or ""
    return pad(text, column.width, right=column.right)
