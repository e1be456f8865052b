"""Headers of a receiver's own: sent with every request, never shown, and unable to change a request."""

import json
from typing import Any
from uuid import UUID

import pytest
from cryptography.exceptions import InvalidTag
from sqlalchemy import select

from services.notification.errors import HeaderRefused
from services.notification.models import OwnershipProof, Subscription, SubscriptionStatus
from services.notification.rules.headers import MAX_HEADERS, MAX_TOTAL, require_allowed
from services.notification.rules.sealing import Seal, new_secret
from services.notification.settings import seal_of
from shared.ids import uuid7
from shared.settings import Settings
from shared.storage.tables import history
from tests.services.notification.conftest import RECEIVER, House, address
from tests.services.notification.engine import SECRET, Bench, bench
from tests.services.notification.receiver import receiver
from tests.services.notification.test_challenges import in_json, repeating
from tests.support.harness import NATIONAL, ON_SQLITE

KEY = "the key of a receiver 4f1c"
HEADERS = {"X-Api-Key": KEY, "Authorization": "Bearer jeton"}


async def kept(house: House, made: dict[str, Any]) -> dict[str, str]:
    """The headers that would be sent."""
    async with house.database.reading() as session:
        row = await session.get_one(Subscription, UUID(made["id"]))
    return dict(seal_of(house.platform.settings, house.database).open_headers(row.sealed_headers, row.id))


async def subscribe(place: Bench, url: str, headers: dict[str, str], **more: Any) -> Subscription:
    """A subscription with headers."""
    key = uuid7()
    sealed = seal_of(place.settings, place.database).close_headers(headers, key)
    return await place.subscribe(url, id=key, header_names=sorted(headers), sealed_headers=sealed, **more)


async def test_headers_are_shown_by_name_and_kept_sealed(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "headers": HEADERS}, expect=201)
    changed = await house.patch(address(made), {"headers": {"X-Api-Key": f"{KEY} 2"}})
    others = await house.patch(address(made), {"description": "x"})

    shown = [made, changed, others, await house.get(address(made)), await house.get(address(made, "history"))]
    shown.append(await house.get(address(made), NATIONAL))
    async with house.database.reading() as session:
        lines = list(await session.scalars(select(history.c.state)))
        sealed = (await session.get_one(Subscription, UUID(made["id"]))).sealed_headers
    assert made["header_names"] == ["Authorization", "X-Api-Key"]
    assert changed["header_names"] == others["header_names"] == ["X-Api-Key"]
    assert changed["version"] == made["version"] + 1
    assert KEY not in json.dumps([shown, lines])
    assert "sealed" not in json.dumps([shown, lines])
    assert sealed is not None
    assert KEY.encode() not in sealed
    assert await kept(house, made) == {"X-Api-Key": f"{KEY} 2"}


async def test_another_value_alone_is_another_version(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "headers": HEADERS}, expect=201)

    changed = await house.patch(address(made), {"headers": {**HEADERS, "X-Api-Key": "another"}})

    assert changed["version"] == made["version"] + 1


async def test_another_address_does_not_get_the_headers_of_the_old_one(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "headers": HEADERS}, expect=201)
    same = await house.patch(address(made), {"url": RECEIVER})
    moved = await house.patch(address(made), {"url": f"{RECEIVER}/ailleurs"})
    after = await kept(house, made)
    again = await house.patch(address(made), {"url": RECEIVER, "headers": {"X-Api-Key": "2"}})
    removed = await house.patch(address(made), {"headers": {}})

    assert same["header_names"] == ["Authorization", "X-Api-Key"]
    assert (moved["header_names"], after) == ([], {})
    assert again["header_names"] == ["X-Api-Key"]
    assert (removed["header_names"], await kept(house, made)) == ([], {})


@pytest.mark.parametrize(
    "name",
    [
        "Host", "host", "Content-Length", "Content-Type", "Transfer-Encoding", "Connection", "Keep-Alive", "TE",
        "Trailer", "Upgrade", "Expect", "Proxy-Authorization", "Proxy-Connection", "webhook-id", "Webhook-Signature",
        "WebHook-Request-Origin", "traceparent", "TraceState", "User-Agent", "Accept-Encoding", "ce-id",
        "X-Forwarded-For", "Forwarded", "X-HTTP-Method-Override", "Via",
    ],
)  # fmt: skip
def test_headers_of_the_platform_and_the_connection_are_refused(name: str) -> None:
    with pytest.raises(HeaderRefused) as refused:
        require_allowed({"X-Api-Key": "x", name: "x"})

    assert refused.value.errors is not None
    assert refused.value.errors[0].pointer == f"/headers/{name}"


