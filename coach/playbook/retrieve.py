"""Finding passages: words and meaning fused, over the playbook and the branch's own documents.

``PlaybookRetriever.search`` is the one entry. It opens the workspace's index when first asked, builds it
where it is missing or stale, follows it when another process has built a newer one, and goes on with
words alone where the vectors cannot be had (``cautions`` says why).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from coach.domain.words import LANGS, Lang
from coach.playbook.dense import DenseError, Encoder, Gone, Space, Store, encoder_of
from coach.playbook.index import Entry, IndexInfo, IndexOptions, build_index, collection_of, current, is_fresh
from coach.playbook.lexical import SYNONYM_WEIGHT, Bm25, Words, plain, read_words, tokens

if TYPE_CHECKING:
    import numpy as np
    from langchain_core.retrievers import BaseRetriever

    Scores = np.ndarray[Any, Any]

Mode = Literal["fused", "lexical", "dense"]

NEAREST = 150
"""So many passages are asked of Chroma; the others count as near as the last of them at most."""
FRESH_SECONDS = 2.0
"""So often at most the cards and documents are looked at for changes."""
PAUSE_SECONDS = 30.0
"""So long vectors are not asked for again after their endpoint or server failed."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found. ``score`` lies in 0 to 1 and can be compared between questions."""

    id: str
    topic: str
    title: str
    text: str
    score: float
    source: Literal["playbook", "branch"] = "playbook"
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Weights:
    """How the sides are added up; chosen on the even questions of ``tests/eval``, confirmed on the odd ones."""

    lexical: float = 1 / 30
    """A point of BM25 in units of cosine."""
    card: float = 1.0
    """A point of BM25 of the whole card, in points of the passage's own."""
    usual_cosine: float = 0.3
    """What stands in for the cosine where there are no vectors."""
    usual_words: float = 0.5
    """What stands in for the words where only vectors are asked for."""


WEIGHTS = Weights()


@dataclass(frozen=True, slots=True)
class Scale:
    """From the sum of both sides and the share of words that stand nowhere in the index to a score of 0 to 1."""

    steep: float
    strange: float
    middle: float


SCALES: dict[Lang, Scale] = {"zh": Scale(6.1, 5.9, 2.15), "en": Scale(3.2, 5.85, 1.25)}
"""Logistic regression of questions inside (``questions.*.jsonl``) against outside (``outside.*.jsonl``), set so that
of the outside questions 88 % (Chinese) and 75 % (English) stay below one half; more would refuse real questions."""
ANSWERABLE = 0.5
"""From this score of the best hit on, the playbook is taken to speak of what was asked."""


@dataclass(slots=True)
class _Side:
    """One language of an opened index."""

    entries: list[Entry]
    words: Bm25
    cards: Bm25
    card_of: list[int]
    """Number of passage → number of its topic's card."""
    search: Words


class _Opened:
    """A generation of the index, in memory; Chroma is opened when first asked for."""

    def __init__(self, options: IndexOptions, info: IndexInfo) -> None:
        self.info = info
        self._options, self._folder = options, options.folder / info.generation
        rows = json.loads((self._folder / "entries.json").read_text(encoding="utf-8"))
        entries = [Entry(**{**row, "asks": tuple(row["asks"])}) for row in rows]
        self.sides: dict[Lang, _Side] = {}
        for lang in LANGS:
            mine = [e for e in entries if e.lang == lang]
            cards = {topic: i for i, topic in enumerate(json.loads((self._folder / f"cards-{lang}.json").read_text(encoding="utf-8")))}
            self.sides[lang] = _Side(
                mine, Bm25.load(self._folder / f"words-{lang}"), Bm25.load(self._folder / f"cards-{lang}"),
                [cards[e.topic] for e in mine], read_words(lang, options.knowledge))
        self.spaces = _spaces(self._folder / "space.npz") if info.encoder else {}
        self._store: Store | None = None

    @property
    def store(self) -> Store:
        if self._store is None:
            self._store = Store(self._folder / "chroma", self._options.chroma_url or "")
        return self._store

    def close(self) -> None:
        """Let go of Chroma; a later question opens it again."""
        store, self._store = self._store, None
        if store is not None:
            store.close()


def _spaces(path: Path) -> dict[Lang, Space]:
    import numpy as np

    with np.load(path, allow_pickle=False) as data:
        return {lang: Space(data[f"mean-{lang}"], float(data[f"spread-{lang}"])) for lang in LANGS if f"mean-{lang}" in data}


