"""The lexical side of search: words and character pairs in Chinese, stems in English, ranked by BM25.

What a language needs beside the algorithm (stop words, words that mean the same in a branch) is data: ``knowledge/<lang>/search.toml``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any

from coach.domain.words import Lang
from coach.playbook.cards import CardError, read_toml

if TYPE_CHECKING:
    import numpy as np

_HAN = re.compile(r"[\u3400-\u9fff]+")
_LATIN = re.compile(r"[a-z0-9]+")
SYNONYM_WEIGHT = 0.5
"""A word that was not asked for but means the same counts half (measured on ``tests/eval``)."""


@dataclass(frozen=True, slots=True)
class Words:
    """A language's search words, as ``search.toml`` gives them."""

    stop: frozenset[str]
    groups: tuple[tuple[str, ...], ...]
    """Each group: words and phrases that mean the same here."""

    def synonyms(self, text: str) -> list[str]:
        """The phrases that mean the same as something in the text and do not stand in it."""
        spaced = _spaced(text)
        found: list[str] = []
        for group in self.groups:
            missing = [word for word in group if not _stands(word, text, spaced)]
            if len(missing) < len(group):
                found += missing
        return found


def plain(text: str) -> str:
    """The text as search compares it: one width, small letters."""
    return unicodedata.normalize("NFKC", text).lower()


def _spaced(text: str) -> str:
    """The text's Latin words with one space around each."""
    return f" {' '.join(_LATIN.findall(text))} "


def _stands(phrase: str, text: str, spaced: str) -> bool:
    """Whether a phrase stands in a text; Latin phrases as whole words."""
    return f" {phrase} " in spaced if phrase.isascii() else phrase in text


def read_words(lang: Lang, root: Path) -> Words:
    """The search words of a language; none where the file is missing. Raises :class:`~coach.playbook.cards.CardError`."""
    path = root / lang / "search.toml"
    if not path.exists():
        return Words(frozenset(), ())
    data = read_toml(path)
    if unknown := sorted(set(data) - {"stop", "same"}):
        raise CardError(path, f"unknown key {unknown[0]!r}; known: same, stop")
    groups = tuple(tuple(plain(word) for word in group) for group in data.get("same", ()))
    if short := [group for group in groups if len(group) < 2]:
        raise CardError(path, f"same: {list(short[0])} needs two words or more")
    return Words(frozenset(plain(word) for word in data.get("stop", ())), groups)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer("english")


_STEMMING = Lock()
"""The stemmer keeps the word that it works on in itself: two threads at once would get, and keep, wrong stems."""


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    with _STEMMING:
        return str(_stemmer().stemWord(word))


def tokens(text: str, stop: frozenset[str] = frozenset()) -> list[str]:
    """What is indexed of a text: Chinese words and character pairs, English stems and figures; mixed texts give both."""
    import rjieba

    text = plain(text)
    out: list[str] = []
    for run in _HAN.findall(text):
        words = rjieba.cut(run)
        out += [word for word in words if word not in stop]
        out += [pair for i in range(len(run) - 1) if (pair := run[i : i + 2]) not in stop]
    out += [_stem(word) for word in _LATIN.findall(text) if word not in stop]
    return out


class Bm25:
    """BM25 over documents that are already cut into tokens; saved to and loaded from a folder."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    @classmethod
    def of(cls, documents: Sequence[Sequence[str]], *, k1: float = 1.2, b: float = 0.5) -> Bm25:
        """The index of the documents, in their order."""
        import bm25s

        engine = bm25s.BM25(k1=k1, b=b, method="lucene")
        engine.index([list(d) or ["-"] for d in documents] or [["-"]], show_progress=False)
        return cls(engine)

    def save(self, folder: Path) -> None:
        self._engine.save(str(folder))

    @classmethod
    def load(cls, folder: Path) -> Bm25:
        import bm25s

        return cls(bm25s.BM25.load(str(folder)))

    def scores(self, query: Iterable[str]) -> np.ndarray[Any, Any]:
        """The score of every document for the tokens of a question; 0 = no token shared."""
        import numpy as np

        known = sorted({t for t in query if t in self._engine.vocab_dict})
        if not known:
            return np.zeros(self._engine.scores["num_docs"], dtype="float32")
        return np.asarray(self._engine.get_scores(known))

    def known(self, token: str) -> bool:
        """Whether any document holds the token."""
        return token in self._engine.vocab_dict
