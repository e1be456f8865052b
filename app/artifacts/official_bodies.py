"""The published file of official bodies, made from the reference data of the territory service."""

import csv
import io
from typing import Final

from services.territory.reference import SHIPPED
from shared.storage.official_bodies import COLUMNS

NAME: Final = "services/published/official_bodies.csv"


def table() -> str:
    """Return one line for each EPCI, EPT and commune, sorted by SIREN."""
    listed = (("commune", SHIPPED.communes()), ("ept", SHIPPED.epts()), ("epci", SHIPPED.epcis()))
    rows = {
        row["siren"]: (
            *(row["siren"], kind, row["region_code"], row["name"]),
            *(row.get(holder) for holder in ("epci_siren", "ept_siren")),
        )
        for kind, places in listed
        for row in places
    }
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows(rows[siren] for siren in sorted(rows))
    return text.getvalue()
