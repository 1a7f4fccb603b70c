"""What is configured, reachable and built, each with its remedy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from coach.domain.words import Lang, pick
from coach.services.workspace import Workspace

if TYPE_CHECKING:
    from coach.assistant.llm.asking import Capabilities
    from coach.assistant.llm.listing import Server

LEAST_CONTEXT = 3_000
"""Tokens: the longest prompt of a suggestion and its answer, with a repair behind it."""


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


def _database(ws: Workspace, today: date) -> list[Check]:
    from coach.services.clients import ClientQuery, count_clients
    from coach.store.db import address

    count = count_clients(ws, ClientQuery())
    where = address(ws.engine)
    found = Check(
        "database",
        True,
        pick(ws.lang, f"{where}：{count} 位客户", f"{where}: {count} clients"),
        ""
        if count
        else pick(ws.lang, "coach import 导入台账，或 coach demo 看演示", "bring in files with coach import, or try coach demo"),
    )
    return [found, *_server(ws)]


def _server(ws: Workspace) -> list[Check]:
    """The PostgreSQL server that the branch shares, where it does."""
    from coach.services.database import server
    from coach.store.db import HEAD

    if (told := server(ws)) is None:
        return []
    kept = pick(
        ws.lang, f"PostgreSQL {told.version}，结构版本 {HEAD}，{told.answer_ms} 毫秒应答，连接 {told.connections}/{told.most}",
        f"PostgreSQL {told.version}, revision {HEAD}, answers in {told.answer_ms} ms, connections {told.connections} of {told.most}",
    )  # fmt: skip
    full = told.connections > told.most * 0.9
    more = pick(ws.lang, "调大服务器的 max_connections", "raise the server's max_connections") if full else ""
    utf8 = told.encoding == "UTF8"
    again = pick(ws.lang, "新建一个 ENCODING 'UTF8' 的数据库再导入", "make a database with ENCODING 'UTF8' and bring the files in there")
    open_line = not told.encrypted and not told.local
    secure = pick(ws.lang, "服务器开启 ssl，地址加 ?sslmode=require", "turn on ssl in the server and add ?sslmode=require to the address")
    way = ("加密连接", "encrypted") if told.encrypted else ("本机连接，未加密", "this machine, not encrypted")
    return [
        Check("database.server", not full, kept, more),
        Check("database.encoding", utf8, f"{told.encoding}, {told.collation}", "" if utf8 else again),
        Check("database.connection", not open_line, pick(ws.lang, *(("未加密", "not encrypted") if open_line else way)),
              secure if open_line else ""),
    ]  # fmt: skip


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


def _log(ws: Workspace, today: date) -> Check:
    """Whether the coaching log's anchors keep up with it. That it is whole is for ``coach log verify`` to say."""
    from coach.services.log_anchor import anchor_line, anchor_state

    state = anchor_state(ws)
    many = "" if state.hidden else pick(ws.lang, f" {state.entries} 条", f", {state.entries} entries")
    told = pick(ws.lang, f"辅导日志{many}；", f"coaching log{many}; ") + anchor_line(ws, state)
    return Check("log", state.ok, told, "" if state.ok else "coach log verify" if state.ahead else "coach log anchor")


