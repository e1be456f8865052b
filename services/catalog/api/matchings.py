"""Matchings: `/v1/matchings`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.catalog import errors, permissions, queries
from services.catalog.api.dependencies import Reading
from services.catalog.api.filters import MatchingParameters
from services.catalog.models import Matching
from services.catalog.schemas import MatchingOut, MatchingSummary
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import BareCodeAmbiguous, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Matchings", "Which services may help an action sheet, and why.")])

Reader = Annotated[Caller, Depends(allowed(permissions.READ_MATCHINGS))]


@router.get(
    "/v1/matchings",
    response_model=Page[MatchingSummary],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, errors.OperatorNotListed),
)
async def list_matchings(
    session: Reading, filters: Annotated[MatchingParameters, Depends()], pagination: Pagination, by: Reader
) -> Slice[Matching]:
    """Which services may help the actions that concern you, in short."""
    return await queries.list_matchings(session, filters, pagination, by=by)


@router.get("/v1/matchings/changes", response_model=Changes[MatchingSummary])
async def list_matching_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Changes of the matchings that concern you, oldest first."""
    return await queries.matching_changes(session, pagination, by=by)


@router.get("/v1/matchings/{action_id}", response_model=MatchingOut, responses=documented(errors.MatchingNotFound))
async def read_matching(action_id: UUID, session: Reading, by: Reader) -> Matching:
    """Every service beside an action: each question, its weight, the reason, and what would change the answer."""
    return await queries.get_matching(session, action_id, by=by)


@router.get(
    "/v1/matchings/{action_id}/history",
    response_model=Page[HistoryLine],
    responses=documented(errors.MatchingNotFound),
)
async def read_matching_history(
    action_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """The verdicts each time that the action was submitted."""
    return await queries.matching_history(session, action_id, pagination, by=by)
