"""Canonical form of a document: the contract without prose.

A member that is neither contract nor prose is refused: the checker cannot compare it, and must not ignore it.
"""

import json
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

Form = Callable[[Any, str], Any]
"""Return the canonical form of a value; the text is its JSON pointer."""


class NotUnderstood(Exception):
    """A document has a member that this checker cannot compare."""


def step(name: object) -> str:
    """Return one step of a JSON pointer."""
    return "/" + str(name).replace("~", "~0").replace("/", "~1")


@dataclass(frozen=True)
class Members:
    """An object of the document: members that are contract, and members that are prose.

    Extensions (`x-…`) are prose, except those listed as contract.
    """

    contract: Mapping[str, Form]
    prose: frozenset[str] = frozenset()

    def __call__(self, value: Any, at: str) -> Any:
        """Return its contract."""
        if not isinstance(value, Mapping):
            raise NotUnderstood(f"{at}: not an object")
        if unknown := [name for name in value if not self._is_known(name)]:
            raise NotUnderstood(f"{at}{step(unknown[0])}: teach the checker what this means before it is published")
        return {name: self.contract[name](value[name], at + step(name)) for name in self.contract if name in value}

    def _is_known(self, name: str) -> bool:
        return name in self.contract or name in self.prose or name.startswith("x-")


def _as_it_is(value: Any, at: str) -> Any:
    return value


def _sorted(value: Any, _at: str) -> Any:
    return sorted(value, key=text_of) if isinstance(value, list) else value


def _each(form: Form) -> Form:
    return lambda value, at: [form(one, at + step(place)) for place, one in enumerate(value)]


def _named(form: Form) -> Form:
    return lambda value, at: {name: form(one, at + step(name)) for name, one in sorted(value.items())}


