"""States of territories on a day, from what is recorded or what was recorded by a moment."""

from collections.abc import Callable, Collection, Sequence
from datetime import date, datetime

from sqlalchemy import Select, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import raiseload, selectinload

from services.territory.errors import TerritoryNotFound
from services.territory.models import EMPTY_GEOGRAPHY, Membership, Organisation, Phase, Territory
from services.territory.queries.days import day_asked
from services.territory.queries.employment_zones import bodies_in_zone
from services.territory.queries.filters import TerritoryFilters
from services.territory.queries.geography import member_geography, seek_place
from services.territory.queries.organisations import organisations_known
from services.territory.queries.territories import bodies_of_member, get_territory, require_places, territories_known
from services.territory.rules.days import PROGRAMME_ANNOUNCED, existed_on, require_designated, require_readable
from services.territory.rules.places import TerritoryOnDay
from services.territory.rules.search import organisation_text, territory_text
from shared.clock import today
from shared.http.pagination import PageRequest, Slice, page_of
from shared.storage.search import Sought


def day_counted(filters: TerritoryFilters) -> date:
    """Return the day of the states that filters ask for."""
    return day_asked(filters.as_of, filters.known_at) or today()


async def get_territory_on(
    session: AsyncSession,
    name: str,
    *,
    phase: str | None = None,
    as_of: date | None = None,
    known_at: datetime | None = None,
) -> Territory:
    """A territory that existed on a day, as it is recorded or was recorded by a moment."""
    territory = await get_territory(session, name, phase=phase)
    day = day_asked(as_of, known_at)
    if day is None:
        return territory
    if known_at is not None:
        found = await _known(session, known_at, keys=[territory.key], named=True)
        if not found:
            raise TerritoryNotFound(
                f"{territory.key} was not recorded yet at {known_at.isoformat()}: ask for a later moment."
            )
        territory = found[0]
    # A day before the territory is not found, and the refusal says since when it exists.
    require_readable(day, today=today(), earliest=date.min)
    require_designated(territory, day)
    return territory


async def list_states(
    session: AsyncSession, filters: TerritoryFilters, pagination: PageRequest
) -> Slice[TerritoryOnDay]:
    """One page of the states of territories on the day of the filters."""
    order = _place(await seek_place(session, filters.q, Territory))
    return page_of(await all_states(session, filters), pagination, order=order)


async def all_states(
    session: AsyncSession, filters: TerritoryFilters, *, named: bool = False
) -> Sequence[TerritoryOnDay]:
    """Return the states of all territories that existed on the day of the filters, in the order of the list.

    They are few hundred, and their place follows from their members: it is computed, not stored for each day.
    The members have their organisation only if they are to be `named` or searched.
    """
    with_names = named or bool(filters.q)
    day = day_counted(filters)
    await require_places(session, filters)
    wanted: list[Collection[str]] = []
    if filters.member:
        wanted.append(await bodies_of_member(session, filters.member))
    if filters.employment_zone:
        wanted.append(set(await session.scalars(bodies_in_zone(filters.employment_zone))))
    if filters.known_at is not None:
        territories: Sequence[Territory] = await _known(session, filters.known_at, named=with_names)
    else:
        territories = (await session.scalars(_with_members(filters.phase, named=with_names))).all()
    parameter = "known_at" if filters.known_at and not filters.as_of else "as_of"
    require_readable(day, today=today(), earliest=await _first_day(session, filters.phase), parameter=parameter)
    states = (TerritoryOnDay.of(each, day) for each in territories if existed_on(each, day))
    sought = await seek_place(session, filters.q, Territory)
    chosen = (state for state in states if _is_chosen(state, filters, wanted) and (not sought or _fits(state, sought)))
    return sorted(chosen, key=_place(sought))


def _place(sought: Sought | None) -> Callable[[TerritoryOnDay], tuple[str, ...]]:
    """Return the order of a list: by key, but first what is named so as a whole."""
    return lambda state: (str(sought.rank(state.territory.search) if sought else 0), state.territory.key)


def _with_members(phase: str | None, *, named: bool) -> Select[tuple[Territory]]:
    """Select the territories of a phase with what their states need: members, `named` with their organisations."""
    members = selectinload(Territory.memberships)
    return (
        select(Territory)
        .where(Territory.phase == phase if phase else true())
        .options(
            members if named else members.raiseload(Membership.organisation),
            *map(raiseload, (Territory.departement_rows, Territory.pilots, Territory.state_referents)),
        )
        .order_by(Territory.key)
    )


async def _first_day(session: AsyncSession, phase: str | None) -> date:
    """Return the day of the announcement of a phase, or of the programme."""
    return (await session.get_one(Phase, phase)).announced_on if phase else PROGRAMME_ANNOUNCED


def _is_chosen(state: TerritoryOnDay, filters: TerritoryFilters, wanted: Sequence[Collection[str]]) -> bool:
    territory, place = state.territory, state.place
    return (
        filters.phase in (None, territory.phase)
        and (filters.is_pilot is None or (filters.is_pilot == "true") is bool(state.is_pilot))
        and filters.wave in (None, state.wave)
        and filters.status in (None, state.status)
        and (filters.region is None or filters.region in place.regions)
        and (filters.departement is None or filters.departement in place.departements)
        and all(not state.found_under.isdisjoint(bodies) for bodies in wanted)
    )


def _fits(state: TerritoryOnDay, sought: Sought) -> bool:
    """Return True if each word fits the territory or one of its members."""
    texts = [state.territory.search, *(member.organisation.search for member in state.members)]
    lies = state.place.departements
    return bool(sought.terms) and all(
        any(code in lies for code in term.departements) or any(term.fits(text) for text in texts)
        for term in sought.terms
    )


async def _known(
    session: AsyncSession, known_at: datetime, *, named: bool, keys: Collection[str] | None = None
) -> list[Territory]:
    """Return territories with their phase and members, as they were recorded by a moment.

    The members have their organisation only if they are to be `named`.
    """
    territories = await territories_known(session, known_at, keys=keys)
    phases = {phase.code: phase for phase in await session.scalars(select(Phase))}
    members = [member for territory in territories for member in territory.memberships]
    if named:
        sirens = {member.siren for member in members}
        organisations: dict[str, Organisation] = {
            each.siren: each for each in await organisations_known(session, known_at, keys=sirens)
        }
        # Texts in the history may be older than the rule of the search.
        for organisation in organisations.values():
            organisation.search = organisation_text(organisation)
        for territory in territories:
            territory.search = territory_text(territory)
        for member in members:
            member.organisation = organisations[member.siren]
    # Lines from before memberships kept their geography.
    geography = await member_geography(session, {each.siren for each in members if each.geography is EMPTY_GEOGRAPHY})
    for member in members:
        if member.geography is EMPTY_GEOGRAPHY:
            member.geography = geography[member.siren]
    for territory in territories:
        territory.programme_phase = phases[territory.phase]
    return territories
