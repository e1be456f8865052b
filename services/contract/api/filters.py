"""Query parameters of the lists: the filters of `queries`, with their patterns and descriptions."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query

from services.contract import queries
from shared.events.codes import AxisCode, PhaseCode, RegionCode, SirenInput, TerritoryName
from shared.events.contract import (
    ActionStatus,
    CommentState,
    ContractKind,
    ContractStatus,
    RecordKind,
    TargetMeasure,
)
from shared.events.reports import ReportStatus, ReportYear
from shared.http.schemas import SEARCH, Day, Search

PAST: Final = "A body that has ended finds its past, and its successor only what names the successor itself."


@dataclass(frozen=True)
class DocumentParameters(queries.DocumentFilters):
    """Query parameters that lists of action sheets and of contracts share."""

    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région of it.", examples=["75"])] = None
    q: Annotated[Search | None, Query(description=SEARCH)] = None


@dataclass(frozen=True)
class ActionParameters(DocumentParameters, queries.ActionFilters):
    """Query parameters of the list of action sheets."""

    axis: Annotated[AxisCode | None, Query(description="One of its axes.", examples=["recruter"])] = None
    carrier: Annotated[
        SirenInput | None, Query(description=f"SIREN or SIRET of a carrier. {PAST}", examples=["200067254"])
    ] = None
    status: Annotated[ActionStatus | None, Query(description="Its state.", examples=["validated"])] = None


@dataclass(frozen=True)
class ContractParameters(DocumentParameters, queries.ContractFilters):
    """Query parameters of the list of contracts."""

    party: Annotated[
        SirenInput | None, Query(description=f"SIREN or SIRET of a party. {PAST}", examples=["200053759"])
    ] = None
    status: Annotated[ContractStatus | None, Query(description="Its state.", examples=["signed"])] = None
    kind: Annotated[
        ContractKind | None, Query(description="protocol, contract or amendment.", examples=["contract"])
    ] = None
    amends: Annotated[
        UUID | None, Query(description="Contract that it amends.", examples=["0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"])
    ] = None
    ceremony: Annotated[UUID | None, Query(description="Id of a ceremony: those that are signed there.")] = None


@dataclass(frozen=True)
class CeremonyParameters(queries.CeremonyFilters):
    """Query parameters of the list of ceremonies."""

    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    from_day: Annotated[
        Day | None, Query(alias="from", description="Those that end on this day or later.", examples=["2019-03-01"])
    ] = None
    until_day: Annotated[
        Day | None, Query(alias="until", description="Those that begin on this day or before.", examples=["2019-03-31"])
    ] = None


@dataclass(frozen=True)
class ReportParameters(queries.ReportFilters):
    """Query parameters of the list of reports."""

    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région of it.", examples=["75"])] = None
    contract: Annotated[UUID | None, Query(description="Id of its contract.")] = None
    year: Annotated[ReportYear | None, Query(description="Year that it is about.", examples=[2020])] = None
    status: Annotated[ReportStatus | None, Query(description="Its state.", examples=["submitted"])] = None
    overdue: Annotated[
        bool | None,
        Query(description="Only those that are past their due day today and not submitted, or only the others."),
    ] = None


@dataclass(frozen=True)
class CommentParameters(queries.CommentFilters):
    """Query parameters of the list of comments."""

    state: Annotated[CommentState | None, Query(description="Its state.", examples=["open"])] = None


@dataclass(frozen=True)
class TargetParameters(queries.TargetFilters):
    """Query parameters of the list of targets."""

    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of its région.", examples=["75"])] = None
    measure: Annotated[TargetMeasure | None, Query(description="Measure that it counts.")] = None


@dataclass(frozen=True)
class RecordParameters(DocumentParameters, queries.RecordFilters):
    """Query parameters of the list of records."""

    kind: Annotated[
        list[RecordKind] | None,
        Query(max_length=8, description="Kinds; repeat it for several.", examples=[["protocol", "contract"]]),
    ] = None
    from_day: Annotated[
        Day | None,
        Query(
            alias="from",
            description="Facts that may have happened on this day or later, unknown days included.",
            examples=["2019-03-18"],
        ),
    ] = None
    until: Annotated[
        Day | None,
        Query(
            description="Facts that may have happened on this day or earlier, unknown days included.",
            examples=["2019-03-31"],
        ),
    ] = None
    certain: Annotated[
        Literal["true"] | None,
        Query(description="`true`: only facts that have surely happened between `from` and `until`."),
    ] = None
    in_force: Annotated[Literal["true"] | None, Query(description="`true`: only records that were not withdrawn.")] = (
        None
    )
