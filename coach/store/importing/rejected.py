"""The rows that could not be taken, beside the file they came from, so that a person can mend them."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from coach.domain.words import Lang
from coach.store.importing.files import Source
from coach.store.importing.messages import rejected_headers

_NUMBER = re.compile(r"[+-][\d.,]+")


def rejected_path(source: Source) -> Path:
    """``客户.csv`` → ``客户.rejected.csv``; a sheet named with ``#`` is part of the name."""
    named = ""
    if source.sheet and not Path(source.file).expanduser().exists():
        named = "." + re.sub(r"[^\w-]", "_", source.sheet)
    return source.path.with_name(f"{source.path.stem}{named}.rejected.csv")


def harmless(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and not _NUMBER.fullmatch(cell) else cell


def write_rejected(source: Source, headers: Iterable[str], rows: Iterable[tuple[int, str, str, list[str]]], lang: Lang) -> Path:
    """Row number, column, reason, then the cells as they were: UTF-8 with a mark, mode 0600, whole or not at all. May raise ``OSError``."""
    path = rejected_path(source)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8-sig", newline="") as stream:
            out = csv.writer(stream)
            out.writerow([*rejected_headers(lang), *(harmless(h) for h in headers)])
            for number, column, reason, cells in rows:
                out.writerow([number, harmless(column), reason, *(harmless(cell.replace("\x00", "�")) for cell in cells)])
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)
    return path
