"""Rules of days: the programme is read from its announcement to today."""

from datetime import date

from services.contract.errors import DayNotPlausible
from services.contract.reference import ANNOUNCED
from shared.problem import FieldError


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