def _index(ws: Workspace, today: date) -> list[Check]:
    from coach.playbook.dense import public
    from coach.services.knowledge import cautions, retriever

    hits = retriever(ws).search(pick(ws.lang, "到期", "maturity"), lang=ws.lang, k=1)
    where = public(ws.settings.chroma) if ws.settings.chroma else pick(ws.lang, "本机", "embedded")
    found = Check("index", bool(hits), f"Chroma {where}", "" if hits else "coach kb build")
    return [found, *(Check("index.vectors", False, line) for line in cautions(ws, ws.lang)[:1])]


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
    from coach.assistant.llm.asking import public
    from coach.assistant.llm.faults import Fault
    from coach.services.model import connect

    where = f"{settings.model} @ {public(settings.base_url) or 'OpenAI'}"
    until_then = pick(lang, "改好之前由离线引擎代替", "until then the offline engine takes its place")
    try:
        told = _listed(ws)
    except Fault as fault:
        return [Check("model", False, f"{where}: {fault.line(lang)}", until_then), _privacy(ws)]
    reached = Check("model", True, pick(lang, f"{where}：连得上", f"{where}: reachable"))
    try:
        found = connect(ws, again=True, told=told).capabilities
    except Fault as fault:
        part = "model.known" if fault.kind == "unknown_model" else "model.stream"
        return [reached, Check(part, False, fault.line(lang), until_then), _privacy(ws)]
    listed, unlisted = ("服务器列出了它", "the server lists it"), ("服务器不列模型，但答了", "no list, but it answers")
    known = pick(lang, *(listed if told.models else unlisted))
    return [reached, Check("model.known", True, f"{settings.model}: {known}"), *_abilities(found, lang), _privacy(ws)]


def _listed(ws: Workspace) -> Server:
    """What the server says of itself. Raises :class:`~coach.assistant.llm.faults.Fault`."""
    from coach.assistant.llm.connection import Connection
    from coach.assistant.llm.listing import server

    key = ws.settings.api_key.get_secret_value()
    return server(Connection(ws.settings.base_url, key, ws.settings.model), key)


def _abilities(found: Capabilities, lang: Lang) -> list[Check]:
    """How the server answers, and how much it reads."""
    streams = pick(lang, "逐字返回", "streams") if found.streaming else pick(lang, "整段返回", "answers as a whole")
    first = pick(lang, f"，首字 {found.first_s} 秒", f", first token after {found.first_s} s")
    usage = "" if found.usage or not found.streaming else pick(lang, "，不报用量", ", tells no usage")
    ways = {
        "json_schema": ("按 JSON Schema", "by JSON schema"), "function": ("按函数调用", "by function call"),
        "json_mode": ("按 JSON 模式", "by JSON mode"), "text": ("从文字里取 JSON", "JSON taken out of plain text"),
    }  # fmt: skip
    better = pick(lang, "能用；换支持 response_format 的服务器更稳", "works; a server with response_format is surer")
    size = found.context
    small = size is not None and size < LEAST_CONTEXT
    enlarge = pick(
        lang, f"至少要 {LEAST_CONTEXT}；请调大服务器的上下文（--ctx-size、--max-model-len、OLLAMA_CONTEXT_LENGTH）",
        f"{LEAST_CONTEXT} are needed; give the server more (--ctx-size, --max-model-len, OLLAMA_CONTEXT_LENGTH)",
    )  # fmt: skip
    read = pick(lang, "服务器没有说", "the server does not tell") if size is None else pick(lang, f"{size} 个 token", f"{size} tokens")
    return [
        Check("model.stream", True, streams + first + usage),
        Check("model.structured", True, pick(lang, *ways[found.structured]), better if found.structured == "text" else ""),
        Check("model.context", not small, read, enlarge if small else ""),
    ]


def _privacy(ws: Workspace) -> Check:
    """What the model gets to know of who a client is."""
    from coach.services.model import names_leave

    if names_leave(ws):
        return Check("model.privacy", True, pick(ws.lang, "本地地址已信任，姓名不遮盖", "trusted local address: names are sent in clear"))
    hidden = pick(ws.lang, "姓名、电话、编号发出前已遮盖", "names, phones and numbers are hidden before they leave")
    vain = pick(ws.lang, "trust_local 只对本机和内网地址有效", "trust_local holds for this machine and private networks only")
    return Check("model.privacy", True, hidden, vain if ws.settings.trust_local else "")


_LOOKS: tuple[tuple[str, Callable[[Workspace, date], Check | list[Check]]], ...] = (
    ("workspace", _workspace),
    ("policy", _policy),
    ("database", _database),
    ("log", _log),
    ("playbook", _playbook),
    ("index", _index),
    ("calendar", _calendar),
    ("model", _model),
)
