"""Reading an XLSX: guarded against zip bombs and stray cells first, then by calamine, never evaluated.

Numbers keep Excel's 15 significant digits (``0.1+0.2`` is ``0.3``, as on its screen), error cells are
empty, dates are ISO, a formula is its stored result.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

from coach.domain.words import Lang
from coach.store.importing.files import MAX_CELL, Row, Source, shorten
from coach.store.importing.messages import ImportFailed, say

MAX_UNPACKED = 512 << 20
"""Bytes that all parts of a workbook may unpack to."""
MAX_RATIO = 250
"""Unpacked to packed, for a part of more than 20 MB; spreadsheets stay under 60."""
MAX_CELLS = 40_000_000
"""Rows × columns of the rectangle that holds every cell: the reader makes room for all of it."""

_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Za-z]{1,4})(\d{1,8})"')
_ROW = re.compile(rb'<row\b[^>]*?\br="(\d{1,8})"')
_BLOCK = 1 << 18


def open_workbook(path: Path, file: str, sha256: str, sheet: str | None, lang: Lang) -> Source:
    """The sheet named, or the first one. Raises :class:`ImportFailed` where the workbook is unsafe or unreadable."""
    _guard(path, file, lang)
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError  # only a workbook needs it

    try:
        book = CalamineWorkbook.from_path(str(path))
        names = book.sheet_names
        if not names or (sheet is not None and sheet not in names):
            raise ImportFailed(say(lang, "no_sheet", sheet=sheet or "", sheets="、".join(names) if lang == "zh" else ", ".join(names)))
        opened = book.get_sheet_by_name(sheet or names[0])
    except PasswordError:
        raise ImportFailed(say(lang, "encrypted", file=file)) from None
    except (CalamineError, OSError, ValueError) as error:
        raise ImportFailed(say(lang, "unreadable", file=file, why=str(error).splitlines()[0] if str(error) else "XLSX")) from None

    def rows(_delimiter: str) -> Iterator[Row]:
        for number, values in enumerate(opened.iter_rows(), start=1):
            cells = [_text(value) for value in values]
            while cells and not cells[-1]:
                cells.pop()
            fault = None
            if sum(map(len, cells)) > MAX_CELL:
                cells, fault = shorten(cells)
            yield number, cells, fault

    source = Source(path, file, sha256, rows, "", sheet or names[0])
    if len(names) > 1 and sheet is None:
        source.notes.append(say(lang, "n_sheets", sheet=names[0], others=", ".join(names[1:])))
    return source


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ", timespec="seconds")
    return value.isoformat() if isinstance(value, (date, time)) else str(value)


def _guard(path: Path, file: str, lang: Lang) -> None:
    """Unpack every part once, counting what really comes out (a header may lie), and find stray cells."""
    bomb = ImportFailed(say(lang, "bomb", file=file, limit=MAX_UNPACKED >> 20))
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as raw:
            parts = archive.infolist()
            if not any(p.filename.startswith("xl/worksheets/") for p in parts):
                raise ImportFailed(say(lang, "not_xlsx", file=file))
            if any(p.flag_bits & 0x1 for p in parts):
                raise ImportFailed(say(lang, "encrypted", file=file))
            if len(parts) > 2_000:
                raise bomb
            left = MAX_UNPACKED
            for part in parts:
                extent = _Extent() if part.filename.startswith("xl/worksheets/") else None
                size = 0
                for block in _unpacked(raw, part):
                    size += len(block)
                    if size > left or (size > 20 << 20 and size > MAX_RATIO * max(part.compress_size, 1)):
                        raise bomb
                    if extent and (stray := extent.look(block)):
                        raise ImportFailed(say(lang, "too_wide", file=file, cell=stray))
                left -= size
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
        raise ImportFailed(say(lang, "unreadable", file=file, why=str(error) or "zip")) from None


def _unpacked(raw: Any, part: zipfile.ZipInfo) -> Iterator[bytes]:
    raw.seek(part.header_offset)
    header = raw.read(30)
    if len(header) < 30 or header[:4] != b"PK\x03\x04":
        raise zipfile.BadZipFile("bad part")
    raw.seek(int.from_bytes(header[26:28], "little") + int.from_bytes(header[28:30], "little"), 1)
    if part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise NotImplementedError("compression")
    inflate = zlib.decompressobj(-15) if part.compress_type == zipfile.ZIP_DEFLATED else None
    left = part.compress_size
    while left > 0 and (block := raw.read(min(_BLOCK, left))):
        left -= len(block)
        if inflate is None:
            yield block
            continue
        while block:
            yield inflate.decompress(block, _BLOCK)
            block = inflate.unconsumed_tail
    if inflate is not None:
        yield inflate.flush()


class _Extent:
    """The rectangle that a sheet's cells span, found while it is unpacked."""

    def __init__(self) -> None:
        self.rows, self.columns, self.widest, self.tail = 1, 1, "A", b""

    def look(self, block: bytes) -> str | None:
        """The far corner, as ``XFD1048576``, once the rectangle is larger than any table."""
        text = self.tail + block
        cells = _CELL.findall(text)
        for letters in {c[0] for c in cells}:
            number = 0
            for letter in letters.upper():
                number = number * 26 + letter - 64
            if number > self.columns:
                self.columns, self.widest = number, letters.decode()
        numbers = [int(n) for n in {c[1] for c in cells}] + [int(n) for n in _ROW.findall(text)]
        self.rows = max(self.rows, *numbers) if numbers else self.rows
        self.tail = text[max(text.rfind(b"<"), len(text) - 4_096):] if b"<" in text[-4_096:] else b""
        stray = self.rows * self.columns > MAX_CELLS or self.columns > 16_384 or self.rows > 1_048_576
        return f"{self.widest}{self.rows}" if stray else None
