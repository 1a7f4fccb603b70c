"""Who practises and who trains: the staff with their roles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from coach.services.workspace import Workspace

TRAINING = ("trainer", "supervisor")
"""Roles that may assign and review (the services hold to the same)."""


@dataclass(frozen=True, slots=True)
class Person:
    """A member of the staff."""

    staff_no: str
    name: str
    role: str

    @property
    def trains(self) -> bool:
        return self.role in TRAINING


def people(ws: Workspace) -> list[Person]:
    """Everyone, by number."""
    from sqlmodel import select

    from coach.store.db import session
    from coach.store.tables import Staff

    with session(ws.engine, write=False) as s:
        found = s.exec(select(Staff.staff_no, Staff.name, Staff.role).order_by(Staff.staff_no)).all()
    return [Person(*one) for one in found]


def person(ws: Workspace, staff_no: str | None) -> Person | None:
    """One of them; ``None`` where there is no such number."""
    return next((one for one in people(ws) if one.staff_no == staff_no), None)
