"""Files that are broken or mean harm: one clear line or a rejected row each, never a traceback, memory bounded."""

from __future__ import annotations

import csv
import os
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach.store.db import session
from coach.store.importing import ImportFailed, ImportResult, files

Bring = Callable[..., ImportResult]
HEAD = "客户号,姓名,备注\n"


@pytest.fixture
def refused(bring: Bring, tmp_path: Path, engine: Engine) -> Callable[..., str]:
    """The one line with which some bytes are refused; nothing is in the database after it."""

    def check(content: bytes, name: str = "file.csv", lang: str = "en") -> str:
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(ImportFailed) as caught:
            bring(str(path), lang=lang)
        assert "\n" not in str(caught.value)
        with session(engine, write=False) as s:
            assert s.connection().execute(sa.text("SELECT (SELECT count(*) FROM client) + (SELECT count(*) FROM importrun)")).scalar() == 0
        return str(caught.value)

    return check


def rejected(result: ImportResult) -> list[list[str]]:
    with Path(result.rejected_file or "").open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.reader(stream))


def repacked(path: str, out: Path, change: Callable[[str, bytes], bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", compression) as new:
        for part in old.infolist():
            new.writestr(part.filename, change(part.filename, old.read(part)))
    return out.read_bytes()


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", "empty"),
        (b"\n\n , ,\n", "empty"),
        (HEAD.encode(), "header without rows"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 99, "neither CSV nor XLSX"),
        (b"%PDF-1.7 abc", "neither CSV nor XLSX"),
        (bytes(range(256)) * 40, "neither CSV nor XLSX"),
        (b"<html><table><tr><td>1", "web page"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old .xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le"), "password"),
        (b"PK\x03\x04" + b"junk" * 50, "cannot be read"),
        ("客户号,姓名\nC1,王\n".encode() + b"\xff\xff\xff", "neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_table(content: bytes, line: str, refused: Callable[..., str]) -> None:
    assert line in refused(content)


def test_missing_file_and_folder(bring: Bring, tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="找不到文件"):
        bring(str(tmp_path / "none.csv"))
    with pytest.raises(ImportFailed, match="不是文件"):
        bring(str(tmp_path))


def test_an_archive_that_is_no_workbook(refused: Callable[..., str], tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("readme.txt", "hello")
    assert "no .xlsx" in refused((tmp_path / "a.zip").read_bytes(), "file.xlsx")


def test_a_zip_bomb(refused: Callable[..., str], tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    plain = write_xlsx([["客户号", "姓名"], ["C1", "王"]], "plain.xlsx")
    bomb = repacked(plain, tmp_path / "b.xlsx", lambda name, data: data + b" " * (64 << 20) if "sheet1" in name else data)
    assert len(bomb) < 200_000
    assert "unpacks to too much" in refused(bomb, "bomb.xlsx")


def test_a_zip_bomb_whose_header_lies(refused: Callable[..., str], tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    """Both size fields claim a few bytes; only what really comes out is believed."""
    plain = write_xlsx([["客户号", "姓名"], ["C1", "王"]], "plain.xlsx")
    content = bytearray(repacked(plain, tmp_path / "b.xlsx", lambda name, data: data + b" " * (64 << 20) if "sheet1" in name else data))
    with zipfile.ZipFile(tmp_path / "b.xlsx") as archive:
        size = next(p.file_size for p in archive.infolist() if "sheet1" in p.filename)
    content = bytearray(bytes(content).replace(struct.pack("<I", size), struct.pack("<I", 800)))
    assert "unpacks to too much" in refused(bytes(content), "bomb.xlsx")


def test_a_cell_at_the_far_corner(refused: Callable[..., str], tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    """The reader would make room for 17 thousand million cells and take the process down."""
    plain = write_xlsx([["客户号", "姓名"], ["C1", "王"]], "plain.xlsx")
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    content = repacked(plain, tmp_path / "f.xlsx", lambda _name, data: data.replace(b"</sheetData>", far))
    assert "XFD1048576" in refused(content, "far.xlsx")


def test_a_damaged_workbook(refused: Callable[..., str], tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    content = Path(write_xlsx([["客户号", "姓名"], ["C1", "王"]], "plain.xlsx")).read_bytes()
    assert "cannot be read" in refused(content[: len(content) // 2], "half.xlsx")
    cut = repacked(str(tmp_path / "plain.xlsx"), tmp_path / "c.xlsx", lambda name, data: data[:200] if "sheet1" in name else data)
    assert refused(cut, "cut.xlsx")


def test_a_cell_of_ten_million_characters(bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_text(f"{HEAD}C1,王,好\nC2,李,{'长' * 10_000_000}\nC3,赵,好\n", encoding="utf-8")
    result = bring(str(path))
    assert (result.added, result.rejected) == (2, 1)
    assert result.rejected_file is not None
    assert os.path.getsize(result.rejected_file) < 5_000
    assert rejected(result)[1][:3] == ["3", "备注", "超过 10000 个字"]


def test_a_quote_that_is_never_closed(bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "q.csv"
    path.write_text(HEAD + 'C1,王,好\nC2,"李,好\n' + "".join(f"C{i},名,好\n" for i in range(3, 40)), encoding="utf-8")
    result = bring(str(path))
    assert (result.added, result.rejected) == (1, 1)
    assert "引号没有结束" in rejected(result)[1][2]


def test_formulas_stay_text_and_leave_harmless(engine: Engine, bring: Bring, tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    path = tmp_path / "f.csv"
    path.write_text(HEAD + "C1,\"=cmd|' /C calc'!A0\",@SUM(A1)\nC2,+1+1,-2+3\n=C3,,-5\n", encoding="utf-8")
    result = bring(str(path))
    assert (result.added, result.rejected) == (2, 1)
    with session(engine, write=False) as s:
        assert s.connection().execute(sa.text("SELECT name, note FROM client ORDER BY client_no")).all() == [
            ("=cmd|' /C calc'!A0", "@SUM(A1)"),
            ("+1+1", "-2+3"),
        ]
    rows = rejected(result)
    assert rows[1] == ["4", "姓名", "必填，却是空的", "'=C3", "", "-5"]
    assert stat.S_IMODE(os.stat(result.rejected_file or "").st_mode) == 0o600
    book = write_xlsx([["客户号", "姓名"], ["C9", '=HYPERLINK("http://x")']], "f.xlsx")
    assert bring(book).added == 1


def test_nul_bytes_and_control_characters(engine: Engine, bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "n.csv"
    path.write_bytes(HEAD.encode() + "C1,王\0芳,好\nC2,李\x1b[31m,好\nC3,赵,好\n".encode() + "C4,钱,好\n".encode() * 20)
    result = bring(str(path))
    assert (result.added, result.unchanged, result.rejected) == (2, 19, 2)
    assert "\0" not in Path(result.rejected_file or "").read_text("utf-8-sig")


def test_three_hundred_columns(refused: Callable[..., str]) -> None:
    wide = ",".join(["客户号", "姓名", *(f"x{i}" for i in range(298))]) + "\n" + ",".join(["1"] * 300) + "\n"
    assert "300 columns" in refused(wide.encode())


def test_a_row_wider_than_the_headers(bring: Bring, tmp_path: Path) -> None:
    path = tmp_path / "w.csv"
    path.write_text("客户号,姓名,资产\nC1,王,1,234.56\nC2,李,5\nC3,赵,6,,\n", encoding="utf-8")
    result = bring(str(path))
    assert (result.added, result.rejected) == (2, 1)
    assert rejected(result)[1][3:] == ["C1", "王", "1", "234.56"]


def test_one_endless_line(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_LINE", 1 << 20)
    assert "a line is longer" in refused(HEAD.encode() + b"x" * (4 << 20))


def test_a_file_beyond_the_limit(refused: Callable[..., str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "MAX_BYTES", 20)
    assert "too big" in refused(HEAD.encode() * 9)


def test_memory_stays_bounded(tmp_path: Path, write_xlsx: Callable[..., str]) -> None:
    """A bomb of a gigabyte is refused by a process that may use no more than one and a half."""
    plain = write_xlsx([["客户号", "姓名"], ["C1", "王"]], "plain.xlsx")
    stuffing = zlib.compressobj(9, zlib.DEFLATED, -15)
    chunk = b" " * (1 << 20)
    packed = b"".join(stuffing.compress(chunk) for _ in range(256)) + stuffing.flush()
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(plain) as old, zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            new.writestr(part.filename, old.read(part))
        for i in range(4):
            new.writestr(f"xl/media/{i}.bin", packed)
        new.writestr("xl/worksheets/sheet9.xml", chunk * 80)
    code = (
        "import resource; resource.setrlimit(resource.RLIMIT_AS, (1536 << 20,) * 2)\n"
        "from coach.store.importing.files import open_source\n"
        "from coach.store.importing import ImportFailed\n"
        f"try: open_source({str(bomb)!r}, 'en')\n"
        "except ImportFailed as e: print(e)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ | {"POLARS_MAX_THREADS": "1"}
    )
    assert "unpacks to too much" in run.stdout, run.stderr[-500:]
