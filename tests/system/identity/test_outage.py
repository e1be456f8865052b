"""The issuer is away, or its keys are hidden behind those that somebody invents: who has a good token goes on."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import count, cycle, islice
from pathlib import Path

import httpx
import pytest

from deploy.processes import Process
from shared.security.keys import RemoteKeys
from tests.kit.tokens.makers import KEY, bearer, make_claims, make_token
from tests.support.fixtures import completed
from tests.support.waiting import until
from tests.system.identity.load import streaming
from tests.system.identity.provider import REGION, TEAM, Provider, Standing, made_keys

SOON = 0.5
"""Seconds: what takes minutes elsewhere."""


@dataclass
class World:
    """An issuer of this module's own, a platform that renews its keys at once, and tokens that are good for an hour."""

    issuer: Provider
    platform: Process
    tokens: list[str]


@pytest.fixture(scope="module")
def world(loaded: Callable[[Path], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The issuer gives tokens, and is killed; then the platform starts."""
    folder = tmp_path_factory.mktemp("platform")
    loaded(folder)
    with Provider(folder / "issuer.txt") as issuer:
        tokens = completed(given(issuer, 20))
        issuer.kill()
        times = {"TERRITORIES_JWKS_FRESH": str(SOON), "TERRITORIES_JWKS_PAUSE": str(SOON)}
        settings = {"TERRITORIES_DATA_DIR": str(folder), **issuer.settings, **times}
        platform = Process((), settings, folder / "out.txt")
        try:
            platform.start()
            completed(platform.ready())
            yield World(issuer, platform, tokens)
        finally:
            platform.stop()


async def given(issuer: Provider, number: int) -> list[str]:
    """So many tokens, each signed for itself."""
    async with httpx.AsyncClient(timeout=30) as http:
        return [await issuer.token(http, each, "actions:read") for each in islice(cycle((TEAM, REGION)), number)]


def invented(issuer: Provider, number: int) -> str:
    """A token that would be good, were the key that it names one of the issuer's."""
    claims = make_claims(iss=issuer.url, aud=issuer.settings["TERRITORIES_AUDIENCE"])
    return make_token(claims, key=KEY, header={"kid": f"invented-{number}"})


async def test_who_has_a_good_token_is_put_off_or_goes_on_while_the_issuer_is_away(
    world: World, http: httpx.AsyncClient
) -> None:
    issuer, url = world.issuer, world.platform.url
    first, *others = world.tokens

    async def ask(token: str) -> httpx.Response:
        return await http.get(f"{url}/v1/actions", headers=bearer(token))

    async def status_of(token: str) -> int:
        return (await ask(token)).status_code

    # No key is known yet: whether a token is good cannot be said, so nobody is told to throw it away.
    for token in (first, others[0], invented(issuer, 0)):
        answer = await ask(token)
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(RemoteKeys.RETRY))
    assert (await http.get(f"{url}/v1/territories")).status_code == 200
    assert (await http.get(f"{url}/v1/actions")).status_code == 401

    await asyncio.to_thread(issuer.start)
    assert await until(lambda: status_of(first), lambda status: status != 503) == 200

    # It goes again. Its keys are known by now: tokens seen before are taken, and so are those not seen yet.
    issuer.kill()
    failures = await renewals_failed(world.platform)
    while await renewals_failed(world.platform) == failures:
        assert await status_of(first) == 200
    assert {await status_of(token) for token in others} == {200}
    assert await status_of(invented(issuer, 1)) == 401

    # It comes back with other keys: what those of before have signed is good no more.
    issuer.keys = made_keys("second")
    await asyncio.to_thread(issuer.start)
    [new] = await given(issuer, 1)
    await until(lambda: status_of(new), lambda status: status == 200)
    assert {await status_of(token) for token in world.tokens} == {401}


async def renewals_failed(platform: Process) -> int:
    """Return the number of failed requests of the platform for the keys."""
    log = Path(platform.environment["TERRITORIES_DATA_DIR"]) / "log.jsonl"
    return (await asyncio.to_thread(log.read_text)).count("issuer_keys_not_fetched")


def asked_again(then: Standing, now: Standing) -> bool:
    """Twice since then: what was answered first has arrived."""
    return now.fetches >= then.fetches + 2


async def test_invented_keys_hide_no_rotation_and_wear_no_issuer_out(world: World) -> None:
    issuer, url = world.issuer, world.platform.url
    await asyncio.to_thread(issuer.start)
    answers = Counter[int]()

    async def attack() -> None:
        async with httpx.AsyncClient(timeout=30) as http:
            for number in count():
                answer = await http.get(f"{url}/v1/actions", headers=bearer(invented(issuer, number)))
                answers[answer.status_code] += 1

    async with streaming(issuer, url) as load, asyncio.TaskGroup() as group:
        attacking = group.create_task(attack())
        first, began = await issuer.read_standing(), time.monotonic()
        for _ in range(2):
            await until(issuer.read_standing, partial(asked_again, await issuer.publish()))
            await issuer.sign()
            await load.round()
            await issuer.drop()
            await load.round()
        last, ended = await issuer.read_standing(), time.monotonic()
        attacking.cancel()

    assert set(load.statuses) == {200}
    assert set(answers) == {401}
    # At most one for those who invent keys and one for age, each time; and two for the keys that were really new.
    assert last.fetches - first.fetches <= 2 * ((ended - began) / SOON + 1) + 2
