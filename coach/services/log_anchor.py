"""The anchors of the coaching log: whether the file outside the database keeps up with the log, and writing one by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coach.domain.words import pick
from coach.services.errors import refuse
from coach.services.log import HEAD, MISSED, Anchor, anchor_path, write_anchor
from coach.services.log_verify import anchors_of, verify
from coach.services.workspace import Workspace
from coach.store.db import session


@dataclass(frozen=True, slots=True)
class AnchorState:
    """How the policy's anchor file stands to the log."""

    path: Path | None
    """``None``: the policy wants none."""
    entries: int
    """Entries of the log, as its head counts them."""
    newest: int
    """Entries that the newest anchor vouches for; 0: there is none."""
    missed: str
    """Why the last anchor could not be written; empty: nothing is known to have failed."""
    due: bool
    """An anchor should have been written since the newest, and was not."""
    hidden: bool = False
    """The login does not see how long the log is: a supervisor looks after the anchors."""

    @property
    def behind(self) -> int:
        """Entries that no anchor vouches for yet."""
        return max(self.entries - self.newest, 0)

    @property
    def ahead(self) -> bool:
        """The newest anchor vouches for more entries than there are: the end of the log was cut off."""
        return self.newest > self.entries

    @property
    def ok(self) -> bool:
        """Nothing about the anchors wants looking after."""
        return not (self.missed or self.due or self.ahead)


def anchor_state(ws: Workspace) -> AnchorState:
    """Look at the anchor file. Raises :class:`~coach.services.errors.Refused` where it cannot be read as one."""
    path, every, me = anchor_path(ws), ws.policy.log.anchor_every, ws.person
    if me is not None and not me.supervises:
        return AnchorState(path, 0, 0, str(ws.kept.get(MISSED, "")), False, hidden=True)
    end: sa.Executable = sa.select(HEAD.c.entries).where(HEAD.c.id == 1) if me is None else sa.text("SELECT entries FROM coach_log_end()")
    with session(ws.engine, write=False, lang=ws.lang) as s:
        try:
            entries = s.execute(end).scalar() or 0
        except (DBAPIError, ValueError):
            entries = 0
    if path is None:
        return AnchorState(None, entries, 0, "", False)
    newest = max(anchors_of(ws), default=0)
    return AnchorState(path, entries, newest, str(ws.kept.get(MISSED, "")), entries // every > newest // every)


def anchor_line(ws: Workspace, state: AnchorState) -> str:
    """The state in one line, with what is to be done where something is."""
    lang = ws.lang
    if state.path is None:
        return pick(lang, "政策没有设锚（[log] anchor_file）", "no anchors are kept (policy [log] anchor_file)")
    if state.hidden:
        missed = pick(lang, f"锚没有写成：{state.missed}；", f"the anchor could not be written: {state.missed}; ") if state.missed else ""
        return missed + pick(lang, "整本日志和锚由主管照看", "a supervisor looks after the whole log and its anchors")
    if state.ahead:
        return pick(
            lang, f"锚在第 {state.newest} 条，日志只有 {state.entries} 条：末尾少了，请检验",
            f"the newest anchor is at entry {state.newest}, the log has only {state.entries}: its end is missing, verify it",
        )  # fmt: skip
    if state.missed:
        return pick(lang, f"锚没有写成：{state.missed}；有 {state.behind} 条没有锚",
                    f"the anchor could not be written: {state.missed}; {state.behind} entries without one")  # fmt: skip
    if state.due:
        return pick(lang, f"漏写了锚：最新的锚在第 {state.newest} 条，之后 {state.behind} 条没有锚",
                    f"an anchor was missed: the newest is at entry {state.newest}, {state.behind} later ones have none")  # fmt: skip
    return pick(lang, f"最新的锚在第 {state.newest} 条，之后 {state.behind} 条（{state.path}）",
                f"the newest anchor is at entry {state.newest}, {state.behind} entries since ({state.path})")  # fmt: skip


def anchor_now(ws: Workspace, *, at: datetime) -> Anchor:
    """Verify the log, and write an anchor of its end to the policy's file.

    Raises :class:`~coach.services.errors.Refused` where the policy names no file, the log is empty or not whole, or the file cannot
    be written.
    """
    path = anchor_path(ws)
    if path is None:
        raise refuse(ws.lang, "没有设锚文件；请在 policy.toml 的 [log] 写 anchor_file",
                     "there is no anchor file; set [log] anchor_file in policy.toml")  # fmt: skip
    found = verify(ws)
    if found.first_broken is not None:
        raise refuse(
            ws.lang, f"日志从第 {found.first_broken} 条起不可信，不写锚；请先查清",
            f"the log is not whole from entry {found.first_broken} on, no anchor is written; look into that first",
        )  # fmt: skip
    if not found.entries:
        raise refuse(ws.lang, "日志还没有条目，没有可写的锚", "the log has no entries yet, there is nothing to anchor")
    made = Anchor(found.entries, found.last, at.isoformat(timespec="seconds"))
    try:
        write_anchor(path, made)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise refuse(
            ws.lang, f"锚写不了：{path}（{why}）；请检查该位置", f"the anchor cannot be written: {path} ({why}); see to that place"
        ) from None  # fmt: skip
    ws.kept.pop(MISSED, None)
    return made
