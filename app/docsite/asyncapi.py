"""The AsyncAPI 3.0 document: every event, and the three ways on which it travels.

The bus between the services, the webhooks, and the feed carry the same bytes: one message for each type of event.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic.json_schema import models_json_schema

from app.artifacts.permission_tables import subject_of
from app.docsite.schemas import address
from app.embedded import SERVICES
from services.notification.rules.catalogue import published
from services.notification.rules.signatures import CONTENT_TYPE
from services.notification.schemas import AUDIENCES, CloudEvent
from shared.bus.topology import EXCHANGE, VHOST, queue_of
from shared.events import EventClass, routing_key, sample_of

REF: Final = "#/components/schemas/{model}"
JsonObject = dict[str, Any]


def document(openapi: Mapping[str, Any]) -> JsonObject:
    """Made from the events and from who listens to them; it tells of itself what the OpenAPI document does."""
    events = list(published().values())
    refs, schemas = models_json_schema([(event, "serialization") for event in events], ref_template=REF)
    return {
        "asyncapi": "3.0.0",
        "id": "urn:fr:territoires-industrie:events",
        "info": _info(openapi["info"]),
        "defaultContentType": CONTENT_TYPE,
        "servers": _servers(),
        "channels": _channels(events),
        "operations": {**_on_the_bus(), **_to_subscribers()},
        "components": {
            "messages": {_name(event): _message(event) for event in events} | {"page": _page(events)},
            "schemas": {
                **schemas["$defs"],
                **{f"{_name(event)}.event": _envelope(event, refs[event, "serialization"]) for event in events},
            },
            "securitySchemes": {
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "bearerFormat": "JWT",
                    "description": "A token of the platform's issuer, as for every other operation of the API.",
                },
                "account": {"type": "userPassword", "description": "The account of a service on the broker."},
            },
        },
    }


def _info(of_the_api: Mapping[str, Any]) -> JsonObject:
    licence = of_the_api.get("license", {})
    return {
        "title": f"{of_the_api['title']}: events",
        **{name: of_the_api[name] for name in ("version", "contact") if name in of_the_api},
        # Of a licence AsyncAPI knows the name and the address, not the identifier.
        **({"license": {name: licence[name] for name in ("name", "url") if name in licence}} if licence else {}),
        "description": (
            "What happens in the programme, told as CloudEvents 1.0 (structured JSON). An event reads alone: nobody "
            "has to call back. It is sent at least once, always under the same id and with the same bytes, and in "
            "order for each subject; `sequence` counts without a hole. Nobody is told of what they may not read."
        ),
    }


def _servers() -> JsonObject:
    return {
        "platform": {
            "host": "{host}",
            "protocol": "https",
            "description": "Where the API is: the feed is read there.",
            "variables": {"host": {"description": "The host that serves this document."}},
            "security": [{"$ref": "#/components/securitySchemes/token"}],
        },
        "broker": {
            "host": "{host}",
            "protocol": "amqp",
            "protocolVersion": "0.9.1",
            "description": "RabbitMQ, between the services alone: partners have the webhooks and the feed.",
            "variables": {"host": {"description": "The broker of this installation."}},
            "security": [{"$ref": "#/components/securitySchemes/account"}],
        },
        "receiver": {
            "host": "{host}",
            "protocol": "https",
            "description": "A subscriber's own web server.",
            "variables": {"host": {"description": "Of the subscription's `url`."}},
        },
    }


def _channels(events: list[EventClass]) -> JsonObject:
    messages = {_name(event): {"$ref": f"#/components/messages/{_name(event)}"} for event in events}
    exchange = {"name": EXCHANGE, "type": "topic", "durable": True, "autoDelete": False, "vhost": VHOST}
    queues = {
        queue_of(service.name): {
            "address": queue_of(service.name),
            "title": f"The queue of {service.name}",
            "description": "Quorum, with one active consumer: the order of a subject holds.",
            "servers": [{"$ref": "#/servers/broker"}],
            "messages": {name: messages[name] for name in map(routing_key, sorted(service.consumer.types))},
            "bindings": {
                "amqp": {
                    "is": "queue",
                    "queue": {
                        "name": queue_of(service.name),
                        "durable": True,
                        "exclusive": False,
                        "autoDelete": False,
                        "vhost": VHOST,
                    },
                    "bindingVersion": "0.3.0",
                }
            },
        }
        for service in SERVICES
        if service.consumer
    }
    return {
        EXCHANGE: {
            "address": "{publisher}.{event}.{version}",
            "title": "The bus",
            "description": f"The topic exchange `{EXCHANGE}`; the address is the routing key.",
            "servers": [{"$ref": "#/servers/broker"}],
            "parameters": {
                "publisher": {
                    "description": "The service that tells.",
                    "enum": sorted({event.publisher for event in events}),
                },
                "event": {"description": "What has happened.", "examples": ["ContractSigned"]},
                "version": {"description": "A new shape is a new version.", "examples": ["v1"]},
            },
            "messages": messages,
            "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
        },
        **queues,
        "webhook": {
            "address": None,
            "title": "Webhooks",
            "description": (
                "The `url` of a subscription (`POST /v1/subscriptions`), with its filters. A request is signed as "
                "Standard Webhooks has it; any 2xx is success; what fails is tried again for three days."
            ),
            "servers": [{"$ref": "#/servers/receiver"}],
            "messages": messages,
        },
        "feed": {
            "address": "/v1/events",
            "title": "The feed",
            "description": "Every event that the reader may be told, in one order that never changes, by pages.",
            "servers": [{"$ref": "#/servers/platform"}],
            "messages": {"page": {"$ref": "#/components/messages/page"}},
        },
    }


def _on_the_bus() -> JsonObject:
    """Return the publishers and listeners of each event."""
    operations: JsonObject = {}
    for service in SERVICES:
        own = [name for name, event in _by_name().items() if event.publisher == service.name]
        operations[f"{service.name}.tells"] = {
            "action": "send",
            "title": f"{service.name} tells",
            "summary": "Published from its outbox, in order for each subject, until the broker confirms it.",
            "channel": {"$ref": f"#/channels/{EXCHANGE}"},
            "messages": [{"$ref": f"#/channels/{EXCHANGE}/messages/{name}"} for name in own],
            "bindings": {"amqp": {"deliveryMode": 2, "mandatory": True, "bindingVersion": "0.3.0"}},
        }
        if service.consumer:
            queue, heard = queue_of(service.name), map(routing_key, sorted(service.consumer.types))
            operations[f"{service.name}.hears"] = {
                "action": "receive",
                "title": f"{service.name} hears",
                "summary": "Stored in its inbox before it is acknowledged, and applied once.",
                "channel": {"$ref": f"#/channels/{queue}"},
                "messages": [{"$ref": f"#/channels/{queue}/messages/{name}"} for name in heard],
                "bindings": {"amqp": {"ack": True, "bindingVersion": "0.3.0"}},
            }
    return operations


def _to_subscribers() -> JsonObject:
    names = list(_by_name())
    return {
        "deliver": {
            "action": "send",
            "title": "Deliver to a subscriber",
            "summary": "One event, signed, to one subscription; events of one subject in their order.",
            "channel": {"$ref": "#/channels/webhook"},
            "messages": [{"$ref": f"#/channels/webhook/messages/{name}"} for name in names],
            "bindings": {"http": {"method": "POST", "bindingVersion": "0.3.0"}},
        },
        "read_events": {
            "action": "send",
            "title": "Answer a reader of the feed",
            "summary": "`after` is the `next` of the page before; `wait` waits for what is to come.",
            "channel": {"$ref": "#/channels/feed"},
            "messages": [{"$ref": "#/channels/feed/messages/page"}],
            "bindings": {"http": {"method": "GET", "bindingVersion": "0.3.0"}},
        },
    }


def _message(event: EventClass) -> JsonObject:
    summary = " ".join((event.__doc__ or "").split())
    return {
        "name": event.type,
        "title": event.event_name,
        "summary": summary,
        "description": (
            f"Recipients: {AUDIENCES[event.audience]} (audience `{event.audience}`). Subject: `{subject_of(event)}`. "
            f"The JSON Schema of its data is at `{address(event.type)}`."
        ),
        "contentType": CONTENT_TYPE,
        "tags": [{"name": event.publisher}, {"name": event.audience}],
        "payload": {"$ref": f"#/components/schemas/{_name(event)}.event"},
        "bindings": {"http": {"headers": _SIGNED, "bindingVersion": "0.3.0"}},
        "examples": [{"name": event.event_name, "payload": sample_of(event.type)}],
    }


def _envelope(event: EventClass, data: Mapping[str, Any]) -> JsonObject:
    """The CloudEvent around the data of this type."""
    envelope = CloudEvent.model_json_schema(mode="serialization")
    narrowed = {
        "source": {"pattern": f"^https?://.+/schemas/{event.publisher}$"},
        "type": {"const": event.type},
        "dataschema": {"pattern": f"^https?://.+{re.escape(address(event.type))}$"},
    }
    properties = {
        **envelope["properties"],
        **{name: {**envelope["properties"][name], **rule} for name, rule in narrowed.items()},
        "data": data,
    }
    return {**envelope, "title": f"{event.event_name}Event", "properties": properties}


def _page(events: list[EventClass]) -> JsonObject:
    any_of_them = [{"$ref": f"#/components/schemas/{_name(event)}.event"} for event in events]
    item = {
        "title": "EventItem",
        "type": "object",
        "required": ["position", "event"],
        "properties": {
            "position": {"type": "integer", "description": "Its place in the journal."},
            "event": {"oneOf": any_of_them},
        },
    }
    return {
        "name": "page",
        "title": "A page of the feed",
        "summary": "Keep `next`: it goes on from here, now or next week.",
        "contentType": "application/json",
        "payload": {
            "title": "EventPage",
            "type": "object",
            "required": ["items", "next"],
            "properties": {"items": {"type": "array", "items": item}, "next": {"type": "string"}},
        },
    }


def _by_name() -> dict[str, EventClass]:
    return {_name(event): event for event in published().values()}


def _name(event: EventClass) -> str:
    return routing_key(event.type)


_SIGNED: Final = {
    "type": "object",
    "required": ["webhook-id", "webhook-timestamp", "webhook-signature"],
    "properties": {
        "webhook-id": {"type": "string", "description": "The event's id."},
        "webhook-timestamp": {"type": "string", "description": "Of this try, in seconds since 1970."},
        "webhook-signature": {
            "type": "string",
            "description": "`v1,` and HMAC-SHA256 in base64 of `{id}.{timestamp}.{body}`; one for each valid secret.",
        },
    },
}
