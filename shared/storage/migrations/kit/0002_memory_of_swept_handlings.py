"""Memory of swept handlings."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0002"
down_revision = "kit_0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "swept_handlings",
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("handler", sa.String(length=100), nullable=False),
        sa.Column("sequences", sa.JSON(), nullable=False, comment="of the swept events, as ranges: [[first, last], …]"),
        sa.PrimaryKeyConstraint("subject", "handler", name=op.f("pk_swept_handlings")),
    )


def downgrade() -> None:
    op.drop_table("swept_handlings")
