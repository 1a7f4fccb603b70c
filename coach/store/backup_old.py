"""A backup of an older Coach, brought up to this one's revision in a database of its own before it is put back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from coach.store import db
from coach.store.backup import dump, insert
from coach.store.backup_file import Manifest, Reader, bad, opened, written
from coach.store.backup_rows import decoded, for_sqlite


@contextmanager
def of_today(reader: Reader) -> Iterator[Reader]:
    """The backup itself where it is of this program's revision, else the same one as this program would have written it.

    Raises :class:`~coach.store.backup_file.BackupError` for one of a newer program, or whose rows do not fit their revision.
    """
    at, lang = reader.manifest.revision, reader.lang
    if at == db.HEAD:
        yield reader
        return
    if at > db.HEAD or not (at.isdigit() and len(at) == len(db.HEAD)):
        raise bad(lang, f"备份由更新版的 Coach 写成（版本 {at}，本程序为 {db.HEAD}）：{reader.path}；请升级 Coach",
                  f"the backup is of a newer Coach (revision {at}, this program has {db.HEAD}): {reader.path}; update Coach")
    with TemporaryDirectory(prefix="coach-restore-") as folder:
        path = Path(folder) / "modern"
        try:
            _raised(reader, Path(folder) / "old.db", path)
        except (DBAPIError, db.StoreError) as error:
            raise reader.damaged(str(error).splitlines()[0]) from None
        with opened(path, lang) as raised:
            raised.path = reader.path
            yield raised


def _raised(reader: Reader, database: Path, path: Path) -> None:
    """The rows put into a database of their revision, that raised to today's, and written again."""
    old, told = sa.create_engine(f"sqlite:///{database}"), reader.manifest
    try:
        db.upgrade(old, told.revision)
        with old.begin() as connection:
            there = set(sa.inspect(connection).get_table_names())
            for name, part in told.tables.items():
                if name not in there:
                    raise reader.damaged(name)
                connection.exec_driver_sql(f'DELETE FROM "{name}"')
                for rows in decoded(reader, name):
                    insert(connection, name, part.columns, for_sqlite(rows, None, part.columns))
    finally:
        old.dispose()
    new = db.open_db(f"sqlite:///{database}", reader.lang)
    try:
        manifest = Manifest(db.HEAD, told.made_at, told.coach, told.dialect, log=told.log)
        with new.connect() as connection, written(path, manifest) as writer:
            dump(connection, writer, lambda _name, _rows: None, reader.lang)
            for file in told.files:
                writer.file(file, reader.file(file))
    finally:
        new.dispose()
