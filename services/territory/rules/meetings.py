"""Rules of meetings and of their quorum."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from services.territory.errors import (
    AttendanceNotFitting,
    CommitteeDissolved,
    DayNotPlausible,
    MeetingMissing,
    MeetingNotFitting,
    MeetingNotPlanned,
    NothingChanges,
)
from services.territory.models import Committee, Meeting, QuorumFrom
from services.territory.rules.committees import require_composable, require_in_being, seats_on
from services.territory.rules.days import require_open_on, require_plausible
from shared.events.territory import MeetingHeld
from shared.problem import FieldError

PLANNED_AHEAD: Final = timedelta(days=5 * 365)
"""Maximum time between today and a planned meeting."""
WITH_A_VOTE: Final = ("chair", "member")


def quorum_on(committee: Committee, day: date) -> int | None:
    """Return the quorum of a committee at the end of a day; None: it has none."""
    applying = [each for each in committee.quorums if date.fromisoformat(each["since"]) <= day]
    return applying[-1]["minimum"] if applying else None


def set_quorum(committee: Committee, minimum: int | None, *, on: date, today: date) -> None:
    """Set the quorum of a committee from a day on."""
    require_composable(committee)
    require_in_being(committee, on, field="on", today=today)
    if committee.quorums:
        require_plausible(on, field="on", today=today, earliest=date.fromisoformat(committee.quorums[-1]["since"]))
    if quorum_on(committee, on) == minimum:
        has = "no quorum" if minimum is None else f"a quorum of {minimum}"
        raise NothingChanges(
            f"{committee.name} has {has} on {on} already: give another `minimum`, or leave it as it is.",
            errors=[FieldError(pointer="/minimum", detail=f"as before {on}")],
        )
    since = on.isoformat()
    earlier = [each for each in committee.quorums if each["since"] != since]
    committee.quorums = [*earlier, QuorumFrom(since=since, minimum=minimum)]


def plan(meeting: Meeting, committee: Committee, *, today: date) -> None:
    """Refuse a planned day on which the committee is not in being, or that is too far ahead."""
    if committee.dissolved_on and meeting.day >= committee.dissolved_on:
        raise CommitteeDissolved(
            f"{committee.name} was dissolved on {committee.dissolved_on}: give an earlier day, or name the committee "
            "that followed it."
        )
    if committee.territory:
        require_open_on(committee.territory, meeting.day, field="day")
    latest = today + PLANNED_AHEAD
    if not committee.established_on <= meeting.day <= latest:
        raise DayNotPlausible(
            f"`day` is {meeting.day}: give a day from {committee.established_on} to {latest}.",
            errors=[FieldError(pointer="/day", detail=f"not between {committee.established_on} and {latest}")],
        )


def hold(meeting: Meeting, committee: Committee, present: Sequence[str], *, today: date) -> None:
    """Record that a planned meeting was held, and which organisations were present."""
    require_planned(meeting)
    if meeting.day > today:
        raise DayNotPlausible(
            f"The meeting is planned for {meeting.day}: record it on that day or later. If it was held earlier, cancel "
            f"it and plan one for the day on which it was held, POST /v1/committees/{committee.id}/meetings.",
        )
    require_in_being(committee, meeting.day, field="day", today=today)
    seats = seats_on(committee, meeting.day)
    sitting = {seat.organisation_siren for seat in seats}
    if outside := sorted(set(present) - sitting):
        raise AttendanceNotFitting(
            f"{', '.join(outside)} does not sit in {committee.name} on {meeting.day}: remove it from `present`, or "
            f"give it a seat first, POST /v1/committees/{committee.id}/seats.",
            errors=[FieldError(pointer="/present", detail=f"{siren} does not sit") for siren in outside],
        )
    voting = {seat.organisation_siren for seat in seats if seat.capacity in WITH_A_VOTE}
    meeting.status = "held"
    meeting.present = sorted(set(present))
    # A fact of its day: a seat or a quorum that is recorded later does not change whether the meeting was quorate.
    meeting.voting_seats = len(voting)
    meeting.voting_present = len(voting & set(present))
    meeting.quorum = quorum_on(committee, meeting.day)


def cancel(meeting: Meeting, reason: str) -> None:
    """Cancel a planned meeting."""
    require_planned(meeting)
    meeting.status = "cancelled"
    meeting.cancelled_because = reason


def require_planned(meeting: Meeting) -> None:
    """Refuse to hold or cancel a meeting a second time."""
    if meeting.status != "planned":
        raise MeetingNotPlanned(
            f"The meeting of {meeting.day} is {meeting.status}: plan another one, "
            f"POST /v1/committees/{meeting.committee_id}/meetings."
        )


def require_meeting(committee: Committee, meeting: Meeting | None, decided_on: date) -> None:
    """Require the meeting of a decision if its committee has a quorum; the meeting was held that day, and quorate."""
    quorum = quorum_on(committee, decided_on)
    if meeting is None:
        if quorum is not None:
            raise MeetingMissing(
                f"{committee.name} decides in a meeting with a quorum of {quorum}: name the meeting of {decided_on} in "
                f"`meeting_id`, GET /v1/committees/{committee.id}/meetings lists them."
            )
        return
    if meeting.committee_id != committee.id:
        fault = f"is one of the committee {meeting.committee_id}: name a meeting of {committee.id}"
    elif meeting.status != "held":
        fault = (
            f"is {meeting.status}: name one that was held, or record first that it was, "
            f"POST /v1/committees/{committee.id}/meetings/{meeting.id}/hold"
        )
    elif meeting.day != decided_on:
        fault = f"was held on {meeting.day}: give this day in `decided_on`, or name the meeting of {decided_on}"
    elif not meeting.is_quorate:
        fault = (
            f"had {meeting.voting_present} seats with a vote present of {meeting.quorum} needed: name a meeting that "
            "was quorate"
        )
    else:
        return
    raise MeetingNotFitting(f"The meeting {meeting.id} in `meeting_id` {fault}.")


def held(meeting: Meeting, committee: Committee) -> MeetingHeld:
    """Return the event of a held meeting."""
    return MeetingHeld(
        meeting_id=meeting.id,
        committee_id=committee.id,
        level=committee.level,
        region=committee.region_code,
        territory=committee.territory_key,
        day=meeting.day,
        agenda_items=len(meeting.agenda),
        present=meeting.present,
        quorum=meeting.quorum,
        is_quorate=bool(meeting.is_quorate),
        territories=sorted(committee.stakeholders.territories),
        regions=committee.regions,
        organisations=sorted({committee.chair_siren, *meeting.present}),
    )
