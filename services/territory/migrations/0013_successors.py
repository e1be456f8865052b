"""Organisations are found by their successor."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_organisations_successor_siren", "organisations", ["successor_siren"])


def downgrade() -> None:
    op.drop_index("ix_organisations_successor_siren", "organisations")