class PlaybookRetriever:
    """Searches one workspace. Safe to use from several threads."""

    def __init__(self, options: IndexOptions) -> None:
        self.options = options
        self._failed: DenseError | None = None
        """Why the last question was answered without vectors."""
        self._encoder: Encoder = encoder_of(options.endpoint)
        self._opened: _Opened | None = None
        self._looked = 0.0
        self._paused_until = 0.0
        self._lock = threading.RLock()

    def search(
        self, query: str, *, lang: Lang, k: int = 5, topics: Collection[str] | None = None, kinds: Collection[str] | None = None,
        plays: Collection[str] | None = None, mode: Mode = "fused",
    ) -> list[Hit]:
        """The ``k`` nearest passages in a language, best first; fewer where fewer have anything in common with the question.

        ``topics`` and ``plays`` (a play is a topic) and ``kinds`` keep to passages of these; an empty collection finds nothing.
        Raises :class:`~coach.playbook.index.IndexBuildError` and :class:`~coach.playbook.cards.CardError` where an index must be
        built and cannot.
        """
        wanted = _both(topics, plays)
        if k < 1 or not query.strip() or wanted == set() or (kinds is not None and not kinds):
            return []
        import numpy as np

        opened = self.open()
        side = opened.sides[lang]
        if not side.entries:
            return []
        scores = self._scores(query[:1000], opened, lang, wanted, kinds, mode)
        allowed = np.array([(wanted is None or e.topic in wanted) and (kinds is None or e.kind in kinds) for e in side.entries])
        scores = np.where(allowed, scores, 0.0)
        best = np.argsort(-scores, kind="stable")[:k]
        return [_hit(side.entries[i], float(scores[i])) for i in best if scores[i] > 0]

    def passage(self, passage_id: str, lang: Lang) -> Hit | None:
        """One passage by its id, of the playbook or of a document; ``None`` where there is none."""
        for entry in self.open().sides[lang].entries:
            if entry.id == passage_id:
                return _hit(entry, 1.0)
        return None

    @property
    def cautions(self) -> list[str]:
        """What a person should know, in English: why the vectors are not used now, where they are not."""
        return self.cautions_in("en")

    def cautions_in(self, lang: Lang) -> list[str]:
        """The same in a language: a line each. Empty again once the vectors are back."""
        found, info = [], self._opened.info if self._opened else None
        if info is not None and not info.encoder and info.caution:
            found.append(info.caution_zh if lang == "zh" and info.caution_zh else info.caution)
        if self._failed is not None:
            found.append(self._failed.zh if lang == "zh" else str(self._failed))
        return found

    def open(self) -> _Opened:
        """The index in force, built first where it is missing or stale."""
        with self._lock:
            now = time.monotonic()
            if self._opened and now - self._looked < FRESH_SECONDS:
                return self._opened
            info = current(self.options)
            if info is None or not is_fresh(info, self.options):
                info = build_index(self.options)
            if self._opened is None or self._opened.info.generation != info.generation:
                self._opened = _Opened(self.options, info)
            self._looked = time.monotonic()
            return self._opened

    def close(self) -> None:
        """Let go of the index's files. Waits for nobody: what is being built goes on."""
        if self._opened is not None:
            self._opened.close()

    def warm(self) -> None:
        """Open everything a first question needs, so that it is answered as fast as the second."""
        self.search("到期", lang="zh", k=1)

    def _scores(self, query: str, opened: _Opened, lang: Lang, topics: set[str] | None, kinds: Collection[str] | None,
                mode: Mode) -> Scores:
        import numpy as np

        side = opened.sides[lang]
        near = None if mode == "lexical" else self._near(query, opened, lang, topics, kinds)
        asked = tokens(query, side.search.stop)
        strange = sum(not side.words.known(t) for t in set(asked)) / max(len(set(asked)), 1)
        if mode == "dense":
            return np.zeros(len(side.entries)) if near is None else _score(near + WEIGHTS.usual_words, strange, SCALES[lang])
        words = _lexical(query, asked, side)
        if near is None:
            return np.where(words > 0, _score(words + WEIGHTS.usual_cosine, strange, SCALES[lang]), 0.0)
        return _score(words + near, strange, SCALES[lang])

    def _near(self, query: str, opened: _Opened, lang: Lang, topics: set[str] | None, kinds: Collection[str] | None) -> Scores | None:
        """Each passage's cosine to the question; ``None`` where the vectors cannot be had now."""
        import numpy as np

        if not opened.info.encoder or time.monotonic() < self._paused_until:
            return None
        space = opened.spaces[lang]
        try:
            raw = self._encoder.encode([query])[0]
            if len(raw) != opened.info.dimensions:
                name, now, then = self._encoder.name, len(raw), opened.info.dimensions
                raise DenseError(f"embeddings: {name} now gives {now} dimensions, the index has {then}; run: coach kb build",
                                 f"向量模型 {name} 现在是 {now} 维，索引是 {then} 维，只按词查找；请运行 coach kb build")
            found = opened.store.nearest(collection_of(opened.info.generation, lang), space.question(raw), NEAREST, topics, kinds)
        except DenseError as error:
            self._paused_until = time.monotonic() + PAUSE_SECONDS
            self._failed = error
            if isinstance(error, Gone):
                self._build_again(opened)
            return None
        self._failed = None
        floor = min(found.values(), default=0.0) if len(found) >= NEAREST else 0.0
        out = np.full(len(opened.sides[lang].entries), space.even(floor))
        for number, cosine in found.items():
            out[number] = space.even(cosine)
        return out

    def _build_again(self, opened: _Opened) -> None:
        """A server that came back without its data: the next question finds a new generation, whoever of several builds it."""
        info = current(self.options)
        if info is None or info.generation == opened.info.generation:
            info = build_index(self.options, force=True)
        if info.encoder:
            self._failed, self._paused_until = None, 0.0
        self._looked = 0.0


