"""The three pages: log in, the terminal, and a refusal. Everything that they load comes from this server."""

from __future__ import annotations

from html import escape

from coach.domain.words import Lang, pick

_HEAD = """<!DOCTYPE html>
<html lang="{html_lang}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<link rel="icon" href="data:,">
{more}<link rel="stylesheet" href="/assets/coach.css">
</head>
"""


def _head(lang: Lang, more: str = "") -> str:
    return _HEAD.format(html_lang="zh-CN" if lang == "zh" else "en", title=pick(lang, "Coach 存量客户经营", "Coach"), more=more)


def login_page(lang: Lang, wrong: str = "") -> str:
    """Asks for the token; ``wrong`` says what was the matter with the last one."""
    other: Lang = "en" if lang == "zh" else "zh"
    told = f'<p class="wrong" role="alert">{escape(wrong)}</p>' if wrong else ""
    return _head(lang) + f"""<body class="form">
<form method="post" action="/login?lang={lang}">
<h1>Coach</h1>
<p>{pick(lang, "存量客户经营", "Looking after the customers you have")}</p>
<label for="token">{pick(lang, "口令", "Token")}</label>
<input id="token" name="token" type="password" autocomplete="current-password" autofocus required maxlength="512">
{told}
<button type="submit">{pick(lang, "进入", "Log in")}</button>
<p class="lang"><a href="/?lang={other}">{pick(lang, "English", "中文")}</a></p>
</form>
</body>
</html>
"""


def terminal_page(lang: Lang, websocket: str, *, font_size: int, guarded: bool) -> str:
    """The screens. ``websocket`` is the address of the session's socket; ``guarded`` = one can log out."""
    scripts = (
        '<link rel="stylesheet" href="/static/css/xterm.css">\n<script src="/static/js/textual.js"></script>\n'
        '<script src="/assets/coach.js" defer></script>\n'
    )
    leave = f'<form method="post" action="/logout"><button type="submit">{pick(lang, "退出登录", "Log out")}</button></form>'
    return _head(lang, scripts) + f"""<body>
<div class="over opening"><div class="box">{pick(lang, "正在打开 Coach…", "Opening Coach…")}</div></div>
<div class="over closed"><div class="box">
<p>{pick(lang, "已经结束。没有保存的输入不会保留。", "The session has ended. What was not saved is gone.")}</p>
<button type="button" id="again">{pick(lang, "重新打开", "Open again")}</button>
{leave if guarded else ""}
</div></div>
<div id="terminal" class="textual-terminal" data-session-websocket-url="{escape(websocket)}" data-font-size="{font_size}"></div>
</body>
</html>
"""


def refusal_page(lang: Lang, text: str) -> str:
    """One line that says why not."""
    return _head(lang) + f'<body class="form"><form><h1>Coach</h1><p class="wrong" role="alert">{escape(text)}</p></form></body>\n</html>\n'
