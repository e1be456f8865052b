"""The challenge: a receiver that cannot answer OPTIONS proves that its address belongs to the owner."""

import asyncio
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from aiohttp import web
from sqlalchemy import select

from services.notification import commands
from services.notification.models import OwnershipProof, Subscription, SubscriptionStatus
from services.notification.rules.challenges import (
    LIFETIME,
    MAX_TRIES,
    NOT_REPEATED,
    challenge_error,
    digest_of,
    is_challenge,
)
from services.notification.rules.retries import ReceiverResponse
from shared.clock import now
from shared.security.access import ANONYMOUS
from shared.settings import Settings
from shared.storage.tables import history
from tests.services.notification.conftest import RECEIVER, House, address
from tests.services.notification.engine import SECRET, Bench, bench
from tests.services.notification.receiver import Answering, Receiver, receiver, status
from tests.support.harness import NATIONAL
from tests.support.waiting import until

CHALLENGE = "Zl0pWbYw0yq5o7R2nX1mK8vTj4hLc6sDf9gAeBuQxNI"
TYPE = "fr.territoires-industrie.notification.SubscriptionChallenge.v1"


def body_of(request: bytes) -> dict[str, Any]:
    """The challenge that a receiver got."""
    data: dict[str, Any] = json.loads(request)["data"]
    return data


def repeating(form: Callable[[str], str], code: int = 200) -> Answering:
    """Repeat the challenge in this form."""

    async def answer(request: web.Request) -> web.StreamResponse:
        return web.Response(status=code, text=form(body_of(await request.read())["challenge"]))

    return answer


def in_json(challenge: str) -> str:
    """The challenge as a JSON object."""
    return json.dumps({"challenge": challenge})


async def reflecting(request: web.Request) -> web.StreamResponse:
    """Return what was sent, as some servers do with everything."""
    return web.Response(body=await request.read())


async def challenged(place: Bench, one: Receiver) -> Subscription:
    """A subscription that waits for its proof by challenge."""
    return await place.subscribe(one, pending=True, proof=OwnershipProof.CHALLENGE)


async def refused(place: Bench, subscription: Subscription) -> Subscription:
    """Wait for the result of its first challenge."""
    return await until(lambda: place.read(subscription), lambda found: found.handshake_error is not None)


@pytest.mark.parametrize(
    "body",
    [CHALLENGE, f"\r\n {CHALLENGE}\n", f'"{CHALLENGE}"', f'{{"challenge": "{CHALLENGE}", "ok": true}}'],
)
def test_a_response_that_repeats_the_challenge_is_a_proof(body: str) -> None:
    assert challenge_error(CHALLENGE, ReceiverResponse(200, body=body)) is None
    assert challenge_error(CHALLENGE, ReceiverResponse(299, body=body)) is None


@pytest.mark.parametrize(
    "body",
    [
        None,
        "",
        "ok",
        CHALLENGE[:-1],
        CHALLENGE + "x",
        CHALLENGE.lower(),
        f"{CHALLENGE} {CHALLENGE}",
        f"<p>{CHALLENGE}</p>",
        f'["{CHALLENGE}"]',
        f'{{"data": {{"challenge": "{CHALLENGE}"}}}}',
        f'{{"challenge": ["{CHALLENGE}"]}}',
        '{"challenge": null}',
        '{"challenge": 1}',
        '"\\ud800"',
        "[" * 4096,
        '{"challenge":' * 300,
        "9" * 4096,
    ],
)
def test_anything_else_is_none(body: str | None) -> None:
    assert challenge_error(CHALLENGE, ReceiverResponse(200, body=body)) == NOT_REPEATED


@pytest.mark.parametrize("code", [100, 199, 300, 302, 400, 404, 410, 500])
def test_only_a_2xx_is_a_proof(code: int) -> None:
    error = challenge_error(CHALLENGE, ReceiverResponse(code, body=CHALLENGE))

    assert error is not None
    assert error.startswith(f"status {code}")


def test_without_a_challenge_nothing_is_one() -> None:
    assert not is_challenge("", None)
    assert not is_challenge(CHALLENGE, None)
    assert is_challenge(CHALLENGE, digest_of(CHALLENGE))


@pytest.mark.parametrize("form", [str, in_json])
async def test_a_receiver_repeats_the_challenge_and_gets_its_events(
    settings: Settings, form: Callable[[str], str]
) -> None:
    async with bench(settings) as place, receiver(SECRET, answers=[repeating(form)]) as one:
        made = await challenged(place, one)
        before = await place.plan(made)
        async with place.running():
            active = await place.has_status(made, SubscriptionStatus.ACTIVE)
            await one.has(2)

    first = json.loads(one.received[0].body)
    assert one.handshakes == []
    assert one.unverified == []
    assert (first["type"], first["id"]) == (TYPE, one.received[0].headers["webhook-id"])
    assert first["data"]["confirm_url"].endswith(f"/v1/subscriptions/{made.id}/confirm")
    assert one.ids[1:] == before
    assert active.verified_at is not None
    assert (active.challenge_digest, active.challenge_expires_at, active.handshake_error) == (None, None, None)


@pytest.mark.parametrize("answer", [status(200), status(204), status(200, "thanks"), reflecting])
async def test_without_the_challenge_in_the_answer_nothing_follows(settings: Settings, answer: Answering) -> None:
    async with bench(settings) as place, receiver(SECRET, always=answer) as one:
        made = await challenged(place, one)
        await place.plan(made)
        async with place.running():
            found = await refused(place, made)
            await asyncio.sleep(0.5)

    assert (found.status, found.handshake_due_at, found.handshake_error) == ("pending", None, NOT_REPEATED)
    assert len(one.received) == 1


