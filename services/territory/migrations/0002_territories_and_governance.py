"""Territories and their governance."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "organisations",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("aliases", sa.JSON(), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=True),
        sa.Column("successor_siren", sa.String(length=9), nullable=True),
        sa.Column("valid_from", sa.String(length=10), nullable=True, comment="YYYY, YYYY-MM or YYYY-MM-DD"),
        sa.Column("valid_to", sa.String(length=10), nullable=True, comment="YYYY, YYYY-MM or YYYY-MM-DD"),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_organisations")),
    )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_organisations_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_organisations_region_code"), ["region_code"], unique=False)

    op.create_table(
        "territories",
        sa.Column("key", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=7), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("designated_on", sa.Date(), nullable=True),
        sa.Column("is_pilot", sa.Boolean(), nullable=True, comment="true, or null: unknown; never false"),
        sa.Column("pilot_source", sa.Text(), nullable=True),
        sa.Column("population", sa.Integer(), nullable=False),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.Column("lon", sa.Float(), nullable=True),
        sa.Column("lat", sa.Float(), nullable=True),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("search", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_territories_phase_phases")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_territories")),
    )
    with op.batch_alter_table("territories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_territories_code"), ["code"], unique=False)
        batch_op.create_index(batch_op.f("ix_territories_phase"), ["phase"], unique=False)

    op.create_table(
        "committees",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=True),
        sa.Column("territory_key", sa.String(length=12), nullable=True),
        sa.Column("chair_siren", sa.String(length=9), nullable=False),
        sa.Column("established_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["chair_siren"], ["organisations.siren"], name=op.f("fk_committees_chair_siren_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_committees_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committees")),
    )
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_committees_region_code"), ["region_code"], unique=False)
        batch_op.create_index(batch_op.f("ix_committees_territory_key"), ["territory_key"], unique=False)

    op.create_table(
        "memberships",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=True, comment="null: not known"),
        sa.Column("left_on", sa.Date(), nullable=True, comment="first day out; null: a member"),
        sa.ForeignKeyConstraint(["siren"], ["organisations.siren"], name=op.f("fk_memberships_siren_organisations")),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_memberships_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_memberships")),
    )
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_memberships_siren"), ["siren"], unique=False)
        batch_op.create_index(batch_op.f("ix_memberships_territory_key"), ["territory_key"], unique=False)

    op.create_table(
        "pilots",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_siren", sa.String(length=9), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="first day out of office; null: in office"),
        sa.ForeignKeyConstraint(
            ["organisation_siren"], ["organisations.siren"], name=op.f("fk_pilots_organisation_siren_organisations")
        ),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_pilots_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pilots")),
    )
    with op.batch_alter_table("pilots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_pilots_organisation_siren"), ["organisation_siren"], unique=False)
        batch_op.create_index(batch_op.f("ix_pilots_territory_key"), ["territory_key"], unique=False)

    op.create_table(
        "territory_departements",
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("departement_code", sa.String(length=3), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_territory_departements_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("territory_key", "departement_code", name=op.f("pk_territory_departements")),
    )
    with op.batch_alter_table("territory_departements", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_territory_departements_departement_code"), ["departement_code"], unique=False
        )

    op.create_table(
        "territory_regions",
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("region_code", sa.String(length=3), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_territory_regions_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("territory_key", "region_code", name=op.f("pk_territory_regions")),
    )
    with op.batch_alter_table("territory_regions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_territory_regions_region_code"), ["region_code"], unique=False)

    op.create_table(
        "decisions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["committee_id"], ["committees.id"], name=op.f("fk_decisions_committee_id_committees")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decisions_committee_id"), ["committee_id"], unique=False)

    op.create_table(
        "decision_territories",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decisions.id"], name=op.f("fk_decision_territories_decision_id_decisions")
        ),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_decision_territories_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("decision_id", "territory_key", name=op.f("pk_decision_territories")),
    )
    with op.batch_alter_table("decision_territories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_decision_territories_territory_key"), ["territory_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("decision_territories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decision_territories_territory_key"))

    op.drop_table("decision_territories")
    with op.batch_alter_table("decisions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_decisions_committee_id"))

    op.drop_table("decisions")
    with op.batch_alter_table("territory_regions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territory_regions_region_code"))

    op.drop_table("territory_regions")
    with op.batch_alter_table("territory_departements", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territory_departements_departement_code"))

    op.drop_table("territory_departements")
    with op.batch_alter_table("pilots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_pilots_territory_key"))
        batch_op.drop_index(batch_op.f("ix_pilots_organisation_siren"))

    op.drop_table("pilots")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_memberships_territory_key"))
        batch_op.drop_index(batch_op.f("ix_memberships_siren"))

    op.drop_table("memberships")
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_committees_territory_key"))
        batch_op.drop_index(batch_op.f("ix_committees_region_code"))

    op.drop_table("committees")
    with op.batch_alter_table("territories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_territories_phase"))
        batch_op.drop_index(batch_op.f("ix_territories_code"))

    op.drop_table("territories")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_organisations_region_code"))
        batch_op.drop_index(batch_op.f("ix_organisations_kind"))

    op.drop_table("organisations")
