"""Rules of committees."""

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from services.territory.errors import (
    ChairNotFitting,
    CommitteeDissolved,
    CommitteeExists,
    CommitteeNotYetEstablished,
    CommitteeNotYours,
    CommitteePlaceMismatch,
    DayNotPlausible,
    SeatsExhausted,
    SeatTaken,
)
from services.territory.models import Committee, CommitteeSeat, Decision, Meeting, Organisation, Territory
from services.territory.rules.days import require_open_on, require_plausible
from services.territory.rules.mandates import PAIR, covers, pilots_on
from shared.events.territory import SEATS_AT_MOST, CommitteeChanged, CommitteeEstablished, SeatState
from shared.ids import uuid7
from shared.problem import FieldError
from shared.security.access import Caller
from shared.security.roles import Role

MANAGER: Final = {"project": Role.TERRITORY, "regional": Role.REGION, "national": Role.NATIONAL}
"""Role that manages the committees of each level."""


def require_place(level: str, *, region: str | None, territory: str | None) -> None:
    """Require the place of the level: a territory, a Region or none."""
    needed = {"project": "territory", "regional": "region", "national": None}[level]
    given = {name for name, value in (("region", region), ("territory", territory)) if value}
    if given != ({needed} if needed else set()):
        raise CommitteePlaceMismatch(
            f"The place does not fit a {level} committee: give "
            f"{f'`{needed}` and no other place' if needed else 'neither `region` nor `territory`'}."
        )


def require_manager(by: Caller, level: str) -> None:
    """Require the role that manages committees of a level. The délégation does not act for a Region."""
    if by.role is not MANAGER[level]:
        raise CommitteeNotYours(f"Your role is {by.role}: only the role {MANAGER[level]} manages {level} committees.")


def require_chair(committee: Committee, chair: Organisation, *, on: date) -> None:
    """Require a chair that fits on a day: the Region, an organisation of the pair in office, or the State."""
    match committee.level:
        case "regional":
            fits = chair.kind in ("region", "collectivite") and chair.region_code == committee.region_code
            fitting = f"the Region of {committee.region_code}"
        case "project":
            fits = chair.siren in _led_by(committee.territory, on)
            fitting = f"the organisation of a pilot in office on {on}, élu or industriel: appoint the pair first"
        case _:
            fits, fitting = chair.kind == "state", "the State"
    if not fits:
        raise ChairNotFitting(
            f"{chair.name} cannot chair a {committee.level} committee. Name in `chair` {fitting}.",
            errors=[FieldError(pointer="/chair", detail=f"not {fitting}")],
        )


def established(committee: Committee) -> CommitteeEstablished:
    """Return the event of a new committee."""
    return CommitteeEstablished(
        committee_id=committee.id,
        level=committee.level,
        name=committee.name,
        region=committee.region_code,
        territory=committee.territory_key,
        chair=committee.chair_siren,
        established_on=committee.established_on,
        quorum=committee.quorum,
        stage=committee.stage,
        became_follow_up_on=committee.became_follow_up_on,
        territories=sorted(committee.stakeholders.territories),
        regions=committee.regions,
        organisations=[committee.chair_siren],
    )


def require_only(committee: Committee, others: Iterable[Committee]) -> None:
    """Refuse a second committee of the same place at the same time."""
    for other in others:
        if other.dissolved_on is None or committee.established_on < other.dissolved_on:
            until = f", until {other.dissolved_on}" if other.dissolved_on else ""
            raise CommitteeExists(
                f"There is a {other.level} committee since {other.established_on}{until}: {other.id}, {other.name}. "
                f"Use it, or dissolve it first, POST /v1/committees/{other.id}/dissolve.",
                committee_id=str(other.id),
            )


def seat_chair(committee: Committee) -> None:
    """Give a new committee its chair's seat."""
    committee.seats.append(_seat(committee, committee.chair_siren, "chair", committee.established_on))


def require_in_being(committee: Committee, day: date, *, field: str, today: date) -> None:
    """Refuse a fact before a committee was established, or from its end or the closing of its territory on."""
    _require_not_ended(committee, day, field=field, today=today)
    if committee.territory:
        require_open_on(committee.territory, day, field=field)


def _require_not_ended(committee: Committee, day: date, *, field: str, today: date) -> None:
    if committee.dissolved_on and day >= committee.dissolved_on:
        raise CommitteeDissolved(
            f"{committee.name} was dissolved on {committee.dissolved_on}: give an earlier day, or name the committee "
            "that followed it."
        )
    require_plausible(day, field=field, today=today, earliest=committee.established_on)


