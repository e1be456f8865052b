"""Records of dated facts that sources published, and the shipped ones as they were last loaded."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

RECORDS = "contract_records"


def upgrade() -> None:
    op.create_table(
        RECORDS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False, comment="of the territory, when the fact was recorded"),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("day", sa.Date(), nullable=True, comment="last possible day; null: unknown"),
        sa.Column("precision", sa.String(length=10), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False, comment="first possible day: order of the list"),
        sa.Column(
            "fact", sa.String(length=100), nullable=False, comment="key of the fact: records with one key count once"
        ),
        sa.Column("action_count", sa.Integer(), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("sources", sa.JSON(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False, comment="its texts, without accents or case"),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contract_records")),
    )
    for column in ("territory", "phase", "first_day"):
        op.create_index(op.f(f"ix_contract_records_{column}"), RECORDS, [column])
    op.create_table(
        "shipped",
        sa.Column("collection", sa.String(length=50), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "code", name=op.f("pk_shipped")),
    )


def downgrade() -> None:
    op.drop_table("shipped")
    op.drop_table(RECORDS)
