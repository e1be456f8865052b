"""Events of contracts, kept for their dossiers."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "published_events",
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_published_events")),
    )
    op.create_index("ix_published_events_contract_id", "published_events", ["contract_id", "sequence"])


def downgrade() -> None:
    op.drop_table("published_events")
