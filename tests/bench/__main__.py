"""``make bench``: one table, each row a figure, its floor measured in the same run, their ratio, and the target beside it.

    python -m tests.bench [--short] [--large] [--only ROW[,ROW]] [--json FILE] [--work FOLDER]

``--large`` goes up to 500,000 clients; ``--short`` keeps to 5,000; ``--only`` names rows or groups (see ``--list``). Exit code 0
whatever was measured: the targets are told in the table, and tests hold the gross ones.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from tests.bench import screens, work
from tests.bench.branch import Branches
from tests.bench.table import Row, as_text, table
from tests.bench.terminal import ROOT

Group = Callable[[Branches, int], Iterator[Row]]


def groups(short: bool, large: bool) -> dict[str, Group]:
    """The rows by group, in the order of the table; the argument is how many runs to take the median of."""
    number = 5_000 if short else 50_000
    sizes = [5_000] if short else [5_000, 50_000, *([500_000] if large else [])]
    found: dict[str, Group] = {
        "first_frame": screens.first_frame,
        "clients": lambda b, runs: screens.clients(b, number, runs),
        "stalls": lambda b, runs: _stalls(b, number),
        "suggest": work.suggestions,
        "retrieve": work.retrieval,
        "day": lambda b, runs: work.day(b, number, runs),
    }
    for size in sizes:
        found[f"signals_{size}"] = lambda b, runs, size=size: work.signals(b, size, runs if size < 500_000 else 1)  # type: ignore[misc]
        found[f"query_{size}"] = lambda b, runs, size=size: work.searched(b, size, runs)  # type: ignore[misc]
    found["signals_pg"] = lambda b, runs: work.on_postgres(b, number, runs)
    found["allocate"] = lambda b, runs: work.allocation(b, number, runs)
    for size in sizes:
        found[f"import_csv_{size}"] = lambda b, runs, size=size: work.imported(b, size, "csv", max(1, min(runs, 150_000 // size)))  # type: ignore[misc]
    found["import_xlsx"] = lambda b, runs: work.imported(b, number, "xlsx", 1)
    return found


def _stalls(branches: Branches, number: int) -> Iterator[Row]:
    from tests.bench.day import longest

    found = longest(branches.home(number), branches.today)
    yield Row("stalls", f"longest stall of the screen in a day, {number:,}", found.longest, limit=0.05, runs=found.beats,
              note=found.told, details={"gaps": found.gaps[:20]})  # fmt: skip


def run(short: bool, large: bool, only: set[str], folder: Path, tell: Callable[[str], object]) -> list[Row]:
    """Measure; a group that fails is told and left out."""
    branches = Branches(folder, date.today())
    rows: list[Row] = []
    for name, group in groups(short, large).items():
        if only and not any(name == o or name.startswith(f"{o}_") for o in only):
            continue
        started = time.perf_counter()
        try:
            rows += group(branches, 3 if short else 5)
        except Exception as error:  # one row that cannot be measured does not take the others with it
            tell(f"{name}: not measured: {type(error).__name__}: {error}\n")
        tell(f"{name}: {time.perf_counter() - started:.0f} s\n")
    return rows + list(work.growth(rows, [5_000, 50_000, 500_000]))


def machine() -> dict[str, Any]:
    """What it was measured on."""
    load = os.getloadavg() if hasattr(os, "getloadavg") else ()
    return {"python": platform.python_version(), "system": platform.platform(), "cores": os.cpu_count(), "load": load,
            "date": date.today().isoformat()}  # fmt: skip


def main() -> int:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__, formatter_class=plain)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("--json", type=Path, default=ROOT / "build" / "bench.json")
    parser.add_argument("--work", type=Path, help="where branches are made and kept for the next time (default: a folder that goes away)")
    given = parser.parse_args()
    if given.list:
        sys.stdout.write("\n".join(groups(given.short, given.large)) + "\n")
        return 0
    folder = given.work or Path(tempfile.mkdtemp(prefix="coach-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    at = machine()
    try:
        rows = run(given.short, given.large, set(filter(None, given.only.split(","))), folder, sys.stderr.write)
    finally:
        if given.work is None:
            shutil.rmtree(folder, ignore_errors=True)
    at["load_after"] = machine()["load"]
    given.json.parent.mkdir(parents=True, exist_ok=True)
    given.json.write_text(as_text(rows, at) + "\n", encoding="utf-8")
    sys.stdout.write(f"{table(rows)}\n\n{given.json}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
