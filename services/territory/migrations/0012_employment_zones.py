"""Zones d'emploi are a level of the official geography."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "employment_zones",
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("zoning_year", sa.Integer(), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("epci_count", sa.Integer(), nullable=False),
        sa.Column("departement_codes", sa.JSON(), nullable=False),
        sa.Column("region_codes", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_employment_zones")),
    )
    # The next load fills it: a table of 35,000 rows is not made anew for a column.
    op.add_column(
        "communes", sa.Column("employment_zone", sa.String(length=4), nullable=False, server_default=sa.text("''"))
    )
    op.create_index(op.f("ix_communes_employment_zone"), "communes", ["employment_zone"])


def downgrade() -> None:
    op.drop_index(op.f("ix_communes_employment_zone"), table_name="communes")
    op.drop_column("communes", "employment_zone")
    op.drop_table("employment_zones")
