"""The measures against values worked out by hand, and the command that prints them."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from coach.playbook.cards import playbook
from coach.playbook.evaluate import HOME, evaluate, hit, main, ndcg, read_questions, recall, table
from coach.playbook.retrieve import PlaybookRetriever


@pytest.mark.parametrize(("found", "relevant", "k", "value"), [
    (["a", "b", "c"], {"a"}, 1, 1.0), (["a", "b", "c"], {"b"}, 1, 0.0), (["a", "b", "c"], {"a", "c"}, 1, 1.0),
    (["a", "x", "y", "z", "b"], {"a", "b", "c"}, 5, 2 / 3), (["a"] * 1, {"a", "b"}, 5, 0.5), ([], {"a"}, 5, 0.0), (["a"], set(), 5, 0.0),
    (list("abcde"), set("abcdefgh"), 5, 1.0),
])
def test_recall(found, relevant, k, value):
    assert recall(found, relevant, k) == pytest.approx(value)


def test_ndcg():
    assert ndcg(["a", "b"], {"a", "b"}) == pytest.approx(1)
    assert ndcg(["x", "a"], {"a"}) == pytest.approx(1 / math.log2(3))
    assert ndcg(["a", "x", "b"], {"a", "b"}) == pytest.approx((1 + 0.5) / (1 + 1 / math.log2(3)))
    assert ndcg([*"xxxxxxxxxx", "a"], {"a"}) == 0 and ndcg(["a"], set()) == 0


def test_hit_and_topic(tmp_path: Path):
    assert hit(list("vwxya"), {"a", "b"}) == 1 and hit([*"vwxyz", "a"], {"a"}) == 0 == hit(["a"], set())
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "1", "question": "one", "relevant": ["t/a"]}\n{"id": "2", "question": "two", "relevant": ["u/a"]}\n'
                    '{"id": "3", "question": "six", "relevant": ["u/a"]}\n')
    answers = {"one": ["t/b", "t/a"], "two": ["t/a", "u/b"], "six": ["t/a", *["t/c"] * 4, "u/a"]}
    figures = evaluate(read_questions(path), answers.__getitem__)
    assert (figures.hit_5, figures.topic_5) == (round(1 / 3, 4), round(2 / 3, 4))


def test_figures_are_means(tmp_path: Path):
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "1", "question": "one", "relevant": ["a"]}\n\n{"id": "2", "question": "two", "relevant": ["b"]}\n')
    figures = evaluate(read_questions(path), lambda text: ["a", "b"] if text == "one" else ["x"], lang="zh", mode="fused")
    assert (figures.questions, figures.recall_1, figures.recall_5, figures.ndcg_10) == (2, 0.5, 0.5, 0.5)
    assert evaluate([], lambda _: []).recall_1 == 0


def test_a_wrong_line_names_file_and_line(tmp_path: Path):
    path = tmp_path / "q.jsonl"
    path.write_text('{"id": "1", "question": "one"}\n{"id": "2"}\n')
    with pytest.raises(ValueError, match=r"q\.jsonl:2"):
        read_questions(path)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_every_question_names_passages_that_exist_and_none_copies_a_card(lang):
    """Were a question word for word on a card, the measure would only tell that copying works."""
    book = playbook()
    on_cards = {ask.lower() for card in book.in_order(lang) for ask in (*card.asks, *(a for p in card.passages for a in p.asks))}
    questions = read_questions(HOME / f"questions.{lang}.jsonl")
    assert len(questions) >= 150 and len({q.id for q in questions}) == len(questions)
    for question in questions:
        assert question.relevant and all((r, lang) in book.passages for r in question.relevant), question.id
        assert question.question.lower() not in on_cards, question.id


def test_fused_stands_above_both_parts(whole: PlaybookRetriever):
    rows, scopes = table(whole, HOME)
    figures = {(r.lang, r.mode): r for r in rows if r.part == "all"}
    for lang in ("zh", "en"):
        for part in ("lexical", "dense"):
            assert figures[lang, "fused"].recall_5 > figures[lang, part].recall_5
            assert figures[lang, "fused"].ndcg_10 > figures[lang, part].ndcg_10
    assert {s.lang for s in scopes} == {"zh", "en"}


def test_the_command_prints_one_json_value_or_a_table(tmp_path: Path, whole: PlaybookRetriever, capsys: pytest.CaptureFixture[str]):
    for name in ("questions", "outside"):
        lines = (HOME / f"{name}.zh.jsonl").read_text(encoding="utf-8").splitlines()[:6]
        (tmp_path / f"{name}.zh.jsonl").write_text("\n".join(lines), encoding="utf-8")
    arguments = ["--workspace", str(whole.options.workspace), "--questions", str(tmp_path), "--lang", "zh"]
    assert main([*arguments, "--json"]) == 0
    value = json.loads(capsys.readouterr().out)
    assert len({(f["mode"], f["part"]) for f in value["figures"]}) == 9
    assert main(arguments) == 0
    assert {"recall@5", "hit@5", "topic@5"} <= set(capsys.readouterr().out.split())
    assert main([*arguments[:2], "--questions", str(tmp_path / "none")]) == 1
    assert "none" in capsys.readouterr().err
