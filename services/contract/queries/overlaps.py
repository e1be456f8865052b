"""Overlaps of a contract with other schemes of the State, and with other contracts."""

import csv
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services import SCHEME_MEMBERS
from services.contract.models import Contract
from services.contract.queries.contracts import attached_actions, get_concerning
from services.contract.queries.projections import access_scope_of, named_scope_of, place_of
from services.contract.rules.overlaps import Overlaps, PublishedCover, covered_parts, shared_sheets
from shared.security.access import Caller


async def contract_overlaps(session: AsyncSession, contract_id: UUID, *, by: Caller) -> Overlaps:
    """Return the overlaps of a contract to those it concerns. The members of today count."""
    contract = await get_concerning(session, contract_id, by, await named_scope_of(session, by))
    access_scope = await access_scope_of(session, by)
    place = await place_of(session, contract.territory)
    communes, population, parts = covered_parts(_covers(place.members), contract.links or ())
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


def perimeters_of(links: Sequence[Mapping[str, Any]]) -> Mapping[str, Collection[str]]:
    """Return the perimeters of the schemes that links name; a scheme that is not known has no entry."""
    wanted = {link.get("scheme") for link in links} - {None}
    found: dict[str, set[str]] = {}
    for _, scheme, perimeter, *_ in _published() if wanted else ():
        if scheme in wanted:
            found.setdefault(scheme, set()).add(perimeter)
    return found


def _covers(sirens: Collection[str]) -> Iterator[PublishedCover]:
    """Yield what is published of some bodies."""
    for siren, scheme, perimeter, name, communes, population in _published():
        if siren in sirens:
            yield PublishedCover(scheme, perimeter, name, int(communes), int(population))


def _published() -> Iterator[list[str]]:
    """Yield the published lines: `services.SCHEME_COLUMNS`."""
    # Read each time: twenty milliseconds for a report, against megabytes in each process.
    with SCHEME_MEMBERS.open(newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        next(lines)
        yield from lines
