"""Sources that a target can cite. Filled by their events, and for those of the past by a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "known_sources",
        sa.Column("source_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("source_id", name=op.f("pk_known_sources")),
    )


def downgrade() -> None:
    op.drop_table("known_sources")
