"""Examples of wholes, made from the examples of their parts: each stands once, where its field is declared."""

from collections.abc import Mapping
from typing import Any, Final

Schema = Mapping[str, Any]

NOTHING: Final = object()
"""No example is declared, and none can be made that says anything."""
KEYS: Final = ("id", "key", "siren", "code", "action_id")
"""Names of path parameters that identify an object."""
BY_FORMAT: Final = {
    "date": "2019-07-15",
    "date-time": "2019-07-15T09:30:00Z",
    "uuid": "0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11",
}


class Examples:
    """Examples of the schemas of one OpenAPI document."""

    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas
        self.lacking: set[str] = set()
        """Fields that must be there, and of which nobody says what they look like."""

    def of(self, schema: Schema) -> Any:
        """A value of this schema, `NOTHING` if nobody says what it looks like."""
        if "$ref" in schema:
            return self.of({**self._schemas[schema["$ref"].rpartition("/")[2]], **_without_ref(schema)})
        if examples := schema.get("examples"):
            return self.whole(examples[0], schema)
        for name in ("const", "default"):
            if name in schema:
                return schema[name]
        if "enum" in schema:
            return schema["enum"][0]
        if choices := schema.get("anyOf"):
            return self._first(choices)
        return self._of_type(schema)

    def whole(self, example: Any, schema: Schema) -> Any:
        """The framework takes nulls out of the examples that it is given: back with them."""
        if "$ref" in schema:
            schema = {**self._schemas[schema["$ref"].rpartition("/")[2]], **schema}
        for choice in schema.get("anyOf", ()):
            if "$ref" in choice or choice.get("type") in ("array", "object"):
                schema = {**schema, **choice, "anyOf": ()}
                return self.whole(example, schema)
        match example:
            case dict():
                parts = schema.get("properties", {})
                found = {name: self.whole(value, parts.get(name, {})) for name, value in example.items()}
                return {**dict.fromkeys(schema.get("required", ())), **found}
            case list():
                return [self.whole(item, schema.get("items", {})) for item in example]
            case _:
                return example

    def _first(self, choices: list[Schema]) -> Any:
        optional = {"type": "null"} in choices
        # What may be null is null, unless somebody says what it looks like.
        telling = [choice for choice in choices if choice.keys() - {"type", "format", "maxLength"} or not optional]
        found = (value for value in map(self.of, telling) if value is not NOTHING)
        return next(found, None if optional else NOTHING)

    def _of_type(self, schema: Schema) -> Any:
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                item = self.of(schema.get("items", {}))
                return NOTHING if item is NOTHING else [item]
            case "boolean":
                return True
            case "string":
                return BY_FORMAT.get(schema.get("format", ""), NOTHING)
            case _:
                return NOTHING

    def _object(self, schema: Schema) -> Any:
        if "properties" not in schema:
            return NOTHING
        required = schema.get("required", ())
        found = {name: self.of(part) for name, part in schema["properties"].items()}
        if found.get("id") is NOTHING and isinstance(named := found.get("object"), dict):
            found["id"] = next((named[key] for key in KEYS if key in named), NOTHING)
        if lacking := {f"{schema.get('title')}.{name}" for name in required if found[name] is NOTHING}:
            self.lacking |= lacking
            return NOTHING
        return {
            name: value
            for name, value in found.items()
            if value is not NOTHING and (value is not None or name in required)
        }


def overlaid(example: Any, differing: Any) -> Any:
    """An example that differs in this; what differs in a list differs in each of its items."""
    match example, differing:
        case dict(), dict():
            return {**example, **{name: overlaid(example.get(name), value) for name, value in differing.items()}}
        case list(), dict():
            return [overlaid(item, differing) for item in example]
        case _:
            return differing


def _without_ref(schema: Schema) -> Schema:
    return {name: value for name, value in schema.items() if name != "$ref"}
