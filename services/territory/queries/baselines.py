"""Baselines of territories."""

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.models import Baseline
from shared.http.pagination import PageRequest, Slice, page


async def list_baselines(session: AsyncSession, territory: str, pagination: PageRequest) -> Slice[Baseline]:
    """One page of the baselines of a territory: one for each contract."""
    statement = select(Baseline).where(Baseline.territory_key == territory)
    return await page(session, statement, pagination, order=(Baseline.contract_id,))
