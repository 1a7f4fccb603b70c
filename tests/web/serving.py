"""Starts ``coach serve`` as a person does, in a process of its own, and asks it things over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

TOKEN = "correct horse battery 马"


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    text: str

    @property
    def cookie(self) -> str:
        """The cookie that was set, without its attributes."""
        return self.headers.get("set-cookie", "").partition(";")[0]


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens."""

    process: subprocess.Popen[str]
    url: str

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    def ask(self, method: str, path: str, body: dict[str, str] | None = None, **headers: str) -> Answer:
        """One request; headers by their names with underscores. A ``Host`` of our own is sent as given."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        data = urlencode(body).encode() if body is not None else None
        if data is not None:
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        connection.request(method, path, body=data, headers=sent)
        got = connection.getresponse()
        found = Answer(got.status, {k.lower(): v for k, v in got.getheaders()}, got.read().decode("utf-8", "replace"))
        connection.close()
        return found

    def login(self, token: str, **headers: str) -> Answer:
        return self.ask("POST", "/login", {"token": token}, **{"Origin": self.url, **headers})

    def children(self) -> list[int]:
        """The processes that it started."""
        return children(self.process.pid)


def children(pid: int) -> list[int]:
    """Numbers of the direct children of a process (Linux)."""
    found = []
    for task in Path(f"/proc/{pid}/task").iterdir():
        found += [int(n) for n in (task / "children").read_text().split()]
    return found


def alive(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@contextmanager
def serving(home: Path, *args: str, token: str | None = None, lang: str = "zh") -> Iterator[Serving]:
    """A server in a workspace, on a free port; ended by a signal, as Ctrl+C does."""
    more: list[str] = []
    if token is not None:
        file = home.parent / "token"
        file.write_text(token + "\n", encoding="utf-8")
        file.chmod(0o600)
        more = ["--token-file", str(file)]
    environment: dict[str, Any] = {**os.environ, "COACH_HOME": str(home), "COACH_LANG": lang}
    process = subprocess.Popen(
        [sys.executable, "-m", "coach", "serve", "--port", "0", "--json", *more, *args], env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        assert line, f"the server ended with {process.wait(20)}"
        yield Serving(process, json.loads(line)["url"])
    finally:
        process.send_signal(signal.SIGINT)
        try:
            process.wait(30)
        finally:
            process.kill()
            process.wait()
            assert process.stdout is not None
            process.stdout.close()
