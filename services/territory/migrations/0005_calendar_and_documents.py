"""Stages and calendar of the programme, sources, guides, envelopes, links and mailboxes."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "phase_stages",
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("rank", sa.Integer(), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("nominal_month", sa.String(length=7), nullable=False, comment="YYYY-MM"),
        sa.Column("started_on", sa.Date(), nullable=True, comment="null: no source gives the day"),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_phase_stages_phase_phases")),
        sa.PrimaryKeyConstraint("phase", "code", name=op.f("pk_phase_stages")),
    )
    op.create_table(
        "sources",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "author",
            sa.String(length=300),
            nullable=True,
            comment="a body or a public office, never a private person",
        ),
        sa.Column("published", sa.String(length=10), nullable=True, comment="YYYY, YYYY-MM or YYYY-MM-DD"),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column(
            "reference", sa.String(length=300), nullable=True, comment="site and number of the article, as cited"
        ),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sources")),
    )
    with op.batch_alter_table("sources", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sources_kind"), ["kind"], unique=False)

    op.create_table(
        "guides",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("guide_version", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=True),
        sa.Column("applicable_from", sa.Date(), nullable=False),
        sa.Column(
            "applicable_until", sa.Date(), nullable=True, comment="first day of the next known version; null: none"
        ),
        sa.Column("url", sa.String(length=2000), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_guides_phase_phases")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_guides_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_guides")),
        sa.UniqueConstraint("title", "guide_version", name=op.f("uq_guides_title_guide_version")),
    )
    with op.batch_alter_table("guides", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_guides_applicable_from"), ["applicable_from"], unique=False)

    op.create_table(
        "calendar_events",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=True),
        sa.Column(
            "precision",
            sa.String(length=10),
            nullable=False,
            comment="day, published (the day of the publication) or year",
        ),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=300), nullable=True),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("attendance", sa.JSON(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("first_day", sa.Date(), nullable=False, comment="first possible day: order of the calendar"),
        sa.Column("last_day", sa.Date(), nullable=False, comment="last possible day"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_calendar_events_phase_phases")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_calendar_events_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_events")),
    )
    with op.batch_alter_table("calendar_events", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_calendar_events_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_calendar_events_first_day"), ["first_day"], unique=False)

    op.create_table(
        "envelopes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("amount_cents", sa.BigInteger(), nullable=False),
        sa.Column("qualifier", sa.String(length=10), nullable=False),
        sa.Column("announced_on", sa.Date(), nullable=True, comment="null: no source gives the day"),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("source", sa.String(length=300), nullable=False),
        sa.Column("source_id", sa.Uuid(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["phase"], ["phases.code"], name=op.f("fk_envelopes_phase_phases")),
        sa.ForeignKeyConstraint(["source_id"], ["sources.id"], name=op.f("fk_envelopes_source_id_sources")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_envelopes")),
    )
    with op.batch_alter_table("envelopes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_envelopes_phase"), ["phase"], unique=False)

    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=True, comment="null: of the programme"),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("label", sa.String(length=300), nullable=False),
        sa.Column("url", sa.String(length=2000), nullable=False),
        sa.Column("checked_on", sa.Date(), nullable=True, comment="null: never checked"),
        sa.Column("is_alive", sa.Boolean(), nullable=True, comment="result of the check; null: never checked"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_links_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
    )
    with op.batch_alter_table("links", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_links_territory_key"), ["territory_key"], unique=False)

    op.create_table(
        "mailboxes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=300), nullable=False),
        sa.Column("organisation_siren", sa.String(length=9), nullable=False),
        sa.Column("address", sa.String(length=254), nullable=False),
        sa.Column("closed_on", sa.Date(), nullable=True, comment="first day without it; null: in use"),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_siren"], ["organisations.siren"], name=op.f("fk_mailboxes_organisation_siren_organisations")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailboxes")),
        sa.UniqueConstraint("address", "role", name=op.f("uq_mailboxes_address_role")),
    )
    with op.batch_alter_table("mailboxes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_mailboxes_organisation_siren"), ["organisation_siren"], unique=False)


def downgrade() -> None:
    for table in ("mailboxes", "links", "envelopes", "calendar_events", "guides", "sources", "phase_stages"):
        op.drop_table(table)
