"""``coach demo``, ``coach import``, ``coach doctor``."""

from __future__ import annotations

import sys
from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import label, pick


def register(app: typer.Typer) -> None:
    """Add this module's commands."""
    app.command("demo")(plain_errors(demo))
    app.command("import")(plain_errors(import_files))
    app.command("doctor")(plain_errors(doctor))


def _bar(label: str) -> tuple[object, object]:
    """A progress bar on standard error; silent where that is no terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    return bar, bar.add_task(label, total=None)


def demo(
    clients: Annotated[int, typer.Option(help="How many clients. 客户数。")] = 2400,
    seed: Annotated[int, typer.Option(help="The same seed and date give the same branch. 随机种子。")] = 7,
    no_tui: Annotated[bool, typer.Option("--no-tui", help="Only make it. 只生成，不打开界面。")] = False,
    folder: Annotated[Path | None, typer.Option("--dir", help="Its workspace. 工作区文件夹。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Make a synthetic branch in a workspace of its own, say where, and open it. 生成演示网点并打开。"""
    from coach.services.demo import default_home, make_demo

    now = call(as_json, lang, day)
    bar, task = _bar(pick(now.lang, "生成演示网点", "Making the demo branch"))
    with bar:  # type: ignore[attr-defined]

        def progress(done: int, total: int | None) -> None:
            bar.update(task, completed=done, total=total)  # type: ignore[attr-defined]

        ws, made = make_demo((folder or default_home()).expanduser().absolute(), clients, seed, now.today, now.lang, progress)
    value = {"home": str(made.home), "clients": made.clients, "seed": made.seed, "date": made.date, "managers": made.managers}
    now.answer(
        value,
        lambda: [
            pick(
                now.lang,
                f"演示网点在 {made.home}：{made.clients} 位客户，客户经理 {'、'.join(made.managers)}",
                f"The demo branch is in {made.home}: {made.clients} clients, managers {', '.join(made.managers)}",
            )
        ],
    )
    if not no_tui and not as_json:
        from coach.tui.start import run

        raise typer.Exit(run(ws=ws, today=day))


def import_files(
    files: Annotated[list[str], typer.Argument(help="CSV or XLSX, 文件.xlsx#表名 for a sheet.")],
    kind: Annotated[
        str | None, typer.Option(help="staff, clients, holdings, balances, movements, contacts, key_dates, gifts, events, invitations")
    ] = None,
    mapping: Annotated[Path | None, typer.Option("--map", help="A TOML file that maps foreign headers. 表头映射文件。")] = None,
    strict: Annotated[bool, typer.Option("--strict", help="All or nothing. 有一行不对就全不导入。")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing. 只检查不写入。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Bring in the branch's files. 导入网点的台账。"""
    from coach.services.imports import ImportJob, bring_in

    now = call(as_json, lang, day)
    bar, task = _bar(pick(now.lang, "导入", "Importing"))

    def progress(done: int, total: int | None) -> None:
        bar.update(task, completed=done, total=total)  # type: ignore[attr-defined]

    with bar:  # type: ignore[attr-defined]
        results = bring_in(now.ws, ImportJob(files, kind, mapping, strict, dry_run), now.today, progress)
    value = [
        {
            "file": r.file,
            "kind": r.kind,
            "added": r.added,
            "changed": r.changed,
            "unchanged": r.unchanged,
            "rejected": r.rejected,
            "rejected_file": r.rejected_file,
            "unmatched_columns": list(r.unmatched_columns),
        }
        for r in results
    ]
    now.answer(value, lambda: _import_lines(now, results))


def _import_lines(now: Call, results: list) -> list[str]:  # type: ignore[type-arg]
    lines = []
    for r in results:
        lines.append(
            pick(
                now.lang,
                f"{r.file}：{label(r.kind, 'zh')}，新增 {r.added}，变更 {r.changed}，未变 {r.unchanged}，未导入 {r.rejected}",
                f"{r.file}: {label(r.kind, 'en')}, added {r.added}, changed {r.changed}, unchanged {r.unchanged}, rejected {r.rejected}",
            )
        )
        if r.rejected_file:
            lines.append(pick(now.lang, f"  未导入的行和原因在 {r.rejected_file}", f"  the rejected rows and why: {r.rejected_file}"))
        if r.unmatched_columns:
            names = "、".join(r.unmatched_columns)
            lines.append(
                pick(
                    now.lang,
                    f"  没有用到的列：{names}（可用 --map 对应）",
                    f"  columns not used: {', '.join(r.unmatched_columns)} (see --map)",
                )
            )
        lines += [f"  {note}" for note in r.notes]
    return lines


def doctor(as_json: JsonOption = False, lang: LangOption = None, day: DateOption = None) -> None:
    """What is configured, reachable and built, each with its remedy. 检查设置与环境。"""
    from coach.services.doctor import examine

    now = call(as_json, lang, day)
    checks = examine(now.ws, day or date.today())
    now.answer(
        {"ok": all(c.ok for c in checks), "checks": [{"id": c.id, "ok": c.ok, "text": c.text, "remedy": c.remedy} for c in checks]},
        lambda: table(("✓" if c.ok else "✗", c.id, c.text + (f" → {c.remedy}" if c.remedy else "")) for c in checks),
    )
    if not all(c.ok for c in checks):
        raise typer.Exit(1)
