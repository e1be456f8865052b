"""The bus on RabbitMQ: confirmed publication to one exchange, one queue per listening service.

It declares nothing: `shared/bus/topology.py` generates the broker's definitions. It reconnects by itself, on plain
connections: aio-pika's robust ones make a publication wait without a time limit while the broker is away. Publishing
and consuming use separate connections, because a broker short of memory or disk stops reading from a connection that
publishes, and would not read the acknowledgements that empty its queues.
"""

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any, Final, cast
from uuid import UUID

from aio_pika import DeliveryMode
from aio_pika.abc import AbstractChannel
from aio_pika.connection import Connection, make_url
from aio_pika.exceptions import CONNECTION_EXCEPTIONS, PublishError
from aiormq import Channel
from aiormq.abc import AbstractChannel as RawChannel
from aiormq.abc import DeliveredMessage
from pamqp.commands import Basic

from shared.bus import BusUnavailable, Message, PublishOutcome, Receive, Unroutable
from shared.bus.topology import EXCHANGE, queue_of
from shared.cancelling import cancellable, cancelled
from shared.events import PREFIX, routing_key
from shared.pacing import Pace
from shared.telemetry.error_names import error_name, error_text, without_secrets
from shared.telemetry.log import log

PREFETCH: Final = 100
"""Maximum unacknowledged messages, and so the maximum batch of one `receive`."""
HEARTBEAT: Final = 10
TIMEOUT: Final = 10.0
"""Seconds to connect, to open a channel, to have a batch confirmed, to finish a batch when leaving."""
LONGEST_PAUSE: Final = 5.0
AWAY: Final = (BusUnavailable, *CONNECTION_EXCEPTIONS, TimeoutError)

# aiormq logs each failed connection attempt as an error; `_Link` logs the outage once.
logging.getLogger("aiormq").setLevel(logging.CRITICAL)


class RabbitBus:
    """A bus on RabbitMQ. The URL holds the account of the service that publishes and listens."""

    def __init__(self, url: str, *, timeout: float = TIMEOUT) -> None:
        self._timeout = timeout
        self._sending = _Link(url, timeout)
        self._receiving = _Link(url, timeout)
        self._channel: AbstractChannel | None = None
        self._opening = asyncio.Lock()
        self._subscriptions: list[_Subscription] = []
        self._started = False

    async def start(self) -> None:
        """Start connecting; return after the first attempt, successful or not."""
        await asyncio.gather(self._sending.start(), self._receiving.start())
        self._started = True
        for subscription in self._subscriptions:
            subscription.start()

    async def close(self) -> None:
        """Finish the current batches, then disconnect."""
        await asyncio.gather(*(each.close() for each in self._subscriptions))
        await asyncio.gather(self._sending.close(), self._receiving.close())

    async def publish(self, messages: Sequence[Message]) -> Sequence[PublishOutcome]:
        """Publish in order on one channel, then wait for all confirms together."""
        if not messages:
            return []
        try:
            channel = await self._publisher()
        except AWAY as error:
            return [BusUnavailable(f"The broker is unreachable: {error_name(error)}")] * len(messages)
        # Each id once: if two messages in flight share an id, aio-pika fails the second, whichever was returned. Tasks
        # start in this order and the channel serialises writes, so messages leave in this order.
        distinct = {message.event_id: message for message in messages}
        sent = {event_id: asyncio.create_task(_send(channel, message)) for event_id, message in distinct.items()}
        try:
            await asyncio.wait(sent.values(), timeout=self._timeout)
        finally:
            for task in sent.values():
                task.cancel()
            answers = await asyncio.gather(*sent.values(), return_exceptions=True)
        outcomes = dict(zip(sent, map(_outcome, answers), strict=True))
        return [outcomes[message.event_id] for message in messages]

    async def _publisher(self) -> Channel:
        """Return an open channel; the broker closes a channel to refuse a request."""
        async with self._opening:
            if self._channel is None or self._channel.is_closed:
                # Without on_return_raises an unroutable message is reported as delivered.
                self._channel = await self._sending.open_channel(on_return_raises=True)
            # aio-pika's own `publish` adds a layer for each message, and waits until each has left.
            return cast(Channel, await self._channel.get_underlay_channel())

    async def listen(self, service: str, types: Collection[str], receive: Receive) -> None:
        """Consume the service's queue. The broker's bindings decide what arrives, not `types`."""
        subscription = _Subscription(self._receiving, queue_of(service), receive)
        self._subscriptions.append(subscription)
        if self._started:
            subscription.start()

    async def missing(self) -> list[str]:
        """Check each name at the broker, without declaring it."""
        absent = [] if await self._sending.knows(EXCHANGE, exchange=True) else [EXCHANGE]
        queues = [subscription.queue for subscription in self._subscriptions]
        return absent + [queue for queue in queues if not await self._receiving.knows(queue)]


