"""The list of a night: one row a branch and day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("nightly_run",
        sa.Column("plan_on", sa.Date(), nullable=False),
        sa.Column("branch", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("managers", sa.Integer(), nullable=False),
        sa.Column("clients", sa.Integer(), nullable=False),
        sa.Column("signals", sa.Integer(), nullable=False),
        sa.Column("tasks", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Float(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.Column("imported", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=True),
        sa.PrimaryKeyConstraint("plan_on", "branch", name=op.f("pk_nightly_run")),
    )
    if op.get_bind().dialect.name == "postgresql":  # the owner writes it; a supervisor may see how the own branch fared
        op.execute("ALTER TABLE nightly_run ENABLE ROW LEVEL SECURITY")
        op.execute("GRANT SELECT ON nightly_run TO coach_supervisor")
        op.execute("CREATE POLICY branch ON nightly_run FOR SELECT TO coach_supervisor"
                   " USING (branch = (SELECT coach_branch_as('supervisor')))")


def downgrade() -> None:
    op.drop_table("nightly_run")
