"""Comments on contracts, read."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.contract.models import Comment
from services.contract.queries.contracts import WHAT, get_contract
from services.contract.queries.projections import named_scope_of
from shared.events.contract import CommentState
from shared.http.collection import Collection
from shared.http.pagination import PageRequest, Slice
from shared.security.access import Caller, require_concerned


@dataclass(frozen=True)
class CommentFilters:
    """Filters of comments."""

    state: CommentState | None = None


_comments: Final = Collection(Comment, "comment", named_scope_of, order=(Comment.id,))
get_comment: Final = _comments.get
comment_changes: Final = _comments.changes
comment_history: Final = _comments.history


async def list_comments(
    session: AsyncSession, contract_id: UUID, filters: CommentFilters, pagination: PageRequest, *, by: Caller
) -> Slice[Comment]:
    """Return a page of the comments on a contract, oldest first, to those whom it concerns."""
    access_scope = await named_scope_of(session, by)
    contract = await get_contract(session, contract_id, by=by, access_scope=access_scope)
    require_concerned(access_scope, contract.stakeholders, WHAT)
    statement = select(Comment).where(Comment.contract_id == contract_id)
    if filters.state:
        statement = statement.where(Comment.state == filters.state)
    return await _comments.page(session, statement, pagination)
