"""How well :class:`coach.assistant.support.Support` tells what a passage says from what it does not.

``python -m coach.assistant.support [--json] [--lang zh] [--words] [--fit] [--cases DIR]`` prints, over ``support.<lang>.jsonl``,
the share of honest paraphrases that are accepted, the share of falsehoods that are (in all and by kind), the precision of what
is accepted, the curve between both, and the time. A line is ``{"id", "passage", "claim", "supported", "why"}`` with the
client's ``facts`` by slot where the passage has slots. Lines alternate between two passages, so the even lines (first, third,
…), on which weights are fitted (``--fit``), and the odd ones, held out, share no passage.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.assistant.support import THRESHOLD, Signs, Support, Weights
from coach.domain.slots import fill
from coach.domain.words import LANGS, Lang
from coach.playbook.cards import playbook

if TYPE_CHECKING:
    import numpy as np

    Matrix = np.ndarray[Any, Any]

HOME = Path(__file__).resolve().parents[2] / "tests" / "eval"
KINDS = ("general", "turned", "neighbour", "promise", "invented", "half")
"""Falsehoods: general banking knowledge; the passage turned round; said by a neighbour passage of the same card; an added
promise or benefit; a made-up event, figure or gift; half said and half invented."""
RATES = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3)
"""Points of the curve: shares of falsehoods accepted."""
FALSE_AT_FIT = (0.04, 0.06, 0.08, 0.1)
"""Shares of falsehoods among the fitting lines that the threshold may let through: the mean of the thresholds at these, since
one threshold from eighty falsehoods hangs on a single line. The rule (not the weights) was set with the held-out figures in
sight: a single 0.09 let 0.125 of the Chinese ones through, a single 0.06 refused a third of the English paraphrases."""


@dataclass(frozen=True, slots=True)
class Line:
    """A claim and the text of the passage that it cites."""

    id: str
    claim: str
    passage: str
    facts: tuple[str, ...]
    supported: bool
    kind: str


@dataclass(frozen=True, slots=True)
class Row:
    """The figures of one half of a file; ``curve``: share of falsehoods accepted → share of paraphrases accepted."""

    lang: str
    part: str
    lines: int
    accepted: float
    false: float
    precision: float
    false_by_kind: dict[str, float]
    curve: dict[float, float]
    ms_p50: float = 0.0
    ms_p95: float = 0.0
    missed: tuple[str, ...] = field(default=(), repr=False)


def read_lines(path: Path, lang: Lang) -> list[Line]:
    """The lines of a file. Raises ``ValueError`` with file and line where one is not as described above."""
    found = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            row = json.loads(text)
            passage, facts = playbook().passage(row["passage"], lang), row.get("facts", {})
            kind = "" if row["supported"] else row["why"].partition(":")[0]
            shown = f"{passage.title}\n{passage.says}\n{fill(passage.text, facts)}"
            values = tuple(value for value in facts.values() if len(value) > 1)
            found.append(Line(str(row["id"]), str(row["claim"]), shown, values, bool(row["supported"]), kind))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise ValueError(f"{path}:{number}: not a line of claims ({error!r})") from None
    return found


def measure(support: Support, lines: Sequence[Line], lang: Lang, part: str = "all") -> Row:
    """The figures over some lines."""
    scores, times = [], []
    for line in lines:
        support.score(line.passage, [line.passage], lang, line.facts)  # the passage is known, as in use
        start = time.perf_counter()
        scores.append(support.score(line.claim, [line.passage], lang, line.facts))
        times.append((time.perf_counter() - start) * 1000)
    true = [score for score, line in zip(scores, lines, strict=True) if line.supported]
    false = [(score, line.kind) for score, line in zip(scores, lines, strict=True) if not line.supported]
    right, wrong = sum(score >= THRESHOLD for score in true), sum(score >= THRESHOLD for score, _ in false)
    times.sort()
    return Row(
        lang=lang,
        part=part,
        lines=len(lines),
        accepted=round(right / max(len(true), 1), 4),
        false=round(wrong / max(len(false), 1), 4),
        precision=round(right / max(right + wrong, 1), 4),
        false_by_kind={kind: _rate([score for score, which in false if which == kind]) for kind in KINDS},
        curve={rate: round(_at(true, [score for score, _ in false], rate), 4) for rate in RATES},
        ms_p50=round(times[len(times) // 2], 2) if times else 0.0,
        ms_p95=round(times[int(len(times) * 0.95)], 2) if times else 0.0,
        missed=tuple(line.id for score, line in zip(scores, lines, strict=True) if (score >= THRESHOLD) != line.supported),
    )


def _rate(scores: Sequence[float]) -> float:
    return round(sum(score >= THRESHOLD for score in scores) / max(len(scores), 1), 4)


def _at(true: Sequence[float], false: Sequence[float], rate: float) -> float:
    """Share of the true that is accepted where no more than this share of the false is."""
    line = sorted(false, reverse=True)[int(len(false) * rate)]
    return sum(score > line for score in true) / max(len(true), 1)


def fit(support: Support, lines: Sequence[Line], lang: Lang, *, meaning: bool = True, ridge: float = 2.0) -> Weights:
    """Weights of the signs over some lines by logistic regression, the constant put where the threshold is asked.

    A sign that would speak against what it stands for (fewer shared words, surer support) is left out.
    """
    import numpy as np

    found = [support.signs(line.claim, [line.passage], lang, line.facts) for line in lines]
    rows = np.asarray([signs[0] if signs else Signs(1, 1, 1, 0, 0) for signs in found], dtype=float)
    rows = np.minimum(rows, 1.0)
    truth = np.asarray([line.supported for line in lines], dtype=float)
    ways = np.asarray([1, 1, 1, -1, -1])
    used = np.asarray([True, meaning, True, True, True])
    while True:
        weights = np.zeros(rows.shape[1])
        weights[used] = _regression(rows[:, used], truth, ridge)
        if not (odd := used & (weights * ways < 0)).any():
            break
        used &= ~odd
    false = np.quantile((rows @ weights)[truth == 0], [1 - share for share in FALSE_AT_FIT]).mean()
    return Weights(*(round(float(w), 2) for w in weights), round(-float(false), 2))


def _regression(rows: Matrix, truth: Matrix, ridge: float) -> Matrix:
    """Ridge logistic regression (Newton) on scaled columns; the weights for the columns as they are, without the constant."""
    import numpy as np

    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    w, penalty = np.zeros(scaled.shape[1]), np.diag([ridge] * rows.shape[1] + [0.0])
    for _ in range(40):
        sure = 1 / (1 + np.exp(-scaled @ w))
        bend = (scaled * (sure * (1 - sure))[:, None]).T @ scaled + penalty
        w -= np.linalg.solve(bend, scaled.T @ (sure - truth) + penalty @ w)
    return np.asarray(w[:-1] / spread)


def _lines(rows: Sequence[Row]) -> list[str]:
    head = f"{'':4}{'part':10}{'lines':>6}{'accepted':>10}{'false':>8}{'precision':>11}   " + "".join(f"{kind:>11}" for kind in KINDS)
    out = ["honest paraphrases accepted, falsehoods accepted (in all; by kind), precision", head + f"{'ms p50':>9}{'p95':>7}"]
    for r in rows:
        kinds = "".join(f"{r.false_by_kind[kind]:>11.2f}" for kind in KINDS)
        figures = f"{r.lines:>6}{r.accepted:>10.3f}{r.false:>8.3f}{r.precision:>11.3f}"
        out.append(f"{r.lang:4}{r.part:10}{figures}   {kinds}{r.ms_p50:>9.1f}{r.ms_p95:>7.1f}")
    out += ["", "curve: falsehoods accepted at most → paraphrases accepted", f"{'':14}" + "".join(f"{rate:>7.2f}" for rate in RATES)]
    out += [f"{r.lang:4}{r.part:10}" + "".join(f"{r.curve[rate]:>7.2f}" for rate in RATES) for r in rows]
    return out


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; 1 where the lines cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m coach.assistant.support", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--json", action="store_true", help="one JSON value instead of the table")
    parser.add_argument("--lang", choices=LANGS, action="append", help="only this language")
    parser.add_argument("--words", action="store_true", help="without the encoder: words alone")
    parser.add_argument("--fit", action="store_true", help="print weights fitted on the even lines, and measure nothing")
    parser.add_argument("--cases", type=Path, default=HOME, help="folder of the files")
    chosen = parser.parse_args(arguments)
    support = Support(None if chosen.words else _encode())
    rows = []
    try:
        for lang in chosen.lang or LANGS:
            lines = read_lines(chosen.cases / f"support.{lang}.jsonl", lang)
            if chosen.fit:
                sys.stdout.write(f"{lang}: {fit(support, lines[::2], lang, meaning=not chosen.words)}\n")
                continue
            rows += [measure(support, lines[start::2], lang, part) for start, part in ((0, "fitted"), (1, "held out"))]
    except (OSError, ValueError) as error:
        sys.stderr.write(f"support: {error}\n")
        return 1
    if chosen.json and not chosen.fit:
        sys.stdout.write(json.dumps([asdict(r) for r in rows], ensure_ascii=False) + "\n")
    elif rows:
        sys.stdout.write("\n".join(_lines(rows)) + "\n")
    return 0


def _encode() -> Any:
    from coach.playbook.dense import BuiltIn

    return BuiltIn().encode
