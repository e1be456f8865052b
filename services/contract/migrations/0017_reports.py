"""Yearly follow-up reports of contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("governance", sa.Text(), nullable=True, comment="meetings held"),
        sa.Column("actions", sa.JSON(), nullable=False, comment="one line for each sheet of the contract"),
        sa.Column("difficulties", sa.Text(), nullable=True),
        sa.Column("outlook", sa.Text(), nullable=True, comment="planned for the time after the year"),
        sa.Column("reopen_reason", sa.Text(), nullable=True, comment="of the last reopening; null once checked again"),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True, comment="last check"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reminded", sa.JSON(), nullable=False, comment="reminders that were published, or need not be"),
        sa.Column("watch_from", sa.Date(), nullable=True, comment="day of the next reminder; null: none"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_reports_contract_id_contracts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
        sa.UniqueConstraint("contract_id", "year", name=op.f("uq_reports_contract_id_year")),
    )
    op.create_index("ix_reports_territory", "reports", ["territory", "year", "contract_id"])
    op.create_index("ix_reports_watch_from", "reports", ["watch_from"])


def downgrade() -> None:
    op.drop_table("reports")
