"""Who is at work. On PostgreSQL the login says it, and nobody acts in another's name; on SQLite it is as the person says."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from coach.domain.words import Role
from coach.services.errors import refuse

if TYPE_CHECKING:
    from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Person:
    """The person whom the login is."""

    staff_no: str
    name: str
    role: str
    branch: str | None

    @property
    def supervises(self) -> bool:
        """Whether the whole branch is theirs to see."""
        return self.role == Role.SUPERVISOR


def person_of(ws: Workspace) -> Person | None:
    """The person of the database's login; ``None`` on SQLite, and for the owner of the database.

    Raises :class:`~coach.services.errors.Refused` where the login is nobody, or its rights are those of another role.
    """
    if ws.engine.dialect.name != "postgresql":
        return None
    from coach.store.db import session
    from coach.store.logins import me

    with session(ws.engine, write=False, lang=ws.lang) as s:
        known = me(s)
    if known.staff_no is None:
        if known.owner:
            return None
        raise refuse(
            ws.lang, f"数据库账号 {known.login} 还没有对应的员工；请让数据库所有者运行 coach db grant --staff 工号 --login {known.login}",
            f"the database login {known.login} is nobody of the staff; let the database's owner run"
            f" coach db grant --staff NO --login {known.login}",
        )  # fmt: skip
    if not (known.ready or known.owner):
        raise refuse(
            ws.lang, f"{known.name}（{known.staff_no}）的角色改过了，账号 {known.login} 的权限没跟上；请所有者再运行 coach db grant",
            f"the role of {known.name} ({known.staff_no}) was changed, the rights of the login {known.login} were not; let the"
            " database's owner run coach db grant once more",
        )  # fmt: skip
    return Person(known.staff_no, known.name or known.staff_no, known.role or "", known.branch)


def acting(ws: Workspace, staff_no: str | None) -> str | None:
    """In whose name something is written: the login's person where there is one, else who is named.

    Raises :class:`~coach.services.errors.Refused` where the login's person is somebody else.
    """
    me = ws.person
    if me is None or staff_no == me.staff_no:
        return staff_no
    if staff_no is None:
        return me.staff_no
    raise refuse(
        ws.lang, f"您是{me.name}（{me.staff_no}），不能用工号 {staff_no} 的名义",
        f"you are {me.name} ({me.staff_no}) and cannot act in the name of {staff_no}",
    )  # fmt: skip


def own_name(ws: Workspace, staff_no: str) -> str:
    """:func:`acting`, where somebody is named."""
    return acting(ws, staff_no) or staff_no


def may_view(ws: Workspace, manager: str) -> None:
    """Whether a manager's work may be looked at: one's own; a supervisor's whole branch.

    Raises :class:`~coach.services.errors.Refused`.
    """
    me = ws.person
    if me is not None and not me.supervises and manager != me.staff_no:
        raise refuse(
            ws.lang, f"您是{me.name}（{me.staff_no}），只能看自己的客户，不能看工号 {manager} 的",
            f"you are {me.name} ({me.staff_no}) and see your own clients only, not those of {manager}",
        )  # fmt: skip
