"""Query parameters of the lists: the filters of `queries`, with their patterns and descriptions."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal
from uuid import UUID

from fastapi import Query

from services.territory import queries
from services.territory.api.dependencies import (
    AsOf,
    DepartementFilter,
    EmploymentZoneFilter,
    EpciFilter,
    PhaseFilter,
    PlaceSearchFilter,
    RegionFilter,
    SearchFilter,
)
from services.territory.schemas import (
    COMMUNE_KIND,
    DECISION_KIND,
    KIND,
    KIND_OF_EVENT,
    KIND_OF_SOURCE,
    LEVEL,
    LEVEL_OF_VALUE,
    MEETING_STATUS,
    REQUEST_STATE,
    STATUS,
    WAVE,
    CommuneKind,
    LinkKind,
    Metric,
    RequestState,
    SourceKind,
    Year,
)
from shared.events.codes import CommuneInput, MemberCode, PlaceCode, RegionCode, SirenInput, TerritoryName
from shared.events.indicators import IndicatorCode, IndicatorLevel
from shared.events.territory import (
    CalendarEventKind,
    CalendarStatus,
    CommitteeLevel,
    DecisionKind,
    DecisionOutcome,
    MeetingStatus,
    OrganisationKind,
    Unit,
    Wave,
)
from shared.http.known_at import KnownAt
from shared.http.schemas import SEARCH, Day, Search

TERRITORY: Final = "Key of a territory, or its code if only one phase has it."


@dataclass(frozen=True)
class TerritoryParameters(queries.TerritoryFilters):
    """Query parameters of the list of territories."""

    phase: PhaseFilter = None
    region: RegionFilter = None
    departement: DepartementFilter = None
    employment_zone: EmploymentZoneFilter = None
    member: Annotated[
        MemberCode | None,
        Query(
            description="SIREN or SIRET of a member, or INSEE code (or SIREN) of a commune that lies in it.",
            examples=["64445"],
        ),
    ] = None
    q: PlaceSearchFilter = None
    is_pilot: Annotated[
        Literal["true", "unknown"] | None,
        Query(description="`true`: a source names it a pilot territory; `unknown`: no source does."),
    ] = None
    wave: Annotated[Wave | None, Query(description=WAVE)] = None
    status: Annotated[
        Literal["open", "closed"] | None, Query(description="closed: no longer in the programme on the day asked for.")
    ] = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class PerimeterRequestParameters(queries.PerimeterRequestFilters):
    """Query parameters of the list of perimeter requests."""

    territory: Annotated[TerritoryName | None, Query(description=TERRITORY)] = None
    region: Annotated[RegionCode | None, Query(description="A région whose committee decides.")] = None
    state: Annotated[RequestState | None, Query(description=REQUEST_STATE)] = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class OrganisationParameters(queries.OrganisationFilters):
    """Query parameters of the list of organisations."""

    q: SearchFilter = None
    kind: Annotated[OrganisationKind | None, Query(description=KIND)] = None
    region: RegionFilter = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class CommitteeParameters(queries.CommitteeFilters):
    """Query parameters of the list of committees."""

    level: Annotated[CommitteeLevel | None, Query(description=LEVEL)] = None
    region: RegionFilter = None
    territory: Annotated[TerritoryName | None, Query(description=TERRITORY)] = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class MeetingParameters(queries.MeetingFilters):
    """Query parameters of the list of meetings of a committee."""

    status: Annotated[MeetingStatus | None, Query(description=MEETING_STATUS)] = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class DecisionParameters(queries.DecisionFilters):
    """Query parameters of the list of decisions."""

    committee: Annotated[UUID | None, Query(description="Id of the committee.")] = None
    territory: Annotated[TerritoryName | None, Query(description=f"{TERRITORY} The decision is about it.")] = None
    kind: Annotated[DecisionKind | None, Query(description=DECISION_KIND)] = None
    outcome: Annotated[DecisionOutcome | None, Query(description="What was decided.")] = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class FigureParameters(queries.FigureFilters):
    """Query parameters of the list of declared figures."""

    metric: Annotated[Metric | None, Query(description="Name of a metric.", examples=["territories"])] = None
    phase: PhaseFilter = None
    unit: Annotated[Unit | None, Query(description="Unit of the values.")] = None
    source_id: Annotated[UUID | None, Query(description="Id of a registered source, at `/v1/sources`.")] = None
    as_of: AsOf = None
    known_at: KnownAt = None
    show: Annotated[
        Literal["all", "current"],
        Query(description="`current`: without the figures that another one corrects. With `as_of` always so."),
    ] = "all"


@dataclass(frozen=True)
class EpciParameters:
    """Query parameters of the list of intercommunalities."""

    region: RegionFilter = None
    departement: DepartementFilter = None
    employment_zone: EmploymentZoneFilter = None
    type: Annotated[Literal["CC", "CA", "CU", "METRO", "MET69"] | None, Query(description="Legal form.")] = None
    q: PlaceSearchFilter = None


@dataclass(frozen=True)
class EptParameters:
    """Query parameters of the list of établissements publics territoriaux."""

    departement: DepartementFilter = None
    q: PlaceSearchFilter = None


@dataclass(frozen=True)
class CommuneParameters:
    """Query parameters of the list of communes."""

    kind: Annotated[CommuneKind, Query(description=COMMUNE_KIND)] = "commune"
    commune: Annotated[
        CommuneInput | None,
        Query(description="INSEE code of a commune of today: what lies in it. Give a `kind` too.", examples=["74010"]),
    ] = None
    region: RegionFilter = None
    departement: DepartementFilter = None
    epci: EpciFilter = None
    ept: Annotated[
        SirenInput | None,
        Query(description="SIREN or SIRET of the établissement public territorial.", examples=["200057867"]),
    ] = None
    employment_zone: EmploymentZoneFilter = None
    q: PlaceSearchFilter = None


@dataclass(frozen=True)
class EmploymentZoneParameters:
    """Query parameters of the list of zones d'emploi."""

    region: RegionFilter = None
    departement: DepartementFilter = None
    epci: EpciFilter = None
    territory: Annotated[
        TerritoryName | None, Query(description=f"{TERRITORY} Zones in which its members of today lie.")
    ] = None
    q: PlaceSearchFilter = None


