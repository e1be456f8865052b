"""Other schemes of the State, as territory publishes them."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from services import IN_A_LIST, SCHEME_COMMUNES, SCHEME_PERIMETERS
from services.contract.rules.overlaps import PublishedCommune


def perimeters_of(links: Sequence[Mapping[str, Any]]) -> Mapping[str, Collection[str]]:
    """Return the perimeters of the schemes that links name; a scheme that is not known has no entry."""
    wanted = {link.get("scheme") for link in links} - {None}
    found: dict[str, set[str]] = {}
    for scheme, perimeter, _ in _lines(SCHEME_PERIMETERS) if wanted else ():
        if scheme in wanted:
            found.setdefault(scheme, set()).add(perimeter)
    return found


def names_of_perimeters() -> Mapping[tuple[str, str], str]:
    """Return the names of perimeters by scheme and code. Some sources name none: it is empty."""
    return {(scheme, perimeter): name for scheme, perimeter, name in _lines(SCHEME_PERIMETERS)}


def communes_in(sirens: Collection[str]) -> Iterator[PublishedCommune]:
    """Yield the communes of EPCIs, EPTs and communes, each once."""
    for siren, epci, ept, population, perimeters in _lines(SCHEME_COMMUNES):
        if siren in sirens or epci in sirens or ept in sirens:
            yield PublishedCommune(int(population), perimeters.split(IN_A_LIST) if perimeters else [])


def _lines(path: Path) -> Iterator[list[str]]:
    # Read each time: some thirty milliseconds for a report, against megabytes in each process.
    with path.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        yield from lines
