"""Texts of search by the new rule, and an index of those of the sheets on PostgreSQL."""

import sqlalchemy as sa
from alembic import op

from services.contract.rules.search import search_text
from shared.storage.migrations.search_texts import renew

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

LEXEMES = "array_to_tsvector(string_to_array(btrim(CAST(search AS TEXT)), ' '))"


def upgrade() -> None:
    connection = op.get_bind()
    for table in ("actions", "contracts"):
        renew(
            connection,
            table,
            ["id"],
            lambda row: search_text(row.number, row.title),
            number=sa.String(),
            title=sa.String(),
        )
    if connection.dialect.name == "postgresql":
        op.create_index("ix_actions_search", "actions", [sa.text(LEXEMES)], postgresql_using="gin")


# The former rule finds its words in the new texts too.
def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_actions_search", "actions")
