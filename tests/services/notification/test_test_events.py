"""Test events of a type that is subscribed to."""

import json
from typing import Any

import pytest

from services.notification.rules.catalogue import published
from shared.events import sample_of
from tests.services.notification.conftest import House, address

SUBMITTED = "fr.territoires-industrie.contract.ActionSubmitted.v1"


async def test_a_test_event_of_a_subscribed_type_is_its_published_example(house: House) -> None:
    made = await house.subscribe(types=["contract.*"])

    sent = await house.post(address(made, "test"), {"type": "contract.ActionSubmitted.v1"}, expect=202)
    empty = await house.post(address(made, "test"), {}, expect=202)

    first, second = (json.loads(each.body or "") for each in await house.deliveries(made))
    example = sample_of(SUBMITTED)
    assert (sent["type"], sent["position"]) == (first["type"], None) == (SUBMITTED, None)
    assert first["data"] == example["data"]
    assert first["dataschema"].removeprefix(house.platform.settings.platform) == f"/schemas/{SUBMITTED}.json"
    assert first["source"].endswith("/schemas/contract")
    assert first["subject"] == f"test/{first['id']}"
    assert first["id"] != example["id"]
    assert empty["type"] == second["type"]
    assert second["type"].endswith(".SubscriptionTested.v1")
    assert first["test"] is second["test"] is True


async def test_every_published_type_can_be_tested(house: House) -> None:
    made = await house.subscribe()

    for name in published():
        await house.post(address(made, "test"), {"type": name}, expect=202)

    assert [each.type for each in await house.deliveries(made)] == list(published())


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"type": "territory.FigureDeclared.v1"}, "event-type-not-subscribed"),
        ({"type": "contract.Nothing.v1"}, "event-type-not-known"),
        ({"type": "notification.SubscriptionTested.v1"}, "event-type-not-known"),
        ({"type": "notification.SubscriptionChallenge.v1"}, "event-type-not-known"),
        ({"type": "../../../pyproject"}, "unprocessable"),
        ({"type": "contract.*"}, "unprocessable"),
        ({"type": ""}, "unprocessable"),
        ({"type": None}, "unprocessable"),
        ({"types": ["contract.ActionSubmitted.v1"]}, "unprocessable"),
    ],
)
async def test_a_test_event_has_a_type_that_is_subscribed_to(house: House, body: dict[str, Any], code: str) -> None:
    made = await house.subscribe(types=["contract.*"])

    problem = await house.post(address(made, "test"), body, expect=422)

    assert problem["code"] == code
    assert await house.deliveries(made) == []
