"""Territories, by key or code; who may touch them."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, exists, false, func, or_, select, true, union
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import CodeNotKnown, TerritoryNotFound
from services.territory.models import (
    Departement,
    EmploymentZone,
    Membership,
    Organisation,
    Phase,
    Pilot,
    Region,
    Territory,
    TerritoryDepartement,
    TerritoryRegion,
)
from services.territory.queries.employment_zones import bodies_in_zone
from services.territory.queries.filters import TerritoryFilters
from services.territory.queries.geography import bodies_of_commune, official, require_known, seek_place
from services.territory.queries.successions import with_heirs
from services.territory.rules.organisations import OFFICIAL
from services.territory.rules.perimeters import Holding, holdings
from services.territory.rules.territories import is_key, require_one
from shared.clock import today
from shared.events.codes import overseas
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.problem import FieldError
from shared.security.access import AccessScope, Caller, access_scope
from shared.security.roles import ScopedBy
from shared.storage.search import Sought
from shared.storage.succession import predecessors_of


async def access_scope_of(session: AsyncSession, caller: Caller) -> AccessScope:
    """Return the access scope of the caller today. A former member or pilot has none, nor a body that has ended."""
    scoped_by = caller.role.definition.scoped_by
    if caller.org is None or scoped_by in (ScopedBy.NOTHING, ScopedBy.EVERYTHING):
        return access_scope(caller)
    former = await predecessors_of(
        session,
        caller.org,
        key=Organisation.siren,
        successor=Organisation.successor_siren,
        duplicate_of=Organisation.duplicate_of_siren,
        has_ended=or_(Organisation.valid_to.is_(None), _is_over()),
    )
    scope_of = partial(access_scope, caller, predecessors=former)
    if scoped_by is ScopedBy.REGION:
        region = await session.scalar(
            select(Organisation.region_code).where(
                Organisation.siren == caller.org,
                Organisation.kind.in_(caller.role.definition.kinds),
                ~_has_ended(caller.org),
            )
        )
        return scope_of(regions=[region] if region else [])
    if scoped_by is ScopedBy.TERRITORY:
        member = _with_members(Membership.siren == caller.org).where(~_has_ended(caller.org))
        return scope_of(territories=(await session.scalars(union(member, _in_office(caller.org)))).all())
    if leads_as := caller.role.definition.leads_as:
        leads = _in_office(caller.org).where(Pilot.capacity.in_(leads_as))
        return scope_of(territories=(await session.scalars(leads)).all())
    return scope_of()


def _in_office(siren: str) -> Select[tuple[str]]:
    """Select the territories in which an organisation has a mandate today."""
    return select(Pilot.territory_key).where(
        Pilot.organisation_siren == siren,
        Pilot.since <= today(),
        or_(Pilot.until.is_(None), Pilot.until > today()),
        ~_has_ended(siren),
    )


def _has_ended(siren: str) -> ColumnElement[bool]:
    """Return the condition that an organisation is known to have ended."""
    return exists().where(Organisation.siren == siren, _is_over())


def _is_over() -> ColumnElement[bool]:
    """Return the condition of the organisations that are known to have ended: `is_closed_on`, in SQL."""
    return func.substr(today().isoformat(), 1, func.length(Organisation.valid_to)) > Organisation.valid_to


_territories: Final = PublicCollection(Territory, "territory", access_scope_of, order=(Territory.key,))
territory_changes: Final = _territories.changes
territories_known: Final = _territories.known


async def list_territories(
    session: AsyncSession, filters: TerritoryFilters, pagination: PageRequest
) -> Slice[Territory]:
    """One page of territories, as they are today."""
    sought = await seek_place(session, filters.q, Territory)
    statement = await _chosen(session, filters, sought)
    first = sought.ranks(Territory.search) if sought else ()
    return await _territories.page(session, statement.order_by(Territory.key), pagination, first=first)


async def all_territories(session: AsyncSession, filters: TerritoryFilters) -> Sequence[Territory]:
    """Return every territory that a list asks for, as it is today."""
    return (await session.scalars(await chosen_territories(session, filters))).all()


async def chosen_territories(session: AsyncSession, filters: TerritoryFilters) -> Select[tuple[Territory]]:
    """Return the statement of the territories that a list asks for, as they are today, in its order."""
    sought = await seek_place(session, filters.q, Territory)
    first = sought.order(Territory.search) if sought else []
    return (await _chosen(session, filters, sought)).order_by(*first, Territory.key)


async def _chosen(session: AsyncSession, filters: TerritoryFilters, sought: Sought | None) -> Select[tuple[Territory]]:
    await require_places(session, filters)
    statement = select(Territory).where(*_stored_conditions(filters))
    if filters.member:
        bodies = await with_heirs(session, await bodies_of_member(session, filters.member))
        statement = statement.where(Territory.key.in_(_with_members(Membership.siren.in_(bodies))))
    if filters.employment_zone:
        inside = await with_heirs(session, (await session.scalars(bodies_in_zone(filters.employment_zone))).all())
        statement = statement.where(Territory.key.in_(_with_members(Membership.siren.in_(inside))))
    if sought:
        statement = statement.where(true() if sought.terms else false())
        for term in sought.terms:
            named = _with_members(Membership.organisation.has(term.condition(Organisation.search)))
            lies = Territory.departement_rows.any(TerritoryDepartement.departement_code.in_(term.departements))
            here = [lies] if term.departements else []
            statement = statement.where(or_(term.condition(Territory.search), Territory.key.in_(named), *here))
    return statement


def _stored_conditions(filters: TerritoryFilters) -> Iterator[ColumnElement[bool]]:
    """Yield the conditions on what is stored of a territory itself."""
    if filters.phase:
        yield Territory.phase == filters.phase
    if filters.is_pilot:
        yield Territory.is_pilot.is_(True if filters.is_pilot == "true" else None)
    if filters.wave:
        yield Territory.wave == filters.wave
    if filters.status:
        yield Territory.closed_on.is_(None) if filters.status == "open" else Territory.closed_on.is_not(None)
    if filters.region:
        yield Territory.region_rows.any(TerritoryRegion.region_code == filters.region)
    if filters.departement:
        yield Territory.departement_rows.any(TerritoryDepartement.departement_code == filters.departement)


async def require_places(session: AsyncSession, filters: TerritoryFilters) -> None:
    """Refuse the code of a région, a département or a zone d'emploi that names nothing."""
    if filters.region:
        await require_known(session, Region, filters.region, parameter="region")
    if filters.departement:
        await require_known(session, Departement, filters.departement, parameter="departement")
    if filters.employment_zone:
        await require_known(session, EmploymentZone, filters.employment_zone, parameter="employment_zone")


