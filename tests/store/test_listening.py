"""Notices of what others change."""

from __future__ import annotations

import time
from collections.abc import Iterator
from queue import Empty, Queue

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from coach.store import db
from coach.store.listening import BRANCH, Listener
from coach.store.tables import Client, Staff


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    opened = db.open_db(postgres_url)
    yield opened
    opened.dispose()


@pytest.fixture
def heard(engine: Engine) -> Iterator[Queue[object]]:
    """What is heard: payloads, and whether the connection is there."""
    queue: Queue[object] = Queue()
    listener = Listener.on(engine, queue.put, queue.put)
    assert listener is not None
    until = time.monotonic() + 10
    while not _listeners(engine) and time.monotonic() < until:
        time.sleep(0.01)
    yield queue
    listener.close()


def _listeners(engine: Engine) -> list[int]:
    with db.session(engine, write=False) as s:
        asked = (
            "SELECT pid FROM pg_stat_activity WHERE application_name = 'coach listening' AND datname = current_database()"
            " AND query LIKE 'LISTEN%'"
        )
        return list(s.execute(sa.text(asked)).scalars())


def notify(engine: Engine, payload: str) -> None:
    with db.session(engine) as s:
        s.execute(sa.select(sa.func.pg_notify("coach", payload)))


def test_a_notice_is_heard_soon(engine: Engine, heard: Queue[object]) -> None:
    began = time.monotonic()
    notify(engine, "x" * 32)
    assert heard.get(timeout=5) == "x" * 32
    assert time.monotonic() - began < 2


def test_what_is_written_gives_notice_of_whose_book_it_is_and_no_more(engine: Engine, heard: Queue[object]) -> None:
    import hashlib

    with db.session(engine) as s:
        s.add(Staff(staff_no="S1", name="王芳", branch="B01"))
        s.flush()
        s.add(Client(client_no="C1", name="李强", manager="S1"))
    assert heard.get(timeout=5) == hashlib.md5(b"S1").hexdigest()


def test_a_connection_that_goes_comes_again_and_nothing_is_missed(engine: Engine, heard: Queue[object]) -> None:
    with db.session(engine) as s:
        for pid in _listeners(engine):
            s.execute(sa.text(f"SELECT pg_terminate_backend({pid})"))
    assert heard.get(timeout=5) is False
    assert [heard.get(timeout=5) for _ in range(2)] == [BRANCH, True]
    notify(engine, BRANCH)
    assert heard.get(timeout=5) == BRANCH


def test_closed_it_is_gone(engine: Engine) -> None:
    queue: Queue[object] = Queue()
    listener = Listener.on(engine, queue.put, queue.put)
    assert listener is not None
    listener.close()
    notify(engine, BRANCH)
    with pytest.raises(Empty):
        queue.get(timeout=0.2)


def test_nothing_listens_on_sqlite(tmp_path) -> None:  # type: ignore[no-untyped-def]
    opened = db.open_db(f"sqlite:///{tmp_path / 'a.db'}")
    assert Listener.on(opened, lambda _payload: None) is None
    opened.dispose()
