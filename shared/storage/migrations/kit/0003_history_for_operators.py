"""History says of each line if it concerns every operator of the programme."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0003"
down_revision = "kit_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "operators",
                sa.Boolean(),
                nullable=False,
                server_default=sa.false(),
                comment="does it concern every operator?",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("history", schema=None) as batch_op:
        batch_op.drop_column("operators")