async def test_a_receiver_that_fails_gets_further_challenges_in_bounds(settings: Settings) -> None:
    async with bench(settings) as place, receiver(SECRET, always=repeating(str, code=500)) as one:
        made = await challenged(place, one)
        async with place.running():
            await one.has(5)
            found = await until(lambda: place.read(made), lambda found: found.handshake_due_at is None)
            await asyncio.sleep(0.5)

    sent = [body_of(each.body)["challenge"] for each in one.received]
    assert len(sent) == len(set(sent)) == 5
    assert (found.status, found.handshake_error) == ("pending", "status 500")
    assert found.challenge_digest == digest_of(sent[-1])


async def test_the_owner_confirms_what_the_receiver_got(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)
    sent = await begin(house, made)

    active = await house.post(address(made, "confirm"), {"challenge": sent}, expect=200)

    assert made["allowed_transitions"] == ["confirm", "disable", "rotate-secret", "verify"]
    assert (made["proof"], made["status"]) == ("challenge", "pending")
    assert active["status"] == "active"
    assert active["verified_at"] is not None
    again = await house.post(address(made, "confirm"), {"challenge": sent}, expect=409)
    assert again["code"] == "transition-refused"


async def test_wrong_confirmations_end_the_challenge(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)
    sent = await begin(house, made)

    for _ in range(MAX_TRIES):
        problem = await house.post(address(made, "confirm"), {"challenge": "another"}, expect=422)
        assert problem["code"] == "challenge-refused"
        assert problem["errors"][0]["pointer"] == "/challenge"
    await house.post(address(made, "confirm"), {"challenge": sent}, expect=422)
    assert (await house.get(address(made)))["status"] == "pending"
    await house.post(address(made, "confirm"), {"challenge": await begin(house, made)}, expect=200)


@pytest.mark.parametrize("how", ["expired", "replaced", "verify", "url", "proof"])
async def test_a_challenge_that_has_ended_proves_nothing(house: House, how: str) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)
    sent = await begin(house, made, at=now() - LIFETIME if how == "expired" else now())
    match how:
        case "replaced":
            await begin(house, made)
        case "verify":
            await house.post(address(made, "verify"), expect=200)
        case "url":
            await house.patch(address(made), {"url": f"{RECEIVER}/ailleurs"})
        case "proof":
            await house.patch(address(made), {"proof": "handshake"})
            await house.patch(address(made), {"proof": "challenge"})

    await house.post(address(made, "confirm"), {"challenge": sent}, expect=422)

    assert (await house.get(address(made)))["status"] == "pending"


async def test_another_address_needs_another_proof(house: House) -> None:
    made = await house.subscribe(proof="challenge")

    moved = await house.patch(address(made), {"url": f"{RECEIVER}/ailleurs"})

    assert (moved["status"], moved["verified_at"], moved["proof"]) == ("pending", None, "challenge")
    assert await begin(house, made, url=RECEIVER) is None


async def test_a_challenge_is_confirmed_by_the_owner_alone(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)
    sent = await begin(house, made)

    await house.post(address(made, "confirm"), {"challenge": sent}, NATIONAL, expect=403)

    assert (await house.get(address(made)))["status"] == "pending"


async def test_a_handshake_has_nothing_to_confirm(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER}, expect=201)

    refused = await house.post(address(made, "confirm"), {"challenge": CHALLENGE}, expect=409)

    assert made["proof"] == "handshake"
    assert "confirm" not in made["allowed_transitions"]
    assert refused["code"] == "transition-refused"


@pytest.mark.parametrize("body", [{}, {"challenge": ""}, {"challenge": None}, {"challenge": "x" * 201}])
async def test_a_confirmation_says_what_it_confirms(house: House, body: dict[str, Any]) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)

    await house.post(address(made, "confirm"), body, expect=422)


@pytest.mark.parametrize("proof", ["none", "", None, 1])
async def test_there_are_two_proofs(house: House, proof: Any) -> None:
    problem = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": proof}, expect=422)

    assert problem["errors"][0]["pointer"] == "/proof"


async def test_nobody_reads_the_challenge_but_the_receiver(house: House) -> None:
    made = await house.post("/v1/subscriptions", {"url": RECEIVER, "proof": "challenge"}, expect=201)
    sent = await begin(house, made)
    await house.patch(address(made), {"description": "x"})

    shown = [await house.get(address(made)), await house.get(address(made, "history"))]
    async with house.database.reading() as session:
        lines = list(await session.scalars(select(history.c.state)))
        row = await session.get_one(Subscription, UUID(made["id"]))
    assert sent is not None
    assert row.challenge_digest == digest_of(sent)
    assert sent not in json.dumps([shown, lines])
    assert "challenge_digest" not in json.dumps([shown, lines])


async def begin(house: House, made: dict[str, Any], *, url: str | None = None, at: Any = None) -> str | None:
    """The challenge that a receiver would get now."""
    async with house.database.writing(by=ANONYMOUS) as session:
        challenge = await commands.begin_challenge(
            session,
            UUID(made["id"]),
            url=url or RECEIVER,
            at=at or now() - timedelta(seconds=1),
            platform="https://plateforme.example",
        )
    return challenge.text if challenge else None
