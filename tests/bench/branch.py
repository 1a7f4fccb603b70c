"""Branches of any size to measure on: a demo branch of up to 5,000 clients, brought in by Coach's own import, then
laid out again and again under new numbers inside the database.

Every further copy has clients, managers and records of its own; what is in them repeats.
"""

from __future__ import annotations

import csv
import shutil
import sqlite3
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

BASE = 5_000
SEED = 11
HOLDINGS, MOVEMENTS = 3, 12
"""Rows a client in the files that are imported: 150,000 and 600,000 for 50,000."""
KINDS = ("clients", "holdings", "movements")
_OWN = {"holding": "holding_no", "movement": "movement_no", "contact": "contact_no"}
_STRIDE = 100
"""Staff numbers of two copies lie so far apart."""


@dataclass
class Branches:
    """Branches made once in a folder, by number of clients."""

    folder: Path
    today: date
    _homes: dict[int, Path] = field(default_factory=dict)

    def home(self, clients: int) -> Path:
        """A workspace with so many clients and the playbook's index; at most ``BASE``, or a multiple of it."""
        if clients not in self._homes and not self._found(clients):
            base = self._base(min(clients, BASE))
            if clients <= BASE:
                return base
            if clients % BASE:
                raise ValueError(f"a branch of more than {BASE:,} clients is a multiple of that, not {clients:,}")
            home = self.folder / f"branch-{clients}"
            shutil.copytree(base, home)
            _lay_out(home / "coach.db", clients // BASE)
            self._done(clients, home)
        return self._homes[clients]

    def _found(self, clients: int) -> bool:
        """Whether it was made by an earlier run of the same day."""
        home = self.folder / f"branch-{clients}"
        mark = home / "whole"
        if mark.exists() and mark.read_text() == self.today.isoformat():
            self._homes[clients] = home
            return True
        shutil.rmtree(home, ignore_errors=True)
        return False

    def _done(self, clients: int, home: Path) -> None:
        (home / "whole").write_text(self.today.isoformat())
        self._homes[clients] = home

    def _base(self, clients: int) -> Path:
        from coach.services.demo import make_demo
        from coach.services.knowledge import retriever

        if clients not in self._homes and not self._found(clients):
            home = self.folder / f"branch-{clients}"
            ws, _ = make_demo(home, clients, SEED, self.today, "zh")
            retriever(ws)
            ws.close()
            _settle_file(home / "coach.db")
            shutil.rmtree(home / "ledger", ignore_errors=True)
            self._done(clients, home)
        return self._homes[clients]

    @cached_property
    def _data(self) -> dict[str, list[dict[str, Any]]]:
        from coach.demo import generate

        return generate(clients=BASE, seed=SEED, today=self.today)

    def files(self, clients: int, form: str) -> list[Path]:
        """``staff``, ``clients``, ``holdings``, ``movements`` of so many clients as CSV or XLSX, in that order."""
        folder = self.folder / f"files-{clients}-{form}"
        if not folder.exists():
            folder.mkdir(parents=True)
            for kind in ("staff", *KINDS):
                write = _write_csv if form == "csv" else _write_xlsx
                write(folder / f"{kind}.{form}", kind, self._rows(kind, clients))
        return [folder / f"{kind}.{form}" for kind in ("staff", *KINDS)]

    def _rows(self, kind: str, clients: int) -> Iterator[dict[str, Any]]:
        rows = self._data[kind]
        if kind == "staff":
            yield from rows
            return
        numbers = [f"{10_000_001 + at}" for at in range(clients)]
        many = {"clients": 1, "holdings": HOLDINGS, "movements": MOVEMENTS}[kind]
        for at in range(clients * many):
            client_no, row = numbers[at // many], rows[at % len(rows)]
            own = {"client_no": client_no}
            if kind == "holdings":
                own["holding_no"] = f"{client_no}-{at % many:02}"
            if kind == "movements":
                own["movement_no"] = f"{client_no}-{at % many:03}"
                own["on"] = self.today - timedelta(days=1 + (at * 7919) % 360)  # type: ignore[assignment]
            yield row | own


def _settle_file(database: Path) -> None:
    """All in the one file, nothing left in the journal, so that it can be copied."""
    with sqlite3.connect(database) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _lay_out(database: Path, copies: int) -> None:
    """The clients of a database ``copies`` times, in one transaction."""
    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    connection.execute("CREATE TEMP TABLE copy AS WITH RECURSIVE n(k) AS (SELECT 1 UNION ALL SELECT k + 1 FROM n WHERE k + 1 < ?)"
                       " SELECT k FROM n", (copies,))  # fmt: skip
    number, staff = f"CAST(CAST(client_no AS INTEGER) + k * {BASE} AS TEXT)", f"CAST(CAST({{}} AS INTEGER) + k * {_STRIDE} AS TEXT)"
    for table in ("staff", "client", "holding", "balance", "movement", "contact", "keydate", "gift", "invitation", "assignment"):
        names = [r[1] for r in connection.execute(f'PRAGMA table_info("{table}")') if r[1] != "id"]
        values = []
        for name in names:
            value = f't."{name}"'
            if name == "client_no":
                value = number.replace("client_no", "t.client_no")
            elif name in ("staff_no", "manager"):
                value = f"CASE WHEN {value} IS NULL THEN NULL ELSE {staff.format(value)} END"
            elif name == "search_key":
                value = f"replace({value}, t.client_no, {number.replace('client_no', 't.client_no')})"
            elif name == _OWN.get(table):
                value = f"{value} || '-' || k"
            values.append(value)
        listed = ", ".join(f'"{name}"' for name in names)
        connection.execute(f'INSERT INTO "{table}" ({listed}) SELECT {", ".join(values)} FROM "{table}" t, copy')
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()
    _settle_file(database)


def _write_csv(path: Path, kind: str, rows: Iterable[dict[str, Any]]) -> None:
    from coach.demo.write import HEADERS, _cell

    columns = HEADERS[kind]
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns.values())
        writer.writerows([_cell(name, row[name]) for name in columns] for row in rows)


_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/><Override PartName="/xl/workbook.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/><Override'
    ' PartName="/xl/worksheets/sheet1.xml"'
    ' ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1"'
    ' Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/>'
    "</Relationships>",
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Sheet1" sheetId="1"'
    ' r:id="rId1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
}  # fmt: skip


