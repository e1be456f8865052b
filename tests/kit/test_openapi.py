"""The OpenAPI document says what is really answered."""

import re
from pathlib import Path
from typing import Any, Final

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from shared.http.openapi.document import responses_of
from shared.issuer.routes import Issuer
from shared.problem import MEDIA_TYPE, Refusal
from shared.runtime.app import serve
from tests.kit.conftest import SERVICE, app_of
from tests.support.harness import settings_in

METHODS: Final = ("get", "post", "put", "patch", "delete")
REFUSED: Final = {"400", "401", "403", "422", "429", "500", "502", "503", "504"}
"""Statuses that any request may get."""
REFUSED_WITH_BODY: Final = {"408", "411", "413", "415"}
WHO_OPENS: Final = "For `national` (any), `party` (its own). Scope: `accounts:write`."


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The ledger's, with an issuer beside it."""
    settings = settings_in(tmp_path_factory.mktemp("openapi"))
    return serve(SERVICE, settings=settings, issuer=Issuer(settings, ()), complete=True).openapi()


def operations(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Each operation by its id."""
    return {
        operation["operationId"]: operation
        for path in document["paths"].values()
        for method, operation in path.items()
        if method in METHODS
    }


def test_the_document_is_valid(document: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(document).validate()

    assert document["openapi"].startswith("3.1")


def test_every_refusal_is_a_problem_document_and_nothing_else(document: dict[str, Any]) -> None:
    for name, operation in operations(document).items():
        for status, response in responses_of(document, operation).items():
            if status >= "4" and name != "issue_token":
                assert response["content"].keys() == {MEDIA_TYPE}, (name, status)
                content = response["content"][MEDIA_TYPE]
                assert content["schema"] == {"$ref": "#/components/schemas/Problem"}, (name, status)
                listed = set(re.findall("`([a-z-]+)`: ", response["description"]))
                assert content["examples"].keys() == listed, (name, status)


def test_each_refusal_is_shown_by_an_example_of_its_own(document: dict[str, Any]) -> None:
    """With the status under which it stands, and nothing that is never answered."""
    shown = {
        (int(status), code)
        for operation in operations(document).values()
        for status, response in responses_of(document, operation).items()
        for code in response.get("content", {}).get(MEDIA_TYPE, {}).get("examples", {})
    }

    assert {code for _, code in shown} == document["components"]["examples"].keys()
    for status, code in shown:
        problem = document["components"]["examples"][code]["value"]
        assert (problem["status"], problem["code"], problem["type"]) == (status, code, f"/problems/{code}")
        assert problem["title"] == Refusal.named[code].title


def test_the_frameworks_own_validation_error_does_not_appear(document: dict[str, Any]) -> None:
    assert "ValidationError" not in str(document)
    assert {"Problem", "FieldError"} <= document["components"]["schemas"].keys()


@pytest.mark.parametrize(
    ("operation", "statuses"),
    [
        ("list_accounts", {"200", "406"} | REFUSED),
        ("read_account", {"200", "304", "404", "406"} | REFUSED),
        ("open_account", {"201", "406", "409"} | REFUSED | REFUSED_WITH_BODY),
        ("change_account", {"200", "404", "406", "412", "428"} | REFUSED | REFUSED_WITH_BODY),
        ("delete_account", {"204", "404", "412", "428"} | REFUSED),
        ("ready", {"200", "500", "503"}),
    ],
)
def test_an_operation_declares_what_it_may_answer(document: dict[str, Any], operation: str, statuses: set[str]) -> None:
    assert operations(document)[operation]["responses"].keys() == statuses


def test_refusals_of_one_status_are_documented_together(document: dict[str, Any]) -> None:
    conflict = responses_of(document, operations(document)["deposit"])["409"]["description"]

    assert re.findall("`(.*?)`", conflict) == ["overdrawn", "idempotency-key-in-flight"]


def test_a_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    having = {
        name
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "Idempotency-Key"
    }

    assert having == {"open_account", "deposit", "close"}


def test_a_change_needs_the_version_that_it_is_based_on(document: dict[str, Any]) -> None:
    having = {
        name: parameter["required"]
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", [])
        if parameter["name"].lower() == "if-match"
    }

    assert having == {"change_account": True, "delete_account": True}


def test_an_object_with_a_version_is_read_again_only_if_it_has_changed(document: dict[str, Any]) -> None:
    takes = {
        name: parameter["schema"]["maxLength"]
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", [])
        if parameter["name"] == "If-None-Match"
    }
    with_etag = {
        (name, status)
        for name, operation in operations(document).items()
        for status, response in responses_of(document, operation).items()
        if "ETag" in response.get("headers", {})
    }

    assert takes == {"read_account": 1_000}
    assert with_etag == {
        ("open_account", "201"), ("read_account", "200"), ("read_account", "304"), ("change_account", "200"),
        ("deposit", "200"),
    }  # fmt: skip
    assert "content" not in operations(document)["read_account"]["responses"]["304"]


def test_what_the_edge_refuses_is_documented_and_of_a_form_of_its_own_beside_it(document: dict[str, Any]) -> None:
    token = responses_of(document, operations(document)["issue_token"])

    assert token["400"]["content"].keys() == {"application/json", MEDIA_TYPE}
    assert token["400"]["content"][MEDIA_TYPE]["examples"].keys() == {"malformed-request"}
    assert {"408", "411", "413", "429", "502", "503", "504"} <= token.keys()


def test_each_operation_is_described_by_its_docstring_and_its_line_of_the_permission_table(
    document: dict[str, Any],
) -> None:
    texts = {name: (each["summary"], each["description"]) for name, each in operations(document).items()}

    assert texts["open_account"] == ("Open an account", WHO_OPENS)
    assert texts["ready"][1].endswith("For everybody, without a token.")
    assert all(summary and summary[0].isupper() and "_" not in summary.split()[0] for summary, _ in texts.values())


def test_each_operation_names_the_scope_that_it_needs_or_that_none_is_needed(document: dict[str, Any]) -> None:
    security = {name: each["security"] for name, each in operations(document).items()}
    scopes = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]["scopes"]

    assert security["open_account"] == [{"oauth2": ["accounts:write"]}]
    assert security["ready"] == [{}]
    assert scopes == {"accounts:read": "Read accounts.", "accounts:write": "Make and change accounts."}


def test_the_document_is_the_same_whenever_it_is_asked_for(tmp_path: Path) -> None:
    app = app_of(settings_in(tmp_path))

    assert app.openapi() == app.openapi()


def test_refusals_stand_once_however_many_operations_share_them(document: dict[str, Any]) -> None:
    stated = [response for each in operations(document).values() for response in each["responses"].values()]
    refused = [response["$ref"].rpartition("/")[2] for response in stated if "$ref" in response]
    inline = [response for response in stated if "application/problem+json" in response.get("content", {})]

    assert set(refused) == document["components"]["responses"].keys()
    assert len(refused) > 2 * len(set(refused))
    # The same refusals without the headers of the edge, of operations that it does not pass on.
    assert len(inline) < len(refused) / 4
