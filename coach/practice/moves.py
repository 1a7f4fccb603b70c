"""Which moves a sentence makes, learnt from the example sentences of ``knowledge/<lang>/practice.toml``.

Kernel ridge regression of the seventeen moves over two likenesses, meaning (the cosine of sentence vectors) and wording
(the cosine of weighted letter or word runs): a few hundred examples, one linear system, no file to ship. On the labelled
trainee turns of ``tests/practice/transcripts``, which share no sentence with the examples, it finds moves with F1 0.60 in
Chinese (0.46 for the three nearest examples).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from coach.domain.words import Lang
from coach.playbook.lexical import plain
from coach.practice.kit import MOVES, KitWords
from coach.practice.scenario import Move

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

RIDGE = 0.3
RUNS = (1, 2, 3)
"""Lengths of the runs of letters (Chinese) or words (English) that wording is compared in."""
MOST = 3
"""Moves of one sentence at most."""
FROM: dict[Move, float] = {
    "greet": 0.40, "identify": 0.25, "reason": 0.25, "ask": 0.35, "listen": 0.30, "empathise": 0.30, "apologise": 0.30, "explain": 0.25,
    "offer_value": 0.40, "pitch": 0.35, "push": 0.45, "promise": 0.50, "pressure": 0.40, "next_step": 0.50, "close": 0.30, "insult": 0.55,
    "instruct": 0.40,
}  # fmt: skip
"""A move counts from here on. Where precision and recall meet on the labelled transcripts; what a trainee is blamed for, higher."""
_WORD = re.compile(r"[a-z']+|[?!]")


class Recogniser:
    """Learns the examples of one language when it is made. ``embed`` turns texts into vectors of length one."""

    def __init__(self, words: KitWords, lang: Lang, embed: Callable[[Sequence[str]], Vectors]) -> None:
        import numpy as np

        self._lang, self._embed = lang, embed
        examples = [(text, move) for move in MOVES for text in words.moves[move].like]
        runs = [self._runs(text) for text, _ in examples]
        seen = Counter(run for each in runs for run in each)
        kept = sorted(run for run, count in seen.items() if count > 1)
        self._place = {run: at for at, run in enumerate(kept)}
        self._weight = np.log(len(examples) / np.asarray([seen[run] for run in kept]))
        self._known = self._features([text for text, _ in examples])
        wanted = np.zeros((len(examples), len(MOVES)))
        wanted[np.arange(len(examples)), [MOVES.index(move) for _, move in examples]] = 1
        kernel = self._known @ self._known.T + 1
        self._weights = np.linalg.solve(kernel + RIDGE * np.eye(len(examples)), wanted)

    def moves(self, said: Sequence[str]) -> list[tuple[Move, ...]]:
        """The moves of each sentence, the likeliest first; none where it is like no example."""
        if not said:
            return []
        table = (self._features(said) @ self._known.T + 1) @ self._weights
        return [self._chosen(row) for row in table]

    def nearest(self, said: Sequence[str]) -> float:
        """How near in meaning the nearest example comes to anything said (cosine); 0 where nothing is."""
        meaning = slice(0, self._known.shape[1] - len(self._place))
        return float((self._embed(said) @ self._known[:, meaning].T).max(initial=0.0)) if said else 0.0

    def _chosen(self, row: Vectors) -> tuple[Move, ...]:
        likely = sorted(((float(value), move) for value, move in zip(row, MOVES, strict=True) if value >= FROM[move]), reverse=True)
        return tuple(move for _, move in likely[:MOST])

    def _features(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        wording = np.zeros((len(texts), len(self._place)), dtype="float32")
        for at, text in enumerate(texts):
            for run in self._runs(text):
                if (place := self._place.get(run)) is not None:
                    wording[at, place] = self._weight[place]
        wording /= np.maximum(np.linalg.norm(wording, axis=1, keepdims=True), 1e-9)
        return np.hstack([np.asarray(self._embed(texts), dtype="float32"), wording])

    def _runs(self, text: str) -> set[str]:
        if self._lang == "zh":
            letters = "^" + re.sub(r"\s", "", plain(text)) + "$"
            return {letters[at : at + length] for length in RUNS for at in range(len(letters) - length + 1)}
        words = ["^", *_WORD.findall(plain(text)), "$"]
        return {" ".join(words[at : at + length]) for length in RUNS for at in range(len(words) - length + 1)}
