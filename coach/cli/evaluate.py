"""``coach eval``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import LANGS, Lang, pick

if TYPE_CHECKING:
    from coach.services.evaluation import Evaluation


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("eval")(plain_errors(evaluate))


def evaluate(
    engine: Annotated[
        list[str] | None, typer.Option(help="offline or llm; give it twice for both side by side. 引擎，可给两次。", metavar="offline|llm")
    ] = None,
    cases: Annotated[Path | None, typer.Option(metavar="DIR", help="Folder with cases.zh.jsonl, cases.en.jsonl. 案例文件夹。")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="Only the first N cases and N questions. 只跑前 N 个。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """How good the assistant is: every case through an engine, in figures. 用案例集评测助手。"""
    from coach.services import evaluation

    now = call(as_json, lang)
    engines = list(dict.fromkeys(engine or ["offline"]))
    langs = [now.lang] if lang else list(LANGS)
    shown = sys.stderr.isatty()

    def progress(done: int, of: int) -> None:
        sys.stderr.write(f"\r{done}/{of}" + ("\r\033[K" if done == of else ""))
        sys.stderr.flush()

    found = evaluation.evaluate(now.ws, engines, langs, cases=cases, limit=limit, progress=progress if shown else None)
    faults = fault_lines(found)
    now.answer(
        found.as_json(),
        lambda: [
            *table(rows(found, now.lang)),
            "",
            *(faults or [pick(now.lang, "没有不符的", "nothing amiss")]),
        ],
    )


_ROWS: tuple[tuple[str, str, str, str], ...] = (
    ("cases", "客户案例", "client cases", "n"), ("right_play", "打法正确", "right play", "%"),
    ("right_channel", "渠道正确", "right channel", "%"), ("points_covered", "要点覆盖", "required points covered", "%"),
    ("cautions_raised", "应有的提醒已提", "due cautions raised", "%"), ("citations_valid", "引用有效", "citations valid", "%"),
    ("claims", "说法", "claims", "n"), ("unsupported", "无依据", "unsupported", "n"), ("violations", "违规", "violations", "n"),
    ("forbidden", "其中案例所禁", "of them forbidden by a case", "n"),
    ("questions", "提问", "questions", "n"), ("answered_rightly", "该答的答对", "answered rightly", "%"),
    ("refused_rightly", "不该答的说没有", "refused rightly", "%"), ("fallback", "改由离线引擎", "fallbacks", "%"),
    ("dropped", "删去的句子", "dropped sentences", "n"), ("suggest_ms_p50", "建议用时 p50 毫秒", "suggestion ms p50", "ms"),
    ("suggest_ms_p95", "建议用时 p95 毫秒", "suggestion ms p95", "ms"), ("ask_ms_p50", "回答用时 p50 毫秒", "answer ms p50", "ms"),
    ("ask_ms_p95", "回答用时 p95 毫秒", "answer ms p95", "ms"), ("first_token_ms_p50", "首字 p50 毫秒", "first token ms p50", "ms"),
    ("first_token_ms_p95", "首字 p95 毫秒", "first token ms p95", "ms"), ("calls", "模型请求", "model calls", "n"),
    ("suggest_prompt_tokens", "建议提示词元", "prompt tokens a suggestion", "ms"),
    ("suggest_completion_tokens", "建议生成词元", "completion tokens a suggestion", "ms"),
    ("ask_prompt_tokens", "回答提示词元", "prompt tokens an answer", "ms"),
    ("ask_completion_tokens", "回答生成词元", "completion tokens an answer", "ms"),
)  # fmt: skip


def rows(found: Evaluation, lang: Lang) -> list[list[str]]:
    """The table: a figure a row, an engine in a language a column."""
    head = ["", *(f"{f.engine} {f.lang}" for f in found.figures)]
    return [head, *([pick(lang, zh, en), *(_cell(getattr(f, key), form) for f in found.figures)] for key, zh, en, form in _ROWS)]


def _cell(value: float | None, form: str) -> str:
    if value is None:
        return "–"
    return {"%": f"{value * 100:.1f}%", "n": f"{value:g}", "ms": f"{value:.0f}"}[form]


def fault_lines(found: Evaluation) -> list[str]:
    """One line for each thing that was not as a case wants it, and for each reason of a fallback how often."""
    out = [f"{f.engine} {f.lang} fallback ×{n}: {why}" for f in found.figures for why, n in f.fallback_reasons.items()]
    return out + [f"{f.engine} {f.lang} {f.id} {f.what}: {' '.join(f.text.split())}" for f in found.failures]
