"""Ceremonies, and the ceremony of a contract."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "ceremonies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False, comment="those that hold it; empty: the délégation"),
        sa.Column("is_cancelled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_ceremonies"),
    )
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.add_column(
            sa.Column("ceremony_id", sa.Uuid(), nullable=True, comment="ceremony at which it is signed")
        )
        batch_op.create_foreign_key("fk_contracts_ceremony_id_ceremonies", "ceremonies", ["ceremony_id"], ["id"])
        batch_op.create_index("ix_contracts_ceremony_id", ["ceremony_id"])


def downgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.drop_index("ix_contracts_ceremony_id")
        batch_op.drop_constraint("fk_contracts_ceremony_id_ceremonies", type_="foreignkey")
        batch_op.drop_column("ceremony_id")
    op.drop_table("ceremonies")
