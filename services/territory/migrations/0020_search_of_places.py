"""Texts of search in which a SIREN is found as a whole alone. The geography is loaded again."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.migrations.search_texts import renew
from shared.storage.search import searchable

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    connection = op.get_bind()
    texts: dict[str, Any] = {"name": sa.String(), "kind": sa.String(), "aliases": sa.JSON(), "names": sa.JSON()}
    renew(connection, "organisations", ["siren"], _organisation, **texts)
    renew(connection, "territories", ["key"], _territory, code=sa.String(), name=sa.String())


# The former rule finds its words in the new texts too.
def downgrade() -> None:
    pass


def _organisation(row: Any) -> str:
    others = [other["name"] for other in (*row.aliases, *row.names)]
    legal_types = ["ept"] if row.kind == "ept" else []
    return searchable(row.name, *others, sirens=[row.siren], legal_types=legal_types, is_spelled=True)


def _territory(row: Any) -> str:
    return searchable(row.name, codes=[row.key, row.code], is_spelled=True)
