"""The OpenAPI document: the framework's, completed by what is true of every operation.

That is: who may call it, the problem documents in the place of the framework's own errors, the limits that the edge
sets, the headers of every answer, and an example of each body and answer, made from those of the fields.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic.json_schema import models_json_schema

from shared.http.deprecation import DOCUMENTED
from shared.http.gateway_errors import OF_ALL, OF_BODIES
from shared.http.openapi import codegen
from shared.http.openapi.examples import NOTHING, Examples, overlaid
from shared.http.routing import SHOWN
from shared.patterns import ANY_TEXT
from shared.problem import (
    MEDIA_TYPE,
    REQUEST_ID,
    InternalError,
    Problem,
    Refusal,
    Unprocessable,
    documented,
    together,
)
from shared.security.dependencies import Access
from shared.security.roles import Grant

GRANTED: Final = {Grant.ANY: "any", Grant.OWN: "its own", Grant.LED: "of a territory that it leads"}
"""The objects of a grant, in words."""
FOREIGN: Final = ("HTTPValidationError", "ValidationError")
METHODS: Final = ("get", "post", "put", "patch", "delete")
ABOUT: Final[dict[str, Any]] = {
    "title": "Territoires d'industrie",
    "version": "1",
    "summary": "The programme's territories, contracts and action sheets; its operators told in time.",
    "description": """\
The platform on which the French programme *Territoires d'industrie* is run. Four services, one API: territories and
their governance, contracts and action sheets, the operators' services, and the events of them all.

What is public needs no token. For everything else, ask `/oauth/token` for one, with the id and the secret of your
client; each operation says which roles it is for, and with which scope.

