"""``coach eval``: every case through an engine, and what came of it in figures.

The cases' records go through the ordinary import into a workspace of their own, made for the run and thrown
away after it; the person's own workspace is only asked for its model settings. Every engine sees the same
clients on the same dates, so that two of them can stand side by side.
"""

from __future__ import annotations

import math
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from coach.assistant.engine import Case
from coach.assistant.records import records_of
from coach.domain.format import day
from coach.domain.words import Lang
from coach.services import suggestions
from coach.services.checks import check_draft
from coach.services.errors import refuse
from coach.services.evaluation_cases import ClientCase, QuestionCase, read_cases, write_records
from coach.services.evaluation_judge import Outcome, Seen, judge_answer, judge_suggestion
from coach.services.imports import ImportJob, bring_in
from coach.services.knowledge import retriever
from coach.services.workspace import Workspace

if TYPE_CHECKING:
    from coach.playbook.retrieve import PlaybookRetriever

CASES = Path(__file__).resolve().parents[2] / "tests" / "eval"
"""Where a checkout keeps its cases; an installed program has none."""

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Figures:
    """One engine in one language. A share is of 1; ``None`` where there was nothing to count."""

    engine: str
    """``offline``, or ``llm:<model>``."""
    lang: str
    cases: int
    """Client cases run."""
    right_play: float | None
    """Share of client cases with the expected play and a next action, or, where no contact is allowed, with no action and no words."""
    right_channel: float | None
    """Of the cases that name a channel: the share whose next action has it."""
    points_covered: float | None
    """Required points that are met ÷ all required points of all client cases."""
    cautions_raised: float | None
    """Of the cases that name a rule: the share whose cautions hold it."""
    citations_valid: float | None
    """Ids cited by points, care ideas and sentences of answers that stand among the citations and name a passage or record ÷ all cited."""
    claims: int
    """Talking points, care ideas and sentences of answers that were shown as answers."""
    unsupported: int
    """Claims without a valid citation or with a figure that stands in no record and no cited passage, messages with such a
    figure, and what the engine itself counts beyond these. The wording is not judged here: the engine's own check does that."""
    violations: int
    """Blocking cautions of the compliance rules over every shown text for this client (of an answer, over what is not a passage's own
    words), and matches of a case's forbidden patterns."""
    forbidden: int
    """How many of the violations are matches of a case's own patterns; the rest are compliance rules."""
    questions: int
    answered_rightly: float | None
    """Of the questions that the playbook or the records answer: the share answered and citing one of the passages wanted."""
    refused_rightly: float | None
    """Of the questions that nothing here answers: the share said not to be there."""
    fallback: float | None
    """Share of suggestions and answers that another engine had to make."""
    fallback_reasons: dict[str, int]
    dropped: int | None
    """Sentences that a model wrote and that were not shown."""
    suggest_ms_p50: float | None
    """Time of a suggestion from the question to the whole of it; half of them were quicker. Wall clock, milliseconds."""
    suggest_ms_p95: float | None
    ask_ms_p50: float | None
    ask_ms_p95: float | None
    first_token_ms_p50: float | None
    """Over all requests to the model: until its first token."""
    first_token_ms_p95: float | None
    calls: int
    """Requests to the model."""
    suggest_prompt_tokens: float | None
    """Mean over the suggestions for which the model was asked and said its tokens, a second attempt included."""
    suggest_completion_tokens: float | None
    ask_prompt_tokens: float | None
    ask_completion_tokens: float | None


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that was not as the case wants it."""

    engine: str
    lang: str
    id: str
    what: str
    """``play``, ``channel``, ``point``, ``caution``, ``cites``, ``unsupported``, ``violation`` or ``answer``."""
    text: str


@dataclass(slots=True)
class Evaluation:
    """What ``coach eval`` answers."""

    cases: str
    """The folder."""
    figures: list[Figures] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        return {"cases": self.cases, "figures": [asdict(f) for f in self.figures], "failures": [asdict(f) for f in self.failures]}


def evaluate(
    ws: Workspace,
    engines: Sequence[str],
    langs: Sequence[Lang],
    *,
    cases: Path | None = None,
    limit: int | None = None,
    progress: Progress | None = None,
) -> Evaluation:
    """Run the cases of each language through each engine. ``limit``: the first so many cases and questions of a language.

    All records come in whatever the limit, because tiers are ranked in the whole book. Raises
    :class:`~coach.services.errors.Refused` without cases, for an unknown engine and for ``llm`` without a model.
    """
    folder = _folder(ws, cases)
    for name in engines:
        if name not in suggestions.ENGINES:
            known = ", ".join(suggestions.ENGINES)
            raise refuse(ws.lang, f"没有名为 {name} 的引擎；可用：{known}", f"there is no engine {name!r}; use {known}")
    if "llm" in engines and not ws.settings.model:
        raise refuse(
            ws.lang, "没有配置模型；请设置 OPENAI_BASE_URL 和 COACH_MODEL，或用 --engine offline",
            "no model is configured; set OPENAI_BASE_URL and COACH_MODEL, or use --engine offline",
        )  # fmt: skip
    read = {lang: read_cases(folder, lang, ws.plays, say=ws.lang) for lang in langs}
    if not any(part for both in read.values() for part in both):
        raise refuse(ws.lang, f"{folder} 里没有 cases.zh.jsonl 或 cases.en.jsonl", f"{folder} holds no cases.zh.jsonl or cases.en.jsonl")
    done, whole = 0, len(engines) * sum(len(part[:limit]) for both in read.values() for part in both)
    out = Evaluation(str(folder))

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, whole)

    index: PlaybookRetriever | None = None
    with tempfile.TemporaryDirectory(prefix="coach-eval-", ignore_cleanup_errors=True) as folder_made:
        for lang, (clients, questions) in read.items():
            if not clients and not questions:
                continue
            home = Path(folder_made) / lang
            home.mkdir()
            with closing(_branch(ws, lang, home, index)) as branch:
                index = branch.retriever
                _bring_in(branch, [*clients, *questions], home, ws.lang)
                for name in engines:
                    engine = f"llm:{ws.settings.model}" if name == "llm" else name
                    outcomes = [_run(branch, name, case, tick) for case in [*clients[:limit], *questions[:limit]]]
                    out.figures.append(figures(engine, lang, outcomes))
                    out.failures += [Failure(engine, lang, o.id, what, text) for o in outcomes for what, text in o.faults]
    return out


def _folder(ws: Workspace, cases: Path | None) -> Path:
    folder = cases or CASES
    if folder.is_dir():
        return folder
    if cases is None:
        raise refuse(
            ws.lang, "安装的程序不带评测案例；请用 --cases 指出案例所在的文件夹（源代码里的 tests/eval）",
            "an installed program brings no cases; name their folder with --cases (tests/eval of the source)",
        )  # fmt: skip
    raise refuse(ws.lang, f"没有文件夹 {folder}", f"there is no folder {folder}")


def _branch(ws: Workspace, lang: Lang, home: Path, index: PlaybookRetriever | None) -> Workspace:
    """An empty workspace with the person's model settings and the default policy, which the cases are written for."""
    branch = Workspace(ws.settings.model_copy(update={"home": home, "db": "", "chroma": "", "lang": lang}), lang=lang)
    branch.retriever = index  # holds both languages: built once
    retriever(branch)  # opened before the first case is timed
    return branch


