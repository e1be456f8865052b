"""Committees and their decisions."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, AsOf, Reading, Writing
from services.territory.api.filters import CommitteeParameters, DecisionParameters
from services.territory.errors import (
    ChairNotFitting,
    CodeNotKnown,
    CommitteeDissolved,
    CommitteeExists,
    CommitteeNotFound,
    CommitteeNotYetEstablished,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DayNotPlausible,
    DecidesNotFitting,
    DecisionBeyondCommittee,
    DecisionNotFound,
    MeetingMissing,
    MeetingNotFitting,
    MeetingNotFound,
    OrganisationClosed,
    OrganisationNotRegistered,
    SeatNotFound,
    SeatsExhausted,
    SeatTaken,
    TerritoryNotFound,
)
from services.territory.models import Committee, CommitteeSeat, Decision
from services.territory.schemas import (
    ChairIn,
    CommitteeIn,
    CommitteeOut,
    DecisionIn,
    DecisionOut,
    EndIn,
    SeatIn,
    SeatOut,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.known_at import KnownAt
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.references import BareCodeAmbiguous, OrganisationDuplicate, TerritoryNotKnown
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

router = Router(tags=[Tag("Committees and decisions", "Steering bodies, and what they decided.")])

Founder = Annotated[Caller, Depends(allowed(permissions.ESTABLISH_COMMITTEES))]
Clerk = Annotated[Caller, Depends(allowed(permissions.RECORD_DECISIONS))]
# Whoever an event of a decision may concern reads decisions: those that concern it.
Reader = Annotated[Caller, Depends(allowed(permissions.READ_DECISIONS))]


@router.get(
    "/v1/committees",
    response_model=Page[CommitteeOut],
    responses=documented(BareCodeAmbiguous, TerritoryNotKnown, DayNotPlausible, MomentNotSettled),
)
async def list_committees(
    session: Reading, pagination: Pagination, filters: Annotated[CommitteeParameters, Depends()], _: Anyone
) -> Slice[Committee] | Slice[CommitteeOut]:
    """Steering bodies: comités de projet, comités de pilotage régionaux, comité de pilotage national.

    With `as_of`: those in being on a day, with their chair, members and observers of that day; `known_at` answers from
    what was recorded by a moment, on that day.
    """
    found = await queries.list_committees(session, filters, pagination)
    day = queries.day_asked(filters.as_of, filters.known_at)
    if day is None:
        return found
    return Slice([CommitteeOut.on(committee, day) for committee in found.items], found.next)


@router.get("/v1/committees/changes", response_model=Changes[CommitteeOut])
async def list_committee_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a committee, in order; keep `next` to go on later."""
    return await queries.committee_changes(session, pagination, by=by)


@router.get(
    "/v1/committees/{committee_id}",
    response_model=CommitteeOut,
    responses=documented(CommitteeNotFound, CommitteeNotYetEstablished, DayNotPlausible, MomentNotSettled),
)
async def read_committee(
    committee_id: UUID, session: Reading, _: Anyone, as_of: AsOf = None, known_at: KnownAt = None
) -> Committee | CommitteeOut:
    """One committee with its chair, members and observers, today or on a day."""
    committee = await queries.get_committee_on(session, committee_id, as_of=as_of, known_at=known_at)
    day = queries.day_asked(as_of, known_at)
    return CommitteeOut.on(committee, day) if day else committee


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
        CommitteeExists,
        OrganisationClosed,
        CommitteePlaceMismatch,
        ChairNotFitting,
        DayNotPlausible,
        CodeNotKnown,
        TerritoryNotFound,
        OrganisationNotRegistered,
        OrganisationDuplicate,
    ),
)
async def establish_committee(body: CommitteeIn, session: Writing, by: Founder) -> Committee:
    """Establish a steering body: each level by its own, the territory, the Region or the délégation; one at a time."""
    return await commands.establish_committee(session, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/chair",
    response_model=CommitteeOut,
    responses=documented(
        CommitteeNotYours,
        CommitteeNotFound,
        CommitteeDissolved,
        SeatTaken,
        OrganisationClosed,
        ChairNotFitting,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
    ),
)
async def change_chair(committee_id: UUID, body: ChairIn, session: Writing, by: Founder) -> Committee:
    """Another organisation presides from a day on; the former chair's days are kept."""
    return await commands.change_chair(session, committee_id, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/seats",
    status_code=201,
    response_model=SeatOut,
    responses=documented(
        CommitteeNotYours,
        CommitteeNotFound,
        CommitteeDissolved,
        SeatTaken,
        SeatsExhausted,
        OrganisationClosed,
        DayNotPlausible,
        OrganisationNotRegistered,
        OrganisationDuplicate,
    ),
)
async def give_seat(committee_id: UUID, body: SeatIn, session: Writing, by: Founder) -> CommitteeSeat:
    """An organisation sits in a committee from a day on, as member or observer."""
    return await commands.give_seat(session, committee_id, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/seats/{seat_id}/end",
    response_model=SeatOut,
    responses=documented(
        CommitteeNotYours, CommitteeNotFound, SeatNotFound, SeatTaken, CommitteeDissolved, DayNotPlausible
    ),
    openapi_extra=showing(until="2020-07-15", capacity="member"),
)
async def end_seat(committee_id: UUID, seat_id: UUID, body: EndIn, session: Writing, by: Founder) -> CommitteeSeat:
    """A member or an observer no longer sits: from a day after the last meeting at which it was present."""
    return await commands.end_seat(session, committee_id, seat_id, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/dissolve",
    response_model=CommitteeOut,
    responses=documented(CommitteeNotYours, CommitteeNotFound, CommitteeDissolved, DayNotPlausible),
    openapi_extra=showing(dissolved_on="2020-07-15", seats=[]),
)
async def dissolve_committee(committee_id: UUID, body: EndIn, session: Writing, by: Founder) -> Committee:
    """End a committee on a day after its last meeting and decision; another may be established from then on.

    The seats end on this day, and meetings planned from then on are cancelled.
    """
    return await commands.dissolve_committee(session, committee_id, **body.sent(), by=by)


@router.get(
    "/v1/decisions",
    response_model=Page[DecisionOut],
    responses=documented(CodeNotKnown, BareCodeAmbiguous, TerritoryNotKnown, DayNotPlausible, MomentNotSettled),
)
async def list_decisions(
    session: Reading, pagination: Pagination, filters: Annotated[DecisionParameters, Depends()], by: Reader
) -> Slice[Decision]:
    """The decisions that concern the caller: those on its territories or in its région.

    With `as_of` those that were taken by a day; `known_at` answers from what was recorded by a moment.
    """
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
        CodeNotKnown,
        DecisionBeyondCommittee,
        DecidesNotFitting,
        CommitteeDissolved,
        DayNotPlausible,
        MeetingNotFound,
        MeetingMissing,
        MeetingNotFitting,
    ),
)
async def record_decision(body: DecisionIn, session: Writing, by: Clerk) -> Decision:
    """Record what a committee decided. It changes nothing by itself: the act that needs it names it."""
    return await commands.record_decision(session, **body.sent(), by=by)
