"""A branch of ten people on one PostgreSQL, what twenty at work leave behind, and what must hold of it."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from threading import Barrier, Thread
from typing import Any

import sqlalchemy as sa

from coach.services.db_people import grant
from coach.services.log_verify import verify
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Staff
from tests.load.people import Desk, Done, opened, work

STAFF = tuple(f"L{n:02d}" for n in range(1, 10))
SUPERVISOR = "L99"
WORD = "a-word-of-the-load"


def populate(ws: Workspace, prefix: str) -> dict[str, str]:
    """Nine of staff share the branch's clients among them, one supervises: staff number → login."""
    with session(ws.engine) as s:
        branch = s.execute(sa.text("SELECT branch FROM client WHERE branch IS NOT NULL LIMIT 1")).scalar()
        for number in (*STAFF, SUPERVISOR):
            s.add(Staff(staff_no=number, name=number, role="supervisor" if number == SUPERVISOR else "staff", branch=branch))
        s.flush()
        s.execute(sa.text(
            "UPDATE client SET manager = 'L0' || (1 + o.n % 9) FROM"
            " (SELECT client_no, row_number() OVER (ORDER BY client_no) n FROM client) o WHERE o.client_no = client.client_no"
        ))  # fmt: skip
    logins = {number: f"{prefix}_{number.lower()}" for number in (*STAFF, SUPERVISOR)}
    for number, login in logins.items():
        grant(ws, number, login, WORD)
    return logins


def desks(url_of: Callable[[str], str], home: Path, seconds: float, people: int = 20) -> list[Desk]:
    """Two desks for each, the supervisor's too."""
    whole = [(number, number == SUPERVISOR) for number in (*STAFF, SUPERVISOR)] * 2
    return [Desk(url_of(number), str(home / f"d{n}"), number, seconds, n, boss) for n, (number, boss) in enumerate(whole[:people])]


