"""How near something said comes to example sentences: meaning (vectors) and wording (shared letters or words) together."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coach.assistant.verify import sentences
from coach.domain.words import Lang
from coach.playbook.lexical import plain

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

WORDING = 0.3
"""So much counts the wording, the rest the meaning."""
MOST_UNITS = 24
"""Parts of one turn that are looked at; a speech of ten thousand letters is not read to its end."""
_CLAUSE = re.compile(r"[，,；;：:、—…]+")
_LEAST = {"zh": 4, "en": 12}
_HAN = re.compile(r"[\u3400-\u9fff]")
_WORD = re.compile(r"[a-z0-9]+")


def units(text: str, lang: Lang) -> list[str]:
    """The sentences of a text and the clauses of those that have several: what an example may be like."""
    found: list[str] = []
    for sentence in sentences(text, lang):
        found.append(sentence.strip())
        clauses = [clause.strip() for clause in _CLAUSE.split(sentence) if len(clause.strip()) >= _LEAST[lang]]
        if len(clauses) > 1:
            found += clauses
        if len(found) >= MOST_UNITS:
            break
    return list(dict.fromkeys(unit for unit in found if re.search(r"\w", unit)))[:MOST_UNITS]


@lru_cache(maxsize=16384)
def _pieces(text: str, lang: Lang) -> frozenset[str]:
    if lang == "zh":
        letters = "".join(_HAN.findall(text)) or plain(text)
        return frozenset(letters[i : i + 2] for i in range(len(letters) - 1)) or frozenset(letters)
    return frozenset(word[:6] for word in _WORD.findall(plain(text)))


def _overlap(one: frozenset[str], other: frozenset[str]) -> float:
    return 2 * len(one & other) / (len(one) + len(other)) if one and other else 0.0


class Likeness:
    """Compares texts; vectors made once are kept. ``embed`` turns texts into vectors of length one."""

    def __init__(self, embed: Callable[[Sequence[str]], Vectors]) -> None:
        self._embed = embed
        self._known: dict[str, Vectors] = {}

    def learn(self, texts: Iterable[str]) -> None:
        """Make the vectors of these texts at once, so that nobody waits for them later."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if fresh:
            self._known.update(zip(fresh, self._embed(fresh), strict=True))

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of these texts, one row each."""
        import numpy as np

        self.learn(texts)
        return np.asarray([self._known[text] for text in texts])

    def table(self, said: Sequence[str], examples: Sequence[str], lang: Lang) -> Vectors:
        """Likeness of each thing said (rows) to each example (columns), about 0 to 1."""
        import numpy as np

        if not said or not examples:
            return np.zeros((len(said), len(examples)), dtype="float32")
        meaning = self.vectors(said) @ self.vectors(examples).T
        theirs = [_pieces(text, lang) for text in examples]
        wording = np.asarray([[_overlap(_pieces(text, lang), other) for other in theirs] for text in said])
        return np.asarray((1 - WORDING) * meaning + WORDING * wording)

    def nearest(self, said: Sequence[str], examples: Sequence[str], lang: Lang) -> float:
        """How near the nearest pair comes; 0 where there is nothing to compare."""
        return float(self.table(said, examples, lang).max(initial=0.0))


def shared(one: str, other: str, lang: Lang) -> float:
    """The share of the first text's letter pairs or words that the second takes up, 0 to 1."""
    own = _pieces(one, lang)
    return len(own & _pieces(other, lang)) / len(own) if own else 0.0
