"""Former, delegated and associated communes and arrondissements are known by their codes."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXED = (
    "kind", "commune_code", "epci_siren", "ept_siren", "employment_zone", "departement_code", "region_code",
)  # fmt: skip


def upgrade() -> None:
    op.create_table(
        "commune_parts",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("commune_code", sa.String(length=5), nullable=False),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("change", sa.String(length=100), nullable=True),
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("epci_siren", sa.String(length=9), nullable=True),
        sa.Column("ept_siren", sa.String(length=9), nullable=True),
        sa.Column("employment_zone", sa.String(length=4), nullable=False, server_default=sa.text("''")),
        sa.Column("departement_code", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_commune_parts")),
    )
    for column in INDEXED:
        op.create_index(op.f(f"ix_commune_parts_{column}"), "commune_parts", [column])


def downgrade() -> None:
    op.drop_table("commune_parts")
