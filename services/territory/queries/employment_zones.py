"""Zones d'emploi, and the parts of other places that lie in them."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, CompoundSelect, func, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Commune, EmploymentZone, Territory
from services.territory.queries.geography import all_places, key_of, list_places
from services.territory.rules.employment_zones import ZonePart
from services.territory.rules.places import TerritoryOnDay
from shared.clock import today
from shared.http.pagination import PageRequest, Slice


async def list_employment_zones(
    session: AsyncSession, pagination: PageRequest, *, territory: str | None = None, **filters: Any
) -> Slice[EmploymentZone]:
    """One page of zones d'emploi."""
    conditions = await _around(session, territory)
    return await list_places(session, EmploymentZone, pagination, *conditions, **filters)


async def all_employment_zones(
    session: AsyncSession, *, territory: str | None = None, **filters: Any
) -> Sequence[EmploymentZone]:
    """Return every zone d'emploi that a list asks for."""
    return await all_places(session, EmploymentZone, *await _around(session, territory), **filters)


async def zones_of(session: AsyncSession, sirens: Collection[str]) -> list[ZonePart]:
    """Return the zones d'emploi in which EPCIs, EPTs or communes lie, most populated part first."""
    population = func.coalesce(func.sum(Commune.population), 0)
    statement = (
        select(Commune.employment_zone, func.count(), population)
        .where(_communes_of(sirens))
        .group_by(Commune.employment_zone)
        .order_by(population.desc(), Commune.employment_zone)
    )
    parts = (await session.execute(statement)).tuples().all()
    known = select(EmploymentZone).where(EmploymentZone.code.in_([code for code, *_ in parts]))
    zones = {zone.code: zone for zone in await session.scalars(known)}
    return [ZonePart(zones[code], communes, int(population or 0)) for code, communes, population in parts]


def bodies_in_zone(code: str) -> CompoundSelect[tuple[str]]:
    """Select the SIRENs of the communes of a zone d'emploi, of their EPCIs and of their EPTs."""
    columns = (Commune.siren, Commune.epci_siren, Commune.ept_siren)
    return union(*(select(each).where(Commune.employment_zone == code, each.is_not(None)) for each in columns))


async def _around(session: AsyncSession, territory: str | None) -> list[ColumnElement[bool]]:
    """Return the condition that a zone has communes of a territory."""
    if territory is None:
        return []
    found = await session.get_one(Territory, await key_of(session, territory))
    inside = select(Commune.employment_zone).where(_communes_of(TerritoryOnDay.of(found, today()).sirens))
    return [EmploymentZone.code.in_(inside)]


def _communes_of(sirens: Collection[str]) -> ColumnElement[bool]:
    return or_(*(column.in_(sirens) for column in (Commune.siren, Commune.epci_siren, Commune.ept_siren)))
