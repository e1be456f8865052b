"""Query parameters of the lists: the filters of `queries`, with their patterns and descriptions."""

from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Query
from pydantic import StringConstraints

from services.notification import queries
from services.notification.models import DeliveryState, SubscriptionStatus
from services.notification.schemas import Operation, TypeFilter, TypeName
from shared.events.codes import PhaseCode, RegionCode, SirenInput, TerritoryName
from shared.http.schemas import Moment, Word
from shared.patterns import ANY_TEXT

ServiceName = Literal["territory", "contract", "catalog", "notification"]
ObjectId = Annotated[str, StringConstraints(min_length=1, max_length=100, pattern=ANY_TEXT)]
Subject = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ANY_TEXT)]


@dataclass(frozen=True)
class EventParameters(queries.EventFilters):
    """Query parameters of the feed."""

    type: Annotated[
        list[TypeFilter] | None,
        Query(
            max_length=100,
            description="Type of event, or `contract.*` for every type that begins so; repeat it for several. "
            "/v1/event-types lists them.",
            examples=[["fr.territoires-industrie.contract.ContractSigned.v1"]],
        ),
    ] = None
    territory: Annotated[
        TerritoryName | None,
        Query(description="Key of a territory, or its bare code beside `phase`.", examples=["2018-ti-7505"]),
    ] = None
    phase: Annotated[PhaseCode | None, Query(description="Phase of the programme.", examples=["2018"])] = None
    region: Annotated[RegionCode | None, Query(description="INSEE code of a région.", examples=["75"])] = None
    operator: Annotated[
        SirenInput | None,
        Query(
            description="SIREN or SIRET of an organisation that the event names. A body that has ended finds its "
            "past, and its successor only what names the successor itself.",
            examples=["180020026"],
        ),
    ] = None


@dataclass(frozen=True)
class AuditParameters(queries.AuditFilters):
    """Query parameters of the audit log."""

    service: Annotated[ServiceName | None, Query(description="Service that has the object.")] = None
    collection: Annotated[Word | None, Query(description="Collection of the object.", examples=["contracts"])] = None
    object_id: Annotated[
        ObjectId | None,
        Query(description="Id or key of the object.", examples=["0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"]),
    ] = None
    operation: Annotated[Operation | None, Query(description="Kind of change.")] = None
    client_id: Annotated[ObjectId | None, Query(description="Client that sent the request.")] = None
    sub: Annotated[Subject | None, Query(description="Subject of the token.")] = None
    org: Annotated[SirenInput | None, Query(description="SIREN or SIRET of the organisation that acted.")] = None
    since: Annotated[Moment | None, Query(description="First moment.", examples=["2026-03-05T00:00:00+01:00"])] = None
    until: Annotated[
        Moment | None, Query(description="Moment after the last one.", examples=["2026-03-06T00:00:00+01:00"])
    ] = None


@dataclass(frozen=True)
class SubscriptionParameters(queries.SubscriptionFilters):
    """Query parameters of the list of subscriptions."""

    status: Annotated[SubscriptionStatus | None, Query(description="Its state.", examples=["active"])] = None


@dataclass(frozen=True)
class DeliveryParameters(queries.DeliveryFilters):
    """Query parameters of the list of a subscription's deliveries."""

    state: Annotated[DeliveryState | None, Query(description="What became of them.", examples=["failed"])] = None
    type: Annotated[TypeName | None, Query(description="Type of the event.")] = None
    subject: Annotated[
        Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=ANY_TEXT)] | None,
        Query(
            description="Object of the event.",
            examples=["contract/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e02"],
        ),
    ] = None
