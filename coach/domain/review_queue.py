"""The week's queue of reviews: every flag, then a few pieces of each person's work, drawn so that anybody can draw them again.

The draw: for each piece the SHA-256 of ``week|person|kind|number`` (UTF-8, hexadecimal); the smallest few of a person are drawn.
Who does the work cannot know beforehand which piece it will be, and whoever reviews cannot choose.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256

from coach.domain.review import Flag, Kind

_WEEK = re.compile(r"(\d{4})-?W(\d{2})", re.IGNORECASE)
Key = tuple[str, str]
"""Kind and number of what is reviewed."""


@dataclass(frozen=True, slots=True)
class Work:
    """One piece of somebody's work: a suggestion with what became of it, a contact without one, or a practice talk."""

    kind: Kind
    subject: str
    staff_no: str
    client_no: str | None
    at: datetime
    play: str | None = None
    """Of practice: the scenario."""
    engine: str | None = None
    score: float | None = None
    """Of practice: the total, 0 to 100."""
    gist: str = ""
    """``followed``, ``changed``, ``ignored``, or how the contact or the talk ended."""
    channel: str | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.subject


@dataclass(frozen=True, slots=True)
class Item:
    """One line of the queue."""

    kind: Kind
    subject: str
    staff_no: str | None
    client_no: str | None
    at: datetime
    play: str | None
    engine: str | None
    score: float | None
    flags: tuple[Flag, ...]
    """Of kind ``flag``: the flag itself; of a piece of work: the flags that rest on it."""
    gist: str = ""
    channel: str | None = None

    @property
    def key(self) -> Key:
        return self.kind, self.subject


def days_of(week: str) -> tuple[date, date]:
    """Monday and Sunday of ``2026-W48``. Raises ``ValueError`` for what is no week."""
    found = _WEEK.fullmatch(week.strip())
    if found is None:
        raise ValueError(week)
    monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
    return monday, monday + timedelta(days=6)


def lot(week: str, staff_no: str, kind: str, subject: str) -> str:
    """What decides whether a piece is drawn: the smaller the sooner."""
    return sha256(f"{week}|{staff_no}|{kind}|{subject}".encode()).hexdigest()


def sample(works: Iterable[Work], week: str, number: int) -> list[Work]:
    """So many pieces of each person's work, by person and then in the order of the draw; all where a person has fewer."""
    by_person: dict[str, list[Work]] = defaultdict(list)
    for work in {work.key: work for work in works}.values():
        by_person[work.staff_no].append(work)
    return [
        work
        for staff_no in sorted(by_person)
        for work in sorted(by_person[staff_no], key=lambda w: lot(week, staff_no, w.kind, w.subject))[:number]
    ]


def queue(found: Iterable[Flag], works: Iterable[Work], week: str, number: int, signed: Collection[Key] = ()) -> list[Item]:
    """What is still to be looked at: the flags in their order, then the sample by person.

    What is signed off has been drawn all the same: nothing else comes in its place, so that a week has an end.
    """
    found = list(found)
    resting: Mapping[Key, list[Flag]] = defaultdict(list)
    for flag in found:
        for record in flag.records:
            resting[record].append(flag)
    items = [Item(Kind.FLAG, f.id, f.staff_no, f.client_no, f.at, f.play, f.engine, None, (f,)) for f in found]
    items += [
        Item(w.kind, w.subject, w.staff_no, w.client_no, w.at, w.play, w.engine, w.score, tuple(resting.get(w.key, ())), w.gist, w.channel)
        for w in sample(works, week, number)
    ]
    return [item for item in items if item.key not in signed]
