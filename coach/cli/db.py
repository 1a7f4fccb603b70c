"""``coach db upgrade``."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from coach.cli.out import Call, JsonOption, LangOption, call, plain_errors
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.services.database import Upgraded

db_app = typer.Typer(help="The database that a branch shares. 数据库。", no_args_is_help=True)


@db_app.command("upgrade")
@plain_errors
def upgrade(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Bring the database to this program's revision; back it up first. 升级数据库结构，先备份。"""
    from coach.services.database import upgrade as bring_up

    now = call(as_json, lang)
    done = bring_up(now.ws)
    now.answer({"database": done.database, "before": done.before, "after": done.after}, lambda: [_line(now, done)])


def _line(now: Call, done: Upgraded) -> str:
    if done.before == done.after:
        return pick(now.lang, f"{done.database} 已是版本 {done.after}", f"{done.database} is at revision {done.after} already")
    before = done.before or pick(now.lang, "空", "empty")
    return pick(now.lang, f"{done.database}：{before} → {done.after}", f"{done.database}: {before} → {done.after}")
