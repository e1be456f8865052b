"""Events of contracts, kept for their dossiers, and the signatures in deposited files."""

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
    op.add_column(
        "paper_copies",
        sa.Column(
            "signatures",
            sa.JSON(),
            server_default="[]",
            nullable=False,
            comment="signatures in the file, as they were validated at its deposit",
        ),
    )


def downgrade() -> None:
    with op.batch_alter_table("paper_copies") as batch_op:
        batch_op.drop_column("signatures")
    op.drop_table("published_events")
