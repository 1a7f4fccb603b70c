"""How well passages are found: recall, nDCG and hits on written questions, for words, vectors and both.

``python -m coach.playbook.evaluate [--json] [--lang zh] [--questions DIR]`` prints a table. A line of
``questions.<lang>.jsonl`` is ``{"id", "question", "relevant": [passage ids]}``; ``outside.<lang>.jsonl``
holds questions that the playbook does not answer. Weights may be chosen on the even lines only; the odd
lines are held out, and both halves are reported.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from coach.domain.words import LANGS, Lang
from coach.playbook.index import IndexOptions, build_index
from coach.playbook.retrieve import Mode, PlaybookRetriever, is_answerable

MODES: tuple[Mode, ...] = ("lexical", "dense", "fused")
HOME = Path(__file__).resolve().parents[2] / "tests" / "eval"


@dataclass(frozen=True, slots=True)
class Question:
    """A question and the passages that answer it."""

    id: str
    question: str
    relevant: frozenset[str]


@dataclass(frozen=True, slots=True)
class Figures:
    """Means over questions, and the time of one question in milliseconds."""

    lang: str
    mode: str
    part: str
    questions: int
    recall_1: float
    recall_5: float
    ndcg_10: float
    hit_5: float
    """Share of questions with at least one relevant passage among the first five."""
    topic_5: float
    """Share of questions with at least one passage among the first five from a topic that holds a relevant one."""
    ms_p50: float
    ms_p95: float


@dataclass(frozen=True, slots=True)
class Scope:
    """How well questions that the playbook answers are told from those it does not."""

    lang: str
    inside: int
    inside_answered: float
    outside: int
    outside_refused: float


def read_questions(path: Path) -> list[Question]:
    """The questions of a file. Raises ``ValueError`` with file and line where one is not as described above."""
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            found.append(Question(str(row["id"]), str(row["question"]), frozenset(row.get("relevant", ()))))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise ValueError(f"{path}:{number}: not a question; a line is {{\"id\", \"question\", \"relevant\": [ids]}}") from None
    return found


def recall(found: Sequence[str], relevant: Iterable[str], k: int) -> float:
    """Share of the relevant among the first ``k``; at most ``k`` of them can be there. Nothing relevant: 0."""
    wanted = set(relevant)
    return len(wanted & set(found[:k])) / min(len(wanted), k) if wanted else 0.0


def ndcg(found: Sequence[str], relevant: Iterable[str], k: int = 10) -> float:
    """Discounted gain of the first ``k``, relevance 0 or 1, against the best possible order."""
    wanted = set(relevant)
    gain = sum(1 / math.log2(rank + 2) for rank, passage in enumerate(found[:k]) if passage in wanted)
    best = sum(1 / math.log2(rank + 2) for rank in range(min(len(wanted), k)))
    return gain / best if best else 0.0


def evaluate(questions: Sequence[Question], find: Callable[[str], Sequence[str]], *, lang: str = "", mode: str = "",
             part: str = "all") -> Figures:
    """The figures of one way to find passages: ``find`` gives passage ids, best first."""
    return _figures([_try(question, find) for question in questions], lang, mode, part)


def hit(found: Sequence[str], relevant: Iterable[str], k: int = 5) -> float:
    """1 where one of the relevant is among the first ``k``, else 0."""
    return float(not set(relevant).isdisjoint(found[:k]))


def _topic(passage: str) -> str:
    return passage.partition("/")[0]


def _try(question: Question, find: Callable[[str], Sequence[str]]) -> tuple[float, ...]:
    """The measures of one question in the order of :class:`Figures`, last its milliseconds."""
    start = time.perf_counter()
    found, wanted = find(question.question), question.relevant
    spent = (time.perf_counter() - start) * 1000
    return (recall(found, wanted, 1), recall(found, wanted, 5), ndcg(found, wanted), hit(found, wanted),
            hit([_topic(p) for p in found], map(_topic, wanted)), spent)


def _figures(tried: Sequence[tuple[float, ...]], lang: str, mode: str, part: str) -> Figures:
    r1, r5, gain, hits, topics = (round(sum(row[i] for row in tried) / max(len(tried), 1), 4) for i in range(5))
    times = sorted(row[-1] for row in tried) or [0.0]
    p50, p95 = (round(times[int(len(times) * share)], 2) for share in (0.5, 0.95))
    return Figures(lang, mode, part, len(tried), r1, r5, gain, hits, topics, p50, p95)


def table(retriever: PlaybookRetriever, folder: Path, langs: Iterable[Lang] = LANGS) -> tuple[list[Figures], list[Scope]]:
    """All figures of the questions in a folder, and how well the outside questions are told apart."""
    rows: list[Figures] = []
    scopes: list[Scope] = []
    for lang in langs:
        questions = read_questions(folder / f"questions.{lang}.jsonl")
        retriever.search("warm", lang=lang, k=1)
        for mode in MODES:
            def find(text: str, lang: Lang = lang, mode: Mode = mode) -> list[str]:
                return [hit.id for hit in retriever.search(text, lang=lang, k=10, mode=mode)]

            tried = [_try(question, find) for question in questions]
            rows += [_figures(some, lang, mode, part) for part, some in (("even", tried[0::2]), ("odd", tried[1::2]), ("all", tried))]
        outside = folder / f"outside.{lang}.jsonl"
        if outside.exists():
            strange = read_questions(outside)

            def known(question: Question, lang: Lang = lang) -> bool:
                return is_answerable(question.question, retriever.search(question.question, lang=lang), lang)

            scopes.append(Scope(
                lang, len(questions), round(sum(map(known, questions)) / max(len(questions), 1), 4),
                len(strange), round(1 - sum(map(known, strange)) / max(len(strange), 1), 4)))
    return rows, scopes


def _lines(rows: list[Figures], scopes: list[Scope]) -> Iterable[str]:
    yield (f"{'lang':5}{'mode':9}{'part':6}{'n':>5}{'recall@1':>10}{'recall@5':>10}{'nDCG@10':>10}{'hit@5':>8}{'topic@5':>9}"
           f"{'p50 ms':>9}{'p95 ms':>9}")
    for r in rows:
        yield (f"{r.lang:5}{r.mode:9}{r.part:6}{r.questions:5}{r.recall_1:10.3f}{r.recall_5:10.3f}{r.ndcg_10:10.3f}"
               f"{r.hit_5:8.3f}{r.topic_5:9.3f}"
               f"{r.ms_p50:9.1f}{r.ms_p95:9.1f}")
    for s in scopes:
        yield (f"{s.lang}: {s.inside_answered:.0%} of {s.inside} questions inside taken as answerable, "
               f"{s.outside_refused:.0%} of {s.outside} outside refused")


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where the questions cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m coach.playbook.evaluate", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON value instead of the table")
    parser.add_argument("--lang", choices=LANGS, action="append", help="only this language")
    parser.add_argument("--questions", type=Path, default=HOME, help="folder of the question files")
    parser.add_argument("--workspace", type=Path, help="an existing workspace; default: a temporary one")
    chosen = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as folder:
        options = IndexOptions(chosen.workspace or Path(folder))
        info = build_index(options)
        try:
            rows, scopes = table(PlaybookRetriever(options), chosen.questions, chosen.lang or LANGS)
        except (OSError, ValueError) as error:
            sys.stderr.write(f"evaluate: {error}\n")
            return 1
        if chosen.json:
            value = {"index": info.as_json(), "figures": [asdict(r) for r in rows], "scope": [asdict(s) for s in scopes]}
            sys.stdout.write(json.dumps(value, ensure_ascii=False) + "\n")
        else:
            sys.stdout.write("\n".join(_lines(rows, scopes)) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
