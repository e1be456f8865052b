"""Closing of territories, end of organisations; operators that filters find an event by."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


# Filled by the events that come, and for those of the past by a rebuild.
def upgrade() -> None:
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("closed_on", sa.Date(), nullable=True, comment="first day out of the programme; null: in it")
        )
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "valid_to",
                sa.String(length=10),
                nullable=True,
                comment="last day, month or year; null: in being, or not known",
            )
        )
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "operators",
                sa.JSON(none_as_null=True),
                nullable=True,
                comment="operators that filters find it by, beside the organisations; null: none",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("journal", schema=None) as batch_op:
        batch_op.drop_column("operators")
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.drop_column("valid_to")
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.drop_column("closed_on")
