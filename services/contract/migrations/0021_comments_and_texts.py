"""Comments of the review, kept texts, and versions of the texts that opinions and approvals are about."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

VERSION = "grows at the first change after a submission"
WITH_DEFAULT = {"text_version": sa.Integer(), "opinions": sa.JSON()}


def _columns(table: str) -> list[sa.Column[Any]]:
    kept = "kept" if table == "contracts" else "submitted"
    shared = [
        sa.Column("text_version", sa.Integer(), nullable=False, server_default="1", comment=VERSION),
        sa.Column(
            "submitted_version", sa.Integer(), nullable=True, comment=f"version of the text that was last {kept}"
        ),
    ]
    if table == "actions":
        return shared
    return [
        *shared,
        sa.Column(
            "unlocked",
            sa.JSON(),
            nullable=True,
            comment="JSON pointers into the text last kept that a returned draft may change; null: all",
        ),
        sa.Column("opinions", sa.JSON(), nullable=False, server_default="[]"),
    ]


def upgrade() -> None:
    for table in ("actions", "contracts"):
        added = _columns(table)
        with op.batch_alter_table(table) as batch_op:
            for column in added:
                batch_op.add_column(column)
        with op.batch_alter_table(table) as batch_op:
            for column in added:
                if column.name in WITH_DEFAULT:
                    kind = WITH_DEFAULT[column.name]
                    batch_op.alter_column(
                        column.name,
                        existing_type=kind,
                        existing_nullable=False,
                        existing_comment=column.comment,
                        server_default=None,
                    )
    _rewrite("actions", "opinions", lambda opinions: [{**opinion, "text_version": 1} for opinion in opinions])
    _rewrite(
        "contracts",
        "approvals",
        lambda approvals: {region: {**approval, "text_version": 1} for region, approval in approvals.items()},
    )
    op.execute("UPDATE actions SET submitted_version = 1 WHERE submitted_at IS NOT NULL")
    op.create_table(
        "contract_texts",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("submitted_by", sa.String(length=9), nullable=True, comment="SIREN of the organisation"),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_contract_texts_contract_id_contracts")
        ),
        sa.PrimaryKeyConstraint("contract_id", "version", name=op.f("pk_contract_texts")),
    )
    op.create_table(
        "comments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("organisation", sa.String(length=9), nullable=False, comment="SIREN of its author"),
        sa.Column(
            "pointer", sa.String(length=300), nullable=False, comment="JSON pointer into the version that it is about"
        ),
        sa.Column("text_version", sa.Integer(), nullable=False, comment="version of the text that it is about"),
        sa.Column(
            "current_pointer",
            sa.String(length=300),
            nullable=True,
            comment="JSON pointer into the text last submitted; null: the field is there no more",
        ),
        sa.Column("changed_in", sa.Integer(), nullable=True, comment="version in which the field first changed since"),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column(
            "is_return",
            sa.Boolean(),
            nullable=False,
            comment="true: the reason of a return, answered by the next submission",
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False, comment="oldest first"),
        sa.Column("resolved_by", sa.String(length=9), nullable=True, comment="SIREN of the organisation"),
        sa.Column("resolved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["contract_id"], ["contracts.id"], name=op.f("fk_comments_contract_id_contracts")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_contract_id"), "comments", ["contract_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_comments_contract_id"), "comments")
    op.drop_table("comments")
    op.drop_table("contract_texts")
    _rewrite("actions", "opinions", lambda opinions: [_unnumbered(opinion) for opinion in opinions])
    _rewrite(
        "contracts",
        "approvals",
        lambda approvals: {region: _unnumbered(approval) for region, approval in approvals.items()},
    )
    for table in ("contracts", "actions"):
        with op.batch_alter_table(table) as batch_op:
            for column in _columns(table):
                batch_op.drop_column(column.name)


def _rewrite(table_name: str, name: str, converted: Any) -> None:
    """Give the JSON of a column its form on the other side of this revision."""
    table = sa.table(table_name, sa.column("id", sa.Uuid()), sa.column(name, sa.JSON()))
    for row in op.get_bind().execute(sa.select(table)).mappings().all():
        if row[name]:
            changed = sa.update(table).where(table.c.id == row["id"]).values({name: converted(row[name])})
            op.get_bind().execute(changed)


def _unnumbered(value: dict[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in value.items() if name != "text_version"}
