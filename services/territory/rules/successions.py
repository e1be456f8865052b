"""Rules of takeovers: from which day the communes of a closed body count under the one that took over."""

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.territory.models import MemberGeography, Membership, Organisation, TakenOver
from services.territory.rules.organisations import last_day_of


@dataclass(frozen=True)
class Takeover:
    """EPCI, EPT or commune that has ended, with its successor."""

    siren: str
    name: str
    kind: str
    successor: str
    since: date
    """First day on which its communes count under the successor."""


def takeover_of(ended: Organisation, memberships: Sequence[tuple[date | None, date | None]]) -> Takeover | None:
    """Return the takeover of a body; None: it has not ended, or nobody took over.

    `memberships` are its first days as a member of a territory and its first days out. It counts by itself as long as
    it is a member. Else its communes count under the successor on its last day already: no day is left out.
    """
    if ended.valid_to is None or ended.successor_siren is None:
        return None
    last = last_day_of(ended.valid_to)
    is_member = any(
        (entered is None or entered <= last) and (left is None or left > last) for entered, left in memberships
    )
    since = last + timedelta(days=1) if is_member else last
    return Takeover(ended.siren, ended.name, ended.kind, ended.successor_siren, since)


def taken_over_by(siren: str, takeovers: Collection[Takeover]) -> list[Takeover]:
    """Return the bodies that an organisation has taken over, and those that these took over, by their SIREN."""
    by_successor: defaultdict[str, list[Takeover]] = defaultdict(list)
    for each in takeovers:
        by_successor[each.successor].append(each)
    return sorted(_chain(siren, by_successor, date.min, {siren}), key=lambda each: each.siren)


def _chain(
    siren: str, by_successor: Mapping[str, Sequence[Takeover]], since: date, seen: set[str]
) -> Iterator[Takeover]:
    for each in by_successor.get(siren, ()):
        # Corrections of the register may name two bodies as each other's successors for a moment.
        if each.siren not in seen:
            seen.add(each.siren)
            begins = max(each.since, since)
            yield Takeover(each.siren, each.name, each.kind, siren, begins)
            yield from _chain(each.siren, by_successor, begins, seen)


def heirs_of(sirens: Collection[str], takeovers: Collection[Takeover]) -> set[str]:
    """Return the bodies that took over some bodies, and those that took over these in turn."""
    successors = {each.siren: each.successor for each in takeovers}
    found: set[str] = set()
    ended = set(sirens)
    while ended := {successors[siren] for siren in ended & successors.keys()} - found:
        found |= ended
    return found


@dataclass(frozen=True)
class CountedBody:
    """Body whose communes count in a territory on a day: a member, or one that a member has taken over."""

    siren: str
    name: str | None
    """Null: a member, which has its organisation."""
    kind: str | None
    geography: MemberGeography


def counted_bodies(members: Collection[Membership], day: date) -> list[CountedBody]:
    """Return the bodies whose communes count on a day, by SIREN: each commune once.

    A member that lies in another of these bodies counts with it, such as a commune of a body that was taken over.
    """
    found = {
        each["siren"]: CountedBody(
            each["siren"], each["name"], each["kind"], MemberGeography(within=each["within"], areas=each["areas"])
        )
        for member in members
        for each in member.geography.get("taken_over", ())
        if _counts(each, day)
    }
    heirs = {
        member.siren for member in members for each in member.geography.get("taken_over", ()) if _counts(each, day)
    }
    found |= {
        member.siren: CountedBody(member.siren, None, None, member.geography)
        for member in members
        # An intercommunality that is younger than the geography has only the communes that it took over.
        if member.geography["areas"] or member.siren not in heirs
    }
    return [body for siren, body in sorted(found.items()) if found.keys().isdisjoint(body.geography["within"])]


def _counts(taken: TakenOver, day: date) -> bool:
    return taken["since"] <= day.isoformat()


def days_of_change(member: Membership) -> Iterator[date]:
    """Yield the days of a membership on which the communes of the territory change."""
    yield from (day for day in (member.entered_on, member.left_on) if day)
    yield from (date.fromisoformat(each["since"]) for each in member.geography.get("taken_over", ()))
