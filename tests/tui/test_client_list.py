"""The list widget with 50,000 rows: no step of the loop takes 50 ms of processor while it is scrolled and refilled."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from rich.cells import cell_len
from textual import events
from textual.app import App, ComposeResult

from coach.tui.widgets.client_columns import columns_for, signal_words
from coach.tui.widgets.client_list import ClientList

MANY = 50_000
STEP = 0.05


def _row(no: str) -> Any:
    n = int(no[1:])
    return SimpleNamespace(
        client_no=no, name=f"欧阳{n % 997}", manager="S01", tier="ABC"[n % 3], stage="trusted", assets_fen=n * 12_345, card_level="gold",
        occupation="企业主", tags=None, do_not_contact=n % 50 == 0,
    )


class Listing(App[None]):
    """The list alone, its rows made up at once when they are wanted."""

    def __init__(self) -> None:
        super().__init__()
        self.wanted = 0
        self.last_key = ""

    def compose(self) -> ComposeResult:
        yield ClientList("zh", id="list")

    def on_client_list_wanted(self, event: ClientList.Wanted) -> None:
        listed = self.query_one(ClientList)
        self.wanted += 1
        listed.put_rows(_row(no) for no in listed.numbers[event.first:event.last])

    def on_client_list_opened(self, event: ClientList.Opened) -> None:
        self.last_key = event.client_no


async def _steps(pilot: Any, *keys: str) -> list[float]:
    """How much of the processor each key took, from pressing to painted (others may be at work on the machine)."""
    found = []
    for key in keys:
        started = time.thread_time()
        await pilot.press(key)
        found.append(time.thread_time() - started)
    return found


async def test_fifty_thousand_rows_scroll_without_a_stutter() -> None:
    numbers = [f"C{i:06}" for i in range(MANY)]
    app = Listing()
    async with app.run_test(size=(160, 48)) as pilot:
        listed = app.query_one(ClientList)
        listed.focus()
        started = time.thread_time()
        listed.set_numbers(numbers)
        listed.set_signals(dict.fromkeys(numbers[::3], ("maturity_due", "key_date", "cadence_due")))
        assert time.thread_time() - started < STEP
        await pilot.pause()
        painted: list[float] = []
        original = listed.render_lines

        def timed(crop: Any) -> Any:
            begun = time.thread_time()
            lines = original(crop)
            painted.append(time.thread_time() - begun)
            return lines

        listed.render_lines = timed  # type: ignore[method-assign]
        await _steps(pilot, "end", "home", *["pagedown"] * 15, *["down"] * 15, *["pageup"] * 5)
        for _ in range(30):
            listed.post_message(events.MouseScrollDown(listed, 5, 5, 0, 3, 0, False, False, False))
            await pilot.pause()
        assert len(painted) > 40
        assert sorted(painted)[int(len(painted) * 0.95)] < STEP
        assert app.wanted > 2
        started = time.thread_time()
        listed.set_numbers(numbers[7::5], sort="name")
        assert time.thread_time() - started < STEP


async def test_the_last_row_is_reached_and_opened() -> None:
    app = Listing()
    async with app.run_test(size=(80, 24)) as pilot:
        listed = app.query_one(ClientList)
        listed.set_numbers([f"C{i:06}" for i in range(MANY)])
        listed.focus()
        await pilot.press("end", "enter")
        assert app.last_key == "C049999"
        assert listed.render_line(23).text.startswith(" C049999")
        await pilot.press("home")
        assert listed.render_line(1).text.startswith(" C000000")


async def test_a_click_moves_and_a_second_one_opens() -> None:
    app = Listing()
    async with app.run_test(size=(80, 24)) as pilot:
        listed = app.query_one(ClientList)
        listed.set_numbers([f"C{i:06}" for i in range(50)])
        await pilot.pause()
        await pilot.click(ClientList, offset=(5, 4))
        assert (listed.current, app.last_key) == ("C000003", "")
        await pilot.click(ClientList, offset=(5, 4))
        assert app.last_key == "C000003"


def test_columns_fit_at_every_width() -> None:
    for lang in ("zh", "en"):
        for width in range(60, 220):
            columns = columns_for(width, lang, 9)  # type: ignore[arg-type]
            assert sum(c.width + 1 for c in columns) <= width
        names = [c.name for c in columns_for(160, lang, 9)]  # type: ignore[arg-type]
        assert {"card", "occupation", "signals"} <= set(names)
    assert "card" not in [c.name for c in columns_for(80, "zh", 9)]


def test_signals_that_do_not_fit_are_counted() -> None:
    signals = ["maturity_due", "unclaimed", "key_date", "outflow"]
    assert signal_words(signals, 40, "zh") == "到期  待认领  重要日期  资金流失"
    assert signal_words(signals, 16, "zh") == "到期  待认领 +2"
    for width in range(10, 60):
        assert cell_len(signal_words(signals, width, "zh")) <= width
