"""Hashes of the lines of history."""

import sqlalchemy as sa
from alembic import op

revision = "kit_0005"
down_revision = "kit_0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "history_hashes",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False, comment="of the line"),
        sa.Column(
            "hash", sa.String(length=64), nullable=False, comment="SHA-256 of the hash before it and of the line"
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_history_hashes")),
    )
    op.create_table(
        "history_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False, comment="1: there is one row"),
        sa.Column("position", sa.BigInteger(), nullable=False, comment="last line with a hash"),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="of this line"),
        sa.Column("published_position", sa.BigInteger(), nullable=False, comment="last line that an event has told of"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history_head")),
    )


def downgrade() -> None:
    op.drop_table("history_head")
    op.drop_table("history_hashes")
