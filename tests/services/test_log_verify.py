"""Whatever is done to the kept log behind Coach's back is found and named; many writers and kills leave it whole."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from coach.domain.chain import GENESIS, Kind, Why, hash_of
from coach.services.contacts import Entry, log_contact
from coach.services.errors import Refused
from coach.services.log import append
from coach.services.log_read import entries, export
from coach.services.log_verify import verify
from coach.services.workspace import Workspace
from coach.store.db import session
from coach.store.tables import Client, Staff

NOW = datetime(2026, 11, 24, 10, 0)
COLUMNS = ("at", "kind", "staff_no", "client_no", "subject", "body", "prev_hash", "hash")
SIZE = 9


def branch(home: Path) -> Workspace:
    ws = Workspace.at(home, lang="en")
    with session(ws.engine) as s:
        s.add(Staff(staff_no="1001", name="王芳"))
        s.flush()
        s.add(Client(client_no="C1", name="李强", manager="1001", assigned_on=date(2026, 1, 5)))
    return ws


def add(ws: Workspace, count: int) -> None:
    with session(ws.engine) as s:
        for n in range(count):
            append(ws, s, Kind.CONTACT, NOW, {"n": n, "text": "说好了\"'\n"}, staff_no="1001", client_no="C1", subject=f"k{n}")


@pytest.fixture
def ws(own_workspace: Path) -> Iterator[Workspace]:
    opened = branch(own_workspace)
    add(opened, SIZE)
    yield opened
    opened.close()


@contextmanager
def behind(ws: Workspace) -> Iterator[sqlite3.Connection]:
    """The database file opened by somebody else."""
    other = sqlite3.connect(ws.home / "coach.db", isolation_level=None)
    try:
        yield other
    finally:
        other.close()


def rewrite(db: sqlite3.Connection, start: int) -> None:
    """Every hash from an entry on worked out anew, and the head: as one who knows how it is done would."""
    names = "entry_no, at, kind, staff_no, client_no, subject, body"
    last = (db.execute("SELECT hash FROM log_entry WHERE entry_no = ?", (start - 1,)).fetchone() or (GENESIS,))[0]
    db.execute("BEGIN")
    found = db.execute(f"SELECT {names} FROM log_entry WHERE entry_no >= ? ORDER BY entry_no", (start,)).fetchall()
    db.execute("DELETE FROM log_entry WHERE entry_no >= ?", (start,))
    for n, row in enumerate(found, start):
        values = (n, *row[1:])
        made = hash_of(*values, last)
        db.execute(f"INSERT INTO log_entry ({names}, prev_hash, hash) VALUES (?,?,?,?,?,?,?,?,?)", (*values, last, made))
        last = made
    db.execute("UPDATE log_head SET entries = ?, hash = ?", (start - 1 + len(found), last))
    db.execute("COMMIT")


def swap(db: sqlite3.Connection, a: int, b: int) -> None:
    for old, new in ((a, -1), (b, a), (-1, b)):
        db.execute("UPDATE log_entry SET entry_no = ? WHERE entry_no = ?", (new, old))


def shift(db: sqlite3.Connection, start: int, by: int) -> None:
    for n in sorted(range(start, SIZE + 1), reverse=by > 0):
        db.execute("UPDATE log_entry SET entry_no = ? WHERE entry_no = ?", (n + by, n))


def insert(db: sqlite3.Connection, number: int, *, link: str | None = None) -> None:
    """An entry that is right in itself; ``link``: what it says stands before it."""
    link = link or db.execute("SELECT hash FROM log_entry WHERE entry_no = ?", (number - 1,)).fetchone()[0]
    values = (number, "2026-11-24T10:00:00", "contact", "1001", "C1", "kx", '{"n":99}', link)
    db.execute("INSERT INTO log_entry VALUES (?,?,?,?,?,?,?,?,?)", (*values, hash_of(*values)))


def put_between(db: sqlite3.Connection) -> None:
    shift(db, 5, 1)
    (then,) = db.execute("SELECT prev_hash FROM log_entry WHERE entry_no = 6").fetchone()
    db.execute("UPDATE log_entry SET prev_hash = 'x' WHERE entry_no = 6")
    insert(db, 5, link=then)


def run(*statements: str) -> Callable[[sqlite3.Connection], None]:
    def act(db: sqlite3.Connection) -> None:
        for statement in statements:
            db.execute(statement)

    return act


ATTACKS: dict[str, tuple[Callable[[sqlite3.Connection], None], int]] = {
    "update": (run("UPDATE log_entry SET body = replace(body, '3', '7') WHERE entry_no = 4"), 4),
    "update of who": (run("UPDATE log_entry SET staff_no = '1002' WHERE entry_no = 1"), 1),
    "update to nothing": (run("UPDATE log_entry SET staff_no = NULL WHERE entry_no = 9"), 9),
    "update to other type": (run("UPDATE log_entry SET staff_no = CAST(staff_no AS BLOB) WHERE entry_no = 2"), 2),
    "update to no UTF-8": (run("UPDATE log_entry SET subject = CAST(x'ff41' AS TEXT) WHERE entry_no = 6"), 6),
    "update to no JSON": (run("UPDATE log_entry SET body = '{' WHERE entry_no = 6"), 6),
    "deletion": (run("DELETE FROM log_entry WHERE entry_no = 5"), 5),
    "deletion of the first": (run("DELETE FROM log_entry WHERE entry_no = 1"), 1),
    "deletion, later ones moved up": (lambda db: (db.execute("DELETE FROM log_entry WHERE entry_no = 5"), shift(db, 6, -1)), 5),
    "insertion": (put_between, 6),
    "insertion before the first": (lambda db: insert(db, 0, link="x"), 0),
    "insertion at the end": (lambda db: insert(db, 10), 10),
    "swap": (lambda db: swap(db, 3, 4), 3),
    "swap far apart": (lambda db: swap(db, 2, 8), 2),
    "truncation": (run("DELETE FROM log_entry WHERE entry_no > 6"), 7),
    "all gone": (run("DELETE FROM log_entry"), 1),
}  # fmt: skip


@pytest.mark.parametrize("attack", ATTACKS)
def test_found_and_named_without_an_anchor(ws: Workspace, attack: str) -> None:
    act, first = ATTACKS[attack]
    assert verify(ws).as_json() == {"entries": SIZE, "whole": True, "first_broken": None}
    with behind(ws) as db:
        act(db)
        (left,) = db.execute("SELECT count(*) FROM log_entry").fetchone()
    found = verify(ws)
    assert found.as_json() == {"entries": left, "whole": False, "first_broken": first}
    assert found.reason("zh") and found.reason("en") != found.reason("zh")


@pytest.mark.parametrize(
    ("attack", "first"),
    [
        ("update", 4), ("update of who", 1), ("deletion", 5), ("insertion", 5), ("swap", 3), ("truncation", 7), ("all gone", 1),
        ("deletion of the first", 1),
    ],
)  # fmt: skip
def test_a_log_written_anew_as_a_whole_is_found_by_what_was_kept_outside(ws: Workspace, tmp_path: Path, attack: str, first: int) -> None:
    made = export(ws, tmp_path / "log.jsonl", at=NOW)
    with behind(ws) as db:
        ATTACKS[attack][0](db)
        rewrite(db, 1)
    assert verify(ws).whole, "inside the database nothing shows"
    assert verify(ws, tmp_path / "log.jsonl").first_broken == first, "the export names the very first"
    shorter = attack in ("truncation", "all gone", "deletion", "deletion of the first")
    by_anchor = verify(ws, made.anchor_file)
    assert not by_anchor.whole and (by_anchor.why == Why.CUT if shorter else by_anchor.first_broken == SIZE)


def test_the_tail_cut_off_and_written_on_is_found(ws: Workspace, tmp_path: Path) -> None:
    made = export(ws, tmp_path / "log.jsonl", at=NOW)
    with behind(ws) as db:
        db.execute("DELETE FROM log_entry WHERE entry_no > 6")
    add(ws, 5)
    assert verify(ws).first_broken == 7, "the head goes on counting, so a gap stays"
    with behind(ws) as db:
        rewrite(db, 7)
    assert verify(ws).whole and verify(ws).entries == 11
    assert verify(ws, made.anchor_file).first_broken == SIZE and verify(ws, tmp_path / "log.jsonl").first_broken == 7


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_any_byte_of_any_column_changed_is_found(ws: Workspace, data: st.DataObject) -> None:
    number, column = data.draw(st.integers(1, SIZE)), data.draw(st.sampled_from(COLUMNS))
    with behind(ws) as db:
        (old,) = db.execute(f"SELECT CAST({column} AS BLOB) FROM log_entry WHERE entry_no = ?", (number,)).fetchone()
        at, other = data.draw(st.integers(0, len(old) - 1)), data.draw(st.integers(0, 255))
        new = old[:at] + bytes([other]) + old[at + 1 :]
        db.execute(f"UPDATE log_entry SET {column} = CAST(? AS TEXT) WHERE entry_no = ?", (new, number))
        found = verify(ws)
        db.execute(f"UPDATE log_entry SET {column} = CAST(? AS TEXT) WHERE entry_no = ?", (old, number))
    assert (found.whole, found.first_broken) == ((True, None) if new == old else (False, number))


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(number=st.integers(1, SIZE), other=st.integers(-3, 40))
def test_any_other_number_is_found(ws: Workspace, number: int, other: int) -> None:
    with behind(ws) as db:
        try:
            db.execute("UPDATE log_entry SET entry_no = ? WHERE entry_no = ?", (other, number))
        except sqlite3.IntegrityError:  # taken: the database itself refuses
            assert 1 <= other <= SIZE and verify(ws).whole
            return
        found = verify(ws)
        db.execute("UPDATE log_entry SET entry_no = ? WHERE entry_no = ?", (number, other))
    assert found.whole == (other == number) and (found.whole or found.first_broken == min(other, number))


def test_an_export_can_be_checked_by_anybody(ws: Workspace, tmp_path: Path) -> None:
    """With nothing of Coach: sorted keys, no spaces, SHA-256."""
    from hashlib import sha256

    made = export(ws, tmp_path / "log.jsonl", at=NOW)
    last = "0" * 64
    for n, line in enumerate((tmp_path / "log.jsonl").read_text(encoding="utf-8").splitlines(), 1):
        told = json.loads(line)
        kept = told.pop("hash")
        assert sha256(json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()).hexdigest() == kept
        assert told["prev_hash"] == last and told["entry_no"] == n
        last = kept
    assert made.anchor is not None and made.anchor_file is not None
    assert json.loads(made.anchor_file.read_text()) == {"count": SIZE, "hash": last, "at": "2026-11-24T10:00:00"}
    assert all((p.stat().st_mode & 0o077) == 0 for p in (made.file, made.anchor_file))
    for path in (made.file, made.anchor_file):  # either is enough for the older export to be left alone
        with pytest.raises(Refused, match=f"{path} is already there"):
            export(ws, tmp_path / "log.jsonl", at=NOW)
        made.file.unlink(missing_ok=True)
    with pytest.raises(Refused, match="make it first"):
        export(ws, tmp_path / "none" / "log.jsonl", at=NOW)


def test_a_broken_log_is_exported_as_it_stands_without_an_anchor(ws: Workspace, tmp_path: Path) -> None:
    with behind(ws) as db:
        db.execute("UPDATE log_entry SET body = '{\n' WHERE entry_no = 2")
        db.execute("UPDATE log_entry SET subject = CAST(x'ff' AS TEXT) WHERE entry_no = 3")
    made = export(ws, tmp_path / "log.jsonl", at=NOW)
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text(encoding="utf-8").split("\n")[:-1]]
    assert (made.first_broken, made.anchor, made.entries) == (2, None, SIZE) and not (tmp_path / "log.jsonl.anchor").exists()
    assert [n for n, line in enumerate(lines, 1) if "unreadable" in line] == [2, 3] and len(lines) == SIZE


@pytest.mark.parametrize("content", [b"nonsense\n", b'{"count": 1}\n', b"\xff\xfe\n", None])
def test_an_anchor_file_that_is_none_is_one_line(ws: Workspace, tmp_path: Path, content: bytes | None) -> None:
    if content is not None:
        (tmp_path / "a").write_bytes(content)
    with pytest.raises(Refused, match="anchor") as caught:
        verify(ws, tmp_path / "a")
    assert str(tmp_path / "a") in str(caught.value) and "\n" not in str(caught.value)


# --- many writers, kills, size --------------------------------------------------------------------------------------

WRITER = """
import sys
from datetime import datetime
from coach.services.contacts import Entry, log_contact
from coach.services.workspace import Workspace
ws = Workspace()
for n in range(int(sys.argv[2])):
    log_contact(ws, "C1", Entry("call", "reached", datetime(2026, 11, 24, 10, 0), contact_no=f"{sys.argv[1]}-{n}"))
    print(f"{sys.argv[1]}-{n}", flush=True)
