"""A whole scripted day at the screen, with the event loop watched all the while (:mod:`tests.bench.stalls`).

    python -m tests.bench.day HOME DATE [--stacks]

Today and its tasks, clients opened one after the other, a contact logged, everyone searched and scrolled, the playbook searched
and asked, a practice talk begun and answered, the language switched to and fro. In a process of its own, so that what is
loaded on the way is loaded on the watch.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.bench.stalls import Heart

if TYPE_CHECKING:
    from textual.pilot import Pilot

ROOT = Path(__file__).parents[2]
SECONDS = 120.0
"""So long at most until something is on the screen."""


@dataclass(frozen=True, slots=True)
class Day:
    """What the watch saw: every gap with its ``ours``, ``own``, ``blocked``, ``length`` (seconds), longest first, and what went on."""

    beats: int
    gaps: list[dict[str, Any]]

    @property
    def longest(self) -> float:
        """The longest stall that is not the machine's, in seconds."""
        return max((g["ours"] for g in self.gaps), default=0.0)

    @property
    def told(self) -> str:
        worst: dict[str, float] = {}
        for gap in self.gaps:
            worst.setdefault(gap["during"], gap["ours"])
        return "; ".join(f"{seconds * 1000:.0f} ms {during}" for during, seconds in list(worst.items())[:4])


def longest(home: Path, today: date) -> Day:
    """A day in a copy of a workspace, in a process of its own. Raises ``RuntimeError`` where it does not come to its end."""
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COACH_", "OPENAI_"))} | {"PYTHONPATH": str(ROOT)}
    with tempfile.TemporaryDirectory() as folder:
        own = Path(folder) / "home"
        shutil.copytree(home, own)
        command = [sys.executable, "-m", "tests.bench.day", str(own), today.isoformat()]
        done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        raise RuntimeError(f"the day ended early: {(done.stderr.strip().splitlines() or [''])[-1]}")
    found = json.loads(done.stdout.splitlines()[-1])
    return Day(found["beats"], found["gaps"])


