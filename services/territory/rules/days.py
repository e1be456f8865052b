"""Which days can be true."""

from datetime import date
from typing import Final

from services.territory.errors import DayNotPlausible, TerritoryNotYetDesignated
from services.territory.models import Membership, Phase, Pilot, Territory
from shared.problem import FieldError

PROGRAMME_ANNOUNCED: Final = date(2018, 11, 22)
"""Conseil national de l'industrie: nothing of the programme is older."""


def require_plausible(day: date, *, field: str, today: date, earliest: date = PROGRAMME_ANNOUNCED) -> None:
    """Refuse a day in the future, or before the fact was possible."""
    if not earliest <= day <= today:
        raise DayNotPlausible(
            f"Give a day from {earliest} to {today}: {day} cannot be.",
            errors=[FieldError(pointer=f"/{field}", detail=f"not between {earliest} and {today}")],
        )


def require_readable(as_of: date, *, today: date) -> None:
    """Nobody knows the state of a day to come."""
    if as_of > today:
        raise DayNotPlausible(
            f"Ask for a day up to {today}: {as_of} has not come.",
            errors=[FieldError(parameter="as_of", detail="in the future")],
        )


def require_designated(territory: Territory, phase: Phase, as_of: date) -> None:
    """A territory exists from its designation; where that day is unknown, not before its phase was announced."""
    first = territory.designated_on or phase.announced_on
    if as_of < first:
        raise TerritoryNotYetDesignated(f"{territory.key} did not exist on {as_of}: ask for {first} or a later day.")


def members_on(territory: Territory, day: date) -> list[Membership]:
    """The members at the end of a day; of those whose entry is not dated, nobody can say that they were not in."""
    return [
        member
        for member in territory.memberships
        if (member.entered_on is None or member.entered_on <= day) and (member.left_on is None or day < member.left_on)
    ]


def pilots_on(territory: Territory, day: date) -> list[Pilot]:
    """The pilots in office at the end of a day."""
    return [pilot for pilot in territory.pilots if pilot.since <= day and (pilot.until is None or day < pilot.until)]
