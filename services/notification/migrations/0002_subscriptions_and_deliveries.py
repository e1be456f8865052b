"""Subscriptions and their deliveries."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


LAST_OF_EACH_SUBJECT = """
INSERT INTO journal_subjects (subject, sequence, territories, regions, organisations)
SELECT subject, sequence, territories, regions, organisations FROM journal
WHERE NOT EXISTS (
    SELECT 1 FROM journal AS later WHERE later.subject = journal.subject AND later.sequence > journal.sequence
)
"""


def upgrade() -> None:
    op.create_table(
        "journal_subjects",
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("organisations", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_journal_subjects")),
    )
    op.execute(LAST_OF_EACH_SUBJECT)
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.String(length=100), nullable=False),
        sa.Column("org", sa.String(length=9), nullable=True),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column(
            "only_territories",
            sa.JSON(none_as_null=True),
            nullable=True,
            comment="the claims of the token that made it: they keep narrowing",
        ),
        sa.Column("only_regions", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("header_names", sa.JSON(), nullable=False),
        sa.Column("sealed_headers", sa.LargeBinary(), nullable=True, comment="encrypted, as the secrets are"),
        sa.Column("description", sa.String(length=300), nullable=False),
        sa.Column(
            "types", sa.JSON(), nullable=False, comment="empty, as the other filters: all that its owner may see"
        ),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("operators", sa.JSON(), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("disabled_reason", sa.String(length=20), nullable=True),
        sa.Column("proof", sa.String(length=20), nullable=False),
        sa.Column("verified_at", sa.DateTime(timezone=True), nullable=True, comment="of this url; null: no proof yet"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "planned_to",
            sa.BigInteger(),
            nullable=False,
            comment="journal position up to which deliveries were planned",
        ),
        sa.Column(
            "last_round",
            sa.Integer(),
            nullable=False,
            comment="of its deliveries: 0 for the first time, then each replay and test",
        ),
        sa.Column("failing_since", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "handshake_due_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="when to ask the receiver again; null: not asked for",
        ),
        sa.Column("handshake_error", sa.String(length=500), nullable=True, comment="why the last handshake failed"),
        sa.Column(
            "challenge_digest",
            sa.LargeBinary(),
            nullable=True,
            comment="SHA-256 of the last challenge sent to this url; null: none is valid",
        ),
        sa.Column("challenge_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("challenge_tries", sa.Integer(), nullable=False, comment="wrong confirmations of this challenge"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriptions")),
    )
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscriptions_client_id"), ["client_id"], unique=False)
        batch_op.create_index("ix_subscriptions_handshake", ["handshake_due_at"], unique=False)
        batch_op.create_index(batch_op.f("ix_subscriptions_org"), ["org"], unique=False)
        batch_op.create_index("ix_subscriptions_planning", ["status", "planned_to"], unique=False)

    op.create_table(
        "deliveries",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.BigInteger(), nullable=True, comment="in the journal; null for a test"),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("event_id", sa.String(length=36), nullable=False),
        sa.Column("type", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=True, comment="of a test, which is in no journal"),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_try_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_deliveries_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint(
            "subscription_id", "position", "round", name=op.f("uq_deliveries_subscription_id_position_round")
        ),
    )
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.create_index(
            "ix_deliveries_due",
            ["subscription_id", "next_try_at"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.create_index("ix_deliveries_listed", ["subscription_id", "id"], unique=False)
        batch_op.create_index(
            "ix_deliveries_order",
            ["subscription_id", "subject", "id"],
            unique=False,
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.create_table(
        "replays",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("types", sa.JSON(), nullable=False, comment="empty: every type of the subscription"),
        sa.Column("planned_to", sa.BigInteger(), nullable=False),
        sa.Column("up_to", sa.BigInteger(), nullable=False, comment="the last position of the span"),
        sa.Column("deliveries", sa.Integer(), nullable=False, comment="planned so far"),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=True, comment="null: not yet to its end"),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_replays_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
        sa.UniqueConstraint("subscription_id", "round", name=op.f("uq_replays_subscription_id_round")),
    )
    with op.batch_alter_table("replays", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_replays_planned_at"), ["planned_at"], unique=False)

    op.create_table(
        "subscription_secrets",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["subscriptions.id"],
            name=op.f("fk_subscription_secrets_subscription_id_subscriptions"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription_secrets")),
    )
    with op.batch_alter_table("subscription_secrets", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_subscription_secrets_subscription_id"), ["subscription_id"], unique=False)

    op.create_table(
        "attempts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("delivery_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True, comment="of the HTTP answer; null: there was none"),
        sa.Column("error", sa.String(length=500), nullable=True),
        sa.Column("ms", sa.Integer(), nullable=False),
        sa.Column("response", sa.Text(), nullable=True, comment="its first 4 kB, as received"),
        sa.ForeignKeyConstraint(
            ["delivery_id"], ["deliveries.id"], name=op.f("fk_attempts_delivery_id_deliveries"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempts")),
        sa.UniqueConstraint("delivery_id", "number", name=op.f("uq_attempts_delivery_id_number")),
    )
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.create_index("ix_attempts_at", ["at"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("attempts", schema=None) as batch_op:
        batch_op.drop_index("ix_attempts_at")

    op.drop_table("attempts")
    with op.batch_alter_table("subscription_secrets", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_subscription_secrets_subscription_id"))

    op.drop_table("subscription_secrets")
    with op.batch_alter_table("replays", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_replays_planned_at"))

    op.drop_table("replays")
    with op.batch_alter_table("deliveries", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_deliveries_order",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )
        batch_op.drop_index("ix_deliveries_listed")
        batch_op.drop_index(
            "ix_deliveries_due",
            postgresql_where=sa.text("state = 'waiting'"),
            sqlite_where=sa.text("state = 'waiting'"),
        )

    op.drop_table("deliveries")
    with op.batch_alter_table("subscriptions", schema=None) as batch_op:
        batch_op.drop_index("ix_subscriptions_planning")
        batch_op.drop_index(batch_op.f("ix_subscriptions_org"))
        batch_op.drop_index("ix_subscriptions_handshake")
        batch_op.drop_index(batch_op.f("ix_subscriptions_client_id"))

    op.drop_table("subscriptions")
    op.drop_table("journal_subjects")
