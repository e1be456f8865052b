"""The documents for programs: OpenAPI, AsyncAPI and the schemas of events, read by strangers' tools."""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator

from app.docsite import schemas
from app.embedded import SERVICES, create_app
from services.notification.rules.catalogue import published
from shared.events import SAMPLES, routing_key
from shared.http.openapi.document import responses_of
from shared.settings import Settings
from tests.support import node

SAMPLE_FILES: Final = sorted(SAMPLES.glob("*.json"))
WARNINGS: Final = {"asyncapi-latest-version"}
"""The document is of version 3.0, which generators read; the parser would like a newer one."""


def read(folder: Path, name: str) -> Any:
    """A document as it is served."""
    return json.loads((folder / name).read_text())


def test_the_openapi_document_has_every_operation_of_every_service(folder: Path) -> None:
    document = read(folder, "openapi.json")
    operations_of_the_document = {
        operation["operationId"] for item in document["paths"].values() for operation in item.values()
    }
    all_of_them = {route.name for service in SERVICES for route in service.router.operations()}

    OpenAPIV31SpecValidator(document).validate()
    assert document["openapi"].startswith("3.1")
    assert operations_of_the_document - all_of_them == {
        "live", "ready", "issue_token", "openid_configuration", "authorization_server", "jwks",
    }  # fmt: skip
    assert all_of_them <= operations_of_the_document


def test_what_a_partner_asks_for_first_stands_first_and_each_operation_says_what_it_does(
    api: Mapping[str, Any],
) -> None:
    tags = [tag["name"] for tag in api["tags"]]
    summaries = [operation["summary"] for item in api["paths"].values() for operation in item.values()]

    assert (tags[0], tags[-1]) == ("Tokens", "Machine")
    assert [summary for summary in summaries if not re.match(r"[A-ZÀ-Ý][^.]*[ :]", summary)] == []
    assert [summary for summary in summaries if re.search(r"\n|\. |\.$", summary)] == []
    assert len(set(summaries)) == len(summaries)


def test_each_limit_of_a_whole_number_is_one_and_within_its_format(api: Mapping[str, Any]) -> None:
    limits = list(numbers(api))

    assert {type(limit["maximum"]) for limit in limits if "maximum" in limit} == {int}
    assert max(limit["maximum"] for limit in limits if limit.get("format") == "int64") == 2**63 - 1
    assert max(limit["maximum"] for limit in limits if limit.get("format") == "int32") < 2**31


