"""Passages by their ids, as the cite sheet shows them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from coach.domain.words import Lang

if TYPE_CHECKING:
    from coach.domain.suggestion import Citation
    from coach.playbook.cards import Playbook


def citations(ids: Iterable[str], book: Playbook | None, lang: Lang) -> list[Citation]:
    """The citations of passages, in their order; an id that the playbook does not hold is left out."""
    from coach.domain.suggestion import Citation

    passages = [book.passages[name, lang] for name in dict.fromkeys(ids) if book is not None and (name, lang) in book.passages]
    return [Citation(passage.id, passage.topic, passage.title, passage.shown) for passage in passages]
