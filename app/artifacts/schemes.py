"""The published files of other schemes, made from the reference data of the territory service.

One has the perimeters. The other has the communes, each with the perimeters that cover it.
"""

import csv
import io
from collections.abc import Iterable
from typing import Final

from services import IN_A_LIST, SCHEME_COMMUNE_COLUMNS, SCHEME_PERIMETER_COLUMNS
from services.territory.reference import SHIPPED

PERIMETERS: Final = "services/published/scheme_perimeters.csv"
COMMUNES: Final = "services/published/scheme_communes.csv"


def perimeters() -> str:
    """Return one line for each perimeter, sorted."""
    rows = ((row["scheme_code"], row["code"], row["name"] or "") for row in SHIPPED.scheme_perimeters())
    return _csv(SCHEME_PERIMETER_COLUMNS, sorted(rows))


def communes() -> str:
    """Return one line for each commune, by its SIREN."""
    rows = (
        (
            row["siren"],
            row["epci_siren"] or "",
            row["ept_siren"] or "",
            str(row["population"] or 0),
            IN_A_LIST.join(sorted(row["perimeters"])),
        )
        for row in SHIPPED.communes()
    )
    return _csv(SCHEME_COMMUNE_COLUMNS, sorted(rows))


def _csv(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(rows)
    return text.getvalue()