def _write_xlsx(path: Path, kind: str, rows: Iterable[dict[str, Any]]) -> None:
    """A workbook as programs that write row by row make it: every text in its cell, amounts as numbers."""
    from coach.demo.write import HEADERS, _cell

    columns = HEADERS[kind]
    letters = [chr(65 + i) if i < 26 else "A" + chr(39 + i) for i in range(len(columns))]
    lines = ([_cell(name, row[name]) for name in columns] for row in rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as book:
        for name, text in _PARTS.items():
            book.writestr(name, '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>' + text)
        with book.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as out:
            out.write(b'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
                      b"<sheetData>")
            out.write(_line(1, list(columns.values()), letters).encode())
            number = 2
            while some := list(islice(lines, 5_000)):
                out.write("".join(_line(number + at, cells, letters) for at, cells in enumerate(some)).encode())
                number += len(some)
            out.write(b"</sheetData></worksheet>")


def _line(number: int, cells: list[Any], letters: list[str]) -> str:
    parts = [f'<row r="{number}">']
    for letter, cell in zip(letters, cells, strict=True):
        if cell == "":
            continue
        if isinstance(cell, str):
            parts.append(f'<c r="{letter}{number}" t="inlineStr"><is><t>{escape(cell)}</t></is></c>')
        else:
            parts.append(f'<c r="{letter}{number}"><v>{cell}</v></c>')
    return "".join([*parts, "</row>"])
