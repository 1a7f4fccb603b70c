"""The playbook as a service: its retriever, its index, its check, and a branch's own documents."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.domain.words import LANGS, Lang
from coach.services.workspace import Workspace

if TYPE_CHECKING:
    from coach.playbook.retrieve import PlaybookRetriever


def _options(ws: Workspace) -> Any:
    from coach.playbook.index import IndexOptions

    return IndexOptions(
        workspace=ws.home,
        chroma_url=ws.settings.chroma or None,
        embed_model=ws.settings.embed_model or None,
        base_url=ws.settings.base_url or None,
        api_key=ws.settings.api_key.get_secret_value() or None,
    )


def retriever(ws: Workspace) -> PlaybookRetriever:
    """The retriever, its index built or brought up to date where needed; kept for the process's life."""
    if ws.retriever is None:
        from coach.playbook.retrieve import open_retriever

        ws.retriever = open_retriever(_options(ws))
    return ws.retriever


def cautions(ws: Workspace, lang: Lang) -> list[str]:
    """Why the search goes by words alone, where it does; a line each. Opens nothing: without a search yet there is none."""
    return [] if ws.retriever is None else ws.retriever.cautions_in(lang)


def build(ws: Workspace) -> dict[str, Any]:
    """Build the index anew; the one in use stays until the new one is whole."""
    from coach.playbook.index import build_index

    info = build_index(_options(ws), force=True)
    ws.retriever = None
    return info.as_json()


def add(ws: Workspace, files: Iterable[Path]) -> list[dict[str, Any]]:
    """Add a branch's own documents to what is searched and cited."""
    from coach.playbook.documents import add_documents

    added = add_documents(list(files), _options(ws))
    ws.retriever = None
    return [a.as_json() for a in added]


def check() -> dict[str, Any]:
    """Every problem of the cards, the rules and the default policy, and how much there is."""
    from coach.paths import KNOWLEDGE
    from coach.playbook.cards import CardError, read_playbook
    from coach.playbook.check import check as check_cards
    from coach.playbook.rules import check_rules, load_rules

    problems = [*check_cards(KNOWLEDGE), *check_rules(KNOWLEDGE)]
    value: dict[str, Any] = {
        "problems": [{"file": str(p.path), "line": p.line, "text": p.text} for p in problems],
        "cards": 0,
        "passages": 0,
        "rules": 0,
    }
    try:
        book = read_playbook(KNOWLEDGE)
        value |= {
            "cards": len(book.cards) // len(LANGS),
            "passages": len(book.passages) // len(LANGS),
            "rules": len(load_rules(KNOWLEDGE).rules),
        }
    except CardError:  # told among the problems
        pass
    return value
