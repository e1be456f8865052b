"""Action sheets and contracts."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = ("service",)
depends_on = None


def upgrade() -> None:
    op.create_table(
        "actions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lead_territory", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("territories", sa.JSON(), nullable=False, comment="the lead first"),
        sa.Column("lead_regions", sa.JSON(), nullable=False, comment="those of the lead territory: they decide"),
        sa.Column("regions", sa.JSON(), nullable=False, comment="those of all its territories"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "search", sa.String(length=1000), nullable=False, comment="title and number, without accents or case"
        ),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("main_axis", sa.String(length=50), nullable=True),
        sa.Column("context", sa.Text(), nullable=True),
        sa.Column("issues", sa.JSON(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("carriers", sa.JSON(), nullable=False),
        sa.Column("partners", sa.JSON(), nullable=False),
        sa.Column("commitment", sa.String(length=20), nullable=True),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        sa.Column("planned_start", sa.Date(), nullable=True),
        sa.Column("planned_end", sa.Date(), nullable=True),
        sa.Column("milestones", sa.JSON(), nullable=False),
        sa.Column("opinions", sa.JSON(), nullable=False),
        sa.Column("decision_reason", sa.Text(), nullable=True, comment="of the last return or rejection"),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_actions")),
        sa.UniqueConstraint("lead_territory", "number", name=op.f("uq_actions_lead_territory_number")),
    )
    op.create_table(
        "contracts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("number", sa.String(length=10), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False, comment="those of the territory: each approves"),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column(
            "search", sa.String(length=1000), nullable=False, comment="title and number, without accents or case"
        ),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False, comment="theme to answer"),
        sa.Column("priorities", sa.JSON(), nullable=False),
        sa.Column("links", sa.JSON(), nullable=True, comment="null: not answered; empty: none"),
        sa.Column("actions", sa.JSON(), nullable=False, comment="ids of the attached action sheets"),
        sa.Column("approvals", sa.JSON(), nullable=False, comment="by Region"),
        sa.Column("decision_reason", sa.Text(), nullable=True, comment="of the last return or the cancellation"),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("content_sha256", sa.String(length=64), nullable=True),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("approved_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_contracts")),
        sa.UniqueConstraint("territory", "number", name=op.f("uq_contracts_territory_number")),
    )
    op.create_table(
        "plans",
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("last_action", sa.Integer(), nullable=False),
        sa.Column("last_contract", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("territory", name=op.f("pk_plans")),
    )
    op.create_table(
        "action_tags",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["actions.id"], name=op.f("fk_action_tags_object_id_actions"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "code", "object_id", name=op.f("pk_action_tags")),
    )
    with op.batch_alter_table("action_tags", schema=None) as batch_op:
        batch_op.create_index("ix_action_tags_object_id", ["object_id"], unique=False)

    op.create_table(
        "contract_tags",
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("code", sa.String(length=50), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["object_id"], ["contracts.id"], name=op.f("fk_contract_tags_object_id_contracts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("kind", "code", "object_id", name=op.f("pk_contract_tags")),
    )
    with op.batch_alter_table("contract_tags", schema=None) as batch_op:
        batch_op.create_index("ix_contract_tags_object_id", ["object_id"], unique=False)

    op.create_table(
        "frozen_contents",
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_frozen_contents_contract_id_contracts")
        ),
        sa.PrimaryKeyConstraint("contract_id", name=op.f("pk_frozen_contents")),
    )
    with op.batch_alter_table("frozen_contents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_frozen_contents_sha256"), ["sha256"], unique=False)

    op.create_table(
        "parties",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("contract_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("organisation", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=300), nullable=False, comment="as it was when the party was entered"),
        sa.Column("block", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("capacity", sa.String(length=300), nullable=False, comment="of its signatory"),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("required", sa.Boolean(), nullable=False),
        sa.Column("signed_on", sa.Date(), nullable=True),
        sa.Column("signed_as", sa.String(length=300), nullable=True, comment="capacity in which it was signed"),
        sa.Column("deliberation_reference", sa.String(length=300), nullable=True),
        sa.Column("deliberation_on", sa.Date(), nullable=True),
        sa.Column("declined_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decline_reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["contract_id"], ["contracts.id"], name=op.f("fk_parties_contract_id_contracts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_parties")),
        sa.UniqueConstraint("contract_id", "organisation", name=op.f("uq_parties_contract_id_organisation")),
    )


def downgrade() -> None:
    op.drop_table("parties")
    with op.batch_alter_table("frozen_contents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_frozen_contents_sha256"))

    op.drop_table("frozen_contents")
    with op.batch_alter_table("contract_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_contract_tags_object_id")

    op.drop_table("contract_tags")
    with op.batch_alter_table("action_tags", schema=None) as batch_op:
        batch_op.drop_index("ix_action_tags_object_id")

    op.drop_table("action_tags")
    op.drop_table("plans")
    op.drop_table("contracts")
    op.drop_table("actions")
