"""Paper copies, read: only by those whom their contract concerns."""

from collections.abc import Sequence
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.errors import PaperCopyNotFound
from services.contract.models import DocumentSeal, PaperCopy, SealedFile
from services.contract.queries.contracts import get_concerning, get_contract
from services.contract.queries.projections import named_scope_of
from services.contract.rules import papers as rules
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller, is_within, narrowed


def _missing(_copy_id: UUID) -> PaperCopyNotFound:
    return PaperCopyNotFound("There is no such paper copy, or your organisation may not read it.")


_papers: Final = Collection(PaperCopy, "paper copy", named_scope_of, order=(PaperCopy.id,), missing=_missing)
get_paper_copy: Final = _papers.get
paper_copy_changes: Final = _papers.changes
paper_copy_history: Final = _papers.history


async def list_paper_copies(
    session: AsyncSession, contract_id: UUID, pagination: PageRequest, *, by: Caller
) -> Slice[PaperCopy]:
    """Return a page of the paper copies of a contract, the oldest first, withdrawn ones included."""
    contract = await get_concerning(session, contract_id, by, await named_scope_of(session, by))
    statement = select(PaperCopy).where(PaperCopy.contract_id == contract.id)
    return await _papers.page(session, statement, pagination)


async def paper_copies_of(session: AsyncSession, contract_id: UUID) -> Sequence[PaperCopy]:
    """Return every paper copy of a contract, the oldest first."""
    found = await session.scalars(select(PaperCopy).where(PaperCopy.contract_id == contract_id).order_by(PaperCopy.id))
    return found.all()


async def require_party(session: AsyncSession, contract_id: UUID, *, by: Caller) -> None:
    """Refuse callers that are no party of the contract, or whose token is for elsewhere."""
    access_scope = await named_scope_of(session, by)
    contract = await get_contract(session, contract_id, by=by, access_scope=access_scope)
    rules.own_party(contract, by, access_scope)
    if by.is_narrowed and not is_within(contract.stakeholders, territories=by.territories, regions=by.regions):
        raise narrowed("contract")


async def is_kept_elsewhere(session: AsyncSession, copy: PaperCopy) -> bool:
    """Return whether another copy that is not withdrawn, or a sealed document, has the same bytes."""
    others = exists().where(PaperCopy.sha256 == copy.sha256, PaperCopy.withdrawn_at.is_(None), PaperCopy.id != copy.id)
    sealed = exists().where(SealedFile.sha256 == copy.sha256)
    printed = exists().where(DocumentSeal.printed_sha256 == copy.sha256)
    return bool(await session.scalar(select(or_(others, sealed, printed))))


async def get_stored_copy(session: AsyncSession, copy_id: UUID, *, by: Caller) -> PaperCopy:
    """Return a paper copy of which the bytes are stored."""
    found = await get_paper_copy(session, copy_id, by=by)
    rules.require_present(found)
    return found
