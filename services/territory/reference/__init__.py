"""Read the reference data of the service into rows. README.md lists sources and licences."""

import csv
import gzip
import hashlib
import io
import json
import re
from calendar import monthrange
from collections import defaultdict
from collections.abc import Container, Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from services.territory.reference import programme
from shared.events.codes import REGIONS
from shared.storage.reference_data import Row

READER_VERSION: Final = 6
"""Version of this reader. Raise it when it makes other rows of the same files: they are loaded again."""
COUNTS: Final = ("population", "commune_count", "departement_count", "epci_count", "zoning_year")
"""Columns of places that are whole numbers."""
PHASE_FILES: Final = {"2018": "", "2023": "_2023"}
"""Phase → suffix of its file names."""


@dataclass(frozen=True)
class TerritoryReference:
    """Folder of reference data."""

    folder: Path = Path(__file__).parent

    def version(self) -> str:
        """Return the SHA-256 of all files: a version is loaded once."""
        digest = hashlib.sha256(str(READER_VERSION).encode())
        for path in sorted(self.folder.rglob("*")):
            if path.suffix in (".csv", ".gz", ".geojson"):
                digest.update(path.relative_to(self.folder).as_posix().encode() + path.read_bytes())
        return digest.hexdigest()

    def phases(self) -> Iterator[Row]:
        """Return the phases of the programme."""
        return self._rows("phases.csv", numbers=("number", "first_year", "last_year"))

    def phase_stages(self) -> Iterator[Row]:
        """Return the stages of the phases."""
        return self._rows("phase_stages.csv", numbers=("rank",))

    def sources(self) -> Iterator[Row]:
        """Return the sources that can be cited."""
        return programme.sources(self._rows("sources.csv"))

    def guides(self) -> Iterator[Row]:
        """Return the known versions of guides."""
        return programme.guides(self._rows("guides.csv"), self._citations())

    def envelopes(self) -> Iterator[Row]:
        """Return the announced envelopes."""
        return programme.envelopes(self._rows("envelopes.csv", numbers=("amount_eur",)), self._citations())

    def calendar(self) -> Iterator[Row]:
        """Return the events of the programme."""
        return programme.calendar(self._rows("calendar_events.csv"), self._citations())

    def _citations(self) -> programme.Citations:
        return programme.Citations(self._rows("sources.csv"))

    def axes(self) -> Iterator[Row]:
        """Return the axes of each phase."""
        return self._rows("axes.csv", numbers=("rank",))

    def regions(self) -> Iterator[Row]:
        """Yield the régions, with their other names and their départements."""
        inside, names = defaultdict(list), defaultdict(list)
        for row in self._rows("departements.csv"):
            inside[row["region_code"]].append(row["code"])
        for row in self._rows("region_names.csv"):
            names[row["region_code"]].append(row["name"])
        for row in self._places("regions.csv"):
            yield {**row, "departement_codes": inside[row["code"]], "other_names": names[row["code"]]}

    def departements(self) -> Iterator[Row]:
        """Return the départements."""
        return ({**row, "departement_codes": [row["code"]]} for row in self._places("departements.csv"))

    def epcis(self) -> Iterator[Row]:
        """Return the intercommunalities with their own tax."""
        return self._places("epcis.csv")

    def epts(self) -> Iterator[Row]:
        """Return the établissements publics territoriaux."""
        return self._places("epts.csv")

    def employment_zones(self) -> Iterator[Row]:
        """Return the zones d'emploi."""
        return self._places("employment_zones.csv")

    def communes(self) -> Iterator[Row]:
        """Yield the communes of the 101 départements, with what lies in them and the perimeters that cover them."""
        names, codes = defaultdict(list), defaultdict(list)
        for row in self._rows("commune_parts.csv.gz"):
            names[row["commune_code"]].append(row["name"])
            codes[row["commune_code"]].append(row["code"])
        perimeters = defaultdict(list)
        # As plain lines: 110,000 dictionaries would take a quarter of a second.
        for scheme, code, commune, *_ in islice(self._lines("scheme_communes.csv.gz"), 1, None):
            perimeters[commune].append(f"{scheme}/{code}")
        for row in self._places("communes.csv.gz"):
            # Communes of the overseas collectivities have no SIREN.
            if row["siren"]:
                row["perimeters"] = perimeters[row["code"]]
                if row["code"] in codes:
                    row |= {"other_names": names[row["code"]], "other_codes": codes[row["code"]]}
                yield row

    def schemes(self) -> Iterator[Row]:
        """Yield the other schemes of the State."""
        for row in self._rows("schemes.csv", numbers=("start_year", "perimeter_count")):
            yield {
                **{name: row[name] for name in ("code", "acronym", "name", "kind", "level", "perimeter_count")},
                **{name: row[name] for name in ("licence", "source", "note")},
                "first_year": row["start_year"],
                "ends": row["end"],
                "state_of": row["state_date"],
            }

    def scheme_perimeters(self) -> Iterator[Row]:
        """Yield the perimeters of these schemes."""
        for row in self._rows("scheme_perimeters.csv.gz", numbers=("commune_count",)):
            yield {
                "scheme_code": row["scheme"],
                "code": row["perimeter_code"],
                "name": row["name"] or row["name_computed"],
                **{name: row[name] for name in ("level", "phase", "signed_on", "commune_count")},
            }

    def commune_parts(self) -> Iterator[Row]:
        """Return former, delegated and associated communes, and arrondissements."""
        return self._places("commune_parts.csv.gz")

    def outlines(self) -> Iterator[Row]:
        """Yield every outline with the levels of its points: `reference/levels.py` makes them."""
        levels = {
            (layer.partition("/")[0], code): text
            for layer, computed in json.loads(self._text("geo/levels.json.gz")).items()
            for code, text in computed["levels"].items()
        }
        for row in self.polygons():
            yield {**row, "levels": levels.get((row["layer"], row["code"]), "")}

    def polygons(self) -> Iterator[Row]:
        """Yield every outline, as the text inside the brackets of a MultiPolygon."""
        for layer, name, phase in (
            ("regions", "regions.geojson", None),
            ("departements", "departements.geojson", None),
            ("epcis", "epcis.geojson.gz", None),
            ("employment_zones", "employment_zones.geojson.gz", None),
            ("territories", "territories.geojson", "2018"),
            ("territories", "territories_2023.geojson", "2023"),
        ):
            members = self._members_of(phase) if phase else {}
            for code, polygons in _features(self._text(f"geo/{name}")):
                # The files name territories by their bare code.
                key = f"{phase}-{code}" if phase else code
                yield {
                    "layer": layer,
                    "code": key,
                    "polygons": polygons,
                    "members": members.get(code, []),
                }

    def organisations(self) -> Iterator[Row]:
        """Yield operators, Regions, State services and associations, then each member of a territory once."""
        for row in self._rows("organisations.csv"):
            if row["siren"]:
                aliases = [_alias(text) for text in (row["aliases"] or "").split(" ; ") if text]
                yield _organisation(
                    row,
                    aliases=aliases,
                    names=former_names(aliases),
                    successor_siren=row["successor_siren"],
                    **{name: row[name] for name in ("kind", "region_code", "valid_from", "valid_to", "source")},
                )
        for row in self._rows("organisations_state.csv"):
            # Ville de Paris is a commune of the official geography.
            if row["siren"] != PARIS:
                yield _organisation(
                    row,
                    kind="departement" if row["kind"] == "departement_council" else "state",
                    aliases=[],
                    departement_codes=(row["departement_codes"] or "").split(),
                    region_code=row["region_code"] if row["region_code"] in REGIONS else None,
                    **{name: row[name] for name in ("successor_siren", "valid_from", "valid_to", "source")},
                )
        members = self._members_by("epci_siren")
        # Only the members: all 36,000 rows would take 40 MB.
        official = {
            row["siren"]: row
            for name in ("epcis.csv", "epts.csv", "communes.csv.gz")
            for row in self._rows(name, sirens=members)
        }
        for siren, listed in sorted(members.items()):
            # The list of the ANCT has older names: they become aliases, so that searches find them.
            former = sorted({row["epci_name"] for row in listed} - {official[siren]["name"]})
            yield _organisation(
                official[siren],
                kind=_MEMBER_KINDS.get(listed[0]["member_type"], "epci"),
                aliases=[{"name": name, "note": "nom dans la liste de l'ANCT"} for name in former],
                region_code=official[siren]["region_code"],
                source="INSEE, DGCL (BANATIC), géographie 2026",
            )

    def territories(self) -> Iterator[Row]:
        """Yield the territories of both phases with their members. Their places are computed from communes."""
        designated = {(row["phase"], row["code"]): row["designated_on"] for row in self._rows("designations.csv")}
        for phase, suffix in PHASE_FILES.items():
            members = self._members_of(phase)
            for row in self._rows(f"territories{suffix}.csv"):
                is_pilot = row.get("is_pilot") == "true"
                yield {
                    "key": f"{phase}-{row['code']}",
                    "phase": phase,
                    "designated_on": designated.get((phase, row["code"])),
                    "is_pilot": True if is_pilot else None,
                    "pilot_source": row.get("pilot_source"),
                    "wave": "pilot" if is_pilot else None,
                    "wave_source": row.get("pilot_source"),
                    "lead_region": row["region_code"],
                    "members": members[row["code"]],
                    **{name: row[name] for name in ("code", "name", "source")},
                }

    def figures(self) -> Iterator[Row]:
        """Yield the declared figures whose day a source gives. Their ids are computed from metric, day and source."""
        citations = self._citations()
        for row in self._rows("national_figures.csv"):
            day = row.pop("date")
            metric = row.pop("former_metric") or row["metric"]
            if day:
                name = f"figure:{metric}:{day}:{row['source']}"
                yield {
                    "id": str(uuid5(NAMESPACE_URL, name)),
                    "day": day,
                    "day_precision": row.pop("date_precision"),
                    "value_decimal": row.pop("value"),
                    "source_id": citations.find(row["source"]),
                    **row,
                }

    def indicators(self) -> Iterator[Row]:
        """Yield the definitions of the indicators."""
        citations = self._citations()
        for row in self._rows("indicators.csv", numbers=("zoning_year",)):
            construction = row.pop("includes_construction")
            yield {
                **row,
                "includes_construction": construction == "true" if construction else None,
                "source_id": citations.find(row["source"]),
            }

    def indicator_values(self) -> Iterator[Row]:
        """Yield the values of the indicators, as rows of their table."""
        for row in self._rows("indicator_values.csv.gz", numbers=("year",)):
            yield {
                "indicator_code": row["indicator"],
                **{name: row[name] for name in ("level", "geography", "year")},
                "value_decimal": row["value"],
                "import_id": None,
            }

    def _members_of(self, phase: str) -> dict[str, list[str]]:
        """Return the SIRENs of the members of each territory of a phase, by its code."""
        members = defaultdict(list)
        for row in self._rows(f"territory_epcis{PHASE_FILES[phase]}.csv"):
            members[row["territory_code"]].append(row["epci_siren"])
        return {code: sorted(sirens) for code, sirens in members.items()}

    def _members_by(self, column: str) -> dict[str, list[Row]]:
        members = defaultdict(list)
        for suffix in PHASE_FILES.values():
            for row in self._rows(f"territory_epcis{suffix}.csv"):
                members[row[column]].append(row)
        return members

    def _places(self, name: str) -> Iterator[Row]:
        """Yield the rows of a file of places, with typed values."""
        for row in self._rows(name, numbers=COUNTS):
            for axis in ("lon", "lat"):
                row[axis] = float(row[axis]) if row[axis] else None
            for codes in ("region_codes", "departement_codes"):
                if codes in row:
                    row[codes] = row[codes].split()
            if "chef_lieu_commune" in row:
                row["seat"] = row.pop("chef_lieu_commune")
            yield row

    def _rows(self, name: str, *, numbers: tuple[str, ...] = (), sirens: Container[str] | None = None) -> Iterator[Row]:
        """Yield the rows of a file; with `sirens`, of these alone."""
        lines = self._lines(name)
        columns = next(lines)
        if sirens is not None:
            siren = columns.index("siren")
            lines = (fields for fields in lines if fields[siren] in sirens)
        for fields in lines:
            row: Row = dict(zip(columns, [value or None for value in fields], strict=True))
            for column in numbers:
                if row.get(column):
                    row[column] = int(row[column])
            yield row

    def _lines(self, name: str) -> Iterator[list[str]]:
        return csv.reader(io.StringIO(self._text(name)))

    def _text(self, name: str) -> str:
        content = (self.folder / name).read_bytes()
        return (gzip.decompress(content) if name.endswith(".gz") else content).decode()


