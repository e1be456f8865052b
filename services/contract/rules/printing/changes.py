"""Differences between two texts, printed field by field."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from services.contract.rules.differences import TextDifference
from services.contract.rules.printing.blocks import NOTHING

MOST: Final = 1_200
"""Characters of a value that a cell shows; the attached JSON has the whole."""
PARTS: Final = {
    "title": "Titre", "starts_on": "Début", "ends_on": "Fin", "parties": "Parties", "project": "Projet de territoire",
    "themes": "Thèmes", "priorities": "Priorités", "commitments": "Engagements", "plan": "Plan d’actions",
    "actions": "Fiches actions", "refused_actions": "Fiches écartées", "links": "Autres dispositifs",
}  # fmt: skip
NAMES: Final = ("title", "name", "number", "organisation", "kind", "action_id")
"""Members that name an item, the most telling first."""


def change_rows(differences: Sequence[TextDifference]) -> list[tuple[str, str, str]]:
    """Return a row for each difference: the field, before, after."""
    return [(_place(each), _said(each.before), _said(each.after)) for each in differences]


def _place(difference: TextDifference) -> str:
    tokens = (difference.pointer or difference.earlier_pointer or "").strip("/").split("/")
    name = PARTS.get(tokens[0], tokens[0])
    key = f" « {next(iter(difference.key.values()))} »" if difference.key else ""
    rest = " / ".join(token for token in tokens[1:] if not token.isdigit())
    return f"{name}{key}{f' : {rest}' if rest else ''}"


def _said(value: Any) -> str:
    if value is None or value in ("", []):
        return NOTHING
    match value:
        case bool():
            said = "oui" if value else "non"
        case Mapping():
            named = next((str(value[name]) for name in NAMES if value.get(name)), None)
            said = named or json.dumps(value, ensure_ascii=False)
        case list():
            said = "\n".join(_said(each) for each in value)
        case _:
            said = str(value)
    return said[:MOST]
