"""Foreign ledgers by a map file: columns, made numbers, translated values, constants, options; and its mistakes."""

from __future__ import annotations

import csv
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from coach.store.importing import ImportFailed, ImportResult
from tests.store.asking import ask

Bring = Callable[..., ImportResult]
Write = Callable[..., str]
DATA = Path(__file__).parents[1] / "data"
REAL = Path(__file__).parents[2].parent / "shared" / "data" / "uci-bank-marketing.csv"
HEAD = [
    "age",
    "job",
    "marital",
    "education",
    "default",
    "balance",
    "housing",
    "loan",
    "contact",
    "day",
    "month",
    "duration",
    "campaign",
    "pdays",
    "previous",
    "poutcome",
    "Target",
]


@pytest.fixture
def map_file(tmp_path: Path) -> Write:
    def write(text: str) -> str:
        path = tmp_path / "own.map.toml"
        path.write_text(text, encoding="utf-8")
        return str(path)

    return write


def rows(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    return [row if isinstance(row, tuple) else (row,) for row in ask(engine, sql)]


def synthetic_uci(path: Path, count: int) -> None:
    """A table of the same shape as the UCI one, with invented rows."""
    r = random.Random(11)
    with path.open("w", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(HEAD)
        for _ in range(count):
            out.writerow(
                [
                    r.randint(18, 90),
                    r.choice(["management", "admin.", "retired", "unknown"]),
                    r.choice(["married", "single"]),
                    "tertiary",
                    "no",
                    r.randint(-2_000, 90_000),
                    r.choice(["yes", "no"]),
                    "no",
                    r.choice(["cellular", "unknown"]),
                    r.randint(1, 28),
                    "may",
                    261,
                    1,
                    -1,
                    0,
                    r.choice(["success", "unknown"]),
                    r.choice(["yes", "no"]),
                ]
            )


@pytest.mark.parametrize(
    ("source", "count", "engine"), [("synthetic", 200, "sqlite"), ("synthetic", 200, "postgres"), ("real", 45_211, "sqlite")],
    indirect=["engine"],
)
def test_the_uci_table(source: str, count: int, engine: Engine, bring: Bring, tmp_path: Path) -> None:
    """No client numbers, English, nothing of ours in its headers: clients and contacts come in, and again without a change."""
    path = tmp_path / "uci.csv"
    if source == "real":
        if not REAL.exists():
            pytest.skip("../shared/data is not beside this checkout")
        shutil.copy(REAL, path)
    else:
        synthetic_uci(path, count)
    assert bring(str(DATA / "uci-bank.staff.csv")).added == 1
    clients, contacts = str(DATA / "uci-bank.map.toml"), str(DATA / "uci-bank-contacts.map.toml")
    first = bring(str(path), mapping=clients)
    assert (first.kind, first.added, first.rejected, first.unmatched_columns) == (
        "clients",
        count,
        0,
        ("contact", "day", "month", "duration", "pdays"),
    )
    talked = bring(str(path), mapping=contacts)
    assert (talked.kind, talked.added, talked.rejected) == ("contacts", count, 0)
    if source == "synthetic":
        assert [bring(str(path), mapping=m).unchanged for m in (clients, contacts)] == [count, count]
    with path.open() as stream:
        told = list(csv.DictReader(stream))
    assert rows(
        engine,
        "SELECT count(*), sum(assets_fen), count(*) FILTER (WHERE occupation IS NULL),"
        " count(*) FILTER (WHERE tags LIKE '%上轮已办理%'), min(manager), min(branch) FROM client",
    ) == [
        (
            count,
            sum(int(r["balance"]) for r in told) * 100,
            sum(r["job"] == "unknown" for r in told),
            sum(r["poutcome"] == "success" for r in told),
            "U01",
            "UCI",
        )
    ]
    assert rows(
        engine, "SELECT count(*), count(*) FILTER (WHERE outcome = '办理定期存款'), count(*) FILTER (WHERE effective), min(channel),"
        " max(channel) FROM contact"
    ) == [
        (count, sum(r["Target"] == "yes" for r in told), count, "call", "call")
    ]
    last = told[-1]
    assert rows(engine, f"SELECT name, note FROM client WHERE client_no = 'U{count:06d}'") == [
        (f"客户{count}", f"{last['age']} 岁，学历 {last['education']}，本轮联系 {last['campaign']} 次，此前 {last['previous']} 次")
    ]


def test_the_example_of_the_contract(engine: Engine, bring: Bring, write_csv: Write, map_file: Write) -> None:
    table = [["client_id", "full_name", "aum_k"], ["1", "Wang", "2.5"]]
    result = bring(
        write_csv(table),
        mapping=map_file(
            'client_no = "client_id"\nname = "Full Name"\nassets = "AUM_K"\n'
            '[constants]\nbranch = "B01"\ndo_not_contact = true\n[options]\nunit = "千"\n'
        ),
    )
    assert (result.kind, result.added, result.unmatched_columns) == ("clients", 1, ())
    assert rows(engine, "SELECT client_no, name, assets_fen, branch, do_not_contact FROM client") == [("1", "Wang", 250_000, "B01", 1)]


def test_options_by_field_and_a_header_row_that_is_told(engine: Engine, bring: Bring, write_csv: Write, map_file: Write) -> None:
    path = write_csv([], "odd.csv")
    Path(path).write_text("client_no;name;x\nclient_no;name;birthday;opened_on;assets\nC1;陳;03/04/1960;04.03.2015;1.5", encoding="big5")
    bring(
        path,
        mapping=map_file(
            '[options]\nheader_row = 2\ndelimiter = ";"\nencoding = "big5"\nunit = { assets = "万" }\n'
            'date_format = { birthday = "%d/%m/%Y", opened_on = "%d.%m.%Y" }\n'
        ),
    )
    assert rows(engine, "SELECT name, birthday, opened_on, assets_fen FROM client") == [("陳", "1960-04-03", "2015-03-04", 1_500_000)]


def test_a_constant_fills_empty_cells_and_a_field_can_be_left_out(engine: Engine, bring: Bring, write_csv: Write, map_file: Write) -> None:
    table = [["客户号", "姓名", "职业", "备注"], ["C1", "王", "", "x"], ["C2", "李", "教师", "y"]]
    result = bring(write_csv(table), mapping=map_file('note = false\n[constants]\noccupation = "未知"\n'))
    assert result.unmatched_columns == ("备注",)
    assert rows(engine, "SELECT occupation, note FROM client ORDER BY client_no") == [("未知", None), ("教师", None)]


def test_made_numbers_do_not_slip_when_a_row_is_bad(engine: Engine, bring: Bring, map_file: Write, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_text("who,money\nA,1\nB,1,2,3\nC,x\nD,4\n", encoding="utf-8")
    own = map_file('kind = "clients"\nclient_no = { generate = "U{row:03d}" }\nname = "who"\nassets = "money"\n')
    assert bring(str(path), mapping=own).rejected == 2
    assert rows(engine, "SELECT client_no, name FROM client ORDER BY 1") == [("U001", "A"), ("U004", "D")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("client_no = [", "cannot be read"),
        ('clent_no = "a"', "'clent_no'; did you mean 'client_no'"),
        ('client_no = "custmer"', "'custmer' wanted for client_no is not in the data; did you mean 'customer'"),
        ('kind = "client"', "did you mean 'kind = clients'"),
        ("client_no = 5", "client_no is wrong"),
        ('client_no = { generate = "U" }', "client_no is wrong"),
        ('client_no = { generate = "{row.__class__}" }', "client_no is wrong"),
        ('client_no = { generate = "{row!r}" }', "client_no is wrong"),
        ('client_no = { generate = "{row:zz}" }', "client_no is wrong"),
        ('name = { template = "{nobody}" }', "'nobody' wanted for nobody"),
        ('[constants]\nbrnch = "B"', "'constants.brnch'; did you mean 'constants.branch'"),
        ("[constants]\nbranch = [1]", "constants.branch is wrong"),
        ("[values.tgs]\na = 'b'", "'values.tgs'; did you mean 'values.tags'"),
        ("[options]\nunits = '万'", "'options.units'; did you mean 'options.unit'"),
        ("[options]\nunit = '英镑'", "options.unit is wrong"),
        ("[options]\ndelimiter = ';;'", "options.delimiter is wrong"),
        ("[options]\nheader_row = 0", "options.header_row is wrong"),
        ("[options]\nencoding = 'klingon'", "options.encoding is wrong"),
        ("[options]\nencoding = 'base64'", "options.encoding is wrong"),
        ("[options]\nencoding = 'ascii'", "not readable in the map's encoding ascii"),
        ("[options]\ndate_format = 'DD/MM'", "options.date_format is wrong"),
    ],
)
def test_mistakes_in_a_map_are_one_line(text: str, line: str, bring: Bring, write_csv: Write, map_file: Write) -> None:
    with pytest.raises(ImportFailed) as caught:
        bring(write_csv([["customer", "姓名"], ["1", "王"]]), mapping=map_file(text), lang="en", kind="clients")
    assert line in str(caught.value)
    assert "\n" not in str(caught.value)


def test_no_map_file(bring: Bring, write_csv: Write, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="映射文件读不了"):
        bring(write_csv([["客户号", "姓名"], ["1", "王"]]), mapping=str(tmp_path / "none.toml"))
