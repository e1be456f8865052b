"""Other schemes of the State, and the communes that their perimeters cover."""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schemes",
        sa.Column("code", sa.String(length=20), nullable=False),
        sa.Column("acronym", sa.String(length=50), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False, comment="contract, programme, zone or site"),
        sa.Column("level", sa.String(length=50), nullable=False, comment="of its perimeters, as the source says"),
        sa.Column("first_year", sa.Integer(), nullable=True),
        sa.Column(
            "ends", sa.String(length=10), nullable=True, comment="year or day, as the source says; null: not said"
        ),
        sa.Column("state_of", sa.String(length=10), nullable=False, comment="year or day of the list of perimeters"),
        sa.Column("perimeter_count", sa.Integer(), nullable=False),
        sa.Column("licence", sa.String(length=300), nullable=False),
        sa.Column("source", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_schemes")),
    )
    op.create_table(
        "scheme_perimeters",
        sa.Column("scheme_code", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=1000), nullable=False),
        sa.Column("name", sa.String(length=1000), nullable=True, comment="null: the source names none"),
        sa.Column("level", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=100), nullable=True, comment="as the source says"),
        sa.Column("signed_on", sa.Date(), nullable=True, comment="null: not known"),
        sa.Column("commune_count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["scheme_code"], ["schemes.code"], name=op.f("fk_scheme_perimeters_scheme_code_schemes")
        ),
        sa.PrimaryKeyConstraint("scheme_code", "code", name=op.f("pk_scheme_perimeters")),
    )
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "perimeters",
                sa.JSON(),
                server_default="[]",
                nullable=False,
                comment="perimeters of other schemes that cover it: scheme/code",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("communes", schema=None) as batch_op:
        batch_op.drop_column("perimeters")
    op.drop_table("scheme_perimeters")
    op.drop_table("schemes")
