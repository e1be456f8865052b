"""The place of sheets in their list, beside each of their tags."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

COLUMNS = {"lead_territory": 20, "number": 10}
COMMENT = "of the sheet, which keeps it"


def upgrade() -> None:
    with op.batch_alter_table("action_tags", schema=None) as batch_op:
        for name, length in COLUMNS.items():
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=True, comment=COMMENT))
    for name in COLUMNS:
        op.execute(
            f"UPDATE action_tags SET {name} = (SELECT {name} FROM actions WHERE actions.id = action_tags.object_id)"  # noqa: S608
        )
    with op.batch_alter_table("action_tags", schema=None) as batch_op:
        for name, length in COLUMNS.items():
            batch_op.alter_column(
                name, existing_type=sa.String(length=length), existing_comment=COMMENT, nullable=False
            )
        batch_op.create_index("ix_action_tags_list", ["kind", "code", "lead_territory", "number"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("action_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_action_tags_list")
        for name in COLUMNS:
            batch_op.drop_column(name)
