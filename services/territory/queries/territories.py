"""Territories, by key or code; who may touch them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import Select, or_, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CodeNotKnown, UnknownPilot, UnknownTerritory
from services.territory.models import (
    Departement,
    Membership,
    Organisation,
    Phase,
    Pilot,
    Region,
    Territory,
    TerritoryDepartement,
    TerritoryRegion,
)
from services.territory.queries.geography import bodies_of_commune, require_known
from services.territory.rules.days import require_designated, require_readable
from services.territory.rules.territories import is_key, require_one
from shared.clock import today
from shared.http.pagination import PageRequest, Slice, page
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller, access_scope
from shared.security.roles import ScopedBy
from shared.storage.search import words


@dataclass(frozen=True)
class Wanted:
    """Which territories a list is about."""

    phase: str | None = None
    region: str | None = None
    departement: str | None = None
    member: str | None = None
    q: str | None = None
    is_pilot: str | None = None


async def list_territories(session: AsyncSession, pagination: PageRequest, wanted: Wanted) -> Slice[Territory]:
    """One page of territories."""
    return await page(session, await chosen(session, wanted), pagination, order=(Territory.key,))


async def all_territories(session: AsyncSession, wanted: Wanted) -> Sequence[Territory]:
    """Every territory that is wanted."""
    return (await session.scalars(await chosen(session, wanted))).all()


async def chosen(session: AsyncSession, wanted: Wanted) -> Select[tuple[Territory]]:
    """The territories that are wanted, in the order of their keys."""
    statement = select(Territory).order_by(Territory.key)
    if wanted.phase:
        statement = statement.where(Territory.phase == wanted.phase)
    if wanted.is_pilot:
        statement = statement.where(Territory.is_pilot.is_(True if wanted.is_pilot == "true" else None))
    if wanted.region:
        await require_known(session, Region, wanted.region, parameter="region")
        lies = select(TerritoryRegion.territory_key).where(TerritoryRegion.region_code == wanted.region)
        statement = statement.where(Territory.key.in_(lies))
    if wanted.departement:
        await require_known(session, Departement, wanted.departement, parameter="departement")
        lies = select(TerritoryDepartement.territory_key).where(
            TerritoryDepartement.departement_code == wanted.departement
        )
        statement = statement.where(Territory.key.in_(lies))
    if wanted.member:
        bodies = await _bodies(session, wanted.member)
        statement = statement.where(Territory.key.in_(_with_members(Membership.siren.in_(bodies))))
    for word in words(wanted.q or ""):
        begins = f"% {word}%"
        named = _with_members(Membership.organisation.has(Organisation.search.like(begins)))
        statement = statement.where(or_(Territory.search.like(begins), Territory.key.in_(named)))
    return statement


async def get_territory(session: AsyncSession, name: str, *, phase: str | None = None, lock: bool = False) -> Territory:
    """A territory by its key, or by a code that only one territory has in the phases asked for."""
    column = Territory.key if is_key(name) else Territory.code
    statement = select(Territory).where(column == name).order_by(Territory.key)
    if phase:
        statement = statement.where(Territory.phase == phase)
    if lock:
        statement = statement.with_for_update()
    found = (await session.scalars(statement)).all()
    if not found:
        raise UnknownTerritory(
            f"There is no territory {name}{f' in phase {phase}' if phase else ''}: "
            "GET /v1/territories lists them, and finds them by name with `q`."
        )
    require_one(name, [one.key for one in found])
    return found[0]


async def get_territory_on(
    session: AsyncSession, name: str, *, phase: str | None = None, as_of: date | None = None
) -> Territory:
    """A territory that existed on a day."""
    territory = await get_territory(session, name, phase=phase)
    if as_of is not None:
        require_readable(as_of, today=today())
        require_designated(territory, await session.get_one(Phase, territory.phase), as_of)
    return territory


async def territories_by_key(session: AsyncSession, keys: Collection[str]) -> dict[str, Territory]:
    """The territories of these keys, those there are."""
    found = await session.scalars(select(Territory).where(Territory.key.in_(keys)))
    return {one.key: one for one in found}


async def elsewhere(session: AsyncSession, sirens: Collection[str], territory: Territory) -> dict[str, str]:
    """Which of these are members of another territory of the same phase, and of which."""
    statement = (
        select(Membership.siren, Membership.territory_key)
        .join(Territory)
        .where(
            Membership.siren.in_(sirens),
            Membership.left_on.is_(None),
            Territory.phase == territory.phase,
            Territory.key != territory.key,
        )
    )
    return dict((await session.execute(statement)).tuples().all())


def pilot_of(territory: Territory, pilot_id: UUID) -> Pilot:
    """A mandate of the territory."""
    for pilot in territory.pilots:
        if pilot.id == pilot_id:
            return pilot
    raise UnknownPilot(f"No mandate {pilot_id}: GET /v1/territories/{territory.key}/pilots lists those there are.")


async def access_scope_of(session: AsyncSession, caller: Caller) -> AccessScope:
    """Return the access scope of the caller today. A former member or pilot has none."""
    if caller.org is None:
        return access_scope(caller)
    if caller.role.row.scoped_by is ScopedBy.REGION:
        region = await session.scalar(
            select(Organisation.region_code).where(
                Organisation.siren == caller.org, Organisation.kind.in_(caller.role.row.kinds)
            )
        )
        return access_scope(caller, regions=[region] if region else [])
    if caller.role.row.scoped_by is ScopedBy.TERRITORY:
        member = select(Membership.territory_key).where(Membership.siren == caller.org, Membership.left_on.is_(None))
        pilot = select(Pilot.territory_key).where(Pilot.organisation_siren == caller.org, Pilot.until.is_(None))
        return access_scope(caller, territories=(await session.scalars(union(member, pilot))).all())
    return access_scope(caller)


def _with_members(condition: Any) -> Select[tuple[str]]:
    return select(Membership.territory_key).where(Membership.left_on.is_(None), condition)


async def _bodies(session: AsyncSession, member: str) -> set[str]:
    """A SIREN stands for itself; a commune also for the intercommunality that it is in."""
    bodies = await bodies_of_commune(session, member)
    if len(member) == 9 and await session.get(Organisation, member) is not None:
        bodies.add(member)
    if not bodies:
        raise CodeNotKnown(
            f"{member} is neither a registered organisation nor a commune: GET /v1/epcis and GET /v1/communes find it.",
            errors=[FieldError(parameter="member", detail=f"{member} is not known")],
        )
    return bodies