"""


def writer(ws: Workspace, name: str, count: int) -> subprocess.Popen[str]:
    env = os.environ | {"COACH_HOME": str(ws.home)}
    return subprocess.Popen([sys.executable, "-c", WRITER, name, str(count)], env=env, stdout=subprocess.PIPE, text=True)


def test_two_processes_that_add_at_once_make_one_chain(ws: Workspace) -> None:
    both = [writer(ws, name, 30) for name in ("a", "b")]
    assert [len(w.communicate()[0].split()) for w in both] == [30, 30]
    found = list(reversed(entries(ws, limit=1000)))
    assert [e.entry_no for e in found] == list(range(1, SIZE + 61)) and verify(ws).whole
    assert {e.subject for e in found[SIZE:]} == {f"{w}-{n}" for w in "ab" for n in range(30)}


@pytest.mark.parametrize("after", [1, 7])
def test_killed_while_adding_leaves_it_whole(ws: Workspace, after: int) -> None:
    process = writer(ws, "k", 100_000)
    assert process.stdout is not None
    acknowledged = [process.stdout.readline().strip() for _ in range(after)]
    process.send_signal(signal.SIGKILL)
    acknowledged += [line.strip() for line in process.stdout if line.strip()]
    assert process.wait() == -signal.SIGKILL
    kept = [e.subject for e in reversed(entries(ws, limit=100_000))][SIZE:]
    assert kept[: len(acknowledged)] == acknowledged and len(kept) <= len(acknowledged) + 1
    with behind(ws) as db:
        assert [k for (k,) in db.execute("SELECT contact_no FROM contact ORDER BY id")] == kept, "an entry for each, and only for them"
    log_contact(ws, "C1", Entry("call", "reached", NOW))
    assert verify(ws).as_json() == {"entries": SIZE + len(kept) + 1, "whole": True, "first_broken": None}


def test_a_hundred_thousand_entries_in_a_few_seconds(own_workspace: Path) -> None:
    ws = branch(own_workspace)
    body = json.dumps({"channel": "call", "outcome": "reached", "record": "f" * 64, "text": "说了" * 60}, sort_keys=True,
                      separators=(",", ":"), ensure_ascii=False)  # fmt: skip
    rows, last = [], GENESIS
    for n in range(1, 100_001):
        values = (n, "2026-11-24T10:00:00", "contact", "1001", f"C{n % 500}", f"k{n}", body, last)
        last = hash_of(*values)
        rows.append((*values, last))
    with behind(ws) as db:
        db.execute("BEGIN")
        db.executemany("INSERT INTO log_entry VALUES (?,?,?,?,?,?,?,?,?)", rows)
        db.execute("UPDATE log_head SET entries = 100000, hash = ?", (last,))
        db.execute("COMMIT")
    began = time.process_time()
    assert verify(ws).as_json() == {"entries": 100_000, "whole": True, "first_broken": None}
    took = time.process_time() - began
    with behind(ws) as db:
        db.execute("UPDATE log_entry SET staff_no = '1002' WHERE entry_no = 99999")
    assert verify(ws).first_broken == 99_999
    ws.close()
    assert took < 6, f"{took:.1f} s of this process"
    sys.stdout.write(f"verified 100,000 in {took:.2f} s\n")
