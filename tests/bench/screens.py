"""What a person feels: first frame, search, scrolling, opening; Coach in a pseudo-terminal beside a bare Textual program."""

from __future__ import annotations

import re
import sqlite3
import statistics
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.bench import terminal
from tests.bench.branch import Branches
from tests.bench.child import bare_search, timed
from tests.bench.first_frame import EMPTY, measure
from tests.bench.table import Row, percentile
from tests.bench.terminal import COACH, Terminal

_WORDS = ("lm", "wang", "zhx", "chen", "10003", "sun")
_BARE = """
from textual.app import App
from textual.geometry import Size
from textual.screen import Screen
from textual.scroll_view import ScrollView
from textual.strip import Strip
from textual.widgets import Static
from rich.segment import Segment

class Lines(ScrollView, can_focus=True):
    def on_mount(self):
        self.lines = [f" {10_000_001 + i} 王秀英     A    熟悉 {i:>12,} 到期  大额动账  该联系了 贵宾卡" for i in range(50_000)]
        self.virtual_size = Size(self.size.width, len(self.lines))
        self.focus()
    def render_line(self, y):
        at = y + self.scroll_offset.y
        return Strip([Segment(self.lines[at])]) if at < len(self.lines) else Strip([])

class Opened(Screen):
    BINDINGS = [("escape", "app.pop_screen")]
    def compose(self):
        yield Static(" 王秀英  10000001  A 类 · 熟悉 · 约1,912.19万元" + "\\n 分层  A 类" * 30)

class Bare(App):
    BINDINGS = [("enter", "open")]
    def compose(self):
        yield Lines()
    def action_open(self):
        self.push_screen(Opened())

Bare().run()
"""
_ROW = re.compile(r"(\d{8}) (\S+) +[ABC] ")
_WHO = re.compile(r"(\d{8})  [ABC] 类 · ")


