"""Organisations are duplicates of others."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("known_organisations", sa.Column("duplicate_of", sa.String(length=9), nullable=True))
    op.create_index("ix_known_organisations_duplicate_of", "known_organisations", ["duplicate_of"])


def downgrade() -> None:
    op.drop_index("ix_known_organisations_duplicate_of", "known_organisations")
    op.drop_column("known_organisations", "duplicate_of")
