"""The places of the OpenAPI document that take a SIREN."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Text = tuple[tuple[str, ...], str, str]
"""Path through the names of fields, pattern, description."""


@dataclass(frozen=True)
class Place:
    """A text in a request: a parameter, or a field of the body."""

    method: str
    path: str
    kind: str
    """path, query or body."""
    names: tuple[str, ...]
    """The name of the parameter, or those that lead through the body."""
    pattern: str
    description: str

    def __str__(self) -> str:
        return f"{self.method} {self.path} {self.kind} {'/'.join(self.names)}"


def places(api: Mapping[str, Any]) -> Iterator[Place]:
    """Yield the texts of all parameters and bodies of requests."""
    for path, item in api["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", []):
                for _, pattern, words in texts(parameter, api):
                    yield Place(method.upper(), path, parameter["in"], (parameter["name"],), pattern, words)
            for names, pattern, words in texts(operation.get("requestBody"), api):
                yield Place(method.upper(), path, "body", names, pattern, words)


def texts(
    part: Any, api: Mapping[str, Any], names: tuple[str, ...] = (), above: str = "", seen: frozenset[str] = frozenset()
) -> Iterator[Text]:
    """Yield the texts of a schema, and of all that it refers to."""
    if not isinstance(part, dict):
        return
    above = part.get("description") or above
    if isinstance(pattern := part.get("pattern"), str):
        yield names, pattern, above
    for child, name, words in _inside(part, api, seen):
        yield from texts(child, api, (*names, *name), words or above, seen | {part.get("$ref", "")})


def _inside(
    part: Mapping[str, Any], api: Mapping[str, Any], seen: frozenset[str]
) -> Iterator[tuple[Any, tuple[str, ...], str]]:
    """Yield the parts of a schema, the name of each that is a field, and the description that it does not inherit."""
    if (reference := part.get("$ref")) and reference not in seen:
        target: Any = api
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        yield target, (), ""
    yield from ((schema, (name,), " ") for name, schema in part.get("properties", {}).items())
    for name in part.keys() - {"properties", "example", "examples"}:
        yield from ((each, (), "") for each in (part[name] if isinstance(part[name], list) else [part[name]]))
