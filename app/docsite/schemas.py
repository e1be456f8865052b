"""The JSON Schema (2020-12) of each published event's data: the target of `dataschema`."""

from typing import Any, Final

from services.notification.rules.catalogue import published
from shared.events import EventClass

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, dict[str, Any]]:
    """Return the schemas by event type."""
    return {name: _schema(event) for name, event in published().items()}


def _schema(event: EventClass) -> dict[str, Any]:
    return {"$schema": DIALECT, "$id": address(event.type), **event.data_schema()}


def address(event_type: str) -> str:
    """Return the path of a schema; `dataschema` has the platform's address before it."""
    return f"/schemas/{event_type}.json"
