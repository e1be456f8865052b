"""Départements of départements and State services. Filled by their events, and for those of the past by a rebuild."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "departements",
                sa.JSON(),
                nullable=False,
                server_default="[]",
                comment="empty: of none, or not known",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.drop_column("departements")
