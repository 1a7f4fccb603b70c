"""The index: whole or not at all, found stale by itself, safe with several processes, embedded or on a server."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from coach.playbook.cards import CardError
from coach.playbook.index import IndexBuildError, IndexOptions, build_index, current, is_fresh
from coach.playbook.retrieve import PlaybookRetriever, open_retriever

QUESTION = "理财到期那天客户没来"


def generations(options: IndexOptions) -> set[str]:
    return {p.name for p in options.folder.iterdir() if p.name.startswith("g-")}


def test_first_build_and_no_build_without_a_change(options: IndexOptions):
    info = build_index(options)
    assert info.passages > 100 and info.encoder and info.dimensions == 512 and not info.caution
    assert (options.folder / info.generation / "chroma" / "chroma.sqlite3").exists(), "a real Chroma on disk"
    assert build_index(options).generation == info.generation
    assert build_index(options, force=True).generation != info.generation


def test_a_changed_card_makes_the_index_stale_and_the_new_words_are_found(options: IndexOptions, tmp_path: Path):
    root = tmp_path / "knowledge"
    shutil.copytree(options.knowledge, root)
    options = replace(options, knowledge=root)
    retriever = open_retriever(options)
    before = current(options)
    card = root / "zh" / "care.gift.toml"
    card.write_text(card.read_text(encoding="utf-8").replace('title = "', 'title = "琥珀蜻蜓', 2), encoding="utf-8")
    assert not is_fresh(before, options)
    retriever._looked = 0.0
    assert retriever.search("琥珀蜻蜓", lang="zh", k=1)[0].title.startswith("琥珀蜻蜓")


def test_a_card_that_cannot_be_read_leaves_the_old_index(options: IndexOptions, tmp_path: Path):
    root = tmp_path / "knowledge"
    shutil.copytree(options.knowledge, root)
    options = replace(options, knowledge=root)
    before = build_index(options)
    (root / "zh" / "care.gift.toml").write_text("title = ", encoding="utf-8")
    with pytest.raises(CardError, match=r"care\.gift\.toml"):
        build_index(options)
    assert current(options) == before


def test_more_asks_lead_to_a_passage_and_wrong_ones_are_refused(options: IndexOptions, tmp_path: Path):
    root = tmp_path / "knowledge"
    shutil.copytree(options.knowledge, root)
    options = replace(options, knowledge=root)
    asks = root / "zh" / "asks" / "revive.maturity.toml"
    asks.parent.mkdir(exist_ok=True)
    asks.write_text('prepare-desk = ["早上摆摊铺台子咋弄"]', encoding="utf-8")
    assert open_retriever(options).search("摆摊铺台子", lang="zh", k=1)[0].id == "revive.maturity/prepare-desk"
    asks.write_text('no-such = ["x"]', encoding="utf-8")
    with pytest.raises(CardError, match="no-such"):
        build_index(options)


def test_kill_9_in_the_middle_leaves_the_old_index_and_the_same_command_finishes(options: IndexOptions):
    before = build_index(options)
    found = PlaybookRetriever(options).search(QUESTION, lang="zh")
    script = f"""
import sys, time
from pathlib import Path
from coach.playbook.index import IndexOptions, build_index
def progress(step):
    print(step, flush=True)
    if step == "dense":
        time.sleep(60)
build_index(IndexOptions(Path({str(options.workspace)!r}), Path({str(options.knowledge)!r})), force=True, progress=progress)
"""
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert [process.stdout.readline().strip() for _ in range(2)] == ["lexical", "dense"]
        assert len(generations(options)) == 2, "a half-written generation stands there"
        process.send_signal(signal.SIGKILL)
    assert current(options) == before
    assert PlaybookRetriever(options).search(QUESTION, lang="zh") == found
    after = build_index(options, force=True)
    assert generations(options) == {before.generation, after.generation}, "the leftover is gone, the one before may still be open"
    assert PlaybookRetriever(options).search(QUESTION, lang="zh") == found


def test_a_pointer_that_was_cut_off_is_built_anew(options: IndexOptions):
    build_index(options)
    (options.folder / "current.json").write_text('{"generation": "g-', encoding="utf-8")
    assert current(options) is None
    assert open_retriever(options).search(QUESTION, lang="zh")


def test_two_processes_at_once_agree(options: IndexOptions):
    script = f"""
from pathlib import Path
from coach.playbook.index import IndexOptions
from coach.playbook.retrieve import open_retriever
r = open_retriever(IndexOptions(Path({str(options.workspace)!r}), Path({str(options.knowledge)!r})))
print(r.open().info.generation, len(r.search({QUESTION!r}, lang="zh")))
"""
    runs = [subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True) for _ in range(2)]
    answers = [run.communicate(timeout=60)[0].strip() for run in runs]
    assert answers[0] == answers[1] and answers[0].endswith(" 5")


def test_an_open_program_follows_a_newer_index(options: IndexOptions):
    retriever = open_retriever(options)
    newer = build_index(options, force=True)
    assert retriever.search(QUESTION, lang="zh"), "still answers from the one it has open"
    retriever._looked = 0.0
    assert retriever.open().info.generation == newer.generation


def test_a_folder_that_cannot_be_written_is_one_line(tmp_path: Path, small_knowledge: Path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(IndexBuildError, match="COACH_HOME") as caught:
        build_index(IndexOptions(tmp_path / "file", small_knowledge))
    assert "\n" not in str(caught.value)


def test_the_vectors_delivered_are_those_of_the_cards(tmp_path: Path):
    """Without them a first start takes half a minute longer. After cards or asks changed: ``python -m coach.playbook.index``."""
    import numpy as np

    from coach.paths import KNOWLEDGE
    from coach.playbook.cards import read_playbook
    from coach.playbook.dense import _digest
    from coach.playbook.index import entries_of

    with np.load(KNOWLEDGE / "vectors.npz", allow_pickle=False) as data:
        have = set(data["keys"].tolist())
    wanted = {_digest(e.keys) for e in entries_of(read_playbook(), IndexOptions(tmp_path))}
    assert len(wanted & have) / len(wanted) > 0.97, "run: python -m coach.playbook.index"


def test_what_is_told_of_an_index_is_json(options: IndexOptions):
    assert json.loads(json.dumps(build_index(options).as_json()))["passages"] > 100
