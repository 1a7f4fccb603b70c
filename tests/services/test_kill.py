"""``kill -9`` while contacts are logged: what was acknowledged is there once, nothing is half there."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import date, datetime

import pytest
from sqlmodel import select

from coach.services.contacts import Entry, log_contact
from coach.services.day import plan
from coach.store.db import session
from coach.store.tables import Contact, Task

TODAY = date(2026, 11, 24)
WRITER = """
import sys
from datetime import datetime
from coach.services.contacts import Entry, log_contact
from coach.services.day import plan
from coach.services.workspace import Workspace
ws = Workspace()
at = datetime(2026, 11, 24, 10, 0)
for task in plan(ws, "1001", at.date()).tasks:
    key = "k-" + task.task_no
    entry = Entry(task.channel, "reached", at, staff_no="1001", task_no=task.task_no, contact_no=key, summary="说了" * 200)
    log_contact(ws, task.client_no, entry)
    print(key, flush=True)
print("all", flush=True)
"""


def writer(home) -> subprocess.Popen[str]:
    env = os.environ | {"COACH_HOME": str(home)}
    return subprocess.Popen([sys.executable, "-c", WRITER], env=env, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("after", [1, 6, 15])
def test_killed_while_logging(demo_ws, own_workspace, after: int) -> None:
    plan(demo_ws, "1001", TODAY)
    process = writer(own_workspace)
    acknowledged = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout if line.strip()]
    process.wait()
    assert process.returncode == -signal.SIGKILL and "all" not in acknowledged
    with session(demo_ws.engine, write=False) as s:
        kept = [c.contact_no for c in s.exec(select(Contact).where(Contact.contact_no.startswith("k-")))]
        done = {t.contact_no for t in s.exec(select(Task).where(Task.state == "done"))}
    assert set(acknowledged) <= set(kept) and len(kept) == len(set(kept)) <= len(acknowledged) + 1
    assert done == set(kept)
    again = writer(own_workspace)
    assert "all" in again.stdout.read().split()
    with session(demo_ws.engine, write=False) as s:
        tasks = s.exec(select(Task)).all()
        assert all(t.state == "done" for t in tasks)
        assert len(s.exec(select(Contact).where(Contact.contact_no.startswith("k-"))).all()) == len(tasks)


def test_two_who_log_at_once_both_get_in(demo_ws, own_workspace) -> None:
    plan(demo_ws, "1001", TODAY)
    first, second = writer(own_workspace), writer(own_workspace)
    assert "all" in first.stdout.read().split() and "all" in second.stdout.read().split()
    with session(demo_ws.engine, write=False) as s:
        numbers = [c.contact_no for c in s.exec(select(Contact).where(Contact.contact_no.startswith("k-")))]
    assert len(numbers) == len(set(numbers)) == len(plan(demo_ws, "1001", TODAY).tasks)


def test_the_same_key_from_the_screen_twice_is_one_entry(demo_ws) -> None:
    task = plan(demo_ws, "1001", TODAY).tasks[0]
    entry = Entry(task.channel, "reached", datetime(2026, 11, 24, 9), contact_no="one")
    assert log_contact(demo_ws, task.client_no, entry) and log_contact(demo_ws, task.client_no, entry)
    with session(demo_ws.engine, write=False) as s:
        assert len(s.exec(select(Contact).where(Contact.contact_no == "one")).all()) == 1
