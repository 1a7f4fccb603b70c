"""How long the screen stands still: a beat in the event loop that should come every few milliseconds, and what kept it.

A gap counts as ours only as far as this process used a processor in it, and as an idle process beside it went on at its own
beat: a machine that is busy stops both.
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading
import time
import traceback
from dataclasses import dataclass, field

BEAT = 0.004
NOTED = 0.02
"""Gaps from this length on are kept."""
_IDLE = """
import sys, time
last = time.monotonic()
while True:
    time.sleep({beat})
    now = time.monotonic()
    if now - last - {beat} > 0.01:
        sys.stdout.write(f"{{last}} {{now}}\\n")
        sys.stdout.flush()
    last = now
"""


@dataclass(slots=True)
class Gap:
    """A time in which the loop did not turn. ``start`` and ``end`` by the monotonic clock, ``cpu`` what the process used in it."""

    start: float
    end: float
    cpu: float
    during: str = ""
    """What the script was at."""
    stacks: dict[str, str] = field(default_factory=dict)
    """Thread → where it stood, as seen within the gap."""
    idle: float = 0.0
    """Of its length, what the idle process lost in the same time."""

    @property
    def ours(self) -> float:
        """Seconds that are not the machine's."""
        return max(0.0, min(self.end - self.start - BEAT - self.idle, self.cpu))


class Heart:
    """Start it in the loop (:meth:`beat` as a task); :meth:`stop` gives the gaps, with what an idle process lost meanwhile."""

    def __init__(self) -> None:
        self.gaps: list[Gap] = []
        self.beats = 0
        self.during = ""
        self.lost = 0.0
        """The longest time that the idle process stood still."""
        self._last = time.monotonic()
        self._running = True
        self._loop_thread = threading.get_ident()
        self._seen: dict[str, str] = {}
        self._idle = subprocess.Popen([sys.executable, "-c", _IDLE.format(beat=BEAT)], stdout=subprocess.PIPE, text=True)
        threading.Thread(target=self._watch, name="watch", daemon=True).start()

    async def beat(self) -> None:
        """In the loop that is watched, until stopped."""
        self._loop_thread = threading.get_ident()
        cpu = time.process_time()
        self._last = time.monotonic()
        while self._running:
            await asyncio.sleep(BEAT)
            now, used = time.monotonic(), time.process_time()
            self.beats += 1
            if now - self._last - BEAT > NOTED:
                self.gaps.append(Gap(self._last, now, used - cpu, self.during, self._seen))
            self._last, cpu, self._seen = now, used, {}

    def _watch(self) -> None:
        """From another thread: where everyone stands when a beat is late."""
        while self._running:
            time.sleep(BEAT)
            if time.monotonic() - self._last > NOTED + BEAT and not self._seen:
                frames = sys._current_frames()
                names = {t.ident: t.name for t in threading.enumerate()}
                self._seen = {
                    "loop" if ident == self._loop_thread else names.get(ident, "?"): _short(frame)
                    for ident, frame in frames.items() if ident != threading.get_ident()
                }  # fmt: skip

    def stop(self) -> list[Gap]:
        """The gaps, longest first."""
        self._running = False
        self._idle.kill()
        lost = [tuple(map(float, line.split())) for line in (self._idle.stdout or ()) if line.count(" ") == 1]
        self._idle.wait()
        self.lost = max((end - start - BEAT for start, end in lost), default=0.0)
        for gap in self.gaps:
            gap.idle = sum(max(0.0, min(end, gap.end) - max(start, gap.start)) for start, end in lost)
        return sorted(self.gaps, key=lambda gap: -gap.ours)


def _short(frame: object) -> str:
    """Where a thread stands: the innermost places, ours marked by their path."""
    stack = traceback.extract_stack(frame)  # type: ignore[arg-type]
    return " < ".join(f"{'/'.join(f.filename.split('/')[-2:])}:{f.lineno} {f.name}" for f in reversed(stack[-12:]))
