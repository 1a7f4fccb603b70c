"""Amounts, dates and words: every form that the contract names, and what is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from coach.store.importing.kinds import CLIENTS, CONTACTS, HOLDINGS, Column
from coach.store.importing.values import Settings, lunar_day, parse

MONEY = Column("amount", "金额", "money")
DATE = Column("on", "日期", "date")
TIME = Column("at", "时间", "time")


def read(column: Column, *cells: str, **options: Any) -> tuple[list[Any], list[str | None]]:
    """Values, and the first fault of each cell."""
    values, faults = parse(column, pl.Series("x", cells, dtype=pl.String), Settings(**options))
    reasons: list[str | None] = [None] * len(cells)
    for mask, key, _ in reversed(faults):
        reasons = [key if bad else old for bad, old in zip(mask, reasons, strict=True)]
    return values.to_list(), reasons


def one(column: Column, cell: str, **options: Any) -> Any:
    values, reasons = read(column, cell, **options)
    return reasons[0] or values[0]


@pytest.mark.parametrize(
    ("cell", "fen"),
    [
        ("1", 100),
        ("0", 0),
        ("1,234.56", 123_456),
        ("１，２３４．５元", 123_450),
        ("￥1,000", 100_000),
        ("¥-5", -500),
        ("-¥5", -500),
        ("−3.20", -320),
        ("(1,234.00)", -123_400),
        ("（3.5万）", -3_500_000),
        ("3.5万元", 3_500_000),
        ("1.23456789亿", 12_345_678_900),
        ("500 元", 50_000),
        ("人民币300元", 30_000),
        ("1,0000", 1_000_000),
        ("1 234 567", 123_456_700),
        (".5", 50),
        ("5.", 500),
        ("0.30", 30),
        ("007", 700),
        ("", None),
        ("-", None),
        ("无", None),
        ("NULL", None),
        ("10000000000000.00", 10**15),
    ],
)
def test_amounts(cell: str, fen: int | None) -> None:
    assert read(MONEY, cell) == ([fen], [None])


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.234", "r_cents"),
        ("1.2345678901亿", None),
        ("1.23456789012亿", "r_cents"),
        ("12,34", "r_money"),
        ("1,23", "r_money"),
        ("--5", "r_money"),
        ("1e5", "r_money"),
        ("1万2", "r_money"),
        ("3元5", "r_money"),
        ("(5", "r_money"),
        ("(-5)", "r_money"),
        ("￥", "r_money"),
        ("万", "r_money"),
        ("=1+1", "r_money"),
        ("abc", "r_money"),
        ("1.234,56", "r_money"),
        ("9" * 20, "r_large"),
        ("1\x005", "r_control"),
    ],
)
def test_amounts_refused(cell: str, reason: str | None) -> None:
    assert read(MONEY, cell)[1] == [reason]


def test_a_header_unit_is_for_bare_numbers_only() -> None:
    assert read(MONEY, "1.5", "1.5元", "1.5亿", "0.000001", unit=4)[0] == [1_500_000, 150, 15_000_000_000, 1]
    assert read(MONEY, "0.0000001", unit=4)[1] == ["r_cents"]


@given(st.integers(-(10**13), 10**13), st.sampled_from(["plain", "thousands", "wide", "yen", "wan", "yi"]))
@settings(max_examples=300, deadline=None)
def test_amounts_come_back_exactly(fen: int, form: str) -> None:
    yuan = Decimal(fen) / 100
    cell = {
        "plain": f"{yuan}",
        "thousands": f"{yuan:,.2f}",
        "yen": f"¥{yuan:,.2f}元",
        "wan": f"{yuan / 10_000:f}万",
        "yi": f"{yuan / 10**8:f}亿",
        "wide": f"{yuan:,.2f}".translate(str.maketrans("0123456789,.-", "０１２３４５６７８９，．－")),
    }[form]
    assert read(MONEY, cell) == ([fen], [None])


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-11-23", date(2026, 11, 23)),
        ("2026/1/3", date(2026, 1, 3)),
        ("20261123", date(2026, 11, 23)),
        ("2026年11月23日", date(2026, 11, 23)),
        ("2026.1.5", date(2026, 1, 5)),
        ("46349", date(2026, 11, 23)),
        ("46349.75", date(2026, 11, 23)),
        ("2026-11-23 14:05:00", date(2026, 11, 23)),
        ("２０２６－１１－２３", date(2026, 11, 23)),
        ("9999-12-31", None),
        ("99991231", None),
        ("0000-00-00", None),
        ("", None),
        ("-", None),
        ("2026-02-30", "r_date"),
        ("2026-13-01", "r_date"),
        ("20261399", "r_date"),
        ("23/11/2026", "r_date"),
        ("202611", "r_date"),
        ("1800-01-01", "r_date"),
        ("明天", "r_date"),
        ("=TODAY()", "r_date"),
    ],
)
def test_dates(cell: str, day: date | str | None) -> None:
    assert one(DATE, cell) == day


@given(st.dates(date(1900, 1, 1), date(2200, 12, 31)), st.sampled_from(["%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%Y%m%d", "%Y年%m月%d日"]))
@settings(max_examples=200, deadline=None)
def test_dates_come_back(day: date, form: str) -> None:
    assert one(DATE, day.strftime(form)) == day


@given(st.dates(date(1927, 5, 18), date(2173, 10, 13)))
@settings(max_examples=100, deadline=None)
def test_excel_dates_come_back(day: date) -> None:
    assert one(DATE, str((day - date(1899, 12, 30)).days)) == day


@given(
    st.datetimes(datetime(1950, 1, 1), datetime(2100, 1, 1)),
    st.sampled_from(["%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y%m%d%H%M%S", "%Y年%m月%d日 %H时%M分", "%Y-%m-%dT%H:%M:%S", "serial"]),
)
@settings(max_examples=200, deadline=None)
def test_times_come_back(moment: datetime, form: str) -> None:
    moment = moment.replace(microsecond=0, second=moment.second if form == "serial" or "%S" in form else 0)
    days = (moment - datetime(1899, 12, 30)) / timedelta(days=1)
    cell = format(days, ".10f") if form == "serial" else moment.strftime(form)
    assert one(TIME, cell) == moment


def test_times() -> None:
    assert one(TIME, "2026-11-23") == datetime(2026, 11, 23)
    assert one(TIME, "2026-11-23T14:05:00.123") == datetime(2026, 11, 23, 14, 5)
    assert one(TIME, "2026-11-23 25:00") == "r_time"


def test_a_foreign_date_form_is_tried_first() -> None:
    assert read(DATE, "5 May 2010", "30 Feb 2010", "2026-11-23", date_format="%d %b %Y") == (
        [date(2010, 5, 5), None, date(2026, 11, 23)],
        [None, "r_date", None],
    )
    assert one(DATE, "03/04/2010", date_format="%d/%m/%Y") == date(2010, 4, 3)


def test_a_birthday_after_today_is_refused() -> None:
    birthday = CLIENTS.column("birthday")
    assert birthday is not None
    assert read(birthday, "2026-11-23", "2026-11-24", today=date(2026, 11, 23))[1] == [None, "r_future"]


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        ("gender", "女", "female"),
        ("gender", "M", "male"),
        ("gender", "?", "r_word"),
        ("risk_level", "C3", "C3"),
        ("risk_level", "c2（稳健型）", "C2"),
        ("risk_level", "Ｃ５", "C5"),
        ("risk_level", "C6", "r_word"),
        ("risk_level", "稳健型", "r_word"),
        ("risk_level", "C33", "r_word"),
        ("stage", "信任", "trusted"),
        ("stage", "Loyal", "loyal"),
        ("stage", "好", "r_word"),
        ("relationship", "5.0", 5),
        ("relationship", "0", 0),
        ("relationship", "6", "r_score"),
        ("relationship", "2.5", "r_score"),
        ("do_not_contact", "是", True),
        ("do_not_contact", "否", False),
        ("do_not_contact", "Y", True),
        ("do_not_contact", "n", False),
        ("do_not_contact", "1", True),
        ("do_not_contact", "0", False),
        ("do_not_contact", "TRUE", True),
        ("do_not_contact", "有", True),
        ("do_not_contact", "无", False),
        ("do_not_contact", "也许", "r_bool"),
        ("phone", "138 0013 8000", "13800138000"),
        ("phone", "138****8000", "138****8000"),
        ("phone", "1.38E+10", "r_shortened"),
        ("phone", "电话", "r_phone"),
        ("client_no", '="00123"', "00123"),
        ("client_no", "'00123", "00123"),
        ("client_no", "6.22E+17", "r_shortened"),
        ("client_no", "Ｃ００１", "C001"),
        ("client_no", "9" * 65, "r_long"),
        ("interests", "钓鱼、书法,钓鱼；茶", "钓鱼;书法;茶"),
        ("tags", " ; ", None),
        ("note", "=cmd|' /C calc'!A0", "=cmd|' /C calc'!A0"),
        ("note", "'=1+1", "=1+1"),
        ("note", "字" * 5_001, "r_long"),
        ("lunar_birthday", "闰六月初一", "闰06-01"),
        ("lunar_birthday", "13-01", "r_lunar"),
    ],
)
def test_client_cells(field: str, cell: str, value: Any) -> None:
    column = CLIENTS.column(field)
    assert column is not None
    assert one(column, cell) == value


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("08-15", "08-15"),
        ("八月十五", "08-15"),
        ("农历腊月廿三", "12-23"),
        ("正月三十", "01-30"),
        ("1960-02-30", "02-30"),
        ("闰06-01", "闰06-01"),
        ("8月15日", "08-15"),
        ("冬月初十", "11-10"),
        ("二月三十一", None),
        ("00-01", None),
        ("生日", None),
    ],
)
def test_lunar_days(text: str, day: str | None) -> None:
    assert lunar_day(text) == day


def test_words_of_the_other_kinds() -> None:
    channel, product, risk = CONTACTS.column("channel"), HOLDINGS.column("product_type"), HOLDINGS.column("product_risk")
    assert channel and product and risk
    assert read(channel, "短信", "微信", "电话", "CALL", "面访", "飞鸽") == (
        ["message", "message", "call", "call", "visit", None],
        [None] * 5 + ["r_word"],
    )
    assert read(product, "定期", "大额存单", "理财", "国债", "Fund", "期货")[0] == ["deposit", "deposit", "wealth", "bond", "fund", None]
    assert read(risk, "R2", "PR3", "r4（中高风险）", "C2") == (["R2", "R3", "R4", None], [None, None, None, "r_word"])
