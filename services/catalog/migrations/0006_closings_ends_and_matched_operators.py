"""Closing of territories, end of organisations; operators of the matches apart from whom a matching concerns."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OLD = "organisations that the action names, and the operators of the matches"
NEW = "organisations that the action names"


# Filled by the events that come, and for those of the past by a rebuild.
def upgrade() -> None:
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("closed_on", sa.Date(), nullable=True, comment="first day out of the programme; null: in it")
        )
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "valid_to",
                sa.String(length=10),
                nullable=True,
                comment="last day, month or year; null: in being, or not known",
            )
        )
    with op.batch_alter_table("matchings", schema=None) as batch_op:
        batch_op.alter_column("organisations", existing_type=sa.JSON(), existing_comment=OLD, comment=NEW)
        batch_op.add_column(
            sa.Column(
                "operators",
                sa.JSON(),
                nullable=False,
                server_default=sa.text("'[]'"),
                comment="operators of the matches",
            )
        )
    _part_operators()


def _part_operators() -> None:
    """Take the operators of the matches out of those whom a matching concerns, now and in the past."""
    connection = op.get_bind()
    matchings = _table("matchings", "action_id", matches=sa.JSON, organisations=sa.JSON, operators=sa.JSON)
    actions = _table("known_actions", "action_id", carriers=sa.JSON, partners=sa.JSON)
    history = _table("history", "id", "collection", "object_id", state=sa.JSON, organisations=sa.JSON)
    named = {
        str(row.action_id).replace("-", ""): {*row.carriers, *row.partners}
        for row in connection.execute(sa.select(actions))
    }
    for row in connection.execute(sa.select(matchings)).all():
        operators = _operators(row.matches)
        kept = _without(row.organisations, operators, named.get(str(row.action_id).replace("-", ""), ()))
        connection.execute(
            matchings.update()
            .where(matchings.c.action_id == row.action_id)
            .values(operators=operators, organisations=kept)
        )
    for row in connection.execute(sa.select(history).where(history.c.collection == "matchings")).all():
        kept = _without(
            row.organisations, _operators(row.state["matches"]), named.get(row.object_id.replace("-", ""), ())
        )
        connection.execute(history.update().where(history.c.id == row.id).values(organisations=kept))


def _table(name: str, *columns: str, **typed: Any) -> sa.TableClause:
    return sa.table(name, *(sa.column(each) for each in columns), *(sa.column(*each) for each in typed.items()))


def _operators(matches: Sequence[Any]) -> list[str]:
    return list(dict.fromkeys(match["operator"] for match in matches if match["operator"]))


def _without(organisations: Sequence[str], operators: Collection[str], named: Collection[str]) -> list[str]:
    return [siren for siren in organisations if siren in named or siren not in operators]


def downgrade() -> None:
    with op.batch_alter_table("matchings", schema=None) as batch_op:
        batch_op.drop_column("operators")
        batch_op.alter_column("organisations", existing_type=sa.JSON(), existing_comment=NEW, comment=OLD)
    with op.batch_alter_table("known_organisations", schema=None) as batch_op:
        batch_op.drop_column("valid_to")
    with op.batch_alter_table("known_territories", schema=None) as batch_op:
        batch_op.drop_column("closed_on")
