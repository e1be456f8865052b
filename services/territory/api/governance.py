"""Committees and their decisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, Reading, Writing
from services.territory.api.filters import CommitteeParameters, DecisionParameters
from services.territory.errors import (
    ChairNotFitting,
    CodeNotKnown,
    CommitteeNotFound,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DayNotPlausible,
    DecidesNotFitting,
    DecisionBeyondCommittee,
    DecisionNotFound,
    OrganisationNotRegistered,
    TerritoryNotFound,
)
from services.territory.models import Committee, Decision
from services.territory.schemas import CommitteeIn, CommitteeOut, DecisionIn, DecisionOut
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed

router = Router(tags=[Tag("Committees and decisions", "Steering bodies, and what they decided.")])

Founder = Annotated[Caller, Depends(allowed(permissions.ESTABLISH_COMMITTEES))]
Clerk = Annotated[Caller, Depends(allowed(permissions.RECORD_DECISIONS))]
# Whoever an event of a decision may concern reads decisions: those that concern it.
Reader = Annotated[Caller, Depends(allowed(permissions.READ_DECISIONS))]


@router.get("/v1/committees", response_model=Page[CommitteeOut])
async def list_committees(
    session: Reading, pagination: Pagination, filters: Annotated[CommitteeParameters, Depends()], _: Anyone
) -> Slice[Committee]:
    """Steering bodies: comités de projet, comités de pilotage régionaux, comité de pilotage national."""
    return await queries.list_committees(session, filters, pagination)


@router.get("/v1/committees/changes", response_model=Changes[CommitteeOut])
async def list_committee_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a committee, in order; keep `next` to go on later."""
    return await queries.committee_changes(session, pagination, by=by)


@router.get("/v1/committees/{committee_id}", response_model=CommitteeOut, responses=documented(CommitteeNotFound))
async def read_committee(committee_id: UUID, session: Reading, _: Anyone) -> Committee:
    """One committee."""
    return await queries.get_committee(session, committee_id)


@router.get(
    "/v1/committees/{committee_id}/history", response_model=Page[HistoryLine], responses=documented(CommitteeNotFound)
)
async def read_committee_history(
    committee_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a committee: author, time, reason and changed fields."""
    return await queries.committee_history(session, committee_id, pagination)


@router.post(
    "/v1/committees",
    status_code=201,
    response_model=CommitteeOut,
    responses=documented(
        CommitteeNotYours,
        CommitteePlaceMismatch,
        ChairNotFitting,
        DayNotPlausible,
        CodeNotKnown,
        TerritoryNotFound,
        OrganisationNotRegistered,
    ),
)
async def establish_committee(body: CommitteeIn, session: Writing, by: Founder) -> Committee:
    """Establish a steering body: each level by its own, the territory, the Region or the délégation."""
    return await commands.establish_committee(session, **body.sent(), by=by)


@router.get("/v1/decisions", response_model=Page[DecisionOut])
async def list_decisions(
    session: Reading, pagination: Pagination, filters: Annotated[DecisionParameters, Depends()], by: Reader
) -> Slice[Decision]:
    """The decisions that concern the caller: those on its territories or in its région."""
    return await queries.list_decisions(session, filters, pagination, by=by)


@router.get("/v1/decisions/changes", response_model=Changes[DecisionOut])
async def list_decision_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> dict[str, Any]:
    """Every change of a decision that concerns the caller, in order; keep `next` to go on later."""
    return await queries.decision_changes(session, pagination, by=by)


@router.get("/v1/decisions/{decision_id}", response_model=DecisionOut, responses=documented(DecisionNotFound))
async def read_decision(decision_id: UUID, session: Reading, by: Reader) -> Decision:
    """One decision, if it concerns the caller."""
    return await queries.get_decision(session, decision_id, by=by)


@router.get(
    "/v1/decisions/{decision_id}/history", response_model=Page[HistoryLine], responses=documented(DecisionNotFound)
)
async def read_decision_history(
    decision_id: UUID, session: Reading, pagination: Pagination, by: Reader
) -> Slice[dict[str, Any]]:
    """History of a decision: author, time, reason and changed fields."""
    return await queries.decision_history(session, decision_id, pagination, by=by)


@router.post(
    "/v1/decisions",
    status_code=201,
    response_model=DecisionOut,
    responses=documented(
        CommitteeNotYours,
        CommitteeNotFound,
        TerritoryNotFound,
        DecisionBeyondCommittee,
        DecidesNotFitting,
        DayNotPlausible,
    ),
)
async def record_decision(body: DecisionIn, session: Writing, by: Clerk) -> Decision:
    """Record what a committee decided. It changes nothing by itself: the act that needs it names it."""
    return await commands.record_decision(session, **body.sent(), by=by)
