"""Logins, and on PostgreSQL the rules by which the database itself decides what a login sees and writes.

The rules are SQL, in ``migrations/r0008``: people and their rights, rows, the coaching log, notices. A table that comes later is
closed to everybody until its own revision gives it rights and policies.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = Path(__file__).parent.parent / "r0008"
_OWNED = {"event": "branch", "allocation_run": "branch", "importrun": "branch", "model_call": "login"}
"""Tables whose rows belong to no client: the column that says whose they are."""


def upgrade() -> None:
    op.create_table("login",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["staff_no"], ["staff.staff_no"], name=op.f("fk_login_staff_no")),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_login")),
        sa.UniqueConstraint("staff_no", name=op.f("uq_login_staff_no")),
    )
    op.create_table("book_change",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("book", sa.String(), nullable=True),
        sa.Column("branch", sa.String(), nullable=True),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("xact", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_book_change")),
        sa.UniqueConstraint("book", "xact", "at", name=op.f("uq_book_change_book")),
    )
    for table, column in _OWNED.items():
        op.add_column(table, sa.Column(column, sa.String(), nullable=True))
    with op.batch_alter_table("task") as task:  # what a colleague planned does not show by a number being taken
        task.drop_constraint("uq_task_plan_on", type_="unique")
        task.create_unique_constraint("uq_task_plan_on", ["plan_on", "client_no", "task_no"])
    if op.get_bind().dialect.name == "postgresql":
        for name in ("1_people", "2_rows", "3_log", "4_notices"):
            _run(name)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _run("9_back")
    with op.batch_alter_table("task") as task:
        task.drop_constraint("uq_task_plan_on", type_="unique")
        task.create_unique_constraint("uq_task_plan_on", ["plan_on", "task_no"])
    for table, column in _OWNED.items():
        with op.batch_alter_table(table) as altered:
            altered.drop_column(column)
    op.drop_table("book_change")
    op.drop_table("login")


def _run(name: str) -> None:
    """Straight to the driver: the files hold many statements, and signs that SQLAlchemy would take for parameters."""
    raw = op.get_bind().connection.driver_connection
    raw.execute((_SQL / f"{name}.sql").read_text(encoding="utf-8"))
