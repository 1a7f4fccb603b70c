"""``coach db upgrade | grant | revoke | who``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from coach.cli.out import Call, JsonOption, LangOption, call, plain_errors, table
from coach.domain.words import label, pick

if TYPE_CHECKING:
    from coach.services.database import Upgraded
    from coach.store.logins import Granted

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


@db_app.command("grant")
@plain_errors
def grant(
    staff: Annotated[str, typer.Option(metavar="NO", help="Staff number. 工号。")],
    login: Annotated[str, typer.Option(metavar="NAME", help="Login of the database server. 登录名。")],
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="The password is on standard input. 标准输入读密码。")] = False,
    ask_password: Annotated[bool, typer.Option("--ask-password", help="Ask for a new password of a known login. 改密码。")] = False,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Let a login be a person, with the rights of the person's role; a new one is asked a password for. 开通账号。"""
    from coach.services.db_people import grant as give
    from coach.services.db_people import is_new

    now = call(as_json, lang)
    password = None
    if password_stdin:
        password = sys.stdin.readline().rstrip("\r\n")
    elif ask_password or (sys.stdin.isatty() and is_new(now.ws, login)):
        asked = pick(now.lang, f"{login} 的密码", f"Password of {login}")
        password = typer.prompt(asked, hide_input=True, confirmation_prompt=True, err=True)
    done = give(now.ws, staff, login, password)
    one = done.granted
    value = {**asdict(one), "made": done.made, "password_set": done.password}
    who = f"{one.name} {one.staff_no} {label(one.role, now.lang)} {one.branch}"
    now.answer(value, lambda: [pick(now.lang, f"{one.login} 现在是 {who}", f"{one.login} is now {who}")])


@db_app.command("revoke")
@plain_errors
def revoke(
    login: Annotated[str | None, typer.Option(metavar="NAME", help="Login of the database server. 登录名。")] = None,
    staff: Annotated[str | None, typer.Option(metavar="NO", help="Staff number. 工号。")] = None,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Take a login away; what the person did stays. 停用账号。"""
    from coach.services.db_people import revoke as take

    if (login is None) == (staff is None):
        raise typer.BadParameter("give one of --login and --staff")
    now = call(as_json, lang)
    gone = take(now.ws, login=login, staff_no=staff)
    whose = f"{gone.name} {gone.staff_no}"
    told = pick(now.lang, f"{gone.login}（{whose}）已停用", f"{gone.login} ({whose}) may not log in any more")
    now.answer({"login": gone.login, "staff_no": gone.staff_no, "name": gone.name}, lambda: [told])


@db_app.command("who")
@plain_errors
def who(as_json: JsonOption = False, lang: LangOption = None) -> None:
    """Every login, and whom it is. 列出账号。"""
    from coach.services.db_people import who as everybody

    now = call(as_json, lang)
    found = everybody(now.ws)
    none = pick(now.lang, "还没有账号；用 coach db grant 开通", "no logins yet; coach db grant makes one")
    now.answer([asdict(one) for one in found], lambda: table(_cells(now, one) for one in found) or [none])


def _cells(now: Call, one: Granted) -> list[str]:
    stale = pick(now.lang, "权限未跟上：再运行一次 grant", "rights out of date: run grant once more")
    return [one.login, one.staff_no, one.name, label(one.role, now.lang), one.branch or "", "" if one.ready else stale]
