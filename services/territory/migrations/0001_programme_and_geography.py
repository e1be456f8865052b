"""The programme and its geography."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("service",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "communes",
        sa.Column("code", sa.String(length=5), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("epci_siren", sa.String(length=9), nullable=True),
        sa.Column("ept_siren", sa.String(length=9), nullable=True),
        sa.Column("departement_code", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_communes")),
    )
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_communes_departement_code"), ["departement_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_communes_epci_siren"), ["epci_siren"], unique=False)
        batch_op.create_index(batch_op.f("ix_communes_ept_siren"), ["ept_siren"], unique=False)
        batch_op.create_index(batch_op.f("ix_communes_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_communes_siren"), ["siren"], unique=False)

    op.create_table(
        "departements",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("seat", sa.String(length=5), nullable=False, comment="chef-lieu, a commune code"),
        sa.Column("zone", sa.String(length=10), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_departements")),
    )
    with op.batch_alter_table("departements", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_departements_region_code"), ["region_code"], unique=False)

    op.create_table(
        "reference_versions",
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("loaded_at", name=op.f("pk_reference_versions")),
    )
    op.create_table(
        "epcis",
        sa.Column("financing", sa.String(length=10), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("departement_code", sa.String(length=3), nullable=False),
        sa.Column("departement_codes", sa.JSON(), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("region_codes", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_epcis")),
    )
    with op.batch_alter_table("epcis", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_epcis_departement_code"), ["departement_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_epcis_region_code"), ["region_code"], unique=False)

    op.create_table(
        "epts",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("type", sa.String(length=10), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("departement_code", sa.String(length=3), nullable=False),
        sa.Column("departement_codes", sa.JSON(), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("region_codes", sa.JSON(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_epts")),
    )
    with op.batch_alter_table("epts", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_epts_departement_code"), ["departement_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_epts_region_code"), ["region_code"], unique=False)

    op.create_table(
        "figures",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.String(length=100), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figures")),
        sa.UniqueConstraint("metric", "day", "source", name=op.f("uq_figures_metric_day_source")),
    )
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_figures_day"), ["day"], unique=False)

    op.create_table(
        "outlines",
        sa.Column("layer", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column(
            "polygons", sa.Text(), nullable=False, comment="the coordinates of a MultiPolygon, without outer brackets"
        ),
        sa.PrimaryKeyConstraint("layer", "code", name=op.f("pk_outlines")),
    )
    op.create_table(
        "phases",
        sa.Column("code", sa.String(length=4), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=False),
        sa.Column("first_year", sa.Integer(), nullable=False),
        sa.Column("last_year", sa.Integer(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_phases")),
    )
    op.create_table(
        "regions",
        sa.Column("code", sa.String(length=3), nullable=False),
        sa.Column("seat", sa.String(length=5), nullable=False, comment="chef-lieu, a commune code"),
        sa.Column("zone", sa.String(length=10), nullable=False),
        sa.Column("departement_count", sa.Integer(), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("population", sa.Integer(), nullable=True),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_regions")),
    )
    op.create_table(
        "shipped",
        sa.Column("collection", sa.String(length=50), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "code", name=op.f("pk_shipped")),
    )
    op.create_table(
        "axes",
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_axes_phase_phases")),
        sa.PrimaryKeyConstraint("phase", "code", name=op.f("pk_axes")),
    )


def downgrade() -> None:
    op.drop_table("axes")
    op.drop_table("shipped")
    op.drop_table("regions")
    op.drop_table("phases")
    op.drop_table("outlines")
    with op.batch_alter_table("figures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_figures_day"))

    op.drop_table("figures")
    with op.batch_alter_table("epts", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_epts_region_code"))
        batch_op.drop_index(batch_op.f("ix_epts_departement_code"))

    op.drop_table("epts")
    with op.batch_alter_table("epcis", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_epcis_region_code"))
        batch_op.drop_index(batch_op.f("ix_epcis_departement_code"))

    op.drop_table("epcis")
    op.drop_table("reference_versions")
    with op.batch_alter_table("departements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_departements_region_code"))

    op.drop_table("departements")
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_communes_siren"))
        batch_op.drop_index(batch_op.f("ix_communes_region_code"))
        batch_op.drop_index(batch_op.f("ix_communes_ept_siren"))
        batch_op.drop_index(batch_op.f("ix_communes_epci_siren"))
        batch_op.drop_index(batch_op.f("ix_communes_departement_code"))

    op.drop_table("communes")
