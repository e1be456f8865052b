"""Rules of days: the programme is read from its announcement to today, and planned near its phase."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from services.contract.errors import DayNotPlausible
from services.contract.reference import ANNOUNCED
from shared.problem import FieldError

YEARS_BEFORE: Final = 10
"""Years between the first plausible day and the announcement of the phase: older actions may be taken up."""
YEARS_AFTER: Final = 30
"""Years between the announcement of the phase and the last plausible day: works and their effects last."""


def plausible_days(phase: str) -> tuple[date, date]:
    """Return the first and the last plausible day of a plan of a phase.

    The bounds are general knowledge of public contracts: no document of the programme sets them.
    """
    announced = ANNOUNCED[phase]
    return (
        announced.replace(year=announced.year - YEARS_BEFORE),
        announced.replace(year=announced.year + YEARS_AFTER),
    )


def plausible(day: date, phase: str) -> bool:
    """Return True for a day that a plan of a phase may name: ten years before its announcement to thirty after it."""
    first, last = plausible_days(phase)
    return first <= day <= last


def require_plausible(days: Mapping[str, date | None], phase: str) -> None:
    """Refuse days, by their JSON pointers, that no plan of a phase can mean. A null day is not planned yet."""
    wrong = {pointer: day for pointer, day in days.items() if day is not None and not plausible(day, phase)}
    if wrong:
        first, last = plausible_days(phase)
        raise DayNotPlausible(
            f"{', '.join(f'`{pointer}` is {day}' for pointer, day in wrong.items())}: in phase {phase}, give a day "
            f"from {first} to {last}.",
            errors=[FieldError(pointer=pointer, detail=f"not between {first} and {last}") for pointer in wrong],
        )


def require_readable(as_of: date, *, today: date, phase: str | None = None, field: str = "as_of") -> None:
    """Refuse a day in the future, or before the programme or its phase was announced."""
    first = ANNOUNCED[phase] if phase else min(ANNOUNCED.values())
    if as_of < first:
        named = f"phase {phase}" if phase else "the programme"
        raise DayNotPlausible(
            f"`{field}` is {as_of}, and {named} was announced on {first}: ask for a day from {first} to {today}.",
            errors=[FieldError(parameter=field, detail=f"before {first}")],
        )
    if as_of > today:
        raise DayNotPlausible(
            f"`{field}` is in the future, {as_of}: ask for {today} or an earlier day.",
            errors=[FieldError(parameter=field, detail="in the future")],
        )


def phases_on(as_of: date) -> list[str]:
    """Return the phases that were announced by a day, the latest last."""
    return sorted(phase for phase, announced in ANNOUNCED.items() if announced <= as_of)
