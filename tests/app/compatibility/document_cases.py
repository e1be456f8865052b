"""Changes to the contract of accounts, one per case, and the checker's result for each."""

from typing import Any, Final

from tests.app.compatibility.documents import (
    ACCOUNT,
    ACCOUNTS,
    DOCUMENT,
    GONE,
    IN,
    LIST,
    MAY_BE_NULL,
    OPEN,
    OUT,
    PAGE,
    TEXT,
    Case,
    edited,
    json_of,
    ref,
    refusal,
)


def _parameter(name: str, **more: Any) -> dict[str, Any]:
    return {"in": "query", "name": name, "required": False, "schema": TEXT, **more}


BREAKING: Final = [
    # operations
    Case("an operation is gone", {LIST: GONE}, "operation removed", LIST),
    Case("an address is gone", {ACCOUNTS: GONE}, "operation removed", OPEN),
    Case(
        "a deprecated operation is gone before its day",
        {f"{ACCOUNT}/delete": GONE}, "operation removed", f"{ACCOUNT}/delete",
    ),
    Case(
        "an operation is gone that was deprecated without a day",
        {f"{ACCOUNT}/delete": GONE}, "operation removed", f"{ACCOUNT}/delete",
        before={f"{ACCOUNT}/delete/x-sunset": GONE},
    ),
    Case(
        "a deprecated operation goes sooner",
        {f"{ACCOUNT}/delete/x-sunset": "2026-11-30"}, "sunset advanced", f"{ACCOUNT}/delete",
    ),
    Case("an operation is called otherwise", {f"{LIST}/operationId": "read_accounts"}, "operationId changed", LIST),
    Case("an operation moves to another module", {f"{LIST}/tags": ["Money"]}, "tags changed", LIST),
    Case(
        "a method is another",
        {f"{ACCOUNT}/patch": DOCUMENT["paths"]["/v1/accounts/{account_id}"]["get"], f"{ACCOUNT}/get": GONE},
        "operation removed", f"{ACCOUNT}/get",
    ),
    Case(
        "a path parameter is renamed",
        {
            "/paths/~1v1~1accounts~1{id}": edited(
                DOCUMENT["paths"]["/v1/accounts/{account_id}"], {"/parameters/0/name": "id"}
            ),
            ACCOUNT: GONE,
        },
        "path parameter renamed", "/paths/~1v1~1accounts~1{id}/parameters/0",
    ),
    # parameters: the canonical form has them in the order of their place and name
    Case(
        "a required parameter is new",
        {f"{LIST}/parameters/0": _parameter("as_of", required=True)},
        "required parameter added", f"{LIST}/parameters/0",
    ),
    Case(
        "a required parameter is new at the address",
        {f"{ACCOUNTS}/parameters": [_parameter("as_of", required=True)]},
        "required parameter added", f"{ACCOUNTS}/parameters/0",
    ),
    Case("a parameter is gone", {f"{LIST}/parameters/0": GONE}, "parameter removed", f"{LIST}/parameters/3"),
    Case(
        "a parameter is called otherwise",
        {f"{LIST}/parameters/0/name": "holder"}, "parameter removed", f"{LIST}/parameters/3",
    ),
    Case(
        "a parameter stands elsewhere",
        {f"{LIST}/parameters/0/in": "header"}, "parameter removed", f"{LIST}/parameters/3",
    ),
    Case("a parameter is required", {f"{LIST}/parameters/0/required": True}, "parameter required"),
    Case("a parameter takes fewer values", {f"{LIST}/parameters/1/schema/enum": ["current"]}, "enum value removed"),
    Case("a parameter takes no null", {f"{LIST}/parameters/0/schema": TEXT}, "type removed"),
    Case("pages are smaller", {f"{LIST}/parameters/2/schema/maximum": 100}, "maximum changed"),
    Case("pages have another size by default", {f"{LIST}/parameters/2/schema/default": 20}, "default changed"),
    Case("a cursor is shorter", {f"{LIST}/parameters/3/schema": {**TEXT, "maxLength": 10}}, "maxLength changed"),
    Case("a parameter is written otherwise", {f"{LIST}/parameters/0/style": "spaceDelimited"}, "style changed"),
    Case("a list is not repeated but joined", {f"{LIST}/parameters/0/explode": False}, "explode changed"),
    # bodies
    Case(
        "a body is new and required",
        {f"{ACCOUNT}/get/requestBody": {"required": True, "content": json_of({"type": "object"})}},
        "body added", f"{ACCOUNT}/get/requestBody",
    ),
    Case("a body is required", {f"{ACCOUNT}/post/requestBody/required": True}, "body required"),
    Case("a body is no longer read", {f"{OPEN}/requestBody": GONE}, "body removed", f"{OPEN}/requestBody"),
    Case(
        "a body is taken in another media type alone",
        {f"{OPEN}/requestBody/content": {"application/xml": {"schema": ref("AccountIn")}}},
        "media type removed", f"{OPEN}/requestBody/content/application~1json",
    ),
    Case("a field is gone", {f"{IN}/note": GONE}, "property removed", f"{IN}/note"),
    Case(
        "a required field is new",
        {f"{IN}/place": TEXT, "/components/schemas/AccountIn/required": ["owner", "place"]},
        "required property added", f"{IN}/place",
    ),
    Case(
        "a field is required",
        {"/components/schemas/AccountIn/required": ["owner", "kind"]}, "property required", f"{IN}/kind",
    ),
    Case("a field takes fewer values", {f"{IN}/kind/enum": ["current"]}, "enum value removed", f"{IN}/kind"),
    Case("a field takes less", {f"{IN}/balance/maximum": 999}, "maximum changed", f"{IN}/balance"),
    Case("a field takes another form", {f"{IN}/owner/pattern": "^[0-9]{14}$"}, "pattern changed", f"{IN}/owner"),
    Case("a field takes no null", {f"{IN}/note": {**TEXT, "maxLength": 100}}, "type removed", f"{IN}/note"),
    Case("a field takes another type", {f"{IN}/owner": {"type": "integer"}}, "type removed", f"{IN}/owner"),
    Case("a field left out means something else", {f"{IN}/balance/default": 1}, "default changed", f"{IN}/balance"),
    Case(
        "a field goes before its day",
        {f"{IN}/note": GONE}, "property removed", f"{IN}/note",
        before={f"{IN}/note": {**TEXT, "deprecated": True, "x-sunset": "2026-07-02"}},
    ),
    # answers
    Case(
        "the success is another",
        {f"{OPEN}/responses/200": refusal(), f"{OPEN}/responses/201": GONE}, "answer removed",
    ),
    Case("a success is gone", {f"{LIST}/responses/200": GONE}, "answer removed", f"{LIST}/responses/200"),
    Case(
        "a success is new",
        {f"{OPEN}/responses/202": {"description": "Later"}}, "answer added", f"{OPEN}/responses/202",
    ),
    Case("a refusal is gone", {f"{OPEN}/responses/409": GONE}, "answer removed", f"{OPEN}/responses/409"),
    Case(
        "a code is another",
        {f"{OPEN}/responses/409": refusal("too-little")}, "code removed", "/components/responses/409-overdrawn",
    ),
    Case(
        "a code is of another status",
        {f"{LIST}/responses/422": refusal("unprocessable"), f"{LIST}/responses/400": refusal("unknown-parameter")},
        "code removed", "/components/responses/422-unknown-parameter-unprocessable",
    ),
    Case(
        "problems are told otherwise",
        {f"{OPEN}/responses/409/content": json_of(ref("Problem"))}, "media type removed",
        "/components/responses/409-overdrawn/content/application~1problem+json",
    ),
    Case(
        "a media type is no longer answered",
        {f"{LIST}/responses/200/content/text~1csv": GONE}, "media type removed",
        f"{LIST}/responses/200/content/text~1csv",
    ),
    Case(
        "a header is no longer sent",
        {f"{LIST}/responses/200/headers": {}}, "header removed", f"{LIST}/responses/200/headers/Link",
    ),
    Case(
        "a header may be missing",
        {f"{LIST}/responses/200/headers/Link/required": False}, "header optional", f"{LIST}/responses/200/headers/Link",
    ),
    Case("a header is another", {f"{LIST}/responses/200/headers/Link/schema": {"type": "integer"}}, "type added"),
    Case("an answer has a field less", {f"{OUT}/parent": GONE}, "property removed", f"{OUT}/parent"),
    Case("an answer has a required field less", {f"{OUT}/balance": GONE}, "property removed", f"{OUT}/balance"),
    Case(
        "a field of an answer may be missing",
        {"/components/schemas/AccountOut/required": ["id", "kind", "state"]},
        "property no longer required", f"{OUT}/balance",
    ),
    Case(
        "a field of an answer may be null",
        {f"{OUT}/balance": {"anyOf": [{"type": "integer", "minimum": 0}, {"type": "null"}]}},
        "type added", f"{OUT}/balance",
    ),
    Case("a field of an answer is wider", {f"{OUT}/balance/minimum": GONE}, "minimum changed", f"{OUT}/balance"),
    Case("a field of an answer is another type", {f"{OUT}/balance/type": "string"}, "type added", f"{OUT}/balance"),
    Case("a field of an answer is any number", {f"{OUT}/balance/type": "number"}, "type changed", f"{OUT}/balance"),
    Case("ids are others", {f"{OUT}/id/format": GONE}, "format changed", f"{OUT}/id"),
    Case(
        "an answer has a new value",
        {f"{OUT}/kind/enum": ["current", "savings", "loan"]}, "enum value added", f"{OUT}/kind",
    ),
    Case("pages are told otherwise", {f"{PAGE}/next": GONE}, "property removed", f"{PAGE}/next"),
    Case("a page is a plain list", {f"{LIST}/responses/200/content": json_of({"type": "array"})}, "type added"),
    Case(
        "a schema is called otherwise",
        {
            "/components/schemas/AccountRead": DOCUMENT["components"]["schemas"]["AccountOut"],
            f"{OPEN}/responses/201/content": json_of(ref("AccountRead")),
        },
        "schema renamed", "/components/schemas/AccountRead",
    ),
    # security
    Case("a token is needed", {f"{ACCOUNT}/get/security": [{"oauth2": ["accounts:read"]}]}, "security tightened"),
    Case("a token is needed everywhere", {"/security": [{"oauth2": ["accounts:read"]}]}, "security tightened"),
    Case("a token is no longer optional", {f"{LIST}/security": [{"oauth2": ["accounts:read"]}]}, "security tightened"),
    Case("another scope is needed", {f"{OPEN}/security": [{"oauth2": ["accounts:open"]}]}, "security tightened", OPEN),
    Case(
        "one more scope is needed",
        {f"{OPEN}/security": [{"oauth2": ["accounts:write", "accounts:read"]}]}, "security tightened", OPEN,
    ),
    Case(
        "tokens are elsewhere",
        {"/components/securitySchemes/oauth2/flows/clientCredentials/tokenUrl": "/token"}, "security scheme changed",
    ),
    Case(
        "a scope is gone",
        {"/components/securitySchemes/oauth2/flows/clientCredentials/scopes/accounts:read": GONE},
        "security scheme changed",
    ),
    Case("a scheme is gone", {"/components/securitySchemes": {}}, "security scheme removed"),
]  # fmt: skip

