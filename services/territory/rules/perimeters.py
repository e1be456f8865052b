"""Rules of perimeters: on each day, a body is a member once, and a territory has a member."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, NoReturn

from services.territory.errors import DayNotPlausible, NothingChanges, PerimeterConflict
from services.territory.models import MemberGeography, Membership, Organisation, Territory
from services.territory.rules.days import first_day, require_open_on
from services.territory.rules.organisations import OFFICIAL
from shared.events.territory import MEMBERS_AT_MOST
from shared.problem import FieldError

FOREVER: Final = date.max
"""End of an interval without an end."""
Interval = tuple[date | None, date | None]
"""First day as a member (null: not known), first day out (null: a member)."""


@dataclass(frozen=True)
class Holding:
    """Membership of a body in a territory, from a first day to the first day out."""

    siren: str
    territory: str
    since: date
    until: date
    within: frozenset[str]
    """SIRENs of the bodies that contain it."""
    heir: str | None = None
    """Member that has taken it over, if it is no member itself: its communes count under that one."""

    def overlap(self, other: "Holding") -> date | None:
        """Return the first day of both; None if they share none."""
        first = max(self.since, other.since)
        return first if first < min(self.until, other.until) else None

    @property
    def is_empty(self) -> bool:
        """True if it has no day."""
        return self.until <= self.since


def holdings(territory: Territory) -> list[Holding]:
    """Return the memberships as intervals, and what the members have taken over.

    An unknown first day is the first day of the territory.
    """
    start, end = first_day(territory), territory.closed_on or FOREVER
    found = []
    for member in territory.memberships:
        since, until = member.entered_on or start, min(member.left_on or FOREVER, end)
        within = frozenset(member.geography["within"])
        found.append(Holding(member.siren, territory.key, since, until, within))
        for taken in member.geography.get("taken_over", ()):
            begins = max(since, date.fromisoformat(taken["since"]))
            if begins < until:
                within = frozenset(taken["within"])
                found.append(Holding(taken["siren"], territory.key, begins, until, within, heir=member.siren))
    return found


@dataclass(frozen=True)
class PerimeterBreach:
    """Breach of a rule by members of a territory on a day."""

    detail: str
    holder: str
    """Territory that has the member on that day."""
    day: date | None = None
    bodies: tuple[str, ...] = ()
    """SIRENs of the bodies in conflict, the one that is to be changed first."""


def refuse(conflicts: Sequence[PerimeterBreach], places: Mapping[str, str]) -> NoReturn:
    """Refuse all conflicts at once. `places` has the place in the body of the request of each SIREN."""
    first = conflicts[0]
    errors = [
        FieldError(pointer=place, detail=conflict.detail)
        for conflict in conflicts
        if (place := next((places[siren] for siren in conflict.bodies if siren in places), None))
    ]
    more = f" In all {len(conflicts)} conflicts: `errors` names them." if len(conflicts) > 1 and errors else ""
    facts: dict[str, Any] = {
        "day": first.day.isoformat() if first.day else None,
        "holder": first.holder,
        "member": first.bodies[0] if first.bodies else None,
    }
    known = {name: value for name, value in facts.items() if value is not None}
    raise PerimeterConflict(first.detail + more, errors=errors, **known)


def require_sound(territory: Territory, others: Iterable[Holding], *, places: Mapping[str, str] | None = None) -> None:
    """Refuse a perimeter that breaks a rule on any day. `others` are members of other territories of the phase.

    `places` has the place in the body of the request of each SIREN that it names.
    """
    own = holdings(territory)
    conflicts = list(_outside_life(territory)) or [
        *_twice([*own, *(other for other in others if not other.is_empty)], territory.key),
        *_without_anybody(territory, own),
    ]
    if conflicts:
        refuse(conflicts, places or {})


def require_room(territory: Territory) -> None:
    """Refuse more members, past ones included, than the events can list."""
    if len(territory.memberships) > MEMBERS_AT_MOST:
        raise PerimeterConflict(f"A territory has at most {MEMBERS_AT_MOST} members, past ones included: name fewer.")


def require_change(enters: Collection[str], leaves: Collection[str]) -> None:
    """Refuse a change in which nothing enters or leaves, or the same body does both."""
    if not enters and not leaves:
        raise NothingChanges(
            "Nothing enters and nothing leaves: name a body in `enters` or in `leaves`.",
            errors=[FieldError(pointer="/enters", detail="empty"), FieldError(pointer="/leaves", detail="empty")],
        )
    if both := sorted({*enters} & {*leaves}):
        raise PerimeterConflict(f"{', '.join(both)} is named twice, in `enters` and in `leaves`: name each body once.")


def require_able_to_enter(bodies: Mapping[str, Organisation], places: Mapping[str, str]) -> None:
    """Refuse organisations other than EPCIs, EPTs and communes. `places` are theirs in the body of the request."""
    if misfits := sorted(siren for siren, body in bodies.items() if body.kind not in OFFICIAL):
        raise PerimeterConflict(
            f"{', '.join(misfits)} is neither an EPCI, an EPT nor a commune: name only such bodies.",
            errors=[
                FieldError(pointer=places[siren], detail=f"of kind {bodies[siren].kind}")
                for siren in misfits
                if siren in places
            ],
        )


def places_of(field: str, sirens: Sequence[str]) -> dict[str, str]:
    """Return the place in the body of a request of each SIREN of a list."""
    return {siren: f"/{field}/{index}" for index, siren in enumerate(sirens)}


def require_past(members: Sequence[tuple[str, Sequence[Interval]]], *, today: date) -> None:
    """Refuse days of members that have not come."""
    late = [
        FieldError(pointer=f"/members/{place}/memberships/{number}/{name}", detail=f"{day} is after {today}")
        for place, (_, intervals) in enumerate(members)
        for number, interval in enumerate(intervals)
        for name, day in zip(("entered_on", "left_on"), interval, strict=True)
        if day and day > today
    ]
    if late:
        raise DayNotPlausible(
            f"{len(late)} of the days in `members` lie in the future: record a change on its day, or give {today} or "
            "an earlier day.",
            errors=late,
        )


def change(
    territory: Territory,
    *,
    enters: Mapping[str, Organisation],
    leaves: Collection[str],
    on: date,
    geography: Mapping[str, MemberGeography],
) -> None:
    """Record the members that enter and leave on a day."""
    require_change(enters, leaves)
    require_able_to_enter(enters, {})
    require_open_on(territory, on, field="on")
    current = {member.siren: member for member in territory.members}
    if strangers := sorted(set(leaves) - set(current)):
        raise PerimeterConflict(
            f"{', '.join(strangers)} is not a member of {territory.key} today: remove it from `leaves`."
        )
    since = {siren: current[siren].entered_on or first_day(territory) for siren in leaves}
    if early := [
        f"{siren} is a member of {territory.key} since {since[siren]}" for siren in leaves if on <= since[siren]
    ]:
        raise PerimeterConflict(
            f"{'; '.join(early)}: it leaves on a later day, `on` is {on}. One that entered by mistake is taken out by "
            f"a correction, POST /v1/territories/{territory.key}/perimeter/corrections."
        )
    for siren in leaves:
        current[siren].left_on = on
    territory.memberships.extend(
        Membership(siren=siren, organisation=enters[siren], entered_on=on, geography=geography[siren])
        for siren in sorted(enters)
    )
    require_room(territory)


def correct(
    territory: Territory,
    corrected: Mapping[str, Sequence[Interval]],
    bodies: Mapping[str, Organisation],
    geography: Mapping[str, MemberGeography],
) -> None:
    """Replace all memberships of some bodies by these intervals. None of them: the body was never a member."""
    if not corrected:
        raise NothingChanges(
            "`members` is empty: name each body whose days are wrong.",
            errors=[FieldError(pointer="/members", detail="empty")],
        )
    require_able_to_enter(bodies, places_of("members", list(corrected)))
    former = {siren: _intervals(territory, siren) for siren in corrected}
    if all(sorted(map(str, former[siren])) == sorted(map(str, corrected[siren])) for siren in corrected):
        raise NothingChanges("The memberships have these days already: correct a day that is wrong.")
    kept = [member for member in territory.memberships if member.siren not in corrected]
    renewed = [
        Membership(
            siren=siren,
            organisation=bodies[siren],
            entered_on=entered_on,
            left_on=left_on,
            geography=geography[siren],
        )
        for siren, intervals in sorted(corrected.items())
        for entered_on, left_on in intervals
    ]
    territory.memberships = [*kept, *renewed]
    require_room(territory)


def bounds(intervals: Sequence[Interval], closed_on: date | None) -> list[date]:
    """Return the known first days as a member, and the last ones; without an end, that of the territory or none."""
    firsts = [entered_on for entered_on, _ in intervals if entered_on]
    ends = [left_on or closed_on or FOREVER for _, left_on in intervals]
    return [*firsts, *(max(end, date(2, 1, 1)) - timedelta(days=1) for end in ends)]


def _intervals(territory: Territory, siren: str) -> list[Interval]:
    return [(member.entered_on, member.left_on) for member in territory.memberships if member.siren == siren]


def _outside_life(territory: Territory) -> Iterator[PerimeterBreach]:
    """Yield memberships before the territory existed, after it closed, or without a day."""
    for member in territory.memberships:
        if found := _wrong_day(member, first_day(territory), territory.closed_on):
            day, wrong = found
            yield PerimeterBreach(f"{member.siren} in {territory.key} {wrong}", territory.key, day, (member.siren,))


def _wrong_day(member: Membership, start: date, closed: date | None) -> tuple[date, str] | None:
    """Return a day of a membership that cannot be, and why; None: there is none."""
    begins, end = member.entered_on or start, member.left_on or FOREVER
    if begins < start:
        return begins, (
            f"would be a member on {begins}, but the territory exists since {start}: give that day or a later one."
        )
    if end <= begins:
        return end, (
            f"would leave on {end}, not after the day on which it entered, {begins}: give a later first day out, or no "
            "membership at all if it never was a member."
        )
    if closed and begins >= closed:
        return begins, f"would enter on {begins}, but the territory was closed on {closed}: give an earlier day."
    if closed and (late := max(member.left_on or start, start)) > closed:
        return late, f"would change on {late}, but the territory was closed on {closed}: give an earlier day."
    return None


def _twice(all_holdings: Sequence[Holding], key: str) -> Iterator[PerimeterBreach]:
    """Yield bodies that are a member twice on a day, by themselves or by what contains them."""
    by_siren: dict[str, list[Holding]] = defaultdict(list)
    for holding in all_holdings:
        by_siren[holding.siren].append(holding)
    for one, other in _rivals(all_holdings, by_siren):
        # Within a territory the communes of a body that was taken over count once, whatever else is a member.
        is_once = one.territory == other.territory and (one.heir or other.heir)
        if key in (one.territory, other.territory) and not is_once and (day := one.overlap(other)):
            yield _taken_over(one, other, day, key) if one.heir or other.heir else _both(one, other, day, key)


def _rivals(
    all_holdings: Sequence[Holding], by_siren: Mapping[str, Sequence[Holding]]
) -> Iterator[tuple[Holding, Holding]]:
    """Yield pairs of memberships that may not share a day."""
    for same in by_siren.values():
        yield from ((one, other) for place, one in enumerate(same) for other in same[place + 1 :])
    for one in all_holdings:
        yield from ((one, other) for body in one.within for other in by_siren.get(body, ()))


def _both(one: Holding, other: Holding, day: date, key: str) -> PerimeterBreach:
    # The holder is in the other territory or, in one territory, was there before.
    holder, mine = sorted((one, other), key=lambda each: (each.territory == key, each.since))
    end = f"it leaves there on {holder.until}" if holder.until < FOREVER else "it has not left there"
    if one.siren == other.siren:
        what = f"{one.siren} would be a member of {key} on {day}, but is one of {holder.territory} on that day"
    else:
        inner, outer = (one, other) if other.siren in one.within else (other, one)
        what = (
            f"{inner.siren} lies in {outer.siren}: on {day} they would be members of {inner.territory} and "
            f"{outer.territory}, and its communes would count twice; {holder.siren} is a member of {holder.territory}"
        )
    way_out = f"give {holder.until} or a later day" if holder.until < FOREVER else f"{holder.siren} must leave first"
    detail = f"{what} ({end}): {way_out}, or correct the days that are wrong."
    return PerimeterBreach(detail, holder.territory, day, (mine.siren, holder.siren))


def _taken_over(one: Holding, other: Holding, day: date, key: str) -> PerimeterBreach:
    taken, member = (one, other) if one.heir else (other, one)
    what = taken.siren if member.siren == taken.siren else f"{member.siren}, which lies in {taken.siren},"
    detail = (
        f"{taken.heir} took over {taken.siren}: on {day} the communes of {what} would count in {taken.territory} and "
        f"in {member.territory}. {member.siren} leaves {member.territory} first, or {taken.heir} leaves "
        f"{taken.territory}, or correct the days that are wrong."
    )
    holder, mine = sorted((taken, member), key=lambda each: each.territory == key)
    return PerimeterBreach(detail, holder.territory, day, (mine.siren, holder.siren))


def _without_anybody(territory: Territory, own: Sequence[Holding]) -> Iterator[PerimeterBreach]:
    """Yield the first day on which the territory has no member."""
    day, end = first_day(territory), territory.closed_on or FOREVER
    for holding in sorted(own, key=lambda each: each.since):
        if holding.since > day:
            break
        day = max(day, holding.until)
    if day < end:
        detail = f"{territory.key} would have no member on {day}: let one more body enter by that day, or leave later."
        yield PerimeterBreach(detail, territory.key, day)
