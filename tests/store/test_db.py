"""The database: privacy, durability settings, migrations, two writers."""

from __future__ import annotations

import json
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError
from sqlmodel import SQLModel, select
from typer.testing import CliRunner

from coach.store import db
from coach.store.tables import Client, Contact, Meta, Staff


def url(path: Path) -> str:
    return f"sqlite:///{path}"


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_file_and_folder_are_private_and_settings_hold(tmp_path: Path) -> None:
    path = tmp_path / "new" / "ws" / "coach.db"
    engine = db.open_db(url(path))
    with db.session(engine) as s:
        s.add(Meta(key="a", value="1"))
    assert mode(path) == 0o600
    assert mode(path.parent) == 0o700
    assert mode(Path(f"{path}-wal")) == 0o600
    with engine.connect() as c:
        got = {k: c.exec_driver_sql(f"PRAGMA {k}").scalar() for k in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")}
    assert got == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1, "busy_timeout": 30_000}


def test_too_open_a_file_is_closed(tmp_path: Path) -> None:
    path = tmp_path / "coach.db"
    db.open_db(url(path)).dispose()
    path.chmod(0o644)
    db.open_db(url(path)).dispose()
    assert mode(path) == 0o600


def test_migrations_give_what_the_tables_say(tmp_path: Path) -> None:
    engine = db.open_db(url(tmp_path / "a.db"))
    with engine.connect() as c:
        difference = compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), SQLModel.metadata)
    assert difference == []


def test_head_is_the_newest_revision() -> None:
    assert ScriptDirectory(str(Path(db.__file__).parent / "migrations")).get_current_head() == db.HEAD


def test_second_start_needs_no_alembic(tmp_path: Path) -> None:
    db.open_db(url(tmp_path / "a.db")).dispose()
    code = f"import sys; from coach.store.db import open_db; open_db({url(tmp_path / 'a.db')!r}); sys.exit('alembic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_an_older_database_keeps_its_rows(tmp_path: Path) -> None:
    path = tmp_path / "old.db"
    old = db.engine_of(url(path))
    db.upgrade(old, "0001")
    with old.begin() as c:
        c.exec_driver_sql("INSERT INTO staff (staff_no, name, role) VALUES ('S1', '王芳', 'staff')")
        c.exec_driver_sql(
            "INSERT INTO client (client_no, name, manager, assets_fen, stage, stage_by_hand, do_not_contact, tier, tier_reason,"
            " tier_by_hand, search_key, version) VALUES ('C1', '李强', 'S1', 500, 'trusted', 0, 0, 'B', '{}', 0, '', 1),"
            " ('C2', '赵敏', NULL, 0, 'stranger', 0, 0, 'C', '{}', 0, '', 1)"
        )
        c.exec_driver_sql("INSERT INTO balance (client_no, \"on\", assets_fen) VALUES ('C1', '2026-10-31', 400)")
    old.dispose()
    engine = db.open_db(url(path))
    assert db.revision(engine) == db.HEAD
    with db.session(engine, write=False) as s:
        got = {c.client_no: (c.assets_fen, c.assets_from, c.stage) for c in s.exec(select(Client))}
        assert s.connection().exec_driver_sql("SELECT count(*) FROM balance").scalar() == 1
    assert got == {"C1": (500, "file", "trusted"), "C2": (0, None, "stranger")}


def test_a_failed_migration_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    old = db.engine_of(url(tmp_path / "old.db"))
    db.upgrade(old, "0001")
    real = command.upgrade

    def broken(config: object, to: str) -> None:
        real(config, to)
        raise OSError("disk full")

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(OSError, match="disk full"):
        db.upgrade(old)
    assert db.revision(old) == "0001"
    assert "assets_from" not in {c["name"] for c in sa.inspect(old).get_columns("client")}


def test_a_newer_database_is_refused(tmp_path: Path) -> None:
    engine = db.open_db(url(tmp_path / "a.db"))
    with engine.begin() as c:
        c.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(db.StoreError, match="update Coach"):
        db.open_db(url(tmp_path / "a.db"), "en")


@pytest.mark.parametrize(("address", "found"), [("nonsense", "COACH_DB"), ("nosuch://x/y", "COACH_DB")])
def test_a_wrong_address_is_one_line(address: str, found: str) -> None:
    with pytest.raises(db.StoreError, match=found) as caught:
        db.open_db(address, "en")
    assert "\n" not in str(caught.value)


def test_not_a_database_is_one_line(tmp_path: Path) -> None:
    path = tmp_path / "a.db"
    path.write_text("这不是数据库" * 100)
    with pytest.raises(db.StoreError, match="not a database"):
        db.open_db(url(path))
    folder = tmp_path / "folder.db"
    folder.mkdir()
    with pytest.raises(db.StoreError):
        db.open_db(url(folder))


def test_a_server_database_is_not_migrated_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = db.engine_of(url(tmp_path / "a.db"), "en")
    monkeypatch.setattr(engine.dialect, "name", "postgresql")
    with pytest.raises(db.StoreError, match=r"revision none.*coach db upgrade"):
        db._check_revision(engine, "en")
    assert not sa.inspect(engine).has_table("client")


def test_a_session_is_all_or_nothing_and_holds_references(tmp_path: Path) -> None:
    engine = db.open_db(url(tmp_path / "a.db"))
    with pytest.raises(IntegrityError), db.session(engine) as s:
        s.add(Staff(staff_no="S1", name="王芳"))
        s.flush()
        s.add(Client(client_no="C1", name="李强", manager="S2"))
    with db.session(engine, write=False) as s:
        assert s.exec(select(Staff)).all() == []


def test_times_are_kept_as_the_branch_clock_shows_them(tmp_path: Path) -> None:
    from datetime import datetime

    engine = db.open_db(url(tmp_path / "a.db"))
    with db.session(engine) as s:
        s.add(Client(client_no="C1", name="李强"))
        s.flush()
        s.add(Contact(contact_no="K1", client_no="C1", at=datetime(2026, 11, 23, 9, 5), channel="call"))
    with db.session(engine, write=False) as s:
        assert s.exec(select(Contact)).one().at == datetime(2026, 11, 23, 9, 5)


_WRITER = """
import sys
from coach.store.db import open_db, session
from coach.store.tables import Meta
engine = open_db(sys.argv[1])
for n in range(40):
    with session(engine) as s:
        row = s.get(Meta, "n") or Meta(key="n", value="0")
        row.value = str(int(row.value) + 1)
        s.add(row)
"""


def test_two_processes_start_and_write_at_once(tmp_path: Path) -> None:
    """Both find no database, both create it, and no increment of either is lost."""
    address = url(tmp_path / "a.db")
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, address]) for _ in range(2)]
    assert [w.wait(60) for w in writers] == [0, 0]
    assert sqlite3.connect(tmp_path / "a.db").execute("SELECT value FROM meta").fetchone() == ("80",)


def test_the_upgrade_command(own_workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.cli.app import app

    run = CliRunner().invoke
    assert json.loads(run(app, ["db", "upgrade", "--json"]).stdout) == {
        "database": url(own_workspace / "coach.db"), "before": None, "after": db.HEAD,
    }  # fmt: skip
    assert "already" in run(app, ["db", "upgrade", "--lang", "en"]).stdout
    monkeypatch.setenv("COACH_DB", "nosuch://x")
    failed = run(app, ["db", "upgrade", "--lang", "en"])
    assert (failed.exit_code, failed.stderr.count("\n")) == (1, 1)
