"""The server: pages, the login, one websocket a session. Only this machine is served unless an address is given."""

from __future__ import annotations

import asyncio
import json
import logging
import re
import ssl
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import textual_serve
from aiohttp import WSCloseCode, WSMsgType, web

from coach.domain.words import Lang, pick
from coach.web.guard import SESSION_S, Guard, is_loopback, place_of
from coach.web.pages import login_page, refusal_page, terminal_page
from coach.web.process import Session

log = logging.getLogger("coach.web")
FAILURE_S = 0.5
"""Seconds before a wrong token is answered."""
MOST_BODY = 4096
MOST_MESSAGE = 1 << 20
"""Bytes of one message from a browser: a paste of that size at the most."""
HEARTBEAT_S = 15.0
"""A browser that does not answer for so long is gone."""
_CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would take the origin off the login form
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HOST = re.compile(r"[A-Za-z0-9._-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Served:
    """How Coach is served."""

    host: str = "127.0.0.1"
    port: int = 8000
    """0: any that is free."""
    token: str | None = None
    lang: Lang = "zh"
    sessions: int = 8
    """Processes at the most."""
    public_url: str = ""
    """Address under which a proxy in front of it is reached; empty: none stands there."""
    cert: Path | None = None
    key: Path | None = None
    home: Path | None = None

    @property
    def local(self) -> bool:
        """Whether nobody but this machine can reach it."""
        return is_loopback(self.host) and not (self.public_url and not is_loopback(urlsplit(self.public_url).hostname or ""))

    @property
    def encrypted(self) -> bool:
        return self.cert is not None or self.public_url.startswith("https://")


class Server:
    """Holds the sessions. ``argv``: the program that each gets, the language is added."""

    def __init__(self, served: Served, argv: list[str] | None = None) -> None:
        if not served.local and served.token is None:
            raise ValueError("an address that others can reach needs a token")
        self.served, self.guard = served, Guard(served.token)
        self.argv = argv or [sys.executable, "-m", "coach"]
        self.running: dict[Session, web.WebSocketResponse] = {}
        self.port = served.port
        self.cookie = "coach_session"

    # -- up and down

    async def start(self) -> web.AppRunner:
        """Listen. Raises ``OSError`` where the address is taken, or a certificate cannot be read."""
        app = web.Application(middlewares=[self._guarded], client_max_size=MOST_BODY)
        statics = Path(textual_serve.__file__).parent / "static"
        app.add_routes([
            web.get("/", self._index), web.post("/login", self._login), web.post("/logout", self._logout),
            web.get("/ws/{lang:zh|en}", self._socket), web.static("/static", statics),
            web.static("/assets", Path(__file__).parent / "static"),
        ])  # fmt: skip
        app.on_shutdown.append(self._close_all)
        runner = web.AppRunner(app, access_log=None, handle_signals=False, shutdown_timeout=2)
        await runner.setup()
        context = None
        if self.served.cert is not None:
            context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            context.load_cert_chain(self.served.cert, self.served.key)
        site = web.TCPSite(runner, self.served.host, self.served.port, ssl_context=context)
        await site.start()
        self.port = runner.addresses[0][1]
        self.cookie = f"coach_session_{self.port}"  # cookies do not know ports: two servers on one machine keep apart
        return runner

    async def _close_all(self, app: web.Application) -> None:
        sockets = list(self.running.values())
        await asyncio.gather(*(s.close(code=WSCloseCode.GOING_AWAY) for s in sockets), return_exceptions=True)
        while self.running:
            await asyncio.sleep(0.05)

    @property
    def url(self) -> str:
        """Where a browser finds it."""
        if self.served.public_url:
            return self.served.public_url.rstrip("/")
        host = f"[{self.served.host}]" if ":" in self.served.host else self.served.host
        return f"{'https' if self.served.cert else 'http'}://{host}:{self.port}"

    # -- who may

    @web.middleware
    async def _guarded(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Only under the names that are ours, and what changes or opens anything only from our own pages."""
        if not self._own_host(request.host):
            return self._page(refusal_page(self.served.lang, self._say("请用 {} 打开", "open it at {}").format(self.url)), 421)
        if (request.method == "POST" or request.path.startswith("/ws/")) and not self._own_origin(request):
            return self._page(refusal_page(self.served.lang, self._say("只能从本页打开", "only from this page")), 403)
        try:
            response = await handler(request)
        except web.HTTPException as error:
            error.headers.update(_HEADERS)
            raise
        if not response.prepared:
            for name, value in _HEADERS.items():
                response.headers.setdefault(name, value)
            response.headers.setdefault("Cache-Control", "no-store" if request.path in ("/", "/login") else "no-cache")
        return response

    def _own_host(self, host: str) -> bool:
        """A page of another name that points to this machine (DNS rebinding) gets nothing where no token guards."""
        if not _HOST.fullmatch(host):
            return False
        parts = urlsplit(f"//{host}")
        if self.served.public_url and host == urlsplit(self.served.public_url).netloc:
            return True
        return self.served.token is not None or is_loopback(parts.hostname or "")

    def _own_origin(self, request: web.Request) -> bool:
        origin = urlsplit(request.headers.get("Origin", ""))
        if self.served.public_url and (origin.scheme, origin.netloc) == urlsplit(self.served.public_url)[:2]:
            return True
        return origin.scheme == ("https" if self.served.cert else "http") and origin.netloc == request.host

    def _admitted(self, request: web.Request) -> bool:
        return self.guard.admits(request.cookies.get(self.cookie))

    # -- pages

    def _say(self, zh: str, en: str) -> str:
        return pick(self.served.lang, zh, en)

    def _lang(self, request: web.Request) -> Lang:
        wanted = request.query.get("lang")
        return "zh" if wanted == "zh" else "en" if wanted == "en" else self.served.lang

    def _page(self, text: str, status: int = 200) -> web.Response:
        return web.Response(text=text, status=status, content_type="text/html", headers=_HEADERS | {"Cache-Control": "no-store"})

    async def _index(self, request: web.Request) -> web.Response:
        lang = self._lang(request)
        if not self._admitted(request):
            return self._page(login_page(lang))
        if self._full:
            return self._page(refusal_page(lang, pick(lang, "同时打开的太多，请先关掉一个", "Too many are open; close one first")), 503)
        size = request.query.get("fontsize", "16")
        scheme = "wss" if self.served.encrypted else "ws"
        host = urlsplit(self.served.public_url).netloc or request.host
        socket = f"{scheme}://{host}"
        page = terminal_page(
            lang, f"{socket}/ws/{lang}", font_size=min(max(int(size) if size.isdecimal() and len(size) < 4 else 16, 8), 40),
            guarded=self.served.token is not None,
        )  # fmt: skip
        found = self._page(page)
        found.headers["Content-Security-Policy"] = _CSP.replace("connect-src 'self'", f"connect-src 'self' {socket}")
        return found

    async def _login(self, request: web.Request) -> web.StreamResponse:
        lang, place = self._lang(request), place_of(request.remote)
        given = str((await request.post()).get("token", ""))
        if wait := self.guard.wait(place):
            return self._wait(lang, wait)
        secret = self.guard.login(given.strip(), place)
        if secret is None:
            log.warning("a wrong token from %s", place or "somewhere")
            await asyncio.sleep(FAILURE_S)
            if wait := self.guard.wait(place):
                return self._wait(lang, wait)
            return self._page(login_page(lang, pick(lang, "口令不对", "That is not the token")), 403)
        found = web.HTTPSeeOther(f"/?lang={lang}")
        found.set_cookie(
            self.cookie, secret, max_age=SESSION_S, httponly=True, samesite="Strict", secure=self.served.encrypted, path="/"
        )
        raise found

    def _wait(self, lang: Lang, wait: int) -> web.Response:
        told = pick(lang, f"试错太多次，请 {wait} 秒后再试", f"Too many wrong tokens; try again in {wait} s")
        page = self._page(login_page(lang, told), 429)
        page.headers["Retry-After"] = str(wait)
        return page

    async def _logout(self, request: web.Request) -> web.StreamResponse:
        self.guard.logout(request.cookies.get(self.cookie))
        found = web.HTTPSeeOther("/")
        found.del_cookie(self.cookie, path="/")
        raise found

    # -- a session

    @property
    def _full(self) -> bool:
        return len(self.running) >= self.served.sessions

    async def _socket(self, request: web.Request) -> web.StreamResponse:
        if not self._admitted(request):
            return self._page(refusal_page(self.served.lang, self._say("请先登录", "log in first")), 403)
        if self._full:
            log.warning("no more than %d sessions", self.served.sessions)
            return self._page(refusal_page(self.served.lang, self._say("同时打开的太多", "too many are open")), 503)
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=MOST_MESSAGE)
        argv = [*self.argv, "--lang", request.match_info["lang"]]
        home = {"COACH_HOME": str(self.served.home)} if self.served.home else {}
        session = Session(argv, home, write_bytes=socket.send_bytes, write_str=socket.send_str, close=socket.close)
        self.running[session] = socket
        try:
            await socket.prepare(request)
            await session.start(_size(request, "width", 80, 20, 600), _size(request, "height", 24, 5, 300))
            async for message in socket:
                if message.type == WSMsgType.TEXT:
                    await _pass_on(session, socket, message.data)
        except (ConnectionError, OSError) as error:
            log.warning("a session ended: %s", type(error).__name__)
        finally:
            try:
                await asyncio.shield(session.stop())
            finally:
                self.running.pop(session, None)
        return socket


async def _pass_on(session: Session, socket: web.WebSocketResponse, data: str) -> None:
    """One message of the browser's terminal: keys, its size, whether it is looked at. Anything else is not answered."""
    try:
        kind, *rest = json.loads(data)
        said: Any = rest[0] if rest else None
        if kind == "stdin":
            await session.send_bytes(str(said).encode("utf-8", "surrogatepass").decode("utf-8", "replace").encode())
        elif kind == "resize":
            await session.set_terminal_size(min(max(int(said["width"]), 20), 600), min(max(int(said["height"]), 5), 300))
        elif kind == "ping":
            await socket.send_json(["pong", str(said)[:40]])
        elif kind == "blur":
            await session.blur()
        elif kind == "focus":
            await session.focus()
    except (ValueError, TypeError, KeyError):
        return


def _size(request: web.Request, name: str, usual: int, least: int, most: int) -> int:
    given = request.query.get(name, "")
    return min(max(int(given), least), most) if given.isdecimal() and len(given) < 6 else usual
