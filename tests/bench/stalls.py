"""How long the screen stands still: a beat in the event loop that should come every few milliseconds, and what kept it.

A busy machine keeps it too. Linux tells for each thread how long it ran and how long it waited for a processor; the waiting is
the machine's. What is left of a gap is the loop's own work (``own``) and the time in which it could not go on (``blocked``):
another thread held the interpreter's lock, or a call waited for something. Of the latter, only as much counts as other threads
worked meanwhile, since the holder of the lock waits for a processor as well.
"""

from __future__ import annotations

import asyncio
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field
from pathlib import Path

BEAT = 0.004
NOTED = 0.02
"""Gaps from this length on are kept."""


@dataclass(slots=True)
class Gap:
    """A time in which the loop did not turn, in seconds."""

    length: float
    own: float
    """The loop's thread at work."""
    waited: float
    """It was ready and had no processor."""
    others: float
    """What the other threads of this process used of a processor meanwhile."""
    during: str = ""
    """What the script was at."""
    stacks: dict[str, str] = field(default_factory=dict)
    """Thread → where it stood, as seen within the gap."""

    @property
    def blocked(self) -> float:
        """Neither at work nor ready."""
        return max(0.0, self.length - self.own - self.waited)

    @property
    def ours(self) -> float:
        """Seconds that are not the machine's."""
        return self.own + min(self.blocked, max(self.others, 0.0))


class Heart:
    """Run :meth:`beat` as a task of the loop that is watched; :meth:`stop` ends it; ``gaps`` are what it found."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.beats = 0
        self.during = ""
        self._last = time.monotonic()
        self._running = True
        self._seen: dict[str, str] = {}
        self._loop_thread = 0

    async def beat(self) -> None:
        """In the loop, until stopped."""
        self._loop_thread = threading.get_ident()
        status = Path(f"/proc/self/task/{threading.get_native_id()}/schedstat")

        def marks() -> tuple[float, float, float, float]:
            waited = int(status.read_text().split()[1]) / 1e9 if status.exists() else 0.0
            own = time.thread_time()
            return time.monotonic(), own, waited, time.process_time() - own

        threading.Thread(target=self._watch, name="watch", daemon=True).start()
        before = marks()
        while self._running:
            self._last, self._seen = before[0], {}
            await asyncio.sleep(BEAT)
            now = marks()
            self.beats += 1
            length, own, waited, others = (b - a for a, b in zip(before, now, strict=True))
            if length - BEAT > NOTED:
                self.gaps.append(Gap(length - BEAT, own, waited, others, self.during, self._seen))
            before = now

    def stop(self) -> None:
        self._running = False

    def _watch(self) -> None:
        """From another thread: where everyone stands when a beat is late."""
        while self._running:
            time.sleep(BEAT)
            if time.monotonic() - self._last > NOTED + BEAT and not self._seen:
                names = {t.ident: t.name for t in threading.enumerate()}
                self._seen = {
                    "loop" if ident == self._loop_thread else names.get(ident, "?"): _short(frame)
                    for ident, frame in sys._current_frames().items() if ident != threading.get_ident()
                }  # fmt: skip


def _short(frame: object) -> str:
    """Where a thread stands, innermost first."""
    stack = traceback.extract_stack(frame)  # type: ignore[arg-type]
    return " < ".join(f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno} {f.name}" for f in reversed(stack[-12:]))
