"""A fresh workspace database and ledgers written on the spot."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from sqlalchemy.engine import Engine

from coach.store.db import open_db
from coach.store.importing import ImportResult, import_file

TODAY = date(2026, 11, 23)
Table = Sequence[Sequence[Any]]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Migrated once; each test opens a copy."""
    path = tmp_path_factory.mktemp("empty") / "coach.db"
    opened = open_db(f"sqlite:///{path}")
    with opened.begin() as c:
        c.exec_driver_sql("SELECT 1")
    with opened.connect() as c:
        c.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # type: ignore[union-attr]
    opened.dispose()
    return path


@pytest.fixture
def sqlite_url(tmp_path: Path, empty_database: Path) -> str:
    path = tmp_path / "ws" / "coach.db"
    path.parent.mkdir()
    shutil.copy(empty_database, path)
    return f"sqlite:///{path}"


@pytest.fixture(params=["sqlite", "postgres"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An empty database at the newest revision: the whole of the store's tests run on both kinds."""
    opened = open_db(request.getfixturevalue(f"{request.param}_url"))
    yield opened
    opened.dispose()


@pytest.fixture
def on_sqlite(sqlite_url: str) -> Iterator[Engine]:
    """For what is about SQLite's own file."""
    opened = open_db(sqlite_url)
    yield opened
    opened.dispose()


@pytest.fixture
def write_csv(tmp_path: Path) -> Callable[..., str]:
    def write(table: Table, name: str = "file.csv", encoding: str = "utf-8", delimiter: str = ",") -> str:
        out = io.StringIO()
        csv.writer(out, delimiter=delimiter).writerows(table)
        path = tmp_path / name
        path.write_bytes(out.getvalue().encode(encoding))
        return str(path)

    return write


@pytest.fixture
def write_xlsx(tmp_path: Path) -> Callable[..., str]:
    """Strings as text, numbers and dates as Excel keeps them; ``title`` goes above in merged cells."""

    def write(table: Table, name: str = "file.xlsx", title: str | None = None, sheets: Sequence[str] = ("表一",)) -> str:
        path = tmp_path / name
        with xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd", "strings_to_formulas": False}) as book:
            for sheet in [book.add_worksheet(n) for n in sheets]:
                top = 0
                if title:
                    sheet.merge_range(0, 0, 0, 5, title)
                    top = 2
                for r, row in enumerate(table, start=top):
                    for c, value in enumerate(row):
                        sheet.write(r, c, value)
        return str(path)

    return write


@pytest.fixture
def bring(engine: Engine) -> Callable[..., ImportResult]:
    def run(path: str, **options: Any) -> ImportResult:
        return import_file(engine, path, **({"today": TODAY} | options))

    return run


@pytest.fixture
def branch(bring: Callable[..., ImportResult], write_csv: Callable[..., str]) -> None:
    """Two of staff, three clients, one event."""
    bring(write_csv([["工号", "姓名", "网点"], ["S1", "王芳", "B01"], ["S2", "李强", "B02"]], "seed-staff.csv"))
    bring(
        write_csv(
            [["客户号", "姓名", "管户工号", "资产"], ["C1", "单雄信", "S1", "350000"], ["C2", "曾国藩", "S2", ""], ["C3", "仇和", "", ""]],
            "seed-clients.csv",
        )
    )
    bring(write_csv([["event_no", "title", "on"], ["E1", "中秋茶会", "2026-09-20"]], "seed-events.csv"))
