"""The JSON Schema (2020-12) of the data of each published event: what its `dataschema` leads to."""

from typing import Any, Final

from services.notification.rules.catalogue import published
from shared.events import EventClass

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"


def documents() -> dict[str, dict[str, Any]]:
    """By the event's type."""
    return {name: _schema(event) for name, event in published().items()}


def _schema(event: EventClass) -> dict[str, Any]:
    schema = event.model_json_schema(mode="serialization")
    return {"$schema": DIALECT, "$id": address(event.type), **schema}


def address(event_type: str) -> str:
    """As it stands in each event: an address of whichever platform has sent it."""
    return f"/schemas/{event_type}.json"
