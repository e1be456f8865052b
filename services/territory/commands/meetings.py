"""Commands of meetings."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.territory import queries
from services.territory.commands.committees import own_committee
from services.territory.models import Committee, Meeting, Territory
from services.territory.rules import committees, meetings
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import add_consequence, set_reason
from shared.storage.unit_of_work import WriteSession


async def set_quorum(
    session: WriteSession, committee_id: UUID, *, minimum: int | None, on: date, by: Caller
) -> Committee:
    """Set or lift the quorum of a committee from a day on."""
    committee = await own_committee(session, committee_id, by)
    meetings.set_quorum(committee, minimum, on=on, today=today())
    set_reason(session, committee, "another quorum")
    outbox.add(session, committees.changed(committee))
    return committee


async def plan_meeting(
    session: WriteSession,
    committee_id: UUID,
    *,
    day: date,
    agenda: Sequence[str] = (),
    title: str | None = None,
    place: str | None = None,
    by: Caller,
) -> Meeting:
    """Plan a meeting of a committee."""
    committee = await own_committee(session, committee_id, by)
    meeting = Meeting(
        id=uuid7(),
        committee_id=committee.id,
        committee=committee,
        day=day,
        title=title,
        place=place,
        agenda=list(agenda),
        status="planned",
        present=[],
    )
    meetings.plan(meeting, committee, today=today())
    session.add(meeting)
    return meeting


async def hold_meeting(
    session: WriteSession, committee_id: UUID, meeting_id: UUID, *, present: Sequence[str], by: Caller
) -> Meeting:
    """Record that a meeting was held, and the attendance."""
    committee = await own_committee(session, committee_id, by)
    meeting = await queries.meeting_of(session, committee, meeting_id, lock=True)
    meetings.hold(meeting, committee, present, today=today())
    outbox.add(session, meetings.held(meeting, committee))
    return meeting


async def cancel_meetings(session: WriteSession, territory: Territory) -> None:
    """Cancel the meetings that the committees of a closed territory planned from its closing on."""
    if territory.closed_on is None:
        return
    for meeting in await queries.planned_meetings(session, territory, territory.closed_on):
        meetings.cancel(meeting, f"Territoire sorti du programme le {territory.closed_on}")
        add_consequence(session, meeting)
        set_reason(session, meeting, f"{territory.key} was closed on {territory.closed_on}")


async def cancel_meeting(
    session: WriteSession, committee_id: UUID, meeting_id: UUID, *, reason: str, by: Caller
) -> Meeting:
    """Cancel a planned meeting."""
    committee = await own_committee(session, committee_id, by)
    meeting = await queries.meeting_of(session, committee, meeting_id, lock=True)
    meetings.cancel(meeting, reason)
    set_reason(session, meeting, reason)
    return meeting