def require_composable(committee: Committee) -> None:
    """Refuse another chair, seat or quorum of a dissolved committee, also for its past days."""
    if committee.dissolved_on:
        raise CommitteeDissolved(
            f"{committee.name} was dissolved on {committee.dissolved_on}: its chair, seats and quorum no longer change."
            " Record what it did before that day, or name the committee that followed it."
        )


def succeed_chair(
    committee: Committee, chair: Organisation, *, on: date, today: date, meetings: Iterable[Meeting] = ()
) -> None:
    """Give a committee another chair from a day on. A seat that the new chair had as a member ends."""
    require_composable(committee)
    require_in_being(committee, on, field="on", today=today)
    require_chair(committee, chair, on=on)
    former = next(seat for seat in committee.members if seat.capacity == "chair")
    if former.organisation_siren == chair.siren:
        raise SeatTaken(f"{chair.name} chairs it since {former.since}: name another chair.", seat_id=str(former.id))
    end_seat(committee, former, on=on, today=today, meetings=meetings)
    for seat in committee.seats:
        if seat.organisation_siren != chair.siren or (seat.until and seat.until <= on):
            continue
        if seat.since > on:
            raise SeatTaken(
                f"{chair.name} sits as {seat.capacity} since {seat.since}: give this day or a later one in `on`.",
                seat_id=str(seat.id),
            )
        seat.until = on
    committee.chair_siren = chair.siren
    committee.seats.append(_seat(committee, chair.siren, "chair", on))


def give_seat(
    committee: Committee, organisation: Organisation, *, capacity: str, since: date, today: date
) -> CommitteeSeat:
    """Give an organisation a seat as member or observer."""
    require_composable(committee)
    require_in_being(committee, since, field="since", today=today)
    for seat in committee.seats:
        if seat.organisation_siren == organisation.siren and (seat.until is None or since < seat.until):
            raise _taken(committee, seat, organisation)
    if len(committee.members) >= SEATS_AT_MOST:
        raise SeatsExhausted(f"{SEATS_AT_MOST} organisations sit in {committee.name}, the maximum: end a seat first.")
    seat = _seat(committee, organisation.siren, capacity, since)
    seat.organisation = organisation
    committee.seats.append(seat)
    return seat


def end_seat(
    committee: Committee, seat: CommitteeSeat, *, on: date, today: date, meetings: Iterable[Meeting] = ()
) -> None:
    """End a seat on a day: the first one without it. Its organisation sat on the days of `meetings` it was present.

    A seat that ends on its first day counts on no day: it was given by mistake.
    """
    require_plausible(on, field="on", today=today, earliest=seat.since)
    attended = [each for each in meetings if each.day >= on and seat.organisation_siren in each.present]
    if attended:
        last = max(attended, key=lambda each: each.day)
        raise DayNotPlausible(
            f"`on` is {on}, but {seat.organisation_siren} was present at the meeting of {last.day} of "
            f"{committee.name}, {last.id}: give a later day than {last.day}.",
            errors=[FieldError(pointer="/on", detail=f"not after {last.day}")],
        )
    seat.until = on


def require_no_chair(seat: CommitteeSeat) -> None:
    """Refuse to end the chair's seat: a committee always has a chair."""
    if seat.capacity == "chair":
        raise SeatTaken(
            f"This is the seat of the chair: name another chair, POST /v1/committees/{seat.committee_id}/chair.",
            seat_id=str(seat.id),
        )


def seats_as_facts(committee: Committee) -> Iterator[tuple[str, date]]:
    """Yield the seats of a committee, each with its first day, without those that count on no day."""
    for seat in committee.seats:
        if seat.until != seat.since:
            yield f"the seat of {seat.organisation_siren} in {committee.name}", seat.since


def acts_of(
    committee: Committee, meetings: Iterable[Meeting], decisions: Iterable[Decision] = ()
) -> Iterator[tuple[str, date]]:
    """Yield the held meetings and the decisions of a committee, each with its day."""
    for meeting in meetings:
        if meeting.status == "held":
            yield f"the meeting {meeting.id} of {committee.name}", meeting.day
    for decision in decisions:
        yield f"the decision {decision.id} of {committee.name}", decision.decided_on


def facts_of(
    committee: Committee, meetings: Iterable[Meeting], decisions: Iterable[Decision] = ()
) -> Iterator[tuple[str, date]]:
    """Yield the seats, the held meetings and the decisions of a committee, each with its day."""
    yield from seats_as_facts(committee)
    yield from acts_of(committee, meetings, decisions)


