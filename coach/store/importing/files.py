"""Reading a file as rows of strings, whatever it calls itself: the content says what it is.

Nothing is ever evaluated. Memory is bounded: a file is at most ``MAX_BYTES``, a line ``MAX_LINE``, a
cell ``MAX_CELL`` characters (the rest of a longer one is dropped and its row rejected).
"""

from __future__ import annotations

import codecs
import csv
import hashlib
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from coach.domain.words import Lang
from coach.store.importing.messages import ImportFailed, say

MAX_BYTES = 1 << 30
MAX_LINE = 64 << 20
MAX_CELL = 10_000
DELIMITERS = ",\t;|"
_BLOCK = 1 << 20
_OLE = b"\xd0\xcf\x11\xe0"
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")

Row = tuple[int, list[str], str | None]
"""Row number as a spreadsheet shows it (from 1), the cells, and a reason (message key) to reject the row as a whole."""


@dataclass
class Source:
    """An opened file. ``rows`` starts from the top at each call; ``delimiter`` is empty for a workbook."""

    path: Path
    file: str
    sha256: str
    rows: Callable[[str], Iterator[Row]]
    delimiters: str = ""
    sheet: str | None = None
    notes: list[str] = field(default_factory=list)

    def head(self, count: int, delimiter: str) -> list[Row]:
        return list(islice(self.rows(delimiter), count))


@dataclass(frozen=True, slots=True)
class _Scan:
    sha256: str
    start: bytes
    utf8: bool
    bad_at: int | None
    """First byte that GB18030 cannot read."""


def open_source(file: str, lang: Lang, *, encoding: str | None = None, delimiter: str | None = None, sheet: str | None = None) -> Source:
    """A file ready to be read. Raises :class:`ImportFailed` where it is missing, empty, too big, locked or no table."""
    path, named = _split(file)
    sheet = named or sheet
    scan = _scan(path, file, lang)
    if scan.start.startswith(b"PK\x03\x04"):
        from coach.store.importing.workbook import open_workbook  # a CSV needs no workbook reader

        source = open_workbook(path, file, scan.sha256, sheet, lang)
        if path.suffix.lower() not in (".xlsx", ".xlsm"):
            source.notes.append(say(lang, "n_extension", format="XLSX"))
        return source
    _refuse(path, scan.start, file, lang)
    if named:
        raise ImportFailed(say(lang, "sheet_of_csv", file=file))
    found = encoding or _encoding(scan, file, lang)
    source = Source(path, file, scan.sha256, lambda d: _csv_rows(path, found, d), delimiter or DELIMITERS)
    if path.suffix.lower() in (".xlsx", ".xls", ".xlsm"):
        source.notes.append(say(lang, "n_extension", format="CSV"))
    if encoding is not None or found.startswith("utf-16"):
        _try_reading(source, found, encoding is not None, lang)
    return source


def _split(file: str) -> tuple[Path, str | None]:
    path = Path(file).expanduser()
    if "#" in path.name and not path.exists():
        name, _, sheet = file.rpartition("#")
        return Path(name).expanduser(), sheet or None
    return path, None


def _scan(path: Path, file: str, lang: Lang) -> _Scan:
    """One pass over the bytes: digest, longest line, and which encodings can read them."""
    if not path.exists():
        raise ImportFailed(say(lang, "no_file", file=file))
    if not path.is_file():
        raise ImportFailed(say(lang, "unreadable", file=file, why="not a file" if lang == "en" else "不是文件"))
    try:
        size = path.stat().st_size
        if size == 0:
            raise ImportFailed(say(lang, "empty", file=file))
        if size > MAX_BYTES:
            raise ImportFailed(say(lang, "too_big", file=file, size=size >> 20, limit=MAX_BYTES >> 20))
        return _scan_bytes(path, file, lang)
    except OSError as error:
        raise ImportFailed(say(lang, "unreadable", file=file, why=error.strerror)) from None


