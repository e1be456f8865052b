"""Other schemes of the State in the files of the territory service, in SQL: the reports are compared with it."""

import csv
import gzip
import io
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from services.territory.reference import SHIPPED

FILES: Final = (
    "schemes.csv", "scheme_perimeters.csv.gz", "scheme_communes.csv.gz", "communes.csv.gz", "territory_epcis.csv",
    "territory_epcis_2023.csv",
)  # fmt: skip
MEMBERS: Final = """
CREATE TABLE members AS
SELECT '2018-' || territory_code AS territory, epci_siren AS member FROM territory_epcis
UNION SELECT '2023-' || territory_code, epci_siren FROM territory_epcis_2023
"""
INSIDE: Final = """
CREATE TABLE inside AS
SELECT territory, code, CAST(population AS INTEGER) AS population FROM (
    SELECT territory, code, population FROM communes JOIN members ON member = siren
    UNION SELECT territory, code, population FROM communes JOIN members ON member = epci_siren WHERE siren <> ''
    UNION SELECT territory, code, population FROM communes JOIN members ON member = ept_siren WHERE siren <> ''
)
"""
WHOLE: Final = "SELECT territory, count(*), sum(population) FROM inside GROUP BY 1"
BY_SCHEME: Final = """
SELECT territory, scheme, '', count(*), sum(population)
FROM (SELECT DISTINCT territory, scheme, code, population FROM inside JOIN scheme_communes ON commune_code = code)
GROUP BY 1, 2
"""
BY_PERIMETER: Final = """
SELECT territory, scheme, perimeter_code, count(*), sum(population)
FROM inside JOIN scheme_communes ON commune_code = code
GROUP BY 1, 2, 3
"""

Counts = tuple[int, int]
"""Number of communes, and their population."""


@dataclass(frozen=True)
class ComputedOverlaps:
    """Overlaps of a territory with its first members."""

    whole: Counts
    parts: dict[tuple[str, str], Counts]
    """By scheme and perimeter; without a perimeter, all perimeters of the scheme, each commune once."""


def computed_overlaps() -> dict[str, ComputedOverlaps]:
    """Return the overlaps of every territory of both phases, by its key."""
    with _opened() as database:
        found = {key: ComputedOverlaps(tuple(counts), {}) for key, *counts in database.execute(WHOLE)}
        for query in (BY_SCHEME, BY_PERIMETER):
            for key, scheme, perimeter, *counts in database.execute(query):
                found[key].parts[scheme, perimeter] = tuple(counts)
    return found


@contextmanager
def _opened() -> Iterator[sqlite3.Connection]:
    """Open a database with the files, each as a table of texts."""
    database = sqlite3.connect(":memory:")
    try:
        for name in FILES:
            content = (SHIPPED.folder / name).read_bytes()
            text = (gzip.decompress(content) if name.endswith(".gz") else content).decode()
            header, *rows = csv.reader(io.StringIO(text))
            table = name.partition(".")[0]
            database.execute(f"CREATE TABLE {table} ({', '.join(header)})")
            database.executemany(f"INSERT INTO {table} VALUES ({', '.join('?' * len(header))})", rows)
        database.execute(MEMBERS)
        database.execute("CREATE INDEX by_member ON members (member)")
        database.execute(INSIDE)
        database.execute("CREATE INDEX by_commune ON scheme_communes (commune_code)")
        yield database
    finally:
        database.close()
