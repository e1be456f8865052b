"""Closing of territories, end of organisations; who asked for a service, and for which territory."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

UNKNOWN = "null: not known, as in events of before"


# Filled by the events that come, and for those of the past by a rebuild.
def upgrade() -> None:
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("closed_on", sa.Date(), nullable=True, comment="first day out of the programme; null: in it")
        )
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "valid_to",
                sa.String(length=10),
                nullable=True,
                comment="last day, month or year; null: in being, or not known",
            )
        )
    with op.batch_alter_table("known_requests", schema=None) as batch_op:
        for name, length in (("territory", 20), ("requester", 9)):
            batch_op.add_column(sa.Column(name, sa.String(length=length), nullable=True, comment=UNKNOWN))
    # Nearly always right, and corrected by the rebuild: the sheet may have several territories.
    lead = "SELECT lead_territory FROM actions WHERE actions.id = known_requests.action_id"
    op.execute(f"UPDATE known_requests SET territory = ({lead}) WHERE action_id IS NOT NULL")  # noqa: S608


def downgrade() -> None:
    with op.batch_alter_table("known_requests", schema=None) as batch_op:
        batch_op.drop_column("requester")
        batch_op.drop_column("territory")
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.drop_column("valid_to")
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.drop_column("closed_on")
