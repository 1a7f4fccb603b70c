"""Whether cited passages bear out a claim that was put in other words: shared words, nearness of meaning, and no turning round.

A claim stands when most of what it says is said by the passages (weighted by how telling a word is), or when
one of their sentences means nearly the same; and when it adds little that no passage says and denies
nothing that they affirm. ``python -m coach.assistant.support`` measures it on ``tests/eval/support.*.jsonl``.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coach.assistant.grounding import pieces
from coach.assistant.verify import sentences
from coach.domain.words import Lang
from coach.playbook.cards import playbook

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

_NEGATION = {
    "zh": re.compile(
        r"不(?!错|同|妨|少|久|仅|但|过|管|论|急|着急|用急|要紧|客气|好意思|断|如|只)"
        r"|没(?!关系)|别(?!人|的|家|处)|勿|未(?!来)|无(?!论)|切忌|禁止"
    ),
    "en": re.compile(r"\b(?:not|never|no|cannot|without|don't|doesn't|won't|isn't|aren't|nor)\b|n't\b", re.IGNORECASE),
}
WORDS, MEANING, NOVELTY, TURNED, BIAS = 4.2, 4.6, -3.4, -1.6, -3.1
"""Weights of the four signs: see :func:`Support.score`; fitted on the even lines of the evaluation set."""
THRESHOLD = 0.5


Signs = tuple[float, float, float, float]


class Support:
    """``embed`` turns texts into vectors of length one; ``None`` leaves words alone to decide."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors] | None) -> None:
        self._embed = lru_cache(maxsize=4096)(lambda text: embed([text])[0]) if embed else None

    def holds(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> bool:
        """Whether the passages support the claim; ``facts`` are the client's own values, which count neither way."""
        told = self._words(claim, passages, lang, facts)
        if told is None:
            return True
        words, novelty, turned, bare, parts = told
        if _sure(words, 0.0, novelty, turned) >= THRESHOLD or _sure(words, 1.0, novelty, turned) < THRESHOLD:
            return _sure(words, 0.0, novelty, turned) >= THRESHOLD  # whatever the nearness, it decides nothing
        return _sure(words, self._nearness(bare, parts) if self._embed else words, novelty, turned) >= THRESHOLD

    def score(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> float:
        """0 to 1: how surely the passages say what the claim says."""
        signs = self.signs(claim, passages, lang, facts)
        return 1.0 if signs is None else _sure(*signs)

    def signs(self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str] = ()) -> Signs | None:
        """Shared words by weight, nearness of the nearest sentence, weight of the heaviest unsaid words, 1 where a denial was turned.

        ``None`` where nothing but the client's own values is left to support.
        """
        told = self._words(claim, passages, lang, facts)
        if told is None:
            return None
        words, novelty, turned, bare, parts = told
        return words, self._nearness(bare, parts) if self._embed else words, novelty, turned

    def _words(
        self, claim: str, passages: Sequence[str], lang: Lang, facts: Collection[str]
    ) -> tuple[float, float, float, str, list[str]] | None:
        """The signs that need no vectors, the claim without the client's values, and the passages' sentences."""
        bare = _without(claim, facts)
        own = pieces(bare)
        if not own:
            return None
        weight = _weights(lang)
        said = pieces("\n".join(passages))
        total = sum(weight(piece) for piece in own)
        unsaid = [piece for piece in own if piece not in said]
        words = 1 - sum(weight(piece) for piece in unsaid) / total
        novelty = min(sum(weight(p) for p in unsaid) / (4 * weight("")), 1.0)
        parts = [s for passage in passages for s in sentences(passage, lang) if pieces(s)]
        near = max(parts, key=lambda s: len(own & pieces(s)), default="")
        turned = float(bool(_NEGATION[lang].search(bare)) != bool(_NEGATION[lang].search(near)))
        return words, novelty, turned, bare, parts

    def _nearness(self, claim: str, parts: Sequence[str]) -> float:
        assert self._embed is not None
        own = self._embed(claim)
        return max((float(own @ self._embed(part)) for part in parts), default=0.0)


def _sure(words: float, meaning: float, novelty: float, turned: float) -> float:
    return 1 / (1 + math.exp(-(BIAS + WORDS * words + MEANING * meaning + NOVELTY * novelty + TURNED * turned)))


def _without(text: str, facts: Collection[str]) -> str:
    for value in sorted(facts, key=len, reverse=True):
        text = text.replace(value, " ")
    return text


@lru_cache
def _weights(lang: Lang) -> Callable[[str], float]:
    """How telling a piece is: its inverse frequency over the playbook; one that stands nowhere is the most telling."""
    passages = [pieces(p.shown) for (_, which), p in playbook().passages.items() if which == lang]
    count = Counter(piece for found in passages for piece in found)
    return lambda piece: math.log(1 + len(passages) / (1 + count.get(piece, 0)))
