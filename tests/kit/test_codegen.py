"""The OpenAPI document is plain to those who generate clients from it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from pydantic import TypeAdapter

from shared.events.codes import RegionCode
from shared.http.openapi import codegen
from shared.http.schemas import Answer
from tests.kit.conftest import app_of
from tests.kit.test_openapi import operations
from tests.support.harness import settings_in


@pytest.fixture
def document(tmp_path: Path) -> dict[str, Any]:
    """The ledger's."""
    return app_of(settings_in(tmp_path)).openapi()


def test_a_parameter_is_sent_or_left_out_and_never_null(document: dict[str, Any]) -> None:
    parameters = {
        (name, parameter["name"]): parameter["schema"]
        for name, operation in operations(document).items()
        for parameter in operation.get("parameters", ())
    }

    assert parameters["list_accounts", "cursor"]["type"] == "string"
    assert [name for name, schema in parameters.items() if "null" in json.dumps(schema)] == []


def test_every_schema_has_a_name_that_any_language_can_write(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))

    assert "PageOfAccountOut" in schemas
    assert [name for name in schemas if not re.fullmatch(r"[A-Z][A-Za-z0-9]*", name)] == []
    assert named <= schemas.keys()


def test_the_values_of_an_object_by_codes_keep_their_type() -> None:
    class Report(Answer):
        signed: dict[RegionCode, int]

    report = Report.model_json_schema()
    codegen.suit({"paths": {}, "components": {"schemas": {"Report": report}}})
    by_region = report["properties"]["signed"]

    assert by_region["additionalProperties"] == {"type": "integer"}
    assert by_region["propertyNames"]["pattern"] == TypeAdapter(RegionCode).json_schema()["pattern"]
    assert "patternProperties" not in by_region


def test_what_is_always_answered_is_documented_as_required(document: dict[str, Any]) -> None:
    assert document["components"]["schemas"]["PageOfAccountOut"]["required"] == ["items", "next"]
