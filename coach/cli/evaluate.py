"""``coach eval``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from coach.cli.out import JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import LANGS, pick


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
    faults = evaluation.fault_lines(found)
    now.answer(
        found.as_json(),
        lambda: [
            *table(evaluation.rows(found, now.lang)),
            "",
            *(faults or [pick(now.lang, "没有不符的", "nothing amiss")]),
        ],
    )
