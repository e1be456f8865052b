"""Meetings of committees, their quorum, and the meeting of a decision."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "meetings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=True),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("agenda", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False, comment="planned, held or cancelled"),
        sa.Column("cancelled_because", sa.String(length=300), nullable=True),
        sa.Column("present", sa.JSON(), nullable=False, comment="SIRENs; empty until it was held"),
        sa.Column("voting_seats", sa.Integer(), nullable=True, comment="seats with a vote on its day; null: not held"),
        sa.Column(
            "voting_present", sa.Integer(), nullable=True, comment="seats with a vote that were present; null: not held"
        ),
        sa.Column("quorum", sa.Integer(), nullable=True, comment="minimum of its day; null: none, or not held"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["committee_id"], ["committees.id"], name=op.f("fk_meetings_committee_id_committees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meetings")),
    )
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_meetings_committee_id"), ["committee_id"], unique=False)
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("quorums", sa.JSON(), nullable=False, server_default="[]", comment="by their first day")
        )
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.alter_column(
            "quorums",
            existing_type=sa.JSON(),
            existing_nullable=False,
            existing_comment="by their first day",
            server_default=None,
        )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(sa.Column("meeting_id", sa.Uuid(), nullable=True))
        batch_op.create_index(batch_op.f("ix_decisions_meeting_id"), ["meeting_id"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_decisions_meeting_id_meetings"), "meetings", ["meeting_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_decisions_meeting_id_meetings"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_decisions_meeting_id"))
        batch_op.drop_column("meeting_id")
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.drop_column("quorums")
    with op.batch_alter_table("meetings", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_meetings_committee_id"))

    op.drop_table("meetings")
