"""The OpenAPI document, made plain for those who generate clients from it."""

import re
from collections.abc import Iterator
from typing import Any, Final

SCHEMAS: Final = "#/components/schemas/"


def suit(document: dict[str, Any]) -> None:
    """Parameters without null, objects whose values have a type, and names that every language can write."""
    for operation in _operations(document):
        for parameter in operation.get("parameters", ()):
            parameter["schema"] = _without_null(parameter["schema"])
    for node in _nodes(document):
        if "patternProperties" in node:
            _name_enums(node)
    _name_plainly(document)


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """A parameter is sent or left out: there is no null in an address."""
    kinds = [kind for kind in schema.get("anyOf", ()) if kind != {"type": "null"}]
    if len(kinds) != 1:
        return {**schema, "anyOf": kinds} if kinds else schema
    return {**kinds[0], **{key: value for key, value in schema.items() if key != "anyOf"}}


def _name_enums(schema: dict[str, Any]) -> None:
    """The same of every name and of every value: generators do not read `patternProperties`, and lose their type."""
    [(pattern, value)] = schema.pop("patternProperties").items()
    schema["propertyNames"] = {**schema.get("propertyNames", {}), "pattern": pattern}
    schema["additionalProperties"] = value


def _name_plainly(document: dict[str, Any]) -> None:
    """`PageOfActionOut`, where the framework writes `Page_ActionOut_`."""
    schemas = document["components"]["schemas"]
    plain = {name: re.sub(r"_(\w+)_$", r"Of\1", name) for name in schemas}
    for node in _nodes(document):
        if isinstance(ref := node.get("$ref"), str) and (name := ref.removeprefix(SCHEMAS)) in plain:
            node["$ref"] = SCHEMAS + plain[name]
    document["components"]["schemas"] = {
        plain[name]: {**schema, "title": plain[name]} if plain[name] != name else schema
        for name, schema in schemas.items()
    }


def _operations(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for operations in document["paths"].values():
        yield from operations.values()


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _nodes(part)