def in_threads(places: Sequence[Desk], like: Workspace, told: list[Done] | None = None) -> list[Done]:
    """All at once in this process; what is read only once (playbook, index, rules) is shared. ``told`` fills as they work."""
    told = [] if told is None else told
    spaces = []
    for desk in places:
        ws = opened(desk)
        for name in ("policy", "playbook", "plays", "rules", "support"):
            ws.__dict__[name] = getattr(like, name)
        ws.retriever = like.retriever
        spaces.append(ws)
    ready = Barrier(len(spaces), timeout=120)
    threads = [Thread(target=work, args=(desk, ws, told.append, ready.wait)) for desk, ws in zip(places, spaces, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for ws in spaces:
        ws.retriever = None
        ws.close()
    return told


def in_processes(places: Iterable[Desk], like: Workspace) -> list[Done]:
    """Each in a process of its own, with the workspace folder (the index, that is) of ``like``."""
    running = []
    for desk in places:
        told = tempfile.TemporaryFile("w+")  # noqa: SIM115  (closed below, once it is read)
        one = subprocess.Popen([sys.executable, "-m", "tests.load.people"], stdin=subprocess.PIPE, stdout=told, text=True)
        assert one.stdin is not None
        one.stdin.write(json.dumps(asdict(replace(desk, home=str(like.home)))))
        one.stdin.close()
        running.append((one, told))
    found = []
    for one, told in running:
        if one.wait():
            raise RuntimeError(f"a person's process ended with {one.returncode}")
        told.seek(0)
        found += [Done(**json.loads(line)) for line in told]
        told.close()
    return [replace(done, keys=tuple(done.keys)) for done in found]


def table(told: Iterable[Done]) -> str:
    """Each action: how often, how often refused, median, 95th percentile and longest in milliseconds."""
    by: dict[str, list[Done]] = defaultdict(list)
    for done in told:
        by[done.action].append(done)
    lines = [f"{'action':12} {'n':>6} {'refused':>8} {'p50 ms':>8} {'p95 ms':>8} {'max ms':>8}"]
    for action, some in sorted(by.items()):
        took = sorted(d.seconds * 1000 for d in some)
        cells = len(some), sum(bool(d.refused) for d in some), took[len(took) // 2], took[int(len(took) * 0.95)], took[-1]
        lines.append(f"{action:12} {cells[0]:6} {cells[1]:8} {cells[2]:8.0f} {cells[3]:8.0f} {cells[4]:8.0f}")
    return "\n".join(lines)


def rows(ws: Workspace, sql: str) -> list[Any]:
    with session(ws.engine, write=False) as s:
        return [tuple(row) for row in s.execute(sa.text(sql))]


def state(ws: Workspace) -> dict[str, Any]:
    """What is to be held against the state afterwards."""
    return {"client": {r[0]: r[1:] for r in rows(ws, "SELECT client_no, version, stage, tier FROM client")},
            "stages": rows(ws, "SELECT coalesce(max(id), 0) FROM stagechange")[0][0],
            "tiers": rows(ws, "SELECT coalesce(max(id), 0) FROM tierchange")[0][0]}  # fmt: skip


def faults(ws: Workspace, before: dict[str, Any], told: Iterable[Done], *, unanswered: int = 0) -> list[str]:
    """What does not hold; empty where all does. ``unanswered``: so many people were cut off in the middle of something."""
    told, found = list(told), []
    kept = {r[0]: r[1] for r in rows(ws, "SELECT contact_no, voided_at FROM contact WHERE contact_no LIKE 'L%'")}
    said = {d.keys[0] for d in told if d.action == "contact" and d.keys}
    if said - set(kept):
        found.append(f"{len(said - set(kept))} acknowledged contacts are not there")
    if len(set(kept) - said) > unanswered:
        found.append(f"{len(set(kept) - said)} contacts that nobody was told of")
    undone = Counter(d.keys[0] for d in told if d.action == "undo" and d.keys)
    voided = {no for no, at in kept.items() if at is not None}
    if set(undone) - voided or len(voided - set(undone)) > unanswered:
        found.append("contacts taken back and those marked so are not the same")
    changes: Counter[str] = Counter()
    for name, first, at in (("stagechange", "stages", 1), ("tierchange", "tiers", 2)):
        now: dict[str, str] = {no: values[at] for no, values in before["client"].items()}
        for no, was, to in rows(ws, f"SELECT client_no, before, after FROM {name} WHERE id > {before[first]} ORDER BY id"):
            if now[no] != was:
                found.append(f"{name} of {no}: from {was}, though it was {now[no]}: an update was lost")
            now[no] = to
            changes[no] += 1
        column = "stage" if at == 1 else "tier"
        found += [f"{column} of {no} is {is_}, the last change says {now[no]}"
                  for no, is_ in rows(ws, f"SELECT client_no, {column} FROM client") if is_ != now[no]]  # fmt: skip
    found += [f"version of {no} grew by {v - before['client'][no][0]}, it was changed {changes[no]} times"
              for no, v in rows(ws, "SELECT client_no, version FROM client") if v - before["client"][no][0] != changes[no]]  # fmt: skip
    by_hand = Counter(d.action for d in told if d.action in ("stage", "tier") and d.keys)
    for action, name in (("stage", "stagechange"), ("tier", "tierchange")):
        first = before[f"{action}s"]
        there = rows(ws, f"SELECT count(*) FROM {name} WHERE id > {first} AND reason::jsonb ? 'by_hand'")[0][0]
        if not by_hand[action] <= there <= by_hand[action] + unanswered:
            found.append(f"{by_hand[action]} changes of {action} acknowledged, {there} there")
    twice = rows(ws, "SELECT kind, subject FROM log_entry WHERE kind IN ('contact', 'suggestion_shown') GROUP BY 1, 2 HAVING count(*) > 1")
    found += [f"twice in the log: {kind} {subject}" for kind, subject in twice]
    logged = {r[0] for r in rows(ws, "SELECT subject FROM log_entry WHERE kind = 'contact'")}
    if set(kept) != logged:
        found.append("the contacts and those in the log are not the same")
    shown = {d.keys[0] for d in told if d.action == "suggestion" and d.keys}
    stored = {r[0] for r in rows(ws, "SELECT suggestion_no FROM suggestion")}
    found += ["suggestions acknowledged are not there"] if shown - stored else []
    tried = {d.keys[0] for d in told if d.action == "practice" and d.keys}
    found += ["practice acknowledged is not there"] if tried - {r[0] for r in rows(ws, "SELECT attempt_no FROM practice_attempt")} else []
    found += [f"task {no} is done by a contact that was taken back" for (no,) in rows(
        ws, "SELECT t.task_no FROM task t LEFT JOIN contact c ON c.contact_no = t.contact_no AND c.voided_at IS NULL"
        " WHERE t.state = 'done' AND c.id IS NULL")]  # fmt: skip
    found += [f"task {no} stands twice" for (no,) in rows(
        ws, "SELECT task_no FROM task GROUP BY plan_on, client_no, task_no HAVING count(*) > 1")]  # fmt: skip
    verdict = verify(ws)
    return found if verdict.whole else [*found, f"the log is broken at {verdict.first_broken}: {verdict.reason('en')}"]
