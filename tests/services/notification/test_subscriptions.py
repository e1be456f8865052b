"""Subscriptions: made, changed, switched and taken away, by hand and by the machine."""

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.notification import commands
from services.notification.models import DisabledReason, Subscription
from shared.clock import now
from shared.ids import uuid7
from shared.settings import Settings
from tests.services.notification.conftest import (
    EVERYONE,
    RECEIVER,
    House,
    address,
    at_work,
    valid,
)
from tests.services.notification.facts import BRIVE, CAISSE_DES_DEPOTS, LACQ, PAU, registered
from tests.support.harness import NATIONAL, ON_SQLITE, TEAM
from tests.support.waiting import until


async def test_a_subscription_is_made_and_waits_for_its_receiver(house: House) -> None:
    before = now()
    body = {
        "url": RECEIVER,
        "description": "Outil de subventions",
        "types": ["contract.ContractSigned.v1"],
        "territories": [LACQ, BRIVE],
        "regions": ["75"],
        "operators": [CAISSE_DES_DEPOTS],
    }

    response = await house.send("POST", "/v1/subscriptions", TEAM, json=body)
    made = response.json()
    read = await house.get(address(made))

    secret = made.pop("secret")
    assert response.status_code == 201
    assert response.headers["etag"] == '"1"'
    assert response.headers["cache-control"] == "no-store"
    assert re.fullmatch(r"whsec_[A-Za-z0-9+/]{43}=", secret)
    assert made == read
    assert read["types"] == ["fr.territoires-industrie.contract.ContractSigned.v1"]
    assert read["territories"] == [LACQ, BRIVE]
    assert (read["client_id"], read["org"], read["status"]) == (TEAM, PAU, "pending")
    assert read["allowed_transitions"] == ["disable", "rotate-secret", "verify"]
    assert read["planned_to"] == await house.last()
    async with house.database.reading() as session:
        row = await session.get_one(Subscription, UUID(made["id"]))
    assert row.handshake_due_at is not None
    assert before <= row.handshake_due_at <= now()
    assert await valid(house, made) == [secret]


@pytest.mark.parametrize(("start", "planned_to"), [("beginning", 0), (0, 0), (5, 5)])
async def test_a_subscription_begins_where_it_is_asked_to(house: House, start: Any, planned_to: int) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "from": start}, expect=201)

    assert made["planned_to"] == planned_to


@ON_SQLITE
@pytest.mark.parametrize(
    ("path", "body", "error"),
    [
        (
            "",
            {"url": RECEIVER, "from": "later"},
            {"pointer": "/from", "detail": "write 'now' or 'beginning', or write a whole number, without quotes"},
        ),
        (
            "/00000000-0000-0000-0000-000000000000/replay",
            {"since": "2019-03-05Tnoon"},
            {
                "pointer": "/since",
                "detail": "write a whole number, without quotes, or write a moment of the calendar, such as "
                "2019-03-05T08:00:00Z",
            },
        ),
    ],
)
async def test_of_a_field_that_takes_one_of_two_types_both_are_described_at_its_own_place(
    house: House, path: str, body: dict[str, Any], error: dict[str, str]
) -> None:
    refused = await house.post(f"/v1/subscriptions{path}", body, expect=422)

    assert refused["errors"] == [error]


