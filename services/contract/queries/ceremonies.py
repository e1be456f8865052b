"""Read ceremonies and their reports."""

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import CeremonyNotFound, CeremonyNotKnown
from services.contract.models import Ceremony, Contract
from services.contract.queries.filters import CeremonyFilters
from services.contract.queries.projections import access_scope_of
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice
from shared.problem import FieldError


def _missing(ceremony_id: UUID) -> CeremonyNotFound:
    return CeremonyNotFound(f"There is no ceremony {ceremony_id}: GET /v1/ceremonies lists them.")


_ceremonies: Final = PublicCollection(
    Ceremony, "ceremony", access_scope_of, order=(Ceremony.starts_on, Ceremony.id), missing=_missing
)
get_ceremony: Final = _ceremonies.get
ceremony_changes: Final = _ceremonies.changes
ceremony_history: Final = _ceremonies.history


async def list_ceremonies(session: AsyncSession, filters: CeremonyFilters, pagination: PageRequest) -> Slice[Ceremony]:
    """Return a page of the ceremonies, by their first day."""
    statement = select(Ceremony)
    if filters.phase:
        statement = statement.where(Ceremony.phase == filters.phase)
    if filters.from_day:
        statement = statement.where(Ceremony.ends_on >= filters.from_day)
    if filters.until_day:
        statement = statement.where(Ceremony.starts_on <= filters.until_day)
    return await _ceremonies.page(session, statement, pagination)


async def require_ceremony(session: AsyncSession, ceremony_id: UUID) -> None:
    """Refuse a filter by a ceremony that there is not."""
    if await session.get(Ceremony, ceremony_id) is None:
        raise CeremonyNotKnown(
            f"There is no ceremony {ceremony_id}: look it up at /v1/ceremonies.",
            errors=[FieldError(parameter="ceremony", detail="unknown")],
        )


async def read_ceremony_report(session: AsyncSession, ceremony_id: UUID) -> dict[str, Any]:
    """Count the contracts and protocols that name a ceremony: those signed on its days, and the others.

    It counts what is not public yet, and names only what is.
    """
    ceremony = await get_ceremony(session, ceremony_id)
    columns = (Contract.kind, Contract.territory, Contract.regions, Contract.signed_on, func.count())
    rows = await session.execute(
        select(*columns)
        .where(Contract.ceremony_id == ceremony_id, Contract.status != "cancelled")
        .group_by(Contract.id)
    )
    counts: dict[str, dict[str, int]] = {kind: dict.fromkeys(STATES, 0) for kind in KINDS}
    regions: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(KINDS, 0))
    territories = set()
    for kind, territory, its_regions, signed_on, _ in rows:
        state = "awaited" if signed_on is None else "signed_later" if signed_on > ceremony.ends_on else "signed_before"
        if signed_on is not None and ceremony.starts_on <= signed_on <= ceremony.ends_on:
            state = "signed_on_its_days"
            territories.add(territory)
            for region in its_regions:
                regions[region][kind] += 1
        counts[kind][state] += 1
    return {
        "ceremony": ceremony,
        "territories": sorted(territories),
        "regions": [{"region": code, **signed} for code, signed in sorted(regions.items())],
        **{f"{kind}s": counts[kind] for kind in KINDS},
    }


KINDS: Final = ("protocol", "contract", "amendment")
STATES: Final = ("signed_on_its_days", "signed_before", "signed_later", "awaited")
"""States of a contract beside the days of its ceremony."""
