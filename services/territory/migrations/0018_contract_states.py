"""States of contracts by day, for the stage of a territory on the map."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "contract_states",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False, comment="order of publication"),
        sa.Column("territory_key", sa.String(length=20), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.PrimaryKeyConstraint("contract_id", "sequence", name=op.f("pk_contract_states")),
    )
    op.create_index(op.f("ix_contract_states_territory_key"), "contract_states", ["territory_key"])


def downgrade() -> None:
    op.drop_table("contract_states")
