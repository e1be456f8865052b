"""Comments of the review: `/v1/contracts/{contract_id}/comments` and `/v1/comments`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.contract import commands, errors, permissions, queries
from services.contract.api.dependencies import Reading, Writing
from services.contract.api.filters import CommentParameters
from services.contract.models import Comment
from services.contract.schemas import AnswerIn, CommentIn, CommentOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import Forbidden, NotFound, documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Comments", "Comments on contracts under review. They say what may be changed after.")])

Insider = Annotated[Caller, Depends(allowed(permissions.READ_CONTRACT_DETAILS))]
Commenter = Annotated[Caller, Depends(allowed(permissions.COMMENT_ON_CONTRACTS))]
Answerer = Annotated[Caller, Depends(allowed(permissions.ANSWER_COMMENTS))]


@router.get(
    "/v1/contracts/{contract_id}/comments",
    response_model=Page[CommentOut],
    responses=documented(NotFound, Forbidden),
)
async def list_comments(
    contract_id: UUID,
    session: Reading,
    filters: Annotated[CommentParameters, Depends()],
    pagination: Pagination,
    by: Insider,
) -> Slice[Comment]:
    """Comments on a contract, oldest first. Not public, even if the contract is."""
    return await queries.list_comments(session, contract_id, filters, pagination, by=by)


@router.post(
    "/v1/contracts/{contract_id}/comments",
    status_code=201,
    response_model=CommentOut,
    responses=documented(NotFound, Forbidden, errors.PointerNotInText, errors.NotUnderReview, errors.TooManyComments),
    openapi_extra=showing(state="open", answers=[], version=1),
)
async def comment_on_contract(contract_id: UUID, body: CommentIn, session: Writing, by: Commenter) -> Comment:
    """Comment on a field of a contract under review, for a Region or the State."""
    return await commands.comment_on_contract(session, contract_id, pointer=body.pointer, text=body.text, by=by)


@router.get("/v1/comments/changes", response_model=Changes[CommentOut])
async def list_comment_changes(session: Reading, pagination: ChangesPagination, by: Insider) -> dict[str, Any]:
    """Changes of the comments that you may read, oldest first."""
    return await queries.comment_changes(session, pagination, by=by)


@router.get("/v1/comments/{comment_id}", response_model=CommentOut, responses=documented(NotFound))
async def read_comment(comment_id: UUID, session: Reading, by: Insider) -> Comment:
    """One comment, with its answers."""
    return await queries.get_comment(session, comment_id, by=by)


@router.get("/v1/comments/{comment_id}/history", response_model=Page[HistoryLine], responses=documented(NotFound))
async def read_comment_history(
    comment_id: UUID, session: Reading, pagination: Pagination, by: Insider
) -> Slice[dict[str, Any]]:
    """History of a comment: author, time and changed fields."""
    return await queries.comment_history(session, comment_id, pagination, by=by)


@router.post(
    "/v1/comments/{comment_id}/answer",
    response_model=CommentOut,
    responses=documented(NotFound, Forbidden, errors.CommentResolved, errors.TooManyAnswers),
    openapi_extra=showing(version=2),
)
async def answer_comment(comment_id: UUID, body: AnswerIn, session: Writing, by: Answerer) -> Comment:
    """Answer a comment for the territory; until it is resolved, it may be answered again."""
    return await commands.answer_comment(session, comment_id, text=body.text, by=by)


@router.post(
    "/v1/comments/{comment_id}/resolve",
    response_model=CommentOut,
    responses=documented(NotFound, Forbidden, errors.NotTheCommenter, errors.CommentResolved),
    openapi_extra=showing(state="resolved", resolved_by="200053759", resolved_at="2019-06-28T09:00:00Z", version=3),
)
async def resolve_comment(comment_id: UUID, session: Writing, by: Commenter) -> Comment:
    """Resolve a comment: its author may, and a Region of the contract for all."""
    return await commands.resolve_comment(session, comment_id, by=by)
