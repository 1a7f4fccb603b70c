"""``python -m tests.load.growth``: what one branch's night costs, by the size of the branch and by the size of the bank around it.

Each case has a database of its own and a process of its own. Processor seconds are told apart: Coach's own and the server's; so
the figures hold on a machine that does other things too.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import resource
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.load.bank import Bank, load
from tests.servers.postgres import Postgres

TODAY, PLAN_ON = date(2026, 11, 24), date(2026, 11, 25)
SIZES = ((1_000, 4), (5_000, 4), (10_000, 4), (20_000, 4), (50_000, 2))
NUMBERS = ((2_000, 5), (2_000, 50), (2_000, 200))


def one(branches: int) -> dict[str, Any]:
    """In the measured process: two branches, of which the second is counted (the first one warms up)."""
    from coach.services import nightly
    from coach.services.workspace import Workspace

    ws, before = Workspace(lang="en"), 0.0
    told: dict[str, Any] = {}
    for name in ("B0000", f"B{branches - 1:04d}"):
        before, server = time.process_time(), _server(ws)
        done = nightly.run(ws, PLAN_ON, nightly.How(), only=[name]).outcomes[0]
        told = {"seconds": done.seconds, "coach_cpu": round(time.process_time() - before, 2), "server_cpu": round(_server(ws) - server, 2),
                "clients": done.clients, "signals": done.signals, "tasks": done.tasks}  # fmt: skip
    ws.close()
    return told | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


def _server(ws: Any) -> float:
    """Processor seconds of the server's process that works for us."""
    with ws.engine.connect() as c:
        pid = c.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    numbers = (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(numbers[11]) + int(numbers[12])) / os.sysconf("SC_CLK_TCK")


def case(server: Postgres, clients: int, branches: int) -> dict[str, Any]:
    """A bank, and one branch's night in it."""
    url = server.database()
    engine = sa.create_engine(url)
    load(engine, Bank(branches, clients, TODAY))
    engine.dispose()
    with tempfile.TemporaryDirectory() as home:
        done = subprocess.run(
            [sys.executable, "-m", "tests.load.growth", "--one", str(branches)], capture_output=True, text=True, check=True,
            env=os.environ | {"COACH_DB": url, "COACH_HOME": home, "POLARS_MAX_THREADS": "1"},
        )  # fmt: skip
    server.drop(url)
    return {"branches": branches, "bank": branches * clients} | json.loads(done.stdout)


def exponent(cases: list[dict[str, Any]], by: str) -> float:
    """The slope of the logarithms: 1 = twice as large, twice as long."""
    xs = [math.log(c[by]) for c in cases]
    ys = [math.log(c["coach_cpu"] + c["server_cpu"]) for c in cases]
    mx, my = sum(xs) / len(xs), sum(ys) / len(ys)
    return round(sum((x - mx) * (y - my) for x, y in zip(xs, ys, strict=True)) / sum((x - mx) ** 2 for x in xs), 2)


def main() -> int:
    """By hand."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options.add_argument("--small", action="store_true", help="only what takes little time")
    given = options.parse_args()
    if given.one:
        sys.stdout.write(json.dumps(one(given.one)))
        return 0
    server = Postgres()
    server.make()
    try:
        sizes = [case(server, clients, branches) for clients, branches in (SIZES[:2] if given.small else SIZES)]
        numbers = [case(server, clients, branches) for clients, branches in (NUMBERS[:2] if given.small else NUMBERS)]
    finally:
        server.remove()
    told = {"by_size": sizes, "exponent_by_size": exponent(sizes, "clients"),
            "by_number": numbers, "exponent_by_number": exponent(numbers, "branches")}  # fmt: skip
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
