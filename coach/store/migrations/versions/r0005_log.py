"""The coaching log: entries chained by hash, and the head that one writer at a time holds."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("log_entry",
        sa.Column("entry_no", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=True),
        sa.Column("client_no", sa.String(), nullable=True),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("prev_hash", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("entry_no", name=op.f("pk_log_entry")),
        sa.UniqueConstraint("prev_hash", name=op.f("uq_log_entry_prev_hash")),
    )
    op.create_index("ix_log_entry_kind", "log_entry", ["kind", "subject"], unique=False)
    op.create_index("ix_log_entry_staff", "log_entry", ["staff_no", "entry_no"], unique=False)
    op.create_index("ix_log_entry_client", "log_entry", ["client_no", "entry_no"], unique=False)
    head = op.create_table("log_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_log_head")),
    )
    op.bulk_insert(head, [{"id": 1, "entries": 0, "hash": "0" * 64}])


def downgrade() -> None:
    op.drop_table("log_head")
    op.drop_table("log_entry")