SHIPPED: Final = TerritoryReference()
PARIS: Final = "217500016"
"""SIREN of the Ville de Paris."""
NAME_UNTIL_DAY: Final = r"nom jusqu'au (\d{2})/(\d{2})/(\d{4})"
"""Note of an alias that was the name until a day."""
MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin",
    "juillet", "août", "septembre", "octobre", "novembre", "décembre",
)  # fmt: skip
NAME_UNTIL_MONTH: Final = rf"nom (?:avant|jusqu'en|jusqu'à) .*?({'|'.join(MONTHS)}) (\d{{4}})"
"""Note of an alias that was the name until some day of a month."""
_FEATURE: Final = re.compile(
    r'\{"type":"Feature","properties":(\{[^{}]*\}),'
    r'"geometry":\{"type":"(Multi)?Polygon","coordinates":(\[[-\[\],.0-9]+\])\}\}'
)
_MEMBER_KINDS: Final = {"EPT": "ept", "COMMUNE": "commune"}


def _organisation(row: Row, **values: Any) -> Row:
    empty = dict.fromkeys(("successor_siren", "duplicate_of_siren", "valid_from", "valid_to"))
    lists: Row = {"names": [], "departement_codes": [], "distinct_from": []}
    return {"siren": row["siren"], "name": row["name"], "synthetic": False, **empty, **lists, **values}