class _Link:
    """A connection to the broker that reconnects when it is lost."""

    def __init__(self, url: str, timeout: float) -> None:
        self._url = make_url(url)
        if "heartbeat" not in self._url.query:
            self._url = self._url.update_query(heartbeat=HEARTBEAT)
        self._timeout = timeout
        self._connection: Connection | None = None
        self._attempted = asyncio.Event()
        self._up = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._keeper = asyncio.create_task(self._keep())
        await self._attempted.wait()

    async def close(self) -> None:
        if self._keeper is not None:
            await _end(self._keeper)

    async def up(self) -> None:
        """Wait until the broker is connected."""
        await self._up.wait()

    async def _keep(self) -> None:
        pauses, logged = _pauses(), ""
        while True:
            connection = Connection(self._url)
            try:
                async with cancellable():
                    await self._hold(connection)
                pauses, logged = _pauses(), ""
            except Exception as error:
                # Log once per reason, not per attempt.
                if logged != (logged := error_name(error)):
                    log.warning("broker away", broker=without_secrets(str(self._url)), error=logged)
            finally:
                self._attempted.set()
                # Close a lost connection too: aio-pika would close it later, in a task that is never awaited.
                with suppress(*AWAY):
                    async with _within(self._timeout):
                        await connection.close()
            await asyncio.sleep(next(pauses))

    async def _hold(self, connection: Connection) -> None:
        """Connect, and return when the connection is lost."""
        lost = asyncio.Event()
        # Not connection.closed(): it waits for our own close() only.
        connection.close_callbacks.add(lambda *_: lost.set())
        async with _within(self._timeout):
            await connection.connect()
        self._connection = connection
        self._up.set()
        self._attempted.set()
        try:
            await lost.wait()
            log.warning("broker lost", broker=str(connection))
        finally:
            self._connection = None
            self._up.clear()

    async def open_channel(self, **options: Any) -> AbstractChannel:
        """Open a channel; raise one of AWAY."""
        if self._connection is None:
            raise BusUnavailable("not connected")
        async with _within(self._timeout):
            return await self._connection.channel(**options)

    async def knows(self, name: str, *, exchange: bool = False) -> bool:
        """True if the broker is connected and has this queue or exchange."""
        try:
            # On a separate channel: the broker closes it if the name is missing.
            async with await self.open_channel() as channel, _within(self._timeout):
                await (channel.get_exchange(name) if exchange else channel.get_queue(name))
        except AWAY:
            return False
        return True


class _Subscription:
    """Consume one queue on its own channel, until closed."""

    def __init__(self, link: _Link, queue: str, receive: Receive) -> None:
        self.queue = queue
        self._link = link
        self._receive = receive
        self._busy = asyncio.Lock()
        self._consumer: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._consumer = asyncio.create_task(self._consume())

    async def close(self) -> None:
        """Let the current batch be stored; a batch that cannot be stored stays in the queue."""
        if self._consumer is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(TIMEOUT), self._busy:
                    self._consumer.cancel()
            await _end(self._consumer)

    async def _consume(self) -> None:
        pauses, pace = _pauses(), Pace()
        while True:
            await self._link.up()
            try:
                async with (
                    cancellable(),
                    _within(None),
                    await self._link.open_channel(publisher_confirms=False) as opened,
                ):
                    channel = await opened.get_underlay_channel()
                    deliveries = await self._subscribe(channel)
                    pauses = _pauses()
                    while batch := await _arrived(deliveries, pace):
                        await self._take(channel, batch)
                        pace.done()
            except Exception as error:
                log.warning("queue not consumed", queue=self.queue, error=error_name(error))
            await asyncio.sleep(next(pauses))

    async def _subscribe(self, channel: RawChannel) -> "asyncio.Queue[DeliveredMessage | None]":
        """Start to consume; the queue ends with None when the channel delivers no more."""
        deliveries: asyncio.Queue[DeliveredMessage | None] = asyncio.Queue()
        channel.closing.add_done_callback(lambda _: deliveries.put_nowait(None))
        # The queue was deleted or lost its leader: the channel stays open, without deliveries.
        channel.on_consumer_cancel_callbacks.add(lambda _: deliveries.put_nowait(None))

        async def arrived(delivered: DeliveredMessage) -> None:
            deliveries.put_nowait(delivered)

        async with _within(TIMEOUT):
            await channel.basic_qos(prefetch_count=PREFETCH)
            # Raw deliveries: aio-pika's messages cost two more tasks each.
            await channel.basic_consume(self.queue, arrived)
        return deliveries

    async def _take(self, channel: RawChannel, batch: Sequence[DeliveredMessage]) -> None:
        """Store the batch, retry until it succeeds, then acknowledge it."""
        messages = [_read(delivered) for delivered in batch]
        last = batch[-1].delivery_tag
        pauses = _pauses()
        # Never requeue: a requeued message would come back behind later ones.
        while not channel.is_closed and last is not None:
            async with self._busy:
                try:
                    await self._receive(messages)
                except Exception as error:
                    log.warning("messages not stored", queue=self.queue, count=len(batch), error=error_text(error))
                else:
                    async with _within(TIMEOUT):
                        await channel.basic_ack(last, multiple=True)
                    return
            await asyncio.sleep(next(pauses))


