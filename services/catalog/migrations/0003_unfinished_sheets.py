"""A returned sheet may lose its main axis while it is changed."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

COMMENT = "null: taken out of a returned sheet"


def upgrade() -> None:
    with op.batch_alter_table("known_actions", schema=None) as batch_op:
        batch_op.alter_column("main_axis", existing_type=sa.String(length=50), nullable=True, comment=COMMENT)


def downgrade() -> None:
    op.execute("UPDATE known_actions SET main_axis = '' WHERE main_axis IS NULL")
    with op.batch_alter_table("known_actions", schema=None) as batch_op:
        batch_op.alter_column("main_axis", existing_type=sa.String(length=50), nullable=False, comment=None)
