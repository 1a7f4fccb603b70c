"""Coach in a real browser: log in, open a client, type Chinese, get a suggestion; gone with the tab. Chromium where it is there."""

from __future__ import annotations

import functools
import http.server
import os
import shutil
import sqlite3
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.tui.branch import WANG, make
from tests.web.serving import TOKEN, Serving, alive, children, serving

sync_api = pytest.importorskip("playwright.sync_api", reason="needs playwright (the dev extra)")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium, which is not installed here"),
    pytest.mark.skipif(sys.platform != "linux", reason="looks at processes in /proc"),
]
ARGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync"]  # fmt: skip
LISTEN = """
window.__out = ""; window.__close = null;
const decoder = new TextDecoder();
window.WebSocket = class extends WebSocket {
  constructor(...args) {
    super(...args);
    this.addEventListener("message", e => { if (typeof e.data != "string") window.__out += decoder.decode(e.data, {stream: true}); });
    this.addEventListener("close", e => { window.__close = e.code; });
  }
};
"""
"""What the program draws is on a canvas: its text is read from the socket."""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small branch with its index made: each session opens it anew."""
    from coach.services.knowledge import retriever

    home = tmp_path_factory.mktemp("web") / "home"
    ws = make(home)
    retriever(ws)
    ws.close()
    return home


@pytest.fixture(scope="module")
def server(home: Path) -> Iterator[Serving]:
    with serving(home, token=TOKEN) as running:
        yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with sync_api.sync_playwright() as play:
        opened = play.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield opened
        opened.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 760})
    context.add_init_script(LISTEN)
    yield context.new_page()
    context.close()


def until(page: Any, holds: Callable[[], Any], seconds: float = 40.0) -> None:
    """Let the browser run until something holds."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, f"not within {seconds} s"
        page.wait_for_timeout(100)


def drawn(page: Any) -> str:
    return str(page.evaluate("window.__out"))


def picture(page: Any, name: str) -> None:
    """Kept for a person to look at, where COACH_SHOTS says where."""
    if folder := os.environ.get("COACH_SHOTS"):
        page.wait_for_timeout(600)
        page.screenshot(path=str(Path(folder) / f"{name}.png"))


def log_in(page: Any, server: Serving, lang: str = "zh") -> None:
    page.goto(f"{server.url}/?lang={lang}")
    page.fill("#token", TOKEN)
    page.click("button[type=submit]")
    page.wait_for_selector("body.-first-byte")


def shown(home: Path) -> int:
    """Suggestions that the log tells were shown of one client."""
    with closing(sqlite3.connect(home / "coach.db")) as db:
        asked = "SELECT count(*) FROM log_entry WHERE kind = 'suggestion_shown' AND client_no = ?"
        return int(db.execute(asked, (WANG,)).fetchone()[0])


def test_a_client_is_found_in_chinese_and_gets_a_suggestion(page: Any, server: Serving, home: Path) -> None:
    asked: list[str] = []
    faults: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.goto(server.url)
    picture(page, "login")
    page.fill("#token", "not the token at all")
    page.click("button[type=submit]")
    page.wait_for_selector(".wrong")
    assert "口令不对" in page.inner_text(".wrong") and not server.children()
    faults.clear()  # the browser notes the 403 of the page itself
    log_in(page, server)
    until(page, lambda: "王秀英" in drawn(page) or "陈静" in drawn(page))
    picture(page, "today")
    page.keyboard.press("F3")
    until(page, lambda: "位客户" in drawn(page))
    page.keyboard.press("/")
    page.evaluate("window.__out = ''")
    page.keyboard.insert_text("王秀英")
    until(page, lambda: "1 位客户" in drawn(page))
    picture(page, "search")
    page.keyboard.press("Enter")
    page.wait_for_timeout(300)
    page.evaluate("window.__out = ''")
    page.keyboard.press("Enter")
    until(page, lambda: shown(home) and "太极拳" in drawn(page))
    picture(page, "client")
    page.evaluate("window.__out = ''")
    page.keyboard.press("F9")
    until(page, lambda: "Back" in drawn(page))
    picture(page, "client-en")
    assert asked and all(url.startswith((server.url, "data:")) for url in asked), "a branch has no internet"
    assert not faults
    (child,) = server.children()
    page.close()
    until_gone(child)


def until_gone(*pids: int, seconds: float = 20.0) -> None:
    end = time.monotonic() + seconds
    while any(alive(pid) for pid in pids):
        assert time.monotonic() < end, "the process outlived its browser"
        time.sleep(0.05)


def test_each_tab_has_a_process_and_leaving_ends_it(page: Any, server: Serving) -> None:
    log_in(page, server, "en")
    second = page.context.new_page()
    second.goto(server.url)
    second.wait_for_selector("body.-first-byte")
    until(page, lambda: len(server.children()) == 2)
    for pid in server.children():
        assert all(TOKEN.encode() not in Path(f"/proc/{pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
    until(second, lambda: "陈静" in drawn(second))
    second.keyboard.press("Control+q")
    second.wait_for_selector("body.-closed")
    until(page, lambda: len(server.children()) == 1)
    picture(second, "closed")
    second.click("#again")
    second.wait_for_selector("body.-first-byte")
    left = server.children()
    page.context.close()
    until_gone(*left)


def test_a_page_of_another_origin_opens_nothing_even_when_logged_in(page: Any, server: Serving, tmp_path: Path) -> None:
    """Same machine, other port: to the browser it is the same site, so the cookie goes along, and only the origin tells."""
    (tmp_path / "index.html").write_text("<title>other</title>", encoding="utf-8")
    quiet = type("Quiet", (http.server.SimpleHTTPRequestHandler,), {"log_message": lambda *args: None})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(quiet, directory=str(tmp_path))) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        log_in(page, server)
        mine = server.children()
        evil = page.context.new_page()
        evil.goto(f"http://127.0.0.1:{other.server_address[1]}/")
        told = evil.evaluate(
            "url => new Promise(done => { const s = new WebSocket(url);"
            " s.onopen = () => done('open'); s.onerror = () => done('refused'); })",
            f"ws://127.0.0.1:{server.port}/ws/zh?width=80&height=24",
        )
        assert told == "refused" and server.children() == mine
        framed = evil.evaluate(
            "url => new Promise(done => { const f = document.createElement('iframe'); f.src = url; f.onload = () => {"
            " try { done(f.contentDocument ? f.contentDocument.title : 'hidden'); } catch { done('hidden'); } };"
            " document.body.append(f); })",
            server.url,
        )
        assert framed != "Coach 存量客户经营" and server.children() == mine, "nor does it open in a frame of another page"
        other.shutdown()


def test_processes_end_with_the_server_even_when_it_is_killed(page: Any, home: Path) -> None:
    for how in ("SIGTERM", "SIGKILL"):
        with serving(home) as free:
            page.goto(free.url)
            page.wait_for_selector("body.-first-byte")
            (child,) = children(free.process.pid)
            (free.process.terminate if how == "SIGTERM" else free.process.kill)()
            free.process.wait(30)
            until_gone(child)
            page.wait_for_selector("body.-closed")
