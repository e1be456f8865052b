"""SIRENs in requests and in answers, in the whole OpenAPI document."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from app.docsite import openapi
from shared.events.codes import MEMBER, SIREN, SIREN_INPUT


@pytest.fixture(scope="module")
def api() -> Mapping[str, Any]:
    """The OpenAPI document of the whole platform."""
    return openapi.document()


def fields(
    part: Any, api: Mapping[str, Any], place: str, above: str = "", seen: frozenset[str] = frozenset()
) -> Iterator[tuple[str, str, str]]:
    """Yield place, pattern and description of each text of a schema, and of all that it refers to."""
    if not isinstance(part, dict):
        return
    above = part.get("description") or above
    if isinstance(pattern := part.get("pattern"), str):
        yield place, pattern, above
    for child, name, words in inside(part, api, seen):
        yield from fields(child, api, f"{place}{name}", words or above, seen | {part.get("$ref", "")})


def inside(part: Mapping[str, Any], api: Mapping[str, Any], seen: frozenset[str]) -> Iterator[tuple[Any, str, str]]:
    """Yield the parts of a schema, the name of each that is a field, and the description that it does not inherit."""
    if (reference := part.get("$ref")) and reference not in seen:
        target: Any = api
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]
        yield target, "", ""
    yield from ((schema, f"/{name}", " ") for name, schema in part.get("properties", {}).items())
    for name in part.keys() - {"properties", "example", "examples"}:
        yield from ((each, "", "") for each in (part[name] if isinstance(part[name], list) else [part[name]]))


def taken(api: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the texts of all parameters and bodies of requests."""
    for path, item in api["paths"].items():
        for method, operation in item.items():
            for parameter in operation.get("parameters", []):
                yield from fields(parameter, api, f"{method} {path}?{parameter.get('name')}")
            yield from fields(operation.get("requestBody"), api, f"{method} {path}")


def test_a_siren_in_a_request_may_have_blanks_or_be_a_siret(api: Mapping[str, Any]) -> None:
    found = list(taken(api))

    assert [place for place, pattern, _ in found if pattern == SIREN] == []
    assert len({place for place, pattern, _ in found if pattern == SIREN_INPUT}) > 40
    silent = [place for place, pattern, words in found if pattern in (SIREN_INPUT, MEMBER) and "SIRET" not in words]
    assert silent == []


def test_answers_and_events_have_the_plain_siren(api: Mapping[str, Any]) -> None:
    answered = [
        pattern
        for path, item in api["paths"].items()
        for operation in item.values()
        for _, pattern, _ in fields(operation["responses"], api, path)
    ]

    assert SIREN in answered
    assert not {SIREN_INPUT, MEMBER} & set(answered)
    assert json.dumps(SIREN_INPUT) not in json.dumps(api.get("webhooks", {}))
