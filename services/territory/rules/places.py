"""Rules of places: where a territory lies, computed from its members of a day."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date
from typing import Any, Literal

from services.territory.models import DatedWave, MemberGeography, Membership, Territory
from services.territory.rules.days import is_open_on, members_on
from services.territory.rules.waves import first_day_of, is_pilot_on, waves_by


@dataclass(frozen=True)
class Area:
    """Communes of a member in one département, summed up."""

    departement: str
    region: str
    communes: int
    population: int
    located: int
    """Population of the communes with a known centre point."""
    lon_sum: float
    lat_sum: float
    """Sums of the coordinates of these centre points, each multiplied by its population."""


@dataclass(frozen=True)
class TerritoryPlace:
    """TerritoryPlace and population of a territory."""

    regions: list[str]
    departements: list[str]
    commune_count: int
    population: int
    lon: float | None
    lat: float | None


def geography_of(areas: Sequence[Area], within: Iterable[str]) -> MemberGeography:
    """Return what a membership keeps of the official geography."""
    return MemberGeography(within=sorted(within), areas=[list(astuple(area)) for area in areas])


def place_of(members: Iterable[Membership], *, lead: str) -> TerritoryPlace:
    """Compute the place and the population from the members. The lead région is first if a member lies in it."""
    areas = [
        Area(*values)
        for member in sorted(members, key=lambda member: member.siren)
        for values in member.geography["areas"]
    ]
    by_region: Counter[str] = Counter()
    by_departement: Counter[str] = Counter()
    for area in areas:
        by_region[area.region] += area.population
        by_departement[area.departement] += area.population
    # Members without a commune in the official geography lie nowhere: the territory stays where it was.
    regions = sorted(_ranked(by_region), key=lambda code: code != lead) or [lead]
    located = sum(area.located for area in areas)
    return TerritoryPlace(
        regions=regions,
        departements=_ranked(by_departement),
        commune_count=sum(area.communes for area in areas),
        population=sum(area.population for area in areas),
        lon=round(sum(area.lon_sum for area in areas) / located, 4) if located else None,
        lat=round(sum(area.lat_sum for area in areas) / located, 4) if located else None,
    )


def regions_of(members: Iterable[Membership]) -> set[str]:
    """Return the régions in which members lie."""
    return {Area(*values).region for member in members for values in member.geography["areas"]}


def departements_of(members: Iterable[Membership]) -> set[str]:
    """Return the départements in which members lie."""
    return {Area(*values).departement for member in members for values in member.geography["areas"]}


def regions_on(territory: Territory, day: date) -> list[str]:
    """Return the régions of the members of a day, the lead région first if one lies there."""
    members = members_on(territory, day)
    there = regions_of(members)
    if not there:
        # No geography of any of them is known.
        return territory.regions
    return [code for code in place_of(members, lead=territory.regions[0]).regions if code in there]


def settle(territory: Territory, *, lead: str) -> None:
    """Store the place and the population of today."""
    place = place_of(territory.members, lead=lead)
    for name, value in asdict(place).items():
        if getattr(territory, name, None) != value:
            setattr(territory, name, value)


def describe(territory: Territory, geography: Mapping[str, MemberGeography]) -> None:
    """Renew what the memberships keep of the official geography."""
    for member in territory.memberships:
        current = geography.get(member.siren)
        if current is not None and member.geography != current:
            member.geography = current


@dataclass(frozen=True)
class TerritoryOnDay:
    """State of a territory at the end of a day."""

    territory: Territory
    day: date
    members: list[Membership]
    place: TerritoryPlace

    @classmethod
    def of(cls, territory: Territory, day: date) -> "TerritoryOnDay":
        """Compute the state of a day from the memberships."""
        members = members_on(territory, day)
        return cls(territory, day, members, place_of(members, lead=territory.regions[0]))

    @property
    def sirens(self) -> list[str]:
        """SIRENs of the members."""
        return [member.siren for member in self.members]

    @property
    def waves(self) -> list[DatedWave]:
        """Waves that have begun by the day; the last one is that of the day."""
        return waves_by(self.territory, self.day)

    @property
    def wave(self) -> str | None:
        """Wave of the day."""
        return self.waves[-1]["wave"] if self.waves else None

    @property
    def is_pilot(self) -> bool | None:
        """True for a pilot territory; null: no source says that it was one by that day."""
        return is_pilot_on(self.territory, self.day)

    @property
    def status(self) -> Literal["open", "closed"]:
        """State of the territory in the programme on that day."""
        return "open" if is_open_on(self.territory, self.day) else "closed"

    @property
    def facts(self) -> dict[str, Any]:
        """Facts that differ from those of today."""
        known = all(member.entered_on for member in self.members)
        return {
            **asdict(self.place),
            "member_count": len(self.members),
            "membership": "known" if known else "unknown",
            "status": self.status,
            "wave": self.wave,
            "wave_from": first_day_of(self.waves[-1]) if self.waves else None,
            "is_pilot": self.is_pilot,
        }


def _ranked(population: Counter[str]) -> list[str]:
    return sorted(population, key=lambda code: (-population[code], code))
