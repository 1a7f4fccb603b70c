"""Numbers for what is cited: the same passage has the same number wherever it is cited for one client."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from textual.content import Content

from coach.domain.suggestion import Citation


class Cites:
    """Citations in the order in which they were first shown, numbered from 1."""

    def __init__(self) -> None:
        self.all: list[Citation] = []
        self._at: dict[str, int] = {}

    def add(self, citations: Iterable[Citation]) -> None:
        """Number what is new; the text of a known one is taken over (the language may have changed)."""
        for citation in citations:
            if citation.id in self._at:
                self.all[self._at[citation.id] - 1] = citation
            else:
                self.all.append(citation)
                self._at[citation.id] = len(self.all)

    def number(self, passage_id: str) -> int | None:
        """The number of a passage, ``None`` where it is not among the citations."""
        return self._at.get(passage_id)

    def marks(self, ids: Sequence[str]) -> Content:
        """`` [1][3]``, each a link that opens its passage."""
        numbers = [n for n in map(self.number, dict.fromkeys(ids)) if n is not None]
        if not numbers:
            return Content("")
        return Content(" ") + Content("").join(
            Content.styled(f"[{n}]", "$text-accent").stylize(f"@click=screen.cite({n})") for n in numbers
        )
