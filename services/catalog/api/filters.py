"""Query parameters of the lists: the filters of `queries`, with their patterns and descriptions."""

from dataclasses import dataclass
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from services.catalog import queries
from services.catalog.schemas import Basket, BeneficiaryKind, CatalogueAxis
from shared.events.catalog import Openness, RequestStatus, ServiceCode, ServiceKind
from shared.events.codes import PhaseCode, RegionCode, SirenInput, TerritoryName
from shared.http.schemas import SEARCH, Day, Search


@dataclass(frozen=True)
class ServiceParameters(queries.ServiceFilters):
    """Query parameters of the list of services."""

    q: Annotated[
        Search | None,
        Query(description=SEARCH),
    ] = None
    axis: Annotated[CatalogueAxis | None, Query(description="Axis of the catalogue.", examples=["recruter"])] = None
    kind: Annotated[
        ServiceKind | None,
        Query(description="Ingénierie, financement, investissement, accompagnement, formation."),
    ] = None
    operator: Annotated[
        SirenInput | Literal["none"] | None,
        Query(
            description="SIREN or SIRET of an operator; `none`: no organisation answers for it.", examples=["180020026"]
        ),
    ] = None
    beneficiary: Annotated[BeneficiaryKind | None, Query(description="For whom the service is.")] = None
    basket: Annotated[Basket | None, Query(description="When it entered the programme's basket, or general offer.")] = (
        None
    )
    openness: Annotated[
        Openness | Literal["unknown"] | None,
        Query(description="Reserved to labelled territories, prioritised for them, open; `unknown`: no source says."),
    ] = None
    on: Annotated[
        Day | None,
        Query(description="What was on offer on that day, in the version of that day.", examples=["2020-06-15"]),
    ] = None
    withdrawn: Annotated[bool | None, Query(description="Only those that were withdrawn, or only the others.")] = None


@dataclass(frozen=True)
class SharedParameters(queries.SharedFilters):
    """Query parameters that lists of a territory's objects share."""

    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.")] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région.", examples=["75"])] = None
    operator: Annotated[
        SirenInput | None,
        Query(
            description="SIREN or SIRET of an operator. One that has ended finds its past, and its successor "
            "only what names the successor itself.",
            examples=["180020026"],
        ),
    ] = None


@dataclass(frozen=True)
class ReferentParameters(SharedParameters, queries.ReferentFilters):
    """Query parameters of the list of referents."""

    on: Annotated[Day | None, Query(description="Those in office at the end of that day.", examples=["2019-06-30"])] = (
        None
    )
    current: Annotated[bool | None, Query(description="Only those in office, or only former ones.")] = None


@dataclass(frozen=True)
class MatchingParameters(SharedParameters, queries.MatchingFilters):
    """Query parameters of the list of matchings."""


@dataclass(frozen=True)
class RequestParameters(SharedParameters, queries.RequestFilters):
    """Query parameters of the list of requests."""

    service: Annotated[ServiceCode | None, Query(description="Code of a service.", examples=["BDT-05"])] = None
    action: Annotated[UUID | None, Query(description="Id of an action sheet.")] = None
    status: Annotated[RequestStatus | None, Query(description="Its state.", examples=["acknowledged"])] = None
    overdue: Annotated[
        bool | None, Query(description="Only those of which a step is late today, or only the others.")
    ] = None
