"""State referents; seats of committees; départements and former names of organisations."""

from uuid import uuid4

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "departement_codes",
                sa.JSON(),
                nullable=False,
                server_default="[]",
                comment="of a département, if known",
            )
        )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.alter_column(
            "departement_codes",
            existing_type=sa.JSON(),
            existing_nullable=False,
            existing_comment="of a département, if known",
            server_default=None,
        )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("names", sa.JSON(), nullable=False, server_default="[]", comment="former ones, the oldest first")
        )
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.alter_column(
            "names",
            existing_type=sa.JSON(),
            existing_nullable=False,
            existing_comment="former ones, the oldest first",
            server_default=None,
        )
    op.create_table(
        "state_referents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_siren", sa.String(length=9), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="first day out of office; null: in office"),
        sa.ForeignKeyConstraint(
            ["organisation_siren"],
            ["organisations.siren"],
            name=op.f("fk_state_referents_organisation_siren_organisations"),
        ),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_state_referents_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_state_referents")),
    )
    with op.batch_alter_table("state_referents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_state_referents_organisation_siren"), ["organisation_siren"], unique=False)
        batch_op.create_index(batch_op.f("ix_state_referents_territory_key"), ["territory_key"], unique=False)
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("dissolved_on", sa.Date(), nullable=True, comment="first day without it; null: in being")
        )
    seats = op.create_table(
        "committee_seats",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("committee_id", sa.Uuid(), nullable=False),
        sa.Column("organisation_siren", sa.String(length=9), nullable=False),
        sa.Column("capacity", sa.String(length=10), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="first day without the seat; null: it sits"),
        sa.ForeignKeyConstraint(
            ["committee_id"], ["committees.id"], name=op.f("fk_committee_seats_committee_id_committees")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_siren"],
            ["organisations.siren"],
            name=op.f("fk_committee_seats_organisation_siren_organisations"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_committee_seats")),
    )
    with op.batch_alter_table("committee_seats", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_committee_seats_committee_id"), ["committee_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_committee_seats_organisation_siren"), ["organisation_siren"], unique=False)
    # A committee of before has its chair's seat since its first day.
    committees = sa.table(
        "committees",
        sa.column("id", sa.Uuid()),
        sa.column("chair_siren", sa.String()),
        sa.column("established_on", sa.Date()),
    )
    for committee in op.get_bind().execute(sa.select(committees)).all():
        op.execute(
            seats.insert().values(
                id=uuid4(),
                committee_id=committee.id,
                organisation_siren=committee.chair_siren,
                capacity="chair",
                since=committee.established_on,
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("committee_seats", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_committee_seats_organisation_siren"))
        batch_op.drop_index(batch_op.f("ix_committee_seats_committee_id"))

    op.drop_table("committee_seats")
    with op.batch_alter_table("committees", schema=None) as batch_op:
        batch_op.drop_column("dissolved_on")
    with op.batch_alter_table("state_referents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_state_referents_territory_key"))
        batch_op.drop_index(batch_op.f("ix_state_referents_organisation_siren"))

    op.drop_table("state_referents")
    with op.batch_alter_table("organisations", schema=None) as batch_op:
        batch_op.drop_column("names")
        batch_op.drop_column("departement_codes")
