"""Words: how texts are cut, what a language's search words do, how BM25 ranks."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from coach.playbook import lexical
from coach.playbook.cards import CardError
from coach.playbook.lexical import Bm25, Words, plain, read_words, tokens


def test_chinese_gives_words_and_character_pairs():
    found = tokens("定期存款到期")
    assert {"定期", "存款", "到期"} <= set(found)
    assert "期存" in found, "pairs bridge a wrong cut"


def test_english_gives_stems_and_figures():
    assert tokens("Deposits maturing in 2026") == tokens("deposit matures IN 2026")


def test_a_mixed_text_gives_both():
    assert {"app", "银行"} <= set(tokens("别家银行的ＡＰＰ"))


def test_stop_words_are_left_out():
    assert tokens("the deposit", frozenset({"the"})) == tokens("deposit")
    assert "怎么" not in tokens("怎么到期", frozenset({"怎么"}))


def test_bm25_finds_the_document_and_gives_nothing_to_the_rest(tmp_path: Path):
    index = Bm25.of([tokens(t) for t in ("存单到期提醒", "生日送什么礼物", "客户挂电话")])
    scores = index.scores(tokens("快到期的存单"))
    assert scores.argmax() == 0 and scores[1] == 0
    index.save(tmp_path / "words")
    assert Bm25.load(tmp_path / "words").scores(tokens("礼物")).argmax() == 1
    assert not index.scores(tokens("天气")).any() and not index.scores([]).any()


def test_synonyms_follow_the_question():
    words = Words(frozenset(), (("补偿款", "拆迁款"), ("call", "phone")))
    assert words.synonyms(plain("补偿款要到了")) == ["拆迁款"]
    assert words.synonyms("recall nothing") == [], "a Latin word counts only whole"


@pytest.mark.parametrize(("text", "says"), [
    ("wrong = 1", "unknown key 'wrong'"), ('same = [["one"]]', "two words"), ("same = [", "not valid TOML"),
])
def test_a_wrong_search_file_is_one_clear_line(tmp_path: Path, text: str, says: str):
    (tmp_path / "zh").mkdir()
    (tmp_path / "zh" / "search.toml").write_text(text, encoding="utf-8")
    with pytest.raises(CardError, match=says) as caught:
        read_words("zh", tmp_path)
    assert "search.toml" in str(caught.value) and "\n" not in str(caught.value)


def test_a_language_without_a_search_file_still_searches(tmp_path: Path):
    assert read_words("en", tmp_path).synonyms("call") == []


def test_threads_at_once_get_the_same_stems() -> None:
    ends = [f"{b}{c}" for b in ("al", "ful", "able", "ive") for c in ("ness", "ly", "ity", "ized")]
    words = [f"{stem}{end}" for stem in ("nation", "hope", "relate", "adjust") for end in ends]
    alone = [tokens(word) for word in words]
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        for _ in range(5):
            lexical._stem.cache_clear()
            with ThreadPoolExecutor(6) as threads:
                assert all(found == alone for found in threads.map(lambda _: [tokens(word) for word in words], range(6)))
    finally:
        sys.setswitchinterval(switch)
