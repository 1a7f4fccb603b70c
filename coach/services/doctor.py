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
    return [_guarded(ws, name, look, today) for name, look in _LOOKS]


def _guarded(ws: Workspace, name: str, look: Callable[[Workspace, date], Check], today: date) -> Check:
    try:
        return look(ws, today)
    except Exception as error:  # a doctor reports what it finds, whatever that is
        return Check(
            name,
            False,
            str(error).splitlines()[0] if str(error) else type(error).__name__,
            pick(ws.lang, "按提示修改后重试", "mend this and try again"),
        )


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


def _model(ws: Workspace, today: date) -> Check:
    if not ws.settings.model:
        return Check("model", True, pick(ws.lang, "未配置模型，使用离线引擎", "no model configured; the offline engine is used"))
    return Check("model", True, f"{ws.settings.model} @ {ws.settings.base_url or 'OpenAI'}")


_LOOKS: tuple[tuple[str, Callable[[Workspace, date], Check]], ...] = (
    ("workspace", _workspace),
    ("policy", _policy),
    ("database", _database),
    ("playbook", _playbook),
    ("index", _index),
    ("calendar", _calendar),
    ("model", _model),
)
