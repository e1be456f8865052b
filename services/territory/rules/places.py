"""Rules of places: where a territory lies, computed from its members of a day."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass
from datetime import date
from typing import Any, Literal

from services.territory.models import DatedWave, MemberGeography, Membership, TakenOver, Territory
from services.territory.rules.days import day_within, is_open_on, members_on
from services.territory.rules.successions import CountedBody, counted_bodies
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


def geography_of(areas: Sequence[Area], within: Iterable[str], taken_over: Sequence[TakenOver] = ()) -> MemberGeography:
    """Return what a membership keeps of the official geography."""
    geography = MemberGeography(within=sorted(within), areas=[list(astuple(area)) for area in areas])
    if taken_over:
        geography["taken_over"] = list(taken_over)
    return geography


def areas_of(members: Collection[Membership], day: date) -> list[Area]:
    """Return the areas of members and of the bodies that they have taken over by a day: each commune once."""
    return [Area(*values) for body in counted_bodies(members, day) for values in body.geography["areas"]]


def place_of(members: Collection[Membership], day: date, *, lead: str) -> TerritoryPlace:
    """Compute the place and the population of a day from its members.

    The lead région is first if a member lies in it.
    """
    areas = areas_of(members, day)
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


def regions_of(members: Collection[Membership], day: date) -> set[str]:
    """Return the régions in which members lie on a day."""
    return {area.region for area in areas_of(members, day)}


def departements_of(members: Collection[Membership], day: date) -> set[str]:
    """Return the départements in which members lie on a day."""
    return {area.departement for area in areas_of(members, day)}


def regions_on(territory: Territory, day: date) -> list[str]:
    """Return the régions of the members of a day, the lead région first if one lies there."""
    members, day = members_on(territory, day), day_within(territory, day)
    there = regions_of(members, day)
    if not there:
        # No geography of any of them is known.
        return territory.regions
    return [code for code in place_of(members, day, lead=territory.regions[0]).regions if code in there]


def settle(territory: Territory, *, lead: str, today: date) -> None:
    """Store the place and the population of today."""
    place = place_of(territory.members, day_within(territory, today), lead=lead)
    for name, value in asdict(place).items():
        if getattr(territory, name, None) != value:
            setattr(territory, name, value)


def describe(territory: Territory, geography: Mapping[str, MemberGeography]) -> bool:
    """Renew what the memberships keep of the official geography. Return True if something of it has changed."""
    has_changed = False
    for member in territory.memberships:
        current = geography.get(member.siren)
        if current is not None and member.geography != current:
            member.geography = current
            has_changed = True
    return has_changed


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
        place = place_of(members, day_within(territory, day), lead=territory.regions[0])
        return cls(territory, day, members, place)

    @property
    def bodies(self) -> list[CountedBody]:
        """Bodies whose communes count: the members, and what they have taken over by the day."""
        return counted_bodies(self.members, day_within(self.territory, self.day))

    @property
    def sirens(self) -> list[str]:
        """SIRENs of the bodies whose communes count."""
        return [body.siren for body in self.bodies]

    @property
    def found_under(self) -> set[str]:
        """SIRENs under which a filter finds the territory: those of the members, and of what they have taken over."""
        return {*self.sirens, *(member.siren for member in self.members)}

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
