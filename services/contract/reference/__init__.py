"""The phases of the programme and their axes. A test keeps them equal to those that the territory service publishes."""

import csv
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final


@dataclass(frozen=True)
class Axis:
    """An axis by which action sheets are sorted; one that a Region added is for that Region alone."""

    phase: str
    code: str
    label: str
    region: str | None


def _read(path: Path) -> tuple[Axis, ...]:
    with path.open(encoding="utf-8", newline="") as file:
        return tuple(
            Axis(row["phase"], row["code"], row["label"], row["region_code"] or None) for row in csv.DictReader(file)
        )


AXES: Final = _read(Path(__file__).with_name("axes.csv"))


ANNOUNCED: Final = {"2018": date(2018, 11, 22), "2023": date(2023, 11, 9)}
"""Phase → the day of its announcement. No territory of it can have been designated before."""


def axes_of(phase: str, regions: Collection[str]) -> list[str]:
    """The codes of the axes that a sheet of these Regions may use."""
    return [axis.code for axis in AXES if axis.phase == phase and axis.region in {None, *regions}]
