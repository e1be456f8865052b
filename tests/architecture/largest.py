"""The largest value of a JSON schema, by its bytes in JSON."""

import json
from dataclasses import dataclass
from typing import Any, Final

FORMATS: Final = {"uuid": "0" * 36, "date": "2019-03-05", "date-time": "2026-03-05T09:30:00.123456+00:00"}


class Unbounded(AssertionError):
    """A part of a schema that has no largest value."""


@dataclass(frozen=True)
class Largest:
    """Makes values of schemas."""

    defs: dict[str, Any]
    """The schemas that others refer to, by name."""
    worst: str
    """The character that takes most bytes."""

    def of(self, schema: dict[str, Any], path: str = "") -> Any:
        """Return the largest value of a schema."""
        if "$ref" in schema:
            return self.of(self.defs[schema["$ref"].rpartition("/")[2]], path)
        if "type" in schema and "enum" not in schema and "const" not in schema:
            return self._of_type(schema, path)
        parts = schema.get("anyOf", schema.get("oneOf", ()))
        choices = [*(self.of(each, path) for each in parts), *schema.get("enum", ()), schema.get("const")]
        return max(choices, key=size)

    def _of_type(self, schema: dict[str, Any], path: str) -> Any:
        match schema["type"]:
            case "null":
                return None
            case "boolean":
                return False
            case "integer":
                return -(2**63)
            case "string":
                return self._text(schema, path)
            case "array":
                return [self.of(schema["items"], path)] * bound(schema, "maxItems", path)
            case "object":
                return self._members(schema, path)
        raise Unbounded(f"{path} is of type {schema['type']}")

    def _text(self, schema: dict[str, Any], path: str) -> str:
        """Return the longest text. One with a pattern is a code of plain letters and digits, or excludes characters."""
        if schema.get("format") in FORMATS:
            return FORMATS[schema["format"]]
        is_code = "pattern" in schema and "[^" not in schema["pattern"]
        return ("9" if is_code else self.worst) * bound(schema, "maxLength", path)

    def _members(self, schema: dict[str, Any], path: str) -> dict[str, Any]:
        """Return the largest object, or map of codes."""
        if "properties" in schema:
            return {name: self.of(each, f"{path}/{name}") for name, each in schema["properties"].items()}
        if not schema.get("additionalProperties", True) and "patternProperties" not in schema:
            return {}
        [value] = (
            schema["patternProperties"].values() if "patternProperties" in schema else [schema["additionalProperties"]]
        )
        names = schema.get("propertyNames", {})
        length = names.get("maxLength", 9)
        keys = names.get("enum") or [f"{number:0{length}}" for number in range(bound(schema, "maxProperties", path))]
        return {key: self.of(value, path) for key in keys}


def bound(schema: dict[str, Any], name: str, path: str) -> int:
    """Return the bound of a list or text."""
    if name not in schema:
        raise Unbounded(f"{path} has no {name}")
    return int(schema[name])


def size(value: Any) -> int:
    """Return the bytes of a value in JSON, in UTF-8."""
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
