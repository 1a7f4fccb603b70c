"""A whole scripted day at the screen comes to its end, and the screen never stands still for long."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from tests.bench.day import longest
from tests.conftest import TODAY

OWN = 0.15
"""Seconds of a processor that the loop may spend on one thing. On a quiet machine all stays below 0.05 (``make bench``); one that
is shared counts up to twice as much for the same work, and a full garbage collection alone took 0.3."""
BLOCKED = 1.0
"""Seconds for which it may be kept from going on: a call that waits in the loop, or a lock held by another thread."""


@pytest.mark.skipif(not os.environ.get("COACH_WATCH"), reason="minutes long on a busy machine: COACH_WATCH=1 runs it")
@pytest.mark.skipif(sys.platform != "linux", reason="the kernel's account of each thread is Linux's")
def test_no_action_of_a_day_stops_the_screen(demo_branch: Path) -> None:
    day = longest(demo_branch, TODAY)
    assert day.beats > 500
    held = [gap for gap in day.gaps if gap["own"] > OWN or min(gap["blocked"], gap["length"]) > BLOCKED]
    assert not held, "\n".join(f"{g['during']}: own {g['own']:.3f} s, blocked {g['blocked']:.3f} s; {g['stacks']}" for g in held)
