"""Greetings, thanks and wishes that a message may hold with no passage behind them: ``prompts/<lang>/courtesies.md``."""

from __future__ import annotations

from functools import lru_cache
from typing import Literal

from coach.assistant.verify import sentences
from coach.domain.words import Lang
from coach.paths import PROMPTS

Sort = Literal["greeting", "self", "ease", "elder", "wish"]
_SORTS: tuple[Sort, ...] = ("greeting", "self", "ease", "elder", "wish")
"""The file's sections, in its order."""


@lru_cache
def courtesies(lang: Lang) -> dict[Sort, tuple[str, ...]]:
    """The sentences of each section."""
    text = (PROMPTS / lang / "courtesies.md").read_text(encoding="utf-8")
    bodies = [part.partition("\n")[2] for part in text.split("# ")[1:]]
    return {sort: tuple(s.strip() for s in sentences(body, lang)) for sort, body in zip(_SORTS, bodies, strict=True)}


def all_courtesies(lang: Lang) -> str:
    """Everything, as one text."""
    return " ".join(s for found in courtesies(lang).values() for s in found)
