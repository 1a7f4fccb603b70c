"""The file that a backup is: a ZIP with the tables' rows as lines of JSON, a workspace's own files, and ``manifest.json``.

Any ZIP program opens it. Its comment, the last bytes of the file, holds the SHA-256 of every byte before: a file that was
cut off or in which one bit turned over is known before anything of it is believed. It is no proof against somebody who
writes a new one; the coaching log's chain and its anchors are.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any

from coach.domain.words import Lang, pick
from coach.store.db import StoreError

FORMAT = 1
"""Goes up when an older program could no longer read what is written."""
_MARK = b"coach-backup sha256 "
_DIGITS = 64
_BLOCK = 1 << 20
_LEVEL = 3
"""Of compression: the higher ones take twice the time for a twentieth less."""


class BackupError(StoreError):
    """A backup that cannot be made, believed or put back: one line with what, where and how to mend it."""


def bad(lang: Lang, zh: str, en: str) -> BackupError:
    """The error in the person's language."""
    return BackupError(pick(lang, zh, en))


@dataclass(frozen=True, slots=True)
class TablePart:
    """What the manifest says of a table: its columns with their kinds (:mod:`coach.store.backup_rows`), its rows, their digest."""

    columns: list[tuple[str, str]]
    rows: int
    sha256: str


@dataclass(slots=True)
class Manifest:
    """What a backup holds."""

    revision: str
    """The database's revision under ``migrations/versions``."""
    made_at: str
    coach: str
    """The program's version."""
    dialect: str
    """The database that it was taken from; it can be put back into either."""
    tables: dict[str, TablePart] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    """Files of the workspace: path → SHA-256."""
    log: dict[str, Any] = field(default_factory=dict)
    """The coaching log as it was: ``entries``, ``whole``, ``first_broken``."""

    @property
    def rows(self) -> int:
        return sum(part.rows for part in self.tables.values())


class Writer:
    """Writes one backup, table by table."""

    def __init__(self, target: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip, self.manifest = target, manifest

    def table(self, name: str, columns: list[tuple[str, str]], blocks: Iterable[bytes]) -> None:
        """A table's rows: blocks of whole lines of JSON."""
        digest, rows = hashlib.sha256(), 0
        with self._zip.open(_info(f"tables/{name}.jsonl"), "w", force_zip64=True) as out:
            for block in blocks:
                out.write(block)
                digest.update(block)
                rows += block.count(b"\n")
        self.manifest.tables[name] = TablePart(columns, rows, digest.hexdigest())

    def file(self, path: str, content: bytes) -> None:
        """A file of the workspace by its path there."""
        self._zip.writestr(_info(f"files/{path}"), content)
        self.manifest.files[path] = hashlib.sha256(content).hexdigest()

    def end(self) -> None:
        """The manifest, last of all."""
        told = {"format": FORMAT, **asdict(self.manifest)}
        self._zip.writestr(_info("manifest.json"), json.dumps(told, ensure_ascii=False, indent=1))


def _info(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.compress_type, made.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
    made._compresslevel = _LEVEL  # type: ignore[attr-defined]  # its public name is of Python 3.13
    return made


@contextmanager
def written(path: Path, manifest: Manifest) -> Iterator[Writer]:
    """Write a backup beside its place (0600) and put it there when it is whole and on the disk; nothing on an error.

    Raises ``OSError`` where it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    handle = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(handle, "w+b") as out:
            with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
                writer = Writer(target, manifest)
                yield writer
                writer.end()
                target.comment = _MARK + b"0" * _DIGITS
            end = out.seek(0, os.SEEK_END) - _DIGITS
            digest = _digest(out, end)
            out.seek(end)
            out.write(digest.encode())
            out.flush()
            os.fsync(out.fileno())
        os.replace(part, path)
    except BaseException:
        with suppress(OSError):
            part.unlink()
        raise


def _digest(source: IO[bytes], end: int) -> str:
    """SHA-256 of the first ``end`` bytes."""
    digest, left = hashlib.sha256(), end
    source.seek(0)
    while left and (block := source.read(min(left, 1 << 20))):
        digest.update(block)
        left -= len(block)
    return digest.hexdigest()


class Reader:
    """A backup that was opened and whose bytes are those that were written."""

    def __init__(self, source: zipfile.ZipFile, manifest: Manifest, path: Path, lang: Lang) -> None:
        self._zip, self.manifest, self.path, self.lang = source, manifest, path, lang

    def blocks(self, table: str) -> Iterator[bytes]:
        """A table's lines, many at a time. Raises :class:`BackupError` at the end where they are not those that were written."""
        part, digest, rows = self.manifest.tables[table], hashlib.sha256(), 0
        with self._zip.open(f"tables/{table}.jsonl") as source:
            while block := source.read(_BLOCK):
                block += source.readline()
                digest.update(block)
                rows += block.count(b"\n")
                yield block
        if rows != part.rows or digest.hexdigest() != part.sha256:
            raise self.damaged(f"{table}: {rows}/{part.rows}")

    def file(self, path: str) -> bytes:
        """A file of the workspace. Raises :class:`BackupError` where it is not what was written."""
        content = self._zip.read(f"files/{path}")
        if hashlib.sha256(content).hexdigest() != self.manifest.files[path]:
            raise self.damaged(path)
        return content

    def damaged(self, what: str) -> BackupError:
        return _damaged(self.path, self.lang, what)


def _damaged(path: Path, lang: Lang, what: str) -> BackupError:
    return bad(lang, f"备份已损坏，没有写入任何内容：{path}（{what}）；请用另一份备份",
               f"the backup is damaged, nothing was written: {path} ({what}); take another one")


@contextmanager
def opened(path: Path, lang: Lang) -> Iterator[Reader]:
    """A backup, once every byte of it was found to be as written. Raises :class:`BackupError`, and ``OSError`` for the file itself."""
    with path.open("rb") as source:
        _check_bytes(source, path, lang)
        try:
            with zipfile.ZipFile(source) as inside:
                manifest = _manifest(inside, path, lang)
                yield Reader(inside, manifest, path, lang)
        except (zipfile.BadZipFile, KeyError, EOFError, zipfile.LargeZipFile) as error:
            raise _damaged(path, lang, str(error)) from None


def _check_bytes(source: IO[bytes], path: Path, lang: Lang) -> None:
    end = source.seek(0, os.SEEK_END) - _DIGITS
    source.seek(max(end - len(_MARK), 0))
    tail = source.read()
    if end < len(_MARK) or not tail.startswith(_MARK):
        raise bad(lang, f"这不是 Coach 的备份，或末尾被截掉：{path}；没有写入任何内容",
                  f"this is no backup of Coach, or its end was cut off: {path}; nothing was written")
    if _digest(source, end).encode() != tail[len(_MARK) :]:
        raise _damaged(path, lang, "SHA-256")


def _manifest(inside: zipfile.ZipFile, path: Path, lang: Lang) -> Manifest:
    try:
        told = json.loads(inside.read("manifest.json"))
        version = told.pop("format")
        if version > FORMAT:
            raise bad(lang, f"备份由更新版的 Coach 写成：{path}；请升级 Coach",
                      f"the backup was written by a newer Coach: {path}; update Coach")
        tables = {
            str(name): TablePart([(str(c), str(k)) for c, k in part["columns"]], int(part["rows"]), str(part["sha256"]))
            for name, part in told.pop("tables").items()
        }
        return Manifest(**told, tables=tables)
    except (ValueError, TypeError, AttributeError) as error:
        raise _damaged(path, lang, f"manifest.json: {error}") from None
