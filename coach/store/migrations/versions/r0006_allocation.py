"""Sharing out clients: what was applied, so that it can be taken back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("allocation_run",
        sa.Column("run_no", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("summary", sa.JSON(), nullable=False),
        sa.Column("last_contact", sa.Integer(), nullable=False),
        sa.Column("undone_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["by"], ["staff.staff_no"], name=op.f("fk_allocation_run_by")),
        sa.PrimaryKeyConstraint("run_no", name=op.f("pk_allocation_run")),
        sa.UniqueConstraint("seq", name=op.f("uq_allocation_run_seq")),
    )
    op.create_table("allocation_move",
        sa.Column("run_no", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("before", sa.String(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("assigned_before", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["run_no"], ["allocation_run.run_no"], name=op.f("fk_allocation_move_run_no")),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_allocation_move_client_no")),
        sa.PrimaryKeyConstraint("run_no", "client_no", name=op.f("pk_allocation_move")),
    )
    op.create_index(op.f("ix_allocation_move_client_no"), "allocation_move", ["client_no"], unique=False)


def downgrade() -> None:
    op.drop_table("allocation_move")
    op.drop_table("allocation_run")
