"""Setting an entry of the coaching log right: nothing is changed, a new entry says what is true."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from coach.domain.chain import Entry, Kind
from coach.services.errors import refuse
from coach.services.log import ENTRIES, append
from coach.services.log_read import subject_of
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff

MAX_TEXT = 2000


def correct(ws: Workspace, entry_no: int, text: str, *, by: str | None, at: datetime) -> Entry:
    """Add a correction to an entry: a remark in words. It changes no record and no figure; who reads the entry reads it too.

    ``by``: staff number of who corrects; on PostgreSQL it is the login's person. Raises :class:`~coach.services.errors.Refused`.
    """
    said, by = text.strip(), acting(ws, by)
    if not said:
        raise refuse(ws.lang, "更正没有内容；请写明实际情况", "the correction is empty; say what is true")
    if len(said) > MAX_TEXT:
        raise refuse(ws.lang, f"文字超过 {MAX_TEXT} 字；请缩短", f"the text is longer than {MAX_TEXT} characters; shorten it")
    with session(ws.engine, lang=ws.lang) as s:
        row = s.connection().execute(sa.select(ENTRIES).where(ENTRIES.c.entry_no == entry_no)).first()
        if row is None:
            raise refuse(ws.lang, f"辅导日志里没有第 {entry_no} 条；用 coach log list 查看",
                         f"the coaching log has no entry {entry_no}; see coach log list")  # fmt: skip
        if by is not None and s.get(Staff, by) is None:
            raise refuse(ws.lang, f"没有工号为 {by} 的员工", f"there is no staff member with the number {by}")
        found = Entry(*row)
        body = {"corrects": entry_no, "what": "remark", "text": said}
        return append(ws, s, Kind.CORRECTION, at, body, staff_no=by, client_no=found.client_no, subject=subject_of(found))
