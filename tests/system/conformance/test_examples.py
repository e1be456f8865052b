"""Every operation shows what is sent and what comes back, and what it shows is true."""

import re
from collections.abc import Iterator
from typing import Any, Final

import pytest
from jsonschema import Draft202012Validator, FormatChecker

from app.embedded import SERVICES
from services.catalog.reference import SHIPPED as CATALOGUE
from services.catalog.rules.requests import TRANSITIONS as OF_REQUESTS
from services.contract.rules.transitions import ACTION, CONTRACT
from services.territory.reference import SHIPPED as GEOGRAPHY
from shared.events.codes import is_siren
from shared.http.openapi.document import responses_of
from shared.problem import MEDIA_TYPE, Problem
from tests.system.conformance.published import Document, published

METHODS: Final = ("get", "post", "put", "patch", "delete")
PROBLEM: Final = "#/components/schemas/Problem"
SYNTHETIC: Final = "000300000"
"""SIRENs below are invented; they say so."""


@pytest.fixture(scope="module")
def document() -> Document:
    return published()


def operations(document: Document) -> dict[str, dict[str, Any]]:
    """Each operation by its id."""
    return {
        operation["operationId"]: operation
        for methods in document["paths"].values()
        for method, operation in methods.items()
        if method in METHODS
    }


def shown(document: Document) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Each example of the document: where it stands, of which schema it is, and its value."""
    for name, operation in operations(document).items():
        places = {"body": operation.get("requestBody", {}), **responses_of(document, operation)}
        for place, described in places.items():
            for media_type, content in described.get("content", {}).items():
                for value in _values(document, content):
                    yield f"{name}, {place}, {media_type}", content.get("schema", {}), value
        for parameter in operation.get("parameters", ()):
            for value in [*_values(document, parameter), *parameter["schema"].get("examples", ())]:
                yield f"{name}, parameter {parameter['name']}", parameter["schema"], value
    for name, header in document["components"]["headers"].items():
        yield f"header {name}", header["schema"], header["example"]


def _values(document: Document, holder: dict[str, Any]) -> Iterator[Any]:
    if "example" in holder:
        yield holder["example"]
    for named in holder.get("examples", {}).values():
        found = document["components"]["examples"][named["$ref"].rpartition("/")[2]] if "$ref" in named else named
        yield found["value"]


def texts(value: Any) -> Iterator[str]:
    """Every text in a value."""
    match value:
        case str():
            yield value
        case list():
            for item in value:
                yield from texts(item)
        case dict():
            for name, item in value.items():
                yield from (name, *texts(item))


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in a value."""
    if isinstance(value, dict):
        yield value
    for item in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from objects(item)


def test_every_body_and_every_answer_is_shown(document: Document) -> None:
    lacking = [
        f"{name}, {place}, {media_type}"
        for name, operation in operations(document).items()
        for place, described in {"body": operation.get("requestBody", {}), **responses_of(document, operation)}.items()
        for media_type, content in described.get("content", {}).items()
        if not list(_values(document, content))
    ]

    assert lacking == []


def test_every_example_is_of_its_schema(document: Document) -> None:
    wrong, count = [], 0
    for where, schema, value in shown(document):
        count += 1
        rooted = {**schema, "components": document["components"]}
        validator = Draft202012Validator(rooted, format_checker=FormatChecker())
        wrong += [f"{where}: {error.json_path} {error.message}" for error in validator.iter_errors(value)]

    assert wrong == []
    assert count > 1000


def test_every_example_of_an_answer_has_only_what_is_documented(document: Document) -> None:
    """The schema says which fields are required."""
    strange = []
    for where, schema, value in shown(document):
        known = document["components"]["schemas"].get(schema.get("$ref", "").rpartition("/")[2], {})
        if isinstance(value, dict) and known.get("properties") and schema["$ref"] != PROBLEM:
            strange += [f"{where}: {name}" for name in value.keys() - known["properties"].keys()]

    assert strange == []


def test_each_problem_that_is_shown_is_one(document: Document) -> None:
    for name, operation in operations(document).items():
        for status, described in responses_of(document, operation).items():
            for value in _values(document, described.get("content", {}).get(MEDIA_TYPE, {})):
                problem = Problem.model_validate(value)
                assert problem.status == int(status), (name, status)
                assert problem.type == f"/problems/{problem.code}", (name, status)


def test_codes_are_of_real_places_and_bodies_or_say_that_they_are_invented(document: Document) -> None:
    """Members of territories, operators and bodies of the programme; what is synthetic has its own range of SIRENs."""
    real = {row["siren"] for row in (*GEOGRAPHY.organisations(), *GEOGRAPHY.communes(), *GEOGRAPHY.epcis())}
    real |= {row["siren"] for row in GEOGRAPHY.epts()}
    territories = {row["key"] for row in GEOGRAPHY.territories()}
    services = {row["code"] for row in CATALOGUE.services()}
    all_texts = [(where, text) for where, _, value in shown(document) for text in texts(value)]
    sirens = {(where, text) for where, text in all_texts if re.fullmatch("[0-9]{9}", text)}
    keys = {(where, text) for where, text in all_texts if re.fullmatch("(2018|2023)-ti-[0-9]{4}", text)}
    offered = {(where, text) for where, text in all_texts if re.fullmatch("[A-Z]{3,6}-[0-9]{2}", text)}

    assert {each for each in sirens if not is_siren(each[1])} == set()
    assert {each for each in sirens if each[1] >= SYNTHETIC and each[1] not in real} == set()
    # The one that is designated in an example is new, and says that it is synthetic.
    assert {text for _, text in keys if text not in territories} == {"2018-ti-9901"}
    # The one that is published in an example is the next of its operator.
    assert {text for _, text in offered if text not in services} == {"BDT-16"}
    assert len({text for _, text in sirens}) > 5
    for where, _, value in shown(document):
        for one in objects(value):
            if str(one.get("siren", SYNTHETIC)) < SYNTHETIC or one.get("key") == "2018-ti-9901":
                assert "synthétique" in one["name"], where


@pytest.mark.parametrize(
    ("schema", "table"), [("ActionOut", ACTION), ("ContractOut", CONTRACT), ("RequestOut", OF_REQUESTS)]
)
def test_an_object_that_is_shown_in_a_state_may_do_what_that_state_allows(
    document: Document, schema: str, table: dict[str, dict[str, str]]
) -> None:
    seen = set()
    for where, of, value in shown(document):
        if of.get("$ref") == f"#/components/schemas/{schema}" and ", 20" in where:
            possible = set(table[value["status"]])
            if not value.get("ends_early_on"):
                possible.discard("revoke-end")
            assert value["allowed_transitions"] == sorted(possible), where
            seen.add((where.partition(",")[0], value["status"]))

    for name, status in seen:
        verb = name.partition("_")[0]
        led_to = {transitions[verb] for transitions in table.values() if verb in transitions}
        assert not led_to or status in led_to, name
    assert len({status for _, status in seen}) > 3


def test_what_is_sent_is_taken(document: Document) -> None:
    """Each body that is shown is one that its operation reads, by all of its rules and not only by its schema."""
    bodies = {
        route.name: route.body_field
        for service in SERVICES
        for route in service.router.operations()
        if route.body_field
    }
    refused = []
    for name, field in bodies.items():
        body = operations(document)[name]["requestBody"]["content"]["application/json"]
        for value in _values(document, body):
            _, errors = field.validate(value, {}, loc=("body",))
            refused += [f"{name}: {error}" for error in errors]

    assert refused == []
    assert len(bodies) > 25