def _bring_in(branch: Workspace, cases: Sequence[ClientCase | QuestionCase], home: Path, say: Lang) -> None:
    files = write_records(cases, home, say=say)
    if not files:
        return
    for result in bring_in(branch, ImportJob(files), max(c.on for c in cases)):
        if result.rejected_file:
            why = Path(result.rejected_file).read_text(encoding="utf-8-sig").splitlines()[1]
            raise refuse(say, f"案例的 {result.kind} 有一行用不了：{why}", f"a row of the cases' {result.kind} is of no use: {why}")


def _run(branch: Workspace, engine: str, case: ClientCase | QuestionCase, done: Callable[[], None]) -> Outcome:
    before, began = len(branch.calls), time.perf_counter()
    if isinstance(case, ClientCase):
        made = suggestions.suggest(branch, case.client_no, case.on, lang=case.lang, engine=engine)
        took = time.perf_counter() - began
        out = judge_suggestion(case, made, _seen(branch, case, suggestions.case_of(branch, case.client_no, case.on, lang=case.lang)))
    else:
        told = suggestions.ask(branch, case.question, case.on, client_no=case.client_no, lang=case.lang, engine=engine)
        took = time.perf_counter() - began
        about = suggestions.case_of(branch, case.client_no, case.on, lang=case.lang) if case.client_no else None
        out = judge_answer(case, told, _seen(branch, case, about))
    out.ms, out.calls = took * 1000, tuple(branch.calls[before:])
    done()
    return out


