"""What an import does to what is stored: added, changed, left alone, rejected; and that the counts add up."""

from __future__ import annotations

import csv
from collections.abc import Callable
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine
from sqlmodel import select

from coach.store.db import open_db, session
from coach.store.importing import ImportFailed, ImportResult, import_file, import_files
from coach.store.tables import Assignment, Client, Holding, ImportRun, StageChange
from tests.store.asking import ask

Bring = Callable[..., ImportResult]
Write = Callable[..., str]
TODAY = date(2026, 11, 23)
pytestmark = pytest.mark.usefixtures("branch")


def client(engine: Engine, number: str) -> Client:
    with session(engine, write=False) as s:
        found = s.get(Client, number)
    assert found is not None
    return found


def counts(result: ImportResult) -> tuple[int, int, int, int]:
    return result.added, result.changed, result.unchanged, result.rejected


def rejected(result: ImportResult) -> list[list[str]]:
    assert result.rejected_file is not None
    with open(result.rejected_file, encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def test_a_new_client_is_placed_and_searchable(engine: Engine) -> None:
    c = client(engine, "C1")
    assert (c.assigned_on, c.branch, c.assets_fen, c.assets_from, c.stage, c.tier) == (None, "B01", 35_000_000, "file", "stranger", "C")
    assert c.search_key == "单雄信 shanxiongxin sxx c1"
    assert ask(engine, "SELECT client_no, manager, since, reason FROM assignment ORDER BY client_no") == [
        ("C1", "S1", "2026-11-23", "import"),
        ("C2", "S2", "2026-11-23", "import"),
    ]
    alone = client(engine, "C3")
    assert (alone.manager, alone.assigned_on, alone.branch) == (None, None, None)


def test_the_same_file_twice_changes_nothing(engine: Engine, bring: Bring, write_csv: Write) -> None:
    table = [
        ["客户号", "姓名", "管户工号", "资产", "标签"],
        ["C1", "单雄信", "S2", "1", "a"],
        ["C8", "任达", "S1", "2", ""],
        ["C9", "", "", "", ""],
    ]
    path = write_csv(table)
    assert counts(bring(path)) == (1, 1, 0, 1)
    before = ask(engine, "SELECT * FROM client ORDER BY client_no"), ask(engine, "SELECT * FROM assignment")
    assert counts(bring(path, today=date(2026, 12, 1))) == (0, 0, 2, 1)
    assert (ask(engine, "SELECT * FROM client ORDER BY client_no"), ask(engine, "SELECT * FROM assignment")) == before
    assert ask(engine, "SELECT kind, added, changed, unchanged, rejected FROM importrun ORDER BY id DESC LIMIT 2") == [
        ("clients", 0, 0, 2, 1),
        ("clients", 1, 1, 0, 1),
    ]


def test_a_new_manager_is_a_new_assignment(engine: Engine, bring: Bring, write_csv: Write) -> None:
    result = bring(write_csv([["客户号", "姓名", "管户工号"], ["C1", "单雄信", "S2"], ["C3", "仇和", "S2"]]), today=date(2026, 12, 1))
    assert counts(result) == (0, 2, 0, 0)
    moved = client(engine, "C1")
    assert (moved.manager, moved.assigned_on, moved.branch, moved.version, moved.assets_fen) == (
        "S2",
        date(2026, 12, 1),
        "B02",
        2,
        35_000_000,
    )
    with session(engine, write=False) as s:
        assert [a.manager for a in s.exec(select(Assignment).where(Assignment.client_no == "C1").order_by(Assignment.id))] == ["S1", "S2"]


def test_an_empty_cell_and_an_absent_column_leave_things_alone(engine: Engine, bring: Bring, write_csv: Write) -> None:
    bring(write_csv([["客户号", "姓名", "手机", "标签"], ["C1", "单雄信", "13800138000", "拆迁"]]))
    assert counts(bring(write_csv([["客户号", "姓名", "手机", "职业"], ["C1", "单雄信", "", "教师"]]))) == (0, 1, 0, 0)
    c = client(engine, "C1")
    assert (c.phone, c.tags, c.occupation, c.assets_fen) == ("13800138000", "拆迁", "教师", 35_000_000)
    assert c.search_key == "单雄信 shanxiongxin sxx c1 13800138000 拆迁"
    bring(write_csv([["客户号", "姓名"], ["C1", "曾雄信"]]))
    assert client(engine, "C1").search_key == "曾雄信 zengxiongxin zxx c1 13800138000 拆迁"


def test_unknown_references_are_rejected(bring: Bring, write_csv: Write) -> None:
    result = bring(write_csv([["客户号", "姓名", "管户工号"], ["C7", "王", "S9"], ["C8", "李", "S1"]]))
    assert counts(result) == (1, 0, 0, 1)
    assert rejected(result) == [
        ["行号", "列", "原因", "客户号", "姓名", "管户工号"],
        ["2", "管户工号", "没有这个工号，请先导入员工", "C7", "王", "S9"],
    ]
    result = bring(
        write_csv([["event_no", "client_no", "status"], ["E1", "C1", "invited"], ["E2", "C1", "invited"], ["E1", "C99", "invited"]]),
        lang="en",
    )
    assert counts(result) == (1, 0, 0, 2)
    assert [row[:3] for row in rejected(result)] == [
        ["row", "column", "reason"],
        ["3", "event_no", "no such event, import events first"],
        ["4", "client_no", "no such client, import clients first"],
    ]


def test_all_faults_of_a_row_are_named_at_once(bring: Bring, write_csv: Write) -> None:
    result = bring(write_csv([["客户号", "姓名", "资产（万元）", "生日"], ["C5", "", "abc", "昨天"]]))
    assert rejected(result)[1][:3] == ["2", "姓名; 生日; 资产（万元）", "必填，却是空的; 不是日期（如 2026-11-23）; 不是金额"]


def test_mended_rejects_come_in(engine: Engine, bring: Bring, write_csv: Write) -> None:
    result = bring(write_csv([["客户号", "姓名", "备注", "资产"], ["C5", "王", "=x", "abc"]]))
    path = Path(result.rejected_file or "")
    path.write_text(path.read_text("utf-8-sig").replace("abc", "-100"), "utf-8-sig")
    again = bring(str(path))
    assert (counts(again), again.unmatched_columns) == ((1, 0, 0, 0), ())
    assert (client(engine, "C5").note, client(engine, "C5").assets_fen) == ("=x", -10_000)


def test_the_later_of_two_rows_counts(engine: Engine, bring: Bring, write_csv: Write) -> None:
    table = [["客户号", "姓名", "资产"], ["C5", "王", "1"], ["C5", "王", "2"], ["C6", "李", "3"], ["C6", "李", "3"]]
    result = bring(write_csv(table))
    assert counts(result) == (2, 0, 1, 1)
    assert client(engine, "C5").assets_fen == 200
    assert rejected(result)[1][:3] == ["2", "客户号", "第 3 行又有同一条，以后面的为准"]
    assert "1 行" in result.notes[0]
    assert counts(bring(write_csv(table))) == (0, 0, 3, 1)


def test_strict_takes_all_or_nothing(engine: Engine, bring: Bring, write_csv: Write) -> None:
    path = write_csv([["客户号", "姓名"], ["C5", "王"], ["C6", ""]])
    with pytest.raises(ImportFailed, match=r"1 行不合格.*rejected"):
        bring(path, strict=True)
    assert ask(engine, "SELECT count(*) FROM client") == [3]
    assert Path(path).with_name("file.rejected.csv").exists()
    with pytest.raises(ImportFailed, match="1 rows are bad"):  # also where the fault shows only against the database
        bring(write_csv([["客户号", "姓名", "管户工号"], ["C5", "王", "S1"], ["C6", "李", "S9"]]), strict=True, lang="en")
    assert ask(engine, "SELECT count(*) FROM client") == [3]
    assert counts(bring(write_csv([["客户号", "姓名"], ["C5", "王"]]), strict=True)) == (1, 0, 0, 0)


def test_a_dry_run_writes_nothing(engine: Engine, bring: Bring, write_csv: Write, tmp_path: Path) -> None:
    runs = ask(engine, "SELECT count(*) FROM importrun")
    path = write_csv([["客户号", "姓名"], ["C1", "新名"], ["C5", "王"], ["C6", ""]], "dry.csv")
    result = bring(path, dry_run=True)
    assert (counts(result), result.rejected_file) == ((1, 1, 0, 1), None)
    assert not (tmp_path / "dry.rejected.csv").exists()
    assert (client(engine, "C1").name, ask(engine, "SELECT count(*) FROM client"), ask(engine, "SELECT count(*) FROM importrun")) == (
        "单雄信",
        [3],
        runs,
    )


def test_several_files_come_in_in_the_right_order(engine: Engine, write_csv: Write) -> None:
    paths = [
        write_csv([["客户号", "类型", "金额"], ["N1", "活期", "5"]], "a.csv"),
        write_csv([["客户号", "姓名", "管户工号"], ["N1", "王", "N9"]], "b.csv"),
        write_csv([["工号", "姓名"], ["N9", "新员工"]], "c.csv"),
    ]
    dry = import_files(engine, paths, today=TODAY, dry_run=True)
    wet = import_files(engine, paths, today=TODAY)
    assert (
        [(r.kind, *counts(r)) for r in dry]
        == [(r.kind, *counts(r)) for r in wet]
        == [("holdings", 1, 0, 0, 0), ("clients", 1, 0, 0, 0), ("staff", 1, 0, 0, 0)]
    )


def test_a_refusal_is_not_lifted_by_a_file(engine: Engine, bring: Bring, write_csv: Write) -> None:
    bring(write_csv([["客户号", "姓名", "勿扰"], ["C1", "单雄信", "是"]]))
    result = bring(write_csv([["客户号", "姓名", "勿扰"], ["C1", "单雄信", "否"], ["C2", "曾国藩", "否"]]))
    assert client(engine, "C1").do_not_contact
    assert (counts(result), "1 位" in result.notes[0]) == ((0, 0, 2, 0), True)


def test_a_stage_earned_in_coach_is_not_set_back(engine: Engine, bring: Bring, write_csv: Write) -> None:
    path = write_csv([["客户号", "姓名", "阶段"], ["C1", "单雄信", "熟悉"], ["C2", "曾国藩", "熟悉"]])
    assert counts(bring(path)) == (0, 2, 0, 0)
    assert ask(engine, "SELECT client_no, before, after, reason FROM stagechange ORDER BY id") == [
        ("C1", "stranger", "acquainted", '{"import": "file.csv"}'),
        ("C2", "stranger", "acquainted", '{"import": "file.csv"}'),
    ]
    with session(engine) as s:
        earned = s.get(Client, "C1")
        assert earned is not None
        earned.stage = "trusted"
        s.add(StageChange(client_no="C1", at=datetime(2026, 11, 24, 9), before="acquainted", after="trusted", reason={"visits": 2}))
    result = bring(path)
    assert (counts(result), client(engine, "C1").stage, "1 位" in result.notes[0]) == ((0, 0, 2, 0), "trusted", True)
    assert counts(bring(write_csv([["客户号", "姓名", "阶段"], ["C2", "曾国藩", "信任"]]))) == (0, 1, 0, 0)


def test_movements_without_a_number(engine: Engine, bring: Bring, write_csv: Write) -> None:
    """Two alike are two; a longer file that holds them again adds only what is new."""
    head, row, other = ["客户号", "日期", "金额", "对方"], ["C1", "2026-11-20", "-100", "甲"], ["C1", "2026-11-21", "-100", "甲"]
    assert counts(bring(write_csv([head, row, row]))) == (2, 0, 0, 0)
    assert counts(bring(write_csv([head, row, row, row, other]))) == (2, 0, 2, 0)
    assert ask(engine, "SELECT count(*), count(DISTINCT movement_no) FROM movement") == [(4, 4)]


def test_movements_with_a_number(engine: Engine, bring: Bring, write_csv: Write) -> None:
    head = ["客户号", "日期", "金额", "流水号"]
    assert counts(
        bring(write_csv([head, ["C1", "2026-11-20", "-100", "M1"], ["C1", "2026-11-20", "-100", "M2"], ["C1", "2026-11-20", "5", ""]]))
    ) == (3, 0, 0, 0)
    assert counts(bring(write_csv([head, ["C1", "2026-10-01", "-100", "M1"], ["C1", "2026-11-20", "5", ""]]))) == (0, 1, 1, 0)
    assert ask(engine, "SELECT \"on\" FROM movement WHERE movement_no = 'M1'") == ["2026-10-01"]


def test_holdings_without_a_number_follow_their_amount(engine: Engine, bring: Bring, write_csv: Write) -> None:
    head = ["客户号", "类型", "产品", "金额", "到期日"]
    two = [["C3", "定期", "三年", "200", "2026-12-01"], ["C3", "定期", "三年", "100", "2026-12-01"]]
    assert counts(bring(write_csv([head, *two, ["C3", "活期", "", "7", ""]]))) == (3, 0, 0, 0)
    assert counts(bring(write_csv([head, ["C3", "活期", "", "8", ""], *reversed(two)]))) == (0, 1, 2, 0)
    with session(engine, write=False) as s:
        assert sorted(h.amount_fen for h in s.exec(select(Holding))) == [800, 10_000, 20_000]


def test_contacts_of_one_day_are_kept_apart(engine: Engine, bring: Bring, write_csv: Write) -> None:
    head = ["客户号", "时间", "渠道", "摘要", "工号"]
    rows = [
        ["C1", "2026-11-20", "电话", "未接", "S1"],
        ["C1", "2026-11-20", "电话", "接通", "S1"],
        ["C1", "2026-11-20", "电话", "接通", "S1"],
        ["C1", "2026-11-20", "微信", "接通", "S77"],
    ]
    result = bring(write_csv([head, *rows]))
    assert counts(result) == (3, 0, 1, 0)
    assert any("员工表" in n for n in result.notes)
    assert counts(bring(write_csv([head, *rows]))) == (0, 0, 4, 0)
    assert ask(engine, "SELECT count(*) FROM contact WHERE NOT effective") == [3]


def test_key_dates_are_told_apart_by_whose_they_are(engine: Engine, bring: Bring, write_csv: Write) -> None:
    head = ["客户号", "事由", "日期", "何人"]
    bring(write_csv([head, ["C1", "生日", "1990-01-02", "女儿"], ["C1", "生日", "1960-01-02", ""]]))
    assert counts(bring(write_csv([head, ["C1", "生日", "1990-01-03", "女儿"]]))) == (0, 1, 0, 0)
    assert ask(engine, 'SELECT who, "date", calendar FROM keydate ORDER BY who') == [
        ("", "1960-01-02", "solar"),
        ("女儿", "1990-01-03", "solar"),
    ]


def test_assets_that_no_file_gave(engine: Engine, bring: Bring, write_csv: Write) -> None:
    """The client file stands above the month-end, that above the holdings; loans are no assets."""
    held = bring(
        write_csv([["客户号", "类型", "金额"], ["C1", "定期", "9"], ["C3", "定期", "100"], ["C3", "贷款", "50"], ["C3", "活期", "1"]])
    )
    assert "1 位" in held.notes[0]
    assert [(client(engine, n).assets_fen, client(engine, n).assets_from) for n in ("C1", "C2", "C3")] == [
        (35_000_000, "file"),
        (0, None),
        (10_100, "holdings"),
    ]
    bring(write_csv([["客户号", "日期", "资产"], ["C3", "2026-09-30", "3"], ["C3", "2026-10-31", "4"], ["C1", "2026-10-31", "4"]]))
    assert [client(engine, n).assets_fen for n in ("C1", "C3")] == [35_000_000, 400]
    bring(write_csv([["客户号", "类型", "金额"], ["C3", "活期", "2"]]))
    assert (client(engine, "C3").assets_fen, client(engine, "C3").assets_from) == (400, "balances")


def test_the_record_of_an_import(engine: Engine, bring: Bring, write_csv: Write) -> None:
    import hashlib

    path = write_csv([["客户号", "姓名"], ["C5", "王"]])
    bring(path)
    with session(engine, write=False) as s:
        run = s.exec(select(ImportRun).order_by(ImportRun.id.desc())).first()  # type: ignore[union-attr]
    assert run is not None
    assert (run.file, run.kind, run.added, run.at.date()) == ("file.csv", "clients", 1, TODAY)
    assert run.sha256 == hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_managers_before_any_staff(tmp_path: Path, write_csv: Write) -> None:
    fresh = open_db(f"sqlite:///{tmp_path / 'fresh.db'}")
    result = import_file(fresh, write_csv([["客户号", "姓名", "管户工号"], ["C1", "王", "S1"]]), today=TODAY)
    assert (counts(result), result.notes) == ((0, 0, 0, 1), ("员工表还是空的：请先导入员工（staff），再导入本文件",))


def test_a_folder_that_takes_no_file(bring: Bring, write_csv: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object) -> Path:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("coach.store.importing.run.write_rejected", full)
    result = bring(write_csv([["客户号", "姓名"], ["C5", ""], ["C6", "王"]]))
    assert (counts(result), result.rejected_file) == ((1, 0, 0, 1), None)
    assert result.notes == ("不合格行清单写不进文件夹：No space left on device",)


def test_progress_is_told_often(bring: Bring, write_csv: Write) -> None:
    calls: list[tuple[int, int | None]] = []
    bring(write_csv([["客户号", "姓名"], *([f"P{i:05d}", "王"] for i in range(12_000))]), progress=lambda d, t: calls.append((d, t)))
    reading = [d for d, t in calls if t is None]
    writing = [(d, t) for d, t in calls if t is not None]
    assert reading == list(range(2_000, 12_001, 2_000))
    assert writing[-1] == (12_000, 12_000)
    assert all(b[0] - a[0] <= 5_000 for a, b in pairwise(writing[1:]))
