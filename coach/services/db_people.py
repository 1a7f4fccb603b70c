"""Setting people up on a shared database: which login of the server is whom, with the rights of the person's role.

Only the database's owner does this. It is the staff file that says what role and what branch a person has.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlmodel import Session, col, select

from coach.domain.words import Role
from coach.services.errors import refuse
from coach.services.workspace import Workspace
from coach.store import logins
from coach.store.db import session
from coach.store.logins import Granted
from coach.store.tables import Login, Staff

LEAST = 8
"""Characters of a password."""
LONGEST_NAME = 63
"""Bytes of a login's name."""


@dataclass(frozen=True, slots=True)
class Set:
    """What ``grant`` did."""

    granted: Granted
    made: bool
    """The login is new."""
    password: bool
    """Its password was set."""


def is_new(ws: Workspace, login: str) -> bool:
    """Whether the server has no such login yet, so that it needs a password."""
    with _owner(ws) as s:
        return not logins.exists(s, _named(ws, login))


def grant(ws: Workspace, staff_no: str, login: str, password: str | None) -> Set:
    """Let a login be a person: made where it is not there, put into the group of the person's role, and into no other.

    ``password`` = ``None`` leaves it as it is. Said again after the person's role was changed, it brings the rights up to date.
    Raises :class:`~coach.services.errors.Refused`, :class:`~coach.store.faults.StoreError`.
    """
    with _owner(ws, write=True) as s:
        person, name = _staff(ws, s, staff_no), _named(ws, login)
        role = _role(ws, person)
        _free(ws, s, name, staff_no)
        new = not logins.exists(s, name)
        if not new and logins.above_the_rules(s, name):
            raise refuse(
                ws.lang, f"{name} 是数据库管理员或有特殊权限的账号，行级权限管不住它；请换一个登录名",
                f"{name} is an administrator of the server or has rights of its own, row-level security would not hold for it;"
                " choose another login",
            )  # fmt: skip
        if new and password is None:
            raise refuse(ws.lang, f"{name} 是新账号，要有密码；请用 --password-stdin 或按提示输入",
                         f"{name} is new and needs a password; give it with --password-stdin or at the prompt")  # fmt: skip
        if password is not None:
            _checked(ws, password)
        logins.make(s, name, password, role, new=new)
        logins.note(s, name, staff_no)
        return Set(next(one for one in logins.granted(s) if one.login == name), new, password is not None)


def revoke(ws: Workspace, *, login: str | None = None, staff_no: str | None = None) -> Granted:
    """Take a login away: it is nobody from this moment on, open connections included, and may not log in any more.

    What the person did stays. Raises :class:`~coach.services.errors.Refused` where there is none.
    """
    with _owner(ws, write=True) as s:
        found = next((one for one in logins.granted(s) if one.login == login or one.staff_no == staff_no), None)
        if found is None:
            raise refuse(ws.lang, f"没有这个账号：{login or staff_no}；用 coach db who 查看",
                         f"there is no such login: {login or staff_no}; see coach db who")  # fmt: skip
        s.delete(s.get(Login, found.login))
        s.flush()
        if logins.exists(s, found.login):
            logins.shut_out(s, found.login)
        return found


def who(ws: Workspace) -> list[Granted]:
    """Every login and whom it is, by staff number."""
    with _owner(ws) as s:
        return logins.granted(s)


# --- what has to hold ------------------------------------------------------------------------------------------------


@contextmanager
def _owner(ws: Workspace, *, write: bool = False) -> Iterator[Session]:
    """A session of the database's owner."""
    if ws.engine.dialect.name != "postgresql":
        raise refuse(
            ws.lang, "当前用的是 SQLite：一人一机，不需要账号；要共用数据库，请把 COACH_DB 设为 PostgreSQL 的地址",
            "the database is SQLite: one person, one machine, no logins; to share one, set COACH_DB to a PostgreSQL address",
        )  # fmt: skip
    with session(ws.engine, write=write, lang=ws.lang) as s:
        if not logins.may_grant(s):
            raise refuse(
                ws.lang, "只有数据库所有者（且有 CREATEROLE 权限）能管理账号；请换用所有者的 COACH_DB",
                "only the database's owner, with the right CREATEROLE, manages logins; use the owner's COACH_DB",
            )  # fmt: skip
        yield s


def _named(ws: Workspace, login: str) -> str:
    name = login.strip()
    wrong = not name or len(name.encode()) > LONGEST_NAME or not name.isprintable() or name.startswith("pg_")
    if wrong or name in {*logins.GROUPS.values(), "public", "none"}:
        raise refuse(ws.lang, f"登录名 {login!r} 不能用；请用姓名拼音之类，最多 {LONGEST_NAME} 字节",
                     f"{login!r} cannot be a login; use a name such as wangfang, of at most {LONGEST_NAME} bytes")  # fmt: skip
    return name


def _staff(ws: Workspace, s: Session, staff_no: str) -> Staff:
    found = s.get(Staff, staff_no)
    if found is None:
        known = "、".join(s.exec(select(Staff.staff_no).order_by(Staff.staff_no).limit(8)))
        raise refuse(
            ws.lang, f"没有工号 {staff_no}；现有：{known or '无，请先导入员工'}",
            f"there is no staff number {staff_no}; there are: {known.replace('、', ', ') or 'none, import staff first'}",
        )  # fmt: skip
    if not found.branch:
        raise refuse(
            ws.lang, f"{found.name}（{staff_no}）没有网点，看不到任何人；请先在员工表的「网点」列填上再导入",
            f"{found.name} ({staff_no}) has no branch and would see nobody; fill the column “branch” of the staff file and import it",
        )  # fmt: skip
    return found


def _role(ws: Workspace, person: Staff) -> Role:
    try:
        return Role(person.role)
    except ValueError:
        raise refuse(
            ws.lang, f"{person.name}（{person.staff_no}）的角色 {person.role!r} 不认识；请改员工表的「角色」列",
            f"the role {person.role!r} of {person.name} ({person.staff_no}) is unknown; correct the staff file",
        ) from None  # fmt: skip


def _free(ws: Workspace, s: Session, login: str, staff_no: str) -> None:
    """Neither has the person another login, nor is the login another person."""
    other = s.exec(select(Login).where((col(Login.login) == login) != (col(Login.staff_no) == staff_no))).first()
    if other is not None:
        raise refuse(
            ws.lang, f"工号 {other.staff_no} 的账号是 {other.login}；要换，先运行 coach db revoke --login {other.login}",
            f"{other.login} is the login of {other.staff_no}; to change that, run coach db revoke --login {other.login} first",
        )  # fmt: skip


def _checked(ws: Workspace, password: str) -> None:
    if len(password) < LEAST or not password.isprintable():
        raise refuse(ws.lang, f"密码至少 {LEAST} 个可见字符", f"a password has at least {LEAST} characters that can be seen")
