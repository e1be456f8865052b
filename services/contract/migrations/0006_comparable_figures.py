"""Declared figures with phase, unit and corrections; further measures of territories."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

COLUMNS = {
    "value_decimal": (sa.String(length=24), "CAST(value AS VARCHAR(24))"),
    "unit": (sa.String(length=10), "'count'"),
    "day_precision": (sa.String(length=10), "'day'"),
    "qualifier": (sa.String(length=10), "'exact'"),
}
"""Column → its type, and its value in rows that are there."""


def upgrade() -> None:
    with op.batch_alter_table("declared_figures", schema=None) as batch_op:
        for name, (kind, _) in COLUMNS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
        batch_op.add_column(sa.Column("phase", sa.String(length=4), nullable=True))
        batch_op.add_column(sa.Column("ends_on", sa.Date(), nullable=True))
        batch_op.add_column(sa.Column("source_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("corrects", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("declared_at", sa.DateTime(timezone=True), nullable=True))
    values = ", ".join(f"{name} = {value}" for name, (_, value) in COLUMNS.items())
    op.execute(f"UPDATE declared_figures SET {values}")  # noqa: S608
    with op.batch_alter_table("declared_figures", schema=None) as batch_op:
        for name, (kind, _) in COLUMNS.items():
            batch_op.alter_column(name, existing_type=kind, nullable=False)

    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.add_column(sa.Column("labels", sa.JSON(), nullable=True, comment="further measures of a territory"))
    op.execute("UPDATE story_lines SET labels = '[]'")
    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.alter_column(
            "labels", existing_type=sa.JSON(), existing_comment="further measures of a territory", nullable=False
        )


def downgrade() -> None:
    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.drop_column("labels")
    with op.batch_alter_table("declared_figures", schema=None) as batch_op:
        for name in ("declared_at", "corrects", "source_id", "ends_on", "phase", *COLUMNS):
            batch_op.drop_column(name)
