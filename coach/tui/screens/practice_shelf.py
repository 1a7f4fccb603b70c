"""What the practice list shows, read in one go: scenarios, own attempts, what is to be done by when, who is there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from threading import Lock
from typing import TYPE_CHECKING

from coach.tui.screens.practice_people import Person, people

if TYPE_CHECKING:
    from coach.domain.words import Lang
    from coach.practice.scenario import Scenario
    from coach.services.practice import Attempt
    from coach.services.practice_training import Assignment
    from coach.services.workspace import Workspace


WARMING = Lock()
"""Held while the example sentences are learnt: some seconds the first time, and nobody gains by two threads doing it at once."""


def warm(ws: Workspace, scenario: Scenario, lang: Lang, today: date) -> None:
    """In a thread: bring up what every talk needs, while the person still reads the list."""
    from coach.practice.session import Session
    from coach.services.practice import bench

    with WARMING:
        Session(scenario, lang, bench(ws, today))


@dataclass(frozen=True, slots=True)
class Own:
    """One's own of one scenario: the newest attempt first."""

    scored: tuple[Attempt, ...] = ()
    unfinished: Attempt | None = None
    due: Assignment | None = None

    @property
    def best(self) -> Attempt | None:
        return max(self.scored, key=lambda one: one.total or 0.0, default=None)


@dataclass(frozen=True, slots=True)
class Shelf:
    """Everything at the moment of reading."""

    scenarios: tuple[Scenario, ...]
    people: tuple[Person, ...]
    me: Person | None
    attempts: tuple[Attempt, ...]
    own: dict[str, Own]
    broken: int
    """Scenario files with mistakes, which are left out."""

    def of(self, scenario_id: str) -> Own:
        return self.own.get(scenario_id, Own())

    def title(self, scenario_id: str, lang: str) -> str:
        """A scenario's title; its id where its file is gone."""
        found = next((s for s in self.scenarios if s.id == scenario_id), None)
        return found.words("en" if lang == "en" else "zh").title if found is not None else scenario_id


def read_shelf(ws: Workspace, who: str, today: date) -> Shelf:
    """In a thread: all of it for one person (``who`` empty = nobody)."""
    from coach.services import practice
    from coach.services.practice_training import assignments

    found = practice.scenarios(ws)
    staff = people(ws)
    me = next((one for one in staff if one.staff_no == who), None)
    mine = practice.attempts(ws, staff_no=me.staff_no) if me is not None else []
    due = assignments(ws, staff_no=me.staff_no, open_only=True, today=today) if me is not None else []
    own: dict[str, Own] = {}
    for name in {*(s.id for s in found), *(a.scenario for a in mine)}:
        own[name] = Own(
            tuple(a for a in mine if a.scenario == name and a.total is not None),
            next((a for a in mine if a.scenario == name and a.unfinished), None),
            next((d for d in due if d.scenario == name), None),
        )  # fmt: skip
    broken = len({problem.path for problem in practice.check(ws)})
    return Shelf(tuple(found), tuple(staff), me, tuple(mine), own, broken)