def first_frame(branches: Branches, runs: int) -> Iterator[Row]:
    """From the start to the first frame, with nothing set up; then to the day's tasks and to the first key, in a branch of 5,000."""
    empty, coach = measure(runs, branches.folder / "nothing-yet")
    yield Row("first_frame", "first frame", coach.wall, empty.wall, "an empty Textual app", limit=1.3, of="ratio", runs=runs,
              cpu=coach.cpu, cpu_floor=empty.cpu)  # fmt: skip
    home = branches.home(5_000)
    tasks, keys, floor = [], [], []
    for _ in range(max(3, runs // 2)):
        with Terminal(EMPTY, home) as t:
            floor.append(t.until(lambda s: len(s) > 2_000))
        with Terminal(COACH, home) as t:
            tasks.append(t.until(lambda s: re.search(r"0/\d+", s)))
        with Terminal(COACH, home) as t:
            t.until(lambda s: "F1" in s)
            keys.append(t.press_now(terminal.F3, lambda s: "客户" in s))
    yield Row("first_tasks", "start to the day's tasks", statistics.median(tasks), statistics.median(floor), "an empty Textual app",
              runs=len(tasks))  # fmt: skip
    yield Row("first_key", "a key pressed at the first frame", statistics.median(keys), limit=0.5, runs=len(keys))


def _counted(number: int) -> Callable[[str], object]:
    pattern = re.compile(rf"(?<![\d,]){number:,} 位客户")
    return pattern.search


def clients(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    """Everyone of a branch in the list: searched letter by letter, scrolled, opened."""
    home = branches.home(number)
    with Terminal(COACH, home) as t:
        t.until(lambda s: re.search(r"0/\d+", s))
        t.settle(1.5)  # what is brought up in the background is there
        t.press(terminal.F3, lambda s: "位客户" in s)
        t.press("m", _counted(number))
        t.until(lambda s: re.search(r"[ABC] .*到期", s))  # the branch's signals are there
        t.settle(0.5)
        yield from _search(t, home, number, runs)
        t.settle(0.5)
        yield from _scroll(t, home, number, runs)
        yield from _open(t, runs)
        yield Row("screen_memory", f"memory of the screens, {number:,} clients", t.memory(), unit="MiB")


def _search(t: Terminal, home: Path, number: int, runs: int) -> Iterator[Row]:
    connection = sqlite3.connect(home / "coach.db")
    times, cleared, floor = [], [], []
    t.press("/", lambda s: True)
    for word in _WORDS[: max(2, runs)]:
        before = number
        for end in range(1, len(word) + 1):
            floor += [f[0] for f in timed(lambda text=word[:end]: bare_search(connection, text))]  # type: ignore[misc]
            count = len(bare_search(connection, word[:end]))
            if count in (before, 0, 1):
                t.press(word[end - 1], lambda s: True)
                continue
            times.append(t.press(word[end - 1], _counted(count)))
            before = count
        t.settle(0.4)
        if before != number:
            cleared.append(t.press(terminal.CLEAR, _counted(number)))
        else:
            t.press(terminal.CLEAR, lambda s: True)
            t.settle(0.4)
    connection.close()
    p95, bare = percentile(times, 0.95), percentile(floor, 0.95)
    yield Row("search", f"key to repaint, searching {number:,}: p95", p95, bare, "the bare query, p95", limit=0.05, runs=len(times),
              details={"p50": statistics.median(times), "floor_p50": statistics.median(floor)})  # fmt: skip
    yield Row("search_p50", f"key to repaint, searching {number:,}: p50", statistics.median(times), statistics.median(floor),
              "the bare query, p50", runs=len(times))  # fmt: skip
    if cleared:
        yield Row("search_cleared", f"search emptied, {number:,} shown again", statistics.median(cleared), runs=len(cleared))


def _scroll(t: Terminal, home: Path, number: int, runs: int) -> Iterator[Row]:
    t.press(terminal.ESCAPE, lambda s: True)
    connection = sqlite3.connect(home / "coach.db")
    order = {no: at for at, (no,) in enumerate(connection.execute("SELECT client_no FROM client ORDER BY assets_fen DESC, client_no"))}
    connection.close()

    def beyond(place: int) -> Callable[[str], object]:
        return lambda s: any(order.get(no, 0) > place for no, _ in _ROW.findall(s))

    def last() -> int:
        return max((order.get(no, 0) for no, _ in _ROW.findall(t.painted)), default=0)

    for _ in range(3):
        t.press(terminal.PAGE_DOWN, lambda s: True)
        t.settle(0.3)
    pages = []
    for _ in range(runs * 8):
        place = last()
        pages.append(t.press(terminal.PAGE_DOWN, beyond(place)))
    ends = []
    for _ in range(3):
        ends.append(t.press(terminal.END, beyond(number - 40)))
        t.press(terminal.HOME, lambda s: any(order.get(no, number) < 3 for no, _ in _ROW.findall(s)))
    with Terminal(_BARE, home) as bare:
        bare.until(lambda s: "10000001" in s)
        bare_pages = []
        for _ in range(runs * 8):
            last = max(map(int, re.findall(r"1\d{7}", bare.painted)), default=0)
            bare_pages.append(bare.press(terminal.PAGE_DOWN, lambda s, last=last: any(int(n) > last for n in re.findall(r"1\d{7}", s))))  # type: ignore[misc]
    yield Row("scroll", f"a page down among {number:,}: p95", percentile(pages, 0.95), percentile(bare_pages, 0.95),
              "a bare list of lines, p95", limit=0.05, runs=len(pages), details={"p50": statistics.median(pages)})  # fmt: skip
    yield Row("scroll_end", f"to the end of {number:,} and its rows", statistics.median(ends), limit=0.1, runs=len(ends))


def _open(t: Terminal, runs: int) -> Iterator[Row]:
    opened, suggested = [], []
    for at in range(runs * 4):
        t.press(terminal.DOWN, lambda s: True)
        t.settle(0.3)
        opened.append(t.press(terminal.ENTER, _WHO.search))
        if not at:
            t.settle(1.0)
        suggested.append(_again(t))
        t.press(terminal.ESCAPE, lambda s: "位客户" in s)
    with Terminal(_BARE, Path("/nowhere")) as bare:
        bare.until(lambda s: "10000001" in s)
        floor = []
        for _ in range(runs * 3):
            floor.append(bare.press(terminal.ENTER, _WHO.search))
            bare.press(terminal.ESCAPE, lambda s: "大额动账" in s)
    yield Row("open", "a client opened: p95", percentile(opened, 0.95), percentile(floor, 0.95), "a bare screen with one text, p95",
              limit=0.1, runs=len(opened), details={"p50": statistics.median(opened)})  # fmt: skip
    yield Row("next", "the next client, with the suggestion: p50", statistics.median(suggested), runs=len(suggested))


def _again(t: Terminal) -> float:
    """The next client's suggestion, from the key to its citations."""
    t.settle(0.6)
    return t.press("n", lambda s: "[1]" in s or "①" in s or "〔1〕" in s)