def text_of(value: Any) -> str:
    """Return JSON text that is equal if and only if the values are."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def schema(value: Any, at: str = "") -> Any:
    """Return the canonical form of a JSON Schema (2020-12)."""
    return value if isinstance(value, bool) else _SCHEMA(value, at)


def openapi(document: Mapping[str, Any]) -> Any:
    """Return the canonical form of an OpenAPI 3.1 document."""
    if not str(document.get("openapi", "")).startswith("3.1"):
        raise NotUnderstood("/openapi: not a document of OpenAPI 3.1")
    return _gathered(_DOCUMENT(document, ""))


def _gathered(document: dict[str, Any]) -> dict[str, Any]:
    """Move refusals and repeated parameters to the components: they would fill half of the document."""
    components = document.get("components", {})
    refusals, parameters = components.get("responses", {}), components.get("parameters", {})
    operations = [one for methods in document["paths"].values() for one in methods.values() if isinstance(one, dict)]
    times = Counter(text_of(one) for operation in operations for one in operation.get("parameters", ()))
    for operation in operations:
        for status, answer in operation.get("responses", {}).items():
            name = "-".join([status, *answer.get("x-codes", ())])
            if "x-codes" in answer and _is_shared(answer, name, refusals):
                operation["responses"][status] = {"$ref": f"#/components/responses/{name}"}
        stated = operation.get("parameters", [])
        for place, one in enumerate(stated):
            if "name" in one and times[text_of(one)] > 1 and _is_shared(one, one["name"], parameters):
                stated[place] = {"$ref": f"#/components/parameters/{one['name']}"}
        stated.sort(key=text_of)
    gathered = {"responses": refusals, "parameters": parameters}
    if found := {name: parts for name, parts in gathered.items() if parts}:
        document["components"] = {**components, **found}
    return document


def _is_shared(part: Any, name: str, shared: dict[str, Any]) -> bool:
    return text_of(shared.setdefault(name, part)) == text_of(part)


def event(value: Mapping[str, Any], at: str = "") -> Any:
    """Return the canonical form of an event: audience, subject, schema of the data."""
    return _EVENT(value, at)


def _parameters(value: Any, at: str) -> Any:
    return sorted(_each(_PARAMETER)(value, at), key=text_of)


def _answer(value: Any, at: str) -> Any:
    """Return the canonical form of a response. Codes of problem documents are contract, their texts are not."""
    codes = {code for media in value.get("content", {}).values() for code in media.get("examples", ())}
    return _RESPONSE({**value, "x-codes": sorted({*value.get("x-codes", ()), *codes})} if codes else value, at)


def _first(value: Any, _at: str) -> Any:
    return value[:1]


_LIMITS: Final = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)
_SCHEMA: Final = Members(
    {
        **dict.fromkeys(("type", "enum", "required"), _sorted),
        **dict.fromkeys(("$ref", "const", "format", "pattern", "contentMediaType", "contentEncoding"), _as_it_is),
        **dict.fromkeys(_LIMITS, _as_it_is),
        **dict.fromkeys(("default", "readOnly", "writeOnly", "deprecated", "x-sunset", "x-may-grow"), _as_it_is),
        **dict.fromkeys(("$defs", "properties", "patternProperties"), _named(schema)),
        **dict.fromkeys(("items", "additionalProperties", "propertyNames"), schema),
        **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), _each(schema)),
    },
    # A discriminator only names the property that distinguishes the alternatives of a `oneOf`; they show it themselves.
    frozenset({"$schema", "$id", "$comment", "title", "description", "examples", "example", "discriminator"}),
)
_PROSE: Final = frozenset({"summary", "description", "externalDocs", "example", "examples"})
_MEDIA: Final = _named(Members({"schema": schema}, _PROSE))
_VALUE: Final = {
    **dict.fromkeys(("$ref", "required", "style", "explode", "allowReserved", "allowEmptyValue"), _as_it_is),
    **dict.fromkeys(("deprecated", "x-sunset"), _as_it_is),
    "schema": schema,
    "content": _MEDIA,
}
_HEADER: Final = Members(_VALUE, _PROSE)
_PARAMETER: Final = Members({"name": _as_it_is, "in": _as_it_is, **_VALUE}, _PROSE)
_BODY: Final = Members({"$ref": _as_it_is, "required": _as_it_is, "content": _MEDIA}, _PROSE)
_RESPONSE: Final = Members(
    {"$ref": _as_it_is, "headers": _named(_HEADER), "content": _MEDIA, "x-codes": _sorted}, _PROSE
)
_SECURITY: Final = _each(_named(_sorted))
_OPERATION: Final = Members(
    {
        **dict.fromkeys(("operationId", "deprecated", "x-sunset"), _as_it_is),
        # Only the first: generated clients group their functions by it.
        "tags": _first,
        "parameters": _parameters,
        "requestBody": _BODY,
        "responses": _named(_answer),
        "security": _SECURITY,
    },
    _PROSE,
)
_PATH: Final = Members(
    {
        "parameters": _parameters,
        **dict.fromkeys(("get", "put", "post", "delete", "options", "head", "patch", "trace"), _OPERATION),
    },
    _PROSE,
)
_FLOW: Final = Members(
    {
        **dict.fromkeys(("authorizationUrl", "tokenUrl", "refreshUrl"), _as_it_is),
        "scopes": lambda value, _at: dict.fromkeys(sorted(value), ""),
    }
)
_SECURITY_SCHEME: Final = Members(
    {
        **dict.fromkeys(("type", "name", "in", "scheme", "bearerFormat", "openIdConnectUrl"), _as_it_is),
        "flows": _named(_FLOW),
    },
    _PROSE,
)
_COMPONENTS: Final = Members(
    {
        "schemas": _named(schema),
        "parameters": _named(_PARAMETER),
        "requestBodies": _named(_BODY),
        "responses": _named(_answer),
        "headers": _named(_HEADER),
        "securitySchemes": _named(_SECURITY_SCHEME),
    },
    frozenset({"examples"}),
)
_DOCUMENT: Final = Members(
    {"openapi": _as_it_is, "paths": _named(_PATH), "components": _COMPONENTS, "security": _SECURITY},
    # Servers differ between installations.
    frozenset({"info", "servers", "tags", "externalDocs"}),
)
_EVENT: Final = Members({"audience": _as_it_is, "subject": _as_it_is, "schema": schema})
