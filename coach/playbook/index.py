"""The search index of a workspace: built whole, switched at once, found stale by itself.

``<workspace>/index/`` holds one folder per build (a generation) and ``current.json``, which names the
generation in force. A build writes a new folder and then replaces ``current.json``: killed at any
moment, it leaves the old index whole. Leftovers go with the next build; the generation before the
present one stays, for programs that still have it open. A file lock lets one build run at a time.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from coach.domain.words import LANGS, Lang
from coach.paths import KNOWLEDGE
from coach.playbook.cards import Card, CardError, Playbook, read_playbook, read_toml
from coach.playbook.dense import Cache, DenseError, Endpoint, Space, Store, centred, encoder_of
from coach.playbook.lexical import Bm25, read_words, tokens

FORMAT = 4
"""Goes up whenever what is written changes, so that older indexes are built anew."""
LOCK_SECONDS = 120
RETRY_SECONDS = 600
"""An index built without vectors because their endpoint was away is tried again after this time."""


class IndexBuildError(Exception):
    """The index cannot be built or opened: one line with what, where and the remedy."""


@dataclass(frozen=True, slots=True)
class IndexOptions:
    """Where an index belongs and what makes its vectors."""

    workspace: Path
    knowledge: Path = KNOWLEDGE
    chroma_url: str | None = None
    """A Chroma server; ``None`` = embedded, in the workspace."""
    embed_model: str | None = None
    """The model of an OpenAI-compatible embeddings endpoint; ``None`` = the built-in encoder."""
    base_url: str | None = None
    api_key: str | None = field(default=None, repr=False)

    @property
    def endpoint(self) -> Endpoint | None:
        return Endpoint(self.embed_model, self.base_url or "", self.api_key or "") if self.embed_model else None

    @property
    def folder(self) -> Path:
        return self.workspace / "index"

    @property
    def documents(self) -> Path:
        return self.workspace / "documents"

    @property
    def mark(self) -> str:
        """Names this workspace's collections on a shared Chroma server."""
        return hashlib.sha256(str(self.workspace.resolve()).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Entry:
    """One passage as it is searched: of the playbook or of a branch's own document."""

    id: str
    lang: Lang
    topic: str
    kind: str
    title: str
    text: str
    source: str = "playbook"
    goal: str = ""
    asks: tuple[str, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The texts that lead to the passage by meaning: its title, the ways to ask for it, last the passage itself."""
        return (self.title, *self.asks, self.text[:1000])

    @property
    def words(self) -> str:
        """What leads to it by words."""
        return " ".join([self.title, *self.asks, self.goal, self.text])


@dataclass(frozen=True, slots=True)
class IndexInfo:
    """The index in force."""

    generation: str
    fingerprint: str
    encoder: str
    """The encoder of the vectors; empty = built without vectors."""
    dimensions: int
    passages: int
    documents: int
    built_at: float
    seconds: float
    caution: str = ""
    """Why there are no vectors, where there are none."""
    caution_zh: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)


def fingerprint(options: IndexOptions) -> str:
    """A digest of everything that the index depends on: cards, documents, search words, encoder, store, format."""
    digest = hashlib.sha256(f"{FORMAT}|{encoder_of(options.endpoint).name}|{options.chroma_url or ''}".encode())
    files = [p for part in ("plays", *LANGS) for p in sorted((options.knowledge / part).rglob("*.toml"))]
    files += sorted(options.documents.glob("*.json"))
    for path in files:
        digest.update(f"|{path.parent.name}/{path.name}|".encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def current(options: IndexOptions) -> IndexInfo | None:
    """The index in force, or ``None`` where there is none that can be read."""
    try:
        info = IndexInfo(**json.loads((options.folder / "current.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None
    return info if (options.folder / info.generation / "entries.json").exists() else None


def is_fresh(info: IndexInfo | None, options: IndexOptions) -> bool:
    """Whether an index still says what the cards and documents say."""
    if info is None or info.fingerprint != fingerprint(options):
        return False
    return bool(info.encoder) or time.time() - info.built_at < RETRY_SECONDS


def build_index(options: IndexOptions, *, force: bool = False, progress: Callable[[str], None] | None = None) -> IndexInfo:
    """Build the index unless it is fresh, and return the one in force.

    Raises :class:`IndexBuildError` where the folder cannot be written, and
    :class:`~coach.playbook.cards.CardError` where a card cannot be read. Where the vectors cannot be made
    (endpoint or Chroma server away) the index is built for words alone and ``caution`` says why.
    """
    try:
        options.folder.mkdir(parents=True, exist_ok=True)
        with _locked(options):
            info = current(options)
            if info and not force and is_fresh(info, options):
                return info
            return _build(options, info, progress or (lambda _: None))
    except OSError as error:
        raise IndexBuildError(
            f"{options.folder}: the index cannot be written ({error.strerror or error}); free space or set COACH_HOME elsewhere") from None


@contextmanager
def _locked(options: IndexOptions) -> Iterator[None]:
    from filelock import FileLock, Timeout

    try:
        with FileLock(options.folder / "lock", timeout=LOCK_SECONDS):
            yield
    except Timeout:
        raise IndexBuildError(
            f"{options.folder}: another Coach has been building the index for {LOCK_SECONDS} s; wait for it or end it, then try again"
        ) from None


def entries_of(playbook: Playbook, options: IndexOptions) -> list[Entry]:
    """All passages of the playbook, then those of the branch's documents."""
    found = [
        Entry(p.id, p.lang, p.topic, p.kind, p.title, p.shown, "playbook", p.goal, (*p.asks, *more.get(p.name, ())))
        for lang in LANGS for card in playbook.in_order(lang)
        for more in [more_asks(card, options.knowledge)] for p in card.passages
    ]
    for path in sorted(options.documents.glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
            found += [Entry(p["id"], p["lang"], p["topic"], "document", p["title"], p["text"], "branch") for p in document["passages"]]
        except (ValueError, KeyError, TypeError):
            raise IndexBuildError(f"{path}: not a document that Coach wrote; remove it and add the original again") from None
    return found


def more_asks(card: Card, knowledge: Path) -> dict[str, tuple[str, ...]]:
    """Further ways to ask for a card's passages, from ``<lang>/asks/<topic>.toml`` (passage name = list of questions).

    They lead to the passage and are shown nowhere. Raises :class:`~coach.playbook.cards.CardError`.
    """
    path = knowledge / card.lang / "asks" / f"{card.id}.toml"
    if not path.exists():
        return {}
    data, names = read_toml(path), {p.name for p in card.passages}
    for name, asks in data.items():
        if name not in names:
            raise CardError(path, f"{name!r} is no passage of this card; remove it or correct the name")
        if not isinstance(asks, list) or not all(isinstance(ask, str) and ask.strip() for ask in asks):
            raise CardError(path, f"{name!r} must be a list of questions")
    return {name: tuple(asks) for name, asks in data.items()}


def _build(options: IndexOptions, before: IndexInfo | None, progress: Callable[[str], None]) -> IndexInfo:
    start = time.monotonic()
    _clean(options, {before.generation} if before else set())
    stamp = fingerprint(options)
    playbook = read_playbook(options.knowledge)
    entries = entries_of(playbook, options)
    generation = f"g-{stamp[:8]}-{secrets.token_hex(3)}"
    folder = options.folder / generation
    folder.mkdir()
    progress("lexical")
    _write_words(options, playbook, entries, folder)
    progress("dense")
    encoder, dimensions, caution, caution_zh = "", 0, "", ""
    try:
        encoder, dimensions = _write_vectors(options, entries, folder, generation, {before.generation} if before else set())
    except DenseError as error:
        caution, caution_zh = str(error), error.zh
    (folder / "entries.json").write_text(json.dumps([asdict(e) for e in entries], ensure_ascii=False), encoding="utf-8")
    info = IndexInfo(
        generation, stamp, encoder, dimensions, sum(e.source == "playbook" for e in entries), sum(e.source == "branch" for e in entries),
        time.time(), round(time.monotonic() - start, 3), caution, caution_zh)
    _switch(options, info)
    return info


def _switch(options: IndexOptions, info: IndexInfo) -> None:
    part = options.folder / "current.json.part"
    with part.open("w", encoding="utf-8") as out:
        json.dump(asdict(info), out)
        out.flush()
        os.fsync(out.fileno())
    os.replace(part, options.folder / "current.json")


def _clean(options: IndexOptions, keep: set[str]) -> None:
    """Remove what an interrupted build left and generations that nobody should have open any more."""
    for path in options.folder.iterdir():
        if path.name.startswith("g-") and path.is_dir() and path.name not in keep:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.endswith(".part"):
            path.unlink(missing_ok=True)


def _write_words(options: IndexOptions, playbook: Playbook, entries: list[Entry], folder: Path) -> None:
    for lang in LANGS:
        stop = read_words(lang, options.knowledge).stop
        Bm25.of([tokens(e.words, stop) for e in entries if e.lang == lang]).save(folder / f"words-{lang}")
        cards = playbook.in_order(lang)
        Bm25.of([tokens(_card_words(c), stop) for c in cards], b=0.75).save(folder / f"cards-{lang}")
        (folder / f"cards-{lang}.json").write_text(json.dumps([c.id for c in cards]), encoding="utf-8")


def _card_words(card: Card) -> str:
    return " ".join([*[card.title] * 3, *[card.summary] * 2, *card.asks * 2, *(" ".join([p.title, *p.asks]) for p in card.passages)])


def _write_vectors(options: IndexOptions, entries: list[Entry], folder: Path, generation: str, keep: set[str]) -> tuple[str, int]:
    """One vector for each passage into Chroma: name of the encoder and its dimensions. Raises :class:`DenseError`."""
    import numpy as np

    encoder = encoder_of(options.endpoint)
    cache = Cache(options.folder / "vectors.npz", options.knowledge / "vectors.npz", encoder)
    with closing(Store(folder / "chroma", options.chroma_url or "")) as store:
        if options.chroma_url:
            store.clean(options.mark, keep)
        if not entries:
            return "", 0
        raw_all = cache.vectors([e.keys for e in entries])
        spaces: dict[str, Any] = {}
        for lang in LANGS:
            rows = [i for i, e in enumerate(entries) if e.lang == lang]
            if not rows:
                continue
            mine = [entries[i] for i in rows]
            others = _others(entries, raw_all, lang) if encoder.bilingual else None
            space, vectors = Space.of(raw_all[rows], [e.topic for e in mine], others)
            spaces |= {f"mean-{lang}": space.mean, f"spread-{lang}": np.asarray(space.spread)}
            store.write(
                collection_of(generation, lang), [str(number) for number in range(len(mine))], vectors,
                [{"topic": e.topic, "kind": e.kind} for e in mine], {"workspace": options.mark, "generation": generation})
    np.savez(folder / "space.npz", **spaces)
    cache.save([e.keys for e in entries])
    return encoder.name, int(raw_all.shape[1])


def _others(entries: list[Entry], raw: Any, lang: Lang) -> Any:
    """For each entry of a language the vector of the same passage in the other one; zeros where it is not there or a document's."""
    import numpy as np

    there = [i for i, e in enumerate(entries) if e.lang != lang and e.source == "playbook"]
    vectors = dict(zip((entries[i].id for i in there), centred(raw[there]), strict=True)) if there else {}
    none = np.zeros(raw.shape[1], dtype="float32")
    return np.asarray([vectors.get(e.id, none) if e.source == "playbook" else none for e in entries if e.lang == lang])


def ship_vectors(knowledge: Path = KNOWLEDGE) -> int:
    """Write ``knowledge/vectors.npz``, the vectors of the cards as delivered, and say how many it holds.

    Run after cards changed (``python -m coach.playbook.index``): without it a first build is only slower.
    """
    options = IndexOptions(knowledge.parent / "no-workspace", knowledge)
    entries = entries_of(read_playbook(knowledge), options)
    path = knowledge / "vectors.npz"
    cache = Cache(path, None, encoder_of(None))
    cache.vectors([e.keys for e in entries])
    cache.save([e.keys for e in entries], path)
    return len(entries)


def collection_of(generation: str, lang: Lang) -> str:
    return f"coach-{generation}-{lang}"




if __name__ == "__main__":
    print(f"{ship_vectors()} vectors -> {KNOWLEDGE / 'vectors.npz'}")
