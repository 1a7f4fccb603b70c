"""Import, signals, plans, suggestions, search: each in a process of its own (:mod:`tests.bench.child`), and how they grow."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.bench.branch import Branches
from tests.bench.table import Row, exponent, percentile
from tests.bench.terminal import ROOT

TIMEOUT = 1_800


def job(what: str, home: Path, branches: Branches, *arguments: object, url: str = "") -> dict[str, Any]:
    """What a job of the child prints. Raises ``RuntimeError`` with its last line where it fails."""
    import os

    env = {k: v for k, v in os.environ.items() if not k.startswith(("COACH_", "OPENAI_"))}
    env |= {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"}  # two threads for a small product cost more than they save
    if url:
        env["COACH_DB"] = url
    command = [sys.executable, "-m", "tests.bench.child", what, str(home), branches.today.isoformat(), *map(str, arguments)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=TIMEOUT, check=False)
    if done.returncode:
        raise RuntimeError(f"{what}: {(done.stderr.strip().splitlines() or [''])[-1]}")
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _medians(found: dict[str, Any], times: str = "times", floor: str = "floor") -> dict[str, Any]:
    (a, ac), (b, bc) = (map(statistics.median, zip(*found[key], strict=True)) for key in (times, floor))
    return {"figure": a, "floor": b, "cpu": ac, "cpu_floor": bc, "runs": len(found[times])}


def imported(branches: Branches, number: int, form: str, runs: int) -> Iterator[Row]:
    found = job("import", branches.folder / f"import-{form}", branches, runs, *branches.files(number, form))
    yield Row(f"import_{form}_{number}", f"import of {number:,} clients, {found['rows']:,} rows, {form.upper()}",
              floor_is="file read, rows inserted as text", limit=2.5, of="ratio",
              note=f"{found['memory']:,.0f} MiB", details={"memory": found["memory"], "rows": found["rows"]},
              **_medians(found))  # fmt: skip


def signals(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    found = job("signals", branches.home(number), branches, runs)
    parts = {name: statistics.median(t[0] for t in times) for name, times in found["parts"].items()}
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items())
    yield Row(f"signals_{number}", f"signals and plans of {number:,} clients", floor_is="the same rows read",
              limit=3.0 if number == 50_000 else None,
              note=f"{told}; {found['signals']:,} signals, {found['tasks']:,} tasks; {found['memory']:,.0f} MiB",
              details={"parts": parts, "memory": found["memory"], "empty": found["empty"]}, **_medians(found))  # fmt: skip


def on_postgres(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    """The same signals and plans from a PostgreSQL of its own, filled with the same rows."""
    from tests.bench.postgres import filled

    home = branches.home(number)
    with filled(home / "coach.db") as url:
        found = job("signals", home, branches, runs, url, url=url)
    parts = {name: statistics.median(t[0] for t in times) for name, times in found["parts"].items()}
    told = ", ".join(f"{name} {seconds:.2f} s" for name, seconds in parts.items())
    yield Row(f"signals_pg_{number}", f"the same on PostgreSQL, {number:,}", floor_is="the same rows read",
              note=f"{told}; {found['signals']:,} signals; {found['memory']:,.0f} MiB", details={"parts": parts, "memory": found["memory"]},
              **_medians(found))  # fmt: skip


def day(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    found = job("day", branches.home(number), branches, runs)
    yield Row("day", f"one manager's day made, {number:,} in the branch", floor_is="the manager's rows read", **_medians(found))


def allocation(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    found = job("allocate", branches.home(number), branches, runs)
    yield Row("allocate", f"quarterly allocation of {number:,}", floor_is="clients and contacts read",
              note=f"{found['moves']:,} moves; {found['memory']:,.0f} MiB", **_medians(found))  # fmt: skip


def searched(branches: Branches, number: int, runs: int) -> Iterator[Row]:
    found = job("search", branches.home(number), branches, runs)
    yield Row(f"query_{number}", f"what a key asks of the store, {number:,}: p95", figure=percentile([t[0] for t in found["times"]], 0.95),
              floor=percentile([t[0] for t in found["floor"]], 0.95), floor_is="the bare query, p95", runs=len(found["times"]),
              cpu=statistics.median(t[1] for t in found["times"]), cpu_floor=statistics.median(t[1] for t in found["floor"]),
              details={"p50": statistics.median(t[0] for t in found["times"])})  # fmt: skip


def suggestions(branches: Branches, runs: int) -> Iterator[Row]:
    """The first suggestion of a process, and a morning's."""
    found = job("suggest", branches.home(5_000), branches, runs * 20)
    times, floor = ([t[0] for t in found[key]] for key in ("times", "floor"))
    yield Row("suggest_first", "first suggestion in a new process", found["first"][0][0], cpu=found["first"][0][1],
              note=f"{found['memory']:,.0f} MiB")  # fmt: skip
    yield Row("suggest_p50", "a suggestion, warm: p50", statistics.median(times), statistics.median(floor), "the client's rows read",
              runs=len(times), cpu=statistics.median(t[1] for t in found["times"]),
              cpu_floor=statistics.median(t[1] for t in found["floor"]))  # fmt: skip
    yield Row("suggest_p95", "a suggestion, warm: p95", percentile(times, 0.95), percentile(floor, 0.95), "the client's rows read",
              limit=0.05, runs=len(times))  # fmt: skip


