"""What a person is told whose view of a client was overtaken by somebody else's change."""

from __future__ import annotations

from sqlmodel import Session, col, select

from coach.domain.words import label
from coach.services.errors import Refused, refuse
from coach.services.workspace import Workspace
from coach.store.tables import Client, Staff, StageChange, TierChange


def not_as_seen(ws: Workspace, s: Session, table: type[StageChange] | type[TierChange], client: Client, now: str) -> Refused:
    """The refusal of a change to a field that is no longer as it was seen: who changed it, when, to what."""
    last = s.exec(select(table).where(table.client_no == client.client_no, table.after == now).order_by(col(table.id).desc())).first()
    zh, en = ("阶段", "stage") if table is StageChange else ("分层", "tier")
    to = label(now, ws.lang)
    if last is None:
        return refuse(
            ws.lang, f"{client.name}的{zh}已经是{to}了，没有再改；请看过再定",
            f"{client.name}'s {en} is {to} by now and was left so; look again",
        )  # fmt: skip
    name = s.exec(select(Staff.name).where(Staff.staff_no == last.by)).first() if last.by else None
    who = f"{name}（{last.by}）" if name else last.by
    if ws.lang != "zh" and name:
        who = f"{name} ({last.by})"
    when = f"{last.at:%m-%d %H:%M}"
    return refuse(
        ws.lang, f"{client.name}的{zh}刚被{who or '系统'}于 {when} 从{label(last.before, 'zh')}改为{to}，没有再改；请看过再定",
        f"{client.name}'s {en} was changed by {who or 'Coach itself'} on {when} from {label(last.before, 'en')} to {to} and was left so;"
        " look again",
    )  # fmt: skip