Every refusal is a problem document (RFC 9457) that says what to do next; its `type` leads to a page. Unknown fields and
parameters are refused. Days are of Paris, moments are UTC, amounts are euro cents.
""",
    "contact": {
        "name": "Agence nationale de la cohésion des territoires",
        "url": "https://agence-cohesion-territoires.gouv.fr",
    },
    "license_info": {"name": "Licence Ouverte 2.0, for the reference data", "identifier": "etalab-2.0"},
    "servers": [
        {"url": "/", "description": "Where this document was read: in production or locally.", "x-internal": False}
    ],
}
VERBS: Final = {"read": "Read", "write": "Make and change", "decide": "Decide on", "sign": "Sign"}
FIXED_LENGTHS: Final = {"date": 10, "date-time": 32, "uuid": 36}
"""At most: a moment with microseconds and an offset."""
HEADERS: Final[dict[str, dict[str, Any]]] = {
    "X-Request-Id": {
        "description": "Finds the request in our log: yours if it was a plain word, else one of ours.",
        "schema": {"type": "string", "pattern": REQUEST_ID, "maxLength": 100},
        "example": "0198f3c2-7a51-7c1e-9d0c-5c1f0e0a2b11",
    },
    "Access-Control-Allow-Origin": {
        "description": "A page of any site may read what needs no token.",
        "schema": {"type": "string", "const": "*"},
        "example": "*",
    },
    "RateLimit-Policy": {
        "description": "How many requests you may make in how many seconds; told at the edge.",
        "schema": {"type": "string", "pattern": r'^"[a-z-]+"(;[a-z]+=[0-9]+)+$', "maxLength": 200},
        "example": '"default";q=600;w=60',
    },
    "RateLimit": {
        "description": "How many of them are left, and in how many seconds all are again; told at the edge.",
        "schema": {"type": "string", "pattern": r'^"[a-z-]+"(;[a-z]+=[0-9]+)+$', "maxLength": 200},
        "example": '"default";r=598;t=42',
    },
    "Retry-After": {
        "description": "After how many seconds to try again.",
        "schema": {"type": "integer", "format": "int32", "minimum": 0, "maximum": 86_400},
        "example": 2,
    },
    "ETag": {
        "description": "The version of the object: send it as `If-Match` to change it.",
        "schema": {"type": "string", "pattern": '^"[0-9]{1,9}"$', "maxLength": 11},
        "example": '"3"',
    },
    "Location": {
        "description": "The address of the object that the secret belongs to.",
        "schema": {"type": "string", "pattern": "^/v1/", "maxLength": 500},
        "example": "/v1/subscriptions/0198f3a2-7b1c-7e44-9d55-2c1f0a9b8e08",
    },
    "Link": {
        "description": "The address of the next page (RFC 8288); absent on the last.",
        "schema": {"type": "string", "pattern": ANY_TEXT, "maxLength": 8000},
        "example": '</v1/regions?limit=1&cursor=c2lnbmVkLWJ5LXVzLg%3D%3D>; rel="next"',
    },
}
EVERYWHERE: Final = ("X-Request-Id", "Access-Control-Allow-Origin")
BY_THE_GATEWAY: Final = ("RateLimit-Policy", "RateLimit")
ON_STATUS: Final = {"429": ("Retry-After",), "503": ("Retry-After",)}


@dataclass(frozen=True)
class PathOperation:
    """One operation of the document, and the route that it tells of."""

    path: str
    method: str
    definition: dict[str, Any]
    route: APIRoute

    @property
    def is_public(self) -> bool:
        """Return False for health checks: the gateway does not route them."""
        return not self.path.startswith("/health/")

    def refused_by_the_gateway(self) -> Sequence[type[Refusal]]:
        """Errors that the gateway may return instead of the service."""
        with_body = OF_BODIES if "requestBody" in self.definition else ()
        return (*OF_ALL, *with_body) if self.is_public else ()

    @property
    def access(self) -> Access | None:
        """Its line of the permission table."""
        return getattr(self.route, "access", None)

    @property
    def is_versioned(self) -> bool:
        """Has its answer an ETag?"""
        return getattr(self.route, "versioned", False)

    @property
    def shows_secret(self) -> bool:
        """Return True if its answer shows a secret."""
        return getattr(self.route, "shows_secret", False)

    def takes(self, *parameters: str) -> bool:
        """Does it know all of these?"""
        return set(parameters) <= {parameter["name"] for parameter in self.definition.get("parameters", ())}


def install(app: FastAPI) -> None:
    """Have the application tell what it really answers."""
    of_the_framework = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            _complete(of_the_framework(), app)
            codegen.suit(of_the_framework())
            _share_refusals(of_the_framework())
        return of_the_framework()

    app.openapi = openapi  # type: ignore[method-assign]


def responses_of(document: Mapping[str, Any], operation: Mapping[str, Any]) -> dict[str, Any]:
    """Return the responses of an operation by status: those that operations share are resolved."""
    shared = document["components"].get("responses", {})
    return {
        status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
        for status, response in operation["responses"].items()
    }


def _complete(document: dict[str, Any], app: FastAPI) -> None:
    operations = list(_operations(document, app))
    components = document.setdefault("components", {})
    _add_problems(operations, components)
    _add_access(operations, components)
    _add_headers(operations, components)
    examples = Examples(components["schemas"])
    for schema in _schemas(document):
        _add_sizes(schema)
        if "examples" in schema:
            schema["examples"] = [examples.whole(example, schema) for example in schema["examples"]]
    _add_examples(operations, examples)
    document["tags"] = list({tag["name"]: tag for each in operations for tag in _tags(each.route)}.values())


def _operations(document: Mapping[str, Any], app: FastAPI) -> Iterator[PathOperation]:
    contexts = iter_route_contexts(app.routes)
    routes = [route for context in contexts if isinstance(route := context.original_route, APIRoute)]
    by_id = {route.operation_id or route.unique_id: route for route in routes}
    for path, methods in document["paths"].items():
        for method in METHODS:
            if operation := methods.get(method):
                yield PathOperation(path, method, operation, by_id[operation["operationId"]])


def _tags(route: APIRoute) -> Iterator[dict[str, str]]:
    for tag in route.tags:
        yield {"name": str(tag), "description": getattr(tag, "about", str(tag))}


def _add_problems(operations: list[PathOperation], components: dict[str, Any]) -> None:
    schemas = components.setdefault("schemas", {})
    for name in FOREIGN:
        schemas.pop(name, None)
    _, ours = models_json_schema([(Problem, "serialization")], ref_template="#/components/schemas/{model}")
    schemas.update(ours["$defs"])
    codes: set[str] = set()
    for operation in operations:
        responses = operation.definition["responses"]
        if FOREIGN[0] in str(responses.get("422")):
            responses["422"] = documented(Unprocessable)[422]
        foreseen: list[type[Refusal]] = [InternalError, *operation.refused_by_the_gateway()]
        for status, response in documented(*(each for each in foreseen if each.code not in _codes(responses))).items():
            known = responses.get(str(status))
            responses[str(status)] = together(known, response) if known else response
        codes |= _codes(responses)
    shown = ((code, Refusal.named[code]) for code in sorted(codes))
    components["examples"] = {code: {"summary": cls.title, "value": cls.example()} for code, cls in shown}


def _codes(responses: Mapping[str, Any]) -> set[str]:
    """Examples of the declared refusals."""
    contents = (response.get("content", {}).get(MEDIA_TYPE, {}) for response in responses.values())
    return {code for content in contents for code in content.get("examples", {})}


def _add_access(operations: list[PathOperation], components: dict[str, Any]) -> None:
    scopes: dict[str, str] = {}
    for operation in operations:
        access = operation.access
        needed = [{"oauth2": [access.scope]}] if access else []
        operation.definition["security"] = needed if access and not access.public else [{}, *needed]
        description = operation.definition.get("description")
        operation.definition["description"] = "\n\n".join(filter(None, [description, _who(access)]))
        if access:
            collection, _, verb = access.scope.partition(":")
            scopes[access.scope] = f"{VERBS[verb]} {collection}."
    for scheme in components.get("securitySchemes", {}).values():
        scheme["flows"]["clientCredentials"]["scopes"] = dict(sorted(scopes.items()))


def _who(access: Access | None) -> str:
    if access is None:
        return "For everybody, without a token."
    grants = [f"`{role}` ({GRANTED[grant]})" for role, grant in access.grants.items()]
    if not access.public:
        return f"For {', '.join(grants)}. Scope: `{access.scope}`."
    if grants:
        return f"For everybody; what is not public, for {', '.join(grants)} with the scope `{access.scope}`."
    return "For everybody, without a token."


def _add_headers(operations: list[PathOperation], components: dict[str, Any]) -> None:
    components["headers"] = dict(HEADERS)
    for operation in operations:
        for status, response in operation.definition["responses"].items():
            names = [*EVERYWHERE, *ON_STATUS.get(status, ())]
            names += BY_THE_GATEWAY if operation.is_public else ()
            answers = status < "3" and "content" in response
            names += ["ETag"] if operation.is_versioned and (answers or status == "304") else []
            names += ["Link"] if operation.takes("limit") and answers else []
            names += ["Location"] if operation.shows_secret and answers else []
            refs = {name: {"$ref": f"#/components/headers/{name}"} for name in names}
            going = DOCUMENTED if getattr(operation.route, "announced", ()) else {}
            response["headers"] = {**refs, **going, **response.get("headers", {})}


def _schemas(document: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every schema of the document, and every schema in it."""
    for schema in document["components"]["schemas"].values():
        yield from _parts(schema)
    for methods in document["paths"].values():
        for operation in methods.values():
            for holder in _holders(operation):
                yield from _parts(holder.get("schema", {}))


