"""The object that a decision decides."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("decides", sa.String(length=54), nullable=True, comment="one object, such as contract/<id>")
        )
        batch_op.create_index(batch_op.f("ix_decisions_decides"), ["decides"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_decides"))
        batch_op.drop_column("decides")
