"""The published file of other schemes, made from the reference data of the territory service.

It says what each perimeter covers of each EPCI and EPT, and of each commune that is a member of a territory by itself.
"""

import csv
import io
from collections import defaultdict
from typing import Any, Final

from services import SCHEME_COLUMNS
from services.territory.reference import SHIPPED

NAME: Final = "services/published/scheme_members.csv"


def table() -> str:
    """Return the lines of each member, sorted: all of it, then what each scheme and each perimeter covers of it."""
    names = {(row["scheme_code"], row["code"]): row["name"] for row in SHIPPED.scheme_perimeters()}
    members = {siren for territory in SHIPPED.territories() for siren in territory["members"]}
    covered: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for commune in SHIPPED.communes():
        bodies = {commune["epci_siren"], commune["ept_siren"], *({commune["siren"]} & members)} - {None}
        for siren in bodies:
            for part in _parts(commune):
                counts = covered[(siren, *part)]
                counts[0] += 1
                counts[1] += commune["population"] or 0
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(SCHEME_COLUMNS)
    for (siren, scheme, code), (communes, population) in sorted(covered.items()):
        writer.writerow((siren, scheme, code, names.get((scheme, code)) or "", communes, population))
    return text.getvalue()


def _parts(commune: dict[str, Any]) -> set[tuple[str, str]]:
    """Return what a commune counts in: the whole, each scheme once, each perimeter."""
    perimeters = [tuple(reference.split("/", 1)) for reference in commune["perimeters"]]
    return {("", ""), *((scheme, "") for scheme, _ in perimeters), *((scheme, code) for scheme, code in perimeters)}
