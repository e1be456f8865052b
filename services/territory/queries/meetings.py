"""Meetings of committees. They are public."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.errors import MeetingNotFound
from services.territory.models import Committee, Meeting, Territory
from services.territory.queries.filters import MeetingFilters
from services.territory.queries.governance import get_committee
from services.territory.queries.territories import access_scope_of
from services.territory.rules.days import require_readable
from shared.clock import today
from shared.http.collection import PublicCollection
from shared.http.pagination import PageRequest, Slice, page_of


def _no_meeting(meeting_id: UUID) -> MeetingNotFound:
    return MeetingNotFound(
        f"There is no meeting {meeting_id}: GET /v1/committees/{{committee_id}}/meetings lists those of a committee."
    )


_meetings: Final = PublicCollection(Meeting, "meeting", access_scope_of, order=(Meeting.id,), missing=_no_meeting)
get_meeting: Final = _meetings.get
meeting_changes: Final = _meetings.changes
meeting_history: Final = _meetings.history


async def meeting_of(session: AsyncSession, committee: Committee, meeting_id: UUID, *, lock: bool = False) -> Meeting:
    """A meeting of a committee."""
    meeting = await get_meeting(session, meeting_id, lock=lock)
    if meeting.committee_id != committee.id:
        raise MeetingNotFound(
            f"{committee.name} has no meeting {meeting_id}: GET /v1/committees/{committee.id}/meetings lists its own."
        )
    return meeting


async def list_meetings(
    session: AsyncSession, committee_id: UUID, filters: MeetingFilters, pagination: PageRequest
) -> Slice[Meeting]:
    """One page of the meetings of a committee; with `as_of`, those of that day and before."""
    committee = await get_committee(session, committee_id)
    if filters.as_of:
        require_readable(filters.as_of, today=today())
    if filters.known_at:
        found = [
            each
            for each in await _known(session, filters.known_at, [committee])
            if filters.status in (None, each.status) and (filters.as_of is None or each.day <= filters.as_of)
        ]
        return page_of(found, pagination, order=lambda meeting: (meeting.key,))
    statement = select(Meeting).where(Meeting.committee_id == committee.id)
    if filters.status:
        statement = statement.where(Meeting.status == filters.status)
    if filters.as_of:
        statement = statement.where(Meeting.day <= filters.as_of)
    return await _meetings.page(session, statement, pagination)


async def meetings_from(session: AsyncSession, committee: Committee, day: date) -> Sequence[Meeting]:
    """Return the meetings of a committee on a day and later ones."""
    statement = select(Meeting).where(Meeting.committee_id == committee.id, Meeting.day >= day)
    return (await session.scalars(statement.order_by(Meeting.day, Meeting.id))).all()


async def planned_meetings(session: AsyncSession, territory: Territory, day: date) -> Sequence[Meeting]:
    """Return the meetings that the committees of a territory have planned for a day and later ones."""
    statement = select(Meeting).where(
        Meeting.committee.has(Committee.territory_key == territory.key), Meeting.status == "planned", Meeting.day >= day
    )
    with session.no_autoflush:
        return (await session.scalars(statement.order_by(Meeting.day, Meeting.id))).all()


async def _known(session: AsyncSession, known_at: datetime, committees: Collection[Committee]) -> list[Meeting]:
    """Return the meetings of committees, as they were known at a moment."""
    # A meeting stays with its committee, and none is deleted.
    own = select(Meeting.id).where(Meeting.committee_id.in_([committee.id for committee in committees]))
    return await _meetings.known(session, known_at, keys=[str(each) for each in await session.scalars(own)])


async def last_meetings(
    session: AsyncSession, committees: Collection[Committee], day: date, *, known_at: datetime | None = None
) -> Mapping[UUID, date]:
    """Return the day of the last held meeting of each committee, up to a day."""
    if known_at is not None:
        held = [each for each in await _known(session, known_at, committees) if each.status == "held"]
        in_order = sorted((each.day, each.committee_id) for each in held if each.day <= day)
        return {committee_id: last for last, committee_id in in_order}
    statement = (
        select(Meeting.committee_id, func.max(Meeting.day))
        .where(Meeting.committee_id.in_([committee.id for committee in committees]))
        .where(Meeting.status == "held", Meeting.day <= day)
        .group_by(Meeting.committee_id)
    )
    found = await session.execute(statement)
    return {row[0]: row[1] for row in found}
