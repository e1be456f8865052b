"""Indicators, and their values by place and year."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "indicators",
        sa.Column("code", sa.String(length=60), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False, comment="in French"),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.Column("unit", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("numerator", sa.String(length=60), nullable=True, comment="null: no ratio of two counts"),
        sa.Column("denominator", sa.String(length=60), nullable=True, comment="null: no ratio of two counts"),
        sa.Column(
            "weighting",
            sa.String(length=20),
            nullable=False,
            comment="how a territory's value is made of the values of larger areas",
        ),
        sa.Column("population", sa.Text(), nullable=True, comment="persons that are counted; null: not stated"),
        sa.Column("basis", sa.String(length=10), nullable=True, comment="null: not stated, or of no persons"),
        sa.Column("zoning", sa.String(length=300), nullable=True, comment="geography of the values"),
        sa.Column("zoning_year", sa.Integer(), nullable=True),
        sa.Column("sector", sa.String(length=300), nullable=True, comment="null: of no sector, or not stated"),
        sa.Column("includes_construction", sa.Boolean(), nullable=True, comment="null: of no sector, or not stated"),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("licence", sa.String(length=300), nullable=True, comment="null: not known"),
        sa.Column("reserve", sa.Text(), nullable=True, comment="what it must not be used for"),
        sa.Column("levels", sa.JSON(), nullable=False, comment="levels that have a value"),
        sa.Column("years", sa.JSON(), nullable=False, comment="years that have a value, ascending"),
        sa.Column("value_count", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["denominator"], ["indicators.code"], name=op.f("fk_indicators_denominator_indicators")
        ),
        sa.ForeignKeyConstraint(["numerator"], ["indicators.code"], name=op.f("fk_indicators_numerator_indicators")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_indicators_source_id_sources")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_indicators")),
    )
    op.create_table(
        "indicator_values",
        sa.Column("indicator_code", sa.String(length=60), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("geography", sa.String(length=9), nullable=False, comment="code of the place"),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("value_decimal", sa.String(length=24), nullable=False, comment="in decimal digits"),
        sa.Column("import_id", sa.Uuid(), nullable=True, comment="null: of the reference data"),
        sa.ForeignKeyConstraint(
            ["indicator_code"], ["indicators.code"], name=op.f("fk_indicator_values_indicator_code_indicators")
        ),
        sa.PrimaryKeyConstraint("indicator_code", "level", "geography", "year", name=op.f("pk_indicator_values")),
    )
    with op.batch_alter_table("indicator_values", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_indicator_values_import_id"), ["import_id"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("indicator_values", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_indicator_values_import_id"))

    op.drop_table("indicator_values")
    op.drop_table("indicators")
