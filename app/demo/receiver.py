"""A partner's webhook receiver: verify, answer, apply each event once."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError


@dataclass
class Mailbox:
    """Verified deliveries of one partner, and its applied events."""

    name: str
    secret: str = ""
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    applied: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: int = 0
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def accept(self, body: bytes, headers: dict[str, str]) -> bool:
        """Store a delivery if its signature verifies; return False otherwise."""
        try:
            event = Webhook(self.secret).verify(body, headers)
        except WebhookVerificationError:
            self.refused += 1
            return False
        async with self._news:
            self.deliveries.append(event)
            self.applied.setdefault(event["id"], event)
            self._news.notify_all()
        return True

    async def wait_for(self, wanted: Callable[[Self], Any], *, seconds: float = 30) -> Any:
        """Wait until the condition holds and return its value; raise TimeoutError after `seconds`."""
        async with asyncio.timeout(seconds), self._news:
            await self._news.wait_for(lambda: wanted(self))
        return wanted(self)

    def events(self, kind: str, subject: str | None = None) -> list[dict[str, Any]]:
        """Return the applied events of a kind, such as `ContractSigned`, in order."""
        return [
            event
            for event in self.applied.values()
            if event["type"].split(".")[-2] == kind and subject in (None, event["subject"])
        ]


class WebhookReceiver:
    """A small HTTP server with one mailbox per partner, at the path of its name."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.mailboxes = {name: Mailbox(name) for name in names}
        self._address = ""

    def url(self, name: str) -> str:
        """Return the webhook URL of a partner."""
        return f"{self._address}/{name}"

    async def _consent(self, request: web.Request) -> web.Response:
        """Answer the CloudEvents handshake: allow deliveries of that origin."""
        return web.Response(headers={"WebHook-Allowed-Origin": request.headers["WebHook-Request-Origin"]})

    async def _receive(self, request: web.Request) -> web.Response:
        mailbox = self.mailboxes[request.match_info["name"]]
        accepted = await mailbox.accept(await request.read(), dict(request.headers))
        return web.Response(status=204 if accepted else 401)

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[Self]:
        """Run the server on a free loopback port."""
        app = web.Application()
        app.router.add_route("OPTIONS", "/{name}", self._consent)
        app.router.add_post("/{name}", self._receive)
        runner = web.AppRunner(app)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            host, port = runner.addresses[0]
            self._address = f"http://{host}:{port}"
            yield self
        finally:
            await runner.cleanup()
