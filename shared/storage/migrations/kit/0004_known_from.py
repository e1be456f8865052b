"""Moment at which a line of history became known."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0004"
down_revision = "kit_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "known_from",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="moment of its position, never before that of an earlier one; null until then",
            )
        )
    op.execute("UPDATE history SET known_from = at WHERE position IS NOT NULL")


def downgrade() -> None:
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_column("known_from")
