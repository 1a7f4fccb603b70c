"""``coach serve`` over HTTP: refusals, the cookie, other origins and names, what the pages load, nothing secret anywhere."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from coach.cli.app import app
from tests.web.serving import TOKEN, Serving, serving

WS = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec_WebSocket_Version": "13", "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ=="}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("serve") / "home"
    home.mkdir()
    with serving(home, token=TOKEN) as server:
        yield server


@pytest.fixture(scope="module")
def free(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    home = tmp_path_factory.mktemp("free") / "home"
    home.mkdir()
    with serving(home, lang="en") as server:
        yield server


Refused = Callable[..., str]


@pytest.fixture
def refused(monkeypatch: pytest.MonkeyPatch) -> Refused:
    """What a server that does not start says, in one line."""
    monkeypatch.setenv("COACH_LANG", "en")

    def told(*args: str, given: str | None = None) -> str:
        done = CliRunner().invoke(app, ["serve", *args], input=given)
        assert done.exit_code == 1 and done.stdout == "" and len(done.stderr.splitlines()) == 1, done
        return done.stderr

    return told


@pytest.mark.parametrize("args", [["--host", "0.0.0.0"], ["--public-url", "https://coach.branch"]])
def test_others_are_not_served_without_a_token(refused: Refused, args: list[str]) -> None:
    assert "--token-file" in refused(*args, "--port", "0")


def test_a_bad_token_file_and_a_taken_port_are_one_line(refused: Refused, tmp_path: Path) -> None:
    short, open_ = tmp_path / "short", tmp_path / "open"
    short.write_text("secret\n")
    short.chmod(0o600)
    assert "12" in (told := refused("--token-file", str(short))) and "secret" not in told
    open_.write_text("a long secret that others can read\n")
    open_.chmod(0o644)
    assert "chmod 600" in refused("--token-file", str(open_))
    assert "cannot be read" in refused("--token-file", str(tmp_path / "none"))
    assert "12" in refused("--token-file", "-", given="short\n")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert "try another --port" in refused("--port", str(taken.getsockname()[1]))


def test_login_gives_a_cookie_that_scripts_cannot_read(guarded: Serving) -> None:
    page = guarded.ask("GET", "/")
    assert page.status == 200 and 'type="password"' in page.text and "/ws/" not in page.text and "口令" in page.text
    assert "Token" in guarded.ask("GET", "/?lang=en").text
    done = guarded.login(TOKEN)
    assert done.status == 303 and done.headers["location"] == "/?lang=zh"
    attributes = {part.strip().lower() for part in done.headers["set-cookie"].split(";")[1:]}
    assert {"httponly", "samesite=strict", "path=/"} <= attributes and TOKEN not in done.headers["set-cookie"]
    inside = guarded.ask("GET", "/?lang=en", Cookie=done.cookie)
    assert f"ws://127.0.0.1:{guarded.port}/ws/en" in inside.text and inside.headers["cache-control"] == "no-store"
    out = guarded.ask("POST", "/logout", {}, Cookie=done.cookie, Origin=guarded.url)
    assert out.status == 303 and 'type="password"' in guarded.ask("GET", "/", Cookie=done.cookie).text


def test_a_wrong_token_is_refused_and_guessing_is_slowed(guarded: Serving) -> None:
    statuses = [guarded.login("wrong token " + str(n)).status for n in range(4)]
    assert statuses[0] == 403 and 429 in statuses
    slowed = guarded.login(TOKEN)
    assert slowed.status == 429 and int(slowed.headers["retry-after"]) > 0 and "set-cookie" not in slowed.headers


@pytest.mark.parametrize("origin", ["http://evil.example", "https://127.0.0.1:{port}", "null", None, "http://127.0.0.1:1"])
def test_another_origin_opens_nothing(free: Serving, guarded: Serving, origin: str | None) -> None:
    for server in (free, guarded):
        headers = {} if origin is None else {"Origin": origin.format(port=server.port)}
        assert server.ask("GET", "/ws/zh", **WS, **headers).status == 403
        assert server.ask("POST", "/login", {"token": TOKEN}, **headers).status == 403
        assert not server.children()


def test_our_own_origin_without_a_login_opens_nothing(guarded: Serving) -> None:
    assert guarded.ask("GET", "/ws/zh", **WS, Origin=guarded.url).status == 403
    assert guarded.ask("GET", "/ws/zh", **WS, Origin=guarded.url, Cookie=f"coach_session_{guarded.port}=guess").status == 403
    assert not guarded.children()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "a b", "x;y"])
def test_another_name_for_this_machine_is_told_the_right_one(free: Serving, host: str) -> None:
    assert free.ask("GET", "/", Host=host).status == 421
    assert "/ws/en" in free.ask("GET", "/", Host=f"localhost:{free.port}").text


def test_everything_that_a_page_loads_is_here(free: Serving) -> None:
    """A branch has no internet, and nothing of a client is to reach another server."""
    page = free.ask("GET", "/")
    assert not re.findall(r"(?:src|href)=\"https?:", page.text)
    for path in re.findall(r"(?:src|href)=\"(/[^\"?]+)\"", page.text):
        asset = free.ask("GET", path)
        assert asset.status == 200, path
        if path.endswith(".css"):
            assert not re.search(r"url\([\"']?https?:|@import", asset.text), path
            for font in re.findall(r"url\(\"(/[^\"]+)\"\)", asset.text):
                assert free.ask("GET", font).status == 200, font
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self';" in policy and "frame-ancestors 'none'" in policy
    assert f"connect-src 'self' ws://127.0.0.1:{free.port};" in policy
    for path in ("/static/", "/static/../server.py", "/assets/..%2fserver.py", "/download/x", "/nothing"):
        assert free.ask("GET", path).status in (403, 404), path


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs Linux's /proc")
def test_the_token_is_in_no_process_list(guarded: Serving) -> None:
    for name in ("cmdline", "environ"):
        assert TOKEN.encode() not in Path(f"/proc/{guarded.process.pid}/{name}").read_bytes()
