"""PostgreSQL: addresses, what its errors say, bringing it up to date, several at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from threading import Barrier, Thread

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Engine
from sqlmodel import SQLModel
from typer.testing import CliRunner

from coach.store import db, postgres
from coach.store.importing import import_file
from coach.store.tables import Meta
from tests.conftest import TODAY
from tests.servers.postgres import PASSWORD, Postgres
from tests.store.asking import ask


@pytest.fixture
def engine(postgres_url: str) -> Iterator[Engine]:
    opened = db.open_db(postgres_url)
    yield opened
    opened.dispose()


def settings(engine: Engine, *names: str) -> list[str]:
    with db.session(engine, write=False) as s:
        return [s.execute(sa.text(f"SHOW {name}")).scalar_one() for name in names]


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_every_usual_address_means_psycopg_3(postgres_url: str, scheme: str) -> None:
    engine = db.open_db(postgres_url.replace("postgresql+psycopg", scheme), "en")
    assert engine.dialect.driver == "psycopg"
    engine.dispose()


def test_another_driver_is_refused() -> None:
    with pytest.raises(db.StoreError, match="use postgresql://"):
        db.open_db("postgresql+psycopg2://a:b@localhost/x", "en")


def test_a_missing_driver_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(db.StoreError, match=r"pip install 'coach-branch\[postgres\]'"):
        db.open_db("postgresql://a:b@localhost/x")


def test_a_connection_says_who_it_is_and_waits_for_nothing_forever(engine: Engine) -> None:
    assert settings(engine, "application_name", "lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout") == [
        "coach", "30s", "5min", "5min",
    ]  # fmt: skip
    assert settings(engine, "client_encoding") == ["UTF8"]


def test_what_the_address_says_stands(postgres_url: str) -> None:
    engine = db.open_db(f"{postgres_url}?application_name=mine&options=-c%20lock_timeout%3D7s")
    assert settings(engine, "application_name", "lock_timeout", "statement_timeout") == ["mine", "7s", "5min"]
    engine.dispose()


def test_a_reader_sees_one_state_and_writes_nothing(engine: Engine) -> None:
    assert settings(engine, "transaction_isolation", "transaction_read_only") == ["repeatable read", "on"]
    with db.session(engine) as s:
        assert s.execute(sa.text("SHOW transaction_isolation")).scalar_one() == "read committed"
    with db.session(engine, write=False) as reader:
        before = reader.get(Meta, "k")
        with db.session(engine) as writer:
            writer.add(Meta(key="k", value="1"))
        assert (before, reader.get(Meta, "k")) == (None, None)


@pytest.mark.parametrize(
    ("change", "words", "kind"),
    [
        ((PASSWORD, "wrong"), "password authentication failed", db.StoreError),
        (("/t", "/nowhere-t"), "does not exist", db.StoreError),
        (("127.0.0.1", "host.invalid"), "cannot be reached", db.Lost),
    ],
)
def test_an_address_that_leads_nowhere_is_one_line_without_the_password(
    postgres_url: str, change: tuple[str, str], words: str, kind: type[db.StoreError]
) -> None:
    with pytest.raises(db.StoreError, match=words) as caught:
        db.open_db(postgres_url.replace(*change), "en")
    assert type(caught.value) is kind
    assert "\n" not in str(caught.value) and PASSWORD not in str(caught.value) and ":wrong@" not in str(caught.value)


def test_a_server_that_is_not_there_is_lost(postgres_url: str, postgres: Postgres) -> None:
    with pytest.raises(db.Lost, match="cannot be reached"):
        db.open_db(postgres_url.replace(f":{postgres.port}", ":1"), "en")


def test_a_session_ended_by_the_server_is_lost(engine: Engine) -> None:
    with pytest.raises(db.Lost), db.session(engine, lang="en") as s:
        pid = s.execute(sa.text("SELECT pg_backend_pid()")).scalar_one()
        with db.session(engine) as other:
            other.execute(sa.text(f"SELECT pg_terminate_backend({pid})"))
        s.execute(sa.text("SELECT 1"))
    with db.session(engine) as s:  # the pool notices and connects anew
        assert s.execute(sa.text("SELECT 1")).scalar_one() == 1


def test_a_row_that_others_hold_is_busy(postgres_url: str) -> None:
    engine = db.open_db(f"{postgres_url}?options=-c%20lock_timeout%3D50ms")
    with db.session(engine) as s:
        s.add(Meta(key="k", value="1"))
    with db.session(engine) as s:
        s.get(Meta, "k", with_for_update=True)
        with pytest.raises(db.Busy, match="somebody else"), db.session(engine, lang="en") as other:
            other.get(Meta, "k", with_for_update=True)
    engine.dispose()


def test_two_who_wait_for_each_other_are_told(engine: Engine) -> None:
    """One of them goes on, the other gets ``Busy``."""
    with db.session(engine) as s:
        s.add_all([Meta(key="a", value="0"), Meta(key="b", value="0")])
    both, ended = Barrier(2), []

    def run(first: str, second: str) -> None:
        try:
            with db.session(engine) as s:
                s.get(Meta, first, with_for_update=True)
                both.wait(10)
                s.get(Meta, second, with_for_update=True)
            ended.append("done")
        except db.StoreError as error:
            ended.append(type(error).__name__)

    threads = [Thread(target=run, args=names) for names in (("a", "b"), ("b", "a"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(ended) == ["Busy", "done"]


def test_text_that_cannot_be_kept_is_one_line(engine: Engine) -> None:
    with pytest.raises(db.StoreError, match="cannot hold this text") as caught, db.session(engine, lang="en") as s:
        s.add(Meta(key="k", value="a\x00b"))
    assert "\n" not in str(caught.value)


def test_an_empty_database_is_not_migrated_by_itself(postgres: Postgres) -> None:
    url = postgres.database()
    with pytest.raises(db.StoreError, match=r"revision none.*coach db upgrade"):
        db.open_db(url, "en")
    engine = db.engine_of(url)
    assert not sa.inspect(engine).has_table("client")
    engine.dispose()
    postgres.drop(url)


def test_migrations_give_what_the_tables_say(engine: Engine) -> None:
    with engine.connect() as c:
        assert compare_metadata(MigrationContext.configure(c, opts={"compare_type": True}), SQLModel.metadata) == []


def test_two_upgrades_at_once_wait_for_each_other(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    url = postgres.database()
    command = [sys.executable, "-m", "coach", "db", "upgrade", "--json"]
    monkeypatch.setenv("COACH_DB", url)
    both = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    told = [json.loads(one.communicate(timeout=120)[0]) for one in both]
    assert [one.returncode for one in both] == [0, 0]
    assert {one["after"] for one in told} == {db.HEAD} and all(one["before"] in (None, db.HEAD) for one in told)
    assert PASSWORD not in json.dumps(told)
    db.open_db(url).dispose()
    postgres.drop(url)


def test_an_upgrade_without_the_right_is_one_line(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.cli.app import app

    url = postgres.database()
    name = f"nobody_{url.rpartition('_')[2]}"
    postgres.sql(f"CREATE ROLE {name} LOGIN PASSWORD 'x'")
    monkeypatch.setenv("COACH_DB", postgres.url(url.rpartition("/")[2], name, "x"))
    done = CliRunner().invoke(app, ["db", "upgrade", "--lang", "en"])
    assert done.exit_code == 1 and "may not upgrade" in done.stderr and done.stderr.count("\n") == 1
    postgres.drop(url)


def test_a_failed_migration_changes_nothing(postgres: Postgres, monkeypatch: pytest.MonkeyPatch) -> None:
    from alembic import command

    url = postgres.database()
    engine = db.engine_of(url)
    db.upgrade(engine, "0001")
    real = command.upgrade

    def broken(config: object, to: str) -> None:
        real(config, to)  # type: ignore[arg-type]
        raise OSError("disk full")

    monkeypatch.setattr(command, "upgrade", broken)
    with pytest.raises(OSError, match="disk full"):
        db.upgrade(engine)
    assert db.revision(engine) == "0001"
    assert "assets_from" not in {c["name"] for c in sa.inspect(engine).get_columns("client")}
    engine.dispose()
    postgres.drop(url)


def test_the_doctor_looks_at_the_server(engine: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from coach.services.doctor import _database
    from coach.services.workspace import Workspace

    monkeypatch.setenv("COACH_DB", postgres_url)
    ws = Workspace(lang="en")
    found = {check.id: check for check in _database(ws, TODAY)}
    ws.close()
    assert all(check.ok for check in found.values())
    assert found["database.encoding"].text.startswith("UTF8") and f"revision {db.HEAD}" in found["database.server"].text
    assert PASSWORD not in found["database"].text and postgres.DRIVER not in found["database"].text


def test_both_databases_end_up_alike(sqlite_url: str, postgres_url: str, write_csv: Callable[..., str]) -> None:
    """The quick ways of SQLite and of PostgreSQL leave the same tables."""
    staff = write_csv([["工号", "姓名", "网点"], ["S1", "王芳", "B01"]], "s.csv")
    people = [["客户号", "姓名", "管户工号", "资产", "生日", "勿扰", "备注"]]
    people.append(["C1", "单雄信", "S1", "1.5", "1960-02-03", "是", '"引号", \\N \\.'])
    more = [["C2", "王", "", "", "", "", "两\n行"], ["C0", "李", "", "9", "", "否", ""]]
    first, later = write_csv(people, "c.csv"), write_csv([*people, *more], "d.csv")
    talks = write_csv([["客户号", "时间", "渠道", "有效", "摘要"], ["C1", "2026-11-20 09:30", "电话", "是", "a,b"]], "t.csv")
    left = []
    for address in (sqlite_url, postgres_url):
        engine = db.open_db(address)
        for file in (staff, first, talks, later, talks):
            import_file(engine, file, today=TODAY)
        left.append([sorted(ask(engine, f"SELECT * FROM {t}")) for t in ("staff", "client", "contact", "assignment")])
        engine.dispose()
    assert left[0] == left[1]
    assert all(left[0])
