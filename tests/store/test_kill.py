"""``kill -9`` in the middle of an import: what was there is whole, and the same command finishes."""

from __future__ import annotations

import csv
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy.engine import Engine

from coach.store.importing import ImportResult

ROWS = 50_000
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)  # PostgreSQL: tests/services/test_many.py
_IMPORT = """
import sys
from datetime import date
from coach.store.db import open_db
from coach.store.importing import import_file

def told(done, total):
    print("write" if total is not None else "read", done, flush=True)

print(import_file(open_db(sys.argv[1]), sys.argv[2], today=date(2026, 11, 23), progress=told).added, flush=True)
"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("ledger") / "clients.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        out = csv.writer(stream)
        out.writerow(["客户号", "姓名", "资产", "管户工号"])
        out.writerow(["C1", "改名", "1", "S2"])
        out.writerows([f"K{i:06d}", "王芳", f"{i}.50", "S1"] for i in range(ROWS - 1))
    return path


def state(path: Path) -> list[tuple[object, ...]]:
    with sqlite3.connect(path) as c:
        assert c.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert c.execute("PRAGMA foreign_key_check").fetchall() == []
        return c.execute(
            "SELECT (SELECT count(*) FROM client), (SELECT name FROM client WHERE client_no = 'C1'),"
            " (SELECT count(*) FROM assignment), (SELECT count(*) FROM importrun)"
        ).fetchall()


@ON_SQLITE
@pytest.mark.usefixtures("branch")
def test_killed_at_several_moments(engine: Engine, ledger: Path, bring: Callable[..., ImportResult]) -> None:
    path = Path(str(engine.url.database))
    engine.dispose()
    before = state(path)
    for moment, delay in (("read 20000", 0.0), ("write 10000", 0.05), ("write 49999", 0.0)):
        run = subprocess.Popen([sys.executable, "-c", _IMPORT, str(engine.url), str(ledger)], stdout=subprocess.PIPE, text=True)
        assert run.stdout is not None
        reached = False
        for line in run.stdout:
            if line.strip() == moment:
                reached = True
                break
        time.sleep(delay)
        os.kill(run.pid, signal.SIGKILL)
        assert run.wait(30) == -signal.SIGKILL, moment
        run.stdout.close()
        assert reached, moment
        assert state(path) == before, moment
    result = bring(str(ledger))
    assert (result.added, result.changed, result.unchanged, result.rejected) == (ROWS - 1, 1, 0, 0)
    assert state(path) == [(3 + ROWS - 1, "改名", 2 + ROWS, 4)]


@ON_SQLITE
def test_what_was_acknowledged_stays(engine: Engine, tmp_path: Path) -> None:
    """A process that says «done» and is killed at once has lost nothing."""
    code = (
        "import os, sys\nfrom coach.store.db import open_db, session\nfrom coach.store.tables import Meta\n"
        "e = open_db(sys.argv[1])\n"
        "for n in range(5):\n"
        "    with session(e) as s: s.add(Meta(key=str(n), value='x'))\n"
        "os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", code, str(engine.url)], check=False).returncode == -signal.SIGKILL
    with sqlite3.connect(str(engine.url.database)) as c:
        assert c.execute("SELECT count(*) FROM meta").fetchone() == (5,)
