"""Keys change while requests stream in, and no request fails. Over real HTTP, the clock moved by hand."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
import time_machine
from fastapi import FastAPI
from joserfc import jws

from app.demo_clients import CLIENTS
from shared.issuer.keys import LEAD, LIFETIME, MARGIN, SigningKeys
from shared.issuer.routes import ISSUER, Issuer, router
from shared.security.keys import RemoteKeys
from shared.security.tokens import Verifier
from shared.settings import Settings
from tests.kit.tokens.makers import bearer, make_app
from tests.support.serving import address, listening, served

NOON = datetime(2026, 3, 5, 12, tzinfo=UTC)
STEP = 300


class World:
    """An issuer and two services behind real servers, and clients that never stop asking."""

    def __init__(self, issuer: Issuer, http: httpx.AsyncClient, urls: list[str], secret: str) -> None:
        self.issuer = issuer
        self.statuses: Counter[int] = Counter()
        self.signed_by: set[str] = set()
        self._http = http
        self._issuer_url, *self._services = urls
        self._auth = ("region", secret)
        self._done = False

    async def _client(self) -> None:
        while not self._done:
            answer = await self._http.post(
                f"{self._issuer_url}/oauth/token", data={"grant_type": "client_credentials"}, auth=self._auth
            )
            self.statuses[answer.status_code] += 1
            token = answer.json()["access_token"]
            self.signed_by.add(jws.extract_compact(token.encode()).headers()["kid"])
            for url in self._services * 2:
                self.statuses[(await self._http.get(f"{url}/closed", headers=bearer(token))).status_code] += 1

    @asynccontextmanager
    async def streaming(self) -> AsyncIterator[None]:
        clients = [asyncio.create_task(self._client()) for _ in range(4)]
        yield
        self._done = True
        await asyncio.gather(*clients)

    async def more(self, *, signed_by: str | None = None) -> None:
        """Until the clients have come round again, and the key named has signed one of their tokens."""
        enough = self.statuses.total() + 4 * 5
        while self.statuses.total() < enough or (signed_by and signed_by not in self.signed_by):  # noqa: ASYNC110
            await asyncio.sleep(0.005)


@asynccontextmanager
async def world(folder: Path) -> AsyncIterator[World]:
    sockets = [listening() for _ in range(3)]
    urls = [address(one) for one in sockets]
    settings = Settings(data_dir=folder, issuer_url=urls[0])
    issuer_app = FastAPI()
    issuer = Issuer(settings, CLIENTS)
    ISSUER.set(issuer_app, issuer)
    issuer_app.include_router(router)
    secrets = dict(line.split("=", 1) for line in (folder / "clients.env").read_text().splitlines())
    async with httpx.AsyncClient() as http:
        # One service hears of keys over HTTP; its clock is the one that is moved. The other is in the issuer's process.
        remote = RemoteKeys(http, settings, clock=time.time)
        services = [make_app(Verifier(settings, keys)) for keys in (remote, issuer.keys)]
        async with served(issuer_app, sockets[0]), served(services[0], sockets[1]), served(services[1], sockets[2]):
            yield World(issuer, http, urls, secrets["REGION_SECRET"])
        await remote.close()


async def test_no_request_fails_while_keys_rotate(tmp_path: Path) -> None:
    with time_machine.travel(NOON) as clock:
        async with world(tmp_path / "data") as here, here.streaming():
            await here.more()
            old = here.issuer.keys.signer().kid
            new = SigningKeys(tmp_path / "data/issuer").rotate()  # as another process does it

            assert [key["kid"] for key in here.issuer.keys.jwks()["keys"]] == [old, new]
            for _ in range((LEAD + LIFETIME + MARGIN) // STEP):
                clock.shift(STEP)
                await here.more()

            assert [key["kid"] for key in here.issuer.keys.jwks()["keys"]] == [new]
    assert here.signed_by == {old, new}
    assert set(here.statuses) == {200}


async def test_a_rotation_at_once_is_followed_by_those_who_meet_the_new_key(tmp_path: Path) -> None:
    with time_machine.travel(NOON) as clock:
        async with world(tmp_path / "data") as here, here.streaming():
            await here.more()
            for _ in range(5):
                clock.shift(1)
                await here.more(signed_by=here.issuer.keys.rotate(lead=0))

    assert len(here.signed_by) == 6
    assert set(here.statuses) == {200}


def test_a_key_signs_when_its_time_has_come_and_stays_until_its_last_token_has_expired(tmp_path: Path) -> None:
    with time_machine.travel(NOON, tick=False) as clock:
        keys = SigningKeys(tmp_path)
        old = keys.signer().kid
        new = keys.rotate()
        seen = []
        for seconds in (0, LEAD - 1, LEAD, LEAD + LIFETIME + MARGIN - 1, LEAD + LIFETIME + MARGIN):
            clock.move_to(NOON.timestamp() + seconds)
            published = [key["kid"] for key in keys.jwks()["keys"]]
            seen.append((keys.signer().kid == new, published == [old, new]))
        last = keys.rotate()

    assert seen == [(False, True), (False, True), (True, True), (True, True), (True, False)]
    assert [key.key.kid for key in SigningKeys(tmp_path)._read()] == [new, last]


def test_every_verifier_renews_its_keys_before_a_new_one_signs() -> None:
    assert Settings().jwks_fresh + Settings().jwks_pause < LEAD


async def test_two_processes_that_start_together_share_one_key(tmp_path: Path) -> None:
    kids = await asyncio.gather(*(asyncio.to_thread(lambda: SigningKeys(tmp_path).signer().kid) for _ in range(8)))

    assert len(set(kids)) == 1


async def test_keys_removed_from_the_disk_are_withdrawn_at_once(tmp_path: Path) -> None:
    """The way out when a key has leaked."""
    keys = SigningKeys(tmp_path)
    leaked = str(keys.signer().kid)

    (tmp_path / "keys.json").unlink()

    assert await keys.find(leaked) is None
    assert keys.signer().kid != leaked


@pytest.mark.parametrize("lead", [0, LEAD])
def test_hasty_rotations_leave_one_key_that_signs(tmp_path: Path, lead: int) -> None:
    keys = SigningKeys(tmp_path)
    first = keys.signer().kid

    made = [keys.rotate(lead=lead) for _ in range(3)]

    assert keys.signer().kid == (made[-1] if lead == 0 else first)
    assert len(keys.jwks()["keys"]) == 4
