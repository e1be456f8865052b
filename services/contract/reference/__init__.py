"""Phases of the programme and their axes. A test compares them with those of the territory service."""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from shared.storage.reference_data import Row


@dataclass(frozen=True)
class ReferenceAxis:
    """Axis of action sheets. An axis added by a Region is for that Region only."""

    phase: str
    code: str
    label: str
    region: str | None


def _read(path: Path) -> tuple[ReferenceAxis, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            ReferenceAxis(row["phase"], row["code"], row["label"], row["region_code"] or None)
            for row in csv.DictReader(file)
        )


AXES: Final = _read(Path(__file__).with_name("axes.csv"))


def _targets(path: Path) -> tuple[dict[str, Any], ...]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    return tuple(
        {
            **row,
            "goal": int(row["goal"]) if row["goal"] else None,
            "due_on": date.fromisoformat(row["due_on"] or ""),
        }
        for row in rows
    )


TARGETS: Final = _targets(Path(__file__).with_name("targets.csv"))
"""Targets that the programme set itself, as the fields of a target."""


def _records(path: Path) -> tuple[Row, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        rows = [{name: value or None for name, value in row.items()} for row in csv.DictReader(file)]
    return tuple(
        {
            **{name: row[name] for name in ("code", "territory", "phase", "kind", "day", "precision", "note")},
            "regions": (row["region_codes"] or "").split(),
            "action_count": int(row["action_count"]) if row["action_count"] else None,
            "amount_cents": int(row["amount_eur"]) * 100 if row["amount_eur"] else None,
            "sources": (row["sources"] or "").split(" ; "),
        }
        for row in rows
    )


RECORDS: Final = _records(Path(__file__).with_name("contract_records.csv"))
"""Records of facts that sources published, in the JSON form of a record."""


ANNOUNCED: Final = {"2018": date(2018, 11, 22), "2023": date(2023, 11, 9)}
"""Phase → day of its announcement. Its territories were designated on that day or later."""


LISTED: Final = {"2018": date(2022, 12, 31), "2023": date(2024, 9, 16)}
"""Phase → day of the published list that is shipped. Each of its territories was designated on that day or before."""
# 2018: list of the Caisse des Dépôts on data.gouv.fr, end of 2022. 2023: list of the ANCT, state of 16 September 2024.


def axes_of(phase: str, regions: Collection[str]) -> list[str]:
    """Return the codes of the axes that a sheet of these Regions may use."""
    return [axis.code for axis in AXES if axis.phase == phase and axis.region in {None, *regions}]
