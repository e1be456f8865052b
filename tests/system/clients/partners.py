"""Calls of a partner through the generated client: its token, its refusals, and what it waits for."""

import asyncio
import time
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, ParamSpec, TypeVar

import httpx
from territoires_industrie import AuthenticatedClient
from territoires_industrie.api.tokens import issue_token
from territoires_industrie.models import IssueTokenBody, Problem, Token

from app.demo.receiver import WebhookReceiver

NOT_YET: Final = (404, 409, 422)
WAIT: Final = 30.0

Asked = ParamSpec("Asked")
Answer = TypeVar("Answer")
Reply = Awaitable[Answer | Problem | None]


class Refused(Exception):
    """The platform refuses: its problem document says why, and what to do next."""


def ok(answer: Answer | Problem | None) -> Answer:
    """Return the answer; fail on a problem."""
    if answer is None or isinstance(answer, Problem):
        raise Refused(answer)
    return answer


async def soon(ask: Callable[Asked, Reply[Answer]], *what: Asked.args, **more: Asked.kwargs) -> Answer:
    """Ask again until the service knows what is named: news travels from one service to another in a moment."""
    deadline = time.monotonic() + WAIT
    while True:
        answer = await ask(*what, **more)
        if not isinstance(answer, Problem) or answer.status not in NOT_YET or time.monotonic() > deadline:
            return ok(answer)
        await asyncio.sleep(0.05)


async def until(
    holds: Callable[[Answer], bool], ask: Callable[Asked, Reply[Answer]], *what: Asked.args, **more: Asked.kwargs
) -> Answer:
    """Ask again until the answer is as it will be."""
    async with asyncio.timeout(WAIT):
        while True:
            answer = ok(await ask(*what, **more))
            if holds(answer):
                return answer
            await asyncio.sleep(0.05)


async def sign_in(address: str, secrets: Mapping[str, str], name: str) -> AuthenticatedClient:
    """A client with a token of its own, by OAuth 2 client credentials."""
    variable = name.upper().replace("-", "_")
    pair = f"{secrets[f'{variable}_ID']}:{secrets[f'{variable}_SECRET']}"
    async with AuthenticatedClient(address, b64encode(pair.encode()).decode(), prefix="Basic") as itself:
        answer = await issue_token.asyncio(client=itself, body=IssueTokenBody(grant_type="client_credentials"))
    if not isinstance(answer, Token):
        raise Refused(answer)
    return AuthenticatedClient(address, answer.access_token, timeout=httpx.Timeout(WAIT))


@dataclass(frozen=True)
class Partners:
    """The partners, each with its own client, and the mailboxes of the subscribers."""

    clients: Mapping[str, AuthenticatedClient]
    receiver: WebhookReceiver

    def __getitem__(self, name: str) -> AuthenticatedClient:
        return self.clients[name]

    async def hears(self, name: str, kind: str, subject: str, *, times: int = 1) -> str:
        """Wait until a subscriber has the event and its receiver has verified the signature; return the event type."""
        mailbox = self.receiver.mailboxes[name]
        await mailbox.wait_for(lambda box: len(box.events(kind, subject)) >= times, seconds=WAIT)
        print(f"    {name} is told {kind}")
        return str(mailbox.events(kind, subject)[0]["type"])

    def hears_nothing(self, name: str, kind: str) -> None:
        """Require that a subscriber received no event of a kind."""
        assert not self.receiver.mailboxes[name].events(kind), f"{name} received {kind}"
