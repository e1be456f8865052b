"""The contact of a referent can be erased."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("referents", schema=None) as batch_op:
        batch_op.alter_column("name", existing_type=sa.String(length=200), nullable=True, comment="null: erased")


def downgrade() -> None:
    op.execute("UPDATE referents SET name = '' WHERE name IS NULL")
    with op.batch_alter_table("referents", schema=None) as batch_op:
        batch_op.alter_column("name", existing_type=sa.String(length=200), nullable=False, comment=None)
