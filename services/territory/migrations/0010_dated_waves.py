"""Territories keep each of their waves, with its first day and its source."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Without a batch: SQLite would make the table anew, and the rows that refer to it do not allow it.
    op.add_column(
        "territories",
        sa.Column(
            "waves",
            sa.JSON(),
            nullable=False,
            server_default=sa.text("'[]'"),
            comment="in the order of their first days, unknown first",
        ),
    )
    op.add_column(
        "territories",
        sa.Column(
            "is_named_pilot",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="the reference data name it a pilot territory, without a day",
        ),
    )
    _keep_the_last_wave()


def downgrade() -> None:
    op.drop_column("territories", "is_named_pilot")
    op.drop_column("territories", "waves")


def _keep_the_last_wave() -> None:
    """Move the wave that is known into the waves, after the one that the reference data give a pilot territory."""
    territories = sa.table(
        "territories",
        sa.column("key"),
        sa.column("wave"),
        sa.column("wave_from", sa.Date()),
        sa.column("wave_source"),
        sa.column("is_pilot", sa.Boolean()),
        sa.column("pilot_source"),
        sa.column("waves", sa.JSON()),
        sa.column("is_named_pilot", sa.Boolean()),
    )
    shipped = sa.table("shipped", sa.column("collection"), sa.column("code"), sa.column("row", sa.JSON()))
    connection = op.get_bind()
    rows = connection.execute(sa.select(shipped.c.code, shipped.c.row).where(shipped.c.collection == "territories"))
    named = {row.code: row.row["pilot_source"] for row in rows if row.row.get("is_pilot") is True}
    for row in connection.execute(sa.select(territories)).mappings().all():
        since = row["wave_from"].isoformat() if row["wave_from"] else None
        waves = [{"wave": row["wave"], "since": since, "source": row["wave_source"]}] if row["wave"] else []
        change: dict[str, Any] = {"waves": waves}
        if row["key"] in named:
            source = named[row["key"]]
            # A later wave took the place of the documented one.
            documented = [{"wave": "pilot", "since": None, "source": source}] if since or not waves else []
            change = {
                "waves": [*documented, *waves],
                "is_named_pilot": True,
                "is_pilot": True,
                "pilot_source": source,
            }
        if waves or len(change) > 1:
            connection.execute(territories.update().where(territories.c.key == row["key"]).values(**change))
