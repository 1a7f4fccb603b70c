"""Whether the coaching log is whole: every entry's hash and link, the head, and anchors from outside the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlmodel import Session

from coach.domain.chain import GENESIS, WHY, Walk, Why, read_anchors
from coach.domain.words import Lang, pick
from coach.services.errors import refuse
from coach.services.log import ENTRIES, HEAD, anchor_path
from coach.services.log_walk import walked
from coach.services.workspace import Workspace
from coach.store.db import session

BATCH = 4000
STEP = 500
"""Entries between two calls of ``progress``."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found. ``first_broken`` is the number of the first entry that is not, or not there, as it was written."""

    entries: int
    whole: bool
    first_broken: int | None
    why: Why | None = None
    anchors: int = 0
    """How many anchors it was held against."""
    newest_anchor: int = 0
    """Entries that the newest of them vouches for."""
    last: str = GENESIS
    """Hash of the last entry that was found good."""

    def as_json(self) -> dict[str, Any]:
        """The contract's JSON of ``coach log verify``."""
        return {"entries": self.entries, "whole": self.whole, "first_broken": self.first_broken}

    def reason(self, lang: Lang) -> str:
        return pick(lang, *WHY[self.why]) if self.why else ""

    def line(self, lang: Lang) -> str:
        """All of it in one line: whole or not, which entry is the first that is not and why, and what the anchors say."""
        if not self.whole:
            return pick(
                lang, f"日志不完整：从第 {self.first_broken} 条起不可信，{self.reason('zh')}（库中 {self.entries} 条）",
                f"the log is not whole from entry {self.first_broken} on: {self.reason('en')} ({self.entries} entries in the database)",
            )  # fmt: skip
        if not self.anchors:
            return pick(
                lang, f"日志完整：{self.entries} 条。没有库外的锚可比对，整本重写看不出来；可用 --anchor FILE",
                f"the log is whole: {self.entries} entries. No anchor from outside to hold it against, so a log written anew as a whole"
                " would not show; use --anchor or the policy's [log] anchor_file",
            )  # fmt: skip
        return pick(
            lang, f"日志完整：{self.entries} 条，与 {self.anchors} 个锚相符，最新的锚在第 {self.newest_anchor} 条",
            f"the log is whole: {self.entries} entries, anchors that fit: {self.anchors}, the newest at entry {self.newest_anchor}",
        )  # fmt: skip


def verify(ws: Workspace, anchor: Path | None = None, *, progress: Callable[[int, int | None], None] | None = None) -> Verdict:
    """Go through the whole log. ``anchor``: a file of anchors or an export; default the policy's anchor file, where it is there.

    ``progress`` is called with (entries gone through, all of them) now and then; what it raises ends the walk.

    An anchor of a log that was worked out anew as a whole names the first anchored entry that does not fit; an export names
    the very first. Raises :class:`~coach.services.errors.Refused` for an anchor file that cannot be read.
    """
    anchors = anchors_of(ws, anchor)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        one_state(s)
        walk, entries = walked(ws, s, anchors, progress) if ws.person is not None else _walked(s, anchors, progress)
    at, why = walk.broken or (None, None)
    return Verdict(entries, walk.broken is None, at, why, len(anchors), max(anchors, default=0), walk.last)


def _walked(s: Session, anchors: dict[int, str], progress: Callable[[int, int | None], None] | None) -> tuple[Walk, int]:
    """The log gone through as far as it is whole, and how many entries there are."""
    entries = s.execute(sa.select(sa.func.count()).select_from(ENTRIES)).scalar_one()
    walk = Walk(anchors)
    for row in rows(s):
        if not walk.take(row):
            break
        if progress is not None and walk.entries % STEP == 0:
            progress(walk.entries, entries)
    walk.end(*_head(s))
    return walk, entries


def one_state(s: Session) -> None:
    """Let the session see one state of the database throughout, whoever writes meanwhile. SQLite does so by itself."""
    if s.get_bind().dialect.name != "sqlite":
        s.connection(execution_options={"isolation_level": "REPEATABLE READ"})


def _head(s: Session) -> tuple[int, str]:
    try:
        found = s.execute(sa.select(HEAD.c.entries, HEAD.c.hash).where(HEAD.c.id == 1)).first()
    except (DBAPIError, ValueError):
        found = None
    return (found[0], found[1]) if found else (0, GENESIS)


def rows(s: Session) -> Iterator[tuple[Any, ...]]:
    """The entries in order, as plain tuples. One that cannot even be read comes as a row of nothing."""
    at: int | None = None
    while True:
        batch = _batch(s, at, BATCH)
        if batch is None:  # one of them cannot be read: find it
            yield from _one_by_one(s, at)
            return
        yield from batch
        if len(batch) < BATCH:
            return
        at = batch[-1][0]


def _batch(s: Session, after: int | None, limit: int) -> list[tuple[Any, ...]] | None:
    asked = sa.select(ENTRIES).where(*_later(after)).order_by(ENTRIES.c.entry_no).limit(limit)
    try:
        return [tuple(row) for row in s.connection().execute(asked)]
    except (DBAPIError, ValueError):
        return None


def _later(after: int | None) -> list[Any]:
    return [] if after is None else [ENTRIES.c.entry_no > after]


def _one_by_one(s: Session, after: int | None) -> Iterator[tuple[Any, ...]]:
    numbers = sa.select(ENTRIES.c.entry_no).where(*_later(after)).order_by(ENTRIES.c.entry_no)
    for number in s.connection().execute(numbers).all():
        yield read_one(s, number[0])


def read_one(s: Session, number: int) -> tuple[Any, ...]:
    """An entry as a plain tuple; one that cannot even be read comes as its number and nothing."""
    found = _batch(s, number - 1, 1)
    return found[0] if found else (number, *[None] * (len(ENTRIES.c) - 1))


def anchors_of(ws: Workspace, given: Path | None = None) -> dict[int, str]:
    """Number of an entry → its hash, from a file, or from the policy's anchor file where it is there.

    Raises :class:`~coach.services.errors.Refused` for a file that cannot be read as anchors.
    """
    usual = anchor_path(ws)
    path = given or (usual if usual is not None and usual.is_file() else None)
    if path is None:
        return {}
    try:
        with path.open(encoding="utf-8") as lines:
            return read_anchors(iter(lines))
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise refuse(ws.lang, f"锚文件读不了：{path}（{reason}）", f"the anchor file cannot be read: {path} ({reason})") from None
    except ValueError as error:
        raise refuse(
            ws.lang, f"{path} 第 {error} 行不是锚；要 coach log export 或政策 [log] anchor_file 写出的文件",
            f"{path} line {error} is no anchor; give a file that coach log export or the policy's [log] anchor_file wrote",
        ) from None  # fmt: skip
