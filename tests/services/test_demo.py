"""The demo branch keeps to its own folder."""

from __future__ import annotations

from datetime import date

import pytest

from coach.services.demo import MARK, is_demo, make_demo
from coach.services.errors import Refused

TODAY = date(2026, 11, 24)


def test_the_same_demo_is_used_again_and_another_takes_its_place(tmp_path) -> None:
    home = tmp_path / "demo"
    assert make_demo(home, 30, 7, TODAY, "zh")[1].made
    assert not make_demo(home, 30, 7, TODAY, "zh")[1].made
    again = make_demo(home, 40, 7, TODAY, "zh")[1]
    assert (again.made, again.clients, is_demo(home)) == (True, 40, True)


def test_a_branch_of_ones_own_is_never_replaced(tmp_path) -> None:
    home = tmp_path / "mine"
    (home / "ledger").mkdir(parents=True)
    (home / "coach.db").write_bytes(b"mine")
    with pytest.raises(Refused, match="--dir"):
        make_demo(home, 30, 7, TODAY, "zh")
    assert (home / "coach.db").read_bytes() == b"mine" and not is_demo(home)


def test_a_demo_cut_off_half_way_is_made_anew(tmp_path) -> None:
    home = tmp_path / "demo"
    (home / "ledger").mkdir(parents=True)
    (home / MARK).write_text("30|7|2026-11-24|zh\n", encoding="utf-8")
    assert make_demo(home, 30, 7, TODAY, "zh")[1].made
