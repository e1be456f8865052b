"""Rights of clients with subscriptions, by their newest token."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "client_rights",
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("sub", sa.String(length=200), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("org", sa.String(length=9), nullable=True),
        sa.Column("only_territories", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("only_regions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("issued_at", sa.BigInteger(), nullable=True, comment="Unix time of the token; null: it says none"),
        sa.PrimaryKeyConstraint("client_id", "sub", name=op.f("pk_client_rights")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "sub",
                sa.String(length=200),
                nullable=True,
                comment="subject of the token that made it; null: the client itself",
            )
        )


def downgrade() -> None:
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_column("sub")
    op.drop_table("client_rights")
