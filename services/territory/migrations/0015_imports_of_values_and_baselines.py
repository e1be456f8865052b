"""Imports of values and baselines."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "baselines",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("contract_number", sa.String(length=100), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=False),
        sa.Column("frozen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("frozen_values", sa.JSON(), nullable=False, comment="each with its indicator and its parts"),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_baselines")),
    )
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_baselines_territory_key"), ["territory_key"], unique=False)

    op.create_table(
        "indicator_imports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("indicator_code", sa.String(length=60), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False, comment="of the file"),
        sa.Column(
            "identity", sa.String(length=130), nullable=True, comment="indicator and SHA-256; null once it is reverted"
        ),
        sa.Column("row_count", sa.Integer(), nullable=False),
        sa.Column(
            "new_count", sa.Integer(), nullable=False, comment="rows for places and years without a value before"
        ),
        sa.Column("replaced_count", sa.Integer(), nullable=False, comment="rows that changed a value"),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("years", sa.JSON(), nullable=False),
        sa.Column("imported_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reverted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reverted_because", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["indicator_code"], ["indicators.code"], name=op.f("fk_indicator_imports_indicator_code_indicators")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_imports")),
        sa.UniqueConstraint("identity", name=op.f("uq_indicator_imports_identity")),
    )
    with op.batch_alter_table("indicator_imports", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_imports_indicator_code"), ["indicator_code"], unique=False)

    op.create_table(
        "indicator_import_rows",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("geography", sa.String(length=9), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value_decimal", sa.String(length=24), nullable=False),
        sa.Column("former_decimal", sa.String(length=24), nullable=True, comment="null: there was none"),
        sa.Column("former_import_id", sa.Uuid(), nullable=True, comment="null: of the reference data, or none"),
        sa.ForeignKeyConstraint(
            ["import_id"], ["indicator_imports.id"], name=op.f("fk_indicator_import_rows_import_id_indicator_imports")
        ),
        sa.PrimaryKeyConstraint("import_id", "level", "geography", "year", name=op.f("pk_indicator_import_rows")),
    )


def downgrade() -> None:

    op.drop_table("indicator_import_rows")
    with op.batch_alter_table("indicator_imports", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_imports_indicator_code"))

    op.drop_table("indicator_imports")
    with op.batch_alter_table("baselines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_baselines_territory_key"))

    op.drop_table("baselines")
