"""Overlaps of a contract with other schemes of the State, and with other contracts."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Contract, FrozenContent
from services.contract.queries.amendments import text_in_force
from services.contract.queries.contracts import attached_actions, get_contract
from services.contract.queries.projections import access_scope_of, place_of
from services.contract.queries.schemes import communes_in, names_of_perimeters
from services.contract.rules import consolidation
from services.contract.rules.overlaps import Overlaps, covered_parts, readable_sheets, shared_sheets
from shared.security.access import Caller


async def contract_overlaps(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Overlaps:
    """Return the overlaps of a contract that the caller may read. The members of today count."""
    contract = await get_contract(session, contract_id, by=by)
    text = await text_in_force(session, contract)
    place = await place_of(session, contract.territory)
    communes, population, parts = covered_parts(communes_in(place.counted), names_of_perimeters(), text.links or ())
    sheets = await attached_actions(session, text)
    signed = await session.get(FrozenContent, text.id)
    access_scope = await access_scope_of(session, by)
    content = consolidation.read(signed.body) if signed else None
    readable = list(readable_sheets(sheets, content, access_scope))
    territories = {territory for sheet in sheets for territory in sheet.territories}
    others = select(Contract).where(Contract.territory.in_(territories))
    documents = await session.scalars(others.order_by(Contract.territory, Contract.number))
    seen = [document for document in documents if access_scope.sees(document.stakeholders)]
    return Overlaps(
        contract_id=contract.id,
        territory=contract.territory,
        commune_count=communes,
        population=population,
        schemes=[part for part in parts if part.perimeter is None],
        perimeters=[part for part in parts if part.perimeter is not None],
        sheets=list(shared_sheets(text, readable, seen)),
    )