@dataclass(frozen=True)
class IndicatorValueParameters(queries.IndicatorValueFilters):
    """Query parameters of the values of an indicator."""

    level: Annotated[IndicatorLevel | None, Query(description=LEVEL_OF_VALUE)] = None
    geography: Annotated[PlaceCode | None, Query(description="Code of a place of the `level`.", examples=["64"])] = None
    year: Annotated[Year | None, Query(description="One year.")] = None
    from_year: Annotated[Year | None, Query(alias="from", description="First year.")] = None
    until: Annotated[Year | None, Query(description="Last year.")] = None


@dataclass(frozen=True)
class MapParameters:
    """Query parameters of the map."""

    phase: PhaseFilter = None
    by: Annotated[
        Literal["stage", "indicator"],
        Query(description="What the map shows: the stage of each territory, or its value of `indicator`."),
    ] = "stage"
    indicator: Annotated[
        IndicatorCode | None, Query(description="Code of an indicator; with `by=indicator`.", examples=["population"])
    ] = None
    year: Annotated[
        Year | None,
        Query(
            description="Year of the values; without it the last one with a value below the régions.", examples=[2018]
        ),
    ] = None
    as_of: AsOf = None
    region: RegionFilter = None


@dataclass(frozen=True)
class CalendarParameters(queries.CalendarFilters):
    """Query parameters of the calendar."""

    kind: Annotated[CalendarEventKind | None, Query(description=KIND_OF_EVENT)] = None
    phase: PhaseFilter = None
    status: Annotated[CalendarStatus | None, Query(description=STATUS)] = None
    from_day: Annotated[
        Day | None,
        Query(alias="from", description="Events that end on this day or later.", examples=["2019-03-01"]),
    ] = None
    until: Annotated[
        Day | None, Query(description="Events that start on this day or earlier.", examples=["2019-03-31"])
    ] = None
    next: Annotated[
        Literal["true"] | None,
        Query(description="`true`: only the first event after `as_of` whose day is known and that is not cancelled."),
    ] = None
    as_of: Annotated[
        Day | None,
        Query(description="The day after which `next` looks; today in Paris if left out.", examples=["2019-03-05"]),
    ] = None


@dataclass(frozen=True)
class SourceParameters(queries.SourceFilters):
    """Query parameters of the list of sources."""

    kind: Annotated[SourceKind | None, Query(description=KIND_OF_SOURCE)] = None


@dataclass(frozen=True)
class GuideParameters(queries.GuideFilters):
    """Query parameters of the list of guides."""

    phase: PhaseFilter = None
    as_of: AsOf = None
    known_at: KnownAt = None


@dataclass(frozen=True)
class LinkParameters(queries.LinkFilters):
    """Query parameters of the list of links."""

    territory: Annotated[TerritoryName | None, Query(description=TERRITORY)] = None
    kind: Annotated[LinkKind | None, Query(description="page, social or document.")] = None


@dataclass(frozen=True)
class MailboxParameters(queries.MailboxFilters):
    """Query parameters of the list of mailboxes."""

    organisation: Annotated[SirenInput | None, Query(description="SIREN or SIRET of the body.")] = None


@dataclass(frozen=True)
class PerimeterParameters(queries.PerimeterFilters):
    """Query parameters of the perimeters of a scheme."""

    territory: Annotated[TerritoryName | None, Query(description=TERRITORY, examples=["2018-ti-7505"])] = None
    epci: EpciFilter = None
    commune: Annotated[
        CommuneInput | None, Query(description="INSEE code of a commune of today.", examples=["64445"])
    ] = None
    q: Annotated[Search | None, Query(description=SEARCH, examples=["pau"])] = None
