"""Seals of signed documents, and the files that were sealed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import DocumentSeal, SealedFile
from services.contract.queries.contracts import get_contract
from services.contract.rules.seals import require_sealed
from shared.security.access import Caller


async def get_seal(session: AsyncSession, contract_id: UUID, *, lock: bool = False) -> DocumentSeal:
    """Return the seal of a contract that has one."""
    statement = select(DocumentSeal).where(DocumentSeal.contract_id == contract_id)
    return (await session.scalars(statement.with_for_update() if lock else statement)).one()


async def read_seal(session: AsyncSession, contract_id: UUID, *, by: Caller) -> DocumentSeal:
    """Return the seal of a contract that the caller may read."""
    contract = await get_contract(session, contract_id, by=by)
    return require_sealed(await session.get(DocumentSeal, contract.id), contract.id)


async def seal_to_make(session: AsyncSession, at: datetime) -> DocumentSeal | None:
    """Return the seal that has waited longest to be made or completed; None if none is due."""
    statement = (
        select(DocumentSeal)
        .where(DocumentSeal.next_try_at <= at)
        .order_by(DocumentSeal.next_try_at, DocumentSeal.contract_id)
        .limit(1)
    )
    return (await session.scalars(statement)).one_or_none()


async def sealed_file(session: AsyncSession, sha256: str) -> SealedFile | None:
    """Return a sealed file by its hash."""
    return await session.get(SealedFile, sha256)