def former_names(aliases: list[Row]) -> list[Row]:
    """Return the aliases whose note says until when they were the name."""
    return [
        {"name": alias["name"], "valid_from": None, "valid_to": _last_day(alias["note"])}
        for alias in aliases
        if re.match(r"(ancien )?nom\b", alias["note"] or "")
    ]


def _last_day(note: str) -> str:
    """Return the last day of a former name, in ISO 8601. Of a month without a day, its last day counts."""
    if day := re.fullmatch(NAME_UNTIL_DAY, note):
        return "-".join(reversed(day.groups()))
    if found := re.fullmatch(NAME_UNTIL_MONTH, note):
        year, month = int(found[2]), MONTHS.index(found[1]) + 1
        return f"{year}-{month:02d}-{monthrange(year, month)[1]}"
    raise ValueError(f"« {note} » does not say until when it was the name: write « nom jusqu'au 31/12/2023 »")


def _alias(text: str) -> Row:
    """Split `Pôle emploi (nom jusqu'au 31/12/2023)` into a name and a note."""
    parts = re.fullmatch(r"(.+?)(?: \((.+)\))?", text.strip())
    return {"name": parts[1], "note": parts[2]} if parts else {"name": text, "note": None}


def _features(text: str) -> Iterator[tuple[str, str]]:
    """Yield the code of each feature of a file, and its polygons as they are written. The files have no blanks."""
    # Half a million numbers would take half a second to be read and written.
    lines = _FEATURE.findall(text)
    if len(lines) != text.count('{"type":"Feature",'):
        raise ValueError("A feature of the outlines is not written as the others.")
    for properties, multi, coordinates in lines:
        yield json.loads(properties)["code"], coordinates[1:-1] if multi else coordinates
