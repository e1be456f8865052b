"""Protocols beside contracts; the project, the priorities, the commitments and the plan of a contract."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

PROJECT: dict[str, Any] = {"diagnosis": None, "ambitions": None, "issues": []}
WITH_DEFAULT = {"kind": sa.String(length=20), "project": sa.JSON(), "commitments": sa.JSON()}


def _new() -> list[sa.Column[Any]]:
    return [
        sa.Column("kind", sa.String(length=20), nullable=False, server_default="contract"),
        sa.Column("protocol_id", sa.Uuid(), nullable=True, comment="protocol that announced the contract"),
        sa.Column(
            "replaces",
            sa.Uuid(),
            nullable=True,
            comment="contract of the same days that ends when this one is signed",
        ),
        sa.Column(
            "complements", sa.Uuid(), nullable=True, comment="contract of the same days that stays beside this one"
        ),
        sa.Column("project", sa.JSON(), nullable=False, server_default=json.dumps(PROJECT)),
        sa.Column("commitments", sa.JSON(), nullable=False, server_default="[]"),
        sa.Column("approved_on", sa.Date(), nullable=True, comment="day of the last decision that approved it"),
    ]


def upgrade() -> None:
    with op.batch_alter_table("contracts") as batch_op:
        batch_op.alter_column("number", existing_type=sa.String(10), type_=sa.String(20), existing_nullable=False)
        batch_op.alter_column(
            "actions",
            new_column_name="plan",
            existing_type=sa.JSON(),
            existing_nullable=False,
            existing_comment="ids of the attached action sheets",
            comment="action sheets, proposed, retained or refused",
        )
        batch_op.alter_column(
            "themes", existing_type=sa.JSON(), existing_nullable=False, comment=None, existing_comment="theme to answer"
        )
        batch_op.alter_column("priorities", existing_type=sa.JSON(), existing_nullable=False, comment="in their order")
        for column in _new():
            batch_op.add_column(column)
        for name in ("protocol_id", "replaces", "complements"):
            batch_op.create_foreign_key(f"fk_contracts_{name}_contracts", "contracts", [name], ["id"])
    _rewrite(_upgraded)
    with op.batch_alter_table("contracts") as batch_op:
        for name, kind in WITH_DEFAULT.items():
            batch_op.alter_column(name, existing_type=kind, existing_nullable=False, server_default=None)
    with op.batch_alter_table("parties") as batch_op:
        batch_op.add_column(
            sa.Column("label", sa.String(length=300), nullable=True, comment="kind of a party of kind other, in words")
        )
    with op.batch_alter_table("plans") as batch_op:
        batch_op.add_column(sa.Column("last_protocol", sa.Integer(), nullable=False, server_default="0"))
    with op.batch_alter_table("plans") as batch_op:
        batch_op.alter_column("last_protocol", existing_type=sa.Integer(), existing_nullable=False, server_default=None)


def downgrade() -> None:
    with op.batch_alter_table("plans") as batch_op:
        batch_op.drop_column("last_protocol")
    with op.batch_alter_table("parties") as batch_op:
        batch_op.drop_column("label")
    _rewrite(_downgraded)
    with op.batch_alter_table("contracts") as batch_op:
        for name in ("protocol_id", "replaces", "complements"):
            batch_op.drop_constraint(f"fk_contracts_{name}_contracts", type_="foreignkey")
        for column in _new():
            batch_op.drop_column(column.name)
        batch_op.alter_column("priorities", existing_type=sa.JSON(), existing_nullable=False, comment=None)
        batch_op.alter_column("themes", existing_type=sa.JSON(), existing_nullable=False, comment="theme to answer")
        batch_op.alter_column(
            "plan",
            new_column_name="actions",
            existing_type=sa.JSON(),
            existing_nullable=False,
            existing_comment="action sheets, proposed, retained or refused",
            comment="ids of the attached action sheets",
        )
        batch_op.alter_column("number", existing_type=sa.String(20), type_=sa.String(10), existing_nullable=False)


def _rewrite(converted: Any) -> None:
    """Give each contract the form of its texts on the other side of this revision."""
    names = ("plan", "themes", "priorities")
    table = sa.table("contracts", sa.column("id", sa.Uuid()), *(sa.column(name, sa.JSON()) for name in names))
    for row in op.get_bind().execute(sa.select(table)).mappings().all():
        values = converted(row)
        op.get_bind().execute(sa.update(table).where(table.c.id == row["id"]).values(values))


def _upgraded(row: Any) -> dict[str, Any]:
    themes = row["themes"] or {}
    return {
        "plan": [{"action_id": action, "state": "retained", "reason": None} for action in row["plan"]],
        "themes": {
            "ambitions": themes.get("ambitions"),
            "attractiveness": {"people": themes.get("attractiveness"), "businesses": None},
            "skills": themes.get("skills"),
            "animation": {"text": themes.get("animation"), "schemes": [], "facilitator": None},
            "simplification": themes.get("simplification"),
        },
        "priorities": [{"title": title, "carriers": [], "actions": []} for title in row["priorities"]],
    }


def _downgraded(row: Any) -> dict[str, Any]:
    themes = row["themes"]
    answers = {
        "ambitions": themes["ambitions"],
        "attractiveness": themes["attractiveness"]["people"],
        "skills": themes["skills"],
        "animation": themes["animation"]["text"],
        "simplification": themes["simplification"],
    }
    return {
        "plan": [entry["action_id"] for entry in row["plan"] if entry["state"] != "refused"],
        "themes": {theme: answer for theme, answer in answers.items() if answer},
        "priorities": [priority["title"] for priority in row["priorities"]],
    }
