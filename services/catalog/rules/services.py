"""Rules of services: publication, versions, periods of offer, withdrawal."""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, Protocol

from services.catalog.errors import DayNotPlausible, PeriodReversed, ServiceAlreadyWithdrawn, ThresholdReversed
from services.catalog.models import CONTENT, OfferedService, ServiceVersion
from shared.events.catalog import ServicePublished, ServiceWithdrawn
from shared.problem import FieldError
from shared.projections import OrganisationProjection
from shared.references import OrganisationDuplicate, OrganisationSucceeded
from shared.storage.search import searchable

Verdict = Literal["true", "false", "unknown"]


class Period(Protocol):
    """A period of offer, with the precision of its source."""

    @property
    def starts_on(self) -> date:
        """Return the first day."""

    @property
    def ends_on(self) -> date | None:
        """Return the last day; None if no end is announced."""

    @property
    def precision(self) -> str:
        """Return `day` or `year`."""


DAYS: Final = ("starts_on", "ends_on")
FIRST_DAY: Final = date(2000, 1, 1)
"""First day of an offer: an older one is a slip of the pen."""
LAST_DAY: Final = date(2100, 12, 31)
"""Last day of an offer. One without an announced end has none."""


def require_in_its_own_name(operator: OrganisationProjection) -> None:
    """Refuse a new service of an operator that another organisation stands in for."""
    if operator.successor:
        raise OrganisationSucceeded(
            f"{operator.name} ({operator.siren}) was taken over by {operator.successor}: publish the service with a "
            "token of that one."
        )
    if operator.duplicate_of:
        raise OrganisationDuplicate(
            f"{operator.name} ({operator.siren}) is a duplicate of {operator.duplicate_of}: publish the service with a "
            "token of that one."
        )


def publish(code: str, content: Mapping[str, Any], *, day: date, at: datetime) -> OfferedService:
    """Create a service. Its first version is valid from the first day of the offer, at the latest from `day`."""
    service = OfferedService(code=code, service_version=1, published_at=at)
    _write(service, content)
    service.valid_from = min(service.starts_on, day)
    return service


def change(service: OfferedService, content: Mapping[str, Any], *, day: date, at: datetime) -> bool:
    """Make a new version of a service, valid from `day`; return False if nothing changes."""
    if service.withdrawn_on is not None:
        raise _is_withdrawn(service)
    before = _content_of(service)
    _write(service, content)
    if _content_of(service) == before:
        return False
    service.service_version += 1
    service.valid_from = max(day, service.valid_from)
    service.published_at = at
    return True


def withdraw(service: OfferedService, *, reason: str | None, day: date, at: datetime) -> ServiceWithdrawn:
    """Withdraw a service from `day` on. Requests that were made before continue."""
    if service.withdrawn_on is not None:
        raise _is_withdrawn(service)
    service.withdrawn_on = day
    service.withdrawn_at = at
    service.withdrawal_reason = reason
    return ServiceWithdrawn(**_event_data(service), withdrawn_at=at)


def published(service: OfferedService) -> ServicePublished:
    """Return the event of a service that is offered, or offered again."""
    return ServicePublished(**_event_data(service), published_at=service.published_at)


def version_of(service: OfferedService) -> ServiceVersion:
    """Return the present version, to be stored."""
    return ServiceVersion(
        code=service.code,
        service_version=service.service_version,
        valid_from=service.valid_from,
        published_at=service.published_at,
        **_content_of(service),
    )


def close(version: ServiceVersion, *, followed_on: date) -> None:
    """End a version on the day before the next one. Of two versions of one day, the first is never valid."""
    version.valid_until = followed_on - timedelta(days=1)


def is_on_offer(offer: Period, *, withdrawn_on: date | None, on: date) -> bool:
    """Return whether a service was on offer on a day; an unknown answer counts as yes."""
    return on_offer(offer, withdrawn_on=withdrawn_on, on=on) != "false"


def on_offer(offer: Period, *, withdrawn_on: date | None, on: date) -> Verdict:
    """Return whether a service was on offer on a day; `unknown` in the first or last year of a period of years."""
    if on < offer.starts_on or (offer.ends_on is not None and on > offer.ends_on):
        return "false"
    if withdrawn_on is not None and on >= withdrawn_on:
        return "false"
    boundary_years = {offer.starts_on.year, offer.ends_on.year if offer.ends_on else None}
    return "unknown" if offer.precision == "year" and on.year in boundary_years else "true"


def _write(service: OfferedService, content: Mapping[str, Any]) -> None:
    for name, value in content.items():
        typed = date.fromisoformat(value) if name in DAYS and isinstance(value, str) else value
        setattr(service, name, typed)
    texts = [service.beneficiaries, service.description, service.key_figures or ""]
    service.search = searchable(service.name, service.named, codes=[service.code], texts=texts)
    if wrong := {name: day for name in DAYS if (day := getattr(service, name)) and not FIRST_DAY <= day <= LAST_DAY}:
        raise DayNotPlausible(
            f"{', '.join(f'`{name}` is {day}' for name, day in wrong.items())}: give a day from {FIRST_DAY} to "
            f"{LAST_DAY}.",
            errors=[FieldError(pointer=f"/{name}", detail=f"not between {FIRST_DAY} and {LAST_DAY}") for name in wrong],
        )
    if service.ends_on is not None and service.ends_on < service.starts_on:
        raise PeriodReversed(
            "`ends_on` is before `starts_on`: give the same day or a later one.",
            errors=[FieldError(pointer="/ends_on", detail="before starts_on")],
        )
    if service.threshold and service.threshold["surely_cents"] < service.threshold["least_cents"]:
        raise ThresholdReversed(
            "`surely_cents` is below `least_cents`: give the same amount or a higher one.",
            errors=[FieldError(pointer="/threshold/surely_cents", detail="below least_cents")],
        )


def _content_of(service: OfferedService) -> dict[str, Any]:
    return {name: getattr(service, name) for name in CONTENT}


def _event_data(service: OfferedService) -> dict[str, Any]:
    return {
        "organisations": [service.operator] if service.operator else [],
        "service": service.code,
        "service_version": service.service_version,
        "name": service.name,
        "operator": service.operator,
        "axis": service.axis,
        "kind": service.kind,
        "openness": service.openness,
        "starts_on": service.starts_on,
        "ends_on": service.ends_on,
    }


def _is_withdrawn(service: OfferedService) -> ServiceAlreadyWithdrawn:
    return ServiceAlreadyWithdrawn(f"{service.code} was withdrawn on {service.withdrawn_on}: publish another service.")
