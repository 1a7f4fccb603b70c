"""The search key, and month-end snapshots."""

from __future__ import annotations

from datetime import date

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach.store.assets import refresh_assets_from_holdings, snapshot_month_end
from coach.store.db import session
from coach.store.search_key import search_key, typed
from coach.store.tables import Client
from tests.store.asking import ask


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("单雄信", ["shanxiongxin", "sxx"]),
        ("曾国藩", ["zengguofan", "zgf"]),
        ("仇和", ["qiuhe", "qh"]),
        ("查良镛", ["zhaliangyong", "zly"]),
        ("解缙", ["xiejin"]),
        ("覃雪梅", ["qinxuemei", "tanxuemei", "txm"]),
        ("尉迟恭", ["yuchigong", "ycg"]),
        ("万俟卨", ["moqi", "mqx"]),
        ("欧阳修", ["ouyangxiu", "oyx"]),
        ("吕布", ["lvbu", "lubu"]),
        ("王重阳", ["wangchongyang", "wcy"]),
        ("李乐", ["lile"]),
        ("买买提·艾力", ["maimaitiaili", "mmtal"]),
        ("John Smith", ["john smith"]),
        ("单", ["shan"]),
        ("单位食堂有限公司", ["danwei"]),
    ],
)
def test_names_are_found_as_they_are_said(name: str, found: list[str]) -> None:
    key = search_key(name, "C1")
    assert all(part in key for part in [*found, name.lower()])


def test_number_phone_and_tags_are_in_the_key() -> None:
    key = search_key("王芳", "C0１", "13800138000", "拆迁;VIP")
    assert key == "王芳 wangfang wf c01 13800138000 拆迁 vip"
    assert typed(" ＶＩＰ ") in key


@pytest.mark.usefixtures("branch")
def test_a_snapshot_is_taken_once(engine: Engine) -> None:
    with session(engine) as s:
        assert snapshot_month_end(s, date(2026, 10, 31)) == 3
    with session(engine) as s:
        client = s.get(Client, "C1")
        assert client is not None
        client.assets_fen = 7
        s.flush()
        assert snapshot_month_end(s, date(2026, 10, 31)) == 0
        assert snapshot_month_end(s, date(2026, 11, 30)) == 3
    kept = ask(engine, "SELECT \"on\", assets_fen FROM balance WHERE client_no = 'C1' ORDER BY 1")
    assert kept == [("2026-10-31", 35_000_000), ("2026-11-30", 7)]


@pytest.mark.usefixtures("branch")
def test_a_snapshot_is_of_a_month_end(engine: Engine) -> None:
    with session(engine) as s, pytest.raises(ValueError, match="last day"):
        snapshot_month_end(s, date(2026, 11, 29))


@pytest.mark.usefixtures("branch")
def test_refreshing_assets_settles(engine: Engine) -> None:
    with session(engine) as s:
        s.connection().execute(
            sa.text("INSERT INTO holding (client_no, holding_no, product_type, amount_fen) VALUES ('C3', 'x', 'fund', 5)")
        )
        assert [refresh_assets_from_holdings(s), refresh_assets_from_holdings(s)] == [1, 0]
