"""Filters of the lists."""

from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from shared.events.catalog import RequestStatus, ServiceKind


@dataclass(frozen=True)
class ServiceFilters:
    """Filters of services."""

    q: str | None = None
    axis: str | None = None
    kind: ServiceKind | None = None
    operator: str | None = None
    """The SIREN of an operator; `none`: services without one."""
    beneficiary: str | None = None
    basket: str | None = None
    openness: str | None = None
    """`unknown`: no source says."""
    on: date | None = None
    withdrawn: bool | None = None

    def without(self, name: str) -> "ServiceFilters":
        """The same filters but one."""
        return replace(self, **{name: None})


@dataclass(frozen=True)
class SharedFilters:
    """Filters that lists of a territory's objects share."""

    territory: str | None = None
    phase: str | None = None
    region: str | None = None
    operator: str | None = None


@dataclass(frozen=True)
class ReferentFilters(SharedFilters):
    """Filters of referents."""

    on: date | None = None
    current: bool | None = None


@dataclass(frozen=True)
class MatchingFilters(SharedFilters):
    """Filters of matchings; `operator` is one of those that may help."""


@dataclass(frozen=True)
class RequestFilters(SharedFilters):
    """Filters of requests."""

    service: str | None = None
    action: UUID | None = None
    status: RequestStatus | None = None
    overdue: bool | None = None
