"""Mandates of pilots with their end; the history of matchings is for every operator."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OLD = "carriers, partners and the operators of the matches"
NEW = "organisations that the action names, and the operators of the matches"


def upgrade() -> None:
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("until", sa.Date(), nullable=True, comment="first day out of office; null: no end is known")
        )
    _comment(OLD, NEW)
    op.execute("UPDATE history SET operators = true WHERE collection = 'matchings'")


def _comment(before: str, after: str) -> None:
    with op.batch_alter_table("matchings", schema=None) as batch_op:
        batch_op.alter_column("organisations", existing_type=sa.JSON(), existing_comment=before, comment=after)


def downgrade() -> None:
    _comment(NEW, OLD)
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.drop_column("until")
