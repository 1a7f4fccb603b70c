"""``python -m tests.load.nightly``: a bank made on the spot, its night on so many workers, some of them killed on the way.

Prints one JSON value: rows and seconds of the making, seconds a branch, memory, kills, and what was found afterwards: plans that
are missing, tasks that are there twice, and what a second start did.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from datetime import date
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from tests.load.bank import Bank, load
from tests.servers.postgres import Postgres

_SERVER = ("shared_buffers = '1GB'", "max_wal_size = '8GB'", "maintenance_work_mem = '512MB'", "effective_cache_size = '8GB'")


def workers_of(pid: int) -> list[int]:
    """The worker processes of a running night: the spawned children that hold a Dask worker."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            command = (folder / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == pid and b"spawn_main" in command:
            found.append(int(folder.name))
    return found


def memory_mib(pid: int) -> float:
    """What a process holds in memory now; 0 where it is gone."""
    try:
        return int((Path("/proc") / str(pid) / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20
    except (OSError, ValueError, IndexError):
        return 0.0


class Watch(threading.Thread):
    """Looks at the workers' memory and, once a branch is done, kills one of them now and then."""

    def __init__(self, pid: int, every: float, kills: int, told: list[str]) -> None:
        super().__init__(daemon=True)
        self.pid, self.every, self.left, self.told = pid, every, kills, told
        self.killed: list[float] = []
        self.peak, self.main_peak = 0.0, 0.0
        self.over = threading.Event()

    def run(self) -> None:
        started = last = time.monotonic()
        choose = random.Random(1)
        while not self.over.wait(0.2):
            workers = workers_of(self.pid)
            self.main_peak = max(self.main_peak, memory_mib(self.pid))
            for pid in workers:
                self.peak = max(self.peak, memory_mib(pid))
            if not self.told:
                last = time.monotonic()
            elif self.left and workers and time.monotonic() - last > self.every:
                victim = choose.choice(workers)
                os.kill(victim, signal.SIGKILL)
                self.left, last = self.left - 1, time.monotonic()
                self.killed.append(round(last - started, 1))


def night(url: str, home: Path, plan_on: date, workers: int, kills: int = 0, every: float = 15) -> dict[str, Any]:
    """One ``coach nightly`` as a process of its own. Returns its JSON, its time and its memory."""
    command = [sys.executable, "-m", "coach", "nightly", "--for", plan_on.isoformat(), "--workers", str(workers), "--json", "--lang", "en"]
    started = time.monotonic()
    process = subprocess.Popen(
        command, env=os.environ | {"COACH_DB": url, "COACH_HOME": str(home)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    told: list[str] = []
    watch = Watch(process.pid, every, kills, told)
    watch.start()
    reading = threading.Thread(target=lambda: told.extend(process.stderr or ()), daemon=True)
    reading.start()
    out = process.stdout.read() if process.stdout else ""
    code = process.wait()
    watch.over.set()
    reading.join(5)
    return {
        "exit": code, "seconds": round(time.monotonic() - started, 1), "killed_at": watch.killed, "worker_peak_mib": round(watch.peak),
        "scheduler_peak_mib": round(watch.main_peak), "answer": json.loads(out) if out.strip() else None, "told": told,
    }  # fmt: skip


def found(engine: sa.Engine, plan_on: date) -> dict[str, int]:
    """What is in the database after a night."""
    asked = {
        "managers": "SELECT count(DISTINCT manager) FROM client",
        "plans": "SELECT count(*) FROM meta WHERE key LIKE 'plan:%' AND key LIKE :day",
        "tasks": "SELECT count(*) FROM task WHERE plan_on = :on",
        "clients_twice": "SELECT count(*) FROM (SELECT 1 FROM task WHERE plan_on = :on GROUP BY client_no HAVING count(*) > 1) AS t",
        "tasks_on_the_list": "SELECT coalesce(sum(tasks), 0) FROM nightly_run WHERE plan_on = :on",
        "branches_done": "SELECT count(*) FROM nightly_run WHERE plan_on = :on AND state = 'done'",
        "branches_not_done": "SELECT count(*) FROM nightly_run WHERE plan_on = :on AND state <> 'done'",
    }
    with engine.connect() as connection:
        given = {"on": plan_on, "day": f"%{plan_on.isoformat()}"}
        return {
            name: int(connection.execute(sa.text(q), {k: v for k, v in given.items() if f":{k}" in q}).scalar_one())
            for name, q in asked.items()
        }


def _trouble(told: list[str]) -> list[str]:
    return [line.strip() for line in told if not line.startswith("[") or "failed" in line][-12:]


def trial(bank: Bank, plan_on: date, workers: int, kills: int, every: float) -> dict[str, Any]:
    """The whole of it, on a server of its own."""
    server = Postgres()
    server.make()
    try:
        for setting in _SERVER:
            server.sql(f"ALTER SYSTEM SET {setting}")
        server.stop()
        server.start()
        url = server.database()
        engine = sa.create_engine(url)
        started = time.monotonic()
        rows = load(engine, bank)
        made = round(time.monotonic() - started, 1)
        sys.stderr.write(f"{rows:,} rows in {made} s\n")
        with tempfile.TemporaryDirectory() as folder:
            first = night(url, Path(folder), plan_on, workers, kills, every)
            state = found(engine, plan_on)
            second = night(url, Path(folder), plan_on, workers)
        branches = (first.pop("answer") or {}).get("branches", [])
        seconds = sorted(b["seconds"] for b in branches) or [0.0]
        engine.dispose()
        first["told"], second["told"] = _trouble(first["told"]), _trouble(second["told"])
        return {
            "branches": bank.branches, "clients": bank.branches * bank.clients, "rows": rows, "made_s": made, "first": first,
            "seconds_a_branch": {"median": statistics.median(seconds), "p95": seconds[int(len(seconds) * 0.95)], "most": seconds[-1]},
            "again": sum(b["attempts"] > 1 for b in branches), "found": state,
            "second": {"exit": second["exit"], "told": second["told"], "seconds": second["seconds"],
                       "before": (second["answer"] or {}).get("before")},
        }  # fmt: skip
    finally:
        server.remove()


def main() -> int:
    """By hand."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--branches", type=int, default=6)
    options.add_argument("--clients", type=int, default=200, help="in each branch")
    options.add_argument("--workers", type=int, default=2)
    options.add_argument("--kills", type=int, default=1)
    options.add_argument("--every", type=float, default=15, help="seconds between kills")
    options.add_argument("--today", type=date.fromisoformat, default=date(2026, 11, 24))
    options.add_argument("--for", dest="plan_on", type=date.fromisoformat, default=date(2026, 11, 25))
    given = options.parse_args()
    told = trial(Bank(given.branches, given.clients, given.today), given.plan_on, given.workers, given.kills, given.every)
    sys.stdout.write(json.dumps(told, indent=1) + "\n")
    return 0 if told["found"]["branches_not_done"] == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