@ON_SQLITE
@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        ({"url": "http://exemple.fr/"}, "address-refused", "/url"),
        ({"url": "https://127.0.0.1/"}, "address-refused", "/url"),
        ({"url": "https://[::ffff:10.0.0.1]/"}, "address-refused", "/url"),
        ({"url": "https://169.254.169.254/latest"}, "address-refused", "/url"),
        ({"url": "https://localhost/"}, "address-refused", "/url"),
        ({"url": "https://user:word@exemple.fr/"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr:22/"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr/#fragment"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr/?sig=%zz"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr/?"}, "address-refused", "/url"),
        ({"url": "https://éxemple.fr/"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr/\r\nHost: x"}, "address-refused", "/url"),
        ({"url": "ftp://exemple.fr/"}, "address-refused", "/url"),
        ({"url": "https://exemple.fr/" + "x" * 2000}, "unprocessable", "/url"),
        ({"url": ""}, "unprocessable", "/url"),
        ({"url": None}, "unprocessable", "/url"),
        ({}, "unprocessable", "/url"),
        ({"url": RECEIVER, "types": ["contract.Nothing.v1"]}, "event-type-not-known", "/types/0"),
        ({"url": RECEIVER, "types": ["notification.SubscriptionTested.v1"]}, "event-type-not-known", "/types/0"),
        ({"url": RECEIVER, "types": None}, "unprocessable", "/types"),
        ({"url": RECEIVER, "types": ["x"] * 101}, "unprocessable", "/types"),
        ({"url": RECEIVER, "territories": [LACQ, "2018-ti-9999"]}, "territory-not-known", "/territories/1"),
        ({"url": RECEIVER, "territories": ["ti-7505"]}, "unprocessable", "/territories/0"),
        ({"url": RECEIVER, "regions": ["Aquitaine"]}, "unprocessable", "/regions/0"),
        ({"url": RECEIVER, "operators": ["000000133"]}, "organisation-not-known", "/operators/0"),
        ({"url": RECEIVER, "operators": ["123456789"]}, "unprocessable", "/operators/0"),
        ({"url": RECEIVER, "description": "x" * 301}, "unprocessable", "/description"),
        ({"url": RECEIVER, "from": 10**6}, "position-not-reached", "/from"),
        ({"url": RECEIVER, "from": -1}, "unprocessable", None),
        ({"url": RECEIVER, "from": 10**30}, "unprocessable", None),
        ({"url": RECEIVER, "from": True}, "unprocessable", None),
        ({"url": RECEIVER, "from": "yesterday"}, "unprocessable", None),
        ({"url": RECEIVER, "start": "beginning"}, "unprocessable", "/start"),
        ({"url": RECEIVER, "secret": "whsec_"}, "unprocessable", "/secret"),
        ({"url": RECEIVER, "client_id": "another"}, "unprocessable", "/client_id"),
        ({"url": RECEIVER, "status": "active"}, "unprocessable", "/status"),
    ],
)
async def test_what_makes_no_sense_is_refused_where_it_stands(
    house: House, body: dict[str, Any], code: str, pointer: str | None
) -> None:
    problem = await house.post("/v1/subscriptions", body, expect=422)

    assert problem["code"] == code
    assert pointer is None or pointer in [error["pointer"] for error in problem["errors"]]
    assert (await house.get("/v1/subscriptions"))["items"] == []


async def test_loopback_is_for_those_who_say_that_it_is_dangerous(settings: Settings) -> None:
    async with at_work(settings.model_copy(update={"dangerous_loopback_webhooks": True})) as house:
        made = await house.post("/v1/subscriptions", {"url": "http://127.0.0.1:8001/"}, expect=201)
        await house.patch(address(made), {"url": "http://localhost:8002/"})
        await house.post("/v1/subscriptions", {"url": "http://10.0.0.1/"}, expect=422)


async def test_a_change_is_based_on_what_was_read(house: House) -> None:
    made = await house.subscribe()

    missing = await house.send("PATCH", address(made), TEAM, json={"description": "x"})
    await house.patch(address(made), {"description": "x"}, expect=412, version=1)
    changed = await house.patch(address(made), {"types": ["contract.ContractSigned.v1"], "description": "y"})
    cleared = await house.patch(address(made), {"types": []})

    assert missing.status_code == 428
    assert (changed["description"], changed["types"]) == (
        "y",
        ["fr.territoires-industrie.contract.ContractSigned.v1"],
    )
    assert cleared["types"] == []
    assert cleared["status"] == "active"
    await house.patch(address(made), {"url": None}, expect=422)
    await house.patch(address(made), {"from": "beginning"}, expect=422)
    await house.patch(address(made), {"url": "https://10.1.2.3/"}, expect=422)
    await house.patch(address(made), {"url": f"{RECEIVER}?sig=%zz"}, expect=422)


async def test_another_url_must_consent_first(house: House) -> None:
    made = await house.subscribe()

    same = await house.patch(address(made), {"url": RECEIVER})
    other = await house.patch(address(made), {"url": "https://ailleurs.fr/recevoir"})

    assert same["status"] == "active"
    assert (other["status"], other["verified_at"]) == ("pending", None)


