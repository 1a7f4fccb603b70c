"""What a person did with a suggestion: followed it, changed it (with the difference), or left it aside (with a reason)."""

from __future__ import annotations

import difflib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlmodel import Session

from coach.domain.chain import Kind
from coach.domain.difference import difference
from coach.domain.ignored import Lowered, PlayUse, by_play, often_ignored
from coach.domain.policy import IgnoreReason
from coach.services.errors import refuse
from coach.services.log import ENTRIES, append
from coach.services.who import acting
from coach.services.workspace import Workspace
from coach.store.again import retried
from coach.store.db import session
from coach.store.tables import Client, Staff, SuggestionRecord

How = Literal["followed", "changed", "ignored"]
MAX_TEXT = 2000


@dataclass(frozen=True, slots=True)
class Used:
    """What was written in the log."""

    entry_no: int
    suggestion_no: str
    client_no: str
    staff_no: str | None
    body: dict[str, Any]


@retried
def used(
    ws: Workspace,
    suggestion_no: str,
    how: How,
    *,
    reason: str | None = None,
    text: str | None = None,
    staff_no: str | None = None,
    at: datetime,
) -> Used:
    """Log what was done with a suggestion. Said again, the newest entry counts and names the one that it corrects.

    ``reason``: id, key or name of one of the policy's ``[log] reasons``, for ``ignored``. ``text``: for ``changed`` what was
    really sent or said; for ``ignored`` a remark. ``staff_no``: default the client's manager. The same thing said twice is one
    entry. Raises :class:`~coach.services.errors.Refused`.
    """
    if how not in get_args(How):
        told = f"用法 {how!r} 不对；可用：followed、changed、ignored", f"{how!r} is unknown; use followed, changed or ignored"
        raise refuse(ws.lang, *told)
    if text and len(text) > MAX_TEXT:
        raise refuse(ws.lang, f"文字超过 {MAX_TEXT} 字；请缩短", f"the text is longer than {MAX_TEXT} characters; shorten it")
    why, staff_no = _reason(ws, reason) if how == "ignored" else None, acting(ws, staff_no)
    with session(ws.engine, lang=ws.lang) as s:
        shown = s.get(SuggestionRecord, suggestion_no)
        if shown is None:
            raise refuse(
                ws.lang, f"没有建议 {suggestion_no}；用 coach suggest 客户号 查看它的编号",
                f"there is no suggestion {suggestion_no}; coach suggest CLIENT shows its number",
            )  # fmt: skip
        if staff_no is not None and s.get(Staff, staff_no) is None:
            raise refuse(ws.lang, f"没有工号为 {staff_no} 的员工", f"there is no staff member with the number {staff_no}")
        client = s.get(Client, shown.client_no, with_for_update={"key_share": True})  # who says something of it comes after us
        who = staff_no or (client.manager if client else None)
        body = {"how": how, "play": shown.play, "engine": shown.engine, "on": shown.on.isoformat(), **_said(ws, shown, how, why, text)}
        before = latest_use(s, suggestion_no)
        if before is not None:
            if before.staff_no == who and {**before.body, "corrects": None} == {**body, "corrects": None}:
                return before
            body["corrects"] = before.entry_no
        made = append(ws, s, Kind.SUGGESTION_USED, at, body, staff_no=who, client_no=shown.client_no, subject=suggestion_no)
        return Used(made.entry_no, suggestion_no, shown.client_no, who, made.content)


def _said(ws: Workspace, shown: SuggestionRecord, how: How, why: IgnoreReason | None, text: str | None) -> dict[str, Any]:
    """What the entry says beside ``how``."""
    base: dict[str, Any] = {"corrects": None}
    if how == "ignored" and why is not None:
        return base | {"reason": why.id, "reason_name": {"zh": why.name, "en": why.called("en")}, "remark": (text or "").strip()}
    if how != "changed":
        return base
    of, proposed = proposal(shown.body)
    said = (text or "").strip()
    if not said:
        raise refuse(ws.lang, "缺少改后的文字；例如 --changed \"…\"", "the text as changed is missing; for example --changed \"…\"")
    if said == proposed:
        raise refuse(ws.lang, "文字与建议一样，没有改动；请用 --followed", "the text is the same as proposed; use --followed")
    return base | {"of": of, "difference": [list(piece) for piece in difference(proposed, said)]}


