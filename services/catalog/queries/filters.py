"""Filters of the lists."""

from dataclasses import dataclass, replace
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Query

from shared.events.catalog import Openness, RequestStatus, ServiceCode, ServiceKind
from shared.events.codes import RegionCode, Siren, TerritoryName
from shared.http.schemas import Day, Search

CatalogueAxis = Literal["attirer", "recruter", "innover", "simplifier", "transition"]
Basket = Literal["panier-2018", "panier-2019", "ajout", "droit-commun"]
BeneficiaryKind = Literal[
    "company", "intercommunality", "commune", "local_authority", "region", "association", "training_body",
    "project_company", "developer", "land_agency", "development_agency", "business_park", "consortium", "operator",
    "territory", "project_sponsor", "project_committee", "jobseeker", "young_person", "graduate", "apprentice",
]  # fmt: skip


@dataclass
class ServiceFilters:
    """Filters of services."""

    q: Annotated[
        Search | None,
        Query(description="Beginnings of words; accents, case and punctuation do not count."),
    ] = None
    axis: Annotated[CatalogueAxis | None, Query(description="Axis of the catalogue.", examples=["recruter"])] = None
    kind: Annotated[
        ServiceKind | None,
        Query(description="Ingénierie, financement, investissement, accompagnement, formation."),
    ] = None
    operator: Annotated[
        Siren | Literal["none"] | None,
        Query(description="SIREN of an operator; `none`: no organisation answers for it.", examples=["180020026"]),
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

    def without(self, name: str) -> "ServiceFilters":
        """The same filters but one."""
        return replace(self, **{name: None})


@dataclass
class TerritoryFilters:
    """Filters by territory."""

    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[Literal["2018", "2023"] | None, Query(description="Phase of the programme.")] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région.", examples=["75"])] = None
    operator: Annotated[Siren | None, Query(description="SIREN of an operator.", examples=["180020026"])] = None


@dataclass
class ReferentFilters(TerritoryFilters):
    """Filters of referents."""

    on: Annotated[Day | None, Query(description="Those in office at the end of that day.", examples=["2019-06-30"])] = (
        None
    )
    current: Annotated[bool | None, Query(description="Only those in office, or only former ones.")] = None


@dataclass
class MatchingFilters(TerritoryFilters):
    """Filters of matchings; `operator` is an operator whose service may help."""


@dataclass
class RequestFilters(TerritoryFilters):
    """Filters of requests."""

    service: Annotated[ServiceCode | None, Query(description="Code of a service.", examples=["BDT-05"])] = None
    action: Annotated[UUID | None, Query(description="Id of an action sheet.")] = None
    status: Annotated[RequestStatus | None, Query(description="Its state.", examples=["acknowledged"])] = None
    overdue: Annotated[
        bool | None, Query(description="Only those of which a step is late today, or only the others.")
    ] = None
