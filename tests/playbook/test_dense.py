"""Vectors: the endpoint that may take the encoder's place (over a real socket), its failures, what is kept of vectors."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from coach.playbook.dense import BuiltIn, Cache, DenseError, Endpoint, Remote, Space, centred
from coach.playbook.index import IndexOptions, build_index, is_fresh
from coach.playbook.retrieve import open_retriever

QUESTION = "理财到期那天客户没来"


@dataclass
class Served:
    """What a test's endpoint does and what it was asked."""

    url: str = ""
    dimensions: int = 24
    status: int = 200
    inputs: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)


def _vector(text: str, dimensions: int) -> np.ndarray:
    """Character pairs hashed into a few dimensions: like texts get like vectors."""
    out = np.zeros(dimensions, dtype="float32")
    for i in range(len(text) - 1):
        out[sum(map(ord, text[i : i + 2])) % dimensions] += 1
    return out + 0.01


@pytest.fixture
def endpoint() -> Iterator[Served]:
    """``POST /v1/embeddings`` as OpenAI documents it, floats or base64 as asked."""
    served = Served()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/v1/embeddings" and body["model"] == "tiny"
            texts = [body["input"]] if isinstance(body["input"], str) else body["input"]
            assert all(isinstance(t, str) for t in texts), "texts, not token numbers"
            served.inputs += texts
            served.keys.add(self.headers.get("Authorization", ""))
            vectors = [_vector(t, served.dimensions) for t in texts]
            as_text = body.get("encoding_format") == "base64"
            data = [{"object": "embedding", "index": i, "embedding": base64.b64encode(v.tobytes()).decode() if as_text else v.tolist()}
                    for i, v in enumerate(vectors)]
            answer = {"object": "list", "model": "tiny", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
            if served.status != 200:
                answer = {"error": {"message": "the model is not loaded", "type": "server_error"}}
            raw = json.dumps(answer).encode()
            self.send_response(served.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/v1"
    yield served
    server.shutdown()
    server.server_close()


def with_endpoint(options: IndexOptions, served: Served) -> IndexOptions:
    return replace(options, embed_model="tiny", base_url=served.url, api_key="secret-key")


def test_an_endpoint_takes_the_place_of_the_encoder(options: IndexOptions, endpoint: Served):
    retriever = open_retriever(with_endpoint(options, endpoint))
    info = retriever.open().info
    assert not is_fresh(info, options), "another model makes the index stale"
    assert info.dimensions == 24 and info.encoder.startswith("tiny@") and not retriever.cautions
    assert endpoint.keys == {"Bearer secret-key"}
    endpoint.inputs.clear()
    assert retriever.search(QUESTION, lang="zh", mode="dense")
    assert endpoint.inputs == [QUESTION]


def test_an_endpoint_that_fails_at_a_question_gives_one_caution_and_words(options: IndexOptions, endpoint: Served):
    retriever = open_retriever(with_endpoint(options, endpoint))
    endpoint.status = 400
    for _ in range(3):
        hits = retriever.search(QUESTION, lang="zh")
        assert [h.id for h in hits] == [h.id for h in retriever.search(QUESTION, lang="zh", mode="lexical")]
    assert len(retriever.cautions) == 1 and "COACH_EMBED_MODEL" in retriever.cautions[0]
    assert "\n" not in retriever.cautions[0] and "secret-key" not in retriever.cautions[0]


def test_an_endpoint_that_is_away_at_the_build_gives_an_index_of_words(options: IndexOptions):
    away = replace(options, embed_model="tiny", base_url="http://127.0.0.1:9/v1")
    retriever = open_retriever(away)
    assert retriever.search(QUESTION, lang="zh") and retriever.open().info.encoder == ""
    assert len(retriever.cautions) == 1 and "did not answer" in retriever.cautions[0]
    assert build_index(away).generation == retriever.open().info.generation, "not tried again at once"


def test_a_model_that_changes_its_dimension_is_told_and_mended_by_a_build(options: IndexOptions, endpoint: Served):
    chosen = with_endpoint(options, endpoint)
    retriever = open_retriever(chosen)
    endpoint.dimensions = 30
    assert retriever.search(QUESTION, lang="zh")
    assert "30 dimensions" in retriever.cautions[0] and "coach kb build" in retriever.cautions[0]
    (chosen.folder / "vectors.npz").unlink()
    assert build_index(chosen, force=True).dimensions == 30


def test_the_key_is_not_shown():
    assert "hush" not in repr(Endpoint("m", "http://127.0.0.1", "hush"))


def test_no_vectors_for_no_texts(endpoint: Served):
    assert len(Remote(Endpoint("tiny", endpoint.url)).encode([])) == 0 == len(BuiltIn().encode([]))


class Counting:
    """An encoder that counts the texts it was given."""

    name = "counting"
    joins = False
    bilingual = False

    def __init__(self) -> None:
        self.texts = 0

    def encode(self, texts: list[str]) -> np.ndarray:
        self.texts += len(texts)
        return np.asarray([_vector(t, 16) for t in texts])


def test_the_cache_encodes_only_what_is_new_and_survives_damage(tmp_path: Path):
    path, passages = tmp_path / "vectors.npz", [("到期提醒", "定期到期要提醒"), ("送礼", "礼物不超过上限")]
    first = Counting()
    cache = Cache(path, None, first)
    exact = cache.vectors(passages)
    cache.save(passages)
    second = Counting()
    kept = Cache(path, None, second).vectors([*passages, ("新", "新的一条")])
    assert first.texts == 4 and second.texts == 2
    cosines = (exact * kept[:2]).sum(1) / np.linalg.norm(exact, axis=1) / np.linalg.norm(kept[:2], axis=1)
    assert cosines.min() > 0.999
    path.write_bytes(path.read_bytes()[:100])
    third = Counting()
    Cache(path, None, third).vectors(passages)
    assert third.texts == 4


def test_a_server_is_asked_for_two_texts_a_passage(tmp_path: Path):
    encoder = Counting()
    encoder.joins = True
    assert Cache(tmp_path / "v.npz", None, encoder).vectors([("title", "ask", "ask", "text"), ("alone",)]).shape == (2, 16)
    assert encoder.texts == 3


def test_vectors_of_another_encoder_are_not_used(tmp_path: Path):
    cache = Cache(tmp_path / "v.npz", None, Counting())
    cache.vectors([("a", "b")])
    cache.save([("a", "b")])
    other = Counting()
    other.name = "another"
    Cache(tmp_path / "v.npz", None, other).vectors([("a", "b")])
    assert other.texts == 2


def test_the_built_in_encoder_brings_meaning_without_shared_words():
    a, near, far = BuiltIn().encode(["怎么安慰住院的老人", "探望生病的长辈说些什么", "基金净值是怎么计算的"])
    assert a @ near > a @ far + 0.1


def test_a_space_takes_the_mean_away_and_evens_out_how_widely_cosines_spread():
    raw = np.random.default_rng(7).normal(size=(60, 12)).astype("float32") + 3
    space, vectors = Space.of(raw, ["a", "b", "c"] * 20)
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert abs(float(vectors.mean())) < 0.1 and space.spread > 0.2
    assert 0 < space.even(0.5) < 0.5


def test_a_passage_is_drawn_towards_itself_in_the_other_language_where_it_is_there():
    raw = np.random.default_rng(5).normal(size=(40, 16)).astype("float32")
    others = centred(np.random.default_rng(6).normal(size=(40, 16)).astype("float32"))
    others[20:] = 0
    topics = [str(number) for number in range(40)]
    space, alone = Space.of(raw, topics)
    same, drawn = Space.of(raw, topics, others)
    nearer = (drawn * others).sum(1) - (alone * others).sum(1)
    assert (nearer[:20] > 0.05).all() and np.allclose(alone[20:], drawn[20:], atol=1e-5)
    assert np.allclose(space.mean, same.mean), "a question is read in its own language"


def _two_languages(encoder_bilingual: bool, monkeypatch: pytest.MonkeyPatch, options: IndexOptions) -> list[tuple[int, int]]:
    """How many passages of each language were drawn towards the other, as an index is built with an encoder."""
    seen = []
    of = Space.of

    def watched(raw, topics, others=None):
        seen.append((len(raw), 0 if others is None else int((np.linalg.norm(others, axis=1) > 0.9).sum())))
        return of(raw, topics, others)

    monkeypatch.setattr(Space, "of", watched)
    monkeypatch.setattr(BuiltIn, "bilingual", encoder_bilingual)
    options.documents.mkdir(parents=True, exist_ok=True)
    (options.documents / "own.json").write_text(json.dumps({"passages": [
        {"id": "own/1", "lang": "zh", "topic": "own", "title": "网点通知", "text": "周五下午四点开晨会"}]}), encoding="utf-8")
    build_index(options, force=True)
    return seen


def test_a_branch_document_stands_alone_and_so_does_every_passage_of_an_encoder_of_one_language(
        options: IndexOptions, monkeypatch: pytest.MonkeyPatch):
    drawn = _two_languages(True, monkeypatch, options)
    assert [passages - others for passages, others in drawn] == [1, 0], "only the branch's own passage has no counterpart"
    monkeypatch.undo()
    assert [others for _, others in _two_languages(False, monkeypatch, options)] == [0, 0]


def test_an_endpoint_without_vectors_is_refused(endpoint: Served):
    encoder = Remote(Endpoint("tiny", endpoint.url))
    endpoint.status = 404
    with pytest.raises(DenseError, match="did not answer"):
        encoder.encode(["x"])
