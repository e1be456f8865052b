"""Copies of signed paper, and the bytes of documents."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "documents",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_documents")),
    )
    op.create_table(
        "document_parts",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sha256"],
            ["documents.sha256"],
            name=op.f("fk_document_parts_sha256_documents"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("sha256", "position", name=op.f("pk_document_parts")),
    )
    op.create_table(
        "paper_copies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size_bytes", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column(
            "declared_on",
            sa.Date(),
            nullable=False,
            comment="day of the signature of the paper, as the depositor says",
        ),
        sa.Column("description", sa.String(length=300), nullable=True),
        sa.Column("party", sa.String(length=9), nullable=False, comment="party for which it was deposited"),
        sa.Column(
            "deposited_by", sa.String(length=9), nullable=False, comment="the party, or the body that took it over"
        ),
        sa.Column("deposited_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_paper_copies_contract_id_contracts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_paper_copies")),
    )
    op.create_index("ix_paper_copies_contract_id", "paper_copies", ["contract_id"])
    op.create_index("ix_paper_copies_sha256", "paper_copies", ["sha256"])


def downgrade() -> None:
    op.drop_table("paper_copies")
    op.drop_table("document_parts")
    op.drop_table("documents")
