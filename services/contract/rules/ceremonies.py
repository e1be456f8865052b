"""Rules of ceremonies: their days, who holds them, what their report counts."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from services.contract.errors import CalendarReversed, CeremonyCancelled, CeremonyNotFitting, DayNotPlausible
from services.contract.models import Ceremony, Contract
from services.contract.reference import ANNOUNCED
from shared.events.contract import CeremonyAnnounced
from shared.problem import FieldError

DAYS_AT_MOST: Final = 31
"""Maximum length of a ceremony, in days."""
YEARS_AHEAD: Final = 5
"""Maximum number of years between today and its first day."""
CONTENT: Final = ("title", "place", "starts_on", "ends_on", "phase", "regions")
"""Fields that a request may write."""


def write(ceremony: Ceremony, content: Mapping[str, Any], *, today: date) -> None:
    """Write the fields that were sent."""
    if ceremony.is_cancelled:
        raise CeremonyCancelled("This ceremony is cancelled: it can no longer be changed. Announce another one.")
    for name in CONTENT:
        if name in content:
            setattr(ceremony, name, content[name])
    _require_days(ceremony, today)


def cancel(ceremony: Ceremony) -> None:
    """Cancel a ceremony. The contracts that name it stay."""
    if ceremony.is_cancelled:
        raise CeremonyCancelled("This ceremony is cancelled already.")
    ceremony.is_cancelled = True


def announced(ceremony: Ceremony) -> CeremonyAnnounced:
    """Return the event of a ceremony as it now stands."""
    return CeremonyAnnounced(
        ceremony_id=ceremony.id,
        title=ceremony.title,
        place=ceremony.place,
        starts_on=ceremony.starts_on,
        ends_on=ceremony.ends_on,
        phase=ceremony.phase,
        regions=ceremony.regions,
        is_cancelled=ceremony.is_cancelled,
    )


def name_ceremony(contract: Contract, ceremony: Ceremony | None) -> None:
    """Say at which ceremony a contract or protocol is signed; None: at none."""
    if contract.status == "cancelled":
        _refuse(f"This {contract.kind} is cancelled: it is signed at no ceremony.")
    if ceremony is None:
        contract.ceremony_id = None
        return
    if ceremony.is_cancelled:
        _refuse(f"The ceremony « {ceremony.title} » is cancelled: name another one.")
    if ceremony.phase != contract.phase:
        _refuse(f"The ceremony « {ceremony.title} » is of phase {ceremony.phase}: name one of {contract.phase}.")
    if ceremony.regions and not set(ceremony.regions) & set(contract.regions):
        _refuse(
            f"The ceremony « {ceremony.title} » is held by Region {', '.join(ceremony.regions)}: name one of Region "
            f"{', '.join(contract.regions)}, or a national one."
        )
    contract.ceremony_id = ceremony.id


def _require_days(ceremony: Ceremony, today: date) -> None:
    first, starts_on, ends_on = ANNOUNCED[ceremony.phase], ceremony.starts_on, ceremony.ends_on
    if ends_on < starts_on:
        raise CalendarReversed(
            "`ends_on` is before `starts_on`: correct one of them.",
            errors=[FieldError(pointer="/ends_on", detail="before `starts_on`")],
        )
    last = today.replace(year=today.year + YEARS_AHEAD, month=12, day=31)
    if not first <= starts_on <= last:
        raise DayNotPlausible(
            f"`starts_on` is {starts_on}: a ceremony of phase {ceremony.phase} is held from {first} to {last}.",
            errors=[FieldError(pointer="/starts_on", detail=f"not from {first} to {last}")],
        )
    if ends_on - starts_on >= timedelta(days=DAYS_AT_MOST):
        raise DayNotPlausible(
            f"`ends_on` is {ends_on}: a ceremony lasts at most {DAYS_AT_MOST} days.",
            errors=[FieldError(pointer="/ends_on", detail=f"more than {DAYS_AT_MOST} days")],
        )


def _refuse(reason: str) -> None:
    raise CeremonyNotFitting(reason, errors=[FieldError(pointer="/ceremony_id", detail=reason)])