def test_a_header_comes_once_and_all_have_room() -> None:
    require_allowed({f"X-{number}": "x" * 400 for number in range(MAX_HEADERS)})
    with pytest.raises(HeaderRefused, match="twice"):
        require_allowed({"X-Api-Key": "x", "x-api-key": "y"})
    with pytest.raises(HeaderRefused, match=str(MAX_TOTAL)):
        require_allowed({f"X-{number}": "x" * 500 for number in range(MAX_HEADERS)})


@ON_SQLITE
@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Host": "intranet"}, "header-refused"),
        ({"X-Key": "a", "x-key": "b"}, "header-refused"),
        ({f"X-{number}": "x" * 900 for number in range(5)}, "header-refused"),
        ({"X-Key": "a\r\nHost: b"}, "unprocessable"),
        ({"X-Key": "a\n"}, "unprocessable"),
        ({"X-Key": "é"}, "unprocessable"),
        ({"X-Key": ""}, "unprocessable"),
        ({"X-Key": " a"}, "unprocessable"),
        ({"X-Key": "a\t"}, "unprocessable"),
        ({"X-Key": None}, "unprocessable"),
        ({"X-Key": 1}, "unprocessable"),
        ({"X-Key": ["a"]}, "unprocessable"),
        ({"X-Key": "x" * 1001}, "unprocessable"),
        ({"X" * 65: "a"}, "unprocessable"),
        ({"": "a"}, "unprocessable"),
        ({"X Key": "a"}, "unprocessable"),
        ({"X-Key:": "a"}, "unprocessable"),
        ({"X-Key\r\nHost": "a"}, "unprocessable"),
        ({"É": "a"}, "unprocessable"),
        ({f"X-{number}": "x" for number in range(MAX_HEADERS + 1)}, "unprocessable"),
        ([], "unprocessable"),
        ("X-Key: a", "unprocessable"),
        (None, "unprocessable"),
    ],
)
async def test_what_is_no_header_is_refused(house: House, headers: Any, code: str) -> None:
    made = await house.subscribe()

    problems = [
        await house.post("/v1/subscriptions", {"url": RECEIVER, "headers": headers}, expect=422),
        await house.patch(address(made), {"headers": headers}, expect=422),
    ]

    assert {each["code"] for each in problems} == {code}
    assert all(each["errors"][0]["pointer"].startswith("/headers") for each in problems)


async def test_every_request_has_the_headers(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET, answers=[repeating(in_json)]) as one:
        asked = await subscribe(place, one.url, {"X-Api-Key": KEY}, pending=True)
        challenged = await subscribe(place, one.url, {"X-Api-Key": KEY}, pending=True, proof=OwnershipProof.CHALLENGE)
        async with place.running():
            await place.has_status(asked, SubscriptionStatus.ACTIVE)
            await place.has_status(challenged, SubscriptionStatus.ACTIVE)
            await place.plan(asked, challenged)
            await one.has(3)

    assert [each["X-Api-Key"] for each in one.handshakes] == [KEY]
    assert [each.headers["x-api-key"] for each in one.received] == [KEY] * 3
    assert one.unverified == []


async def test_changed_headers_are_sent_from_then_on(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        made = await subscribe(place, one.url, {"X-Api-Key": "1"})
        async with place.running():
            await place.plan(made)
            await one.has(1)
            sealed = seal_of(place.settings, place.database).close_headers({"X-Api-Key": "2"}, made.id)
            await place.change(made, sealed_headers=sealed)
            await place.plan(made)
            await one.has(2)

    assert [each.headers["x-api-key"] for each in one.received] == ["1", "2"]


async def test_without_its_headers_nothing_is_sent(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET) as one:
        broken = await place.subscribe(one, header_names=["X-Api-Key"], sealed_headers=b"not what was sealed")
        other = await place.subscribe(one)
        await place.plan(broken, other)
        async with place.running():
            await place.closed(other)

    assert len(one.received) == 1


def test_sealed_headers_open_for_their_subscription_and_purpose_alone() -> None:
    seal, mine = Seal(b"key"), uuid7()
    sealed = seal.close_headers(HEADERS, mine)

    assert sealed is not None
    assert seal.open_headers(sealed, mine) == HEADERS
    assert seal.close_headers({}, mine) is None
    assert seal.open_headers(None, mine) == {}
    for opening in (
        lambda: seal.open_headers(sealed, uuid7()),
        lambda: seal.open(sealed, mine),
        lambda: Seal(b"another").open_headers(sealed, mine),
        lambda: seal.open_headers(seal.close(new_secret(), mine), mine),
    ):
        with pytest.raises(InvalidTag):
            opening()