def _scan_bytes(path: Path, file: str, lang: Lang) -> _Scan:
    digest, start, line, done, bad_at = hashlib.sha256(), b"", 0, 0, None
    decoders = {name: codecs.getincrementaldecoder(name)("strict") for name in ("utf-8", "gb18030")}
    zipped = False
    with path.open("rb") as stream:
        while block := stream.read(_BLOCK):
            digest.update(block)
            start = start or block[:65_536]
            zipped = zipped or start.startswith(b"PK\x03\x04")
            if zipped:
                continue
            last = max(block.rfind(b"\n"), block.rfind(b"\r"))
            line = len(block) - last if last >= 0 else line + len(block)
            if line > MAX_LINE:
                raise ImportFailed(say(lang, "long_line", file=file, limit=MAX_LINE >> 20))
            bad_at = _feed(decoders, block, False, done, bad_at)
            done += len(block)
    if not zipped:
        bad_at = _feed(decoders, b"", True, done, bad_at)
    return _Scan(digest.hexdigest(), start, "utf-8" in decoders, bad_at)


def _feed(decoders: dict[str, codecs.IncrementalDecoder], block: bytes, final: bool, done: int, bad_at: int | None) -> int | None:
    for name, decoder in list(decoders.items()):
        try:
            decoder.decode(block, final)
        except UnicodeDecodeError as error:
            del decoders[name]
            if name == "gb18030":
                bad_at = done + error.start + 1
    return bad_at


def _refuse(path: Path, start: bytes, file: str, lang: Lang) -> None:
    """Files that are no CSV whatever their name: each with its own way out."""
    if start.startswith(_OLE):
        content = path.read_bytes() if path.stat().st_size < 64 << 20 else start
        raise ImportFailed(say(lang, "encrypted" if "EncryptedPackage".encode("utf-16-le") in content else "old_xls", file=file))
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")[:200].lower()
    if text.startswith((b"<html", b"<!doctype", b"<?xml", b"<table", b"<meta")):
        raise ImportFailed(say(lang, "html", file=file))
    if start.startswith((b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"7z\xbc\xaf", b"Rar!", b"\x1f\x8b", b"\x7fELF")):
        raise ImportFailed(say(lang, "not_text", file=file))


def _encoding(scan: _Scan, file: str, lang: Lang) -> str:
    """UTF-8 with or without a mark, UTF-16 with one or with the zero bytes that give it away, else GB18030."""
    start = scan.start
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    zeros = start.count(0)
    if zeros * 10 > len(start):
        odd = start[1::2].count(0)
        if odd > 0.95 * zeros:
            return "utf-16-le"
        if odd < 0.05 * zeros:
            return "utf-16-be"
        raise ImportFailed(say(lang, "not_text", file=file))
    if len(_CONTROL.findall(start)) * 50 > len(start):
        raise ImportFailed(say(lang, "not_text", file=file))
    if scan.utf8:
        return "utf-8-sig"
    if scan.bad_at is None:
        return "gb18030"
    raise ImportFailed(say(lang, "encoding", file=file, at=scan.bad_at))


def _try_reading(source: Source, encoding: str, given: bool, lang: Lang) -> None:
    """Read all of it once in an encoding that the scan did not try."""
    try:
        with source.path.open(encoding=encoding, newline="") as stream:
            while stream.read(_BLOCK):
                pass
    except (UnicodeError, LookupError):
        raise ImportFailed(say(lang, "encoding_given" if given else "not_text", file=source.file, encoding=encoding)) from None


def _csv_rows(path: Path, encoding: str, delimiter: str) -> Iterator[Row]:
    limit = csv.field_size_limit(sys.maxsize)
    try:
        with path.open(encoding=encoding, newline="") as stream:
            taken: list[str] = []  # the lines of the record at hand

            def lines() -> Iterator[str]:
                for line in stream:
                    taken.append(line)
                    yield line

            for number, cells in enumerate(csv.reader(lines(), delimiter=delimiter), start=1):
                fault = None
                if sum(line.count('"') for line in taken) % 2 and _open_quote(taken, delimiter):
                    fault = "r_open_quote"
                taken.clear()
                yield (number, *shorten(cells, fault)) if sum(map(len, cells)) + len(cells) > MAX_CELL else (number, cells, fault)
    finally:
        csv.field_size_limit(limit)


def shorten(cells: list[str], fault: str | None = None) -> tuple[list[str], str | None]:
    """Cells of a bounded length, with the reason to reject their row if one was longer."""
    if any(len(cell) > MAX_CELL for cell in cells):
        fault = fault or "r_long"
    return [cell[:MAX_CELL] for cell in cells[:MAX_CELL]], fault


def _open_quote(lines: list[str], delimiter: str) -> bool:
    """Whether a record of several lines ran into the end of the file inside a quotation."""
    try:
        for _ in csv.reader(lines, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "end of data" in str(error)
    return False
