"""Mandates with their end; on sheets, decisions of Regions, confidential fields and asked operators."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

COLUMNS = {
    "confidential": ("[]", "names of fields that operators may not read unless the sheet names them"),
    "asked_operators": ("[]", "SIREN of operators that were asked for help"),
    "decisions": ("{}", "by Region, since the last submission"),
}


def upgrade() -> None:
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("until", sa.Date(), nullable=True, comment="first day out of office; null: no end is known")
        )
    with op.batch_alter_table("actions", schema=None) as batch_op:
        for name, (empty, comment) in COLUMNS.items():
            batch_op.add_column(
                sa.Column(name, sa.JSON(), nullable=False, server_default=sa.text(f"'{empty}'"), comment=comment)
            )
    _name_asked_operators()
    # A submitted sheet concerns every operator; the history of the time before did not say so.
    state = (
        "state ->> 'submitted_at'"
        if op.get_bind().dialect.name == "postgresql"
        else ("json_extract(state, '$.submitted_at')")
    )
    op.execute(f"UPDATE history SET operators = true WHERE collection = 'actions' AND {state} IS NOT NULL")  # noqa: S608


def _name_asked_operators() -> None:
    connection = op.get_bind()
    actions = sa.table("actions", *(sa.column(name) for name in ("id", "lead_territory", "number", "asked_operators")))
    requests = sa.table("known_requests", sa.column("action_id"), sa.column("operator"))
    tags = sa.table(
        "action_tags", *(sa.column(name) for name in ("kind", "code", "object_id", "lead_territory", "number"))
    )
    asked = sa.select(actions.c.id, actions.c.lead_territory, actions.c.number, requests.c.operator).join(
        requests, requests.c.action_id == actions.c.id
    )
    operators: dict[object, list[str]] = {}
    rows = connection.execute(asked.distinct().order_by(actions.c.id, requests.c.operator)).all()
    for row in rows:
        operators.setdefault(row.id, []).append(row.operator)
        tag = {"kind": "organisation", "code": row.operator, "object_id": row.id}
        is_known = sa.select(tags.c.kind).where(*(tags.c[name] == value for name, value in tag.items()))
        if connection.execute(is_known).first() is None:
            connection.execute(tags.insert().values(**tag, lead_territory=row.lead_territory, number=row.number))
    for key, sirens in operators.items():
        connection.execute(
            sa.text("UPDATE actions SET asked_operators = :asked WHERE id = :id").bindparams(
                sa.bindparam("asked", type_=sa.JSON()), id=key
            ),
            {"asked": sirens},
        )


def downgrade() -> None:
    with op.batch_alter_table("actions", schema=None) as batch_op:
        for name in COLUMNS:
            batch_op.drop_column(name)
    with op.batch_alter_table("known_pilots", schema=None) as batch_op:
        batch_op.drop_column("until")
