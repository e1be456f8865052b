"""Services and requests."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reference_versions",
        sa.Column("loaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("loaded_at", name=op.f("pk_reference_versions")),
    )
    op.create_table(
        "known_actions",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("main_axis", sa.String(length=50), nullable=False),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("carriers", sa.JSON(), nullable=False),
        sa.Column("partners", sa.JSON(), nullable=False),
        sa.Column("cost_cents", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_known_actions")),
    )
    op.create_table(
        "matchings",
        sa.Column("action_id", sa.Uuid(), nullable=False),
        sa.Column("title", sa.String(length=300), nullable=False),
        sa.Column("phase", sa.String(length=4), nullable=False),
        sa.Column("axes", sa.JSON(), nullable=False),
        sa.Column("territories", sa.JSON(), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column(
            "organisations", sa.JSON(), nullable=False, comment="carriers, partners and the operators of the matches"
        ),
        sa.Column("day", sa.Date(), nullable=False, comment="on which the services were on offer"),
        sa.Column("matched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("matches", sa.JSON(), nullable=False, comment="best first"),
        sa.Column("others", sa.JSON(), nullable=False, comment="those that were looked at and not retained"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("action_id", name=op.f("pk_matchings")),
    )
    op.create_table(
        "operators",
        sa.Column("siren", sa.String(length=9), nullable=False),
        sa.Column("initials", sa.String(length=6), nullable=False, comment="of the references of its requests"),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("brands", sa.JSON(), nullable=False),
        sa.Column("delays", sa.JSON(none_as_null=True), nullable=True, comment="null: those of the programme"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("siren", name=op.f("pk_operators")),
        sa.UniqueConstraint("initials", name=op.f("uq_operators_initials")),
    )
    op.create_table(
        "referents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("operator", sa.String(length=9), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False, comment="an opaque person"),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("mail", sa.String(length=254), nullable=True),
        sa.Column("phone", sa.String(length=40), nullable=True),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True, comment="the day on which the next one took over"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referents")),
    )
    with op.batch_alter_table("referents", schema=None) as batch_op:
        batch_op.create_index(
            "ix_referents_in_office",
            ["operator", "territory"],
            unique=True,
            postgresql_where=sa.text("until IS NULL"),
            sqlite_where=sa.text("until IS NULL"),
        )
        batch_op.create_index(batch_op.f("ix_referents_territory"), ["territory"], unique=False)

    op.create_table(
        "services",
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("service_version", sa.Integer(), nullable=False, comment="of what is offered; a withdrawal is none"),
        sa.Column("valid_from", sa.Date(), nullable=False, comment="the day from which this version speaks"),
        sa.Column("withdrawn_on", sa.Date(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawal_reason", sa.Text(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.String(length=9), nullable=True, comment="null: no organisation answers for it"),
        sa.Column("named", sa.String(length=100), nullable=False, comment="the operator, as the catalogue names it"),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("beneficiaries", sa.Text(), nullable=False),
        sa.Column("beneficiary_kinds", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("key_figures", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("precision", sa.String(length=4), nullable=False, comment="day or year: what the source says"),
        sa.Column("openness", sa.String(length=20), nullable=True, comment="null: no source says"),
        sa.Column("openness_words", sa.Text(), nullable=True),
        sa.Column("phases", sa.JSON(), nullable=False),
        sa.Column("threshold", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("basket", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False, comment="its texts, without accents or case"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_services")),
    )
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_services_operator"), ["operator"], unique=False)

    op.create_table(
        "shipped",
        sa.Column("collection", sa.String(length=50), nullable=False),
        sa.Column("code", sa.String(length=100), nullable=False),
        sa.Column("row", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("collection", "code", name=op.f("pk_shipped")),
    )
    op.create_table(
        "request_counters",
        sa.Column("operator", sa.String(length=9), nullable=False),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["operator"], ["operators.siren"], name=op.f("fk_request_counters_operator_operators")),
        sa.PrimaryKeyConstraint("operator", "year", name=op.f("pk_request_counters")),
    )
    op.create_table(
        "requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reference", sa.String(length=18), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("service", sa.String(length=11), nullable=False),
        sa.Column("service_version", sa.Integer(), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False, comment="of the service"),
        sa.Column("operator", sa.String(length=9), nullable=False),
        sa.Column("territory", sa.String(length=20), nullable=False),
        sa.Column("regions", sa.JSON(), nullable=False),
        sa.Column("action_id", sa.Uuid(), nullable=True),
        sa.Column("requester", sa.String(length=9), nullable=False),
        sa.Column("message", sa.Text(), nullable=True),
        sa.Column("status", sa.String(length=20), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True, comment="accepted, declined or redirected"),
        sa.Column("answer", sa.String(length=20), nullable=True, comment="accepted, declined or redirected"),
        sa.Column("concluded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("amount_cents", sa.BigInteger(), nullable=True, comment="what the operator brings, where it says"),
        sa.Column("reason", sa.Text(), nullable=True, comment="of its last step"),
        sa.Column("redirected_to", sa.String(length=9), nullable=True, comment="the operator that it went on to"),
        sa.Column("redirected_as", sa.Uuid(), nullable=True, comment="the request that it went on as"),
        sa.Column("redirected_from", sa.Uuid(), nullable=True, comment="the request that went on as this one"),
        sa.Column("acknowledge_by", sa.Date(), nullable=False),
        sa.Column("answer_by", sa.Date(), nullable=False),
        sa.Column("conclude_by", sa.Date(), nullable=False),
        sa.Column("notified_late", sa.JSON(), nullable=False, comment="the deadlines whose passing was told"),
        sa.Column(
            "watch_from",
            sa.Date(),
            nullable=True,
            comment="the day after the next deadline whose passing is to be told; null when there is none",
        ),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["operator"], ["operators.siren"], name=op.f("fk_requests_operator_operators")),
        sa.ForeignKeyConstraint(["service"], ["services.code"], name=op.f("fk_requests_service_services")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
        sa.UniqueConstraint("operator", "year", "number", name=op.f("uq_requests_operator_year_number")),
        sa.UniqueConstraint("reference", name=op.f("uq_requests_reference")),
    )
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_requests_action_id"), ["action_id"], unique=False)
        batch_op.create_index("ix_requests_operator", ["operator", "status"], unique=False)
        batch_op.create_index(batch_op.f("ix_requests_status"), ["status"], unique=False)
        batch_op.create_index(batch_op.f("ix_requests_territory"), ["territory"], unique=False)
        batch_op.create_index(batch_op.f("ix_requests_watch_from"), ["watch_from"], unique=False)

    op.create_table(
        "service_versions",
        sa.Column("code", sa.String(length=11), nullable=False),
        sa.Column("service_version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_until", sa.Date(), nullable=True, comment="the last day; null for the present version"),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("operator", sa.String(length=9), nullable=True, comment="null: no organisation answers for it"),
        sa.Column("named", sa.String(length=100), nullable=False, comment="the operator, as the catalogue names it"),
        sa.Column("name", sa.String(length=300), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("beneficiaries", sa.Text(), nullable=False),
        sa.Column("beneficiary_kinds", sa.JSON(), nullable=False),
        sa.Column("description", sa.Text(), nullable=False),
        sa.Column("key_figures", sa.Text(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("precision", sa.String(length=4), nullable=False, comment="day or year: what the source says"),
        sa.Column("openness", sa.String(length=20), nullable=True, comment="null: no source says"),
        sa.Column("openness_words", sa.Text(), nullable=True),
        sa.Column("phases", sa.JSON(), nullable=False),
        sa.Column("threshold", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("basket", sa.String(length=20), nullable=False),
        sa.Column("confidence", sa.String(length=10), nullable=False),
        sa.Column("source", sa.Text(), nullable=True),
        sa.Column("search", sa.Text(), nullable=False, comment="its texts, without accents or case"),
        sa.ForeignKeyConstraint(["code"], ["services.code"], name=op.f("fk_service_versions_code_services")),
        sa.PrimaryKeyConstraint("code", "service_version", name=op.f("pk_service_versions")),
    )
    with op.batch_alter_table("service_versions", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_service_versions_operator"), ["operator"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("service_versions", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_service_versions_operator"))

    op.drop_table("service_versions")
    with op.batch_alter_table("requests", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_requests_watch_from"))
        batch_op.drop_index(batch_op.f("ix_requests_territory"))
        batch_op.drop_index(batch_op.f("ix_requests_status"))
        batch_op.drop_index("ix_requests_operator")
        batch_op.drop_index(batch_op.f("ix_requests_action_id"))

    op.drop_table("requests")
    op.drop_table("request_counters")
    op.drop_table("shipped")
    with op.batch_alter_table("services", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_services_operator"))

    op.drop_table("services")
    with op.batch_alter_table("referents", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_referents_territory"))
        batch_op.drop_index(
            "ix_referents_in_office", postgresql_where=sa.text("until IS NULL"), sqlite_where=sa.text("until IS NULL")
        )

    op.drop_table("referents")
    op.drop_table("operators")
    op.drop_table("matchings")
    op.drop_table("known_actions")
    op.drop_table("reference_versions")