async def test_the_machine_notes_without_a_version_or_a_line(house: House) -> None:
    made = await house.subscribe()
    version = (await house.get(address(made)))["version"]
    await house.post(address(made, "test"), expect=202)
    await house.publish(registered(PAU))

    now_read = await house.get(address(made))
    lines = (await house.get(address(made, "history")))["items"]

    assert now_read["planned_to"] == await house.last()
    assert now_read["version"] == version == len(lines)
    assert not {"planned_to", "failing_since", "last_round"} & {name for line in lines for name in line["changed"]}


async def test_a_subscription_is_taken_away_with_all_that_hangs_on_it(house: House) -> None:
    made = await house.subscribe()
    await house.post(address(made, "test"), expect=202)
    await house.post(address(made, "replay"), {"since": 0}, expect=202)
    version = (await house.get(address(made)))["version"]

    deleted = await house.send("DELETE", address(made), TEAM, headers={"If-Match": f'"{version}"'})
    await house.settled()

    assert deleted.status_code == 204
    await house.get(address(made), expect=404)
    lines = (await house.get(address(made, "history")))["items"]
    assert [lines[0]["operation"], lines[-1]["operation"]] == ["created", "deleted"]
    assert lines[-1]["changed"]["url"] == {"before": RECEIVER, "after": None}
    async with house.database.reading() as session:
        for table in ("subscriptions", "subscription_secrets", "deliveries", "replays"):
            assert await session.scalar(text(f"SELECT count(*) FROM {table}")) == 0
    await until(
        lambda: house.get("/v1/subscriptions/changes"), lambda found: found["items"][-1]["operation"] == "deleted"
    )


async def test_transitions(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201)
    for act in ("enable", "test"):
        refused = await house.post(address(made, act), expect=409)
        assert refused["code"] == "transition-refused"
        assert refused["allowed_transitions"] == ["disable", "rotate-secret", "verify"]
    await house.post(address(made, "replay"), {"since": 0}, expect=409)

    assert (await house.post(address(made, "verify")))["status"] == "pending"
    assert (await house.post(address(made, "disable")))["status"] == "disabled"
    for act in ("disable", "verify", "test"):
        await house.post(address(made, act), expect=409)
    # It never consented: it is asked first.
    assert (await house.post(address(made, "enable")))["status"] == "pending"


async def test_switching_off_is_published_to_its_owners_alone(house: House) -> None:
    made = await house.subscribe()
    await house.post(address(made, "disable"))
    await house.settled()

    feeds = {by: await house.feed(by, type="notification.SubscriptionDisabled.v1") for by in EVERYONE}

    assert {by for by, (items, _) in feeds.items() if items} == {TEAM, NATIONAL}
    [item] = feeds[TEAM][0]
    assert item["event"]["subject"] == f"subscription/{made['id']}"
    assert item["event"]["data"]["reason"] == "owner"
    assert item["event"]["data"]["organisations"] == [PAU]


async def test_the_machine_switches_off_once(house: House) -> None:
    made = await house.subscribe()
    for expected in (True, False):
        async with house.database.writing() as session:
            assert await commands.switch_off(session, UUID(made["id"]), DisabledReason.GONE) is expected
    async with house.database.writing() as session:
        assert await commands.switch_off(session, uuid7(), DisabledReason.GONE) is False
    await house.settled()

    items, _ = await house.feed(TEAM, type="notification.SubscriptionDisabled.v1")

    assert [item["event"]["data"]["reason"] for item in items] == ["gone"]
    assert (await house.get(address(made)))["disabled_reason"] == "gone"


@ON_SQLITE
@pytest.mark.parametrize("name", ["not-an-id", "0" * 400, "..%2Fevents", "%00"])
async def test_a_name_that_is_none(house: House, name: str) -> None:
    assert (await house.send("GET", f"/v1/subscriptions/{name}", TEAM)).status_code in (404, 422)


@ON_SQLITE
async def test_lists_page_and_filter(house: House) -> None:
    made = [await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201) for _ in range(3)]
    await house.post(address(made[1], "disable"))

    first = await house.get("/v1/subscriptions", limit=2)
    rest = await house.get("/v1/subscriptions", limit=2, cursor=first["next"])
    off = await house.get("/v1/subscriptions", status="disabled")

    assert [each["id"] for each in first["items"] + rest["items"]] == [each["id"] for each in made]
    assert rest["next"] is None
    assert [each["id"] for each in off["items"]] == [made[1]["id"]]
    await house.get("/v1/subscriptions", status="gone", expect=422)
