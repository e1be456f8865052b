"""Rules of days: plausible dates, and the state of a territory on a day."""

from datetime import date
from typing import Final

from services.territory.errors import DayNotPlausible, TerritoryNotYetDesignated
from services.territory.models import Membership, Phase, Territory
from shared.problem import FieldError

PROGRAMME_ANNOUNCED: Final = date(2018, 11, 22)
"""Day of the announcement at the Conseil national de l'industrie. No fact of the programme is older."""


def require_plausible(day: date, *, field: str, today: date, earliest: date = PROGRAMME_ANNOUNCED) -> None:
    """Refuse a day in the future, or before the fact was possible."""
    if not earliest <= day <= today:
        raise DayNotPlausible(
            f"`{field}` is {day}: give a day from {earliest} to {today}.",
            errors=[FieldError(pointer=f"/{field}", detail=f"not between {earliest} and {today}")],
        )


def require_readable(as_of: date, *, today: date) -> None:
    """Refuse to read the state of a future day."""
    if as_of > today:
        raise DayNotPlausible(
            f"`as_of` is in the future, {as_of}: ask for {today} or an earlier day.",
            errors=[FieldError(parameter="as_of", detail="in the future")],
        )


def require_designated(territory: Territory, phase: Phase, as_of: date) -> None:
    """Refuse a day before the designation. If that is unknown, the announcement of the phase counts."""
    first = territory.designated_on or phase.announced_on
    if as_of < first:
        raise TerritoryNotYetDesignated(f"{territory.key} did not exist on {as_of}: ask for {first} or a later day.")


def members_on(territory: Territory, day: date) -> list[Membership]:
    """Return the members at the end of a day. A member without a date of entry counts on every day."""
    return [
        member
        for member in territory.memberships
        if (member.entered_on is None or member.entered_on <= day) and (member.left_on is None or day < member.left_on)
    ]