def numbers(part: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the schemas of whole numbers in a part of a document."""
    if isinstance(part, Mapping):
        if part.get("type") == "integer":
            yield part
        part = list(part.values())
    for each in part if isinstance(part, list) else ():
        yield from numbers(each)


def test_a_read_is_conditional_where_its_version_counts_all_that_it_shows(api: Mapping[str, Any]) -> None:
    """The calendar decides if a service is on offer or a request is late; deliveries are noted on a webhook."""
    conditional = {
        operation["operationId"]
        for item in api["paths"].values()
        for operation in item.values()
        if any(parameter["name"] == "If-None-Match" for parameter in operation.get("parameters", ()))
    }

    assert conditional == {
        "read_figure", "read_territory", "read_organisation", "read_committee", "read_decision", "read_action",
        "read_meeting",
        "read_contract", "read_referent", "read_matching", "read_calendar_event", "read_source", "read_guide",
        "read_envelope", "read_link", "read_mailbox", "read_target", "read_perimeter_request",
        "read_indicator", "read_indicator_import", "read_record", "read_report", "read_comment", "read_paper_copy",
        "read_ceremony",
    }  # fmt: skip


def test_each_operation_whose_answer_shows_a_secret_says_that_it_is_shown_once(api: Mapping[str, Any]) -> None:
    """But `/oauth/token`: it stores nothing, so each request makes a token of its own."""
    showing = {
        route.name
        for service in SERVICES
        for route in service.router.operations()
        if {"secret", "token", "password"} & set(getattr(route.response_model, "model_fields", ()))
    }
    declared = {
        operation["operationId"]
        for item in api["paths"].values()
        for operation in item.values()
        if "`secret-shown-once`" in responses_of(api, operation).get("409", {}).get("description", "")
    }

    assert declared == showing == {"create_subscription", "rotate_secret"}
    for name in declared:
        [success] = [response for status, response in answers_of(api, name).items() if status < "3"]
        assert "Location" in success["headers"]


def answers_of(api: Mapping[str, Any], operation_id: str) -> dict[str, Any]:
    """The declared answers of an operation."""
    found = (operation for item in api["paths"].values() for operation in item.values())
    answers: dict[str, Any] = next(each["responses"] for each in found if each["operationId"] == operation_id)
    return answers


def test_the_openapi_document_does_not_depend_on_the_settings_of_a_process(
    api: Mapping[str, Any], tmp_path: Path
) -> None:
    own = create_app(Settings(data_dir=tmp_path))

    assert own.openapi() == api


def test_the_asyncapi_document_is_read_without_an_error(folder: Path) -> None:
    answer = json.loads(node.answer("asyncapi.mjs", text=(folder / "asyncapi.json").read_text()))

    assert [finding for finding in answer["told"] if finding["code"] not in WARNINGS] == []
    assert set(answer["read"]["messages"]) == {*schemas.documents(), "page"}
    assert {"ti.events", "ti.contract", "webhook", "feed"} <= set(answer["read"]["channels"])


def test_generators_find_names_for_all_types_of_the_asyncapi_document(folder: Path) -> None:
    """Generators make the names of types from titles: a blank or a bracket would be spelled out."""
    components = read(folder, "asyncapi.json")["components"]
    payloads = [each["payload"] for each in components["messages"].values() if "$ref" not in each["payload"]]
    titles = [schema["title"] for schema in [*components["schemas"].values(), *payloads]]

    assert [title for title in titles if not title.isidentifier()] == []
    assert "EventPage" in titles
    assert len(set(titles)) == len(titles)


def test_the_parser_is_seen_to_find_an_error(folder: Path) -> None:
    broken = read(folder, "asyncapi.json")
    broken["operations"]["deliver"]["channel"]["$ref"] = "#/channels/nowhere"

    answer = json.loads(node.answer("asyncapi.mjs", text=json.dumps(broken)))

    assert "invalid-ref" in {finding["code"] for finding in answer["told"]}


def test_who_publishes_and_who_hears_is_what_the_services_do(folder: Path) -> None:
    operations = read(folder, "asyncapi.json")["operations"]

    for service in SERVICES:
        published = {each["$ref"].rpartition("/")[2] for each in operations[f"{service.name}.tells"]["messages"]}
        assert {name.partition(".")[0] for name in published} == {service.name}
        if service.consumer:
            hears = {each["$ref"].rpartition("/")[2] for each in operations[f"{service.name}.hears"]["messages"]}
            assert hears == {routing_key(type_) for type_ in service.consumer.types}


def path_of(uri: str) -> str:
    """Return the path of a `dataschema`, without its first slash."""
    return urlsplit(uri).path.removeprefix("/")


@pytest.mark.parametrize("sample", SAMPLE_FILES, ids=lambda path: path.stem)
def test_an_event_keeps_the_schema_that_it_names(folder: Path, sample: Path) -> None:
    event = json.loads(sample.read_text())
    schema = read(folder, path_of(event["dataschema"]))

    Draft202012Validator.check_schema(schema)
    assert (schema["$schema"], schema["$id"]) == (schemas.DIALECT, "/" + path_of(event["dataschema"]))
    Draft202012Validator(schema, format_checker=FormatChecker()).validate(event["data"])


def test_a_schema_is_seen_to_refuse(folder: Path) -> None:
    event = json.loads((SAMPLES / "fr.territoires-industrie.contract.ContractSigned.v1.json").read_text())
    validator = Draft202012Validator(read(folder, path_of(event["dataschema"])))

    assert validator.is_valid(event["data"] | {"added_later": 1})
    assert not validator.is_valid(event["data"] | {"territories": ["ti-7505"]})
    for name in event["data"]:
        assert not validator.is_valid({key: value for key, value in event["data"].items() if key != name}), name


def test_the_message_of_an_event_is_the_event_as_it_is_published(folder: Path) -> None:
    document = read(folder, "asyncapi.json")
    components = {"$schema": schemas.DIALECT, "components": document["components"]}

    for name, message in document["components"]["messages"].items():
        for example in message.get("examples", []):
            Draft202012Validator({**components, **message["payload"]}).validate(example["payload"])
            assert routing_key(example["payload"]["type"]) == name
            assert f"audience `{audience_of(example)}`" in message["description"]


def audience_of(example: Mapping[str, Any]) -> str:
    """The audience of an example's event."""
    return str(published()[example["payload"]["type"]].audience)