def proposal(body: dict[str, Any]) -> tuple[str, str]:
    """Which text of a suggestion a person works from, and the text: the message where there is one, else the goal of the next action."""
    if body.get("message_draft"):
        return "message_draft", str(body["message_draft"]).strip()
    action = body.get("next_action") or {}
    return "goal", str(action.get("goal") or "").strip()


def _reason(ws: Workspace, given: str | None) -> IgnoreReason:
    known = ws.policy.log.reasons
    for reason in known:
        if given in (reason.id, reason.key, reason.name, reason.called("en")):
            return reason
    told = "、".join(f"{r.id}（{r.name}）" for r in known) if ws.lang == "zh" else ", ".join(f"{r.id} ({r.called('en')})" for r in known)
    near = difflib.get_close_matches(given or "", [r.id for r in known], n=1, cutoff=0.5)
    hint = (f"是不是 {near[0]}？" if ws.lang == "zh" else f"did you mean {near[0]}? ") if near else ""
    if not given:
        raise refuse(ws.lang, f"不采用要给理由：{told}", f"a suggestion left aside needs a reason: {told}")
    raise refuse(ws.lang, f"没有理由 {given!r}；{hint}可用：{told}", f"there is no reason {given!r}; {hint}use one of: {told}")


def uses_by_play(ws: Workspace, s: Session, since: date, until: date, *, of: Collection[str] | None = None) -> list[PlayUse]:
    """What the branch did with the suggestions of each play from one day to another (both included); of several entries on one
    suggestion the newest counts. The play most often ignored comes first. ``of``: only what these people did (staff numbers)."""
    asked = (
        sa.select(ENTRIES.c.subject, ENTRIES.c.body)
        .where(
            ENTRIES.c.kind == Kind.SUGGESTION_USED.value, ENTRIES.c.at >= since.isoformat(),
            ENTRIES.c.at < (until + timedelta(days=1)).isoformat(),
        )
        .order_by(ENTRIES.c.entry_no)
    )  # fmt: skip
    if of is not None:
        asked = asked.where(ENTRIES.c.staff_no.in_(of))
    newest = dict(tuple(row) for row in s.connection().execute(asked))
    bodies = (json.loads(body) for body in newest.values())
    return by_play((body["play"], body["how"], body.get("reason")) for body in bodies)


def lowered_plays(ws: Workspace, s: Session, today: date, *, of: Collection[str] | None = None) -> dict[str, Lowered]:
    """The plays that the policy's rule puts later today; the log is not even read where the rule is off. ``of``: as above."""
    rule = ws.policy.log.ignored
    if not rule.lower:
        return {}
    return often_ignored(uses_by_play(ws, s, today - timedelta(days=rule.days - 1), today, of=of), rule)


def latest_use(s: Session, suggestion_no: str) -> Used | None:
    """The entry that counts for a suggestion; ``None``: nothing was said of it yet."""
    asked = (
        sa.select(ENTRIES.c.entry_no, ENTRIES.c.client_no, ENTRIES.c.staff_no, ENTRIES.c.body)
        .where(ENTRIES.c.kind == Kind.SUGGESTION_USED.value, ENTRIES.c.subject == suggestion_no)
        .order_by(ENTRIES.c.entry_no.desc()).limit(1)
    )  # fmt: skip
    found = s.connection().execute(asked).first()
    return None if found is None else Used(found[0], suggestion_no, found[1], found[2], json.loads(found[3]))
