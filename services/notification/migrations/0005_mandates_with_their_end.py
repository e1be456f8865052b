"""Mandates of pilots with their end."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("until", sa.Date(), nullable=True, comment="first day out of office; null: no end is known")
        )


def downgrade() -> None:
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.drop_column("until")
