"""Seals of signed documents. What was signed before is sealed now."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "seals",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=True),
        sa.Column(
            "unsealed_sha256", sa.String(length=64), nullable=True, comment="of the PDF as it is made from the content"
        ),
        sa.Column(
            "printed_sha256",
            sa.String(length=64),
            nullable=True,
            comment="of the stored data from which the PDF is made again",
        ),
        sa.Column(
            "sealed_sha256", sa.String(length=64), nullable=True, comment="of the PDF with its seal, at its level"
        ),
        sa.Column("subject", sa.String(length=500), nullable=True, comment="of the certificate of the seal"),
        sa.Column("fingerprint", sa.String(length=64), nullable=True, comment="SHA-256 of the certificate"),
        sa.Column("is_local", sa.Boolean(), nullable=True, comment="sealed by a key of this platform alone, for tests"),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=True, comment="when the time stamp was received"),
        sa.Column("tries", sa.Integer(), nullable=False, comment="failed tries of what is to be done next"),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=True, comment="null: nothing is to be done"),
        sa.Column("error", sa.String(length=500), nullable=True, comment="of the last try"),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_seals_contract_id_contracts")),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_seals")),
    )
    op.create_index("ix_seals_next_try_at", "seals", ["next_try_at"])
    op.create_index("ix_seals_unsealed_sha256", "seals", ["unsealed_sha256"])
    op.create_index("ix_contract_texts_sha256", "contract_texts", ["sha256"])
    op.create_table(
        "sealed_files",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=4), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_sealed_files")),
    )
    op.create_index("ix_sealed_files_contract_id", "sealed_files", ["contract_id"])
    op.execute(
        "INSERT INTO seals (contract_id, state, tries, next_try_at)"
        " SELECT contract_id, 'pending', 0, CURRENT_TIMESTAMP FROM frozen_contents"
    )


def downgrade() -> None:
    op.drop_index("ix_contract_texts_sha256", "contract_texts")
    op.drop_table("sealed_files")
    op.drop_table("seals")
