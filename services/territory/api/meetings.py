"""Meetings of committees, and their quorum."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends

from services.territory import commands, permissions, queries
from services.territory.api.dependencies import Anyone, Reading, Writing
from services.territory.api.filters import MeetingParameters
from services.territory.errors import (
    AttendanceNotFitting,
    CommitteeDissolved,
    CommitteeNotFound,
    CommitteeNotYours,
    DayNotPlausible,
    MeetingNotFound,
    MeetingNotPlanned,
    NothingChanges,
)
from services.territory.models import Committee, Meeting
from services.territory.schemas import (
    CommitteeOut,
    MeetingAttendanceIn,
    MeetingCancellationIn,
    MeetingIn,
    MeetingOut,
    QuorumIn,
)
from shared.http.changes import Changes, HistoryLine
from shared.http.pagination import ChangesPagination, Pagination, Slice
from shared.http.routing import Router, Tag, showing
from shared.http.schemas import Page
from shared.problem import documented
from shared.security.access import Caller
from shared.security.dependencies import allowed
from shared.storage.known import MomentNotSettled

router = Router(tags=[Tag("Meetings", "Meetings of committees: agenda, attendance, quorum.")])

Founder = Annotated[Caller, Depends(allowed(permissions.ESTABLISH_COMMITTEES))]


@router.post(
    "/v1/committees/{committee_id}/quorum",
    response_model=CommitteeOut,
    responses=documented(CommitteeNotYours, CommitteeNotFound, CommitteeDissolved, DayNotPlausible, NothingChanges),
    openapi_extra=showing(quorum=3),
)
async def set_quorum(committee_id: UUID, body: QuorumIn, session: Writing, by: Founder) -> Committee:
    """Set or lift the quorum of a committee from a day on. With a quorum, a decision names its meeting."""
    return await commands.set_quorum(session, committee_id, minimum=body.minimum, on=body.on, by=by)


@router.get(
    "/v1/committees/{committee_id}/meetings",
    response_model=Page[MeetingOut],
    responses=documented(CommitteeNotFound, DayNotPlausible, MomentNotSettled),
)
async def list_meetings(
    committee_id: UUID,
    session: Reading,
    pagination: Pagination,
    filters: Annotated[MeetingParameters, Depends()],
    _: Anyone,
) -> Slice[Meeting]:
    """Meetings of a committee: planned, held and cancelled.

    With `as_of` those of a day and before; `known_at` answers from what was recorded by a moment.
    """
    return await queries.list_meetings(session, committee_id, filters, pagination)


@router.get("/v1/meetings/changes", response_model=Changes[MeetingOut])
async def list_meeting_changes(session: Reading, pagination: ChangesPagination, by: Anyone) -> dict[str, Any]:
    """Every change of a meeting, in order; keep `next` to go on later."""
    return await queries.meeting_changes(session, pagination, by=by)


@router.get("/v1/meetings/{meeting_id}", response_model=MeetingOut, responses=documented(MeetingNotFound))
async def read_meeting(meeting_id: UUID, session: Reading, _: Anyone) -> Meeting:
    """One meeting with its agenda, attendance and quorum."""
    return await queries.get_meeting(session, meeting_id)


@router.get(
    "/v1/meetings/{meeting_id}/history", response_model=Page[HistoryLine], responses=documented(MeetingNotFound)
)
async def read_meeting_history(
    meeting_id: UUID, session: Reading, pagination: Pagination, _: Anyone
) -> Slice[dict[str, Any]]:
    """History of a meeting: author, time, reason and changed fields."""
    return await queries.meeting_history(session, meeting_id, pagination)


@router.post(
    "/v1/committees/{committee_id}/meetings",
    status_code=201,
    response_model=MeetingOut,
    responses=documented(CommitteeNotYours, CommitteeNotFound, CommitteeDissolved, DayNotPlausible),
)
async def plan_meeting(committee_id: UUID, body: MeetingIn, session: Writing, by: Founder) -> Meeting:
    """Plan a meeting of a committee. One of the past is planned too, then recorded as held."""
    return await commands.plan_meeting(session, committee_id, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/meetings/{meeting_id}/hold",
    response_model=MeetingOut,
    responses=documented(
        CommitteeNotYours,
        CommitteeNotFound,
        MeetingNotFound,
        MeetingNotPlanned,
        AttendanceNotFitting,
        CommitteeDissolved,
        DayNotPlausible,
    ),
    openapi_extra=showing(
        status="held", present=["200053759"], voting_seats=3, voting_present=1, quorum=None, is_quorate=True
    ),
)
async def hold_meeting(
    committee_id: UUID, meeting_id: UUID, body: MeetingAttendanceIn, session: Writing, by: Founder
) -> Meeting:
    """Record that a meeting was held, with the organisations that were present."""
    return await commands.hold_meeting(session, committee_id, meeting_id, **body.sent(), by=by)


@router.post(
    "/v1/committees/{committee_id}/meetings/{meeting_id}/cancel",
    response_model=MeetingOut,
    responses=documented(CommitteeNotYours, CommitteeNotFound, MeetingNotFound, MeetingNotPlanned),
    openapi_extra=showing(status="cancelled", cancelled_because="Reportée"),
)
async def cancel_meeting(
    committee_id: UUID, meeting_id: UUID, body: MeetingCancellationIn, session: Writing, by: Founder
) -> Meeting:
    """Cancel a planned meeting, with the reason."""
    return await commands.cancel_meeting(session, committee_id, meeting_id, **body.sent(), by=by)
