"""Figures: exact value, unit, phase, precision, end, qualifier, citable source, corrections."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

UNIT = """CASE WHEN metric LIKE '%\\_eur' ESCAPE '\\' THEN 'eur' WHEN metric LIKE '%\\_pct' ESCAPE '\\' THEN 'pct'
    WHEN metric LIKE '%\\_ha' ESCAPE '\\' THEN 'ha' ELSE 'count' END"""


def upgrade() -> None:
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "value_decimal", sa.String(length=24), nullable=True, comment="the exact value, in decimal digits"
            )
        )
        batch_op.add_column(sa.Column("unit", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("phase", sa.String(length=4), nullable=True))
        batch_op.add_column(sa.Column("day_precision", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("qualifier", sa.String(length=10), nullable=True))
        batch_op.add_column(sa.Column("source_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("corrects", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("corrected_by", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column(
                "identity",
                sa.String(length=450),
                nullable=True,
                comment="metric, day, phase and source; null once it is corrected",
            )
        )
    op.execute(
        f"""UPDATE figures SET value_decimal = CAST(value AS VARCHAR(24)), unit = {UNIT}, day_precision = 'day',
        qualifier = 'exact', declared_at = updated_at,
        identity = metric || ':' || CAST(day AS VARCHAR(10)) || '::' || source"""  # noqa: S608
    )
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_constraint("uq_figures_metric_day_source", type_="unique")
        batch_op.alter_column(
            "value", existing_type=sa.BigInteger(), existing_nullable=False, comment="rounded to a whole number"
        )
        batch_op.alter_column(
            "value_decimal",
            existing_type=sa.String(length=24),
            existing_comment="the exact value, in decimal digits",
            nullable=False,
        )
        batch_op.alter_column("unit", existing_type=sa.String(length=10), nullable=False)
        batch_op.alter_column("day_precision", existing_type=sa.String(length=10), nullable=False)
        batch_op.alter_column("qualifier", existing_type=sa.String(length=10), nullable=False)
        batch_op.alter_column("declared_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_unique_constraint("uq_figures_corrects", ["corrects"])
        batch_op.create_unique_constraint("uq_figures_identity", ["identity"])
        batch_op.create_foreign_key("fk_figures_corrects_figures", "figures", ["corrects"], ["id"])
        batch_op.create_index("ix_figures_metric", ["metric"], unique=False)


def downgrade() -> None:
    # The former table holds one figure of a source for a day: those that were corrected go, the latest stays.
    op.execute("DELETE FROM figures WHERE corrected_by IS NOT NULL")
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_index("ix_figures_metric")
        batch_op.drop_constraint("fk_figures_corrects_figures", type_="foreignkey")
        batch_op.drop_constraint("uq_figures_identity", type_="unique")
        batch_op.drop_constraint("uq_figures_corrects", type_="unique")
        batch_op.alter_column(
            "value",
            existing_type=sa.BigInteger(),
            existing_nullable=False,
            existing_comment="rounded to a whole number",
            comment=None,
        )
        for name in (
            "identity", "corrected_by", "corrects", "declared_at", "source_id", "qualifier", "ends_on",
            "day_precision", "phase", "unit", "value_decimal",
        ):  # fmt: skip
            batch_op.drop_column(name)
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.create_unique_constraint("uq_figures_metric_day_source", ["metric", "day", "source"])