async def get_territory(session: AsyncSession, name: str, *, phase: str | None = None, lock: bool = False) -> Territory:
    """A territory by its key, or by a code that only one territory has in the phases asked for."""
    column = Territory.key if is_key(name) else Territory.code
    statement = select(Territory).where(column == name).order_by(Territory.key)
    if phase:
        statement = statement.where(Territory.phase == phase)
    if lock:
        # Not the phase that is joined to it.
        statement = statement.with_for_update(of=Territory)
    found = (await session.scalars(statement)).all()
    if not found:
        raise TerritoryNotFound(
            f"There is no territory {name}{f' in phase {phase}' if phase else ''}: "
            "GET /v1/territories lists them, and finds them by name with `q`."
        )
    require_one(name, [one.key for one in found])
    return found[0]


async def find_territory(session: AsyncSession, key: str) -> Territory | None:
    """Return a territory by its key, or None."""
    return (await session.scalars(select(Territory).where(Territory.key == key))).one_or_none()


async def get_territories(session: AsyncSession, keys: Sequence[str], *, field: str) -> list[Territory]:
    """Return territories in the order of their keys. The refusal names each key that names nothing."""
    found = {each.key: each for each in await session.scalars(select(Territory).where(Territory.key.in_(set(keys))))}
    unknown = {f"/{field}/{index}": key for index, key in enumerate(keys) if key not in found}
    if unknown:
        raise CodeNotKnown(
            f"There is no territory {', '.join(dict.fromkeys(unknown.values()))}: GET /v1/territories lists the keys.",
            errors=[FieldError(pointer=place, detail=f"{key} is not known") for place, key in unknown.items()],
        )
    return [found[key] for key in sorted(found)]


async def territory_history(
    session: AsyncSession, name: str, pagination: PageRequest, *, phase: str | None = None
) -> Slice[dict[str, Any]]:
    """Return the past of a territory."""
    return await _territories.public_history_of(session, await get_territory(session, name, phase=phase), pagination)


async def phase_of(session: AsyncSession, name: str) -> str:
    """Return the phase of a territory, by its key or by a code that only one territory has."""
    column = Territory.key if is_key(name) else Territory.code
    found = (await session.execute(select(Territory.key, Territory.phase).where(column == name))).all()
    if not found:
        raise TerritoryNotFound(f"There is no territory {name}: GET /v1/territories lists them.")
    require_one(name, sorted(row.key for row in found))
    phase: str = found[0].phase
    return phase


async def lock_phase(session: AsyncSession, phase: str) -> Phase:
    """Lock a phase: one command at a time changes the perimeters of its territories."""
    statement = select(Phase).where(Phase.code == phase).with_for_update(key_share=True)
    return (await session.scalars(statement)).one()


async def holdings_elsewhere(session: AsyncSession, territory: Territory) -> list[Holding]:
    """Return the memberships of all other territories of the phase."""
    statement = select(Territory).where(Territory.phase == territory.phase, Territory.key != territory.key)
    return [each for other in await session.scalars(statement) for each in holdings(other)]


def _with_members(condition: Any) -> Select[tuple[str]]:
    """Select the territories with such a member today; of a closed territory, the last members count."""
    left_with_closing = Membership.territory.has(Territory.closed_on <= Membership.left_on)
    return select(Membership.territory_key).where(or_(Membership.left_on.is_(None), left_with_closing), condition)


async def bodies_of_member(session: AsyncSession, member: str) -> set[str]:
    """A SIREN stands for itself; a commune also for the intercommunality that it is in."""
    bodies = await bodies_of_commune(session, member)
    if len(member) == 9:
        organisation = await session.get(Organisation, member) or await official(session, member)
        if organisation is not None and organisation.kind in OFFICIAL:
            bodies.add(member)
        elif organisation is not None:
            raise _no_member(f"{organisation.name} ({member}) is no EPCI, EPT or commune", "is no EPCI, EPT or commune")
    if not bodies and (elsewhere := overseas(member)):
        raise _no_member(elsewhere, elsewhere)
    if not bodies:
        raise _no_member(f"{member} is no SIREN of an EPCI, EPT or commune, nor its INSEE code", "is not known")
    return bodies


def _no_member(wrong: str, detail: str) -> CodeNotKnown:
    return CodeNotKnown(
        f"{wrong}: GET /v1/epcis, /v1/epts and /v1/communes find the codes.",
        errors=[FieldError(parameter="member", detail=detail)],
    )
