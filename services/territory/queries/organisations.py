"""Organisations, by their SIREN or by a name."""

from datetime import date
from typing import Any, Final

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import OrganisationNotFound
from services.territory.models import Organisation, Region
from services.territory.queries.filters import OrganisationFilters
from services.territory.queries.geography import matching, official, require_known
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice

_organisations: Final = PublicCollection(Organisation, "organisation", access_scope_of, order=(Organisation.siren,))
organisation_changes: Final = _organisations.changes
organisations_known: Final = _organisations.known


async def list_organisations(
    session: AsyncSession, filters: OrganisationFilters, pagination: PageRequest
) -> Slice[Organisation]:
    """One page of organisations."""
    return await _organisations.page(session, await chosen_organisations(session, filters), pagination)


async def chosen_organisations(session: AsyncSession, filters: OrganisationFilters) -> Select[tuple[Organisation]]:
    """Return the statement of the organisations that a list asks for, in the order of their SIRENs."""
    statement = select(Organisation).order_by(Organisation.siren)
    if filters.q is not None:
        statement = statement.where(matching(Organisation, filters.q))
    if filters.kind:
        statement = statement.where(Organisation.kind == filters.kind)
    if filters.region:
        await require_known(session, Region, filters.region, parameter="region")
        statement = statement.where(Organisation.region_code == filters.region)
    return statement


async def get_organisation(session: AsyncSession, siren: str, *, lock: bool = False) -> Organisation:
    """A registered organisation; locked, one command at a time decides on it."""
    organisation = await session.get(Organisation, siren, with_for_update=True if lock else None)
    if organisation is None:
        place = await official(session, siren)
        hint = f"it is the {place.kind} {place.name}, in no territory yet" if place else "find it by name with `q`"
        raise OrganisationNotFound(f"No organisation is registered under {siren}: {hint}.")
    return organisation


async def get_organisation_on(session: AsyncSession, siren: str, *, as_of: date | None = None) -> Organisation:
    """A registered organisation, for an answer on a day."""
    if as_of is not None:
        # Organisations are older than the programme, and so are their names.
        require_readable(as_of, today=today(), earliest=date.min)
    return await get_organisation(session, siren)


async def organisation_history(session: AsyncSession, siren: str, pagination: PageRequest) -> Slice[dict[str, Any]]:
    """Return the past of an organisation."""
    return await _organisations.public_history_of(session, await get_organisation(session, siren), pagination)
