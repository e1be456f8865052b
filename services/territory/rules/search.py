"""Texts by which organisations, territories and places are searched."""

from typing import Any

from services.territory.models import Organisation, Territory
from shared.storage.search import searchable, searchable_place


def organisation_text(organisation: Organisation) -> str:
    """Return the text of search of an organisation: every name that it has or had, and its SIREN."""
    others = [*organisation.aliases, *organisation.names]
    return searchable(
        organisation.name,
        *(other["name"] for other in others),
        codes=[organisation.siren],
        legal_types=["ept"] if organisation.kind == "ept" else [],
    )


def territory_text(territory: Territory) -> str:
    """Return the text of search of a territory. Its members are searched beside it."""
    return searchable(territory.name, codes=[territory.key, territory.code])


def place_text(row: dict[str, Any]) -> str:
    """Return the text of search of a row of the official geography: its name and codes."""
    codes = [code for name in ("code", "siren") if (code := row.get(name))]
    name = row["name"] or ""
    # Its 40,000 names would take ten seconds to stem, and have no plurals.
    if row.get("type") == "EPT":
        return searchable(name, codes=codes, legal_types=["ept"], stems=False)
    return searchable_place(name, codes)
