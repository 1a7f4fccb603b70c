"""The revision that brings practice: an older database keeps its rows, gets the tables, and goes back."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from coach.store import db
from coach.store.tables import PracticeAssignment, PracticeAttempt, PracticeReview, Staff

TABLES = {"practice_assignment", "practice_attempt", "practice_review"}
AT = datetime(2026, 11, 24, 9)


def test_a_database_of_the_revision_before_is_brought_up_to_date(tmp_path: Path) -> None:
    address = f"sqlite:///{tmp_path / 'coach.db'}"
    old = db.engine_of(address)
    db.upgrade(old, "0003")
    assert not TABLES & set(sa.inspect(old).get_table_names())
    with old.begin() as c:
        c.exec_driver_sql("INSERT INTO staff (staff_no, name, role) VALUES ('S1', '王芳', 'trainer')")
    old.dispose()
    engine = db.open_db(address)
    assert db.revision(engine) == db.HEAD and set(sa.inspect(engine).get_table_names()) >= TABLES
    with db.session(engine) as s:
        assert s.exec(select(Staff.name)).one() == "王芳"
        s.add(PracticeAssignment(assignment_no="A1", scenario="x", staff_no="S1", due_on=date(2026, 11, 30), by="S1", at=AT))
        s.flush()
        s.add(PracticeAttempt(attempt_no="P1", scenario="x", version="v", staff_no="S1", lang="zh", engine="offline", began_at=AT,
                              turns=[{"who": "staff", "text": "您好"}], rubric={"tone": 100}, assignment_no="A1"))  # fmt: skip
        s.flush()
        s.add(PracticeReview(attempt_no="P1", by="S1", at=AT, corrected={"tone": 50}))
    with db.session(engine, write=False) as s:
        kept = s.get(PracticeAttempt, "P1")
        assert kept is not None and (kept.turns, kept.rubric, kept.score) == ([{"who": "staff", "text": "您好"}], {"tone": 100}, None)
        assert s.connection().exec_driver_sql("SELECT count(*) FROM practice_attempt WHERE score IS NULL").scalar() == 1, "no JSON null"
    engine.dispose()


def test_it_can_be_taken_back(tmp_path: Path) -> None:
    from alembic import command
    from alembic.config import Config

    engine = db.open_db(f"sqlite:///{tmp_path / 'coach.db'}")
    config = Config()
    config.set_main_option("script_location", str(Path(db.__file__).parent / "migrations"))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, "0003")
    assert not TABLES & set(sa.inspect(engine).get_table_names()) and db.revision(engine) == "0003"
    engine.dispose()


def test_nothing_refers_to_what_is_not_there(tmp_path: Path) -> None:
    engine = db.open_db(f"sqlite:///{tmp_path / 'coach.db'}")
    for row in (
        PracticeReview(attempt_no="none", by="S1", at=AT),
        PracticeAssignment(assignment_no="A1", scenario="x", staff_no="none", due_on=date(2026, 11, 30), by="none", at=AT),
        PracticeAttempt(attempt_no="P1", scenario="x", version="v", staff_no="none", lang="zh", engine="offline", began_at=AT),
    ):
        with pytest.raises(IntegrityError), db.session(engine) as s:
            s.add(row)
    engine.dispose()
