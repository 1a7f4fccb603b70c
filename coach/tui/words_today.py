"""Texts of the today screen, the dialogs, the first start, help and commands."""

from __future__ import annotations

TEXTS_CONTACT: dict[str, tuple[str, str]] = {
    "contact.title": ("记接触 · {name} {no}", "Log a contact · {name} {no}"),
    "contact.channel": ("渠道", "Channel"),
    "contact.outcome": ("结果", "Outcome"),
    "contact.effective": ("有效", "Effective"),
    "contact.effective.yes": ("有效：和客户谈上了", "yes: the client was reached"),
    "contact.effective.no": ("无效：没谈上", "no: not reached"),
    "contact.effective.follows": ("随结果", "follows the outcome"),
    "contact.effective.hand": ("已手工改", "set by hand"),
    "contact.summary": ("摘要", "Summary"),
    "contact.summary.hint": ("客户说了什么、答应了什么", "What was said, what was promised"),
    "contact.next": ("下次", "Next date"),
    "contact.next.hint": ("12-01、+3、下周一", "12-01, +3, next mon"),
    "contact.next.none": ("不约下次", "no next date"),
    "contact.next.bad": ("看不懂「{text}」；可写 12-01、+3、3天、下周一、2026-12-01", "“{text}” is no date; try 12-01, +3, 3 days, next mon, 2026-12-01"),
    "contact.next.past": ("{day} 已经过去；请改成今天或以后", "{day} is past; give today or later"),
    "contact.working": ("工作日", "working day"),
    "contact.dayoff": ("休息日", "day off"),
    "contact.none": ("先按 1-9 选一个结果", "First choose an outcome: 1 to 9"),
    "contact.saving": ("正在保存…", "Saving…"),
    "contact.leave": ("还没保存。再按一次 Esc 放弃；按其他键继续填写", "Not saved yet. Esc again drops it; any other key goes on"),
    "contact.keys": ("1-9 结果  ^T 渠道  ^E 有效  Tab 下一栏  ^S 保存  Esc 取消", "1-9 outcome  ^T channel  ^E effective  Tab next field  ^S save  Esc cancel"),
    "contact.save": ("^S 保存", "^S Save"),
    "contact.cancel": ("Esc 取消", "Esc Cancel"),
    "told.logged": ("已记：{name} {channel} · {outcome}", "Logged: {name}, {channel}, {outcome}"),
    "told.again": ("这条已经记过，没有重复", "This entry was there already; nothing was added"),
    "told.stage": ("阶段 {before} 升到 {after}（{why}）", "Stage {before} to {after} ({why})"),
    "told.next": ("下一步：{when} {channel} {goal}", "Next: {when} {channel}: {goal}"),
    "told.promised": ("已约下次：{when}", "Next date: {when}"),
    "told.undone": ("已撤销：{name} {channel} · {outcome}", "Undone: {name}, {channel}, {outcome}"),
    "told.unstage": ("阶段退回 {after}", "Stage back to {after}"),
}

TEXTS_TODAY: dict[str, tuple[str, str]] = {**TEXTS_CONTACT}
