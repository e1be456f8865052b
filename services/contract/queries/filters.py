"""Filters of the lists."""

from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

from shared.events.contract import ActionStatus, ContractKind, ContractStatus, RecordKind, TargetMeasure
from shared.events.reports import ReportStatus


@dataclass(frozen=True)
class DocumentFilters:
    """Filters that lists of action sheets and of contracts share."""

    territory: str | None = None
    phase: str | None = None
    region: str | None = None
    q: str | None = None


@dataclass(frozen=True)
class ActionFilters(DocumentFilters):
    """Filters of action sheets."""

    axis: str | None = None
    carrier: str | None = None
    status: ActionStatus | None = None


@dataclass(frozen=True)
class ContractFilters(DocumentFilters):
    """Filters of contracts."""

    party: str | None = None
    status: ContractStatus | None = None
    kind: ContractKind | None = None
    amends: UUID | None = None
    ceremony: UUID | None = None


@dataclass(frozen=True)
class CeremonyFilters:
    """Filters of ceremonies."""

    phase: str | None = None
    from_day: date | None = None
    until_day: date | None = None


@dataclass(frozen=True)
class ReportFilters:
    """Filters of reports."""

    territory: str | None = None
    phase: str | None = None
    region: str | None = None
    contract: UUID | None = None
    year: int | None = None
    status: ReportStatus | None = None
    overdue: bool | None = None


@dataclass(frozen=True)
class TargetFilters:
    """Filters of targets."""

    phase: str | None = None
    region: str | None = None
    measure: TargetMeasure | None = None


@dataclass(frozen=True)
class RecordFilters(DocumentFilters):
    """Filters of records of published facts."""

    kind: list[RecordKind] | None = None
    from_day: date | None = None
    until: date | None = None
    certain: Literal["true"] | None = None
    in_force: Literal["true"] | None = None
