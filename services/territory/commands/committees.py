"""Commands of committees."""

from collections.abc import Iterable
from datetime import date
from typing import NotRequired, TypedDict, Unpack
from uuid import UUID

from services.territory import queries
from services.territory.commands.known_organisations import known_organisation
from services.territory.models import Committee, CommitteeSeat, FirstSignature, QuorumFrom, Region
from services.territory.rules import committees, meetings
from services.territory.rules.days import require_open_on, require_plausible
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


class CommitteePlace(TypedDict):
    """Place of a committee, by its level."""

    region: NotRequired[str | None]
    territory: NotRequired[str | None]


async def establish_committee(
    session: WriteSession,
    *,
    level: str,
    name: str,
    chair: str,
    established_on: date,
    quorum: int | None = None,
    by: Caller,
    **place: Unpack[CommitteePlace],
) -> Committee:
    """Establish a committee."""
    region, territory = place.get("region"), place.get("territory")
    committees.require_manager(by, level)
    committees.require_place(level, region=region, territory=territory)
    require_plausible(established_on, field="established_on", today=today())
    if region:
        await queries.require_known(session, Region, region, pointer="/region")
    own_territory = await queries.get_territory(session, territory, lock=True) if territory else None
    committee = Committee(
        id=uuid7(),
        level=level,
        name=name,
        region_code=region,
        territory_key=own_territory.key if own_territory else None,
        territory=own_territory,
        chair_siren=chair,
        established_on=established_on,
        quorums=[QuorumFrom(since=established_on.isoformat(), minimum=quorum)] if quorum else [],
    )
    require_owner(by, await queries.access_scope_of(session, by), committee.stakeholders, "committee")
    if own_territory:
        require_open_on(own_territory, established_on, field="established_on")
    body = await known_organisation(session, chair, field="chair", on=established_on)
    committees.require_chair(committee, body, on=established_on)
    committees.require_only(committee, await queries.committees_of_place(session, committee))
    committees.seat_chair(committee)
    if own_territory:
        signature = await session.get(FirstSignature, own_territory.key)
        committees.follow_up(committee, signature.signed_on if signature else None)
    session.add(committee)
    outbox.add(session, committees.established(committee))
    return committee


async def change_chair(session: WriteSession, committee_id: UUID, *, chair: str, on: date, by: Caller) -> Committee:
    """Give a committee another chair from a day on."""
    committee = await own_committee(session, committee_id, by)
    body = await known_organisation(session, chair, field="chair", on=on)
    held = await queries.meetings_from(session, committee, on)
    committees.succeed_chair(committee, body, on=on, today=today(), meetings=held)
    set_reason(session, committee, "another chair")
    outbox.add(session, committees.changed(committee))
    return committee


async def give_seat(
    session: WriteSession, committee_id: UUID, *, organisation: str, capacity: str, since: date, by: Caller
) -> CommitteeSeat:
    """Give an organisation a seat in a committee."""
    committee = await own_committee(session, committee_id, by)
    body = await known_organisation(session, organisation, field="organisation", on=since)
    seat = committees.give_seat(committee, body, capacity=capacity, since=since, today=today())
    set_reason(session, committee, f"another {capacity}")
    outbox.add(session, committees.changed(committee))
    return seat


async def end_seat(session: WriteSession, committee_id: UUID, seat_id: UUID, *, on: date, by: Caller) -> CommitteeSeat:
    """End the seat of a member or an observer."""
    committee = await own_committee(session, committee_id, by)
    committees.require_composable(committee)
    seat = queries.seat_of(committee, seat_id)
    committees.require_no_chair(seat)
    held = await queries.meetings_from(session, committee, on)
    committees.end_seat(committee, seat, on=on, today=today(), meetings=held)
    set_reason(session, committee, f"seat of a {seat.capacity} ended")
    outbox.add(session, committees.changed(committee))
    return seat


async def dissolve_committee(session: WriteSession, committee_id: UUID, *, on: date, by: Caller) -> Committee:
    """Dissolve a committee, and cancel the meetings that it had planned from then on."""
    committee = await own_committee(session, committee_id, by)
    later = await queries.meetings_from(session, committee, on)
    decisions = await queries.decisions_from(session, committee, on)
    committees.dissolve(committee, on=on, today=today(), meetings=later, decisions=decisions)
    for meeting in later:
        if meeting.status == "planned":
            meetings.cancel(meeting, f"Comité dissous le {on}")
            set_reason(session, meeting, f"{committee.name} was dissolved on {on}")
    set_reason(session, committee, "dissolved")
    outbox.add(session, committees.changed(committee))
    return committee


async def own_committee(
    session: WriteSession, committee_id: UUID, by: Caller, *, territories: Iterable[str] = ()
) -> Committee:
    """Load and lock a committee that the caller manages, and territories on which it decides."""
    committee = await queries.lock_committee(session, committee_id, territories=territories)
    committees.require_manager(by, committee.level)
    require_owner(by, await queries.access_scope_of(session, by), committee.stakeholders, "committee")
    return committee
