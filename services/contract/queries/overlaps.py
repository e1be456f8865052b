"""Overlaps of a contract with other schemes of the State, and with other contracts."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Contract
from services.contract.queries.contracts import attached_actions, get_concerning
from services.contract.queries.projections import access_scope_of, named_scope_of, place_of
from services.contract.queries.schemes import communes_in, names_of_perimeters
from services.contract.rules.overlaps import Overlaps, covered_parts, shared_sheets
from shared.security.access import Caller


async def contract_overlaps(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Overlaps:
    """Return the overlaps of a contract to those it concerns. The members of today count."""
    contract = await get_concerning(session, contract_id, by, await named_scope_of(session, by))
    access_scope = await access_scope_of(session, by)
    place = await place_of(session, contract.territory)
    communes, population, parts = covered_parts(communes_in(place.counted), names_of_perimeters(), contract.links or ())
    sheets = await attached_actions(session, contract)
    for sheet in sheets:
        sheet.show_to(access_scope)
    territories = {territory for sheet in sheets for territory in sheet.territories}
    others = await session.scalars(
        select(Contract).where(Contract.territory.in_(territories)).order_by(Contract.territory, Contract.number)
    )
    seen = [other for other in others if access_scope.sees(other.stakeholders)]
    return Overlaps(
        contract_id=contract.id,
        territory=contract.territory,
        commune_count=communes,
        population=population,
        schemes=[part for part in parts if part.perimeter is None],
        perimeters=[part for part in parts if part.perimeter is not None],
        sheets=shared_sheets(contract, sheets, seen),
    )
