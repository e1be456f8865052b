"""The object that a decision decides; decisions on a text that was returned."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("known_decisions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("decides", sa.String(length=54), nullable=True, comment="the one object; null: it names none")
        )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "spent_decisions",
                sa.JSON(),
                nullable=False,
                server_default="[]",
                comment="ids of decisions on a text that was returned",
            )
        )
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.alter_column("spent_decisions", existing_type=sa.JSON(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("contracts", schema=None) as batch_op:
        batch_op.drop_column("spent_decisions")
    with op.batch_alter_table("known_decisions", schema=None) as batch_op:
        batch_op.drop_column("decides")
