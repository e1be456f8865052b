"""Organisations are duplicates of others, or told apart from them."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("organisations", sa.Column("duplicate_of_siren", sa.String(length=9), nullable=True))
    op.add_column(
        "organisations",
        sa.Column(
            "distinct_from",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="SIRENs of which a person said that they are other bodies",
        ),
    )
    op.create_index("ix_organisations_duplicate_of_siren", "organisations", ["duplicate_of_siren"])


def downgrade() -> None:
    op.drop_index("ix_organisations_duplicate_of_siren", "organisations")
    op.drop_column("organisations", "distinct_from")
    op.drop_column("organisations", "duplicate_of_siren")
