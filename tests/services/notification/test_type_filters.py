"""Filters of types: names and wildcards, in subscriptions, in the feed and in replays."""

from typing import Any

import pytest

from services.notification.rules.catalogue import published, type_filter, types_matching
from shared.events import PREFIX, Event
from shared.events.contract import ActionRejected, ActionSubmitted
from shared.events.territory import FigureDeclared
from tests.services.notification.conftest import RECEIVER, House, address, planned_ids
from tests.services.notification.facts import declared, rejected, submitted
from tests.support.harness import ON_SQLITE, TEAM

LATER = f"{PREFIX}contract.ActionForgotten.v1"


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("contract.*", f"{PREFIX}contract.*"),
        (f"{PREFIX}contract.*", f"{PREFIX}contract.*"),
        ("contract.ActionSubmitted.*", f"{PREFIX}contract.ActionSubmitted.*"),
        ("*", f"{PREFIX}*"),
        ("contract.ActionSubmitted.v1", ActionSubmitted.type),
    ],
)
def test_a_wildcard_is_kept_as_one(written: str, kept: str) -> None:
    assert type_filter(written) == kept


def test_a_wildcard_matches_whole_words() -> None:
    matched = types_matching([f"{PREFIX}contract.ActionSubmitted.*", FigureDeclared.type])

    assert matched & published().keys() == {ActionSubmitted.type, FigureDeclared.type}
    assert types_matching([f"{PREFIX}*"]) >= published().keys()
    assert types_matching([]) == frozenset()


def test_a_wildcard_matches_the_types_of_later_releases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(Event.catalogue, LATER, ActionSubmitted)

    assert LATER in types_matching([type_filter("contract.*")])
    assert LATER not in types_matching([type_filter("catalog.*")])


def test_a_wildcard_whose_types_have_gone_does_not_match_all() -> None:
    matched = types_matching([f"{PREFIX}gone.*"])

    assert matched
    assert not matched & published().keys()


@ON_SQLITE
@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("nothing.*", "event-type-not-known"),
        ("contract.Nothing.*", "event-type-not-known"),
        ("notification.SubscriptionTested.*", "event-type-not-known"),
        (f"{PREFIX}{PREFIX}contract.*", "event-type-not-known"),
        ("contr.*", "event-type-not-known"),
        ("contract..*", "event-type-not-known"),
        ("contract*", "unprocessable"),
        ("contract.Action*", "unprocessable"),
        ("contract.*.v1", "unprocessable"),
        ("*.v1", "unprocessable"),
        ("**", "unprocessable"),
        (".*", "unprocessable"),
        ("contract.%", "unprocessable"),
        ("contract.*\n", "unprocessable"),
    ],
)
async def test_a_wildcard_that_matches_nothing_is_refused(house: House, written: str, code: str) -> None:
    made = await house.subscribe()
    body = {"types": [FigureDeclared.type, written]}

    problems = [
        await house.post("/v1/subscriptions", {"url": RECEIVER, **body}, expect=422),
        await house.patch(address(made), body, expect=422),
        await house.post(address(made, "replay"), {"since": 0, **body}, expect=422),
    ]
    feed = await house.get("/v1/events", expect=422, type=[FigureDeclared.type, written])

    assert {each["code"] for each in [*problems, feed]} == {code}
    assert {each["errors"][0]["pointer"] for each in problems} == {"/types/1"}
    assert feed["errors"][0]["parameter"].startswith("type")


async def test_feed_subscriptions_and_replays_take_wildcards(house: House) -> None:
    start = await house.last()
    made = await house.subscribe(types=["contract.*", ActionRejected.type])
    sent = await house.publish(submitted(), declared(), rejected())
    both = [sent[0].event_id, sent[2].event_id]

    items, _ = await house.feed(TEAM, type=["contract.*"])
    everything, _ = await house.feed(TEAM, type="*")
    planned = await planned_ids(house, made)
    replayed: dict[str, Any] = {"since": start, "types": ["contract.ActionRejected.*"]}
    counted = await house.post(address(made, "replay"), {**replayed, "dry_run": True}, expect=202)
    await house.post(address(made, "replay"), replayed, expect=202)
    await house.settled()

    assert made["types"] == [f"{PREFIX}contract.*", ActionRejected.type]
    assert [item["event"]["id"] for item in items] == both
    assert [item["event"]["id"] for item in everything][-3:] == [each.event_id for each in sent]
    assert planned == both
    assert counted["events"] == 1
    assert await planned_ids(house, made) == [*both, both[1]]


async def test_a_type_is_named_once_with_or_without_our_prefix(house: House) -> None:
    body = {"url": RECEIVER, "types": ["contract.*", ActionRejected.type, f"{PREFIX}contract.*"]}

    refused = await house.post("/v1/subscriptions", body, expect=422)

    assert [error["pointer"] for error in refused["errors"]] == ["/types/2"]
