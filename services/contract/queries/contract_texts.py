"""Texts of a contract that were kept at its submissions."""

import json
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import TextNotFound
from services.contract.models import Contract, ContractText
from services.contract.queries.contracts import get_contract
from services.contract.queries.projections import named_scope_of
from services.contract.rules.differences import TextDifference, differences
from shared.http.pagination import PageRequest, Slice, page
from shared.security.access import Caller


@dataclass(frozen=True)
class TextDifferences:
    """Differences between two kept texts of a contract."""

    contract_id: UUID
    since: int
    version: int
    differences: list[TextDifference]


async def list_texts(
    session: AsyncSession, contract_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[ContractText]:
    """Return the kept texts of a contract that the caller may read: of a stranger, only the signed one."""
    statement = select(ContractText).where(ContractText.contract_id == contract_id)
    only = await _readable(session, contract_id, by=by)
    if only is not None:
        statement = statement.where(ContractText.version == only)
    return await page(session, statement, pagination, order=(ContractText.version,))


async def get_text(session: AsyncSession, contract_id: UUID, version: int, *, by: Caller) -> ContractText:
    """Return one kept text of a contract that the caller may read."""
    only = await _readable(session, contract_id, by=by)
    found = await session.get(ContractText, (contract_id, version)) if only in (None, version) else None
    if found is None:
        raise TextNotFound(
            f"There is no version {version} of this text, or your organisation may not read it: "
            f"GET /v1/contracts/{contract_id}/texts lists those that you may read."
        )
    return found


async def text_differences(
    session: AsyncSession, contract_id: UUID, version: int, *, since: int, by: Caller
) -> TextDifferences:
    """Return the differences between two kept texts of a contract."""
    earlier = await get_text(session, contract_id, since, by=by)
    later = await get_text(session, contract_id, version, by=by)
    found = differences(json.loads(earlier.body), json.loads(later.body))
    return TextDifferences(contract_id, since, version, found)


async def last_text(session: AsyncSession, contract: Contract) -> ContractText | None:
    """Return the text of a contract that was last kept; None before its first submission."""
    if contract.submitted_version is None:
        return None
    return await session.get(ContractText, (contract.id, contract.submitted_version))


async def _readable(session: AsyncSession, contract_id: UUID, *, by: Caller) -> int | None:
    """Return the only version that the caller may read; None: all."""
    access_scope = await named_scope_of(session, by)
    contract = await get_contract(session, contract_id, by=by, access_scope=access_scope)
    if access_scope.is_concerned(contract.stakeholders):
        return None
    # It is public: the text that was signed is the one that was last submitted.
    return contract.submitted_version or 0
