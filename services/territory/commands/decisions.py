"""Commands of decisions."""

from collections.abc import Sequence
from datetime import date
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from services.territory import queries
from services.territory.commands.committees import own_committee
from services.territory.commands.perimeters import follow_decision, request_decided
from services.territory.models import Decision
from services.territory.rules import decisions, meetings
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.unit_of_work import WriteSession


class DecisionContent(TypedDict):
    """Content of a decision."""

    kind: str
    outcome: str
    title: str
    reference: str
    decided_on: date
    decides: NotRequired[str | None]


async def record_decision(
    session: WriteSession,
    *,
    committee_id: UUID,
    territories: Sequence[str] = (),
    meeting_id: UUID | None = None,
    by: Caller,
    **content: Unpack[DecisionContent],
) -> Decision:
    """Record a decision of a committee, and note it in the perimeter request that it decides."""
    committee = await own_committee(session, committee_id, by, territories=territories)
    decision = Decision(
        id=uuid7(),
        committee=committee,
        territories=await queries.get_territories(session, territories, field="territories"),
        meeting_id=meeting_id,
        **content,
    )
    asked = await request_decided(session, decision.decides, by=by)
    decisions.decide(decision, today=today(), asked=asked)
    meeting = await queries.get_meeting(session, meeting_id) if meeting_id else None
    meetings.require_meeting(committee, meeting, decision.decided_on)
    if asked is not None:
        follow_decision(session, asked, decision)
    session.add(decision)
    outbox.add(session, decisions.decided(decision))
    return decision
