"""No event can grow without an end: the largest possible one of each type, built from its schema, is below 64 kB."""

import json
from collections.abc import Callable
from typing import Any, Final

import pytest

from services.notification.rules.catalogue import published
from shared.events import SAMPLES, EventClass
from shared.storage.outbox import MAX_BYTES
from shared.telemetry.traces import Span

PLATFORM: Final = f"https://{'a' * 500}.example.org"
"""A long address, which stands in the envelope twice."""
WORST: Final = "\x01"
"""The character that takes most bytes in JSON: six."""
FORMATS: Final = {"uuid": "0" * 36, "date": "2019-03-05", "date-time": "2026-03-05T09:30:00.123456+00:00"}


class Unbounded(AssertionError):
    """A part of a schema that has no largest value."""


def largest(schema: dict[str, Any], defs: dict[str, Any], path: str = "") -> Any:
    """Return the largest value of a schema, by its bytes in JSON."""
    if "$ref" in schema:
        return largest(defs[schema["$ref"].rpartition("/")[2]], defs, path)
    if "type" in schema and "enum" not in schema and "const" not in schema:
        if schema["type"] not in MAKERS:
            raise Unbounded(f"{path} is of type {schema['type']}")
        return MAKERS[schema["type"]](schema, defs, path)
    parts = schema.get("anyOf", schema.get("oneOf", ()))
    choices = [*(largest(each, defs, path) for each in parts), *schema.get("enum", ()), schema.get("const")]
    return max(choices, key=size)


def text(schema: dict[str, Any], _defs: Any, path: str) -> str:
    """Return the longest text. One with a pattern is a code of plain letters and digits."""
    if "format" in schema:
        return FORMATS[schema["format"]]
    assert "[^" not in schema.get("pattern", "")
    return ("9" if "pattern" in schema else WORST) * bound(schema, "maxLength", path)


def items(schema: dict[str, Any], defs: dict[str, Any], path: str) -> list[Any]:
    """Return the longest list."""
    return [largest(schema["items"], defs, path)] * bound(schema, "maxItems", path)


def members(schema: dict[str, Any], defs: dict[str, Any], path: str) -> dict[str, Any]:
    """Return the largest object, or map of codes."""
    if "properties" in schema:
        return {name: largest(each, defs, f"{path}/{name}") for name, each in schema["properties"].items()}
    [value] = (
        schema["patternProperties"].values() if "patternProperties" in schema else [schema["additionalProperties"]]
    )
    names = schema.get("propertyNames", {}).get("enum")
    keys = names or [f"{number:09}" for number in range(bound(schema, "maxProperties", path))]
    return {key: largest(value, defs, path) for key in keys}


MAKERS: Final[dict[str, Callable[[dict[str, Any], dict[str, Any], str], Any]]] = {
    "null": lambda *_: None,
    "boolean": lambda *_: False,
    "integer": lambda *_: -(2**63),
    "string": text,
    "array": items,
    "object": members,
}


def bound(schema: dict[str, Any], name: str, path: str) -> int:
    """Return the bound of a list or text."""
    if name not in schema:
        raise Unbounded(f"{path} has no {name}")
    return int(schema[name])


def size(value: Any) -> int:
    """Return the bytes of a value in an event."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


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

    data = largest(schema, schema.get("$defs", {}))

    sample = json.loads((SAMPLES / f"{event.type}.json").read_text())["data"]
    assert set(sample) <= set(data)
    assert size(sample) < size(envelope_of(event, data)) <= MAX_BYTES


def test_a_list_or_text_without_a_bound_is_noticed() -> None:
    for schema in ({"type": "array", "items": {"type": "null"}}, {"type": "string"}):
        with pytest.raises(Unbounded):
            largest(schema, {})
    assert size(largest({"type": "array", "maxItems": 2, "items": {"type": "string", "maxLength": 3}}, {})) == 43
