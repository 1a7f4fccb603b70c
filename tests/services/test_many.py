"""Twenty people on one PostgreSQL, each with a login of their own; and the server killed in the middle.

``COACH_LOAD_SECONDS=120 COACH_LOAD_PROCESSES=1 pytest -s tests/services/test_many.py`` is the long run, each person in a process.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Thread

import pytest

from coach.services.knowledge import retriever
from coach.services.workspace import Workspace
from tests.load.people import Desk, Done
from tests.load.shared import WORD, desks, faults, in_processes, in_threads, populate, state, table
from tests.servers.postgres import Postgres

SECONDS = float(os.environ.get("COACH_LOAD_SECONDS", "8"))


@pytest.fixture
def office(demo_postgres: Workspace, postgres: Postgres) -> Iterator[tuple[Workspace, Callable[[str], str]]]:
    """The branch as its owner sees it, and the address of each person."""
    name = str(demo_postgres.engine.url.database)
    logins = populate(demo_postgres, name)
    retriever(demo_postgres)  # and what else is read once
    for read in ("policy", "playbook", "plays", "rules", "support"):
        getattr(demo_postgres, read)
    yield demo_postgres, lambda number: postgres.url(name, logins[number], WORD)


def run(places: list[Desk], ws: Workspace) -> list[Done]:
    return in_processes(places, ws) if os.environ.get("COACH_LOAD_PROCESSES") else in_threads(places, ws)


@pytest.mark.timeout(300 + 2 * SECONDS)
def test_twenty_at_once(office: tuple[Workspace, Callable[[str], str]], tmp_path: Path) -> None:
    ws, url_of = office
    before = state(ws)
    told = run(desks(url_of, tmp_path, SECONDS), ws)
    print(f"\n{table(told)}")
    assert [d.failed for d in told if d.failed] == []
    assert {d.refused.partition("，没有再改")[2] for d in told if d.refused} <= {"；请看过再定"}, "only who was overtaken is refused"
    assert {"contact", "suggestion", "plan", "stage", "undo"} <= {d.action for d in told if d.keys or d.action == "plan"}
    assert faults(ws, before, told) == []


def test_the_server_killed_in_the_middle(office: tuple[Workspace, Callable[[str], str]], postgres: Postgres, tmp_path: Path) -> None:
    """What was acknowledged is there once; who was in the middle of something tries again by itself, so that nothing is missing either."""
    ws, url_of = office
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        postgres.sql(f"ALTER SYSTEM SET {name} = on")
    postgres.sql("SELECT pg_reload_conf()")
    before, told = state(ws), list[Done]()
    people = Thread(target=in_threads, args=(desks(url_of, tmp_path, 5, people=10), ws, told))
    people.start()
    while len(told) < 12 and people.is_alive():
        time.sleep(0.01)
    postgres.kill()
    postgres.start()
    people.join()
    for name in ("fsync", "synchronous_commit", "full_page_writes"):
        postgres.sql(f"ALTER SYSTEM RESET {name}")
    postgres.sql("SELECT pg_reload_conf()")
    print(f"\n{table(told)}")
    assert sum(bool(d.keys) for d in told) > 10
    cut_off = [d for d in told if d.failed]
    assert all(d.failed.startswith("Lost") and d.action in ("open_client", "report", "log", "stage", "tier", "contact", "suggestion",
                                                            "practice", "skip", "undo") for d in cut_off)  # fmt: skip
    assert faults(ws, before, told) == []
