"""Rules of days: plausible dates, and the days on which a territory exists and has its members."""

from datetime import date, timedelta
from typing import Final

from services.territory.errors import DayNotPlausible, TerritoryNotYetDesignated
from services.territory.models import Membership, Phase, Territory
from shared.problem import FieldError

PROGRAMME_ANNOUNCED: Final = date(2018, 11, 22)
"""Day of the announcement at the Conseil national de l'industrie. No fact of the programme is older."""
LAST_DAY: Final = date(2100, 12, 31)
"""Last day of what lies ahead, as in the calendar: the end of a figure, the first day of a guide."""


def first_fact(phase: Phase | None) -> date:
    """Return the first day of a fact of a phase: its territories were announced on it. None: of the programme."""
    return phase.announced_on if phase else PROGRAMME_ANNOUNCED


def first_preparation(phase: Phase | None) -> date:
    """Return the first day of a text or an event of a phase: in its first year. None: of the programme."""
    # The call for applications and its guides come before the territories are announced.
    return max(date(phase.first_year, 1, 1), PROGRAMME_ANNOUNCED) if phase else PROGRAMME_ANNOUNCED


def require_plausible(day: date, *, field: str, today: date, earliest: date = PROGRAMME_ANNOUNCED) -> None:
    """Refuse a day in the future, or before the fact was possible."""
    if today < earliest:
        raise DayNotPlausible(
            f"`{field}` is {day}, but the first day that fits is {earliest}: record it then.",
            errors=[FieldError(pointer=f"/{field}", detail=f"before {earliest}, which has not come")],
        )
    if not earliest <= day <= today:
        raise DayNotPlausible(
            f"`{field}` is {day}: give a day from {earliest} to {today}.",
            errors=[FieldError(pointer=f"/{field}", detail=f"not between {earliest} and {today}")],
        )


def require_effective(day: date, *, field: str, today: date) -> None:
    """Refuse a change that would take effect on a future day."""
    if day > today:
        raise DayNotPlausible(
            f"`{field}` is {day}, in the future: record the change on that day, or give {today} or an earlier day.",
            errors=[FieldError(pointer=f"/{field}", detail=f"after {today}")],
        )


def require_readable(
    as_of: date, *, today: date, earliest: date = PROGRAMME_ANNOUNCED, parameter: str = "as_of"
) -> None:
    """Refuse to read the state of a future day, or of a day before the programme or its phase.

    `parameter` is the one that names the day.
    """
    if as_of < earliest:
        raise DayNotPlausible(
            f"`{parameter}` is {as_of}, before the announcement on {earliest}: "
            f"ask for a day from {earliest} to {today}.",
            errors=[FieldError(parameter=parameter, detail=f"before {earliest}")],
        )
    if as_of > today:
        raise DayNotPlausible(
            f"`{parameter}` is in the future, {as_of}: ask for {today} or an earlier day.",
            errors=[FieldError(parameter=parameter, detail="in the future")],
        )


def first_day(territory: Territory) -> date:
    """Return the first day of a territory: its designation or, if that is unknown, the announcement of its phase."""
    return territory.designated_on or territory.programme_phase.announced_on


def existed_on(territory: Territory, day: date) -> bool:
    """Return True if the territory had been designated by the end of a day, even if it was closed since."""
    return first_day(territory) <= day


def is_open_on(territory: Territory, day: date) -> bool:
    """Return True if the territory was in the programme at the end of a day."""
    return existed_on(territory, day) and (territory.closed_on is None or day < territory.closed_on)


def require_designated(territory: Territory, as_of: date) -> None:
    """Refuse to read a day before the designation. If that is unknown, the announcement of the phase counts."""
    if not existed_on(territory, as_of):
        raise TerritoryNotYetDesignated(
            f"{territory.key} did not exist on {as_of}: ask for {first_day(territory)} or a later day."
        )


def require_open_on(territory: Territory, day: date, *, field: str) -> None:
    """Refuse a fact on a day on which the territory was not in the programme."""
    if is_open_on(territory, day):
        return
    if existed_on(territory, day):
        life = f"{territory.key} was closed on {territory.closed_on}: give an earlier day"
    else:
        life = f"{territory.key} exists since {first_day(territory)}: give that day or a later one"
    raise DayNotPlausible(
        f"`{field}` is {day}, but {life}.",
        errors=[FieldError(pointer=f"/{field}", detail="the territory is not in the programme on this day")],
    )


def day_within(territory: Territory, day: date) -> date:
    """Return a day, or the last one of a territory that was closed before: it keeps the state of that one."""
    return min(day, territory.closed_on - timedelta(days=1)) if territory.closed_on else day


def members_on(territory: Territory, day: date) -> list[Membership]:
    """Return the members at the end of a day. A member without a date of entry counts on every day.

    A closed territory keeps the members of its last day.
    """
    day = day_within(territory, day)
    return [
        member
        for member in territory.memberships
        if (member.entered_on is None or member.entered_on <= day) and (member.left_on is None or day < member.left_on)
    ]
