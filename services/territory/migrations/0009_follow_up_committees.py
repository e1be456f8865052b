"""Project committees become follow-up committees; first signature of each territory."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "first_signatures",
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("territory_key", name=op.f("pk_first_signatures")),
    )
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("became_follow_up_on", sa.Date(), nullable=True, comment="null: no contract was signed")
        )


def downgrade() -> None:
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.drop_column("became_follow_up_on")
    op.drop_table("first_signatures")
