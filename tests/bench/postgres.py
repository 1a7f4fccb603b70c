"""A PostgreSQL of its own with the rows of an SQLite workspace in it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import SQLModel


@contextmanager
def filled(database: Path) -> Iterator[str]:
    """The URL of the owner; gone at the end. Raises ``ImportError`` where no server is at hand."""
    from tests.servers.postgres import Postgres

    server = Postgres()
    server.make()
    try:
        url = server.database()
        _copy(database, url)
        yield url
    finally:
        server.remove()


def _copy(database: Path, url: str) -> None:
    """Every table's rows, in the order in which they refer to each other; triggers are left out, as in a restore."""
    import psycopg

    from coach.store import tables  # noqa: F401  what is to be copied
    from coach.store.db import upgrade

    engine = sa.create_engine(url)
    upgrade(engine)
    engine.dispose()
    source = sqlite3.connect(database)
    with psycopg.connect(url.replace("+psycopg", "")) as target:
        target.execute("SET session_replication_role = replica")
        every = ", ".join(f'"{table.name}"' for table in SQLModel.metadata.sorted_tables)
        target.execute(f"TRUNCATE {every}")  # type: ignore[arg-type]  # what the migrations put there comes with the rest
        for table in SQLModel.metadata.sorted_tables:
            names = [column.name for column in table.columns]
            listed = ", ".join(f'"{name}"' for name in names)
            flags = [i for i, column in enumerate(table.columns) if isinstance(column.type, sa.Boolean)]
            rows = source.execute(f'SELECT {listed} FROM "{table.name}"')
            with target.cursor().copy(f'COPY "{table.name}" ({listed}) FROM STDIN') as copy:  # type: ignore[arg-type]
                for row in rows:
                    cells = list(row)
                    for i in flags:
                        cells[i] = None if cells[i] is None else bool(cells[i])
                    copy.write_row(cells)
        target.commit()
        target.autocommit = True
        target.execute("ANALYZE")
    source.close()
