"""``coach nightly``: the plans of every branch for the next working day, made in the night."""

from __future__ import annotations

import sys
from datetime import datetime, time
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, parse_day, plain_errors
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.services.nightly import Night
    from coach.services.nightly_runs import Outcome


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("nightly")(plain_errors(nightly))


def nightly(
    plan_for: Annotated[
        str | None, typer.Option("--for", metavar="DATE", help="The day to prepare; default the next working day. 要准备的日子。")
    ] = None,
    branch: Annotated[list[str] | None, typer.Option(help="Only this branch; may be given again. 只做这个网点，可重复。")] = None,
    workers: Annotated[int, typer.Option(min=0, help="So many processes on this machine (extra cluster). 本机工作进程数。")] = 0,
    scheduler: Annotated[str, typer.Option(metavar="ADDRESS", help="A Dask scheduler, tcp:// or tls://. Dask 调度器地址。")] = "",
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """Make every branch's plans for the next working day; started again it does what is missing. 夜间准备各网点下一工作日的计划。"""
    from coach.services import nightly as service
    from coach.services.errors import refuse

    if workers and scheduler:
        raise typer.BadParameter("--workers or --scheduler, not both")
    now = call(as_json, lang, day)
    evening = datetime.combine(day, time(23)) if day else datetime.now()
    plan_on = parse_day(plan_for) if plan_for else service.day_to_prepare(evening)
    out = sys.stderr if as_json else sys.stdout
    for line in _notes(now, plan_on.year, workers):
        sys.stderr.write(f"coach: {line}\n")

    def tell(outcome: Outcome, settled: int, of: int) -> None:
        out.write(_line(now, outcome, settled, of) + "\n")
        out.flush()

    night = service.run(now.ws, plan_on, service.How(workers, scheduler), only=branch, tell=tell)
    now.answer(night.as_json(), lambda: [service.summary(night, now.lang), *_nobody(now, night)])
    if night.failed:
        sys.stdout.flush()
        worst = night.failed[0]
        names = "、".join(service.branch_name(o.branch, now.lang) for o in night.failed[:5]) + (" …" if len(night.failed) > 5 else "")
        raise refuse(
            now.lang,
            f"{len(night.failed)} 个网点没有做成：{names}（{worst.error}）；排除原因后再运行一次，只补这些",
            f"{len(night.failed)} branches failed: {names.replace('、', ', ')} ({worst.error}); mend the cause and run it again:"
            " it does only these",
        )  # fmt: skip


def _notes(now: Call, year: int, workers: int) -> list[str]:
    from datetime import date

    from coach.domain.working_days import calendar_known
    from coach.services.nightly_cluster import installed

    notes = []
    if not calendar_known(date(year, 1, 1)):
        notes.append(pick(now.lang, f"还不知道 {year} 年的放假安排，按周一至周五算",
                          f"the holidays of {year} are not known yet; Monday to Friday is assumed"))  # fmt: skip
    if workers and not installed():
        notes.append(pick(now.lang, "没有装 Dask（coach-branch[cluster]），在本进程里逐个做",
                          "Dask is not installed (coach-branch[cluster]); going on in this process"))  # fmt: skip
    return notes


def _line(now: Call, o: Outcome, settled: int, of: int) -> str:
    from coach.services.nightly import branch_name
    from coach.services.nightly_branch import TRIES

    name, place = branch_name(o.branch, now.lang), f"[{settled}/{of}]"
    if o.state != "done":
        again = pick(now.lang, "，稍后再试", "; will try again") if not o.final else ""
        return pick(now.lang, f"{place} {name} 失败（第 {o.attempts}/{TRIES} 次）：{o.error}{again}",
                    f"{place} {name} failed (try {o.attempts} of {TRIES}): {o.error}{again}")  # fmt: skip
    if o.before:
        return pick(now.lang, f"{place} {name} 已有：{o.tasks:,} 项任务", f"{place} {name} done before: {o.tasks:,} tasks")
    return pick(
        now.lang, f"{place} {name} {o.managers} 人，{o.clients:,} 位客户，{o.signals:,} 条信号，{o.tasks:,} 项任务，{o.seconds:.1f} 秒",
        f"{place} {name} {o.managers} people, {o.clients:,} clients, {o.signals:,} signals, {o.tasks:,} tasks, {o.seconds:.1f} s",
    )  # fmt: skip


def _nobody(now: Call, night: Night) -> list[str]:
    lines = []
    if any(o.branch == "" for o in night.outcomes):
        lines.append(pick(now.lang, "有的员工没有写网点：他们合在一起，算一个网点（无网点）",
                          "some staff have no branch: together they count as a branch of their own (no branch)"))  # fmt: skip
    if night.without_manager:
        lines.append(pick(now.lang, f"{night.without_manager:,} 位客户没有管户人，不在任何计划里；请用 coach allocate 分配",
                          f"{night.without_manager:,} clients have no manager and are in no plan: coach allocate"))  # fmt: skip
    return lines
