"""Events, as they are read."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from services.notification.queries import Item
from services.notification.rules.catalogue import published
from shared.events import Audience, Event, EventClass, routing_key
from shared.schemas import Answer

AUDIENCES = {
    Audience.PUBLIC: "everybody",
    Audience.CONCERNED: "the organisations, territories and Régions that it names, as long as its object concerns them",
    Audience.PLATFORM: "those who run the platform",
}


class CloudEvent(Answer):
    """An event as every way of delivery gives it, to the byte (CloudEvents 1.0, structured JSON)."""

    specversion: Literal["1.0"]
    id: str = Field(description="The same however often, and however, it is delivered: keep it to apply once.")
    source: str = Field(examples=["/contract"])
    type: str = Field(examples=["fr.territoires-industrie.contract.ContractSigned.v1"])
    subject: str = Field(
        description="The object that it is about.", examples=["contract/0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11"]
    )
    time: datetime
    datacontenttype: str = Field(examples=["application/json"])
    dataschema: str = Field(examples=["/schemas/fr.territoires-industrie.contract.ContractSigned.v1.json"])
    sequence: str = Field(
        description="Counts the events of its subject, without a hole: whoever has 3 and gets 5 misses one.",
        examples=["0000000004"],
    )
    traceparent: str | None = Field(
        default=None,
        description="Of what told it (W3C Trace Context). Name its trace id, and support finds all that led to it.",
        examples=["00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"],
    )
    data: dict[str, Any] = Field(description="As the schema of its type says.")


class EventItem(Answer):
    """An event, and its place in the journal."""

    position: int = Field(description="Dense over all events, of which you are told some.", examples=[1501])
    event: CloudEvent


class EventPage(Answer):
    """A page of events, in the order of the journal. Keep `next`: it goes on from here, now or next week."""

    items: list[EventItem]
    next: str = Field(description="Pass it as `after`; once it stays the same, you have read everything.")


class EventType(Answer):
    """A type of event."""

    type: str = Field(examples=["fr.territoires-industrie.contract.ContractSigned.v1"])
    name: str = Field(
        description="The same without our prefix; also the routing key.", examples=["contract.ContractSigned.v1"]
    )
    publisher: str = Field(examples=["contract"])
    audience: Audience
    told_to: str = Field(description="The audience, in words.")
    description: str = Field(examples=["Every mandatory group has reached its quorum: the content is frozen."])
    subject: str = Field(description="What its subject looks like.", examples=["contract/…"])
    data_schema: str = Field(
        description="Where the JSON Schema of its data is.",
        examples=["/v1/event-types/fr.territoires-industrie.contract.ContractSigned.v1"],
    )


class EventTypeDetail(EventType):
    """A type of event, with the JSON Schema (2020-12) of its data."""

    json_schema: dict[str, Any]


class EventTypes(Answer):
    """All the types of events."""

    items: list[EventType]


def event_types() -> dict[str, Any]:
    """The catalogue."""
    return {"items": [_described(event) for event in published().values()]}


def event_type(name: str) -> dict[str, Any]:
    """One type, in full."""
    event = published()[name]
    return {**_described(event), "json_schema": event.model_json_schema(mode="serialization")}


def spliced(items: Iterable[Item], following: str) -> bytes:
    """A page, around the events as they are stored: they are never serialised again."""
    return b'{"items":[%s],"next":"%s"}' % (b",".join(map(spliced_item, items)), following.encode())


def spliced_item(item: Item) -> bytes:
    """One event, as it is stored, with its position."""
    return b'{"position":%d,"event":%s}' % (item.position, item.body.encode())


def _described(event: EventClass) -> dict[str, Any]:
    return {
        "type": event.type,
        "name": routing_key(event.type),
        "publisher": event.publisher,
        "audience": event.audience,
        "told_to": AUDIENCES[event.audience],
        "description": " ".join((event.__doc__ or "").split()),
        "subject": f"{_kind(event)}/…",
        "data_schema": f"/v1/event-types/{event.type}",
    }


def _kind(event: EventClass) -> str:
    """The first word of its subject."""
    blank: dict[str, Any] = dict.fromkeys(event.model_fields, "…")
    empty: Event = event.model_construct(**blank)
    return empty.subject.partition("/")[0]
