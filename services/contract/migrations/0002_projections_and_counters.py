"""Tables of the projections and the counters."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "declared_figures",
        sa.Column("figure_id", sa.Uuid(), nullable=False),
        sa.Column("metric", sa.String(length=300), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("figure_id", name=op.f("pk_declared_figures")),
    )
    with op.batch_alter_table("declared_figures", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_declared_figures_metric"), ["metric"], unique=False)

    op.create_table(
        "known_committees",
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("territory", sa.String(length=20), nullable=True),
        sa.PrimaryKeyConstraint("committee_id", name=op.f("pk_known_committees")),
    )
    op.create_table(
        "known_decisions",
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=30), nullable=False),
        sa.Column("outcome", sa.String(length=20), nullable=False),
        sa.Column("reference", sa.String(length=300), nullable=False),
        sa.Column("decided_on", sa.Date(), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("decision_id", name=op.f("pk_known_decisions")),
    )
    op.create_table(
        "known_members",
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("entered_on", sa.Date(), nullable=True),
        sa.Column("left_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("territory", "position", name=op.f("pk_known_members")),
    )
    with op.batch_alter_table("known_members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_members_siren"), ["siren"], unique=False)

    op.create_table(
        "known_organisations",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=True),
        sa.Column("successor", sa.String(length=9), nullable=True),
        sa.Column("synthetic", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_known_organisations")),
    )
    op.create_table(
        "known_pilots",
        sa.Column("pilot_id", sa.Uuid(), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("capacity", sa.String(length=20), nullable=False),
        sa.Column("organisation", sa.String(length=9), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.PrimaryKeyConstraint("pilot_id", name=op.f("pk_known_pilots")),
    )
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_pilots_organisation"), ["organisation"], unique=False)
        batch_op.create_index(batch_op.f("ix_known_pilots_territory"), ["territory"], unique=False)

    op.create_table(
        "known_territories",
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("code", sa.String(length=10), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False, comment="the lead Region first"),
        sa.Column("departements", sa.JSON(), nullable=False),
        sa.Column("designated_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_known_territories")),
    )
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_known_territories_code"), ["code"], unique=False)

    op.create_table(
        "story_lines",
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column(
            "kind", sa.String(length=20), nullable=False, comment="action, contract, party, designation or governance"
        ),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("axis", sa.String(length=50), nullable=False),
        sa.PrimaryKeyConstraint("subject", "sequence", name=op.f("pk_story_lines")),
    )
    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_story_lines_territory"), ["territory"], unique=False)

    op.create_table(
        "tallies",
        sa.Column("grain", sa.String(length=5), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=50), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("region", sa.String(length=2), nullable=False, comment="empty for the nation"),
        sa.Column("axis", sa.String(length=50), nullable=False, comment="empty where it has no meaning"),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("grain", "start", "measure", "phase", "region", "axis", name=op.f("pk_tallies")),
    )


def downgrade() -> None:
    op.drop_table("tallies")
    with op.batch_alter_table("story_lines", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_story_lines_territory"))

    op.drop_table("story_lines")
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_territories_code"))

    op.drop_table("known_territories")
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_pilots_territory"))
        batch_op.drop_index(batch_op.f("ix_known_pilots_organisation"))

    op.drop_table("known_pilots")
    op.drop_table("known_organisations")
    with op.batch_alter_table("known_members", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_known_members_siren"))

    op.drop_table("known_members")
    op.drop_table("known_decisions")
    op.drop_table("known_committees")
    with op.batch_alter_table("declared_figures", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_declared_figures_metric"))

    op.drop_table("declared_figures")
