"""Ways to break a contract, each wherever it applies in a real document."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from app.compatibility.differences import Side

Break = Callable[[Any], object]
METHODS: Final = ("get", "put", "post", "delete", "patch")


@dataclass(frozen=True)
class Breach:
    """One way to break one operation of a document."""

    name: str
    path: str
    method: str
    way: tuple[Any, ...]
    """To the part of the operation, or of its components, that is changed."""
    apply: Break

    def broken(self, document: dict[str, Any]) -> dict[str, Any]:
        """A copy of the document with it."""
        new = copy.deepcopy(document)
        part: Any = new
        for step in self.way:
            part = part[step]
        self.apply(part)
        return new

    def __str__(self) -> str:
        return f"{self.name}: {self.method.upper()} {self.path} {'/'.join(map(str, self.way))}"


def breaches(document: dict[str, Any]) -> list[Breach]:
    """Every way to break every operation."""
    return [
        Breach(name, path, method, way, apply)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        if method in METHODS
        for name, way, apply in _of_operation(document, ("paths", path, method), operation)
    ]


Found = Iterator[tuple[str, tuple[Any, ...], Break]]


def _of_operation(document: dict[str, Any], way: tuple[Any, ...], operation: dict[str, Any]) -> Found:
    yield "another operation id", way, lambda it: it.update(operationId="other")
    yield "another scope", way, lambda it: it.update(security=[{"oauth2": ["none:sign"]}])
    new = {"in": "query", "name": "new", "required": True, "schema": {"type": "string"}}
    yield "a new required parameter", way, lambda it: it.setdefault("parameters", []).append(new)
    yield "the operation gone", way[:-1], lambda it: it.pop(way[-1])
    for place, parameter in enumerate(operation.get("parameters", [])):
        yield "a parameter gone", (*way, "parameters"), _popping(place)
        yield from _of_parameter(document, (*way, "parameters", place), parameter)
    if body := operation.get("requestBody"):
        yield "the body gone", way, lambda it: it.pop("requestBody")
        yield from _of_content(document, (*way, "requestBody", "content"), body["content"], Side.SENT)
    for status, answer in operation["responses"].items():
        here = (*way, "responses", status)
        yield "an answer gone", here[:-1], _popping(status)
        if name := answer.get("$ref", "").rpartition("/")[2]:
            here, answer = ("components", "responses", name), document["components"]["responses"][name]  # noqa: PLW2901
        for place, _ in enumerate(answer.get("x-codes", [])):
            yield "a code gone", (*here, "x-codes"), _popping(place)
        for name in answer.get("headers", {}):
            yield "a header gone", (*here, "headers"), _popping(name)
        yield from _of_content(document, (*here, "content"), answer.get("content", {}), Side.READ)


def _of_parameter(document: dict[str, Any], way: tuple[Any, ...], parameter: dict[str, Any]) -> Found:
    if name := parameter.get("$ref", "").rpartition("/")[2]:
        way, parameter = ("components", "parameters", name), document["components"]["parameters"][name]
    if not parameter.get("required"):
        yield "a parameter required", way, lambda it: it.update(required=True)
    yield from _of_schema(document, (*way, "schema"), parameter["schema"], Side.SENT)


def _popping(name: Any) -> Break:
    return lambda it: it.pop(name)


def _of_content(document: dict[str, Any], way: tuple[Any, ...], content: dict[str, Any], side: Side) -> Found:
    for name, media in content.items():
        yield "a media type gone", way, _popping(name)
        yield from _of_schema(document, (*way, name, "schema"), media.get("schema", {}), side)


def _of_schema(
    document: dict[str, Any], way: tuple[Any, ...], schema: Any, side: Side, within: frozenset[str] = frozenset()
) -> Found:
    """In the schema itself, and wherever its references lead."""
    if not isinstance(schema, dict):
        return
    if name := schema.get("$ref", "").rpartition("/")[2]:
        if name not in within:
            there = ("components", "schemas", name)
            yield from _of_schema(document, there, document["components"]["schemas"][name], side, within | {name})
        return
    for ways in (_OF_BOTH, _OF_ONE[side]):
        yield from ((name, way, apply) for name, (applies, apply) in ways.items() if applies(schema))
    yield from _of_properties(way, schema, side)
    for step, inner in _parts(schema):
        yield from _of_schema(document, (*way, *step), inner, side, within)


def _of_properties(way: tuple[Any, ...], schema: dict[str, Any], side: Side) -> Found:
    for name in schema.get("properties", {}):
        yield "a property gone", (*way, "properties"), _popping(name)
        required = name in schema.get("required", ())
        if side is Side.READ and required:
            yield "a property no longer required", (*way, "required"), lambda it: it.pop()
        if side is Side.SENT and not required:
            yield "a property required", way, _requiring(name)


def _parts(schema: dict[str, Any]) -> Iterator[tuple[tuple[Any, ...], Any]]:
    for name, inner in schema.get("properties", {}).items():
        yield ("properties", name), inner
    for keyword in ("items", "additionalProperties"):
        yield (keyword,), schema.get(keyword)
    for place, inner in enumerate(schema.get("anyOf", ())):
        yield ("anyOf", place), inner


def _requiring(name: str) -> Break:
    return lambda it: it.update(required=[*it.get("required", []), name])


def _to_a_list(it: dict[str, Any]) -> None:
    it.clear()
    it["type"] = "array"


def _without_null(it: dict[str, Any]) -> None:
    it["anyOf"] = [one for one in it["anyOf"] if one != {"type": "null"}]


def _with_null(it: dict[str, Any]) -> None:
    said = dict(it)
    it.clear()
    it["anyOf"] = [said, {"type": "null"}]


def _tightened(it: dict[str, Any]) -> None:
    if "maximum" in it:
        it["maximum"] -= 1
    else:
        it["maxLength" if it["type"] == "string" else "maxItems"] = 0


def _loosened(it: dict[str, Any]) -> None:
    del it[next(keyword for keyword in LIMITS if keyword in it)]


def _is(*types: str) -> Callable[[dict[str, Any]], bool]:
    return lambda it: it.get("type") in types


LIMITS: Final = ("pattern", "format", "maximum", "maxLength", "maxItems")
_Ways = dict[str, tuple[Callable[[dict[str, Any]], bool], Break]]
_OF_BOTH: Final[_Ways] = {"another type": (_is("string", "integer", "boolean"), _to_a_list)}
_OF_ONE: Final[dict[Side, _Ways]] = {
    Side.SENT: {
        "a value gone": (lambda it: "enum" in it, lambda it: it["enum"].pop()),
        "null refused": (lambda it: {"type": "null"} in it.get("anyOf", ()), _without_null),
        "a limit tightened": (
            lambda it: "maximum" in it or (it.get("type") in ("string", "array") and "enum" not in it),
            _tightened,
        ),
        "a pattern new": (
            lambda it: it.get("type") == "string" and "pattern" not in it,
            lambda it: it.update(pattern="^new$"),
        ),
    },
    Side.READ: {
        "a value new": (lambda it: "enum" in it, lambda it: it["enum"].append("new")),
        "null told": (_is("string", "integer", "number", "boolean", "array", "object"), _with_null),
        "a limit loosened": (lambda it: any(keyword in it for keyword in LIMITS), _loosened),
    },
}
