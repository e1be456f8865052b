"""Every list of a request body takes each item once."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from pydantic import BaseModel

from tests.app.test_field_errors import MODELS


def lists(part: Any, place: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield each list of a JSON Schema, with its place."""
    if isinstance(part, dict):
        if part.get("type") == "array":
            yield place, part
        for name, each in part.items():
            yield from lists(each, f"{place}/{name}")
    elif isinstance(part, list):
        for each in part:
            yield from lists(each, place)


@pytest.mark.parametrize("model", MODELS, ids=lambda each: each.__name__)
def test_each_list_of_a_body_takes_each_item_once(model: type[BaseModel]) -> None:
    found = dict(lists(model.model_json_schema(), ""))

    assert [place for place, each in found.items() if each.get("uniqueItems") is not True] == []
