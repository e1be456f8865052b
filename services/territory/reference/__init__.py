"""The reference data that the service ships, read into plain rows. Sources and licences: README.md."""

import csv
import gzip
import hashlib
import io
import json
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

FORM: Final = 1
"""Raise it when the same files are read into other rows, so that they are loaded again."""
PHASE_FILES: Final = {"2018": "", "2023": "_2023"}

Row = dict[str, Any]
"""A row as it will be stored: JSON values under the names of columns."""


@dataclass(frozen=True)
class Reference:
    """A folder of reference data."""

    folder: Path = Path(__file__).parent

    def version(self) -> str:
        """The SHA-256 of every file: the same version need not be loaded twice."""
        digest = hashlib.sha256(str(FORM).encode())
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in (".csv", ".gz", ".geojson"):
                digest.update(path.relative_to(self.folder).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()

    def phases(self) -> Iterator[Row]:
        """The phases of the programme."""
        return self._rows("phases.csv", numbers=("number", "first_year", "last_year"))

    def axes(self) -> Iterator[Row]:
        """The axes of each phase."""
        return self._rows("axes.csv", numbers=("rank",))

    def regions(self) -> Iterator[Row]:
        """The régions."""
        return self._places("regions.csv")

    def departements(self) -> Iterator[Row]:
        """The départements."""
        return self._places("departements.csv")

    def epcis(self) -> Iterator[Row]:
        """The intercommunalities with own tax."""
        return self._places("epcis.csv")

    def epts(self) -> Iterator[Row]:
        """The établissements publics territoriaux."""
        return self._places("epts.csv")

    def communes(self) -> Iterator[Row]:
        """The communes of the 101 départements; those of the overseas collectivities have no SIREN."""
        return (row for row in self._places("communes.csv.gz") if row["siren"])

    def outlines(self) -> Iterator[Row]:
        """Every outline that is shipped, as the text inside the brackets of a MultiPolygon."""
        for layer, name in (
            ("regions", "regions.geojson"),
            ("departements", "departements.geojson"),
            ("epcis", "epcis.geojson.gz"),
            ("territories", "territories.geojson"),
        ):
            # The file of territories is that of phase 1 alone, and names them by their bare code.
            prefix = "2018-" if layer == "territories" else ""
            for feature in json.loads(self._text(f"geo/{name}"))["features"]:
                yield {
                    "layer": layer,
                    "code": prefix + feature["properties"]["code"],
                    "polygons": _polygons(feature["geometry"]),
                }

    def organisations(self) -> Iterator[Row]:
        """Operators, Regions, State, associations; then every member of a territory, each once."""
        for row in self._rows("organisations.csv"):
            if row["siren"]:
                yield _organisation(
                    row,
                    aliases=[_alias(text) for text in (row["aliases"] or "").split(" ; ") if text],
                    successor_siren=row["successor_siren"],
                    **{name: row[name] for name in ("kind", "region_code", "valid_from", "valid_to", "source")},
                )
        members = self._members_by("epci_siren")
        # Only these: 36,000 rows at once would be 40 MB.
        official = {
            row["siren"]: row for row in chain(self.epcis(), self.epts(), self.communes()) if row["siren"] in members
        }
        for siren, listed in sorted(members.items()):
            # The list of the ANCT keeps older names: they stay findable.
            former = sorted({row["epci_name"] for row in listed} - {official[siren]["name"]})
            yield _organisation(
                official[siren],
                kind=_MEMBER_KINDS.get(listed[0]["member_type"], "epci"),
                aliases=[{"name": name, "note": "nom dans la liste de l'ANCT"} for name in former],
                region_code=official[siren]["region_code"],
                source="INSEE, DGCL (BANATIC), géographie 2026",
            )

    def territories(self) -> Iterator[Row]:
        """The territories of both phases with their members. Where they lie is computed from the communes."""
        designated = {(row["phase"], row["code"]): row["designated_on"] for row in self._rows("designations.csv")}
        for phase, suffix in PHASE_FILES.items():
            members = defaultdict(list)
            for row in self._rows(f"territory_epcis{suffix}.csv"):
                members[row["territory_code"]].append(row["epci_siren"])
            for row in self._rows(f"territories{suffix}.csv"):
                yield {
                    "key": f"{phase}-{row['code']}",
                    "phase": phase,
                    "designated_on": designated.get((phase, row["code"])),
                    "is_pilot": True if row.get("is_pilot") == "true" else None,
                    "pilot_source": row.get("pilot_source"),
                    "lead_region": row["region_code"],
                    "members": sorted(members[row["code"]]),
                    **{name: row[name] for name in ("code", "name", "source")},
                }

    def figures(self) -> Iterator[Row]:
        """The declared figures; their ids follow from what they say."""
        for row in self._rows("national_figures.csv", numbers=("value",)):
            day = row.pop("date")
            name = f"figure:{row['metric']}:{day}:{row['source']}"
            yield {"id": str(uuid5(NAMESPACE_URL, name)), "day": day, **row}

    def _members_by(self, column: str) -> dict[str, list[Row]]:
        found = defaultdict(list)
        for suffix in PHASE_FILES.values():
            for row in self._rows(f"territory_epcis{suffix}.csv"):
                found[row[column]].append(row)
        return found

    def _places(self, name: str) -> Iterator[Row]:
        """Rows with the columns that places have, typed."""
        for row in self._rows(name, numbers=("population", "commune_count", "departement_count")):
            for axis in ("lon", "lat"):
                row[axis] = float(row[axis]) if row[axis] else None
            for codes in ("region_codes", "departement_codes"):
                if codes in row:
                    row[codes] = row[codes].split()
            if "chef_lieu_commune" in row:
                row["seat"] = row.pop("chef_lieu_commune")
            yield row

    def _rows(self, name: str, *, numbers: tuple[str, ...] = ()) -> Iterator[Row]:
        for read in csv.DictReader(io.StringIO(self._text(name))):
            row: Row = {column: value or None for column, value in read.items()}
            for column in numbers:
                if row.get(column):
                    row[column] = int(row[column])
            yield row

    def _text(self, name: str) -> str:
        content = (self.folder / name).read_bytes()
        return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


SHIPPED: Final = Reference()
_MEMBER_KINDS: Final = {"EPT": "ept", "COMMUNE": "commune"}


def _organisation(row: Row, **known: Any) -> Row:
    empty = dict.fromkeys(("successor_siren", "valid_from", "valid_to"))
    return {"siren": row["siren"], "name": row["name"], "synthetic": False, **empty, **known}


def _alias(text: str) -> Row:
    """`Pôle emploi (nom jusqu'au 31/12/2023)` is a name and a note."""
    parts = re.fullmatch(r"(.+?)(?: \((.+)\))?", text.strip())
    return {"name": parts[1], "note": parts[2]} if parts else {"name": text, "note": None}


def _polygons(geometry: Row) -> str:
    coordinates = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return json.dumps(coordinates, separators=(",", ":"))[1:-1]
