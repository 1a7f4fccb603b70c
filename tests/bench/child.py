"""What is measured in a process of its own: one job, its times and the memory it took, as one line of JSON.

    python -m tests.bench.child JOB HOME [ARGUMENT ...]

Every time is a pair: seconds on the clock, seconds of a processor. Coach's part comes first and its peak memory is read
before the floor runs.
"""

from __future__ import annotations

import csv
import gc
import json
import random
import resource
import shutil
import sqlite3
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

Times = list[tuple[float, float]]


def timed(job: Callable[[], Any], runs: int = 1) -> Times:
    """Seconds of each run, on the clock and of a processor."""
    out = []
    for _ in range(runs):
        wall, cpu = time.perf_counter(), time.process_time()
        job()
        out.append((time.perf_counter() - wall, time.process_time() - cpu))
    return out


def memory() -> float:
    """The most that this process has held so far, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


# --- signals and plans ----------------------------------------------------------------------------------------------


def signals(home: Path, today: date, runs: str, url: str = "") -> dict[str, Any]:
    """The whole branch's signals and every manager's plan, from the database to tasks; the floor reads the same rows."""
    from coach.domain.plan import plan_all
    from coach.domain.signals import find
    from coach.services.workspace import Workspace
    from coach.store.db import session
    from coach.store.frames import load_frames

    ws = Workspace.at(home)
    plays, policy, times, counts = ws.plays, ws.policy, [], (0, 0, 0)
    _ = ws.engine
    empty = memory()
    for _run in range(int(runs)):
        gc.collect()
        marks = [(time.perf_counter(), time.process_time())]
        with session(ws.engine, write=False) as s:
            frames = load_frames(s, today, policy=policy)
        marks.append((time.perf_counter(), time.process_time()))
        found = find(frames, plays, policy, today)
        marks.append((time.perf_counter(), time.process_time()))
        plans = plan_all(found, frames, plays, policy, today)
        marks.append((time.perf_counter(), time.process_time()))
        times.append([(b[0] - a[0], b[1] - a[1]) for a, b in pairwise(marks)])
        counts = frames.clients.height, found.height, sum(len(plan.tasks) for plan in plans.values())
        del frames, found, plans
    peak = memory()
    floor = timed(lambda: _read_all(url or f"{home}/coach.db", today), int(runs))
    ws.close()
    parts = dict(zip(("load", "find", "plan"), zip(*times, strict=True), strict=True))
    whole = [(sum(p[0] for p in run), sum(p[1] for p in run)) for run in times]
    return {"times": whole, "floor": floor, "parts": parts, "memory": peak, "empty": empty, "clients": counts[0],
            "signals": counts[1], "tasks": counts[2]}  # fmt: skip


def _read_all(database: str, today: date) -> int:
    """The rows that the rules read, fetched by the bare driver and dropped."""
    from coach.domain import frames

    half, months = today - timedelta(days=180), today - timedelta(days=220)
    wanted: list[tuple[str, Iterable[str], str]] = [
        ("client", frames.CLIENTS, ""), ("holding", frames.HOLDINGS, ""), ("balance", frames.BALANCES, f"\"on\" >= '{months}'"),
        ("movement", frames.MOVEMENTS, f"\"on\" >= '{half}'"), ("contact", frames.CONTACTS, "voided_at IS NULL"),
        ("keydate", frames.KEY_DATES, ""), ("gift", frames.GIFTS, ""),
    ]  # fmt: skip
    connection = _bare(database)
    rows = 0
    for table, names, where in wanted:
        listed = ", ".join(f'"{name}"' for name in names)
        cursor = connection.cursor()
        cursor.execute(f'SELECT {listed} FROM "{table}"' + (f" WHERE {where}" if where else ""))
        while some := cursor.fetchmany(5_000):
            rows += len(some)
    connection.close()
    return rows


def _bare(database: str) -> Any:
    if not database.startswith("postgresql"):
        return sqlite3.connect(database)
    import psycopg

    return psycopg.connect(database.replace("+psycopg", ""))


def day(home: Path, today: date, runs: str) -> dict[str, Any]:
    """One manager's day made for the first time, in a branch of so many; the floor reads the rows of that manager's clients."""
    from coach.services.clients import managers
    from coach.services.day import plan
    from coach.services.workspace import Workspace

    own = _copy(home)
    ws = Workspace.at(own)
    people = [no for no, _, _ in managers(ws)]
    plan(ws, people[-1], today)  # loads what the first one loads
    chosen = iter(people)
    times = timed(lambda: plan(ws, next(chosen), today), min(int(runs), len(people) - 1))
    peak = memory()
    connection = sqlite3.connect(own / "coach.db")
    again = iter(people)

    def read() -> None:
        who = next(again)
        for table in ("client", "holding", "balance", "movement", "contact", "keydate", "gift"):
            where = "manager = ?" if table == "client" else "client_no IN (SELECT client_no FROM client WHERE manager = ?)"
            connection.execute(f"SELECT * FROM {table} WHERE {where}", (who,)).fetchall()

    floor = timed(read, len(times))
    connection.close()
    ws.close()
    shutil.rmtree(own)
    return {"times": times, "floor": floor, "memory": peak}


def _copy(home: Path) -> Path:
    """A copy to write in."""
    own = home.with_name(f"{home.name}-own-{time.monotonic_ns()}")
    shutil.copytree(home, own)
    return own


def allocate(home: Path, today: date, runs: str) -> dict[str, Any]:
    """A quarterly sharing out proposed; the floor reads the clients and contacts that it stands on."""
    from coach.domain.allocation import Mode
    from coach.services.allocation import propose
    from coach.services.workspace import Workspace

    ws, moves = Workspace.at(home), 0
    _ = ws.engine, ws.policy

    def once() -> None:
        nonlocal moves
        moves = len(propose(ws, Mode.QUARTERLY, today).made.moves)

    times = timed(once, int(runs))
    peak = memory()
    connection = sqlite3.connect(home / "coach.db")

    def read() -> None:
        connection.execute("SELECT client_no, manager, assets_fen, tier, stage, assigned_on, branch FROM client").fetchall()
        connection.execute("SELECT client_no, staff_no, at FROM contact WHERE effective").fetchall()

    floor = timed(read, int(runs))
    ws.close()
    return {"times": times, "floor": floor, "memory": peak, "moves": moves}


# --- searching clients ----------------------------------------------------------------------------------------------

WORDS = ("l", "li", "w", "wang", "lm", "陈", "王秀", "1000", "zh", "zhang")


def search(home: Path, today: date, runs: str) -> dict[str, Any]:
    """What a keystroke asks of the services: numbers in order and the first page; the floor asks the same in bare SQL."""
    from coach.services.clients import ClientQuery, client_numbers, list_clients
    from coach.services.workspace import Workspace

    ws = Workspace.at(home)

    def asked(word: str) -> None:
        numbers = client_numbers(ws, ClientQuery(text=word))
        list_clients(ws, ClientQuery(among=numbers[:120], sort="client_no"))

    connection = sqlite3.connect(home / "coach.db")

    def bare(word: str) -> None:
        bare_search(connection, word)

    asked("a"), bare("a")
    times, floor = [], []
    for _ in range(int(runs)):
        for word in WORDS:
            times += timed(lambda word=word: asked(word))  # type: ignore[misc]
            floor += timed(lambda word=word: bare(word))  # type: ignore[misc]
    ws.close()
    return {"times": times, "floor": floor, "memory": memory()}


def bare_search(connection: sqlite3.Connection, word: str) -> list[str]:
    """The numbers that a word finds, richest first, and their first page, by the bare driver."""
    found = [
        r[0] for r in connection.execute(
            "SELECT client_no FROM client WHERE search_key LIKE ? ORDER BY assets_fen DESC, client_no", (f"%{word}%",)
        )
    ]  # fmt: skip
    page = found[:120]
    connection.execute(f"SELECT * FROM client WHERE client_no IN ({','.join('?' * len(page))})", page).fetchall()
    return found


# --- suggestions and the playbook -----------------------------------------------------------------------------------


def suggest(home: Path, today: date, runs: str) -> dict[str, Any]:
    """Suggestions of clients one after the other, as in a morning's work; the floor reads each client's rows."""
    from coach.services.clients import ClientQuery, client_numbers
    from coach.services.suggestions import suggest as suggested
    from coach.services.workspace import Workspace

    own = _copy(home)
    ws = Workspace.at(own)
    count = int(runs)
    numbers = client_numbers(ws, ClientQuery(manager="1001"))[5:]
    chosen = random.Random(3).sample(numbers, count + 3)
    first = timed(lambda: suggested(ws, chosen[0], today))
    for no in chosen[1:3]:  # the second question works the whole book out
        suggested(ws, no, today)
    times = [timed(lambda no=no: suggested(ws, no, today))[0] for no in chosen[3:]]  # type: ignore[misc]
    peak = memory()
    connection = sqlite3.connect(own / "coach.db")

    def read(no: str) -> None:
        for table in ("client", "holding", "balance", "movement", "contact", "keydate", "gift", "invitation", "assignment", "task"):
            connection.execute(f"SELECT * FROM {table} WHERE client_no = ?", (no,)).fetchall()

    floor = [timed(lambda no=no: read(no))[0] for no in chosen[3:]]  # type: ignore[misc]
    connection.close()
    ws.close()
    shutil.rmtree(own)
    return {"first": first, "times": times, "floor": floor, "memory": peak}


def retrieve(home: Path, today: date, runs: str) -> dict[str, Any]:
    """Questions of the evaluation searched; floors: the question as a vector and its dot product with all, and that product alone."""
    import numpy as np

    from coach.playbook.index import collection_of
    from coach.services.knowledge import retriever
    from coach.services.workspace import Workspace

    file = Path(__file__).parents[1] / "eval" / "questions.zh.jsonl"
    questions = [json.loads(line)["question"] for line in file.read_text(encoding="utf-8").splitlines() if line.strip()][: int(runs)]
    ws = Workspace.at(home, lang="zh")
    found = retriever(ws)
    found.search(questions[0], lang="zh")
    times = [timed(lambda q=q: found.search(q, lang="zh"))[0] for q in questions]  # type: ignore[misc]
    peak = memory()
    opened = found.open()
    name = collection_of(opened.info.generation, "zh")
    vectors = np.asarray(opened.store._open(name).get(include=["embeddings"])["embeddings"], dtype="float32")
    encoder, space, raw = found._encoder, opened.spaces["zh"], {}

    def whole(question: str) -> None:
        raw[question] = space.question(encoder.encode([question])[0])
        np.argsort(-(vectors @ raw[question]))[:5]

    floor = [timed(lambda q=q: whole(q))[0] for q in questions]  # type: ignore[misc]
    store = [timed(lambda q=q: opened.store.nearest(name, raw[q], 150, None, None))[0] for q in questions]  # type: ignore[misc]
    dot = [timed(lambda q=q: np.argsort(-(vectors @ raw[q]))[:150])[0] for q in questions]  # type: ignore[misc]
    ws.close()
    return {"times": times, "floor": floor, "store": store, "dot": dot, "passages": len(vectors), "memory": peak}


# --- import ---------------------------------------------------------------------------------------------------------


def bring_in(home: Path, today: date, runs: str, *files: str) -> dict[str, Any]:
    """Clients, holdings and movements into an empty workspace; the floor reads the files and inserts their rows as they are."""
    from coach.services.imports import ImportJob
    from coach.services.imports import bring_in as brought
    from coach.services.workspace import Workspace

    staff, *others = map(Path, files)
    times, floor, peak, rows = [], [], 0.0, 0
    for run in range(int(runs)):
        for what in ("coach", "floor"):
            own = home / f"{what}-{run}"
            ws = Workspace.at(own, lang="zh")
            brought(ws, ImportJob([staff]), today)
            if what == "coach":
                done: list[Any] = []
                times += timed(lambda: done.extend(brought(ws, ImportJob(others, strict=True), today)))  # noqa: B023
                rows, peak = sum(r.added for r in done), memory() if run == 0 else peak
            else:
                floor += timed(lambda: _bare_import(own / "coach.db", others))  # noqa: B023
            ws.close()
            shutil.rmtree(own)
    return {"times": times, "floor": floor, "memory": peak, "rows": rows}


_TABLES = {"clients": "client", "holdings": "holding", "movements": "movement"}
_NAMES = {"assets": "assets_fen", "amount": "amount_fen"}


def _bare_import(database: Path, files: Sequence[Path]) -> None:
    """Each file read by the plainest reader and its cells inserted as text, one transaction a file, into Coach's own tables."""
    from coach.demo.write import HEADERS

    connection = sqlite3.connect(database, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute("PRAGMA foreign_keys=ON")
    for file in files:
        table, kind = _TABLES[file.stem], file.stem
        rows = _cells(file)
        fields = {header: _NAMES.get(name, name) for name, header in HEADERS[kind].items()}
        names = [fields[header] for header in next(rows)]
        # a column that must not be empty and is not in the file gets a nought
        more = [r[1] for r in connection.execute(f"PRAGMA table_info({table})") if r[3] and r[1] not in names and r[1] != "id"]
        listed = ", ".join(f'"{name}"' for name in [*names, *more])
        marks = ", ".join(["?"] * len(names) + ["0"] * len(more))
        connection.execute("BEGIN")
        connection.executemany(f"INSERT INTO {table} ({listed}) VALUES ({marks})", rows)
        connection.execute("COMMIT")
    connection.close()


def _cells(file: Path) -> Iterator[Sequence[Any]]:
    if file.suffix == ".csv":
        with file.open(encoding="utf-8-sig", newline="") as stream:
            yield from csv.reader(stream)
        return
    from python_calamine import CalamineWorkbook

    yield from CalamineWorkbook.from_path(str(file)).get_sheet_by_index(0).iter_rows()


JOBS: dict[str, Callable[..., dict[str, Any]]] = {
    "signals": signals, "day": day, "allocate": allocate, "search": search, "suggest": suggest, "retrieve": retrieve, "import": bring_in,
}  # fmt: skip


def main() -> None:
    job, home, today, *rest = sys.argv[1:]
    found = JOBS[job](Path(home), date.fromisoformat(today), *rest)
    sys.stdout.write(json.dumps(found) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
