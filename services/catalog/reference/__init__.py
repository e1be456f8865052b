"""Reference data of the service, read from CSV files into rows. Sources and licences: README.md."""

import csv
import hashlib
import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any, Final

FORMAT_VERSION: Final = 1
"""Increment it when the same files give other rows, so that they are loaded again."""
KINDS: Final = {
    "ingénierie": "engineering",
    "financement": "financing",
    "investissement": "investment",
    "accompagnement": "support",
    "formation": "training",
}

ReferenceRow = dict[str, Any]
"""A row to store: JSON values by column name."""


@dataclass(frozen=True)
class ReferenceBeneficiary:
    """A kind of beneficiary, with the kinds of organisations that surely or perhaps belong to it."""

    code: str
    label: str
    surely: frozenset[str]
    perhaps: frozenset[str]


@dataclass(frozen=True)
class CatalogReference:
    """A folder of CSV files with the reference data of the catalogue."""

    folder: Path = Path(__file__).parent

    def version(self) -> str:
        """Return the SHA-256 of all files: the same version is not loaded twice."""
        digest = hashlib.sha256(str(FORMAT_VERSION).encode())
        for path in sorted(self.folder.glob("*.csv")):
            digest.update(path.name.encode() + path.read_bytes())
        return digest.hexdigest()

    def operators(self) -> Iterator[ReferenceRow]:
        """Yield the organisations of the operators, each once, with all their names in the catalogue."""
        known: defaultdict[str, list[ReferenceRow]] = defaultdict(list)
        for row in self._rows("operators.csv"):
            if row["siren"]:
                known[row["siren"]].append(row)
        for siren, rows in known.items():
            # The initials of its references come from its first row.
            yield {
                "siren": siren,
                "initials": rows[0]["initials"],
                "name": rows[0]["organisation"],
                "brands": [
                    {"name": row["named"], "initials": row["initials"], "note": row["note"] or None} for row in rows
                ],
            }

    def services(self) -> Iterator[ReferenceRow]:
        """Yield the services of the catalogue, with the structured data of the other files."""
        for row in self._rows("services.csv"):
            code = row["code"]
            openness = self._one("openness.csv", code)
            threshold = self._one("thresholds.csv", code)
            yield {
                "code": code,
                "operator": self.names[row["operator"]]["siren"] or None,
                "named": row["operator"],
                "name": row["name"],
                "axis": row["axis"],
                "kind": KINDS[row["kind"]],
                "beneficiaries": row["beneficiaries"],
                "beneficiary_kinds": [
                    {"kind": each["kind"], "condition": each["condition"] or None, "words": each["words"]}
                    for each in self._of("beneficiaries.csv", code)
                ],
                "description": row["description"],
                "key_figures": row["key_figures"] or None,
                **period(row["period"]),
                "openness": openness["openness"] if openness else None,
                "openness_words": openness["words"] if openness else None,
                "phases": [{"phase": each["phase"], "words": each["words"]} for each in self._of("phases.csv", code)],
                "threshold": {
                    "least_cents": int(threshold["least_cents"]),
                    "surely_cents": int(threshold["surely_cents"]),
                    "region": threshold["region"] or None,
                    "words": threshold["words"],
                }
                if threshold
                else None,
                "basket": row["basket"],
                "confidence": row["confidence"],
                "source": row["source"],
            }

    @cached_property
    def names(self) -> dict[str, ReferenceRow]:
        """Return the operator rows by the name in the catalogue."""
        return {row["named"]: row for row in self._rows("operators.csv")}

    def beneficiary_kinds(self) -> dict[str, ReferenceBeneficiary]:
        """Return the kinds of beneficiaries by their code."""
        return {
            row["kind"]: ReferenceBeneficiary(
                row["kind"], row["label"], frozenset(row["is"].split()), frozenset(row["may_be"].split())
            )
            for row in self._rows("kinds.csv")
        }

    def axes(self) -> dict[tuple[str, str], str]:
        """Return the axis of the catalogue for each phase and axis of the programme."""
        return {(row["phase"], row["axis"]): row["catalogue_axis"] for row in self._rows("axes.csv")}

    def _one(self, name: str, code: str) -> ReferenceRow | None:
        return next(iter(self._of(name, code)), None)

    def _of(self, name: str, code: str) -> list[ReferenceRow]:
        return [row for row in self._rows(name) if row["code"] == code]

    def _rows(self, name: str) -> list[ReferenceRow]:
        if name not in self._read:
            with (self.folder / name).open(encoding="utf-8", newline="") as file:
                self._read[name] = list(csv.DictReader(file))
        return self._read[name]

    @cached_property
    def _read(self) -> dict[str, list[ReferenceRow]]:
        return {}


def period(text: str) -> ReferenceRow:
    """Parse a period: `2019-2022`, `2019-` or `2024`."""
    # The sources give whole years only.
    found = re.fullmatch(r"(\d{4})(-(\d{4})?)?", text)
    if not found:
        raise ValueError(f"{text} is not a period: write 2019-2022, 2019- or 2024")
    first, open_ended, last = found[1], found[2] == "-", found[3] or found[1]
    return {
        "starts_on": f"{first}-01-01",
        "ends_on": None if open_ended else f"{last}-12-31",
        "precision": "year",
    }


SHIPPED: Final = CatalogReference()
BENEFICIARIES: Final[Mapping[str, ReferenceBeneficiary]] = SHIPPED.beneficiary_kinds()
AXES: Final[Mapping[tuple[str, str], str]] = SHIPPED.axes()
SECOND_PHASE: Final = "2023-11-09"
"""Day of the announcement of phase 2. A service that started earlier was not made for phase 2."""
ANNOUNCED: Final = {"2018": date(2018, 11, 22), "2023": date.fromisoformat(SECOND_PHASE)}
"""Phase → day of its announcement. A test compares them with those of the territory service."""


def catalogue_axes(phase: str, axes: Collection[str]) -> list[str]:
    """Return the axes of the catalogue for the axes of an action; an axis may have none."""
    return list(dict.fromkeys(AXES[phase, axis] for axis in axes if (phase, axis) in AXES))


def name_in_use(named: str, day: date) -> str:
    """Return the name of an operator that was in use on a day instead of that of the catalogue.

    One that had ended gives way to the one that followed it under the same SIREN. One that begins later says so.
    """
    row = SHIPPED.names.get(named)
    if row is None:
        return named
    if row["until"] and row["until"] < day.isoformat():
        follows = (other for other in SHIPPED.names.values() if other["siren"] == row["siren"] and not other["until"])
        return next((other["named"] for other in follows), named)
    if row["since"] > day.isoformat():
        return f"{named} (depuis le {date.fromisoformat(row['since']):%d/%m/%Y})"
    return named


def advice(named: str) -> str | None:
    """Contact for services without an operator."""
    row = SHIPPED.names.get(named)
    return row["note"] if row and not row["siren"] else None
