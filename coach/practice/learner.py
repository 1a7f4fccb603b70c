"""Tells classes of sentences apart after a few hundred examples.

Kernel ridge regression over two likenesses, meaning (the cosine of sentence vectors) and wording (the cosine of weighted
letter or word runs): one linear system, solved in a blink, so that an edited example counts at the next start and no model
file is shipped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from coach.domain.words import Lang
from coach.playbook.lexical import plain

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

Class = TypeVar("Class", bound=str)

RIDGE = 0.3
RUNS = (1, 2, 3)
"""Lengths of the runs of letters (Chinese) or words (English) that wording is compared in."""
_WORD = re.compile(r"[a-z']+|[?!]")


class Learner(Generic[Class]):
    """Learns when it is made. ``embed`` turns texts into vectors of length one."""

    def __init__(self, examples: Mapping[Class, Sequence[str]], lang: Lang, embed: Callable[[Sequence[str]], Vectors]) -> None:
        import numpy as np

        self.classes = tuple(examples)
        self._lang, self._embed = lang, embed
        texts = [(text, at) for at, name in enumerate(self.classes) for text in examples[name]]
        runs = [self._runs(text) for text, _ in texts]
        seen = Counter(run for each in runs for run in each)
        kept = sorted(run for run, count in seen.items() if count > 1)
        self._place = {run: at for at, run in enumerate(kept)}
        self._weight = np.log(len(texts) / np.asarray([seen[run] for run in kept]))
        meaning, wording = self._features([text for text, _ in texts])
        known = np.hstack([meaning, wording])
        wanted = np.zeros((len(texts), len(self.classes)))
        wanted[np.arange(len(texts)), [at for _, at in texts]] = 1
        dual = np.linalg.solve(known @ known.T + 1 + RIDGE * np.eye(len(texts)), wanted)
        self._examples = meaning
        self._weights, self._bias = (known.T @ dual).astype("float32"), dual.sum(axis=0)  # the kernel is linear: keep one row a feature

    def scores(self, said: Sequence[str]) -> list[dict[Class, float]]:
        """How much each thing said is of each class, about 0 to 1."""
        if not said:
            return []
        meaning, wording = self._features(said)
        size = meaning.shape[1]
        table = meaning @ self._weights[:size] + wording @ self._weights[size:] + self._bias
        return [dict(zip(self.classes, map(float, row), strict=True)) for row in table]

    def nearest(self, said: Sequence[str]) -> float:
        """How near in meaning the nearest example comes to anything said (cosine); 0 where nothing is said."""
        return float((self._features(said)[0] @ self._examples.T).max(initial=0.0)) if said else 0.0

    def _features(self, texts: Sequence[str]) -> tuple[Vectors, Vectors]:
        """Meaning and wording of texts, a row each."""
        import numpy as np

        wording = np.zeros((len(texts), len(self._place)), dtype="float32")
        for at, text in enumerate(texts):
            for run in self._runs(text):
                if (place := self._place.get(run)) is not None:
                    wording[at, place] = self._weight[place]
        wording /= np.maximum(np.linalg.norm(wording, axis=1, keepdims=True), 1e-9)
        return np.asarray(self._embed(texts), dtype="float32"), wording

    def _runs(self, text: str) -> set[str]:
        if self._lang == "zh":
            letters = "^" + re.sub(r"\s", "", plain(text)) + "$"
            return {letters[at : at + length] for length in RUNS for at in range(len(letters) - length + 1)}
        words = ["^", *_WORD.findall(plain(text)), "$"]
        return {" ".join(words[at : at + length]) for length in RUNS for at in range(len(words) - length + 1)}
