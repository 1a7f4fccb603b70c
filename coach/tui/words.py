"""Every text of the screens in both languages, by key. ``say("today", lang)``.

Keys are dotted by screen. Contract words (stages, channels, signals) are not here: they have one
reading everywhere, :func:`coach.domain.words.label`.
"""

from __future__ import annotations

from coach.domain.words import Lang, pick
from coach.tui.words_allocation import TEXTS_ALLOCATION
from coach.tui.words_clients import TEXTS_CLIENTS
from coach.tui.words_log import TEXTS_LOG
from coach.tui.words_practice import TEXTS_PRACTICE
from coach.tui.words_practice_form import TEXTS_PRACTICE_FORM
from coach.tui.words_report import TEXTS_REPORT
from coach.tui.words_review import TEXTS_REVIEW
from coach.tui.words_supervise import TEXTS_SUPERVISE
from coach.tui.words_today import TEXTS_TODAY

TEXTS: dict[str, tuple[str, str]] = {
    "app.title": ("Coach 存量客户经营", "Coach"),
    "app.lost": ("连接断了，正在重连…", "Connection lost, reconnecting…"),
    "app.back": ("重新连上了", "Connected again"),
    "app.opening": ("正在打开网点资料…", "Opening the branch…"),
    "app.nobody": ("还没有客户经理", "no manager yet"),
    "nav.today": ("今日", "Today"),
    "nav.clients": ("客户", "Clients"),
    "nav.playbook": ("手册", "Playbook"),
    "key.quit": ("退出", "Quit"),
    "key.help": ("帮助", "Help"),
    "key.lang": ("English", "中文"),
    "key.palette": ("命令", "Commands"),
    "key.back": ("返回", "Back"),
    "key.search": ("搜索", "Search"),
    "key.open": ("打开", "Open"),
    "key.log": ("记接触", "Log"),
    "key.undo": ("撤销", "Undo"),
    "key.skip": ("今天不做", "Not today"),
    "key.copy": ("复制短信", "Copy message"),
    "key.filter": ("筛选", "Filter"),
    "key.manager": ("换人", "Manager"),
    "key.import": ("导入", "Import"),
    "key.save": ("保存", "Save"),
    "key.cancel": ("取消", "Cancel"),
    **TEXTS_CLIENTS,
}
TEXTS |= TEXTS_TODAY | TEXTS_PRACTICE | TEXTS_PRACTICE_FORM
TEXTS |= TEXTS_SUPERVISE | TEXTS_REVIEW | TEXTS_REPORT | TEXTS_ALLOCATION | TEXTS_LOG


def say(key: str, lang: Lang, **values: object) -> str:
    """The text of a key with its values put in. An unknown key raises ``KeyError``: a test walks all of them."""
    text = pick(lang, *TEXTS[key])
    return text.format(**values) if values else text
