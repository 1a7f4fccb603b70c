"""The index on a real Chroma server: the same answers, several who build at once, a server that dies, hangs or forgets."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from coach.playbook import dense, retrieve
from coach.playbook.index import IndexOptions, build_index, current
from coach.playbook.retrieve import PlaybookRetriever, open_retriever
from tests.servers.chroma import Chroma

QUESTION = "存款到期客户没来怎么回访"


@pytest.fixture(scope="module")
def chroma() -> Iterator[Chroma]:
    server = Chroma()
    server.start()
    yield server
    server.remove()


@pytest.fixture
def remote(options: IndexOptions, chroma: Chroma) -> IndexOptions:
    return replace(options, workspace=options.workspace / "remote", chroma_url=chroma.url)


def ids(retriever: PlaybookRetriever) -> list[str]:
    return [hit.id for hit in retriever.search(QUESTION, lang="zh")]


def test_it_takes_the_place_of_the_folder(options: IndexOptions, remote: IndexOptions, chroma: Chroma) -> None:
    embedded, retriever = ids(open_retriever(options)), open_retriever(remote)
    assert ids(retriever) == embedded and not retriever.cautions
    build_index(remote, force=True)
    build_index(remote, force=True)
    import chromadb

    listed = chromadb.HttpClient(host="127.0.0.1", port=chroma.port).list_collections()
    mine = [c.name for c in listed if (c.metadata or {}).get("workspace") == remote.mark]
    assert len(mine) == 4, "two generations in two languages; older ones were removed"


def test_processes_that_build_at_once_agree_and_workspaces_do_not_mix(remote: IndexOptions) -> None:
    script = f"""
from pathlib import Path
from coach.playbook.index import IndexOptions
from coach.playbook.retrieve import open_retriever
r = open_retriever(IndexOptions(Path({str(remote.workspace)!r}), Path({str(remote.knowledge)!r}), {remote.chroma_url!r}))
print(r.open().info.generation, *[h.id for h in r.search({QUESTION!r}, lang="zh")], *r.cautions)
"""
    colleague = replace(remote, workspace=remote.workspace.with_name("of-a-colleague"))
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        mine, theirs = PlaybookRetriever(remote), PlaybookRetriever(colleague)
        both = [threading.Thread(target=one.open) for one in (mine, theirs)]
        for one in both:
            one.start()
        told = process.communicate(timeout=120)[0].split()
        for one in both:
            one.join()
    assert told == [mine.open().info.generation, *ids(mine)] and not mine.cautions
    assert ids(theirs) == ids(mine) and theirs.open().info.generation != told[0] and not theirs.cautions


def test_killed_and_started_again_while_searching(
    remote: IndexOptions, chroma: Chroma, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieve, "PAUSE_SECONDS", 0.05)
    retriever = open_retriever(remote)
    whole = ids(retriever)
    found: list[list[str]] = []
    faults: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                found.append(ids(retriever))
        except BaseException as error:
            faults.append(error)

    people = [threading.Thread(target=ask) for _ in range(2)]
    for one in people:
        one.start()
    chroma.kill()
    reached = wait_for(lambda: retriever.cautions)
    english, chinese = retriever.cautions, retriever.cautions_in("zh")
    chroma.start()
    back = wait_for(lambda: not retriever.cautions)
    stop.set()
    for one in people:
        one.join()
    assert not faults and reached and back and all(len(hits) == 5 for hits in found)
    assert len(english) == len(chinese) == 1 and "\n" not in english[0] + chinese[0]
    assert all(chroma.url in line and "COACH_CHROMA" in line for line in (english[0], chinese[0])) and "只按词查找" in chinese[0]
    assert ids(retriever) == whole and not retriever.cautions


def wait_for(said: object) -> bool:
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if said():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_a_server_that_hangs_holds_nobody_up(remote: IndexOptions, chroma: Chroma, monkeypatch: pytest.MonkeyPatch) -> None:
    retriever = open_retriever(remote)
    whole = ids(retriever)
    monkeypatch.setattr(dense, "SECONDS", 0.3)
    chroma.signal(signal.SIGSTOP)
    try:
        start = time.monotonic()
        assert len(ids(retriever)) == 5 and time.monotonic() - start < 5
        assert "no answer in 0.3 s" in retriever.cautions[0]
    finally:
        chroma.signal(signal.SIGCONT)
    monkeypatch.setattr(dense, "SECONDS", 10.0)
    retriever._paused_until = 0.0
    assert ids(retriever) == whole and not retriever.cautions


def test_a_server_that_lost_its_data_gets_it_again(remote: IndexOptions, chroma: Chroma) -> None:
    retriever, other = open_retriever(remote), open_retriever(remote)
    whole, before = ids(retriever), current(remote)
    assert ids(other) == whole
    chroma.kill()
    chroma.forget()
    chroma.start()
    assert len(ids(retriever)) == 5, "this question goes by words"
    after = current(remote)
    assert before and after and after.generation != before.generation
    assert ids(retriever) == whole and not retriever.cautions
    assert len(ids(other)) == 5 and current(remote) == after, "the other finds that it has been built"
    assert ids(other) == whole and not other.cautions


def test_a_server_that_is_away_costs_the_vectors_not_the_answer(options: IndexOptions) -> None:
    retriever = open_retriever(replace(options, chroma_url="http://user:secret-word@127.0.0.1:9"))
    assert len(ids(retriever)) == 5
    told = retriever.cautions + retriever.cautions_in("zh") + PlaybookRetriever(retriever.options).cautions
    assert len(told) == 2 and all("COACH_CHROMA" in line and "\n" not in line and "secret-word" not in line for line in told)
    later = open_retriever(retriever.options)
    assert later.cautions == retriever.cautions, "another program that finds the index built says so too"


@pytest.mark.parametrize(("lang", "words"), [("zh", "只按词查找"), ("en", "cannot be used")])
def test_the_doctor_says_so(own_workspace: Path, monkeypatch: pytest.MonkeyPatch, options: IndexOptions, lang: str, words: str) -> None:
    from coach.services import doctor, knowledge
    from coach.services.workspace import Workspace

    monkeypatch.setattr(knowledge, "_options", lambda ws: replace(options, chroma_url=ws.settings.chroma))
    monkeypatch.setenv("COACH_CHROMA", "http://user:secret-word@127.0.0.1:9")
    ws = Workspace.at(own_workspace, lang=lang)  # type: ignore[arg-type]
    found = {c.id: c for c in doctor._guarded(ws, "index", doctor._index, date(2026, 11, 24))}
    assert found["index"].ok and not found["index.vectors"].ok and words in found["index.vectors"].text
    assert all("secret-word" not in c.text + c.remedy for c in found.values())
    ws.close()
