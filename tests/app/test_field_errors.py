"""Each error of a body or a parameter is described in plain words, at a place of the request."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

import pytest
from fastapi.dependencies.models import Dependant
from pydantic import BaseModel, ValidationError

from app.embedded import SERVICES
from shared.http.field_errors import MESSAGES, field_errors
from shared.http.schemas import Body

HOSTILE: Final[tuple[Any, ...]] = (
    None, True, 1, -1, 1.5, 10**30, 1e308, "", " ", "x", "123456789", "12", "1.5", "9" * 5000, "x" * 30_000, "a\0b",
    "25 000,00 €", "2019-02-30", "2019-02-30T08:00:00Z", "2019-03-05T08:00:00", "2019-03-05Tnoon",
    "2019-03-05T08:00:00+99:00",
    "0001-01-01T00:00:00+14:00", [], ["x"] * 20_000, [[]], [1], [{}], [{"x": 1}], {}, {"x": 1}, {"x": {"y": [1]}},
)  # fmt: skip
ROUTES: Final = [route for service in SERVICES for route in service.router.operations()]
DEPEND_ON_THE_FIELD: Final = {"extra_forbidden", "string_pattern_mismatch", "value_error"}
"""Types of errors whose words depend on the field."""
THEIRS: Final = re.compile(
    r"Input should|Field required|should have|should match|Extra inputs|Value error|valid (string|integer|boolean|list"
    r"|dictionary|date|datetime|UUID)|unable to|function-|literal\[|constrained-|nullable|\bctx\b|\{\w*\}|\btakes$"
)
"""Words of the library, what is left of a template, and the message of an error that nobody foresaw."""


def bodies(model: type[BaseModel] = Body) -> Iterator[type[BaseModel]]:
    """Yield the bodies of all services."""
    for each in model.__subclasses__():
        if each.__module__.startswith("services."):
            yield each
        yield from bodies(each)


def wrong_bodies(model: type[BaseModel]) -> Iterator[Any]:
    """Yield bodies of which one thing is wrong, or more."""
    yield from HOSTILE
    for name, field in model.model_fields.items():
        for value in HOSTILE:
            yield {str(field.validation_alias or name): value}


def errors_of_body(model: type[BaseModel], body: Any) -> list[Any]:
    """Return the errors of a body, as FastAPI passes them on."""
    try:
        model.model_validate(body, from_attributes=True)
    except ValidationError as invalid:
        return [{**error, "loc": ("body", *error["loc"])} for error in invalid.errors(include_url=False)]
    return []


@cache
def types_of_errors(model: type[BaseModel]) -> frozenset[str]:
    """Return the types of the errors that a body can have."""
    return frozenset(error["type"] for body in wrong_bodies(model) for error in errors_of_body(model, body))


MODELS: Final = sorted(set(bodies()), key=lambda each: each.__name__)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_each_error_of_a_body_is_described_and_points_into_the_body(model: type[BaseModel]) -> None:
    for body in wrong_bodies(model):
        for found in field_errors(errors_of_body(model, body), body, model):
            assert not THEIRS.search(found.detail), (body, found)
            assert found.pointer is not None
            assert is_in(body, found.pointer) or found.detail == MESSAGES["missing"], (body, found)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("_cents", "25 000,00 €", "in euro cents, as a whole number"),
        ("_cents", 250.5, "in euro cents, as a whole number"),
        ("_cents", "2500000", "without quotes"),
        ("_on", "2019-02-30", "there is no 2019-02-30 in the calendar"),
        ("_on", "30/02/2019", "of the form 2019-03-05"),
        ("_on", 1551744000, "of the form 2019-03-05"),
    ],
)
def test_amounts_and_days_are_explained_wherever_they_are_sent(name: str, value: Any, words: str) -> None:
    fields = [(model, field) for model in MODELS for field in model.model_fields if field.endswith(name)]

    for model, field in fields:
        body = {field: value}
        found = {error.pointer: error.detail for error in field_errors(errors_of_body(model, body), body, model)}
        assert words in found[f"/{field}"], (model, field)
    assert len(fields) >= 5


def is_in(body: Any, pointer: str) -> bool:
    """Return whether a JSON pointer leads to something."""
    for token in pointer.split("/")[1:]:
        if isinstance(body, dict) and token in body:
            body = body[token]
        elif isinstance(body, list) and token.isdigit():
            body = body[int(token)]
        else:
            return False
    return True


def errors_of_parameters() -> Iterator[tuple[str, str, list[Any]]]:
    """Yield each parameter, a text that was sent for it, and its errors."""
    for route in ROUTES:
        for field in (field for each in all_of(route.dependant) for field in (*each.query_params, *each.path_params)):
            for text in HOSTILE:
                sent = [text] if "list" in str(field.field_info.annotation) else text
                if isinstance(text, str):
                    yield field.alias, text, list(field.validate(sent, {}, loc=("query", field.alias))[1] or [])


def all_of(dependant: Dependant) -> Iterator[Dependant]:
    """Yield a dependency and all that it needs."""
    yield dependant
    for each in dependant.dependencies:
        yield from all_of(each)


def test_each_error_of_a_parameter_is_described_and_names_the_parameter() -> None:
    asked = set()
    for parameter, text, errors in errors_of_parameters():
        asked.add(parameter)
        for found in field_errors(errors, None, None):
            assert not THEIRS.search(found.detail), (parameter, text, found)
            assert found.parameter == parameter

    assert {"limit", "phase", "as_of", "territory", "action_id"} <= asked


def test_there_are_words_for_each_type_of_error_and_for_no_other() -> None:
    of_bodies = {kind for model in MODELS for kind in types_of_errors(model)}
    of_parameters = {error["type"] for _, _, errors in errors_of_parameters() for error in errors}

    assert (of_bodies | of_parameters) - DEPEND_ON_THE_FIELD == set(MESSAGES)
