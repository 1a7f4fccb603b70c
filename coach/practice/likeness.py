"""How near something said comes to example sentences: meaning (vectors) and wording (shared letters or words) together."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from coach.assistant.verify import sentences
from coach.domain.words import Lang
from coach.playbook.lexical import plain

if TYPE_CHECKING:
    import numpy as np

    from coach.playbook.dense import Cache

    Vectors = np.ndarray[Any, Any]

WORDING = 0.3
"""So much counts the wording, the rest the meaning."""
MOST_HEARD = 500
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


class Likeness:
    """Compares texts. Examples' vectors are made once and kept, on the disk too where ``cache`` is given; what people say is not.

    ``embed`` turns texts into vectors of length one.
    """

    def __init__(self, embed: Callable[[Sequence[str]], Vectors], cache: Cache | None = None) -> None:
        self._embed, self._cache = embed, cache
        self._known: dict[str, Vectors] = {}
        self._heard: dict[str, Vectors] = {}
        """Vectors of what was said lately: one turn is compared with many examples."""

    def learn(self, texts: Iterable[str]) -> None:
        """Make the vectors of these examples at once, so that nobody waits for them later."""
        fresh = [text for text in dict.fromkeys(texts) if text not in self._known]
        if not fresh:
            return
        made = self._cache.vectors([(text,) for text in fresh]) if self._cache else self._embed(fresh)
        self._known.update(zip(fresh, made, strict=True))
        if self._cache and self._cache.grown:
            self._cache.save([(text,) for text in self._known])

    def vectors(self, texts: Sequence[str]) -> Vectors:
        """The vectors of these texts, one row each."""
        import numpy as np

        fresh = [text for text in dict.fromkeys(texts) if text not in self._known and text not in self._heard]
        if fresh:
            if len(self._heard) + len(fresh) > MOST_HEARD:
                self._heard = {text: self._heard[text] for text in texts if text in self._heard}
            self._heard.update(zip(fresh, self._embed(fresh), strict=True))
        return np.asarray([self._known[text] if text in self._known else self._heard[text] for text in texts])

    def nearest(self, said: Sequence[str], others: Sequence[str], lang: Lang) -> float:
        """How near anything said comes to any of the others; 0 where there is nothing to compare. Neither is kept."""
        found = Shelf({"others": others}, lang, self.vectors).nearest(said) if others else {}
        return found["others"][0] if found else 0.0

    def shelf(self, groups: Mapping[Hashable, Sequence[str]], lang: Lang) -> Shelf:
        """Groups of examples made ready to be compared with."""
        self.learn(text for texts in groups.values() for text in texts)
        return Shelf(groups, lang, self.vectors)


class Shelf:
    """Groups of examples, laid out so that one turn is compared with all of them in two products of matrices."""

    def __init__(self, groups: Mapping[Hashable, Sequence[str]], lang: Lang, vectors: Callable[[Sequence[str]], Vectors]) -> None:
        import numpy as np

        self._lang, self._vectors = lang, vectors
        texts = [text for each in groups.values() for text in each]
        ends = np.cumsum([len(each) for each in groups.values()]).tolist()
        self._spans = {name: slice(end - len(groups[name]), end) for name, end in zip(groups, ends, strict=True)}
        pieces = [_pieces(text, lang) for text in texts]
        self._place = {piece: at for at, piece in enumerate(sorted(set().union(*pieces)))}
        self._meaning, self._wording = vectors(texts), self._pieces_of(pieces)
        self._sizes = np.asarray([max(len(each), 1) for each in pieces], dtype="float32")

    def nearest(self, said: Sequence[str]) -> dict[Hashable, tuple[float, str]]:
        """For each group how near anything said comes to one of its examples, about 0 to 1, and what was said so."""
        import numpy as np

        if not said:
            return {}
        pieces = [_pieces(text, self._lang) for text in said]
        sizes = np.asarray([len(each) for each in pieces], dtype="float32")
        overlap = 2 * (self._pieces_of(pieces) @ self._wording.T) / (sizes[:, None] + self._sizes[None, :])
        table = (1 - WORDING) * (self._vectors(said) @ self._meaning.T) + WORDING * overlap
        found: dict[Hashable, tuple[float, str]] = {}
        for name, span in self._spans.items():
            each = table[:, span].max(axis=1)
            found[name] = (float(each.max()), said[int(each.argmax())])
        return found

    def _pieces_of(self, pieces: Sequence[frozenset[str]]) -> Vectors:
        import numpy as np

        table = np.zeros((len(pieces), len(self._place)), dtype="float32")
        for at, each in enumerate(pieces):
            places = [place for piece in each if (place := self._place.get(piece)) is not None]
            table[at, places] = 1
        return table


def shared(one: str, other: str, lang: Lang) -> float:
    """The share of the first text's letter pairs or words that the second takes up, 0 to 1."""
    own = _pieces(one, lang)
    return len(own & _pieces(other, lang)) / len(own) if own else 0.0
