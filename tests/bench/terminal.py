"""A program in a pseudo-terminal of its own: keys go in, what it paints is read until something stands there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import TracebackType

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 120, 36
ESCAPES = re.compile(rb"\x1b(?:\[[0-9;?<>=!$]*[ -/]*[@-~]|[\]P_^][^\x07\x1b]*(?:\x07|\x1b\\)|[@-_])")
LIMIT = 60.0
F2, F3, F4 = b"\x1bOQ", b"\x1bOR", b"\x1bOS"
PAGE_DOWN, DOWN, END, HOME, ENTER, ESCAPE, CLEAR = b"\x1b[6~", b"\x1b[B", b"\x1b[F", b"\x1b[H", b"\r", b"\x1b", b"\x15"
COACH = "import sys\nsys.argv = ['coach']\nfrom coach.__main__ import main\nmain()\n"


class Terminal:
    """``with Terminal(program, home) as t``: started at once, killed at the end. Times in seconds."""

    def __init__(self, program: str, home: Path, lang: str = "zh") -> None:
        self.started = time.perf_counter()
        self._got = b""
        self.pid, self._master = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            env = {"COACH_HOME": str(home), "COACH_LANG": lang, "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
            os.execve(sys.executable, [sys.executable, "-c", program], {**os.environ, **env})
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        os.close(self._master)

    def press(self, keys: bytes | str, shown: Callable[[str], object]) -> float:
        """Seconds from a key to the moment when what was painted since then holds what is looked for."""
        self.settle()
        return self.press_now(keys, shown)

    def press_now(self, keys: bytes | str, shown: Callable[[str], object]) -> float:
        """The same without waiting first until nothing more is painted."""
        self._got = b""
        started = time.perf_counter()
        os.write(self._master, keys.encode() if isinstance(keys, str) else keys)
        self.until(shown)
        return time.perf_counter() - started

    def until(self, shown: Callable[[str], object]) -> float:
        """Seconds since the start of the program. Raises ``TimeoutError``, with the end of what was painted."""
        until = time.perf_counter() + LIMIT
        while time.perf_counter() < until:
            if select.select([self._master], [], [], 0.5)[0]:
                self._read()
                if shown(self.painted):
                    return time.perf_counter() - self.started
        raise TimeoutError(f"not seen within {LIMIT:.0f} s; painted: {self.painted[:1500]!r} … {self.painted[-400:]!r}")

    def settle(self, quiet: float = 0.15) -> None:
        """Read on until nothing more is painted for so many seconds."""
        until = time.perf_counter() + LIMIT
        while time.perf_counter() < until and select.select([self._master], [], [], quiet)[0]:
            self._read()

    @property
    def painted(self) -> str:
        """The text since the last key, escape sequences left out."""
        return ESCAPES.sub(b"", self._got).decode("utf-8", "ignore")

    def memory(self) -> float:
        """The most that the program has held so far, MiB."""
        text = Path(f"/proc/{self.pid}/status").read_text()
        return int(re.findall(r"VmHWM:\s+(\d+)", text)[0]) / 1024

    def _read(self) -> None:
        try:
            self._got += os.read(self._master, 1 << 16)
        except OSError:
            raise TimeoutError(f"the program has ended; painted last: {self.painted[-400:]!r}") from None