def dissolve(
    committee: Committee,
    *,
    on: date,
    today: date,
    meetings: Iterable[Meeting] = (),
    decisions: Iterable[Decision] = (),
) -> None:
    """Dissolve a committee on a day: the first one without it. Its seats end, and a later quorum never applies.

    On the day of its establishment it was established by mistake: it counts on no day.
    `meetings` and `decisions` are those of the day and of later days.
    """
    # The committee of a closed territory may be dissolved too.
    _require_not_ended(committee, on, field="on", today=today)
    require_plausible(on, field="on", today=today, earliest=committee.established_on)
    # A seat that begins on this day counts on none.
    seated = [(fact, day) for fact, day in seats_as_facts(committee) if day > on]
    if late := [*seated, *((fact, day) for fact, day in acts_of(committee, meetings, decisions) if day >= on)]:
        fact, day = max(late, key=lambda each: each[1])
        raise DayNotPlausible(
            f"`on` is {on}, but {fact} is of {day}: give a later day than {day}.",
            errors=[FieldError(pointer="/on", detail=f"not after {day}")],
        )
    for seat in committee.seats:
        seat.until = min(seat.until, on) if seat.until else on
    committee.quorums = [each for each in committee.quorums if date.fromisoformat(each["since"]) < on]
    committee.dissolved_on = on
    if committee.became_follow_up_on and committee.became_follow_up_on >= on:
        committee.became_follow_up_on = None


def follow_up(committee: Committee, first_signed_on: date | None) -> bool:
    """Set from which day a project committee follows up contracts; return True if it changed.

    The first signature of a contract of its territory decides, whatever the order in which the events arrive.
    """
    since = max(committee.established_on, first_signed_on) if first_signed_on else None
    if since and committee.dissolved_on and since >= committee.dissolved_on:
        since = None
    if since == committee.became_follow_up_on:
        return False
    committee.became_follow_up_on = since
    return True


def stage_on(committee: Committee, day: date) -> str | None:
    """Return the stage of a project committee at the end of a day; None for the other levels."""
    if committee.became_follow_up_on and committee.became_follow_up_on > day:
        return "project"
    return committee.stage


def seats_on(committee: Committee, day: date) -> list[CommitteeSeat]:
    """Return the seats of a committee at the end of a day, the chair's first."""
    seats = [seat for seat in committee.seats if covers(seat, day)]
    return sorted(seats, key=lambda seat: (seat.capacity != "chair", seat.organisation_siren))


def require_established(committee: Committee, as_of: date) -> None:
    """Refuse to read a committee before it was established."""
    if as_of < committee.established_on:
        raise CommitteeNotYetEstablished(
            f"{committee.name} did not exist on {as_of}: ask for {committee.established_on} or a later day."
        )


def changed(committee: Committee) -> CommitteeChanged:
    """Return the event of a changed committee, with its current state."""
    return CommitteeChanged(
        committee_id=committee.id,
        level=committee.level,
        name=committee.name,
        region=committee.region_code,
        territory=committee.territory_key,
        chair=committee.chair_siren,
        established_on=committee.established_on,
        dissolved_on=committee.dissolved_on,
        seats=[
            SeatState(organisation=seat.organisation_siren, capacity=seat.capacity, since=seat.since)
            for seat in committee.members
        ],
        quorum=committee.quorum,
        stage=committee.stage,
        became_follow_up_on=committee.became_follow_up_on,
        territories=sorted(committee.stakeholders.territories),
        regions=committee.regions,
        organisations=sorted({committee.chair_siren, *(seat.organisation_siren for seat in committee.members)}),
    )


def _seat(committee: Committee, siren: str, capacity: str, since: date) -> CommitteeSeat:
    return CommitteeSeat(
        id=uuid7(), committee_id=committee.id, organisation_siren=siren, capacity=capacity, since=since
    )


def _taken(committee: Committee, seat: CommitteeSeat, organisation: Organisation) -> SeatTaken:
    address = f"/v1/committees/{committee.id}"
    if seat.until:
        sits, way_out = f"until {seat.until}", f"give {seat.until} or a later day"
    elif seat.capacity == "chair":
        sits, way_out = "as its chair", f"name another chair first, POST {address}/chair, and give a day from then on"
    else:
        sits = f"as {seat.capacity}"
        way_out = f"end this seat first, POST {address}/seats/{seat.id}/end, or keep it"
    return SeatTaken(
        f"{organisation.name} sits in {committee.name} since {seat.since}, {sits}: {way_out}.", seat_id=str(seat.id)
    )


def _led_by(territory: Territory | None, on: date) -> set[str]:
    if territory is None:
        return set()
    return {pilot.organisation_siren for pilot in pilots_on(territory, on) if pilot.capacity in PAIR}
