"""Reading the coaching log: entries by person, client, kind and day; one entry beside its record; the whole written to a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql import ColumnElement
from sqlmodel import Session, select

from coach.domain.chain import Entry, Kind, Walk
from coach.services.allocation_log import run_record
from coach.services.errors import refuse
from coach.services.log import ENTRIES, Anchor, record, write_anchor
from coach.services.log_records import attempt_record, contact_record, review_record
from coach.services.log_verify import one_state, rows
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import AllocationRun, Contact, PracticeAttempt, Review, ReviewComment, SuggestionRecord


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which entries; ``None`` = all. ``until`` is the last day wanted."""

    staff_no: str | None = None
    client_no: str | None = None
    kind: str | None = None
    subject: str | None = None
    since: date | None = None
    until: date | None = None


def conditions(ws: Workspace, wanted: Wanted) -> list[ColumnElement[bool]]:
    """What the entries wanted must fulfil. Raises :class:`~coach.services.errors.Refused` for a kind that there is not."""
    if wanted.kind is not None and wanted.kind not in set(Kind):
        known = ", ".join(Kind)
        raise refuse(ws.lang, f"没有类别 {wanted.kind!r}；可用：{known}", f"there is no kind {wanted.kind!r}; use {known}")
    where = [
        ENTRIES.c[name] == value for name in ("staff_no", "client_no", "kind", "subject") if (value := getattr(wanted, name)) is not None
    ]
    if wanted.since is not None:
        where.append(ENTRIES.c.at >= wanted.since.isoformat())
    if wanted.until is not None:
        where.append(ENTRIES.c.at < (wanted.until + timedelta(days=1)).isoformat())
    return where


def entries(ws: Workspace, wanted: Wanted = Wanted(), *, limit: int = 50) -> list[Entry]:
    """The newest entries first. Raises :class:`~coach.services.errors.Refused` for a kind that there is not."""
    asked = sa.select(ENTRIES).where(*conditions(ws, wanted)).order_by(ENTRIES.c.entry_no.desc()).limit(limit)
    with session(ws.engine, write=False, lang=ws.lang) as s:
        return [Entry(*row) for row in s.connection().execute(asked)]


@dataclass(frozen=True, slots=True)
class Shown:
    """One entry, and whether the record that it tells of still is what it was."""

    entry: Entry
    record_intact: bool | None
    """``None``: it tells of none that stands elsewhere. False also where that is gone."""
    corrected_by: tuple[int, ...]
    """Entries that correct this one."""


def entry(ws: Workspace, entry_no: int) -> Shown:
    """One entry. Raises :class:`~coach.services.errors.Refused` where there is none of that number."""
    with session(ws.engine, write=False, lang=ws.lang) as s:
        row = s.connection().execute(sa.select(ENTRIES).where(ENTRIES.c.entry_no == entry_no)).first()
        if row is None:
            raise refuse(ws.lang, f"辅导日志里没有第 {entry_no} 条；用 coach log list 查看",
                         f"the coaching log has no entry {entry_no}; see coach log list")  # fmt: skip
        found = Entry(*row)
        return Shown(found, _intact(s, found), tuple(e.entry_no for e in _later(s, found) if corrects(e) == entry_no))


_KNOWN = ENTRIES.c.kind.in_([kind.value for kind in Kind])
"""True of every entry that Coach wrote; the index on kind and subject needs both."""


def corrects(told: Entry) -> int | None:
    """The number of the entry that this one corrects; ``None``: it corrects none."""
    said = told.content.get("corrects") if isinstance(told.content, dict) else None
    return said if type(said) is int and said < told.entry_no else None


def subject_of(told: Entry) -> str:
    """What a correction of an entry names as its subject: the entry's own, or the entry itself where it has none."""
    return told.subject or f"log:{told.entry_no}"


def corrected_among(s: Session, told: Iterable[Entry]) -> set[int]:
    """Which of some entries a later one corrects, as far as the entries can be read."""
    subjects = {subject for e in told if isinstance(subject := subject_of(e), str)}
    try:
        rows = s.connection().execute(sa.select(ENTRIES).where(_KNOWN, ENTRIES.c.subject.in_(subjects))).all() if subjects else []
    except (DBAPIError, ValueError):
        return set()
    return {number for row in rows if (number := corrects(Entry(*row))) is not None}


