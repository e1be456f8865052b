"""Committees and their decisions."""

from dataclasses import dataclass
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Query

from services.territory import permissions
from services.territory.api import parameters
from services.territory.api.parameters import Anyone, Reading, Writing
from services.territory.commands import governance as commands
from services.territory.errors import (
    ChairNotFitting,
    CodeNotKnown,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DayNotPlausible,
    DecisionBeyondCommittee,
    OrganisationNotRegistered,
    UnknownCommittee,
    UnknownDecision,
    UnknownTerritory,
)
from services.territory.models import Committee, Decision
from services.territory.queries import governance as queries
from services.territory.queries.territories import access_scope_of
from services.territory.schemas.governance import (
    DECISION_KIND,
    LEVEL,
    CommitteeIn,
    CommitteeOut,
    DecisionIn,
    DecisionOut,
)
from shared.events.codes import TerritoryKey
from shared.events.territory import CommitteeLevel, DecisionKind, Outcome
from shared.http.changes import Changes, HistoryLine, changes, history_of
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


@dataclass
class CommitteeFilters:
    """Which committees."""

    level: Annotated[CommitteeLevel | None, Query(description=LEVEL)] = None
    region: parameters.RegionFilter = None
    territory: Annotated[TerritoryKey | None, Query(description="Key of a territory.")] = None


@dataclass
class DecisionFilters:
    """Which decisions."""

    committee: Annotated[UUID | None, Query(description="Id of the committee.")] = None
    territory: Annotated[TerritoryKey | None, Query(description="Key of a territory it is about.")] = None
    kind: Annotated[DecisionKind | None, Query(description=DECISION_KIND)] = None
    outcome: Annotated[Outcome | None, Query(description="What was decided.")] = None


@router.get("/v1/committees", response_model=Page[CommitteeOut])
async def list_committees(
    session: Reading, pagination: Pagination, filters: Annotated[CommitteeFilters, Depends()], _: Anyone
) -> Slice[Committee]:
    """Steering bodies: comités de projet, comités de pilotage régionaux, comité de pilotage national."""
    return await queries.list_committees(session, pagination, queries.WantedCommittees(**vars(filters)))


@router.get("/v1/committees/changes", response_model=Changes[CommitteeOut])
async def list_committee_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> Any:
    """Every change of a committee, in order; keep `next` to go on later."""
    access_scope = await access_scope_of(session, by)
    return await changes(session, "committees", pagination, sees=access_scope.sees, load=queries.committees_by_id)


@router.get("/v1/committees/{committee_id}", response_model=CommitteeOut, responses=documented(UnknownCommittee))
async def read_committee(committee_id: UUID, session: Reading, _: Anyone) -> Committee:
    """One committee."""
    return await queries.get_committee(session, committee_id)


@router.get(
    "/v1/committees/{committee_id}/history", response_model=Page[HistoryLine], responses=documented(UnknownCommittee)
)
async def read_committee_history(committee_id: UUID, session: Reading, pagination: Pagination, _: Anyone) -> Any:
    """History of a committee: author, time, reason and changed fields."""
    committee = await queries.get_committee(session, committee_id)
    return await history_of(session, "committees", str(committee.id), pagination)


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
        UnknownTerritory,
        OrganisationNotRegistered,
    ),
)
async def establish_committee(body: CommitteeIn, session: Writing, by: Founder) -> Committee:
    """Establish a steering body: each level by its own, the territory, the Region or the délégation."""
    return await commands.establish_committee(session, **body.sent(), by=by)


@router.get("/v1/decisions", response_model=Page[DecisionOut])
async def list_decisions(
    session: Reading, pagination: Pagination, filters: Annotated[DecisionFilters, Depends()], by: Reader
) -> Slice[Decision]:
    """The decisions that concern the caller: those on its territories or in its région."""
    access_scope = await access_scope_of(session, by)
    return await queries.list_decisions(session, pagination, queries.WantedDecisions(**vars(filters)), access_scope)


@router.get("/v1/decisions/changes", response_model=Changes[DecisionOut])
async def list_decision_changes(session: Reading, pagination: ChangesPagination, by: Reader) -> Any:
    """Every change of a decision that concerns the caller, in order; keep `next` to go on later."""
    access_scope = await access_scope_of(session, by)
    return await changes(session, "decisions", pagination, sees=access_scope.sees, load=queries.decisions_by_id)


@router.get("/v1/decisions/{decision_id}", response_model=DecisionOut, responses=documented(UnknownDecision))
async def read_decision(decision_id: UUID, session: Reading, by: Reader) -> Decision:
    """One decision, if it concerns the caller."""
    return await queries.get_decision(session, decision_id, await access_scope_of(session, by))


@router.get(
    "/v1/decisions/{decision_id}/history", response_model=Page[HistoryLine], responses=documented(UnknownDecision)
)
async def read_decision_history(decision_id: UUID, session: Reading, pagination: Pagination, by: Reader) -> Any:
    """History of a decision: author, time, reason and changed fields."""
    decision = await queries.get_decision(session, decision_id, await access_scope_of(session, by))
    return await history_of(session, "decisions", str(decision.id), pagination)


@router.post(
    "/v1/decisions",
    status_code=201,
    response_model=DecisionOut,
    responses=documented(
        CommitteeNotYours,
        UnknownCommittee,
        UnknownTerritory,
        DecisionBeyondCommittee,
        DayNotPlausible,
    ),
)
async def record_decision(body: DecisionIn, session: Writing, by: Clerk) -> Decision:
    """Record what a committee decided. It changes nothing by itself: the act that needs it names it."""
    return await commands.record_decision(session, **body.sent(), by=by)