class Script:
    """The day's steps; each waits until it can be seen."""

    def __init__(self, pilot: Pilot[Any], heart: Heart) -> None:
        self.pilot, self.heart = pilot, heart

    @property
    def app(self) -> Any:
        return self.pilot.app

    async def step(self, name: str, keys: str, holds: Callable[[Any], Any]) -> None:
        """Press keys, one after the other, and wait."""
        self.heart.during = name
        for key in keys.split():
            await self.pilot.press(key)
        await self.until(name, holds)

    async def type(self, name: str, text: str, holds: Callable[[Any], Any]) -> None:
        """A text, letter by letter, at the pace of a quick writer."""
        self.heart.during = name
        for letter in text:
            await self.pilot.press(letter)
            await asyncio.sleep(0.03)
        await self.until(name, holds)

    async def until(self, name: str, holds: Callable[[Any], Any]) -> None:
        until = time.monotonic() + SECONDS
        while not holds(self.app.screen):
            if time.monotonic() > until:
                raise TimeoutError(f"{name}: not seen within {SECONDS:.0f} s on {self.app.screen!r}")
            await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)

    async def run(self) -> None:
        """The whole day."""
        await self.until("start", lambda s: self.app.ready and getattr(s, "day", None) and s.day.lines)
        await self.until("index and rules come up", lambda s: not self.app.warming)
        await self._today()
        await self._clients()
        await self._playbook()
        await self._practice()

    async def _today(self) -> None:
        await self.step("down the day's tasks", "down down down down", lambda s: s.suggestions)
        await self.step("a client opened", "enter", _client)
        for _ in range(4):
            await self.step("the next client", "n", _client)
        await self.step("log dialog", "l", lambda s: type(s).__name__ == "ContactDialog")
        await self.step("a contact logged", "1 ctrl+s", _client)
        await self.step("back to the day", "escape", lambda s: type(s).__name__ == "TodayScreen")
        await self.step("English", "f9", lambda s: self.app.lang == "en")
        await self.step("Chinese again", "f9", lambda s: self.app.lang == "zh")

    async def _clients(self) -> None:
        await self.step("clients", "f3", lambda s: getattr(s, "numbers", None))
        await self.step("everyone", "m", lambda s: s.wanted.everyone and s.numbers and s._signals and not s._reading)
        await self.step("the list scrolled", " ".join(["pagedown"] * 12 + ["end", "home"]), lambda s: s.numbers)
        await self.step("search field", "slash", lambda s: s.focused.id == "search")
        for word in ("wang", "lm"):
            await self.type("a search typed", word, lambda s, word=word: s.wanted.text == word and s.numbers)  # type: ignore[misc]
            await self.step("a search emptied", "ctrl+u", lambda s: not s.wanted.text and len(s.numbers) > 400)
        await self.step("a client opened from the list", "escape down down enter", _client)
        await self.step("English at a client", "f9", lambda s: self.app.lang == "en" and _client(s))
        await self.step("Chinese at a client", "f9", lambda s: self.app.lang == "zh" and _client(s))
        await self.step("back to the list", "escape", lambda s: getattr(s, "numbers", None))

    async def _playbook(self) -> None:
        await self.step("the playbook", "f4", lambda s: getattr(s, "book", None))
        await self.step("its search", "slash", lambda s: s.focused.id == "search")
        await self.type("the playbook searched", "到期怎么说", lambda s: s.hits)
        await self.step("search emptied", "escape escape", lambda s: s.hits is None)
        await self.step("a question begun", "a", lambda s: s.focused is not None and s.focused.id == "search")
        await self.type("a question typed", "客户嫌利率低怎么说", lambda s: s.text.endswith("怎么说"))
        await self.step("a question answered", "enter", lambda s: s.turn is not None and s.turn.answer is not None)

    async def _practice(self) -> None:
        await self.step("practice", "f7", lambda s: getattr(s, "shelf", None))
        await asyncio.sleep(1)  # example sentences are learnt meanwhile
        await self.step("a talk begun", "enter", lambda s: getattr(s, "playing", None))
        await self.type("a turn typed", "您好，我是您的客户经理，您现在方便吗？", lambda s: True)
        await self.step("a turn answered", "enter", lambda s: len(s.turns) > 1)


def _client(screen: Any) -> bool:
    seen = getattr(screen, "seen", None)
    return seen is not None and seen.picture is not None and seen.shown(screen.lang) is not None


async def watched(home: Path, today: date) -> Heart:
    """The day in this process."""
    from coach.tui.app import CoachApp

    os.environ["COACH_HOME"] = str(home)
    app = CoachApp(lang="zh", today=today)
    heart = Heart()
    async with app.run_test(size=(120, 36)) as pilot:
        beat = asyncio.create_task(heart.beat())
        try:
            await Script(pilot, heart).run()
        finally:
            heart.stop()
            await beat
    return heart


def main() -> None:
    home, today = Path(sys.argv[1]), date.fromisoformat(sys.argv[2])
    heart = asyncio.run(watched(home, today))
    gaps = [
        {"ours": g.ours, "own": g.own, "blocked": g.blocked, "length": g.length, "during": g.during, "stacks": g.stacks}
        for g in sorted(heart.gaps, key=lambda g: -g.ours)
    ]  # fmt: skip
    if "--stacks" in sys.argv:
        for gap in gaps[:30]:
            told = ", ".join(f"{what} {gap[what] * 1000:.0f}" for what in ("ours", "own", "blocked", "length"))
            sys.stderr.write(f"{gap['during']}: {told} ms\n")
            for thread, where in gap["stacks"].items():
                sys.stderr.write(f"    {thread}: {where}\n")
    sys.stdout.write(json.dumps({"gaps": gaps, "beats": heart.beats}, ensure_ascii=False) + "\n")
    sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