def _both(topics: Collection[str] | None, plays: Collection[str] | None) -> set[str] | None:
    if topics is None and plays is None:
        return None
    return set(topics or ()) | set(plays or ())


def _hit(entry: Entry, score: float) -> Hit:
    source: Literal["playbook", "branch"] = "branch" if entry.source == "branch" else "playbook"
    return Hit(entry.id, entry.topic, entry.title, entry.text, round(score, 4), source, entry.kind)


def _lexical(query: str, asked: list[str], side: _Side) -> Scores:
    """Words in common with each passage and with its card, in units of cosine."""
    import numpy as np

    found = side.words.scores(asked)
    cards = side.cards.scores(asked)
    if more := [token for phrase in side.search.synonyms(plain(query)) for token in tokens(phrase, side.search.stop) if token not in asked]:
        found = found + SYNONYM_WEIGHT * side.words.scores(more)
        cards = cards + SYNONYM_WEIGHT * side.cards.scores(more)
    return np.asarray(WEIGHTS.lexical * (found + WEIGHTS.card * cards[side.card_of]))


def _score(sums: Scores, strange: float, scale: Scale) -> Scores:
    """Sums as scores in 0 to 1, order kept."""
    import numpy as np

    return np.asarray(1.0 / (1.0 + np.exp(scale.middle + scale.strange * strange - scale.steep * sums)))


def is_answerable(query: str, hits: Sequence[Any], lang: Lang | None = None) -> bool:
    """Whether the playbook speaks of what was asked, judged by the best hit's score.

    Measured on ``tests/eval``: see :data:`SCALES`. The scores of both languages mean the same, so ``lang`` and the
    query are there for a caller's own judgement only.
    """
    return bool(hits) and bool(query.strip()) and float(hits[0].score) >= ANSWERABLE


def open_retriever(options: IndexOptions) -> PlaybookRetriever:
    """The retriever of a workspace, its index built or brought up to date."""
    retriever = PlaybookRetriever(options)
    retriever.open()
    return retriever


@lru_cache(maxsize=1)
def _langchain_class() -> type[BaseRetriever]:
    from langchain_core.documents import Document
    from langchain_core.retrievers import BaseRetriever

    class PlaybookDocuments(BaseRetriever):
        """LangChain's view of :class:`PlaybookRetriever`: documents whose metadata cite the passage."""

        playbook: Any
        lang: Lang = "zh"
        k: int = 5
        topics: tuple[str, ...] | None = None
        kinds: tuple[str, ...] | None = None

        def _get_relevant_documents(self, query: str, *, run_manager: Any) -> list[Document]:
            hits = self.playbook.search(query, lang=self.lang, k=self.k, topics=self.topics, kinds=self.kinds)
            return [
                Document(page_content=h.text, id=h.id, metadata={
                    "id": h.id, "topic": h.topic, "title": h.title, "score": h.score, "source": h.source, "lang": self.lang})
                for h in hits
            ]

    return PlaybookDocuments


def as_langchain(retriever: PlaybookRetriever, *, lang: Lang, k: int = 5, topics: Collection[str] | None = None,
                 kinds: Collection[str] | None = None) -> BaseRetriever:
    """The retriever as a LangChain ``BaseRetriever``, for chains; LangChain is imported here and not before."""
    return _langchain_class()(
        playbook=retriever, lang=lang, k=k, topics=None if topics is None else tuple(topics),  # type: ignore[call-arg]
        kinds=None if kinds is None else tuple(kinds))
