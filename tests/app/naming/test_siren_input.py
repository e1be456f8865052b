"""SIRENs in requests and in answers, in the whole OpenAPI document."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from app.docsite import openapi
from shared.events.codes import MEMBER, SIREN, SIREN_INPUT
from shared.http.openapi.document import responses_of
from tests.app.naming.places import places, texts


@pytest.fixture(scope="module")
def api() -> Mapping[str, Any]:
    """The OpenAPI document of the whole platform."""
    return openapi.document()


def test_a_siren_in_a_request_may_have_blanks_or_be_a_siret(api: Mapping[str, Any]) -> None:
    found = list(places(api))

    assert [str(place) for place in found if place.pattern == SIREN] == []
    assert len({str(place) for place in found if place.pattern == SIREN_INPUT}) > 40
    taken = [place for place in found if place.pattern in (SIREN_INPUT, MEMBER)]
    assert [str(place) for place in taken if "SIRET" not in place.description] == []


def test_answers_and_events_have_the_plain_siren(api: Mapping[str, Any]) -> None:
    operations = [operation for item in api["paths"].values() for operation in item.values()]
    answered = [pattern for each in operations for _, pattern, _ in texts(responses_of(api, each), api)]

    assert SIREN in answered
    assert not {SIREN_INPUT, MEMBER} & set(answered)
    assert json.dumps(SIREN_INPUT) not in json.dumps(api.get("webhooks", {}))
