"""Organisations are found by their successor."""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_known_organisations_successor", "known_organisations", ["successor"])


def downgrade() -> None:
    op.drop_index("ix_known_organisations_successor", "known_organisations")
