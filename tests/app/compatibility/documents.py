"""A small contract of accounts, and how it is edited."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

GONE: Final = object()
ACCOUNTS: Final = "/paths/~1v1~1accounts"
ACCOUNT: Final = "/paths/~1v1~1accounts~1{account_id}"
LIST: Final = f"{ACCOUNTS}/get"
OPEN: Final = f"{ACCOUNTS}/post"
IN: Final = "/components/schemas/AccountIn/properties"
OUT: Final = "/components/schemas/AccountOut/properties"
PAGE: Final = "/components/schemas/Page_AccountOut_/properties"


def json_of(schema: Any) -> dict[str, Any]:
    """The content of a body or an answer."""
    return {"application/json": {"schema": schema}}


def ref(name: str) -> dict[str, str]:
    """A component."""
    return {"$ref": f"#/components/schemas/{name}"}


def refusal(*codes: str) -> dict[str, Any]:
    """An answer that refuses, and by which codes."""
    examples = {code: {"value": {"code": code}} for code in codes}
    content = {"application/problem+json": {"schema": ref("Problem"), "examples": examples}}
    return {"description": "Refused", "content": content}


TEXT: Final = {"type": "string"}
MAY_BE_NULL: Final = {"anyOf": [{"type": "string", "maxLength": 100}, {"type": "null"}]}
DOCUMENT: Final[dict[str, Any]] = {
    "openapi": "3.1.0",
    "info": {"title": "Accounts", "version": "1"},
    "paths": {
        "/v1/accounts": {
            "get": {
                "operationId": "list_accounts",
                "tags": ["Accounts"],
                "parameters": [
                    {"in": "query", "name": "owner", "required": False, "schema": MAY_BE_NULL},
                    {"in": "query", "name": "kind", "required": False, "schema": {"enum": ["current", "savings"]}},
                    {
                        "in": "query",
                        "name": "limit",
                        "required": False,
                        "schema": {"type": "integer", "minimum": 1, "maximum": 200, "default": 50},
                    },
                    {"in": "query", "name": "cursor", "required": False, "schema": MAY_BE_NULL},
                ],
                "responses": {
                    "200": {
                        "description": "A page",
                        "headers": {"Link": {"required": True, "schema": TEXT}},
                        "content": {**json_of(ref("Page_AccountOut_")), "text/csv": {"schema": TEXT}},
                    },
                    "422": refusal("unknown-parameter", "unprocessable"),
                },
                "security": [{"oauth2": ["accounts:read"]}, {}],
            },
            "post": {
                "operationId": "open_account",
                "tags": ["Accounts"],
                "parameters": [{"in": "header", "name": "Idempotency-Key", "required": False, "schema": TEXT}],
                "requestBody": {"required": True, "content": json_of(ref("AccountIn"))},
                "responses": {
                    "201": {"description": "Opened", "content": json_of(ref("AccountOut"))},
                    "409": refusal("overdrawn"),
                },
                "security": [{"oauth2": ["accounts:write"]}],
            },
        },
        "/v1/accounts/{account_id}": {
            "parameters": [{"in": "path", "name": "account_id", "required": True, "schema": TEXT}],
            "get": {
                "operationId": "read_account",
                "tags": ["Accounts"],
                "responses": {"200": {"description": "It", "content": json_of(ref("AccountOut"))}},
            },
            "post": {
                "operationId": "touch_account",
                "tags": ["Accounts"],
                "deprecated": True,
                "x-sunset": "2026-06-30",
                "requestBody": {"content": json_of({"type": "object"})},
                "responses": {"204": {"description": "Touched"}},
            },
            "delete": {
                "operationId": "close_account",
                "tags": ["Accounts"],
                "deprecated": True,
                "x-sunset": "2026-12-31",
                "responses": {"204": {"description": "Closed"}},
            },
        },
    },
    "components": {
        "schemas": {
            "AccountIn": {
                "type": "object",
                "additionalProperties": False,
                "properties": {
                    "owner": {"type": "string", "pattern": "^[0-9]{9}$"},
                    "kind": {"enum": ["current", "savings"]},
                    "balance": {"type": "integer", "minimum": 0, "maximum": 1000, "default": 0},
                    "note": MAY_BE_NULL,
                },
                "required": ["owner"],
            },
            "AccountOut": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "kind": {"enum": ["current", "savings"]},
                    "state": {"enum": ["open", "closed"], "x-may-grow": True},
                    "balance": {"type": "integer", "minimum": 0},
                    "parent": {"anyOf": [ref("AccountOut"), {"type": "null"}]},
                },
                "required": ["id", "kind", "state", "balance"],
            },
            "Page_AccountOut_": {
                "type": "object",
                "properties": {"items": {"type": "array", "items": ref("AccountOut")}, "next": MAY_BE_NULL},
                "required": ["items", "next"],
            },
            "Problem": {"type": "object", "properties": {"code": TEXT, "title": TEXT}, "required": ["code", "title"]},
        },
        "securitySchemes": {
            "oauth2": {
                "type": "oauth2",
                "flows": {
                    "clientCredentials": {
                        "tokenUrl": "/oauth/token",
                        "scopes": {"accounts:read": "Read", "accounts:write": "Write"},
                    }
                },
            }
        },
    },
}
"""A small document as FastAPI writes it."""


@dataclass(frozen=True)
class Case:
    """One edit of the document, the expected difference, and its pointer.

    An edit puts a value in or takes it away. The pointer is that of the canonical form.
    """

    name: str
    edits: Mapping[str, Any]
    what: str | None
    pointer: str = ""
    before: Mapping[str, Any] = field(default_factory=dict)
    """Edits that the old version already has."""

    @property
    def versions(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """The document before and after."""
        old = edited(DOCUMENT, self.before)
        return old, edited(old, self.edits)


def edited(document: Mapping[str, Any], edits: Mapping[str, Any]) -> dict[str, Any]:
    """A copy of a document with other values at these places."""
    new: dict[str, Any] = copy.deepcopy(dict(document))
    for pointer, value in edits.items():
        *way, last = [step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:]]
        part: Any = new
        for step in way:
            part = part[int(step)] if isinstance(part, list) else part[step]
        if value is GONE:
            del part[int(last) if isinstance(part, list) else last]
        elif isinstance(part, list):
            part.insert(int(last), copy.deepcopy(value))
        else:
            part[last] = copy.deepcopy(value)
    return new