def retrieval(branches: Branches, runs: int) -> Iterator[Row]:
    found = job("retrieve", branches.home(5_000), branches, runs * 30)
    cpu = {key: statistics.median(t[1] for t in found[key]) for key in ("times", "floor")}
    for part, name in ((0.5, "p50"), (0.95, "p95")):
        own = {key: percentile([t[0] for t in found[key]], part) for key in ("times", "floor", "store", "dot")}
        yield Row(f"retrieve_{name}", f"playbook searched: {name}", own["times"], own["floor"], "question as a vector, dot product",
                  limit=0.015 if name == "p95" else None, runs=len(found["times"]), cpu=cpu["times"] if name == "p50" else None,
                  cpu_floor=cpu["floor"] if name == "p50" else None, note=f"{found['passages']:,} passages")  # fmt: skip
        yield Row(f"vectors_{name}", f"its vectors alone (Chroma): {name}", own["store"], own["dot"], "dot product of the same vectors",
                  runs=len(found["store"]))  # fmt: skip


def growth(rows: list[Row], sizes: list[int]) -> Iterator[Row]:
    """How the rows measured at several sizes grow: 1 = as fast as the branch."""
    for prefix, what in (("signals", "signals and plans"), ("query", "search"), ("import_csv", "import")):
        by_size = {n: row for n in sizes for row in rows if row.name == f"{prefix}_{n}"}
        if len(by_size) < 2:
            continue
        sized = sorted(by_size)
        slope = exponent(sized, [by_size[n].figure for n in sized])
        told = ", ".join(f"{n:,}: {by_size[n].figure:.3g} s" for n in sized)
        limit = 1.0 if prefix == "signals" else None
        yield Row(f"growth_{prefix}", f"growth of {what}: exponent", slope, unit="x", limit=limit and limit + 0.05, note=told)
        if "memory" in by_size[sized[0]].details:
            peak = {n: by_size[n].details["memory"] for n in sized}
            yield Row(f"memory_{prefix}", f"memory of {what} at {sized[-1]:,}", peak[sized[-1]], unit="MiB", limit=2_048,
                      note=", ".join(f"{n:,}: {m:,.0f} MiB" for n, m in peak.items()))  # fmt: skip
        for part in by_size[sized[0]].details.get("parts", {}):
            each = [by_size[n].details["parts"][part] for n in sized]
            yield Row(f"growth_{prefix}_{part}", f"  of it, {part}: exponent", exponent(sized, each), unit="x",
                      note=", ".join(f"{n:,}: {s:.3g} s" for n, s in zip(sized, each, strict=True)))  # fmt: skip
