"""Events, as they are read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints

from services.notification.models import JournalItem
from services.notification.rules.catalogue import published
from shared.events import Audience, Event, EventClass, routing_key
from shared.http.schemas import CURSOR, MANY, Answer, BigCount, Cursor, Line, Note, shown
from shared.patterns import pattern_of

TYPE: Final = pattern_of(
    r"^[A-Za-z0-9._-]+$",
    "a type of event is named as in /v1/event-types, such as fr.territoires-industrie.contract.ContractSigned.v1",
)
TypeName = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=TYPE)]
WILDCARD: Final = pattern_of(r"^(\*|[A-Za-z0-9._-]+\.\*)$", "the end of the type may be a wildcard, such as contract.*")
TypeFilter = TypeName | Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=WILDCARD)]
AUDIENCES = {
    Audience.PUBLIC: "everybody",
    Audience.CONCERNED: "the organisations, territories and Régions that it names, as long as its object concerns them",
    Audience.PLATFORM: "those who run the platform",
}


EXAMPLE: Final[dict[str, Any]] = {
    "specversion": "1.0",
    "id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e47",
    "source": "https://territoires.example.org/schemas/territory",
    "type": "fr.territoires-industrie.territory.FigureDeclared.v1",
    "subject": "figure/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e07",
    "time": "2026-03-05T09:30:00Z",
    "datacontenttype": "application/json",
    "dataschema": "https://territoires.example.org/schemas/fr.territoires-industrie.territory.FigureDeclared.v1.json",
    "sequence": "0000000001",
    "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    "data": {
        "territories": [],
        "regions": [],
        "organisations": [],
        "figure_id": "0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e07",
        "metric": "territories",
        "value": 136,
        "day": "2019-03-05",
        "source": "banquedesterritoires.fr",
    },
}


class CloudEvent(Answer):
    """An event as every way of delivery gives it, to the byte (CloudEvents 1.0, structured JSON)."""

    # As it was published: absent attributes are omitted.
    model_config = shown(EXAMPLE) | {"json_schema_serialization_defaults_required": False}

    specversion: Literal["1.0"]
    id: str = Field(
        max_length=36,
        json_schema_extra={"format": "uuid"},
        description="The same however often, and however, it is delivered: keep it to apply once.",
    )
    source: Line = Field(
        json_schema_extra={"format": "uri"},
        description="The service that published it, as an absolute URI: it lists the events of this service.",
        examples=["https://territoires.example.org/schemas/contract"],
    )
    type: Line = Field(examples=["fr.territoires-industrie.contract.ContractSigned.v1"])
    subject: Line = Field(
        description="The object that it is about.", examples=["contract/0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"]
    )
    time: datetime
    datacontenttype: Line = Field(examples=["application/json"])
    dataschema: Line = Field(
        json_schema_extra={"format": "uri"},
        description="The JSON Schema of `data`, as an absolute URI.",
        examples=["https://territoires.example.org/schemas/fr.territoires-industrie.contract.ContractSigned.v1.json"],
    )
    sequence: Annotated[str, StringConstraints(pattern="^[0-9]{10,20}$", max_length=20)] = Field(
        description="Counts the events of its subject, without a hole: whoever has 3 and gets 5 misses one.",
        examples=["0000000004"],
    )
    traceparent: (
        Annotated[str, StringConstraints(pattern="^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$", max_length=55)]
        | None
    ) = Field(
        default=None,
        description="Trace of the request that caused it (W3C Trace Context); support finds by it all that led to it.",
        examples=["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    )
    supersededby: Annotated[str, Field(max_length=36, json_schema_extra={"format": "uuid"})] | None = Field(
        default=None,
        description="Id of the same fact in a later version of its type. If you read the later version, ignore this.",
    )
    test: Literal[True] | None = Field(
        default=None, description="true of a test event, which its owner asked for: its data is an example."
    )
    data: dict[str, Any] = Field(description="Data of the event, as its `dataschema` describes. Ignore unknown fields.")


class EventItem(Answer):
    """An event, and its place in the journal."""

    position: BigCount = Field(description="Dense over all events, of which you are told some.", examples=[1501])
    event: CloudEvent


class EventPage(Answer):
    """A page of events, in the order of the journal. Keep `next`: it goes on from here, now or next week."""

    items: list[EventItem] = Field(max_length=500)
    next: Cursor = Field(
        description="Pass it as `after`; once it stays the same, you have read everything.", examples=[CURSOR]
    )
    has_more: bool = Field(
        description="True if there are more events for you, or more of the journal to look through: read on at once.",
        examples=[False],
    )


class EventType(Answer):
    """A type of event."""

    type: Line = Field(examples=["fr.territoires-industrie.contract.ContractSigned.v1"])
    name: Line = Field(
        description="The same without our prefix; also the routing key.", examples=["contract.ContractSigned.v1"]
    )
    publisher: Line = Field(examples=["contract"])
    audience: Audience = Field(examples=["concerned"])
    operators: bool = Field(
        description="True if it is also for every operator of the programme, wherever its object lies.",
        examples=[False],
    )
    recipients: Note = Field(description="The audience, in words.", examples=[AUDIENCES[Audience.CONCERNED]])
    description: Note = Field(examples=["Every mandatory group has reached its quorum: the content is frozen."])
    subject: Line = Field(description="What its subject looks like.", examples=["contract/…"])
    data_schema: Line = Field(
        description="Where the JSON Schema of its data is.",
        examples=["/v1/event-types/fr.territoires-industrie.contract.ContractSigned.v1"],
    )


class EventTypeDetail(EventType):
    """A type of event, with the JSON Schema (2020-12) of its data."""

    json_schema: dict[str, Any] = Field(examples=[{"title": "ContractSigned", "type": "object"}])


class EventTypes(Answer):
    """All the types of events."""

    items: list[EventType] = Field(max_length=MANY)


def event_types() -> dict[str, Any]:
    """The catalogue."""
    return {"items": [_described(event) for event in published().values()]}


def event_type(name: str) -> dict[str, Any]:
    """One type, in full."""
    event = published()[name]
    return {**_described(event), "json_schema": event.data_schema()}


def spliced(items: Iterable[JournalItem], following: str, *, has_more: bool) -> bytes:
    """A page, around the events as they are stored: they are never serialised again."""
    more = b"true" if has_more else b"false"
    return b'{"items":[%s],"next":"%s","has_more":%s}' % (b",".join(map(spliced_item, items)), following.encode(), more)


def spliced_item(item: JournalItem) -> bytes:
    """One event, as it is stored, with its position."""
    return b'{"position":%d,"event":%s}' % (item.position, item.body.encode())


def _described(event: EventClass) -> dict[str, Any]:
    return {
        "type": event.type,
        "name": routing_key(event.type),
        "publisher": event.publisher,
        "audience": event.audience,
        "operators": event.concerns_operators,
        "recipients": AUDIENCES[event.audience] + ("; every operator of the programme" * event.concerns_operators),
        "description": " ".join((event.__doc__ or "").split()),
        "subject": f"{_kind(event)}/…",
        "data_schema": f"/v1/event-types/{event.type}",
    }


def _kind(event: EventClass) -> str:
    """The first word of its subject."""
    blank: dict[str, Any] = dict.fromkeys(event.model_fields, "…")
    empty: Event = event.model_construct(**blank)
    return empty.subject.partition("/")[0]
