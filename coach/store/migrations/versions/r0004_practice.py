"""Practice: attempts, assignments, a trainer's reviews."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("practice_assignment",
        sa.Column("assignment_no", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["staff_no"], ["staff.staff_no"], name=op.f("fk_practice_assignment_staff_no")),
        sa.ForeignKeyConstraint(["by"], ["staff.staff_no"], name=op.f("fk_practice_assignment_by")),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_practice_assignment_client_no")),
        sa.PrimaryKeyConstraint("assignment_no", name=op.f("pk_practice_assignment")),
    )
    op.create_index("ix_practice_assignment_staff", "practice_assignment", ["staff_no", "due_on"], unique=False)
    op.create_table("practice_attempt",
        sa.Column("attempt_no", sa.String(), nullable=False),
        sa.Column("scenario", sa.String(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=True),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("began_at", sa.DateTime(), nullable=False),
        sa.Column("ended_at", sa.DateTime(), nullable=True),
        sa.Column("ending", sa.String(), nullable=True),
        sa.Column("hints", sa.Integer(), nullable=False),
        sa.Column("turns", sa.JSON(), nullable=False),
        sa.Column("rubric", sa.JSON(), nullable=False),
        sa.Column("played", sa.JSON(), nullable=False),
        sa.Column("score", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("total", sa.Float(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("client_no", sa.String(), nullable=True),
        sa.Column("assignment_no", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["staff_no"], ["staff.staff_no"], name=op.f("fk_practice_attempt_staff_no")),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_practice_attempt_client_no")),
        sa.ForeignKeyConstraint(
            ["assignment_no"], ["practice_assignment.assignment_no"], name=op.f("fk_practice_attempt_assignment_no")
        ),
        sa.PrimaryKeyConstraint("attempt_no", name=op.f("pk_practice_attempt")),
    )
    op.create_index("ix_practice_attempt_staff", "practice_attempt", ["staff_no", "began_at"], unique=False)
    op.create_index("ix_practice_attempt_scenario", "practice_attempt", ["scenario", "staff_no"], unique=False)
    op.create_table("practice_review",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("attempt_no", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("corrected", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["attempt_no"], ["practice_attempt.attempt_no"], name=op.f("fk_practice_review_attempt_no")),
        sa.ForeignKeyConstraint(["by"], ["staff.staff_no"], name=op.f("fk_practice_review_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_practice_review")),
    )
    op.create_index(op.f("ix_practice_review_attempt_no"), "practice_review", ["attempt_no"], unique=False)


def downgrade() -> None:
    op.drop_table("practice_review")
    op.drop_table("practice_attempt")
    op.drop_table("practice_assignment")