def _later(s: Session, told: Entry) -> list[Entry]:
    """The entries after one that tell of the same subject, in order."""
    asked = sa.select(ENTRIES).where(_KNOWN, ENTRIES.c.subject == subject_of(told), ENTRIES.c.entry_no > told.entry_no)
    return [Entry(*row) for row in s.connection().execute(asked.order_by(ENTRIES.c.entry_no))]


def _intact(s: Session, told: Entry) -> bool | None:
    kept = told.content.get("record") if isinstance(told.content, dict) else None
    find = _RECORDS.get(told.kind)  # type: ignore[call-overload]
    if kept is None or told.subject is None or find is None:
        return None
    now = find(s, told)
    return now is not None and record(now) == kept


def _contact(s: Session, told: Entry) -> dict[str, Any] | None:
    row = s.exec(select(Contact).where(Contact.contact_no == told.subject)).first()
    return None if row is None else contact_record(row)


def _suggestion(s: Session, told: Entry) -> dict[str, Any] | None:
    row = s.get(SuggestionRecord, told.subject)
    return None if row is None else row.body


def _attempt(s: Session, told: Entry) -> dict[str, Any] | None:
    row = s.get(PracticeAttempt, told.subject)
    return None if row is None else attempt_record(row)


def _review(s: Session, told: Entry) -> dict[str, Any] | None:
    """A comment, or the rating or sign-off that a review is."""
    number = told.content.get("comment_no")
    row = s.get(ReviewComment, number) if number else s.get(Review, told.content.get("review_no"))
    return None if row is None else review_record(row)


def _run(s: Session, told: Entry) -> dict[str, Any] | None:
    row = s.get(AllocationRun, told.subject)
    return None if row is None else run_record(s, row)


_RECORDS: dict[Kind, Callable[[Session, Entry], dict[str, Any] | None]] = {
    Kind.CONTACT: _contact, Kind.SUGGESTION_SHOWN: _suggestion, Kind.PRACTICE: _attempt, Kind.REVIEW: _review, Kind.ALLOCATION: _run,
}  # fmt: skip
"""Kind of an entry → the record that it tells of, as it stands now."""


@dataclass(frozen=True, slots=True)
class Export:
    """A log written to a file. ``anchor`` and its file are there where the log was whole."""

    file: Path
    entries: int
    first_broken: int | None
    anchor: Anchor | None
    anchor_file: Path | None


def export(ws: Workspace, file: Path, *, at: datetime) -> Export:
    """Write every entry as a line of canonical JSON, and the anchor beside it (``FILE.anchor``); both readable by their owner only.

    Neither file may be there yet: an older export is what a later one is held against. A log that is not whole is written as it
    stands, without an anchor. On a shared database it is the owner's to export. Raises
    :class:`~coach.services.errors.Refused`, ``OSError``.
    """
    if ws.person is not None:
        raise refuse(ws.lang, "您看不到整本日志；导出由数据库所有者来做", "you do not see the whole log; the database's owner exports it")
    beside = file.with_name(file.name + ".anchor")
    for path in (file, beside):
        if path.exists():
            raise refuse(ws.lang, f"{path} 已经存在，旧的导出不会被覆盖；请换一个文件名",
                         f"{path} is already there and an older export is not overwritten; choose another name")  # fmt: skip
    if not file.parent.is_dir():
        raise refuse(ws.lang, f"没有文件夹 {file.parent}；请先建好", f"there is no folder {file.parent}; make it first")
    walk, count = Walk(), 0
    handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as out, session(ws.engine, write=False, lang=ws.lang) as s:
            one_state(s)
            for line in _lines(s, walk):
                out.write(line)
                count += 1
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, file)
    except BaseException:
        with suppress(OSError):
            os.unlink(part)
        raise
    if walk.broken is not None:
        return Export(file, count, walk.broken[0], None, None)
    anchor = Anchor(walk.entries, walk.last, at.isoformat(timespec="seconds"))
    write_anchor(beside, anchor)
    return Export(file, count, None, anchor, beside)


def _lines(s: Session, walk: Walk) -> Iterator[str]:
    for row in rows(s):
        if walk.broken is None:
            walk.take(row)
        yield Entry(*row).line() + "\n"
