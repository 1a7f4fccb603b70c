"""The tables as first drawn: staff, clients, what they hold, what was done with them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table("event",
        sa.Column("event_no", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("place", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("event_no", name=op.f("pk_event"))
    )
    op.create_table("importrun",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("file", sa.String(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("added", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("unchanged", sa.Integer(), nullable=False),
        sa.Column("rejected", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_importrun"))
    )
    op.create_table("meta",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_meta"))
    )
    op.create_table("staff",
        sa.Column("staff_no", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("post", sa.String(), nullable=True),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("branch", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("staff_no", name=op.f("pk_staff"))
    )
    op.create_index(op.f("ix_staff_branch"), "staff", ["branch"], unique=False)
    op.create_table("client",
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("gender", sa.String(), nullable=True),
        sa.Column("birthday", sa.Date(), nullable=True),
        sa.Column("lunar_birthday", sa.String(), nullable=True),
        sa.Column("phone", sa.String(), nullable=True),
        sa.Column("manager", sa.String(), nullable=True),
        sa.Column("assigned_on", sa.Date(), nullable=True),
        sa.Column("assets_fen", sa.BigInteger(), nullable=False),
        sa.Column("card_level", sa.String(), nullable=True),
        sa.Column("risk_level", sa.String(), nullable=True),
        sa.Column("risk_assessed_on", sa.Date(), nullable=True),
        sa.Column("opened_on", sa.Date(), nullable=True),
        sa.Column("occupation", sa.String(), nullable=True),
        sa.Column("employer", sa.String(), nullable=True),
        sa.Column("community", sa.String(), nullable=True),
        sa.Column("family", sa.String(), nullable=True),
        sa.Column("interests", sa.String(), nullable=True),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("stage_by_hand", sa.Boolean(), nullable=False),
        sa.Column("relationship", sa.Integer(), nullable=True),
        sa.Column("potential", sa.Integer(), nullable=True),
        sa.Column("intent", sa.Integer(), nullable=True),
        sa.Column("do_not_contact", sa.Boolean(), nullable=False),
        sa.Column("marketing_consent", sa.Boolean(), nullable=True),
        sa.Column("refused_channels", sa.String(), nullable=True),
        sa.Column("tags", sa.String(), nullable=True),
        sa.Column("note", sa.String(), nullable=True),
        sa.Column("tier", sa.String(), nullable=False),
        sa.Column("tier_reason", sa.JSON(), nullable=False),
        sa.Column("tier_by_hand", sa.Boolean(), nullable=False),
        sa.Column("branch", sa.String(), nullable=True),
        sa.Column("search_key", sa.String(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["manager"], ["staff.staff_no"], name=op.f("fk_client_manager")),
        sa.PrimaryKeyConstraint("client_no", name=op.f("pk_client"))
    )
    op.create_index(op.f("ix_client_assets_fen"), "client", ["assets_fen"], unique=False)
    op.create_index(op.f("ix_client_branch"), "client", ["branch"], unique=False)
    op.create_index("ix_client_manager_assets", "client", ["manager", "assets_fen"], unique=False)
    op.create_index("ix_client_manager_tier", "client", ["manager", "tier"], unique=False)
    op.create_table("assignment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("manager", sa.String(), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_assignment_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_assignment"))
    )
    op.create_index("ix_assignment_client_since", "assignment", ["client_no", "since"], unique=False)
    op.create_table("balance",
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("assets_fen", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_balance_client_no")),
        sa.PrimaryKeyConstraint("client_no", "on", name=op.f("pk_balance"))
    )
    op.create_table("contact",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("contact_no", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("staff_no", sa.String(), nullable=True),
        sa.Column("effective", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("summary", sa.String(), nullable=True),
        sa.Column("next_on", sa.Date(), nullable=True),
        sa.Column("play", sa.String(), nullable=True),
        sa.Column("step", sa.String(), nullable=True),
        sa.Column("signal", sa.String(), nullable=True),
        sa.Column("anchor", sa.Date(), nullable=True),
        sa.Column("task_no", sa.String(), nullable=True),
        sa.Column("suggestion_no", sa.String(), nullable=True),
        sa.Column("voided_at", sa.DateTime(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_contact_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contact")),
        sa.UniqueConstraint("contact_no", name=op.f("uq_contact_contact_no"))
    )
    op.create_index("ix_contact_client_at", "contact", ["client_no", "at"], unique=False)
    op.create_index("ix_contact_next_on", "contact", ["next_on"], unique=False)
    op.create_index("ix_contact_staff_at", "contact", ["staff_no", "at"], unique=False)
    op.create_table("gift",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("value_fen", sa.BigInteger(), nullable=True),
        sa.Column("occasion", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_gift_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_gift")),
        sa.UniqueConstraint("client_no", "on", "item", name=op.f("uq_gift_client_no"))
    )
    op.create_index(op.f("ix_gift_client_no"), "gift", ["client_no"], unique=False)
    op.create_table("holding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("holding_no", sa.String(), nullable=False),
        sa.Column("product_type", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=True),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("start_on", sa.Date(), nullable=True),
        sa.Column("matures_on", sa.Date(), nullable=True),
        sa.Column("product_risk", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_holding_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_holding")),
        sa.UniqueConstraint("client_no", "holding_no", name=op.f("uq_holding_client_no"))
    )
    op.create_index(op.f("ix_holding_client_no"), "holding", ["client_no"], unique=False)
    op.create_index("ix_holding_matures", "holding", ["matures_on"], unique=False)
    op.create_table("invitation",
        sa.Column("event_no", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_invitation_client_no")),
        sa.ForeignKeyConstraint(["event_no"], ["event.event_no"], name=op.f("fk_invitation_event_no")),
        sa.PrimaryKeyConstraint("event_no", "client_no", name=op.f("pk_invitation"))
    )
    op.create_index(op.f("ix_invitation_client_no"), "invitation", ["client_no"], unique=False)
    op.create_table("keydate",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("label", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("calendar", sa.String(), nullable=False),
        sa.Column("who", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_keydate_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_keydate")),
        sa.UniqueConstraint("client_no", "label", "who", name=op.f("uq_keydate_client_no"))
    )
    op.create_index(op.f("ix_keydate_client_no"), "keydate", ["client_no"], unique=False)
    op.create_table("movement",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("movement_no", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=False),
        sa.Column("counterparty", sa.String(), nullable=True),
        sa.Column("counterparty_bank", sa.String(), nullable=True),
        sa.Column("purpose", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_movement_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_movement")),
        sa.UniqueConstraint("client_no", "movement_no", name=op.f("uq_movement_client_no"))
    )
    op.create_index("ix_movement_client_on", "movement", ["client_no", "on"], unique=False)
    op.create_index("ix_movement_on", "movement", ["on"], unique=False)
    op.create_table("stagechange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("contact_no", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_stagechange_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stagechange"))
    )
    op.create_index(op.f("ix_stagechange_client_no"), "stagechange", ["client_no"], unique=False)
    op.create_table("suggestion",
        sa.Column("suggestion_no", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("engine", sa.String(), nullable=False),
        sa.Column("lang", sa.String(), nullable=False),
        sa.Column("play", sa.String(), nullable=True),
        sa.Column("rule_version", sa.String(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_suggestion_client_no")),
        sa.PrimaryKeyConstraint("suggestion_no", name=op.f("pk_suggestion"))
    )
    op.create_index("ix_suggestion_client", "suggestion", ["client_no", "on"], unique=False)
    op.create_table("task",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("task_no", sa.String(), nullable=False),
        sa.Column("plan_on", sa.Date(), nullable=False),
        sa.Column("manager", sa.String(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("play", sa.String(), nullable=False),
        sa.Column("step", sa.String(), nullable=False),
        sa.Column("signal", sa.String(), nullable=False),
        sa.Column("anchor", sa.Date(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("contact_no", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_task_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_task")),
        sa.UniqueConstraint("plan_on", "task_no", name=op.f("uq_task_plan_on"))
    )
    op.create_index(op.f("ix_task_client_no"), "task", ["client_no"], unique=False)
    op.create_index("ix_task_manager_plan", "task", ["manager", "plan_on"], unique=False)
    op.create_index(op.f("ix_task_task_no"), "task", ["task_no"], unique=False)
    op.create_table("tierchange",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("client_no", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(), nullable=False),
        sa.Column("before", sa.String(), nullable=False),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reason", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["client_no"], ["client.client_no"], name=op.f("fk_tierchange_client_no")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tierchange"))
    )
    op.create_index(op.f("ix_tierchange_client_no"), "tierchange", ["client_no"], unique=False)


def downgrade() -> None:
    op.drop_index(op.f("ix_tierchange_client_no"), table_name="tierchange")
    op.drop_table("tierchange")
    op.drop_index(op.f("ix_task_task_no"), table_name="task")
    op.drop_index("ix_task_manager_plan", table_name="task")
    op.drop_index(op.f("ix_task_client_no"), table_name="task")
    op.drop_table("task")
    op.drop_index("ix_suggestion_client", table_name="suggestion")
    op.drop_table("suggestion")
    op.drop_index(op.f("ix_stagechange_client_no"), table_name="stagechange")
    op.drop_table("stagechange")
    op.drop_index("ix_movement_on", table_name="movement")
    op.drop_index("ix_movement_client_on", table_name="movement")
    op.drop_table("movement")
    op.drop_index(op.f("ix_keydate_client_no"), table_name="keydate")
    op.drop_table("keydate")
    op.drop_index(op.f("ix_invitation_client_no"), table_name="invitation")
    op.drop_table("invitation")
    op.drop_index("ix_holding_matures", table_name="holding")
    op.drop_index(op.f("ix_holding_client_no"), table_name="holding")
    op.drop_table("holding")
    op.drop_index(op.f("ix_gift_client_no"), table_name="gift")
    op.drop_table("gift")
    op.drop_index("ix_contact_staff_at", table_name="contact")
    op.drop_index("ix_contact_next_on", table_name="contact")
    op.drop_index("ix_contact_client_at", table_name="contact")
    op.drop_table("contact")
    op.drop_table("balance")
    op.drop_index("ix_assignment_client_since", table_name="assignment")
    op.drop_table("assignment")
    op.drop_index("ix_client_manager_tier", table_name="client")
    op.drop_index("ix_client_manager_assets", table_name="client")
    op.drop_index(op.f("ix_client_branch"), table_name="client")
    op.drop_index(op.f("ix_client_assets_fen"), table_name="client")
    op.drop_table("client")
    op.drop_index(op.f("ix_staff_branch"), table_name="staff")
    op.drop_table("staff")
    op.drop_table("meta")
    op.drop_table("importrun")
    op.drop_table("event")
