"""Contracts that were signed on paper are marked so."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

PAPER = "paper: signed outside, entered afterwards"


def upgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.add_column(
            sa.Column("origin", sa.String(length=10), nullable=False, server_default="platform", comment=PAPER)
        )
        batch_op.add_column(
            sa.Column("entered_source", sa.String(length=300), nullable=True, comment="of a contract signed on paper")
        )
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.alter_column(
            "origin", existing_type=sa.String(length=10), existing_nullable=False, server_default=None
        )


def downgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.drop_column("entered_source")
        batch_op.drop_column("origin")
