"""Where a client's assets come from, so that only assets that no file gave are summed by Coach."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("client", sa.Column("assets_from", sa.String(), nullable=True))
    op.execute("UPDATE client SET assets_from = 'file' WHERE assets_fen <> 0")


def downgrade() -> None:
    with op.batch_alter_table("client") as table:
        table.drop_column("assets_from")
