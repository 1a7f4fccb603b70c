"""Reviews: a supervisor's rating and sign-off, the comments and their answers, what was seen."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("review",
        sa.Column("review_no", sa.String(), nullable=False),
        sa.Column("subject_kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=True),
        sa.Column("staff_no", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("rating", sa.JSON(), nullable=False),
        sa.Column("rubric", sa.String(), nullable=False),
        sa.Column("signed_off", sa.Boolean(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_review_client_no")),
        sa.ForeignKeyConstraint(["staff_no"], ["staff.staff_no"], name=op.f("fk_review_staff_no")),
        sa.ForeignKeyConstraint(["by"], ["staff.staff_no"], name=op.f("fk_review_by")),
        sa.PrimaryKeyConstraint("review_no", name=op.f("pk_review")),
    )
    op.create_index("ix_review_subject", "review", ["subject_kind", "subject"], unique=False)
    op.create_index("ix_review_staff", "review", ["staff_no", "at"], unique=False)
    op.create_table("review_comment",
        sa.Column("comment_no", sa.String(), nullable=False),
        sa.Column("review_no", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("to", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("answers", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["review_no"], ["review.review_no"], name=op.f("fk_review_comment_review_no")),
        sa.ForeignKeyConstraint(["by"], ["staff.staff_no"], name=op.f("fk_review_comment_by")),
        sa.ForeignKeyConstraint(["to"], ["staff.staff_no"], name=op.f("fk_review_comment_to")),
        sa.ForeignKeyConstraint(["answers"], ["review_comment.comment_no"], name=op.f("fk_review_comment_answers")),
        sa.PrimaryKeyConstraint("comment_no", name=op.f("pk_review_comment")),
    )
    op.create_index("ix_review_comment_to", "review_comment", ["to", "at"], unique=False)
    op.create_index(op.f("ix_review_comment_review_no"), "review_comment", ["review_no"], unique=False)
    op.create_index(op.f("ix_review_comment_answers"), "review_comment", ["answers"], unique=False)
    op.create_table("review_seen",
        sa.Column("comment_no", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.ForeignKeyConstraint(["comment_no"], ["review_comment.comment_no"], name=op.f("fk_review_seen_comment_no")),
        sa.ForeignKeyConstraint(["staff_no"], ["staff.staff_no"], name=op.f("fk_review_seen_staff_no")),
        sa.PrimaryKeyConstraint("comment_no", "staff_no", name=op.f("pk_review_seen")),
    )


def downgrade() -> None:
    op.drop_table("review_seen")
    op.drop_table("review_comment")
    op.drop_table("review")
