"""What is configured, reachable and built, each with its remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from coach.domain.words import pick
from coach.services.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Check:
    """One thing looked at. ``remedy`` is empty where nothing is to be done."""

    id: str
    ok: bool
    text: str
    remedy: str = ""


def examine(ws: Workspace, today: date) -> list[Check]:
    """Look at everything; a failure of one look does not hinder the next."""
    return [check for name, look in _LOOKS for check in _guarded(ws, name, look, today)]


def _guarded(ws: Workspace, name: str, look: Callable[[Workspace, date], Check | list[Check]], today: date) -> list[Check]:
    try:
        seen = look(ws, today)
        return seen if isinstance(seen, list) else [seen]
    except Exception as error:  # a doctor reports what it finds, whatever that is
        found = Check(
            name,
            False,
            str(error).splitlines()[0] if str(error) else type(error).__name__,
            pick(ws.lang, "按提示修改后重试", "mend this and try again"),
        )
        return [found]


def _workspace(ws: Workspace, today: date) -> Check:
    return Check("workspace", True, str(ws.home))


def _policy(ws: Workspace, today: date) -> Check:
    own = ws.settings.policy_file.exists()
    return Check(
        "policy",
        True,
        pick(
            ws.lang,
            f"版本 {ws.policy.version}" + ("（含本网点设置）" if own else "（默认）"),
            f"version {ws.policy.version}" + (" with the branch's own" if own else ", the default"),
        ),
    )


def _database(ws: Workspace, today: date) -> Check:
    from coach.services.clients import ClientQuery, count_clients

    count = count_clients(ws, ClientQuery())
    where = ws.engine.url.render_as_string(hide_password=True)
    return Check(
        "database",
        True,
        pick(ws.lang, f"{where}：{count} 位客户", f"{where}: {count} clients"),
        ""
        if count
        else pick(ws.lang, "coach import 导入台账，或 coach demo 看演示", "bring in files with coach import, or try coach demo"),
    )


def _playbook(ws: Workspace, today: date) -> Check:
    from coach.services.knowledge import check

    told = check()
    first = told["problems"][0] if told["problems"] else None
    text = pick(
        ws.lang,
        f"{told['cards']} 张卡片，每种语言 {told['passages']} 段，{told['rules']} 条规则",
        f"{told['cards']} cards, {told['passages']} passages a language, {told['rules']} rules",
    )
    return Check("playbook", first is None, text, f"{first['file']}:{first['line']} {first['text']}" if first else "")


def _index(ws: Workspace, today: date) -> Check:
    from coach.services.knowledge import retriever

    hits = retriever(ws).search(pick(ws.lang, "到期", "maturity"), lang=ws.lang, k=1)
    where = ws.settings.chroma or pick(ws.lang, "本机", "embedded")
    return Check("index", bool(hits), f"Chroma {where}", "" if hits else "coach kb build")


def _calendar(ws: Workspace, today: date) -> Check:
    from coach.domain.working_days import calendar_known

    if calendar_known(today):
        return Check("calendar", True, pick(ws.lang, f"{today.year} 年节假日已知", f"holidays of {today.year} are known"))
    return Check(
        "calendar",
        False,
        pick(
            ws.lang,
            f"不知道 {today.year} 年的节假日，按周一至周五算",
            f"the holidays of {today.year} are not known; Monday to Friday is assumed",
        ),
        "pip install -U chinesecalendar",
    )


def _model(ws: Workspace, today: date) -> list[Check]:
    """The model server: reachable, its model known, how it answers, how much it reads, what is hidden from it."""
    lang, settings = ws.lang, ws.settings
    if not settings.model:
        return [Check("model", True, pick(lang, "未配置模型，使用离线引擎", "no model configured; the offline engine is used"))]
    from coach.assistant.llm.faults import Fault
    from coach.services.model import connect, names_leave

    where = f"{settings.model} @ {settings.base_url or 'OpenAI'}"
    clear = names_leave(ws)
    privacy = Check(
        "model.privacy",
        True,
        pick(lang, "本地地址已信任，姓名不遮盖", "trusted local address: names are sent in clear")
        if clear
        else pick(lang, "姓名、电话、编号发出前已遮盖", "names, phones and numbers are hidden before they leave"),
    )
    try:
        found = connect(ws, again=True).capabilities
    except Fault as fault:
        known = fault.kind != "unknown_model"
        remedy = pick(lang, "改好之前由离线引擎代替", "until then the offline engine takes its place")
        return [Check("model" if known else "model.known", False, f"{where}: {fault.line(lang)}", remedy), privacy]
    ways = {
        "json_schema": ("按 JSON Schema", "by JSON schema"), "function": ("按函数调用", "by function call"),
        "json_mode": ("按 JSON 模式", "by JSON mode"), "text": ("从文字里取 JSON", "JSON taken out of plain text"),
    }  # fmt: skip
    size = found.context
    small = bool(size and size < 3_000)
    return [
        Check("model", True, pick(lang, f"{where}：首字 {found.first_s} 秒", f"{where}: first token after {found.first_s} s")),
        Check("model.known", True, settings.model),
        Check("model.stream", True, pick(lang, "逐字返回", "streams") if found.streaming else pick(lang, "整段返回", "answers as a whole")),
        Check("model.structured", True, pick(lang, *ways[found.structured])),
        Check(
            "model.context", not small,
            pick(lang, f"{size or '未知'} 个 token", f"{size or 'unknown'} tokens"),
            pick(lang, "至少要 3000；请调大服务器的上下文", "3,000 are needed; give the server a larger context") if small else "",
        ),
        privacy,
    ]  # fmt: skip


_LOOKS: tuple[tuple[str, Callable[[Workspace, date], Check | list[Check]]], ...] = (
    ("workspace", _workspace),
    ("policy", _policy),
    ("database", _database),
    ("playbook", _playbook),
    ("index", _index),
    ("calendar", _calendar),
    ("model", _model),
)
