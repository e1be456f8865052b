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
        sirens=[organisation.siren],
        legal_types=["ept"] if organisation.kind == "ept" else [],
        is_spelled=True,
    )


def territory_text(territory: Territory) -> str:
    """Return the text of search of a territory. Its members and départements are searched beside it."""
    return searchable(territory.name, codes=[territory.key, territory.code], is_spelled=True)


def place_text(row: dict[str, Any]) -> str:
    """Return the text of search of a row of the official geography: its names, codes and départements."""
    codes = [row["code"]] if row.get("code") else []
    return searchable_place(
        row["name"] or "",
        *row.get("other_names", ()),
        codes=[*codes, *row.get("other_codes", ())],
        sirens=[row["siren"]] if row.get("siren") else [],
        departements=row.get("departement_codes") or [row["departement_code"]],
        legal_types=["ept"] if row.get("type") == "EPT" else [],
    )
