"""Organisations are found by their successor; a party is signed for by one."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_known_organisations_successor", "known_organisations", ["successor"])
    op.add_column(
        "parties",
        sa.Column(
            "signed_by",
            sa.String(length=9),
            nullable=True,
            comment="successor that signed in place of the party; null: the party itself",
        ),
    )


def downgrade() -> None:
    op.drop_column("parties", "signed_by")
    op.drop_index("ix_known_organisations_successor", "known_organisations")
