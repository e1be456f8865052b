"""Queries on places: a number beside words is a département, and the kind of place need not be said."""

import re
from collections.abc import Sequence
from typing import Final

from shared.storage.search import Sought, Term, said, significant

KINDS: Final[dict[str, tuple[str, ...]]] = {
    "regions": ("région", "conseil régional", "ancienne région"),
    "departements": ("département", "conseil départemental", "dépt", "dpt"),
    "epcis": ("intercommunalité", "EPCI"),
    "epts": (),
    "employment_zones": ("zone d'emploi", "zones d'emploi", "bassin d'emploi"),
    "communes": ("commune", "ville", "mairie", "municipalité", "village"),
    "commune_parts": (
        "commune déléguée",
        "commune associée",
        "ancienne commune",
        "commune",
        "ville",
        "mairie annexe",
        "mairie",
        "village",
    ),
    "territories": ("territoire d'industrie", "territoires d'industrie"),
}
"""Table → words for the kind of its rows, longer ones first: a query may begin with them."""
_KINDS: Final = {table: [significant(said(kind)) for kind in kinds] for table, kinds in KINDS.items()}

_NUMBER: Final = re.compile(r"\d{2,3}|2[AB]")
_BRACKETS: Final = re.compile(r"\(([^()]*)\)\s*$")
CORSE: Final = {"20": ("2A", "2B")}
"""Number that people write for both départements of Corse."""


def named_area(q: str | None) -> str | None:
    """Return the words in brackets at the end of a query, as of a département: `Saint-Denis (Réunion)`."""
    found = _BRACKETS.search(q or "")
    return found[1] if found and not any(sign.isdigit() for sign in found[1]) and said(found[1]) else None


def sought_place(q: str | None, table: str, *, area: Sequence[str] = ()) -> Sought | None:
    """Return a query on a table of places; None if nothing but blanks is.

    `area` are the codes of the départements that `named_area` means.
    """
    plain = Sought.of(q)
    if plain is None or q is None or not plain.terms:
        return plain
    if len(plain.terms) == 1 and any(sign.isdigit() for sign in plain.terms[0].word):
        word = plain.terms[0].word
        alone = Term(word, _departements(word.upper()), is_code=True, is_alone=True)
        return Sought((alone,), plain.wholes, plain.spelled)
    given, numbers = _parts(_BRACKETS.sub(" ", q) if area else q)
    if not given:
        return Sought(tuple(map(_term, numbers)), plain.wholes, plain.spelled)
    named = _without_kind(significant(given), table)
    terms = [
        *(Term(word, is_code=any(sign.isdigit() for sign in word)) for word in named),
        *map(_term, numbers),
        *([Term(area[0].lower(), tuple(area))] if area else []),
    ]
    return Sought.of_words(said(q), tuple(dict.fromkeys(terms)), given, named)


def _parts(q: str) -> tuple[list[str], list[str]]:
    """Return the words of a query, and the numbers beside them."""
    given: list[str] = []
    numbers: list[str] = []
    for part in q.replace("(", " ").replace(")", " ").split():
        number = part.strip(",;.").upper()
        if _NUMBER.fullmatch(number) and number.isascii():
            numbers.append(number)
        else:
            given.append(part)
    return said(" ".join(given)), numbers


def _term(number: str) -> Term:
    return Term(number.lower(), _departements(number))


def _departements(number: str) -> tuple[str, ...]:
    """Return the codes of départements that a number may mean."""
    return CORSE.get(number, (number,)) if _NUMBER.fullmatch(number) else ()


def _without_kind(given: list[str], table: str) -> list[str]:
    """Return the words of a name without the kind that it begins with, if others are left."""
    kind = next((kind for kind in _KINDS[table] if given[: len(kind)] == kind), [])
    return given[len(kind) :] or given
