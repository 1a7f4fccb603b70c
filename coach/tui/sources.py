"""Where a passage comes from, in words: «原文第35段», «同业做法», «本行默认», «规则：承诺收益»."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from coach.domain.words import Lang, pick
from coach.tui.words import say


def source_text(source: str, lang: Lang, title_of: Callable[[str], str]) -> str:
    """One source mark (``A35``, ``A20-A33``, ``S``, ``D``, ``L:compliance.promise``) in words; an unknown one as it is."""
    if source.startswith("A") and source[1:2].isdigit():
        return say("source.article", lang, n=source[1:].replace("-A", "-"))
    if source == "S":
        return say("source.practice", lang)
    if source == "D":
        return say("source.default", lang)
    if source.startswith("L:"):
        return say("source.rule", lang, title=title_of(source[2:]))
    return source


def sources_text(sources: Sequence[str], lang: Lang, title_of: Callable[[str], str]) -> str:
    """All sources of a passage in one line."""
    return pick(lang, "；", "; ").join(source_text(source, lang, title_of) for source in sources)
