"""Organisations, by their SIREN or by a name."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, inspect, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import OrganisationNotFound
from services.territory.models import Organisation, Region
from services.territory.queries.days import day_asked
from services.territory.queries.filters import OrganisationFilters
from services.territory.queries.geography import official, require_known
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from services.territory.rules.organisations import lives_on
from services.territory.rules.search import organisation_text
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page_of
from shared.references import LOOK_UP, unknown_organisation
from shared.storage.search import Sought

_organisations: Final = PublicCollection(Organisation, "organisation", access_scope_of, order=(Organisation.siren,))
organisation_changes: Final = _organisations.changes
organisations_known: Final = _organisations.known


async def list_organisations(
    session: AsyncSession, filters: OrganisationFilters, pagination: PageRequest
) -> Slice[Organisation]:
    """One page of organisations."""
    if filters.known_at is not None:
        found = await known_organisations(session, filters, filters.known_at)
        return page_of(found, pagination, order=_place(filters))
    first = sought.ranks(Organisation.search) if (sought := Sought.of(filters.q)) else ()
    return await _organisations.page(session, await chosen_organisations(session, filters), pagination, first=first)


async def chosen_organisations(session: AsyncSession, filters: OrganisationFilters) -> Select[tuple[Organisation]]:
    """Return the statement of the organisations that a list asks for, in its order."""
    await _require_fitting(session, filters)
    statement = select(Organisation)
    if sought := Sought.of(filters.q):
        statement = statement.where(sought.condition(Organisation.search))
        statement = statement.order_by(*sought.order(Organisation.search))
    statement = statement.order_by(Organisation.siren)
    if filters.kind:
        statement = statement.where(Organisation.kind == filters.kind)
    if filters.region:
        statement = statement.where(Organisation.region_code == filters.region)
    if filters.as_of:
        statement = statement.where(*_lives_on(filters.as_of))
    return statement


async def known_organisations(
    session: AsyncSession, filters: OrganisationFilters, known_at: datetime
) -> list[Organisation]:
    """Return the organisations that a list asks for, as they were known at a moment. They are few thousand."""
    await _require_fitting(session, filters)
    day = day_asked(filters.as_of, known_at) or today()
    sought = Sought.of(filters.q)
    known = await organisations_known(session, known_at)
    for each in known:
        # Texts in the history may be older than the rule of the search.
        each.search = organisation_text(each)
    found = [
        each
        for each in known
        if lives_on(each, day)
        and (sought is None or sought.fits(each.search))
        and filters.kind in (None, each.kind)
        and filters.region in (None, each.region_code)
    ]
    return sorted(found, key=_place(filters))


def _place(filters: OrganisationFilters) -> Callable[[Organisation], tuple[str, ...]]:
    """Return the order of a list: by SIREN, but first what is named so as a whole."""
    sought = Sought.of(filters.q)
    return lambda each: (str(sought.rank(each.search) if sought else 0), each.siren)


async def _require_fitting(session: AsyncSession, filters: OrganisationFilters) -> None:
    """Refuse a day that cannot be read, and the code of a région that names nothing."""
    if filters.region:
        await require_known(session, Region, filters.region, parameter="region")
    if filters.as_of:
        # Organisations are older than the programme, and so are their names.
        require_readable(filters.as_of, today=today(), earliest=date.min)


def _lives_on(day: date) -> Iterator[ColumnElement[bool]]:
    """`rules.organisations.lives_on`, in SQL: days of a life may be months or years."""
    first, last = Organisation.valid_from, Organisation.valid_to
    asked = literal(day.isoformat())
    yield or_(first.is_(None), first <= func.substr(asked, 1, func.length(first)))
    yield or_(last.is_(None), last >= func.substr(asked, 1, func.length(last)))


async def get_organisation(session: AsyncSession, siren: str, *, lock: bool = False) -> Organisation:
    """A registered organisation; locked, one command at a time decides on it. If nobody registered it: a place."""
    organisation = await session.get(Organisation, siren, with_for_update=True if lock else None)
    organisation = organisation or await official(session, siren)
    if organisation is None:
        raise OrganisationNotFound(f"{siren} names no organisation: {LOOK_UP}.")
    return organisation


def is_registered(organisation: Organisation) -> bool:
    """Return True for an organisation of the register, False for a place that nobody has registered."""
    return not inspect(organisation).transient


async def require_organisation(session: AsyncSession, siren: str, *, parameter: str) -> None:
    """Refuse a filter by an organisation that is neither registered nor an EPCI, EPT or commune."""
    if await session.get(Organisation, siren) is None and await official(session, siren) is None:
        raise unknown_organisation(siren, parameter=parameter)


async def get_organisation_on(
    session: AsyncSession, siren: str, *, as_of: date | None = None, known_at: datetime | None = None
) -> Organisation:
    """An organisation, for an answer on a day, as it is recorded or was recorded by a moment."""
    if as_of is not None:
        # Organisations are older than the programme, and so are their names.
        require_readable(as_of, today=today(), earliest=date.min)
    organisation = await get_organisation(session, siren)
    if known_at is None:
        return organisation
    found = await organisations_known(session, known_at, keys=[siren])
    if not found and (place := await official(session, siren)):
        return place
    if not found:
        raise OrganisationNotFound(f"{siren} was not recorded yet at {known_at.isoformat()}: ask for a later moment.")
    return found[0]


async def predecessors_of(session: AsyncSession, siren: str) -> Sequence[Organisation]:
    """Return the organisations that name this one as their successor."""
    statement = select(Organisation).where(Organisation.successor_siren == siren).order_by(Organisation.siren)
    return (await session.scalars(statement)).all()


async def organisation_history(session: AsyncSession, siren: str, pagination: PageRequest) -> Slice[dict[str, Any]]:
    """Return the past of an organisation. A place that nobody has registered has none."""
    organisation = await get_organisation(session, siren)
    if not is_registered(organisation):
        return Slice([], None)
    return await _organisations.public_history_of(session, organisation, pagination)