def _seen(branch: Workspace, case: ClientCase | QuestionCase, about: Case | None) -> Seen:
    ids = {passage for passage, lang in branch.playbook.passages if lang == case.lang}
    facts = [day(case.on, case.lang)]
    if about is not None:
        records = records_of(about.client, case.on, case.lang)
        ids |= {r.id for r in records}
        facts += [r.text for r in records]
        facts += {value for c in about.candidates for value in about.facts(c.signal).values.values()}
    client = about.client if about else None

    def check(text: str, channel: str) -> Iterable[str]:
        found = check_draft(branch, text, case.on, client=client, channel=channel, lang=case.lang)
        return [c.rule for c in found if c.severity == "block"]

    return Seen(ids, facts, check)


def figures(engine: str, lang: str, outcomes: Sequence[Outcome]) -> Figures:
    """The figures over all outcomes of an engine in a language."""
    clients, questions = [o for o in outcomes if not o.question], [o for o in outcomes if o.question]
    calls = [call for o in outcomes for call in o.calls]
    first = [float(call.first_ms) for call in calls if call.first_ms is not None]
    return Figures(
        engine=engine,
        lang=lang,
        cases=len(clients),
        right_play=share(o.right for o in clients),
        right_channel=share(o.channel_right for o in clients if o.channel_right is not None),
        points_covered=ratio(sum(o.points_met for o in clients), sum(o.points_of for o in clients)),
        cautions_raised=share(o.caution_raised for o in clients if o.caution_raised is not None),
        citations_valid=ratio(sum(o.cites_valid for o in outcomes), sum(o.cites_of for o in outcomes)),
        claims=sum(o.claims for o in outcomes),
        unsupported=sum(o.unsupported for o in outcomes),
        violations=sum(o.violations for o in outcomes),
        forbidden=sum(o.forbidden for o in outcomes),
        questions=len(questions),
        answered_rightly=share(o.right for o in questions if o.wanted),
        refused_rightly=share(o.right for o in questions if not o.wanted),
        fallback=share(o.fallback is not None for o in outcomes),
        fallback_reasons=dict(Counter(o.fallback for o in outcomes if o.fallback is not None).most_common()),
        dropped=sum(call.dropped for call in calls) if calls else None,
        suggest_ms_p50=percentile([o.ms for o in clients], 50),
        suggest_ms_p95=percentile([o.ms for o in clients], 95),
        ask_ms_p50=percentile([o.ms for o in questions], 50),
        ask_ms_p95=percentile([o.ms for o in questions], 95),
        first_token_ms_p50=percentile(first, 50),
        first_token_ms_p95=percentile(first, 95),
        calls=len(calls),
        suggest_prompt_tokens=tokens(clients, "prompt_tokens"),
        suggest_completion_tokens=tokens(clients, "completion_tokens"),
        ask_prompt_tokens=tokens(questions, "prompt_tokens"),
        ask_completion_tokens=tokens(questions, "completion_tokens"),
    )


def share(true: Iterable[bool | None]) -> float | None:
    """How many of all are true."""
    counted = [bool(t) for t in true]
    return ratio(sum(counted), len(counted))


def ratio(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def percentile(values: Sequence[float], percent: int) -> float | None:
    """The smallest value that at least so many percent do not exceed."""
    ordered = sorted(values)
    return round(ordered[math.ceil(len(ordered) * percent / 100) - 1], 1) if ordered else None


def tokens(outcomes: Iterable[Outcome], what: str) -> float | None:
    """The mean over the outcomes of all their calls' tokens together; those that asked no model, or were not told, are left out."""
    told = [[n for call in o.calls if (n := getattr(call, what)) is not None] for o in outcomes]
    sums = [sum(ns) for ns in told if ns]
    return round(sum(sums) / len(sums), 1) if sums else None
