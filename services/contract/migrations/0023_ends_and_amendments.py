"""The end of contracts, and their amendments."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def _new() -> list[sa.Column[Any]]:
    return [
        sa.Column("expires_on", sa.Date(), nullable=True, comment="last day of its period; null before its signature"),
        sa.Column("in_force_until", sa.Date(), nullable=True, comment="that day, or the last one before its end"),
        sa.Column("ends_early_on", sa.Date(), nullable=True, comment="first day without it, before it would expire"),
        sa.Column("end_outcome", sa.String(length=20), nullable=True, comment="of its end, also of one to come"),
        sa.Column("end_reason", sa.Text(), nullable=True),
        sa.Column(
            "ended_by",
            sa.String(length=9),
            nullable=True,
            comment="SIREN of the organisation that declared its end",
        ),
        sa.Column("abandons_actions", sa.Boolean(), nullable=True, comment="its end abandons the sheets of its plan"),
        sa.Column("ended_on", sa.Date(), nullable=True, comment="first day without it"),
        sa.Column("amends", sa.Uuid(), nullable=True, comment="contract that this amendment amends"),
        sa.Column("amendment_number", sa.Integer(), nullable=True),
        sa.Column("amendment_reason", sa.Text(), nullable=True),
        sa.Column("subjects", sa.JSON(), nullable=True, comment="parts that this amendment changes"),
        sa.Column(
            "signed_amendments",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="ids, in the order of their numbers",
        ),
        sa.Column(
            "kept_actions",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="ids of sheets that its end did not abandon",
        ),
    ]


def upgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        for column in _new():
            batch_op.add_column(column)
        batch_op.create_foreign_key("fk_contracts_amends_contracts", "contracts", ["amends"], ["id"])
        batch_op.create_index("ix_contracts_amends", ["amends"])
    # The clock ends those whose last day is over.
    op.execute("UPDATE contracts SET expires_on = ends_on, in_force_until = ends_on WHERE signed_on IS NOT NULL")
    with op.batch_alter_table("contracts") as batch_op:
        for name in ("kept_actions", "signed_amendments"):
            batch_op.alter_column(name, existing_type=sa.JSON(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.drop_index("ix_contracts_amends")
        batch_op.drop_constraint("fk_contracts_amends_contracts", type_="foreignkey")
        for column in reversed(_new()):
            batch_op.drop_column(column.name)
