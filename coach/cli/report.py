"""``coach report``: the supervisor's figures, as text, JSON, a printable page or a workbook."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import Call, DateOption, JsonOption, LangOption, call, parse_day, plain_errors, table
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.services.report import Report

FromOption = Annotated[date, typer.Option("--from", parser=parse_day, metavar="DATE", help="The first day. 起日。")]
ToOption = Annotated[date, typer.Option("--to", parser=parse_day, metavar="DATE", help="The last day. 止日。")]


def register(app: typer.Typer) -> None:
    """Add this module's command."""
    app.command("report")(plain_errors(report))


def report(
    start: FromOption,
    end: ToOption,
    manager: Annotated[str | None, typer.Option(help="Only this staff number, beside the branch. 只看一人。")] = None,
    html: Annotated[Path | None, typer.Option(help="Write one printable page. 写成一个可打印的网页。", metavar="FILE")] = None,
    xlsx: Annotated[Path | None, typer.Option(help="Write a workbook. 写成 XLSX。", metavar="FILE")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
    day: DateOption = None,
) -> None:
    """The supervisor's figures of a period. 主管报告。"""
    from coach.services.report import make
    from coach.services.report_files import write

    now = call(as_json, lang, day)
    made = make(now.ws, start, end, now.today, manager=manager)
    written = write(made, html=html, xlsx=xlsx)
    now.answer(made.as_json() | {"files": [str(path) for path in written]}, lambda: [*_lines(now, made), *_written(now, written)])


def _lines(now: Call, made: Report) -> list[str]:
    from coach.services.report_tables import cells, people_table

    head = made.words.page["subtitle"].format(start=made.period.start, end=made.period.end, days=made.working_days)
    lines = [head, *table(cells(people_table(made), now.lang)), ""]
    for person in made.people:
        who = pick(now.lang, f"{person.name}（{person.staff_no}）", f"{person.name} ({person.staff_no}) ")
        lines += [who + one.text for one in made.advice.get(person.staff_no, ())]
    return lines


def _written(now: Call, files: list[Path]) -> list[str]:
    return [pick(now.lang, f"已写入 {path}", f"written: {path}") for path in files]
