"""The moves of an allocation: a list that draws only the lines that are seen, whatever their number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.segment import Segment
from textual.geometry import Size
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

    def _lay_out(self) -> None:
        self._columns = columns_for(max(self.scrollable_content_region.width, 20), self.lang, self._number_width)
        self.virtual_size = Size(self.scrollable_content_region.width, len(self.numbers) + 1)
        self.refresh()

    def render_line(self, y: int) -> Strip:
        width = self.scrollable_content_region.width
        if y == 0:
            return self._header(width)
        index = y - 1 + self.scroll_offset.y
        if index >= len(self.moves):
            return Strip.blank(width, self.rich_style)
        under = index == self.cursor
        base = self.get_component_rich_style("list--cursor" if self.has_focus else "list--cursor-blurred") if under else self.rich_style
        parts: list[tuple[str, str | None]] = [(" ", None)]
        for column in self._columns:
            style = "list--signals" if column.name == "after" and not under else None
            parts.append((pad(self._text(self.moves[index], column.name), column.width, right=column.right) + " " * GAP, style))
        return self._strip(parts, width, base)

    def _text(self, move: MoveRow, column: str) -> str:
        if column == "reason":
            return move.why(self.lang)
        if column == "assets":
            return f"{move.assets_fen // 100:,}"
        if column == "before":
            return move.before or say("alloc.move.nobody", self.lang)
        return str(getattr(move, column))

    def _header(self, width: int) -> Strip:
        base = self.get_component_rich_style("list--header")
        text = " "
        for column in self._columns:
            mark = "" if column.sort != self.sort else (" v" if self.descending else " ^")
            text += pad(say(f"alloc.move.{column.name}", self.lang) + mark, column.width, right=column.right) + " " * GAP
        return Strip([Segment(text, base)]).adjust_cell_length(width, base)