async def _arrived(deliveries: "asyncio.Queue[DeliveredMessage | None]", pace: Pace) -> list[DeliveredMessage]:
    """Return all deliveries at hand, at least one; none if the channel has ended and will redeliver them."""
    found = [await deliveries.get()]
    await pace.wait()
    while not deliveries.empty():
        found.append(deliveries.get_nowait())
    batch = [each for each in found if each is not None]
    return batch if len(batch) == len(found) else []


async def _send(channel: Channel, message: Message) -> None:
    properties = Basic.Properties(
        message_id=message.event_id,
        message_type=message.type,
        headers={"subject": message.subject},
        content_type="application/cloudevents+json",
        delivery_mode=DeliveryMode.PERSISTENT,
    )
    try:
        await channel.basic_publish(
            message.body.encode(),
            exchange=EXCHANGE,
            routing_key=routing_key(message.type),
            properties=properties,
            mandatory=True,
            # The next ones need not wait until it has left. The confirmation is awaited all the same.
            wait=False,
        )
    except PublishError as returned:
        raise Unroutable(f"No queue takes {message.type}.") from returned


def _outcome(answer: BaseException | None) -> PublishOutcome:
    """Convert the result of a publication; a cancelled one was not confirmed in time."""
    if answer is None or isinstance(answer, Unroutable):
        return answer
    return BusUnavailable(f"The broker did not confirm: {error_name(answer)}")


def _read(delivered: DeliveredMessage) -> Message:
    """The event in a delivery. Anything that a queue can hold becomes a message that a database can store."""
    properties = delivered.header.properties
    key = delivered.routing_key or ""
    # The broker has checked the routing key against the sender's account, and nothing else.
    said = properties.message_type or ""
    event_type = said if routing_key(said) == key else PREFIX + key
    identity = properties.message_id or str(UUID(bytes=hashlib.sha256(delivered.body).digest()[:16]))
    subject = (properties.headers or {}).get("subject", "")
    return Message(*(_text(part) for part in (identity, event_type, subject, delivered.body)))


def _text(value: object) -> str:
    """Text without the one character that PostgreSQL does not store."""
    text = value.decode(errors="replace") if isinstance(value, bytes) else str(value)
    return text.replace("\0", "\N{REPLACEMENT CHARACTER}")


@asynccontextmanager
async def _within(seconds: float | None) -> AsyncIterator[None]:
    """Bound what is asked of the broker, which under an alarm answers nothing at all."""
    try:
        async with asyncio.timeout(seconds):
            yield
    except asyncio.CancelledError as error:
        if cancelled():
            raise
        # The client's way to say that the connection went; not a cancellation of the task that asked.
        raise BusUnavailable("connection lost") from error


async def _end(task: "asyncio.Task[None]") -> None:
    """Cancel a task, and wait until it has gone."""
    task.cancel()
    await asyncio.wait([task])


def _pauses() -> Iterator[float]:
    """Seconds between tries: soon at first, then at a steady pace."""
    pause = 0.1
    while True:
        yield pause
        pause = min(pause * 2, LONGEST_PAUSE)
