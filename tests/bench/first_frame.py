"""Process start to first painted frame, in a real pseudo-terminal: Coach beside an empty Textual app.

A frame is painted when the terminal has got text for half of its cells; that is the same for both. Runs alternate, so
that a machine that is busy for a while is busy for both.

    python -m tests.bench.first_frame [RUNS]
"""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import statistics
import struct
import sys
import tempfile
import termios
import time
from pathlib import Path
from typing import NamedTuple

from tests.bench.terminal import COACH, COLUMNS, ESCAPES, LIMIT, ROOT, ROWS

EMPTY = "from textual.app import App\nApp().run()\n"


class Run(NamedTuple):
    """One start, in seconds: what the clock on the wall says, and what the process itself used of a processor."""

    wall: float
    cpu: float


def first_frame(program: str, home: Path) -> Run:
    """From the start of a Python program to its first frame; the program is then ended.

    Raises ``TimeoutError`` where no frame comes.
    """
    started = time.perf_counter()
    pid, master = pty.fork()
    if pid == 0:
        os.chdir(ROOT)
        env = {"COACH_HOME": str(home), "TERM": "xterm-256color", "COLORTERM": "truecolor", "PYTHONPATH": str(ROOT)}
        os.execve(sys.executable, [sys.executable, "-c", program], {**os.environ, **env})
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    try:
        wall = _until_painted(master, started)
    finally:
        os.kill(pid, signal.SIGKILL)
        used = os.wait4(pid, 0)[2]
        os.close(master)
    return Run(wall, used.ru_utime + used.ru_stime)


def _until_painted(master: int, started: float) -> float:
    got = b""
    while (now := time.perf_counter() - started) < LIMIT:
        if not select.select([master], [], [], 0.5)[0]:
            continue
        try:
            got += os.read(master, 65536)
        except OSError:  # the program has ended
            break
        if cells(got) >= COLUMNS * ROWS // 2:
            return time.perf_counter() - started
    raise TimeoutError(f"no frame after {now:.1f} s: {got[-400:]!r}")


def cells(output: bytes) -> int:
    """Characters that were painted, escape sequences left out."""
    return len(ESCAPES.sub(b"", output).decode("utf-8", "ignore"))


def measure(runs: int, home: Path) -> tuple[Run, Run]:
    """Medians: (empty app, Coach). One run of each goes first, to warm the files."""
    found: dict[str, list[Run]] = {EMPTY: [], COACH: []}
    for turn in range(runs + 1):
        for program, took in found.items():
            run = first_frame(program, home)
            if turn:
                took.append(run)
    empty, coach = (Run(*map(statistics.median, zip(*took, strict=True))) for took in found.values())
    return empty, coach


def main() -> None:
    """Print the medians and their ratio."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    with tempfile.TemporaryDirectory() as folder:
        empty, coach = measure(runs, Path(folder) / "home")
    for what in ("wall", "cpu"):
        a, b = getattr(empty, what), getattr(coach, what)
        sys.stdout.write(f"{what}: empty Textual app {a * 1000:.0f} ms, coach {b * 1000:.0f} ms, ratio {b / a:.2f} (median of {runs})\n")


if __name__ == "__main__":
    main()
