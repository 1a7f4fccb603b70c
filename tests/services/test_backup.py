"""A backup holds one moment whole, is believed only as it was written, and comes back, into either database, whole or not at all."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel
from typer.testing import CliRunner

from coach.cli.app import app
from coach.services import backup as service
from coach.services.backup import backup, restore
from coach.services.backup_files import own_files
from coach.services.contacts import Entry, log_contact
from coach.services.errors import Refused
from coach.services.log_verify import verify
from coach.services.workspace import Workspace
from coach.store import backup_postgres, db
from coach.store.backup import tables
from coach.store.backup_file import Manifest, opened, written
from coach.store.backup_rows import columns_of
from coach.store.tables import Client, Contact, LogEntry, Meta
from tests.servers.postgres import Postgres

TODAY = date(2026, 11, 24)
AT = datetime(2026, 11, 24, 10, 0)
SECRET = "sk-this-is-nobodys-business"
FILES = {"policy.toml": b"[tiers]\n", "scenarios/own.toml": "# 场景".encode(), "documents/d-1.json": b'{"passages": []}'}
At = Callable[..., Workspace]


@pytest.fixture(scope="module")
def branch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small branch at work: contacts logged, files of its own, a key in its settings."""
    from coach.services.demo import make_demo

    home = tmp_path_factory.mktemp("backup") / "branch"
    ws, _ = make_demo(home, 40, 7, TODAY, "zh")
    for number in range(6):
        log(ws, f"k-{number}")
    ws.close()
    for path, content in FILES.items():
        (home / path).parent.mkdir(exist_ok=True)
        (home / path).write_bytes(content)
    (home / "settings.toml").write_text(f'api_key = "{SECRET}"\n', encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def made(branch: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its backup."""
    ws = Workspace.at(branch, lang="en")
    file = tmp_path_factory.mktemp("made") / "branch.zip"
    backup(ws, file, at=AT)
    ws.close()
    return file


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database at the newest revision, made once: a migration takes longer than a copy."""
    home = tmp_path_factory.mktemp("empty")
    engine = db.open_db(f"sqlite:///{home / 'coach.db'}")
    engine.dispose()
    return home


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, empty: Path) -> Iterator[At]:
    """Opens a workspace: a folder's name, and ``sqlite`` or ``postgres`` (an empty database)."""
    spaces: list[Workspace] = []

    def open_(name: str = "other", kind: str = "sqlite") -> Workspace:
        monkeypatch.delenv("COACH_DB", raising=False)
        if kind == "postgres":
            monkeypatch.setenv("COACH_DB", request.getfixturevalue("postgres_url"))
        elif not (tmp_path / name).exists():
            shutil.copytree(empty, tmp_path / name)
        spaces.append(Workspace.at(tmp_path / name, lang="en"))
        return spaces[-1]

    yield open_
    for ws in spaces:
        ws.close()


def log(ws: Workspace, number: str) -> None:
    """One contact, which is an entry of the coaching log too."""
    with db.session(ws.engine, write=False) as s:
        client = s.execute(sa.select(Client.client_no).order_by(Client.client_no)).scalars().first()
    assert client is not None
    log_contact(ws, client, Entry("call", "reached", AT, staff_no="1001", contact_no=number, summary="说了“好”\n\u2028\U0001f600"))


def digests(file: Path) -> dict[str, Any]:
    """Table → what the manifest says of it; without the two that tell others of the restore itself."""
    told = json.loads(zipfile.ZipFile(file).read("manifest.json"))["tables"]
    return {name: part for name, part in told.items() if name not in ("meta", "book_change")}


def rows(ws: Workspace, model: type[SQLModel]) -> int:
    with db.session(ws.engine, write=False) as s:
        return int(s.execute(sa.select(sa.func.count()).select_from(model)).scalar_one())


def rewritten(source: Path, target: Path, change: Callable[[str, list[Any]], None], **manifest: Any) -> Path:
    """A backup written anew with other content, every digest fitting: ``change`` is given each table's rows."""
    with opened(source, "en") as reader:
        told = reader.manifest
        fields = {name: getattr(told, name) for name in ("revision", "made_at", "coach", "dialect", "log")} | manifest
        with written(target, Manifest(**fields)) as writer:
            for name, part in told.tables.items():
                lines = [json.loads(line) for block in reader.blocks(name) for line in block.splitlines()]
                change(name, lines)
                writer.table(name, part.columns, [(json.dumps(line, ensure_ascii=False) + "\n").encode() for line in lines])
            for path in told.files:
                writer.file(path, reader.file(path))
    return target


# --- there and back -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_comes_back_is_what_was_there_and_work_goes_on(made: Path, at: At, tmp_path: Path, kind: str) -> None:
    there = at("there", kind)
    done = restore(there, made, at=AT)
    assert done.written and done.before is None and done.log.whole and done.log.entries == 6
    assert own_files(there.home) == FILES and not list(there.home.glob(".restore-*"))
    again = tmp_path / "again.zip"
    backup(there, again, at=AT)
    assert digests(again) == digests(made) and json.loads(zipfile.ZipFile(again).read("manifest.json"))["dialect"].startswith(kind)
    for number in range(3):  # what counts up goes on where it was
        log(there, f"new-{number}")
    assert verify(there).entries == 9 and verify(there).whole and rows(there, Contact) == done.backup.tables["contact"] + 3
    back = at("back")
    moved = tmp_path / "moved.zip"
    backup(there, moved, at=AT)
    restore(back, moved, at=AT)
    home = tmp_path / "home.zip"
    backup(back, home, at=AT)
    assert digests(home) == digests(moved)


def test_the_file_is_an_ordinary_zip_for_its_owner_only_and_without_secrets(made: Path) -> None:
    assert made.stat().st_mode & 0o777 == 0o600 and not list(made.parent.glob(".*"))
    with zipfile.ZipFile(made) as inside:
        assert inside.testzip() is None
        names = inside.namelist()
        assert not any(SECRET.encode() in inside.read(name) for name in names) and "files/settings.toml" not in names
        assert {f"files/{path}" for path in FILES} <= set(names) and {f"tables/{t.name}.jsonl" for t in tables()} <= set(names)


def test_every_table_of_the_models_is_written_with_a_known_kind_for_every_column() -> None:
    kinds = {kind for table in SQLModel.metadata.sorted_tables for _, kind in columns_of(table)}
    assert kinds == {"text", "integer", "real", "boolean", "date", "datetime", "json"}


def test_an_existing_file_stays_unless_told_and_a_folder_gets_a_file_named_by_the_time(branch: Path, tmp_path: Path) -> None:
    ws = Workspace.at(branch, lang="en")
    file = tmp_path / "kept"
    file.write_text("mine")
    with pytest.raises(Refused, match="--force"):
        backup(ws, file, at=AT)
    assert file.read_text() == "mine"
    assert backup(ws, file, at=AT, replace=True).file == file and zipfile.is_zipfile(file)
    assert backup(ws, tmp_path, at=AT).file == tmp_path / "coach-20261124-100000.zip"
    with pytest.raises(OSError, match="nowhere"):
        backup(ws, tmp_path / "nowhere" / "x", at=AT)
    ws.close()


# --- while others work ----------------------------------------------------------------------------------------------

_WRITER = """
import sys
from datetime import datetime
from coach.services.contacts import Entry, log_contact
from coach.services.workspace import Workspace
from coach.services.clients import ClientQuery, find_clients
ws = Workspace()
number = 0
client = sys.argv[1]
while True:
    log_contact(ws, client, Entry("call", "reached", datetime(2026, 11, 24, 10), staff_no="1001", contact_no=f"w-{number}"))
    number += 1
    print(number, flush=True)
"""


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_backup_is_of_one_moment_while_another_process_writes(made: Path, at: At, tmp_path: Path, kind: str) -> None:
    ws = at("busy", kind)
    restore(ws, made, at=AT)
    with db.session(ws.engine, write=False) as s:
        client = s.execute(sa.select(Client.client_no)).scalars().first()
    script = _WRITER.replace("from coach.services.clients import ClientQuery, find_clients\n", "")
    with subprocess.Popen([sys.executable, "-c", script, str(client)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline()
        seen = []
        for number in range(2):
            file = tmp_path / f"{number}.zip"
            backup(ws, file, at=AT)
            seen.append(rows(ws, Contact))
            with opened(file, "en") as reader:
                found = {name: [json.loads(line) for block in reader.blocks(name) for line in block.splitlines()]
                         for name in ("contact", "log_entry", "log_head")}
            logged = [row for row in found["contact"] if row[1].startswith(("w-", "k-"))]
            assert len(logged) == len(found["log_entry"]) == found["log_head"][0][1]
            assert found["log_entry"][-1][-1] == found["log_head"][0][2]
        assert process.poll() is None and seen[-1] > seen[0], "the writer was never held up"
        process.kill()
    other = at("from-busy")
    assert restore(other, tmp_path / "1.zip", at=AT).log.whole


# --- what is not believed -------------------------------------------------------------------------------------------


def test_a_flipped_byte_anywhere_and_a_cut_file_are_refused(made: Path, at: At, tmp_path: Path) -> None:
    whole, broken, ws = made.read_bytes(), tmp_path / "broken.zip", at()
    cases = [whole[:n] + bytes([whole[n] ^ 1 << n % 8]) + whole[n + 1 :] for n in {*range(0, len(whole), len(whole) // 60), len(whole) - 1}]
    cases += [whole[:n] for n in (0, 1, 83, 84, len(whole) // 2, len(whole) - 64, len(whole) - 1)] + [whole + b"x"]
    for content in cases:
        broken.write_bytes(content)
        with pytest.raises(db.StoreError, match="nothing was written") as caught:
            restore(ws, broken, at=AT)
        assert "\n" not in str(caught.value) and str(broken) in str(caught.value)
    assert rows(ws, Client) == 0 and own_files(ws.home) == {}
    with pytest.raises(OSError):
        restore(ws, tmp_path / "nowhere.zip", at=AT)


def _client_gone(name: str, lines: list[Any]) -> None:
    if name == "client":
        del lines[0]


def _log_changed(name: str, lines: list[Any]) -> None:
    if name == "log_entry":
        lines[2][6] = lines[2][6].replace("call", "visit")


def _log_cut(name: str, lines: list[Any]) -> None:
    if name == "log_entry":
        del lines[4:]


def _wrong_kind(name: str, lines: list[Any]) -> None:
    if name == "client":
        lines[0][columns("client").index("birthday")] = "yesterday"


def _too_short(name: str, lines: list[Any]) -> None:
    if name == "staff":
        lines[0].pop()


def columns(table: str) -> list[str]:
    return [column.name for column in SQLModel.metadata.tables[table].columns]


@pytest.mark.parametrize(("kind", "change", "told"), [
    ("sqlite", _client_gone, "damaged"), ("postgres", _client_gone, "damaged"), ("sqlite", _log_changed, "not whole from entry 3 on"),
    ("sqlite", _log_cut, "not whole from entry 5 on"), ("sqlite", _wrong_kind, "client"), ("sqlite", _too_short, "staff"),
])  # fmt: skip
def test_content_that_cannot_have_been_there_is_refused_whatever_its_digests_say(
    made: Path, at: At, tmp_path: Path, kind: str, change: Callable[[str, list[Any]], None], told: str
) -> None:
    ws = at("target", kind)
    file = rewritten(made, tmp_path / "forged.zip", change)
    with pytest.raises((Refused, db.StoreError), match=told):
        restore(ws, file, at=AT)
    assert rows(ws, Client) == rows(ws, LogEntry) == 0 and own_files(ws.home) == {}


def test_files_that_lead_elsewhere_are_refused(made: Path, at: At, tmp_path: Path) -> None:
    for path in ("../evil.toml", "scenarios/../../evil.toml", "settings.toml", "/etc/passwd", "documents/a/b.json"):
        file = tmp_path / "evil.zip"
        with opened(made, "en") as reader, written(file, Manifest(db.HEAD, "", "", "sqlite")) as writer:
            for name, part in reader.manifest.tables.items():
                writer.table(name, part.columns, reader.blocks(name))
            writer.file(path, b"x")
        with pytest.raises(db.StoreError, match="damaged"):
            restore(at(), file, at=AT)


def test_a_newer_one_is_refused_and_an_older_one_is_raised(at: At, tmp_path: Path, made: Path) -> None:
    with pytest.raises(db.StoreError, match="update Coach"):
        restore(at(), rewritten(made, tmp_path / "newer.zip", lambda _name, _lines: None, revision="9999"), at=AT)
    old = sa.create_engine(f"sqlite:///{tmp_path / 'old.db'}")
    db.upgrade(old, "0001")
    with old.begin() as c:
        c.exec_driver_sql("INSERT INTO staff (staff_no, name, role) VALUES ('S1', '李', 'staff')")
        given: dict[str, Any] = {
            "client_no": "C1", "name": "王", "manager": "S1", "assets_fen": 9_007_199_254_740_993, "stage": "stranger", "stage_by_hand": 0,
            "do_not_contact": 1, "tier": "A", "tier_reason": '{"rank": 1}', "tier_by_hand": 0, "search_key": "w", "version": 1,
        }  # fmt: skip
        c.exec_driver_sql(f"INSERT INTO client ({', '.join(given)}) VALUES ({', '.join(':' + name for name in given)})", given)
    then = sa.MetaData()
    then.reflect(old)
    then.remove(then.tables["alembic_version"])
    file = tmp_path / "old.zip"
    from coach.store.backup import dump

    with old.connect() as c, written(file, Manifest("0001", "2026-01-01T00:00:00", "0", "sqlite")) as writer:
        dump(c, writer, lambda _name, _rows: None, "en", then)
    old.dispose()
    ws = at("raised")
    done = restore(ws, file, at=AT)
    assert done.backup.revision == "0001" and done.backup.file == file and done.log.whole
    with db.session(ws.engine, write=False) as s:
        client = s.get(Client, "C1")
        assert client is not None and client.assets_fen == 9_007_199_254_740_993 and client.tier_reason == {"rank": 1}
        assert client.do_not_contact is True and client.assets_from == "file", "the later revision's own filling has been done"


def test_a_log_that_was_broken_already_is_backed_up_told_of_and_put_back_only_by_force(made: Path, at: At, tmp_path: Path) -> None:
    ws = at("broken")
    restore(ws, made, at=AT)
    with ws.engine.begin() as c:
        c.exec_driver_sql("UPDATE log_entry SET subject = 'other' WHERE entry_no = 4")
    file = tmp_path / "broken.zip"
    assert backup(ws, file, at=AT).log.first_broken == 4
    with pytest.raises(Refused, match="entry 4"):
        restore(at("clean"), file, at=AT)
    assert restore(at("clean"), file, at=AT, force=True).log.first_broken == 4


# --- all or nothing -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_what_is_there_is_replaced_only_by_force_and_kept(made: Path, at: At, kind: str) -> None:
    ws = at("full", kind)
    restore(ws, made, at=AT)
    log(ws, "later")
    (ws.home / "policy.toml").write_bytes(b"# other\n")
    (ws.home / "documents" / "later.json").write_bytes(b"{}")
    with pytest.raises(db.StoreError, match="--force"):
        restore(ws, made, at=AT)
    with pytest.raises(db.StoreError, match="--force"):
        restore(ws, made, at=AT, dry_run=True)
    assert rows(ws, LogEntry) == 7
    checked = restore(ws, made, at=AT, force=True, dry_run=True)
    assert not checked.written and rows(ws, LogEntry) == 7 and not (ws.home / "backups").exists()
    before = restore(ws, made, at=AT, force=True).before
    assert before is not None and before.stat().st_mode & 0o777 == 0o600 and before.parent.stat().st_mode & 0o777 == 0o700
    assert rows(ws, LogEntry) == 6 and own_files(ws.home) == FILES
    restore(ws, before, at=AT, force=True)
    assert rows(ws, LogEntry) == 7 and own_files(ws.home) == FILES | {"policy.toml": b"# other\n", "documents/later.json": b"{}"}
    assert len(list((ws.home / "backups").iterdir())) == 2, "the second did not write over the first"


def test_own_files_alone_are_kept_too(made: Path, at: At) -> None:
    ws = at("files")
    (ws.home / "policy.toml").write_bytes(b"# mine\n")
    with pytest.raises(db.StoreError, match=r"policy\.toml"):
        restore(ws, made, at=AT)
    assert (ws.home / "policy.toml").read_bytes() == b"# mine\n" and rows(ws, Client) == 0


@pytest.mark.parametrize(("kind", "fails"), [("sqlite", "rows"), ("sqlite", "files"), ("sqlite", "commit"), ("postgres", "commit")])
def test_a_failure_at_any_point_leaves_everything_as_it_was(
    made: Path, at: At, kind: str, fails: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ws = at("fails", kind)
    restore(ws, made, at=AT)
    log(ws, "later")
    (ws.home / "policy.toml").write_bytes(b"# other\n")
    (ws.home / "scenarios" / "more.toml").write_bytes(b"#\n")
    files = own_files(ws.home)

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError(28, "No space left on device")

    if fails == "rows":
        real = service.load

        def half(*args: Any) -> None:
            real(*args)
            fail()

        monkeypatch.setattr(service, "load", half)
    elif fails == "files":
        from coach.services import backup_files

        move, times = backup_files._move, iter(range(100))
        monkeypatch.setattr(backup_files, "_move", lambda *a: fail() if next(times) == 5 else move(*a))
    else:
        sa.event.listen(ws.engine, "commit", fail)
    with pytest.raises(OSError, match="space"):
        restore(ws, made, at=AT, force=True)
    if fails == "commit":
        sa.event.remove(ws.engine, "commit", fail)
    monkeypatch.undo() if kind == "sqlite" else None
    assert rows(ws, LogEntry) == 7 and verify(ws).whole and own_files(ws.home) == files and not list(ws.home.glob(".restore-*"))
    log(ws, "goes on")


_RESTORER = """
import sys
from datetime import datetime
from pathlib import Path
from coach.services.backup import restore
from coach.services.workspace import Workspace
ws = Workspace()
ws.engine
print("go", flush=True)
restore(ws, Path(sys.argv[1]), at=datetime(2026, 11, 24, 10))
print("done", flush=True)
"""


@pytest.mark.parametrize("after", [0.05])
def test_killed_in_the_middle_there_is_nothing_or_all(made: Path, at: At, after: float) -> None:
    ws = at("killed")
    env = os.environ | {"COACH_HOME": str(ws.home)}
    with subprocess.Popen([sys.executable, "-c", _RESTORER, str(made)], env=env, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "go\n"
        time.sleep(after)
        process.send_signal(signal.SIGKILL)
        finished = "done" in process.stdout.read()
    clients = rows(ws, Client)
    assert clients == 40 if finished else clients in (0, 40)
    assert restore(ws, made, at=AT, force=True).log.whole and rows(ws, Client) == 40 and own_files(ws.home) == FILES


def test_others_find_out_that_the_records_are_other_ones(made: Path, at: At) -> None:
    from coach.services.signals import branch_signals, stamp

    ws = at("watched")
    restore(ws, made, at=AT)
    other = Workspace.at(ws.home, lang="en")
    assert len(branch_signals(other, TODAY)) > 0
    with db.session(other.engine, write=False) as s:
        before = stamp(s)
    restore(ws, made, at=AT, force=True)
    with db.session(other.engine, write=False) as s:
        assert stamp(s) != before
    other.close()


# --- PostgreSQL -----------------------------------------------------------------------------------------------------

_GUARD = """
CREATE FUNCTION no_strangers() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'the log is written by Coach only'; END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON log_entry FOR EACH ROW EXECUTE FUNCTION no_strangers();
CREATE TRIGGER guard_cut BEFORE TRUNCATE ON log_entry FOR EACH STATEMENT EXECUTE FUNCTION no_strangers();
ALTER TABLE log_entry ENABLE ALWAYS TRIGGER guard;
CREATE TRIGGER asleep BEFORE INSERT ON client FOR EACH ROW EXECUTE FUNCTION no_strangers();
ALTER TABLE client DISABLE TRIGGER asleep;
"""


def _triggers(ws: Workspace) -> list[tuple[str, str]]:
    with ws.engine.connect() as c:
        asked = "SELECT tgname, tgenabled::text FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgrelid, tgname"
        return [(row[0], row[1]) for row in c.exec_driver_sql(asked)]


def test_the_logs_guards_sleep_for_the_owner_and_wake_as_they_were(made: Path, at: At) -> None:
    ws = at("guarded", "postgres")
    with ws.engine.begin() as c:
        c.exec_driver_sql(_GUARD)
    before = _triggers(ws)
    assert {("guard", "A"), ("guard_cut", "O"), ("asleep", "D")} <= set(before)
    restore(ws, made, at=AT)
    restore(ws, made, at=AT, force=True)
    assert _triggers(ws) == before and verify(ws).whole
    with pytest.raises(sa.exc.DBAPIError, match=r"by Coach only|only ever added to"), ws.engine.begin() as c:
        c.exec_driver_sql("DELETE FROM log_entry")


def test_nobody_but_the_owner(
    made: Path, postgres: Postgres, postgres_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    name = postgres_url.rpartition("/")[2]
    login = f"clerk_{name}"
    postgres.sql(f"CREATE ROLE {login} LOGIN PASSWORD 'x'")
    postgres.sql(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {login}", name)
    monkeypatch.setenv("COACH_DB", postgres.url(name, login, "x"))
    ws = Workspace.at(tmp_path / "clerk", lang="en")
    for attempt in (lambda: backup(ws, tmp_path / "all.zip", at=AT), lambda: restore(ws, made, at=AT)):
        with pytest.raises(db.StoreError, match="owner"):
            attempt()
    assert not (tmp_path / "all.zip").exists() and not list(tmp_path.glob(".*"))
    ws.close()
    postgres.sql(f"DROP OWNED BY {login}", name)
    postgres.sql(f"DROP ROLE {login}")


def test_a_restore_waits_for_those_at_work_and_then_says_so(made: Path, at: At, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup_postgres, "LOCK_SECONDS", 0.2)
    ws = at("held", "postgres")
    with ws.engine.begin() as c:
        c.execute(sa.insert(Meta.__table__).values(key="k", value="v"))  # type: ignore[attr-defined]
        with pytest.raises(db.StoreError, match="others are at work"):
            restore(ws, made, at=AT)
    assert restore(ws, made, at=AT).written


def test_a_nul_that_postgresql_cannot_keep_is_one_line(made: Path, at: At, tmp_path: Path) -> None:
    def nul(name: str, lines: list[Any]) -> None:
        if name == "client":
            lines[3][columns("client").index("note")] = "a\0b"

    file = rewritten(made, tmp_path / "nul.zip", nul)
    ws = at("nul", "postgres")
    with pytest.raises(db.StoreError, match="client holds a NUL"):
        restore(ws, file, at=AT)
    assert rows(ws, Client) == 0
    restore(at("keeps"), file, at=AT)


# --- commands -------------------------------------------------------------------------------------------------------


def test_the_commands_tell_one_json_value_or_lines_and_refuse_in_one(branch: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(home: Path, *args: str, code: int = 0) -> Any:
        monkeypatch.setenv("COACH_HOME", str(home))
        done = CliRunner().invoke(app, list(args))
        assert done.exit_code == code, f"{done.output} {done.exception!r}"
        return done

    home, file, other = Path(shutil.copytree(branch, tmp_path / "copy")), tmp_path / "b.zip", tmp_path / "new"
    (home / "settings.toml").unlink()
    told = json.loads(run(home, "backup", str(file), "--json").stdout)
    assert told["tables"]["client"] == 40 and told["rows"] == sum(told["tables"].values())
    assert set(told["files"]) == set(FILES) and told["log"] == {"entries": 6, "whole": True, "first_broken": None}
    refused = run(home, "backup", str(file), "--lang", "zh", code=1)
    assert refused.stdout == "" and refused.stderr.count("\n") == 1 and "--force" in refused.stderr
    assert "clients' data" in run(home, "backup", str(file), "--force", "--lang", "en").stdout
    assert "没有写入" in run(other, "restore", str(file), "--dry-run", "--lang", "zh").stdout
    back = json.loads(run(other, "restore", str(file), "--json").stdout)
    assert back["written"] is True and back["before"] is None and back["tables"] == told["tables"]
    assert "有内容" in run(other, "restore", str(file), "--lang", "zh", code=1).stderr
    lines = run(other, "restore", str(file), "--force", "--lang", "zh").stdout.splitlines()
    assert len(lines) == 2 and "before-restore-" in lines[0] and lines[1].startswith("已恢复")
    assert run(other, "restore", str(tmp_path / "none.zip"), code=1).stderr.count("\n") == 1
