"""All ten kinds × languages × encodings × formats: the same rows come in whatever the dress."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach.store.db import session
from coach.store.importing import ImportFailed, ImportResult
from coach.store.importing.kinds import KINDS, ORDER
from tests.store.asking import ask

Bring = Callable[..., ImportResult]

CELLS: dict[str, dict[str, tuple[Any, Any]]] = {
    "staff": {
        "staff_no": ("S7", "S7"),
        "name": ("周敏", "周敏"),
        "post": ("大堂经理", "大堂经理"),
        "role": ("内训师", "trainer"),
        "branch": ("B07", "B07"),
    },
    "clients": {
        "client_no": ("C9", "C9"),
        "name": ("查良镛", "查良镛"),
        "gender": ("男", "male"),
        "birthday": ("1960年2月3日", date(1960, 2, 3)),
        "lunar_birthday": ("八月十五", "08-15"),
        "phone": ("13800138000", "13800138000"),
        "manager": ("S1", "S1"),
        "assets": ("35.5万", 35_500_000),
        "card_level": ("金卡", "金卡"),
        "risk_level": ("C3", "C3"),
        "risk_assessed_on": ("2026/1/3", date(2026, 1, 3)),
        "opened_on": ("20150607", date(2015, 6, 7)),
        "occupation": ("教师", "教师"),
        "employer": ("一中", "一中"),
        "community": ("阳光花园", "阳光花园"),
        "family": ("一子", "一子"),
        "interests": ("钓鱼、茶", "钓鱼;茶"),
        "stage": ("熟悉", "acquainted"),
        "relationship": ("3", 3),
        "potential": ("4", 4),
        "intent": ("5", 5),
        "do_not_contact": ("否", False),
        "marketing_consent": ("是", True),
        "tags": ("拆迁", "拆迁"),
        "note": ("爱喝茶", "爱喝茶"),
    },
    "holdings": {
        "client_no": ("C1", "C1"),
        "holding_no": ("H1", "H1"),
        "product_type": ("定期", "deposit"),
        "product": ("三年期", "三年期"),
        "amount": ("300,000.00", 30_000_000),
        "start_on": ("2023-12-01", date(2023, 12, 1)),
        "matures_on": ("2026-12-01", date(2026, 12, 1)),
        "product_risk": ("R1", "R1"),
    },
    "balances": {"client_no": ("C1", "C1"), "on": ("2026-10-31", date(2026, 10, 31)), "assets": ("1万元", 1_000_000)},
    "movements": {
        "client_no": ("C1", "C1"),
        "on": ("2026-11-20", date(2026, 11, 20)),
        "amount": ("-80000", -8_000_000),
        "counterparty": ("某公司", "某公司"),
        "counterparty_bank": ("工商银行", "工商银行"),
        "purpose": ("货款", "货款"),
        "movement_no": ("M1", "M1"),
    },
    "contacts": {
        "client_no": ("C1", "C1"),
        "at": ("2026-11-20 09:30", datetime(2026, 11, 20, 9, 30)),
        "channel": ("电话", "call"),
        "staff_no": ("S1", "S1"),
        "effective": ("是", True),
        "outcome": ("已约见", "已约见"),
        "summary": ("谈到期", "谈到期"),
        "next_on": ("2026-11-27", date(2026, 11, 27)),
    },
    "key_dates": {
        "client_no": ("C1", "C1"),
        "label": ("生日", "生日"),
        "date": ("1990-05-06", date(1990, 5, 6)),
        "calendar": ("农历", "lunar"),
        "who": ("女儿", "女儿"),
    },
    "gifts": {
        "client_no": ("C1", "C1"),
        "on": ("2026-09-20", date(2026, 9, 20)),
        "item": ("月饼", "月饼"),
        "value": ("￥88.00", 8_800),
        "occasion": ("中秋", "中秋"),
    },
    "events": {
        "event_no": ("E9", "E9"),
        "title": ("健康讲座", "健康讲座"),
        "on": ("2026-11-25", date(2026, 11, 25)),
        "place": ("网点", "网点"),
    },
    "invitations": {"event_no": ("E1", "E1"), "client_no": ("C1", "C1"), "status": ("已应", "accepted")},
}
"""Kind → field → (cell, stored value)."""

ENCODINGS = ["utf-8", "utf-8-sig", "gb18030", "utf-16"]


def headers(kind: str, lang: str) -> list[str]:
    return [c.zh if lang == "zh" else c.field for c in KINDS[kind].columns if c.field in CELLS[kind]]


def stored(engine: Engine, kind: str) -> dict[str, Any]:
    """The newest row of a kind by its own names."""
    table = KINDS[kind].table
    key, (_, value) = next(iter(CELLS[kind].items()))
    other = list(CELLS[kind].items())[1]
    column = KINDS[kind].column(other[0])
    assert column is not None
    with session(engine, write=False) as s:
        row = s.connection().execute(sa.select(table).where(table.c[key] == value, table.c[column.target] == other[1][1])).mappings().one()
    return {c.field: row[c.target] for c in KINDS[kind].columns if c.field in CELLS[kind]}


def test_every_column_of_the_contract_is_here() -> None:
    assert set(CELLS) == set(KINDS) == set(ORDER)
    for kind in KINDS.values():
        assert {c.field for c in kind.columns} - {"branch"} == set(CELLS[kind.id]) - {"branch"}


@pytest.mark.parametrize("kind", ORDER)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.usefixtures("branch")
def test_all_columns_come_in(
    kind: str, lang: str, engine: Engine, bring: Bring, write_csv: Callable[..., str], write_xlsx: Callable[..., str]
) -> None:
    table = [headers(kind, lang), [cell for cell, _ in CELLS[kind].values()]]
    first = bring(write_csv(table))
    assert (first.kind, first.added, first.rejected, first.unmatched_columns) == (kind, 1, 0, ())
    assert stored(engine, kind) == {field: value for field, (_, value) in CELLS[kind].items()}
    for at, encoding in enumerate(ENCODINGS):
        again = bring(write_csv(table, "again.csv", encoding, ",\t;|"[at]))
        assert (again.kind, again.added, again.changed, again.unchanged) == (kind, 0, 0, 1), encoding
    shuffled = [[row[i] for i in reversed(range(len(row)))] for row in table]
    book = bring(write_xlsx(shuffled, title="某某支行台账"))
    assert (book.kind, book.added, book.changed, book.unchanged, book.rejected) == (kind, 0, 0, 1, 0)


@pytest.mark.parametrize(
    "header", ["客户号", " 客 户 号 ", "*客户号", "客户号（必填）", "Client No", "CLIENT_NO", "ｃｌｉｅｎｔ＿ｎｏ", "client-no", "﻿客户号"]
)
def test_headers_are_read_tolerantly(header: str, bring: Bring, write_csv: Callable[..., str]) -> None:
    result = bring(write_csv([[header, "姓名"], ["C1", "王"]]))
    assert (result.kind, result.added, result.unmatched_columns) == ("clients", 1, ())


@pytest.mark.parametrize(
    ("header", "fen"),
    [
        ("资产", 35),
        ("资产（元）", 35),
        ("资产(万元)", 350_000),
        ("资产（单位：万）", 350_000),
        ("assets [亿]", 3_500_000_000),
        ("资产【千元】", 35_000),
    ],
)
def test_the_unit_of_a_header(header: str, fen: int, engine: Engine, bring: Bring, write_csv: Callable[..., str]) -> None:
    bring(write_csv([["客户号", "姓名", header], ["C1", "王", "0.35"]]))
    with session(engine, write=False) as s:
        assert s.connection().execute(sa.text("SELECT assets_fen FROM client")).scalar() == fen


def test_another_currency_is_reported_not_guessed(bring: Bring, write_csv: Callable[..., str]) -> None:
    result = bring(write_csv([["客户号", "姓名", "资产（美元）", "", "备用"], ["C1", "王", "5", "x", "y"]]))
    assert result.unmatched_columns == ("资产（美元）", "第 4 列（无标题）", "备用")


def test_numbers_and_dates_as_excel_keeps_them(engine: Engine, bring: Bring, write_xlsx: Callable[..., str]) -> None:
    table = [
        ["客户号", "姓名", "生日", "开户日期", "资产", "手机", "勿扰"],
        [1001, "王", date(1960, 2, 3), 46349, 0.1 + 0.2, 13800138000, True],
    ]
    assert bring(write_xlsx(table)).added == 1
    assert ask(engine, "SELECT client_no, birthday, opened_on, assets_fen, phone, do_not_contact FROM client") == [
        ("1001", "1960-02-03", "2026-11-23", 30, "13800138000", 1)
    ]


def test_a_sheet_by_name_and_the_first_sheet(bring: Bring, write_xlsx: Callable[..., str]) -> None:
    path = write_xlsx([["客户号", "姓名"], ["C1", "王"]], sheets=("一月", "二月"))
    assert "二月" in bring(path).notes[0]
    assert bring(f"{path}#二月").unchanged == 1
    with pytest.raises(ImportFailed, match="一月、二月"):
        bring(f"{path}#三月")


def test_the_content_counts_not_the_extension(bring: Bring, write_csv: Callable[..., str], write_xlsx: Callable[..., str]) -> None:
    table = [["客户号", "姓名"], ["C1", "王"]]
    assert "XLSX" in bring(write_xlsx(table, "really.csv")).notes[0]
    result = bring(write_csv(table, "really.xlsx"))
    assert (result.unchanged, "CSV" in result.notes[0]) == (1, True)


def test_titles_above_and_blank_rows_between(bring: Bring, write_csv: Callable[..., str]) -> None:
    table = [
        ["客户清单", "", ""],
        ["制表日期：2026-11-01", "", ""],
        [],
        ["客户号", "姓名", "资产"],
        [],
        ["C1", "王", "1"],
        ["", "", ""],
        ["C2", "李", "x"],
    ]
    result = bring(write_csv(table))
    assert (result.added, result.rejected) == (1, 1)
    assert result.rejected_file is not None
    assert Path(result.rejected_file).read_text("utf-8-sig").splitlines()[1].startswith("8,资产,")


@pytest.mark.parametrize(
    ("head", "message"),
    [
        (["客户号", "日期", "备用"], "balances.*资产"),
        (["客户号", "类型", "产品"], "holdings.*金额"),
        (["活动号", "名称", "日期", "客户号", "状态"], "events.*invitations.*--kind"),
        (["甲", "乙"], "表头"),
        (["客户号", "姓名", "姓 名"], "第 2 列和第 3 列都叫"),
        (["客户号", "姓名", "手机号", "联系电话"], "手机号.*联系电话.*--map"),
    ],
)
def test_headers_that_do_not_make_a_kind(head: list[str], message: str, bring: Bring, write_csv: Callable[..., str]) -> None:
    with pytest.raises(ImportFailed, match=message):
        bring(write_csv([head, ["1"] * len(head)]))


def test_the_contract_name_wins_over_a_synonym(engine: Engine, bring: Bring, write_csv: Callable[..., str]) -> None:
    result = bring(write_csv([["客户号", "姓名", "联系电话", "手机"], ["C1", "王", "02512345678", "13800138000"]]))
    assert result.unmatched_columns == ("联系电话",)
    with session(engine, write=False) as s:
        assert s.connection().execute(sa.text("SELECT phone FROM client")).scalar() == "13800138000"


def test_kind_given(bring: Bring, write_csv: Callable[..., str]) -> None:
    path = write_csv([["活动号", "名称", "日期", "客户号", "状态"], ["E1", "茶会", "2026-11-25", "C1", "已邀"]])
    assert bring(path, kind="活动").kind == "events"
    with pytest.raises(ImportFailed, match="staff, clients"):
        bring(path, kind="people", lang="en")
    with pytest.raises(ImportFailed, match=r"lacks the required columns: staff_no"):
        bring(path, kind="staff", lang="en")
