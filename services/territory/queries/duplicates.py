"""Pairs of organisations that may be the same body, and the decisions on them."""

from collections.abc import Sequence
from itertools import islice

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Organisation
from services.territory.rules.duplicates import Pair, RegisteredBody, pairs
from shared.http.pagination import PageRequest, Slice, page_of


async def list_duplicates(session: AsyncSession, decision: str | None, pagination: PageRequest) -> Slice[Pair]:
    """One page of the pairs that have a decision, or that nobody has decided."""
    columns = (
        Organisation.siren,
        Organisation.name,
        Organisation.kind,
        Organisation.region_code,
        Organisation.aliases,
        Organisation.names,
        Organisation.successor_siren,
        Organisation.duplicate_of_siren,
        Organisation.distinct_from,
    )
    # The register has few thousand organisations: all of them are compared in memory, in less than 0.1 s.
    bodies = [RegisteredBody(*row) for row in (await session.execute(select(*columns))).tuples()]
    after = (pagination.after[0], pagination.after[1]) if pagination.after else None
    found = islice(pairs(bodies, decision=decision, after=after), pagination.limit + 1)
    return page_of(found, pagination, order=lambda pair: (pair.first.siren, pair.second.siren))


async def duplicates_of(session: AsyncSession, siren: str) -> Sequence[Organisation]:
    """Return the organisations that are duplicates of this one."""
    statement = select(Organisation).where(Organisation.duplicate_of_siren == siren).order_by(Organisation.siren)
    return (await session.scalars(statement)).all()
