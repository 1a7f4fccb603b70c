"""What commands share: the options every one takes, one JSON value or readable lines, one error line."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from functools import wraps
from typing import Annotated, Any, ParamSpec, TypeVar

import typer
from rich.cells import cell_len

from coach.domain.suggestion import plain
from coach.domain.words import Lang
from coach.services.workspace import Workspace

P = ParamSpec("P")
R = TypeVar("R")


def parse_day(text: str) -> date:
    """An ISO date. Raises ``typer.BadParameter`` with the form that is wanted."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is no date; write it as 2026-11-23") from None


JsonOption = Annotated[bool, typer.Option("--json", help="One JSON value on standard output. 输出 JSON。")]
LangOption = Annotated[str | None, typer.Option("--lang", help="zh or en. 语言。", metavar="zh|en")]
DateOption = Annotated[
    date | None, typer.Option("--date", parser=parse_day, metavar="YYYY-MM-DD", help="The day; default today. 日期，默认今天。")
]


@dataclass(frozen=True, slots=True)
class Call:
    """One command's circumstances."""

    ws: Workspace
    lang: Lang
    today: date
    as_json: bool

    def answer(self, value: Any, lines: Callable[[], Iterable[str]]) -> None:
        """The JSON value, or the readable lines."""
        if self.as_json:
            sys.stdout.write(json.dumps(plain(value), ensure_ascii=False, indent=1) + "\n")
        else:
            for line in lines():
                sys.stdout.write(line + "\n")


def call(as_json: bool, lang: str | None, day: date | None = None) -> Call:
    """A command's circumstances from its options. ``--lang`` wins over the settings."""
    if lang not in (None, "zh", "en"):
        raise typer.BadParameter(f"--lang {lang!r}: zh or en")
    ws = Workspace(lang=lang)  # type: ignore[arg-type]
    return Call(ws, ws.lang, day or date.today(), as_json)


def whose(now: Call, staff_no: str | None, option: str) -> str:
    """The staff number given, else that of the database's login. Raises ``typer.BadParameter`` where neither is there."""
    me = now.ws.person
    if staff_no is None and me is None:
        raise typer.BadParameter(f"{option} is missing")
    return staff_no or me.staff_no  # type: ignore[union-attr]


def plain_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Turn every expected failure into one line on standard error and exit code 1."""

    @wraps(function)
    def wrapped(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, _expected()):
                raise
            sys.stderr.write(f"coach: {str(error).splitlines()[0] if str(error) else type(error).__name__}\n")
            raise typer.Exit(1) from None

    return wrapped


def _expected() -> tuple[type[Exception], ...]:
    """Looked up only when something was raised, so that ``coach --help`` loads none of them."""
    from coach.playbook.cards import CardError
    from coach.playbook.documents import DocumentError
    from coach.playbook.index import IndexBuildError
    from coach.services.errors import Refused
    from coach.settings import SettingsError
    from coach.store.db import StoreError
    from coach.store.importing import ImportFailed

    return (Refused, SettingsError, CardError, StoreError, ImportFailed, DocumentError, IndexBuildError, OSError)


def table(rows: Iterable[Iterable[str]]) -> list[str]:
    """Rows as aligned columns, measured in terminal cells: a Chinese character is two wide."""
    grid = [list(row) for row in rows]
    if not grid:
        return []
    widths = [max(cell_len(row[i]) for row in grid) for i in range(len(grid[0]))]
    return ["  ".join(cell + " " * (width - cell_len(cell)) for cell, width in zip(row, widths, strict=True)).rstrip() for row in grid]
