"""Outlines keep the zoom from which each of their points is drawn."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "outlines",
        sa.Column(
            "levels",
            sa.Text(),
            nullable=False,
            server_default="",
            comment="zoom from which each ring and point is drawn; empty: not computed",
        ),
    )


def downgrade() -> None:
    op.drop_column("outlines", "levels")
