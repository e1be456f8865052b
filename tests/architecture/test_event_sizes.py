"""No event can grow without an end: the largest possible one of each type, built from its schema, is below 64 kB."""

import json
from typing import Any, Final

import pytest

from services.notification.rules.catalogue import published
from shared.events import SAMPLES, EventClass
from shared.storage.outbox import MAX_BYTES
from shared.telemetry.traces import Span
from tests.architecture.largest import FORMATS, Largest, Unbounded, size

PLATFORM: Final = f"https://{'a' * 500}.example.org"
"""A long address, which stands in the envelope twice."""
WORST: Final = "\x01"
"""The character that takes most bytes in JSON: six."""


def envelope_of(event: EventClass, data: Any) -> dict[str, Any]:
    """Return an event around its data, with the longest names."""
    return {
        "specversion": "1.0",
        "id": FORMATS["uuid"],
        "source": f"{PLATFORM}/schemas/{event.publisher}",
        "type": event.type,
        "subject": "x" * 200,
        "time": FORMATS["date-time"],
        "datacontenttype": "application/json",
        "dataschema": f"{PLATFORM}/schemas/{event.type}.json",
        "sequence": "0" * 10,
        "traceparent": str(Span().trace),
        "supersededby": FORMATS["uuid"],
        "data": data,
    }


@pytest.mark.parametrize("event", published().values(), ids=published().keys())
def test_the_largest_event_of_a_type_is_below_the_limit(event: EventClass) -> None:
    schema = event.data_schema()

    data = Largest(schema.get("$defs", {}), WORST).of(schema)

    sample = json.loads((SAMPLES / f"{event.type}.json").read_text())["data"]
    assert set(sample) <= set(data)
    assert size(sample) < size(envelope_of(event, data)) <= MAX_BYTES


def test_a_list_or_text_without_a_bound_is_noticed() -> None:
    for schema in ({"type": "array", "items": {"type": "null"}}, {"type": "string"}):
        with pytest.raises(Unbounded):
            Largest({}, WORST).of(schema)
    assert (
        size(Largest({}, WORST).of({"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}})) == 43
    )
