"""Territories on each day: designation, closing, wave, geography of members, perimeter requests."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

EMPTY_GEOGRAPHY = sa.text("""'{"within": [], "areas": []}'""")


def upgrade() -> None:
    with op.batch_alter_table("phases", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("listed_on", sa.Date(), nullable=True, comment="day of the list that names all its territories")
        )
        batch_op.add_column(sa.Column("list_source", sa.Text(), nullable=True))

    with op.batch_alter_table("outlines", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "members",
                sa.JSON(),
                nullable=False,
                server_default=sa.text("'[]'"),
                comment="SIRENs of the members of a territory",
            )
        )
    with op.batch_alter_table("outlines", schema=None) as batch_op:
        batch_op.alter_column("members", server_default=None, existing_type=sa.JSON(), existing_nullable=False)

    with op.batch_alter_table("territories", schema=None) as batch_op:
        batch_op.alter_column(
            "designated_on", existing_type=sa.Date(), existing_nullable=True, comment="null: not known"
        )
        batch_op.add_column(
            sa.Column("designation_reference", sa.String(length=300), nullable=True, comment="of the decision")
        )
        batch_op.add_column(sa.Column("criteria", sa.Text(), nullable=True, comment="grounds of the selection"))
        batch_op.add_column(
            sa.Column("closed_on", sa.Date(), nullable=True, comment="first day out of the programme; null: in it")
        )
        batch_op.add_column(sa.Column("wave", sa.String(length=20), nullable=True, comment="null: not known"))
        batch_op.add_column(sa.Column("wave_from", sa.Date(), nullable=True, comment="null: not known"))
        batch_op.add_column(sa.Column("wave_source", sa.Text(), nullable=True))

    # The load that follows each migration fills it for every membership.
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.add_column(sa.Column("geography", sa.JSON(), nullable=False, server_default=EMPTY_GEOGRAPHY))
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.alter_column("geography", server_default=None, existing_type=sa.JSON(), existing_nullable=False)

    op.create_table(
        "perimeter_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory_key", sa.String(length=12), nullable=False),
        sa.Column("enters", sa.JSON(), nullable=False),
        sa.Column("leaves", sa.JSON(), nullable=False),
        sa.Column("wished_on", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False, comment="open, decided, effective or withdrawn"),
        sa.Column("outcome", sa.String(length=20), nullable=True, comment="accepted or refused; null: not decided"),
        sa.Column("regions", sa.JSON(), nullable=False, comment="régions whose committees decide"),
        sa.Column("decisions", sa.JSON(), nullable=False, comment="the last one of each région"),
        sa.Column("requested_by", sa.String(length=9), nullable=True),
        sa.Column("effective_on", sa.Date(), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["territory_key"], ["territories.key"], name=op.f("fk_perimeter_requests_territory_key_territories")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_perimeter_requests")),
    )
    with op.batch_alter_table("perimeter_requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_perimeter_requests_state"), ["state"], unique=False)
        batch_op.create_index(batch_op.f("ix_perimeter_requests_territory_key"), ["territory_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("perimeter_requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_perimeter_requests_territory_key"))
        batch_op.drop_index(batch_op.f("ix_perimeter_requests_state"))

    op.drop_table("perimeter_requests")
    with op.batch_alter_table("memberships", schema=None) as batch_op:
        batch_op.drop_column("geography")

    with op.batch_alter_table("territories", schema=None) as batch_op:
        batch_op.drop_column("wave_source")
        batch_op.drop_column("wave_from")
        batch_op.drop_column("wave")
        batch_op.drop_column("closed_on")
        batch_op.drop_column("criteria")
        batch_op.drop_column("designation_reference")

    with op.batch_alter_table("outlines", schema=None) as batch_op:
        batch_op.drop_column("members")

    with op.batch_alter_table("phases", schema=None) as batch_op:
        batch_op.drop_column("list_source")
        batch_op.drop_column("listed_on")
