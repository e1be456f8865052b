"""Clients that never stop: each asks for a token, calls with it, and begins again."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import cycle

import httpx
from joserfc import jws

from tests.kit.tokens.makers import bearer
from tests.support.waiting import until
from tests.system.identity.provider import REGION, TEAM, Provider


class Load:
    """Requests of the clients, and their results so far."""

    def __init__(self, issuer: Provider, platform: str) -> None:
        self.statuses: Counter[int] = Counter()
        self.signed_by: set[str] = set()
        self._rounds: Counter[int] = Counter()
        self._issuer = issuer
        self._platform = platform

    async def client(self, number: int, name: str) -> None:
        """One client, for ever."""
        async with httpx.AsyncClient(timeout=30) as http:
            while True:
                token = await self._issuer.token(http, name, "actions:read contracts:read")
                self.signed_by.add(jws.extract_compact(token.encode()).headers()["kid"])
                for path in ("/v1/actions", "/v1/contracts", "/v1/regions", "/v1/actions"):
                    answer = await http.get(f"{self._platform}{path}?limit=1", headers=bearer(token))
                    self.statuses[answer.status_code] += 1
                self._rounds[number] += 1

    async def round(self) -> None:
        """Until each client has called with a token that it was given from now on."""
        before = self._rounds.copy()

        async def rounds() -> int:
            return min(self._rounds[number] - before[number] for number in range(CLIENTS))

        await until(rounds, lambda least: least >= 2)


CLIENTS = 4


@asynccontextmanager
async def streaming(issuer: Provider, platform: str) -> AsyncIterator[Load]:
    """The clients at work until the end of the block: half of them with RS256, half with ES256."""
    load = Load(issuer, platform)
    async with asyncio.TaskGroup() as group:
        names = cycle((TEAM, REGION))
        clients = [group.create_task(load.client(number, next(names))) for number in range(CLIENTS)]
        await load.round()
        yield load
        for client in clients:
            client.cancel()
