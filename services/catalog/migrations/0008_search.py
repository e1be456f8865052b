"""Texts of search of services by the new rule; other names of organisations, by which their services are found."""

from typing import Any

import sqlalchemy as sa
from alembic import op

from shared.storage.migrations.search_texts import renew
from shared.storage.search import searchable

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

TEXTS = ("name", "named", "beneficiaries", "description", "key_figures")


# Other names are filled by the events that come, and for those of the past by a rebuild.
def upgrade() -> None:
    op.add_column("known_organisations", sa.Column("aliases", sa.JSON(), nullable=False, server_default="[]"))
    texts: dict[str, Any] = dict.fromkeys(TEXTS, sa.Text())
    renew(op.get_bind(), "services", ["code"], _text, **texts)
    renew(op.get_bind(), "service_versions", ["code", "service_version"], _text, **texts)


def downgrade() -> None:
    op.drop_column("known_organisations", "aliases")


def _text(row: Any) -> str:
    texts = [row.beneficiaries, row.description, row.key_figures or ""]
    return searchable(row.name, row.named, codes=[row.code], texts=texts)
