"""One suite over both adapters: a network is a set of services that may each open a bus."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import AsyncExitStack
from typing import Final, Protocol

import pytest

from deploy.servers import RabbitMQ
from shared.bus import Bus, BusUnavailable, Message
from shared.bus.factory import connect
from shared.events import PREFIX
from tests.kit.bus.vhost import Vhost
from tests.support import vhosts
from tests.support.waiting import PATIENCE

DESIGNATED: Final = f"{PREFIX}territory.TerritoryDesignated.v1"
SIGNED: Final = f"{PREFIX}contract.ContractSigned.v1"
UNHEARD: Final = f"{PREFIX}territory.FigureDeclared.v1"
LISTENERS: Final = {"territory": (), "contract": (DESIGNATED,), "catalog": (DESIGNATED, SIGNED)}


class Network(Protocol):
    """The bus between the services of a test."""

    async def bus(self, service: str) -> Bus:
        """A service's own way onto the network, open until the test ends."""


class InProcess:
    """All services share one bus."""

    def __init__(self, stack: AsyncExitStack) -> None:
        self._bus = connect("memory:")
        self._stack = stack

    async def bus(self, service: str) -> Bus:
        await self._bus.start()
        self._stack.push_async_callback(self._bus.close)
        return self._bus


class OnBroker:
    """Each service has a connection and an account of its own, on a virtual host of the test's own."""

    def __init__(self, stack: AsyncExitStack, vhost: Vhost) -> None:
        self.vhost = vhost
        self._stack = stack

    async def bus(self, service: str) -> Bus:
        bus = connect(self.vhost.url(service))
        await bus.start()
        self._stack.push_async_callback(bus.close)
        return bus


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    """Resources that end with the test."""
    async with AsyncExitStack() as stack:
        yield stack


@pytest.fixture
def vhost(rabbitmq: RabbitMQ) -> Vhost:
    """The topology of LISTENERS, on a virtual host of its own."""
    return Vhost(rabbitmq, vhosts.unused(rabbitmq, LISTENERS))


@pytest.fixture
async def on_broker(stack: AsyncExitStack, vhost: Vhost) -> OnBroker:
    """A network on RabbitMQ."""
    return OnBroker(stack, vhost)


@pytest.fixture(params=["memory", "rabbitmq"])
async def network(request: pytest.FixtureRequest, stack: AsyncExitStack) -> Network:
    """The same network, in one process and on RabbitMQ."""
    if request.param == "memory":
        return InProcess(stack)
    return OnBroker(stack, request.getfixturevalue("vhost"))


class Inbox:
    """Messages that a listener has taken, in the order of its commits."""

    def __init__(self, *, failures: int = 0, slowness: float = 0) -> None:
        self.batches: list[list[Message]] = []
        self.failures = failures
        self.slowness = slowness
        self.busy = False

    @property
    def taken(self) -> list[Message]:
        return [message for batch in self.batches for message in batch]

    async def receive(self, messages: Sequence[Message]) -> None:
        """Take a batch, or fail as a database does that is away."""
        assert not self.busy, "one batch at a time"
        self.busy = True
        try:
            await asyncio.sleep(self.slowness)
            if self.failures:
                self.failures -= 1
                raise OSError("the database is away")
            self.batches.append(list(messages))
        finally:
            self.busy = False


def make_messages(count: int, event_type: str = DESIGNATED, *, subjects: int = 7, start: int = 0) -> list[Message]:
    """Facts about a few objects in turn, numbered."""
    return [
        Message(f"event-{number}", event_type, f"territory/{number % subjects}", f'{{"n": {number}, "où": "Gâtine"}}')
        for number in range(start, start + count)
    ]


async def publish_all(bus: Bus, messages: Iterable[Message]) -> None:
    """Publish as a relay does: what the bus did not take is tried again, and holds what follows."""
    waiting = list(messages)
    while waiting:
        outcomes = await bus.publish(waiting)
        waiting = [message for message, outcome in zip(waiting, outcomes, strict=True) if outcome is not None]
        assert all(outcome is None or isinstance(outcome, BusUnavailable) for outcome in outcomes)
        if waiting:
            await asyncio.sleep(0.02)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for something to become true."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110 - what is watched knows nothing of events
            await asyncio.sleep(0.01)