def _holders(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield from operation.get("parameters", ())
    for place in (operation.get("requestBody", {}), *operation["responses"].values()):
        yield from place.get("content", {}).values()


def _parts(schema: Any) -> Iterator[dict[str, Any]]:
    if not isinstance(schema, dict):
        return
    yield schema
    for name in ("items", "additionalProperties", "propertyNames"):
        yield from _parts(schema.get(name))
    for name in ("properties", "patternProperties"):
        for part in schema.get(name, {}).values():
            yield from _parts(part)
    for part in schema.get("anyOf", ()):
        yield from _parts(part)


def _add_sizes(schema: dict[str, Any]) -> None:
    """Add implied formats and lengths: integer width, length of dates, times and ids."""
    match schema:
        case {"type": "integer", "maximum": limit}:
            schema["format"] = "int32" if limit < 2**31 else "int64"
            # The framework keeps limits as floats, of which the largest is one more than the format has.
            schema["maximum"] = min(int(limit), 2**63 - 1)
        case {"type": "string", "format": kind} if kind in FIXED_LENGTHS:
            schema.setdefault("maxLength", FIXED_LENGTHS[kind])


def _add_examples(operations: list[PathOperation], examples: Examples) -> None:
    for operation in operations:
        operation.definition.pop(SHOWN, None)
        # Not as the framework tells it, which leaves nulls out.
        differing = (operation.route.openapi_extra or {}).get(SHOWN, {})
        answers = [response for status, response in operation.definition["responses"].items() if status < "3"]
        for place in (operation.definition.get("requestBody", {}), *operation.definition["responses"].values()):
            for content in place.get("content", {}).values():
                if not content.keys() & {"example", "examples"}:
                    example = examples.of(content.get("schema", {}))
                    if example is not NOTHING:
                        content["example"] = overlaid(example, differing) if place in answers else example


def _share_refusals(document: dict[str, Any]) -> None:
    """Move the refusals to the components: written out for each operation, they would be most of the document."""
    shared: dict[str, Any] = {}
    for operation in (each for methods in document["paths"].values() for each in methods.values()):
        responses = operation["responses"]
        for status, response in responses.items():
            codes = sorted(response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", ()))
            name = "-".join((status, *codes))
            if codes and shared.setdefault(name, response) == response:
                responses[status] = {"$ref": f"#/components/responses/{name}"}
    document["components"]["responses"] = shared
