"""The moves of an allocation: a list that draws only the lines that are seen, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from rich.style import Style
from textual.strip import Strip

from coach.domain.words import Lang
from coach.tui.widgets.client_columns import GAP, Column
from coach.tui.widgets.client_list import ClientList
from coach.tui.words import say
from coach.tui.wrap import pad

if TYPE_CHECKING:
    from coach.tui.screens.allocation_sheet import MoveRow


def columns_for(width: int, lang: Lang, number_width: int) -> list[Column]:
    """The client, from whom to whom, the assets; the reason has what is left."""
    name = 10 if lang == "zh" else 12
    fixed = [
        Column("client_no", min(max(number_width, 6), 14), "client_no"), Column("name", name, "name"), Column("before", name, "before"),
        Column("after", name, "after"), Column("assets", 12, "assets", right=True),
    ]  # fmt: skip
    rest = width - sum(column.width + GAP for column in fixed) - GAP
    return [*fixed, Column("reason", rest)] if rest >= 8 else fixed


class MoveList(ClientList):
    """Rows are there from the start: nothing is asked for. Moving, the cursor, the sortable head are the client list's."""

    HEADS: ClassVar[str] = "alloc.move"

    def __init__(self, lang: Lang, *, id: str | None = None) -> None:
        super().__init__(lang, id=id)
        self.moves: Sequence[MoveRow] = ()

    def set_moves(self, moves: Sequence[MoveRow], *, cursor: int = 0, sort: str = "assets", reverse: bool = False) -> None:
        """Other moves, in the order in which they are shown."""
        self.moves = moves
        self.set_numbers([move.client_no for move in moves], cursor=cursor, sort=sort, reverse=reverse)

    @property
    def move(self) -> MoveRow | None:
        """The move under the cursor."""
        return self.moves[self.cursor] if self.moves else None

    def _columns_in(self, width: int) -> list[Column]:
        return columns_for(width, self.lang, self._number_width)

    def _line(self, place: int, width: int, base: Style, *, under: bool) -> Strip:
        parts: list[tuple[str, str | None]] = [(" ", None)]
        for column in self._columns:
            style = "list--signals" if column.name == "after" and not under else None
            parts.append((pad(self._text(self.moves[place], column.name), column.width, right=column.right) + " " * GAP, style))
        return self._strip(parts, width, base)

    def _text(self, move: MoveRow, column: str) -> str:
        if column == "reason":
            return move.why(self.lang)
        if column == "assets":
            return f"{move.assets_fen // 100:,}"
        if column == "before":
            return move.before or say("alloc.move.nobody", self.lang)
        return str(getattr(move, column))
