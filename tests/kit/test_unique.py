"""A list that takes each item once refuses the second one, in words and at its place."""

from collections.abc import Sequence
from typing import Annotated, Any

import pytest
from pydantic import Field, ValidationError

from shared.events.codes import SirenInput
from shared.http.field_errors import field_errors
from shared.http.schemas import Body, Day, Title
from shared.http.unique import Unique


class Stage(Body):
    title: Title
    due_on: Day


class Plan(Body):
    carriers: Annotated[list[SirenInput], Unique()] = Field(default_factory=list, max_length=3)
    aliases: Annotated[list[Title], Unique()] = Field(default_factory=list)
    stages: Annotated[list[Stage], Unique(by=("title", "due_on"))] = Field(default_factory=list)
    types: Annotated[list[str], Unique(key=str.lower)] = Field(default_factory=list)
    links: Annotated[list[str], Unique()] | None = None


def refused(**body: Any) -> Sequence[tuple[str | None, str]]:
    """Return the errors of a body: their places and words."""
    try:
        Plan.model_validate(body)
    except ValidationError as invalid:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in invalid.errors(include_url=False)]
        return [(each.pointer, each.detail) for each in field_errors(errors, body, Plan)]
    return []


A_DAY = "2019-03-05"


@pytest.mark.parametrize(
    ("body", "places"),
    [
        ({"carriers": ["200053759", "200067254", "200053759"]}, ["/carriers/2"]),
        ({"carriers": ["200053759", "200 053 759", "20005375900011"]}, ["/carriers/1", "/carriers/2"]),
        ({"stages": [{"title": "Étude", "due_on": A_DAY}] * 2}, ["/stages/1"]),
        ({"types": ["A", "b", "a"]}, ["/types/2"]),
        ({"links": ["a", "a"]}, ["/links/1"]),
        ({"carriers": ["200053759"] * 2, "types": ["a", "A"]}, ["/carriers/1", "/types/1"]),
    ],
)
def test_each_double_is_refused_at_its_place(body: dict[str, Any], places: list[str]) -> None:
    assert [place for place, _ in refused(**body)] == places


def test_a_double_is_refused_in_words() -> None:
    assert refused(types=["a", "a"]) == [("/types/1", "named twice: take one away")]
    stages = [{"title": "Étude", "due_on": A_DAY}] * 2
    assert refused(stages=stages) == [
        ("/stages/1", "named twice, with the same `title` and `due_on`: take one away"),
    ]


def test_items_that_differ_are_taken() -> None:
    stages = [{"title": "Étude", "due_on": A_DAY}, {"title": "Étude", "due_on": "2019-03-06"}]
    assert refused(carriers=["200053759", "200067254"], stages=stages, types=["a", "b"], links=[]) == []


def test_a_list_that_is_too_long_is_still_refused() -> None:
    assert refused(carriers=["200053759", "200067254", "200053791", "180020026"]) == [
        ("/carriers", "give at most 3 of them")
    ]


def test_openapi_says_that_items_are_unique() -> None:
    published = Plan.model_json_schema()["properties"]

    assert {name for name, each in published.items() if each.get("uniqueItems")} == {
        "carriers",
        "aliases",
        "stages",
        "types",
    }
    assert published["links"]["anyOf"][0]["uniqueItems"] is True
    assert published["carriers"]["maxItems"] == 3
