"""``coach serve``: Coach in a browser."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer

from coach.cli.out import Call, JsonOption, LangOption, call, plain_errors
from coach.domain.words import pick

if TYPE_CHECKING:
    from coach.web.server import Served


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("serve")(serve)


@plain_errors
def serve(
    host: Annotated[str, typer.Option(metavar="ADDRESS", help="Where to listen; default this machine only. 监听地址。")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port; 0 = any free one. 端口。")] = 8000,
    token_file: Annotated[Path | None, typer.Option(metavar="FILE", help="File with the token; - = standard input. 口令文件。")] = None,
    cert: Annotated[Path | None, typer.Option(metavar="FILE", help="Certificate (PEM) for https. 证书。")] = None,
    key: Annotated[Path | None, typer.Option(metavar="FILE", help="The certificate's key (PEM). 证书的私钥。")] = None,
    public_url: Annotated[str, typer.Option(metavar="URL", help="Address of a proxy in front of it. 前置代理的网址。")] = "",
    sessions: Annotated[int, typer.Option(min=1, max=200, help="Sessions at once at the most. 最多同时打开几个。")] = 8,
    as_json: JsonOption = False,
    lang: LangOption = None,
) -> None:
    """Open Coach in a browser; every session has a process of its own. 在浏览器里打开。"""
    now = call(as_json, lang)
    public = urlsplit(public_url)
    if public_url and (public.scheme not in ("http", "https") or not public.netloc or public.path.strip("/")):
        raise typer.BadParameter(f"--public-url {public_url!r}: an address such as https://coach.branch")
    if key is not None and cert is None:
        raise typer.BadParameter("--key goes with --cert")
    try:
        from coach.web.server import Served
    except ImportError:
        raise OSError(pick(now.lang, "缺少浏览器组件；pip install 'coach-branch[serve]'",
                           "the browser part is missing; pip install 'coach-branch[serve]'")) from None  # fmt: skip
    served = Served(host, port, _token(now, token_file), now.lang, sessions, public_url, cert, key, now.ws.home.resolve())
    if not served.local and served.token is None:
        raise OSError(pick(now.lang, f"{host} 别人也能访问，必须有口令；请加 --token-file 文件",
                           f"others can reach {public_url or host}, so a token is needed; add --token-file FILE"))  # fmt: skip
    now.ws.close()
    logging.basicConfig(level=logging.WARNING, format="coach: %(message)s", stream=sys.stderr)
    asyncio.run(_run(now, served))


def _token(now: Call, file: Path | None) -> str | None:
    """The token from its file. Raises ``OSError`` where there is none, it is short, or others can read it."""
    from coach.web.guard import LEAST_TOKEN

    if file is None:
        return None
    if str(file) == "-":
        text = sys.stdin.readline()
    else:
        try:
            text = file.read_text(encoding="utf-8-sig")
            others = sys.platform != "win32" and file.stat().st_mode & (stat.S_IROTH | stat.S_IWOTH)
        except (OSError, UnicodeError) as error:
            reason = getattr(error, "strerror", None) or "not UTF-8"
            raise OSError(
                pick(now.lang, f"口令文件读不了：{file}（{reason}）", f"the token file cannot be read: {file} ({reason})")
            ) from None  # fmt: skip
        if others:
            raise OSError(pick(now.lang, f"口令文件别人也能读：{file}；请运行 chmod 600",
                               f"others can read the token file {file}; run chmod 600 on it"))  # fmt: skip
    token = text.strip()
    if len(token) < LEAST_TOKEN:
        raise OSError(pick(now.lang, f"口令至少要 {LEAST_TOKEN} 个字符；例如用 openssl rand -hex 16 生成",
                           f"the token needs {LEAST_TOKEN} characters at the least; make one by openssl rand -hex 16"))  # fmt: skip
    return token


async def _run(now: Call, served: Served) -> None:
    """Serve until Ctrl+C or a signal; then every session's process is ended."""
    from coach.web.server import Server

    server, done = Server(served), asyncio.Event()
    try:
        runner = await server.start()
    except OSError as error:
        where = f"{served.host}:{served.port}"
        raise OSError(pick(now.lang, f"不能在 {where} 监听：{error.strerror or error}；换一个 --port",
                           f"cannot listen at {where}: {error.strerror or error}; try another --port")) from None  # fmt: skip
    loop = asyncio.get_running_loop()
    for one in (signal.SIGINT, signal.SIGTERM):
        try:
            loop.add_signal_handler(one, done.set)
        except NotImplementedError:  # Windows: Ctrl+C ends the loop itself
            break
    _told(now, server)
    try:
        await done.wait()
    finally:
        await runner.cleanup()


def _told(now: Call, server: object) -> None:
    from coach.web.server import Server

    assert isinstance(server, Server)
    served = server.served
    if now.as_json:
        told = {"url": server.url, "token": served.token is not None, "encrypted": served.encrypted, "sessions": served.sessions}
        sys.stdout.write(json.dumps(told) + "\n")
    else:
        line = pick(now.lang, f"在浏览器打开 {server.url}（Ctrl+C 结束）", f"open {server.url} in a browser (Ctrl+C ends it)")
        sys.stdout.write(line + "\n")
    sys.stdout.flush()
    if served.token is None:
        note = pick(now.lang, "没有口令：这台机器上的任何人都能打开；要限制请加 --token-file",
                    "no token: anybody on this machine can open it; --token-file guards it")  # fmt: skip
    elif not (served.local or served.encrypted):
        note = pick(
            now.lang, "没有加密：口令和客户资料在网上是明文；请加 --cert 和 --key，或在前面放 https 代理",
            "not encrypted: token and clients' data cross the network in clear; add --cert and --key, or an https proxy",
        )  # fmt: skip
    else:
        return
    sys.stderr.write(f"coach: {note}\n")
