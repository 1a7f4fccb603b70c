"""Logins of a PostgreSQL server: made, changed, taken away, listed. What each may do stands in ``migrations/r0008``.

A password reaches the server as a SCRAM verifier only, so that not even a server that logs its statements learns it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from coach.domain.words import Role
from coach.store.postgres import driver
from coach.store.tables import Login

GROUPS = {Role.STAFF: "coach_staff", Role.TRAINER: "coach_trainer", Role.SUPERVISOR: "coach_supervisor"}
"""The group that holds a role's rights on tables."""


@dataclass(frozen=True, slots=True)
class Known:
    """Who a session's login is. ``staff_no`` = ``None``: nobody of the staff."""

    login: str
    owner: bool
    """It owns the tables: row-level security does not hold for it."""
    staff_no: str | None
    name: str | None
    role: str | None
    branch: str | None
    ready: bool
    """It is in the group of its role."""


def me(s: Session) -> Known:
    """The login of this connection."""
    return Known(*s.execute(sa.text(_ME)).one())


_ME = """
SELECT session_user::text, coach_owner(), coach_me(), (SELECT name FROM staff WHERE staff_no = coach_me()), coach_role(), coach_branch(),
  coalesce(pg_has_role(session_user, to_regrole('coach_' || coach_role())::oid, 'USAGE'), false)
"""


@dataclass(frozen=True, slots=True)
class Granted:
    """A login, and the person who it is. ``ready``: it may log in and is in the group of the person's role, and in no other."""

    login: str
    staff_no: str
    name: str
    role: str
    branch: str | None
    ready: bool


def granted(s: Session) -> list[Granted]:
    """Every login, by staff number."""
    return [Granted(*row) for row in s.execute(sa.text(_GRANTED))]


_GRANTED = """
SELECT l.login, l.staff_no, p.name, p.role, p.branch, coalesce(r.rolcanlogin, false) AND coalesce((
    SELECT array_agg(g.rolname::text) = ARRAY['coach_' || p.role] FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid
    WHERE m.member = r.oid AND g.rolname IN ('coach_staff', 'coach_trainer', 'coach_supervisor')), false)
FROM login l JOIN staff p USING (staff_no) LEFT JOIN pg_roles r ON r.rolname = l.login ORDER BY l.staff_no
"""


def may_grant(s: Session) -> bool:
    """Whether this connection may make logins: it owns the tables and may create roles."""
    asked = "SELECT coach_owner() AND (rolsuper OR rolcreaterole) FROM pg_roles WHERE rolname = current_user"
    return bool(s.execute(sa.text(asked)).scalar_one())


def exists(s: Session, login: str) -> bool:
    """Whether the server has such a role."""
    return s.execute(sa.text("SELECT count(*) FROM pg_roles WHERE rolname = :login"), {"login": login}).scalar_one() > 0


def above_the_rules(s: Session, login: str) -> bool:
    """Whether row-level security would not hold for a role, or it could get round it: an administrator, the owner, one in a group
    of the server's own that reads or runs anything."""
    return bool(s.execute(sa.text(_ABOVE), {"login": login}).scalar())


_ABOVE = """
SELECT r.rolsuper OR r.rolbypassrls OR r.rolcreaterole OR r.rolreplication
  OR EXISTS (SELECT FROM pg_roles g WHERE pg_has_role(r.oid, g.oid, 'MEMBER') AND g.oid <> r.oid
             AND (g.rolname LIKE 'pg\\_%' OR g.rolsuper OR g.rolbypassrls OR g.rolcreaterole))
  OR pg_has_role(r.oid, (SELECT relowner FROM pg_class WHERE oid = 'staff'::regclass), 'MEMBER')
FROM pg_roles r WHERE r.rolname = :login
"""


def make(s: Session, login: str, password: str | None, role: Role, *, new: bool) -> None:
    """Make a role that may log in, or change the one that is there, and put it into the one group of its role."""
    from psycopg import sql

    connection = s.connection()
    with driver(connection) as raw:
        verb = sql.SQL("CREATE ROLE {} LOGIN" if new else "ALTER ROLE {} LOGIN").format(sql.Identifier(login))
        if password is not None:
            kept = raw.pgconn.encrypt_password(password.encode(), login.encode(), b"scram-sha-256").decode()
            verb = verb + sql.SQL(" PASSWORD {}").format(sql.Literal(kept))
        raw.execute(verb)
        _out_of(raw, login, [group for of, group in GROUPS.items() if of != role])
        raw.execute(sql.SQL("GRANT {} TO {}").format(sql.Identifier(GROUPS[role]), sql.Identifier(login)))


def shut_out(s: Session, login: str) -> None:
    """Out of the groups, and no more logging in. The role stays: it may be somebody in another database of the server."""
    from psycopg import sql

    with driver(s.connection()) as raw:
        _out_of(raw, login, GROUPS.values())
        raw.execute(sql.SQL("ALTER ROLE {} NOLOGIN").format(sql.Identifier(login)))


def _out_of(raw: Any, login: str, groups: Collection[str]) -> None:
    from psycopg import sql

    inside = raw.execute(
        "SELECT g.rolname FROM pg_auth_members m JOIN pg_roles g ON g.oid = m.roleid JOIN pg_roles r ON r.oid = m.member"
        " WHERE r.rolname = %s AND g.rolname = ANY(%s)", (login, list(groups))
    ).fetchall()  # fmt: skip
    for (group,) in inside:
        raw.execute(sql.SQL("REVOKE {} FROM {}").format(sql.Identifier(group), sql.Identifier(login)))


def note(s: Session, login: str, staff_no: str) -> None:
    """Which person the login is."""
    s.merge(Login(login=login, staff_no=staff_no))
    s.flush()
