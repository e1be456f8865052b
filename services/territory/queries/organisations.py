"""Organisations, by their SIREN or by a name."""

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import UnknownOrganisation
from services.territory.models import Organisation, Region
from services.territory.queries.geography import matching, official, require_known
from shared.http.pagination import PageRequest, Slice, page


@dataclass(frozen=True)
class Wanted:
    """Which organisations a list is about."""

    q: str | None = None
    kind: str | None = None
    region: str | None = None


async def list_organisations(session: AsyncSession, pagination: PageRequest, wanted: Wanted) -> Slice[Organisation]:
    """One page of organisations."""
    return await page(session, await chosen(session, wanted), pagination, order=(Organisation.siren,))


async def chosen(session: AsyncSession, wanted: Wanted) -> Select[tuple[Organisation]]:
    """The organisations that are wanted, in the order of their SIRENs."""
    statement = select(Organisation).order_by(Organisation.siren)
    if wanted.q is not None:
        statement = statement.where(matching(Organisation, wanted.q))
    if wanted.kind:
        statement = statement.where(Organisation.kind == wanted.kind)
    if wanted.region:
        await require_known(session, Region, wanted.region, parameter="region")
        statement = statement.where(Organisation.region_code == wanted.region)
    return statement


async def get_organisation(session: AsyncSession, siren: str) -> Organisation:
    """A registered organisation."""
    organisation = await session.get(Organisation, siren)
    if organisation is None:
        place = await official(session, siren)
        hint = f"it is the {place.kind} {place.name}, in no territory yet" if place else "find it by name with `q`"
        raise UnknownOrganisation(f"No organisation is registered under {siren}: {hint}.")
    return organisation


async def organisations_by_siren(session: AsyncSession, sirens: Collection[str]) -> dict[str, Organisation]:
    """The organisations of these SIRENs, those there are."""
    found = await session.scalars(select(Organisation).where(Organisation.siren.in_(sirens)))
    return {one.siren: one for one in found}
