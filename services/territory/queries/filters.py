"""Filters of the lists."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from shared.events.indicators import IndicatorLevel
from shared.events.territory import Unit


@dataclass(frozen=True)
class TerritoryFilters:
    """Filters of territories."""

    phase: str | None = None
    region: str | None = None
    departement: str | None = None
    employment_zone: str | None = None
    member: str | None = None
    q: str | None = None
    is_pilot: str | None = None
    """`true`: a source names it a pilot territory; `unknown`: no source does."""
    wave: str | None = None
    status: str | None = None
    as_of: date | None = None
    """Day of the state that the filters ask about; None: today."""
    known_at: datetime | None = None
    """Moment of which the records are asked; None: now."""


@dataclass(frozen=True)
class OrganisationFilters:
    """Filters of organisations."""

    q: str | None = None
    kind: str | None = None
    region: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class PerimeterRequestFilters:
    """Filters of perimeter requests."""

    territory: str | None = None
    region: str | None = None
    state: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class CommitteeFilters:
    """Filters of committees."""

    level: str | None = None
    region: str | None = None
    territory: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class MeetingFilters:
    """Filters of meetings."""

    status: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class DecisionFilters:
    """Filters of decisions."""

    committee: UUID | None = None
    territory: str | None = None
    kind: str | None = None
    outcome: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class FigureFilters:
    """Filters of declared figures."""

    metric: str | None = None
    phase: str | None = None
    unit: Unit | None = None
    source_id: UUID | None = None
    as_of: date | None = None
    known_at: datetime | None = None
    show: Literal["all", "current"] = "all"
    """`current`: without the figures that another one corrects."""


@dataclass(frozen=True)
class IndicatorValueFilters:
    """Filters of the values of an indicator."""

    level: IndicatorLevel | None = None
    geography: str | None = None
    year: int | None = None
    from_year: int | None = None
    until: int | None = None


@dataclass(frozen=True)
class CalendarFilters:
    """Filters of the calendar."""

    kind: str | None = None
    phase: str | None = None
    status: str | None = None
    from_day: date | None = None
    until: date | None = None
    next: str | None = None
    """`true`: the first event after `as_of` alone."""
    as_of: date | None = None


@dataclass(frozen=True)
class SourceFilters:
    """Filters of sources."""

    kind: str | None = None


@dataclass(frozen=True)
class GuideFilters:
    """Filters of guides."""

    phase: str | None = None
    as_of: date | None = None
    known_at: datetime | None = None


@dataclass(frozen=True)
class LinkFilters:
    """Filters of links."""

    territory: str | None = None
    kind: str | None = None


@dataclass(frozen=True)
class MailboxFilters:
    """Filters of mailboxes."""

    organisation: str | None = None


@dataclass(frozen=True)
class PerimeterFilters:
    """Filters of the perimeters of a scheme: those that cover a commune of each place, and have all words."""

    territory: str | None = None
    epci: str | None = None
    commune: str | None = None
    q: str | None = None