HARMLESS: Final = [
    Case(
        "an operation is new",
        {"/paths/~1v1~1holders": DOCUMENT["paths"]["/v1/accounts/{account_id}"]}, "operation added",
    ),
    Case("a deprecated operation is gone after its day", {f"{ACCOUNT}/post": GONE}, "operation removed"),
    Case("an operation is deprecated", {f"{LIST}/deprecated": True, f"{LIST}/x-sunset": "2027-03-01"}, "deprecated"),
    Case("a deprecated operation stays longer", {f"{ACCOUNT}/delete/x-sunset": "2027-01-31"}, None),
    Case("a deprecated operation stays for ever", {f"{ACCOUNT}/delete/deprecated": False}, None),
    Case("an optional parameter is new", {f"{LIST}/parameters/0": _parameter("as_of")}, "parameter added"),
    Case("a parameter is deprecated", {f"{LIST}/parameters/0/deprecated": True}, "deprecated"),
    Case(
        "a deprecated parameter is gone after its day",
        {f"{LIST}/parameters/0": GONE}, "parameter removed",
        before={f"{LIST}/parameters/0/schema": {**TEXT, "deprecated": True, "x-sunset": "2026-07-01"}},
    ),
    Case(
        "a required parameter is optional",
        {f"{LIST}/parameters/0/required": False}, "parameter optional", before={f"{LIST}/parameters/0/required": True},
    ),
    Case(
        "a parameter takes more values",
        {f"{LIST}/parameters/1/schema/enum": ["current", "loan", "savings"]}, "enum value added",
    ),
    Case("pages are larger", {f"{LIST}/parameters/2/schema/maximum": 500}, "maximum changed"),
    Case(
        "parameters are in another order",
        {f"{LIST}/parameters/3": GONE, f"{LIST}/parameters/0": _parameter("cursor", schema=MAY_BE_NULL)}, None,
    ),
    Case("a header is written in small letters", {f"{OPEN}/parameters/0/name": "idempotency-key"}, None),
    Case("a body is optional", {f"{OPEN}/requestBody/required": False}, "body optional"),
    Case("an optional body is new", {f"{ACCOUNT}/get/requestBody": {"content": json_of(TEXT)}}, "body added"),
    Case(
        "a body is taken in one more media type",
        {f"{OPEN}/requestBody/content/application~1xml": {"schema": TEXT}}, "media type added",
    ),
    Case("an optional field is new", {f"{IN}/place": TEXT}, "property added"),
    Case("a field may be left out", {"/components/schemas/AccountIn/required": []}, "property no longer required"),
    Case("a field takes more", {f"{IN}/balance/maximum": 9999}, "maximum changed"),
    Case("a field takes null", {f"{IN}/kind": {"enum": ["current", "savings", None]}}, "type added"),
    Case(
        "a field is gone after its day",
        {f"{IN}/note": GONE}, "property removed",
        before={f"{IN}/note": {**TEXT, "deprecated": True, "x-sunset": "2026-07-01"}},
    ),
    Case("a refusal is new", {f"{OPEN}/responses/429": refusal("too-many")}, "answer added"),
    Case("an answer says that nothing has changed", {f"{LIST}/responses/304": {"description": "Same"}}, "answer added"),
    Case("a code is new", {f"{OPEN}/responses/409": refusal("overdrawn", "closed")}, "code added"),
    Case("a header is new", {f"{OPEN}/responses/201/headers": {"ETag": {"schema": TEXT}}}, "header added"),
    Case(
        "one more media type is answered",
        {f"{LIST}/responses/200/content/application~1geo+json": {"schema": {}}}, "media type added",
    ),
    Case("an answer has one more field", {f"{OUT}/place": TEXT}, "property added"),
    Case(
        "a field of an answer is always there",
        {"/components/schemas/AccountOut/required": ["id", "kind", "state", "balance", "parent"]}, "property required",
    ),
    Case("a field of an answer is never null", {f"{PAGE}/next": {**TEXT, "maxLength": 100}}, "type removed"),
    Case("a field of an answer is narrower", {f"{OUT}/balance/minimum": 1}, "minimum changed"),
    Case(
        "an answer has a new value of a list that may grow",
        {f"{OUT}/state/enum": ["open", "closed", "frozen"]}, "enum value added",
    ),
    Case("no token is needed", {f"{OPEN}/security": []}, "security widened"),
    Case("a scope less is needed", {f"{OPEN}/security": [{"oauth2": []}]}, "security widened"),
    Case(
        "a scope is new",
        {"/components/securitySchemes/oauth2/flows/clientCredentials/scopes/accounts:sign": "Sign"},
        "security scheme changed",
    ),
    Case(
        "words, examples and servers are others",
        {"/info/title": "Ledger", "/servers": [{"url": "https://example.org"}], f"{LIST}/summary": "All of them",
         f"{LIST}/parameters/0/example": "213105554", f"{IN}/owner/examples": ["213105554"], f"{LIST}/x-logo": "none"},
        None,
    ),
    Case(
        "parameters and answers are kept among the components",
        {
            "/components/parameters": {"Owner": DOCUMENT["paths"]["/v1/accounts"]["get"]["parameters"][0]},
            f"{LIST}/parameters/0": GONE, f"{LIST}/parameters/1": {"$ref": "#/components/parameters/Owner"},
            "/components/responses": {"Overdrawn": refusal("overdrawn")},
            f"{OPEN}/responses/409": {"$ref": "#/components/responses/Overdrawn"},
        },
        None,
    ),
]  # fmt: skip

REFUSED: Final = {
    "an older OpenAPI": {"/openapi": "3.0.3"},
    "a member of the document that nobody knows": {"/webhooks": {}},
    "a callback": {f"{OPEN}/callbacks": {}},
    "links between answers": {f"{OPEN}/responses/201/links": {}},
    "an encoding of a part": {f"{OPEN}/requestBody/content/application~1json/encoding": {}},
    "a member of a parameter that nobody knows": {f"{LIST}/parameters/0/collectionFormat": "csv"},
    "a keyword of a component that nobody uses": {"/components/schemas/Unused": {"type": "string", "shorterThan": 5}},
    "a reference to nothing": {f"{OPEN}/responses/409": {"$ref": "#/components/responses/Overdrawn"}},
    "a method that nobody knows": {f"{ACCOUNTS}/query": {}},
}
"""Documents that the checker cannot compare and so refuses."""
