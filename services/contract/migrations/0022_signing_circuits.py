"""Signing circuits, due days, reminders and delegations of signature."""

from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

DUE_DAYS = 90
REMINDER_DAYS = 14
OLD = "successor that signed in place of the party; null: the party itself"
NEW = "successor or delegate that signed in place of the party; null: the party itself"


def _of_contracts() -> list[sa.Column[Any]]:
    return [
        sa.Column(
            "circuit",
            sa.JSON(),
            nullable=False,
            server_default="[]",
            comment="groups in their order; empty: one group of all parties",
        ),
        sa.Column("due_on", sa.Date(), nullable=True, comment="last day to sign"),
        sa.Column("watch_from", sa.Date(), nullable=True, comment="day of the next reminder or expiry; null: none"),
    ]


def _of_parties() -> list[sa.Column[Any]]:
    return [
        sa.Column("asked_on", sa.Date(), nullable=True, comment="null: its turn has not come"),
        sa.Column("reminded_on", sa.Date(), nullable=True, comment="day of the last reminder"),
        sa.Column("delegation", sa.JSON(), nullable=True, comment="act by which another office may sign"),
    ]


def upgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        for column in _of_contracts():
            batch_op.add_column(column)
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.alter_column("circuit", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
    op.create_index("ix_contracts_watch_from", "contracts", ["watch_from"])
    with op.batch_alter_table("parties") as batch_op:
        for column in _of_parties():
            batch_op.add_column(column)
        batch_op.alter_column(
            "signed_by", existing_type=sa.String(length=9), existing_nullable=True, comment=NEW, existing_comment=OLD
        )
    _ask_from_today()


def downgrade() -> None:
    with op.batch_alter_table("parties") as batch_op:
        batch_op.alter_column(
            "signed_by", existing_type=sa.String(length=9), existing_nullable=True, comment=OLD, existing_comment=NEW
        )
        for column in _of_parties():
            batch_op.drop_column(column.name)
    op.drop_index("ix_contracts_watch_from", "contracts")
    with op.batch_alter_table("contracts") as batch_op:
        for column in _of_contracts():
            batch_op.drop_column(column.name)


def _ask_from_today() -> None:
    """Let the delays of the signatures that are asked for begin today."""
    day = datetime.now(UTC).date()
    contracts = sa.table(
        "contracts",
        sa.column("id", sa.Uuid()),
        sa.column("status", sa.String()),
        sa.column("due_on", sa.Date()),
        sa.column("watch_from", sa.Date()),
    )
    parties = sa.table("parties", sa.column("contract_id", sa.Uuid()), sa.column("asked_on", sa.Date()))
    signing = sa.select(contracts.c.id).where(contracts.c.status == "signing")
    op.execute(sa.update(parties).where(parties.c.contract_id.in_(signing)).values(asked_on=day))
    op.execute(
        sa.update(contracts)
        .where(contracts.c.status == "signing")
        .values(due_on=day + timedelta(days=DUE_DAYS), watch_from=day + timedelta(days=REMINDER_DAYS))
    )
