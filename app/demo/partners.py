"""The partners of the demo: their HTTP clients, their mailboxes, and the printed lines."""

from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, Final, Self
from uuid import uuid4

import httpx

from app.demo.checks import WAIT, Deviation, expect, ok, until
from app.demo.receiver import WebhookReceiver

REGIONS: Final = {
    "75": ("region", "200053759", "prefet", "000000018"),
    "76": ("region-occitanie", "200053791", "prefet-occitanie", "000000026"),
}
"""By code: the Region's client and SIREN, the State service's client and synthetic SIREN."""
OPERATORS: Final = ("banque-des-territoires", "bpifrance")
NAMES: Final = (
    "delegation",
    "territory",
    "company",
    *OPERATORS,
    "partner",
    *(client for regional in REGIONS.values() for client in (regional[0], regional[2])),
)
LATE: Final = ("-not-known", "pilot-missing")
"""Codes of refusals for the want of an event that has not arrived yet."""

Connect = Callable[[str | None], AbstractAsyncContextManager[Any]]
"""Open an HTTP client, with the token of a demo client or without one."""


@dataclass
class Partners:
    """The partners, each with its client; None is the client without a token. Subscribers have a mailbox."""

    connect: Connect
    receiver: WebhookReceiver | None = None
    write_line: Callable[[str], None] = lambda _: None
    clients: dict[str | None, Any] = field(default_factory=dict)
    _stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def __aenter__(self) -> Self:
        for name in (None, *NAMES):
            self.clients[name] = await self._stack.enter_async_context(self.connect(name))
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._stack.aclose()

    def line(self, line: str) -> None:
        """Print a line of a step."""
        self.write_line(f"    {line}")

    async def get(self, client: str | None, path: str) -> Any:
        """Read as one of the clients, or without a token."""
        return ok(await self.clients[client].get(path))

    async def post(self, client: str, path: str, body: Any = None) -> Any:
        """Send a POST as one of the clients, with an idempotency key."""
        key = {"Idempotency-Key": str(uuid4())}
        return ok(await self.clients[client].post(path, json=body, headers=key))

    async def patch(self, client: str, path: str, body: Any) -> Any:
        """Change a document as it now is."""
        return ok(await self._change(client, "PATCH", path, path, body))

    async def put(self, client: str, path: str, body: Any) -> Any:
        """Replace a part of a document as it now is, such as its circuit."""
        return ok(await self._change(client, "PUT", path, path.rpartition("/")[0], body))

    async def _change(self, client: str, method: str, path: str, document: str, body: Any) -> httpx.Response:
        version = (await self.get(client, document))["version"]
        headers = {"If-Match": f'"{version}"'}
        answer: httpx.Response = await self.clients[client].request(method, path, json=body, headers=headers)
        return answer

    async def accepted(self, client: str, path: str, body: Any) -> Any:
        """Send a POST until the service knows the objects that it names; return the response."""

        async def answer() -> Any:
            answer = await self.clients[client].post(path, json=body)
            return ok(answer) if answer.status_code not in (409, 422) else None

        return await until(answer)

    async def refused(self, client: str, code: str, path: str, body: Any = None, *, method: str = "POST") -> str:
        """Send a request that is refused; print and return why. Wait until the objects that it names are known."""

        async def refusal() -> Any:
            if method == "POST":
                answer = await self.clients[client].post(path, json=body)
            else:
                answer = await self._change(client, method, path, path, body)
            expect(not answer.is_success, f"{method} {path} was not refused: {answer.text}")
            problem = answer.json()
            return problem if not problem["code"].endswith(LATE) or problem["code"] == code else None

        problem = await until(refusal)
        expect(problem["code"] == code, f"{method} {path} was refused for another reason: {problem}")
        self.line(f"  × refused to {client} ({code}): {problem['detail']}")
        return str(problem["detail"])

    async def found(self, client: str, path: str) -> Any:
        """Read a document that may not exist yet; None if so."""
        answer = await self.clients[client].get(path)
        return ok(answer) if answer.status_code != 404 else None

    async def arrives(self, name: str, kind: str, subject: str, *, times: int = 1) -> None:
        """Wait until a subscriber has received an event whose signature verifies."""
        if self.receiver is None:
            return
        mailbox = self.receiver.mailboxes[name]
        try:
            await mailbox.wait_for(lambda box: len(box.events(kind, subject)) >= times, seconds=WAIT)
        except TimeoutError:
            raise Deviation(f"{name} did not receive {kind} of {subject} {times} times") from None
        expect(not mailbox.refused, f"{name} was sent something that does not verify")
        self.line(f"  → {name} receives {kind}{f' ({times} times)' if times > 1 else ''}: its signature verifies")

    async def does_not_receive(self, name: str, kind: str) -> None:
        """Check that a subscriber received nothing. Call it after a concerned subscriber has received the event."""
        if self.receiver is None:
            return
        expect(not self.receiver.mailboxes[name].events(kind), f"{name} received {kind}, which does not concern it")
        self.line(f"  × {name} receives nothing: it is not concerned")


def equal(found: Mapping[str, Any], **expected: Any) -> None:
    """Raise Deviation unless a document has these values."""
    for name, value in expected.items():
        expect(found[name] == value, f"`{name}` is {found[name]!r} instead of {value!r}")


Step = Callable[[], Awaitable[None]]
"""A step of a journey."""
