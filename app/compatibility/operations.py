"""Compare OpenAPI documents outside their schemas: operations, parameters, responses, security."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from app.compatibility import schemas
from app.compatibility.canonical import text_of
from app.compatibility.differences import Comparison, Place, Side, pairs

METHODS: Final = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
NOT_MODIFIED: Final = "304"
"""Status that only a request with `If-None-Match` gets."""


@dataclass(frozen=True)
class Operation:
    """One method of one path."""

    method: str
    path: str
    place: Place
    shared: Sequence[Place]
    """Parameters of all methods of the path."""

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path}"

    @property
    def parameters(self) -> dict[tuple[str, str], Place]:
        """Return parameters by location and name; path parameters by order."""
        stated = [place.resolved() for place in [*self.shared, *self.place.member("parameters", []).items()]]
        names = re.findall(r"\{([^}]*)\}", self.path)
        found = {}
        for place in stated:
            where, name = place.get("in"), place.get("name")
            key = {"path": str(names.index(name)) if name in names else name, "header": name.lower()}.get(where, name)
            found[where, key] = place
        return found

    @property
    def security(self) -> list[dict[str, list[str]]]:
        """Return the security requirements with their scopes; an empty one if none is needed."""
        of_all = self.place.document.get("security")
        stated: list[dict[str, list[str]]] | None = self.place.get("security", of_all)
        return stated or [{}]


def operations(document: Place) -> dict[tuple[str, str], Operation]:
    """Return operations by method and path, independent of the names of path parameters."""
    found = {}
    for path in document.member("paths", {}).members().values():
        shared = path.member("parameters", []).items()
        for method in METHODS:
            if method in path.value:
                address = re.sub(r"\{[^}]*\}", "{}", path.name)
                found[method, address] = Operation(method, path.name, path.member(method), shared)
    return found


def compare(comparison: Comparison, old: Operation, new: Operation) -> None:
    """Record all differences of an operation."""
    name = comparison.where
    for keyword, is_for in (("operationId", "their functions"), ("tags", "the modules of their functions")):
        before, after = (one.place.get(keyword) for one in (old, new))
        if before != after:
            sentence = f"was {text_of(before)}, is {text_of(after)}: generated clients name {is_for} by it"
            comparison.record(f"{keyword} changed", new.place, sentence, breaking=True)
    comparison.announced("the operation", old.place, new.place)
    _security(comparison, old, new)
    _parameters(comparison, old, new)
    comparison.where = f"{name}, body"
    _body(comparison, old.place, new.place)
    comparison.where = name
    _answers(comparison, old.place, new.place)


def _security(comparison: Comparison, old: Operation, new: Operation) -> None:
    """Record clients that would be refused: every former requirement must still suffice."""
    for way in old.security:
        if not any(_opens(way, other) for other in new.security):
            sentence = (
                f"a client with {_in_words(way)} is refused: it now needs {' or '.join(map(_in_words, new.security))}"
            )
            comparison.record("security tightened", new.place, sentence, breaking=True)
    for way in new.security:
        if not any(_opens(way, other) for other in old.security):
            comparison.record("security widened", new.place, f"it also accepts {_in_words(way)}", breaking=False)


def _opens(held: Mapping[str, list[str]], needed: Mapping[str, list[str]]) -> bool:
    return all(scheme in held and set(scopes) <= set(held[scheme]) for scheme, scopes in needed.items())


def _in_words(way: Mapping[str, list[str]]) -> str:
    return " and ".join(f"{scheme} {scopes}" for scheme, scopes in way.items()) or "nothing"


def _parameters(comparison: Comparison, old: Operation, new: Operation) -> None:
    operation = comparison.where
    olds, news = old.parameters, new.parameters
    for (place, _), one in olds.items():
        comparison.where = f"{operation}, {place} parameter {one.get('name')}"
        if (place, _) not in news:
            comparison.removed("parameter", one, "it is no longer taken, and unknown parameters are refused")
    for key, other in news.items():
        comparison.where = f"{operation}, {key[0]} parameter {other.get('name')}"
        if key in olds:
            _parameter(comparison, olds[key], other)
        elif other.get("required"):
            comparison.record("required parameter added", other, "it is new, and required", breaking=True)
        else:
            comparison.record("parameter added", other, "it is new, and may be left out", breaking=False)
    comparison.where = operation


def _parameter(comparison: Comparison, old: Place, new: Place) -> None:
    if old.get("in") == "path" and old.get("name") != new.get("name"):
        sentence = f"was {old.get('name')}, is {new.get('name')}: generated clients name their arguments by it"
        comparison.record("path parameter renamed", new, sentence, breaking=True)
    before, after = bool(old.get("required")), bool(new.get("required"))
    if before is not after:
        sentence = f"it was {'required' if before else 'optional'}, is {'required' if after else 'optional'}"
        comparison.record("parameter required" if after else "parameter optional", new, sentence, breaking=after)
    comparison.announced("the parameter", old, new)
    _value(comparison, old, new, Side.SENT)


def _value(comparison: Comparison, old: Place, new: Place, side: Side) -> None:
    """Compare the value of a parameter or header: serialisation and schema."""
    for keyword in ("style", "explode", "allowReserved", "allowEmptyValue"):
        if old.get(keyword) != new.get(keyword):
            sentence = f"{keyword} was {text_of(old.get(keyword))}, is {text_of(new.get(keyword))}"
            comparison.record(f"{keyword} changed", new, sentence, breaking=True)
    schemas.compare(comparison, old.member("schema", True), new.member("schema", True), side)
    _content(comparison, old, new, side)


def _body(comparison: Comparison, old: Place, new: Place) -> None:
    before, after = (one.member("requestBody", {}).resolved() for one in (old, new))
    if not after.value:
        if before.value:
            comparison.removed("body", before, "the body is no longer read")
        return
    required = bool(after.get("required"))
    if not before.value:
        sentence = f"a body is new, and {'required' if required else 'may be left out'}"
        comparison.record("body added", after, sentence, breaking=required)
        return
    if required is not bool(before.get("required")):
        sentence = f"the body is {'now' if required else 'no longer'} required"
        comparison.record("body required" if required else "body optional", after, sentence, breaking=required)
    _content(comparison, before, after, Side.SENT)


def _content(comparison: Comparison, old: Place, new: Place, side: Side) -> None:
    """Compare by media type."""
    olds, news = (one.member("content", {}).members() for one in (old, new))
    for name, one in olds.items():
        if name not in news:
            comparison.removed("media type", one, f"{name} is no longer {'taken' if side is Side.SENT else 'answered'}")
    for name, other in news.items():
        if name not in olds:
            comparison.record("media type added", other, f"{name} is new, for who asks for it", breaking=False)
    for one, other in pairs(olds, news):
        schemas.compare(comparison, one.member("schema", True), other.member("schema", True), side)


def _answers(comparison: Comparison, old: Place, new: Place) -> None:
    operation = comparison.where
    olds, news = (one.member("responses", {}).members() for one in (old, new))
    for status, one in olds.items():
        comparison.where = f"{operation}, answer {status}"
        if status in news:
            before, after = one.resolved(), news[status].resolved()
            if comparison.is_new(Side.READ, before, after):
                _answer(comparison, before, after)
        else:
            comparison.removed("answer", one, f"{status} is no longer answered")
    for status, other in news.items():
        comparison.where = f"{operation}, answer {status}"
        if status not in olds:
            unexpected = status[0] in "123" and status != NOT_MODIFIED
            sentence = f"{status} is new: {'no client waits for it' if unexpected else 'a refusal by its class'}"
            comparison.record("answer added", other, sentence, breaking=unexpected)
    comparison.where = operation


def _answer(comparison: Comparison, old: Place, new: Place) -> None:
    _content(comparison, old, new, Side.READ)
    _codes(comparison, old, new)
    _headers(comparison, old, new)


def _codes(comparison: Comparison, old: Place, new: Place) -> None:
    before, after = (set(one.get("x-codes", ())) for one in (old, new))
    for code in sorted(before - after):
        sentence = f"clients that know the refusal {code} by its code no longer meet it"
        comparison.record("code removed", old, sentence, breaking=True)
    for code in sorted(after - before):
        comparison.record("code added", new, f"the refusal {code} is new, of a status that is known", breaking=False)


def _headers(comparison: Comparison, old: Place, new: Place) -> None:
    olds, news = (
        {name.lower(): place.resolved() for name, place in one.member("headers", {}).members().items()}
        for one in (old, new)
    )
    for name, one in olds.items():
        if name not in news:
            comparison.removed("header", one, f"the header {name} is no longer sent")
    for name, other in news.items():
        if name not in olds:
            comparison.record("header added", other, f"the header {name} is new", breaking=False)
    for one, other in pairs(olds, news):
        if one.get("required") and not other.get("required"):
            comparison.record(
                "header optional", other, "the header was always there, may now be missing", breaking=True
            )
        if comparison.is_new(Side.READ, one, other):
            _value(comparison, one, other, Side.READ)


def security_schemes(comparison: Comparison, old: Place, new: Place) -> None:
    """Compare the security schemes."""
    olds, news = (_schemes(document) for document in (old, new))
    for name, one in olds.items():
        comparison.where = f"security scheme {name}"
        if name not in news:
            comparison.record("security scheme removed", one, f"{name} is gone", breaking=True)
            continue
        for pointer, before, after in _differences(one.value, news[name].value):
            sentence = f"{pointer} was {_shown(before)}, is {_shown(after)}"
            added = before is None and "/scopes/" in pointer
            comparison.record("security scheme changed", news[name], sentence, breaking=not added)


def _schemes(document: Place) -> dict[str, Place]:
    return document.member("components", {}).member("securitySchemes", {}).members()


def _differences(old: Any, new: Any, pointer: str = "") -> Iterator[tuple[str, Any, Any]]:
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        for name in sorted({*old, *new}):
            yield from _differences(old.get(name), new.get(name), f"{pointer}/{name}")
    elif text_of(old) != text_of(new):
        yield pointer, old, new


def _shown(value: Any) -> str:
    return "none" if value is None else text_of(value)
