"""Rules of overlaps: the part of a territory that perimeters of other schemes cover. A commune counts whole."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from services.territory.models import Scheme, SchemePerimeter

DIGITS: Final = 6
"""Digits of a share after the point: one inhabitant of a large territory still shows."""


@dataclass(frozen=True)
class CoveredCommune:
    """A commune of a territory with the perimeters that cover it, as scheme/code."""

    code: str
    population: int
    perimeters: Sequence[str]


@dataclass
class Cover:
    """Communes that something covers, each once."""

    communes: dict[str, int] = field(default_factory=dict)
    """Population of each commune, by its code."""

    @property
    def commune_count(self) -> int:
        """Number of communes."""
        return len(self.communes)

    @property
    def population(self) -> int:
        """Inhabitants of the communes."""
        return sum(self.communes.values())


@dataclass(frozen=True)
class PerimeterOverlap:
    """Part of a territory that one perimeter covers."""

    code: str
    name: str | None
    phase: str | None
    signed_on: date | None
    commune_count: int
    population: int


@dataclass(frozen=True)
class SchemeOverlap:
    """Part of a territory that a scheme covers, by any of its perimeters."""

    code: str
    acronym: str
    name: str
    kind: str
    commune_count: int
    population: int
    commune_share: float | None
    population_share: float | None
    perimeters: list[PerimeterOverlap]


def overlaps_of(
    communes: Iterable[CoveredCommune],
    schemes: Mapping[str, Scheme],
    perimeters: Mapping[str, SchemePerimeter],
) -> list[SchemeOverlap]:
    """Return what each scheme covers of a territory, the largest part of its inhabitants first.

    `perimeters` are known by scheme/code. Communes without a perimeter count in the whole.
    """
    whole = Cover()
    by_scheme: dict[str, Cover] = {}
    by_perimeter: dict[str, Cover] = {}
    for commune in communes:
        whole.communes[commune.code] = commune.population
        for reference in commune.perimeters:
            scheme = reference.partition("/")[0]
            for cover in (by_scheme.setdefault(scheme, Cover()), by_perimeter.setdefault(reference, Cover())):
                cover.communes[commune.code] = commune.population
    found = [_scheme(schemes[code], cover, whole, by_perimeter, perimeters) for code, cover in by_scheme.items()]
    return sorted(found, key=lambda each: (-each.population, each.code))


def _scheme(
    scheme: Scheme,
    cover: Cover,
    whole: Cover,
    by_perimeter: Mapping[str, Cover],
    perimeters: Mapping[str, SchemePerimeter],
) -> SchemeOverlap:
    own = [
        PerimeterOverlap(each.code, each.name, each.phase, each.signed_on, part.commune_count, part.population)
        for reference, part in by_perimeter.items()
        if (each := perimeters[reference]).scheme_code == scheme.code
    ]
    return SchemeOverlap(
        code=scheme.code,
        acronym=scheme.acronym,
        name=scheme.name,
        kind=scheme.kind,
        commune_count=cover.commune_count,
        population=cover.population,
        commune_share=_share(cover.commune_count, whole.commune_count),
        population_share=_share(cover.population, whole.population),
        perimeters=sorted(own, key=lambda each: (-each.population, each.code)),
    )


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, DIGITS) if whole else None
