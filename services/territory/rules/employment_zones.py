"""Rules of zones d'emploi: how a place is divided among them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from services.territory.models import EmploymentZone

DIGITS: Final = 6
"""Digits of a share after the point: one inhabitant of a large territory still shows."""


@dataclass(frozen=True)
class ZonePart:
    """Communes that a place and a zone d'emploi share."""

    zone: EmploymentZone
    commune_count: int
    population: int


@dataclass(frozen=True)
class ZoneShare:
    """Part of a place that lies in a zone d'emploi, with its weight in both."""

    code: str
    name: str
    commune_count: int
    population: int
    share: float | None
    share_of_zone: float | None


def shares(parts: Sequence[ZonePart]) -> list[ZoneShare]:
    """Weigh the parts of a place by their populations."""
    total = sum(part.population for part in parts)
    return [
        ZoneShare(
            part.zone.code,
            part.zone.name,
            part.commune_count,
            part.population,
            _share(part.population, total),
            _share(part.population, part.zone.population),
        )
        for part in parts
    ]


def _share(part: int, whole: int | None) -> float | None:
    return round(part / whole, DIGITS) if whole else None
