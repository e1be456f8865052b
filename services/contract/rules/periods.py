"""Rules of the period of a contract, and of contracts beside each other."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NoReturn

from services.contract.errors import CalendarReversed, ContractOverlaps, DayNotPlausible, RelatedContractNotFitting
from services.contract.models import Contract
from services.contract.reference import ANNOUNCED
from shared.problem import FieldError

YEARS_AT_MOST: Final = 10
"""Maximum length of a period. The longest that a source names has five years; ten leave room for prolongations."""

RELATIONS: Final = ("protocol_id", "replaces", "complements")
"""Fields by which a contract names other documents of its territory."""


def require_period(contract: Contract) -> None:
    """Refuse a period that is reversed, begins before the phase was announced, or is too long."""
    first, starts_on, ends_on = ANNOUNCED[contract.phase], contract.starts_on, contract.ends_on
    if ends_on <= starts_on:
        raise CalendarReversed(
            "`ends_on` is not after `starts_on`: correct one of them.",
            errors=[FieldError(pointer="/ends_on", detail="not after `starts_on`")],
        )
    if starts_on < first:
        raise DayNotPlausible(
            f"`starts_on` is {starts_on}, and phase {contract.phase} was announced on {first}: give that day or a "
            "later one.",
            errors=[FieldError(pointer="/starts_on", detail=f"before {first}")],
        )
    last_start = date(first.year + YEARS_AT_MOST, first.month, first.day)
    if starts_on > last_start:
        raise DayNotPlausible(
            f"`starts_on` is {starts_on}: a contract of phase {contract.phase} begins by {last_start}.",
            errors=[FieldError(pointer="/starts_on", detail=f"after {last_start}")],
        )
    if ends_on >= _years_after(starts_on, YEARS_AT_MOST):
        raise DayNotPlausible(
            f"`ends_on` is {ends_on}: a contract lasts at most {YEARS_AT_MOST} years, correct the period.",
            errors=[FieldError(pointer="/ends_on", detail=f"more than {YEARS_AT_MOST} years after `starts_on`")],
        )


def require_related(contract: Contract, others: Sequence[Contract]) -> None:
    """Refuse related contracts that do not fit, and a second contract of the same days that names no relation.

    `others` are the other documents of the territory.
    """
    related = {name: value for name in RELATIONS if (value := getattr(contract, name)) is not None}
    if contract.kind == "amendment":
        # It says of other contracts what its contract says.
        related = {}
    if contract.kind == "protocol" and related:
        _refuse(next(iter(related)), "A protocol names no other contract: leave it out.")
    for name, contract_id in related.items():
        wanted = "protocol" if name == "protocol_id" else "contract"
        named = next((other for other in others if other.id == contract_id), None)
        if named is None or named.kind != wanted or named.status == "cancelled":
            _refuse(name, f"{contract.territory} has no other {wanted} {contract_id}: name one of its own.")
        if contract.id in (named.replaces, named.complements):
            _refuse(name, f"Contract {named.number} names this one already: one of the two names the other.")
    if contract.replaces is not None and contract.replaces == contract.complements:
        _refuse("complements", "A contract replaces another one or complements it, not both: leave one out.")
    for other in overlapping(contract, others):
        raise ContractOverlaps(
            f"Contract {other.number} of {other.territory} covers days from {other.starts_on} to {last_day(other)}: "
            "choose other days, or name it in `replaces` or `complements`.",
            errors=[FieldError(pointer="/starts_on", detail=f"the same days as contract {other.number}")],
            contract_id=str(other.id),
        )


def overlapping(contract: Contract, others: Sequence[Contract]) -> Iterator[Contract]:
    """Yield the contracts over the same days that a contract neither replaces nor complements, nor is related by."""
    if contract.kind == "protocol":
        return
    # An amendment lies where its contract lies.
    own = contract.amends or contract.id
    for other in others:
        if other.kind != "contract" or other.status == "cancelled" or other.id == own:
            continue
        if {other.id, own} & {contract.replaces, contract.complements, other.replaces, other.complements}:
            continue
        if contract.starts_on <= last_day(other) and other.starts_on <= contract.ends_on:
            yield other


def last_day(contract: Contract) -> date:
    """Return the last day that a contract covers: of its period, or the day before its end."""
    return contract.last_day


def _years_after(day: date, years: int) -> date:
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        # 29 February.
        return day.replace(year=day.year + years, day=28)


def _refuse(name: str, reason: str) -> NoReturn:
    raise RelatedContractNotFitting(reason, errors=[FieldError(pointer=f"/{name}", detail=reason)])
