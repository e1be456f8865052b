"""Table of service requests."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_requests",
        sa.Column("request_id", sa.Uuid(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("reference", sa.String(length=18), nullable=False),
        sa.Column("service", sa.String(length=11), nullable=False),
        sa.Column("operator", sa.String(length=9), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_known_requests")),
    )
    with op.batch_alter_table("known_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_requests_action_id"), ["action_id"], unique=False)

    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("about", sa.String(length=50), nullable=True, comment="the action that a request was made for")
        )
        batch_op.add_column(
            sa.Column("operator", sa.String(length=9), nullable=True, comment="whom a request was made of")
        )
        batch_op.add_column(
            sa.Column("amount_cents", sa.BigInteger(), nullable=True, comment="what the operator brings")
        )
        batch_op.create_index(batch_op.f("ix_story_lines_about"), ["about"], unique=False)
        batch_op.alter_column(
            "kind",
            existing_type=sa.String(20),
            existing_nullable=False,
            existing_comment="action, contract, party, designation or governance",
            comment="action, contract, party, request, designation or governance",
        )

    with op.batch_alter_table("tallies", schema=None) as batch_op:
        batch_op.alter_column(
            "count",
            existing_type=sa.Integer(),
            type_=sa.BigInteger(),
            existing_nullable=False,
            comment="of things, or of euro cents",
        )


def downgrade() -> None:
    with op.batch_alter_table("tallies", schema=None) as batch_op:
        batch_op.alter_column(
            "count",
            existing_type=sa.BigInteger(),
            type_=sa.Integer(),
            existing_nullable=False,
            existing_comment="of things, or of euro cents",
            comment=None,
        )

    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.alter_column(
            "kind",
            existing_type=sa.String(20),
            existing_nullable=False,
            existing_comment="action, contract, party, request, designation or governance",
            comment="action, contract, party, designation or governance",
        )
        batch_op.drop_index(batch_op.f("ix_story_lines_about"))
        batch_op.drop_column("amount_cents")
        batch_op.drop_column("operator")
        batch_op.drop_column("about")

    with op.batch_alter_table("known_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_requests_action_id"))

    op.drop_table("known_requests")
