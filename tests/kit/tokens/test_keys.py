"""The keys of an issuer at an address: found, renewed, and served on while the issuer is away. Over real HTTP."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any, Final

import httpx
import pytest
from fastapi import FastAPI, HTTPException
from joserfc.jwk import ECKey, OctKey, RSAKey

from shared.problem import Unauthorized, Unavailable
from shared.security.keys import RemoteKeys, public_keys
from shared.security.request_state import VERIFIER
from shared.security.tokens import Verifier, verifier
from tests.kit.tokens.makers import (
    EC_KEY,
    KEY,
    bearer,
    in_process,
    make_app,
    make_claims,
    make_settings,
    make_token,
)
from tests.support.serving import address, listening, served
from tests.support.waiting import PATIENCE

FRESH: Final[float] = make_settings().jwks_fresh


class OtherIssuer:
    """An issuer that is not ours: its own addresses and claim names; it can be slow, away, or talk nonsense."""

    def __init__(self) -> None:
        self.socket = listening()
        self.url = address(self.socket)
        self.keys: list[Any] = [KEY]
        self.fetches = 0
        self.away = False
        self.slowness = 0.0
        self.answering = False
        self.document: Any = {"issuer": self.url, "jwks_uri": f"{self.url}/certs"}
        self.app = FastAPI()
        self.app.add_api_route("/.well-known/openid-configuration", self.discover)
        self.app.add_api_route("/certs", self.certs)

    async def discover(self) -> Any:
        self.fetches += 1
        if self.away:
            raise HTTPException(503)
        return self.document

    async def certs(self) -> Any:
        published = [key.as_dict(private=False) for key in self.keys]
        self.answering = True
        await asyncio.sleep(self.slowness)
        return {"keys": published}


class Clock:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
async def issuer() -> AsyncIterator[OtherIssuer]:
    issuer = OtherIssuer()
    async with served(issuer.app, issuer.socket):
        yield issuer


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def keys(issuer: OtherIssuer, clock: Clock) -> AsyncIterator[RemoteKeys]:
    async with httpx.AsyncClient() as http:
        keys = RemoteKeys(http, make_settings(issuer_url=issuer.url), clock=clock)
        yield keys
        await keys.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        while not true():  # noqa: ASYNC110 - what is waited for happens behind a server
            await asyncio.sleep(0.01)


async def test_another_issuer_is_accepted_by_settings(issuer: OtherIssuer) -> None:
    settings = make_settings(
        issuer_url=issuer.url, audience="api://ti", claim_org="siren", claim_role="profil", claim_regions="insee"
    )
    claims = make_claims(iss=issuer.url, aud=["api://ti"], azp="tool", client_id=None, org=None, role=None)
    token = make_token({**claims, "siren": "200053759", "profil": "region", "insee": ["75"]})
    app = make_app(None)  # type: ignore[arg-type]
    async with AsyncExitStack() as stack:
        VERIFIER.set(app, await stack.enter_async_context(verifier(settings)))
        service = await stack.enter_async_context(in_process(app))

        accepted = await service.get("/closed", headers=bearer(token))
        refused = await service.get("/closed", headers=bearer(make_token()))

    assert (accepted.status_code, accepted.json()) == (200, {"client_id": "tool"})
    assert refused.status_code == 401


async def test_the_address_of_the_keys_may_be_a_setting(issuer: OtherIssuer, clock: Clock) -> None:
    async with httpx.AsyncClient() as http:
        keys = RemoteKeys(http, make_settings(issuer_url=issuer.url, jwks_url=f"{issuer.url}/certs"), clock=clock)

        assert await keys.find("k1")
        assert issuer.fetches == 0


async def test_unknown_keys_cause_one_fetch_a_minute(issuer: OtherIssuer, keys: RemoteKeys, clock: Clock) -> None:
    await keys.find("k1")
    for _ in range(20):
        assert await keys.find("unknown") is None
    assert issuer.fetches == 1

    clock.now += 61
    for number in range(20):
        assert await keys.find(f"unknown{number}") is None
    assert issuer.fetches == 2


async def test_a_new_key_is_found_by_its_first_token(issuer: OtherIssuer, keys: RemoteKeys, clock: Clock) -> None:
    """However soon after the last: what was looked for and found is no reason to wait."""
    await keys.find("k1")
    for name in ("e1", "e2", "e3"):
        issuer.keys = [KEY, ECKey.generate_key("P-256", {"kid": name})]
        clock.now += 1

        assert await keys.find(name)
        assert await keys.find("k1")
    assert issuer.fetches == 4


async def test_invented_keys_do_not_hide_one_published_a_minute_before_it_signs(
    issuer: OtherIssuer, keys: RemoteKeys, clock: Clock
) -> None:
    await keys.find("k1")
    for second in range(600):
        clock.now += 1
        await keys.find(f"invented{second}")
        if second == 300:
            issuer.keys.append(EC_KEY)
        if second >= 360:
            assert await keys.find("e1")
    assert issuer.fetches == 11


async def test_a_key_published_during_a_fetch_is_found_by_the_next(
    issuer: OtherIssuer, keys: RemoteKeys, clock: Clock
) -> None:
    await keys.find("k1")
    issuer.slowness, issuer.answering = 0.2, False
    clock.now += FRESH
    await keys.find("k1")
    await until(lambda: issuer.answering)
    issuer.keys.append(EC_KEY)
    clock.now += 1

    assert await keys.find("e1")
    assert issuer.fetches == 3


async def test_a_failed_fetch_is_no_reason_to_wait_a_minute(
    issuer: OtherIssuer, keys: RemoteKeys, clock: Clock
) -> None:
    await keys.find("k1")
    issuer.away = True
    clock.now += 1
    assert await keys.find("e1") is None

    issuer.away = False
    issuer.keys.append(EC_KEY)
    clock.now += 4
    assert await keys.find("e1") is None
    clock.now += 1
    assert await keys.find("e1")
    assert issuer.fetches == 3


async def test_an_issuer_that_never_ends_its_answer_is_away(
    issuer: OtherIssuer, keys: RemoteKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(RemoteKeys, "PATIENCE", 0.05)
    issuer.slowness = 0.5

    with pytest.raises(Unavailable):
        await keys.find("k1")


async def test_tokens_that_are_not_for_us_cause_no_fetch(issuer: OtherIssuer, keys: RemoteKeys) -> None:
    service = Verifier(make_settings(issuer_url=issuer.url), keys)
    refused: list[dict[str, Any]] = [{"iss": "https://other.example"}, {"aud": "others"}, {"exp": 1}]
    for changes in refused:
        with pytest.raises(Unauthorized):
            await service.verify(make_token(**{"iss": issuer.url, **changes}))

    assert issuer.fetches == 0


async def test_many_who_wait_share_one_fetch(issuer: OtherIssuer, keys: RemoteKeys) -> None:
    issuer.slowness = 0.2

    found = await asyncio.gather(*(keys.find("k1") for _ in range(50)))

    assert all(found)
    assert issuer.fetches == 1


async def test_many_unknown_keys_at_once_share_one_fetch(issuer: OtherIssuer) -> None:
    async with httpx.AsyncClient() as http:
        keys = RemoteKeys(http, make_settings(issuer_url=issuer.url))
        await keys.find("k1")
        issuer.slowness = 0.2
        found = await asyncio.gather(*(keys.find(f"unknown{number}") for number in range(50)))

    assert not any(found)
    assert issuer.fetches == 2


async def test_one_who_gives_up_does_not_stop_the_others(issuer: OtherIssuer, keys: RemoteKeys) -> None:
    issuer.slowness = 0.2
    first, second = asyncio.create_task(keys.find("k1")), asyncio.create_task(keys.find("k1"))
    await asyncio.sleep(0.05)

    first.cancel()

    assert await second
    assert issuer.fetches == 1


async def test_keys_are_renewed_by_age_without_waiting(issuer: OtherIssuer, keys: RemoteKeys, clock: Clock) -> None:
    await keys.find("k1")
    issuer.slowness = 0.2
    issuer.keys = [EC_KEY]
    clock.now += FRESH

    assert await asyncio.wait_for(keys.find("k1"), 0.1)
    await until(lambda: "e1" in keys._keys)
    assert await keys.find("k1") is None
    assert issuer.fetches == 2


async def test_an_outage_of_the_issuer_stops_nobody(issuer: OtherIssuer, keys: RemoteKeys, clock: Clock) -> None:
    service = Verifier(make_settings(issuer_url=issuer.url), keys)
    await service.verify(make_token(iss=issuer.url))
    issuer.away = True

    for hour in range(24):
        clock.now += 3600
        await service.verify(make_token(iss=issuer.url, jti=str(hour)))
        await until(lambda: keys._fetching is not None and keys._fetching.done())
        with pytest.raises(Unauthorized):
            await service.verify(make_token(iss=issuer.url, header={"kid": "unknown"}))

    issuer.away = False
    issuer.keys.append(EC_KEY)
    clock.now += 61
    await service.verify(make_token(iss=issuer.url, key=EC_KEY))


async def test_without_any_key_a_token_is_not_refused_but_put_off(
    issuer: OtherIssuer, keys: RemoteKeys, clock: Clock
) -> None:
    issuer.away = True
    async with in_process(make_app(Verifier(make_settings(issuer_url=issuer.url), keys))) as service:
        for _ in range(5):
            response = await service.get("/closed", headers=bearer(make_token(iss=issuer.url)))
            assert (response.status_code, response.headers["retry-after"]) == (503, "5")
        assert issuer.fetches == 1

        issuer.away = False
        clock.now += 5
        response = await service.get("/closed", headers=bearer(make_token(iss=issuer.url)))
        assert response.status_code == 200


@pytest.mark.parametrize("document", [[], "text", {}, {"issuer": None}], ids=repr)
async def test_an_issuer_that_talks_nonsense_is_away(issuer: OtherIssuer, keys: RemoteKeys, document: Any) -> None:
    issuer.document = document

    with pytest.raises(Unavailable):
        await keys.find("k1")


async def test_an_address_that_describes_another_issuer_is_not_believed(issuer: OtherIssuer, keys: RemoteKeys) -> None:
    issuer.document["issuer"] = "https://other.example"

    with pytest.raises(Unavailable):
        await keys.find("k1")


async def test_an_issuer_that_publishes_no_key_takes_none_away(
    issuer: OtherIssuer, keys: RemoteKeys, clock: Clock
) -> None:
    await keys.find("k1")
    issuer.keys = []
    clock.now += 61

    assert await keys.find("unknown") is None
    assert await keys.find("k1")
    assert issuer.fetches == 2


def test_only_keys_that_may_verify_tokens_are_imported() -> None:
    good = KEY.as_dict(private=False)
    jwks = {
        "keys": [
            good,
            OctKey.generate_key(256, {"kid": "symmetric", "use": "sig"}).as_dict(private=True),
            RSAKey.generate_key(2048, {"kid": "encryption", "use": "enc"}).as_dict(private=False),
            {**good, "kid": "weak", "n": good["n"][:170]},
            {**good, "kid": None},
            {**good, "kid": "broken", "n": "?" * 400},
            {"kty": "EC", "kid": "no curve"},
            {**EC_KEY.as_dict(private=False), "kid": "off the curve", "x": EC_KEY.as_dict(private=False)["y"]},
            {"kty": "AKP", "kid": "post-quantum"},
            "nonsense",
            ECKey.generate_key("P-384", {"kid": "another curve"}).as_dict(private=False),
        ]
    }

    assert set(public_keys(jwks)) == {"k1", "another curve"}
