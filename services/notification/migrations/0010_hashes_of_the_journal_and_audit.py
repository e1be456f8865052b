"""Hashes of the journal, its daily heads, and the audit log. Earlier events get their hashes in the background."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journal_hashes",
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column(
            "leaf",
            sa.String(length=64),
            nullable=False,
            comment="of the bytes of the event, as a leaf of the Merkle tree",
        ),
        sa.Column(
            "chain", sa.String(length=64), nullable=False, comment="SHA-256 of the chain before it and of the row"
        ),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_journal_hashes")),
    )
    op.create_table(
        "journal_nodes",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False, comment="of 256 to this power events"),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False, comment="from 0 on"),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_journal_nodes")),
    )
    op.create_table(
        "journal_heads",
        sa.Column("day", sa.Date(), nullable=False, comment="in Paris"),
        sa.Column("size", sa.BigInteger(), nullable=False, comment="events in the tree: the last position of the day"),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_stamp", sa.LargeBinary(), nullable=True, comment="token of RFC 3161; null: none yet"),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True, comment="moment that the token states"),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_journal_heads")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("service", sa.String(length=20), nullable=False),
        sa.Column("position", sa.BigInteger(), autoincrement=False, nullable=False, comment="in its history"),
        sa.Column("collection", sa.String(length=50), nullable=False),
        sa.Column("object_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("operation", sa.String(length=10), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("sub", sa.String(length=200), nullable=False, comment="an opaque id of the issuer"),
        sa.Column("org", sa.String(length=9), nullable=True),
        sa.PrimaryKeyConstraint("service", "position", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_order", "audit_entries", ["at", "service", "position"])
    op.create_index("ix_audit_entries_object", "audit_entries", ["collection", "object_id"])
    op.create_index("ix_audit_entries_sub", "audit_entries", ["sub", "at"])
    op.create_index("ix_audit_entries_org", "audit_entries", ["org", "at"])


def downgrade() -> None:
    op.drop_table("audit_entries")
    op.drop_table("journal_heads")
    op.drop_table("journal_nodes")
    op.drop_table("journal_hashes")
