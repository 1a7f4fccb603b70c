"""The coaching log verified by a supervisor, who does not see the entries of other branches.

The database works each entry's hash out again and tells whether it fits (``coach_log_walk``); the links, the end and the
anchors are looked at here. Nobody learns more of a hidden entry than its hash.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from coach.domain.chain import GENESIS, Walk, Why
from coach.services.errors import refuse
from coach.services.workspace import Workspace

BATCH = 4000


@dataclass
class HiddenWalk(Walk):
    """Goes through rows whose second column says whether the hash fits, in place of what was hashed."""

    def _fault(self, row: tuple[Any, ...], expected: int) -> Why | None:
        if row[0] != expected:
            return Why.MISSING
        if not row[1]:
            return Why.CHANGED
        if row[7] != self.last:
            return Why.LINK
        return Why.ANCHOR if self.anchors.get(expected, row[8]) != row[8] else None


def walked(ws: Workspace, s: Session, anchors: dict[int, str], progress: Callable[[int, int | None], None] | None) -> tuple[Walk, int]:
    """The log gone through as far as it is whole, and how many entries there are by the head.

    Raises :class:`~coach.services.errors.Refused` for whoever is no supervisor.
    """
    if ws.person is not None and not ws.person.supervises:
        raise refuse(ws.lang, "您只看得到自己的条目，整本日志请主管检验",
                     "you see your own entries only; a supervisor verifies the whole log")  # fmt: skip
    head = s.execute(sa.text("SELECT entries, hash FROM coach_log_end()")).first()
    entries, last = (head[0], head[1]) if head is not None and head[0] is not None else (0, GENESIS)
    walk, count = HiddenWalk(anchors), 0
    asked = sa.text("SELECT entry_no, sound, prev_hash, hash FROM coach_log_walk(:after, :most)")
    after: int = -(2**31)
    while batch := s.execute(asked, {"after": after, "most": BATCH}).all():
        count += len(batch)
        for number, sound, prev_hash, own in batch:
            if walk.broken is None:
                walk.take((number, sound, None, None, None, None, None, prev_hash, own))
        if progress is not None:
            progress(walk.entries, entries)
        after = batch[-1][0]
    walk.end(entries, last)
    return walk, count
