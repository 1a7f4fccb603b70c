"""One browser session: a Coach of its own behind a websocket, gone when the browser goes.

The packets are those of Textual's web driver, spoken by textual-serve's :class:`AppService`. Other than there, no shell
stands between, nothing that the program says at its end reaches the server's output (a traceback shows what was on the
screen), and a program that does not end by itself is ended.
"""

from __future__ import annotations

import asyncio
import ctypes
import json
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from textual_serve.app_service import AppService

log = logging.getLogger("coach.web")
PATIENCE_S = 5.0
"""Seconds that a program has to end when it is asked to; then it is told, and after as long again ended."""
_READY = b"__GANGLION__\n"
_DEATH_SIGNAL = 1
"""``PR_SET_PDEATHSIG`` of Linux."""


class Session(AppService):
    """A process and the two ways to its browser. ``command`` is run as it is, without a shell."""

    def __init__(
        self, argv: list[str], environment: dict[str, str], *, write_bytes: Callable[[bytes], Awaitable[None]],
        write_str: Callable[[str], Awaitable[None]], close: Callable[[], Awaitable[Any]],
    ) -> None:  # fmt: skip
        super().__init__("coach", write_bytes=write_bytes, write_str=write_str, close=close, download_manager=None)  # type: ignore[arg-type]
        self.argv, self.added = argv, environment

    @property
    def pid(self) -> int | None:
        """The process's number while there is one."""
        return self._process.pid if self._process is not None else None

    async def _open_app_process(self, width: int = 80, height: int = 24) -> Process:
        environment = self._build_environment(width, height) | self.added
        self._process = await asyncio.create_subprocess_exec(
            *self.argv, stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=environment, start_new_session=True, preexec_fn=_dies_with_server(),
        )  # fmt: skip
        self._stdin = self._process.stdin
        return self._process

    async def run(self) -> None:
        """Pass on what the program writes until it ends, then close the browser's side."""
        assert self._process is not None and self._process.stdout is not None
        out = self._process.stdout
        with suppress(asyncio.IncompleteReadError, ConnectionError, ValueError):
            while (line := await out.readline()) != _READY:
                if not line:
                    raise ConnectionError
            while True:
                kind = await out.readexactly(1)
                payload = await out.readexactly(int.from_bytes(await out.readexactly(4), "big"))
                with suppress(ConnectionError):  # the browser is gone; what is still written has to be taken, or nothing ends
                    if kind == b"D":
                        await self.on_data(payload)
                    elif kind == b"M":
                        await self.on_meta(payload)
        await self.remote_close()

    async def on_meta(self, data: bytes) -> None:
        """The program ended, or wants a page opened (only web addresses are)."""
        told = json.loads(data)
        if told.get("type") == "exit":
            await self.remote_close()
        elif told.get("type") == "open_url" and str(told.get("url", "")).startswith(("https://", "http://")):
            await self.remote_write_str(json.dumps(["open_url", {"url": told["url"], "new_tab": True}]))

    async def stop(self) -> None:
        """End the process: asked, told, ended. Returns when it is gone."""
        process, self._process = self._process, None
        if process is None:
            return
        await self.send_meta({"type": "quit"})
        if process.stdin is not None:
            process.stdin.close()
        for send in (None, signal.SIGTERM, getattr(signal, "SIGKILL", signal.SIGTERM)):
            if send is not None:
                _signal(process, send)
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(process.wait(), PATIENCE_S)
                break
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._task
            self._task = None


def _signal(process: Process, send: int) -> None:
    """To the program and whatever it started."""
    with suppress(ProcessLookupError, PermissionError):
        if hasattr(os, "killpg"):
            os.killpg(process.pid, send)
        else:
            process.send_signal(send)


def _dies_with_server() -> Callable[[], None] | None:
    """Linux: the program is told to end where the server is killed outright. Elsewhere nothing is done."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)
    return lambda: libc.prctl(_DEATH_SIGNAL, signal.SIGTERM)
