"""Failures that only a broker has: go away, freeze, refuse memory, lose a queue, hand out foreign messages."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from unittest.mock import Mock

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel
from aiormq import spec
from aiormq.abc import DeliveredMessage
from pamqp.header import ContentHeader

from deploy.servers import RabbitMQ
from shared.bus import Bus, BusUnavailable, Message
from shared.bus.factory import connect
from shared.bus.rabbitmq import TIMEOUT, RabbitBus, _read
from shared.bus.topology import EXCHANGE
from shared.events import routing_key
from tests.kit.bus.conftest import DESIGNATED, LISTENERS, SIGNED, Inbox, OnBroker, make_messages, publish_all, until
from tests.kit.bus.vhost import Vhost
from tests.support.waiting import PATIENCE


async def available(bus: Bus) -> None:
    """Wait until everything that a bus needs is there."""
    async with asyncio.timeout(PATIENCE):
        while await bus.missing():  # noqa: ASYNC110 - the broker does not tell
            await asyncio.sleep(0.05)


@asynccontextmanager
async def client(vhost: Vhost, service: str) -> AsyncIterator[AbstractChannel]:
    """A channel for what the bus never does."""
    async with await aio_pika.connect(vhost.url(service)) as connection, connection.channel() as channel:
        yield channel


async def left(vhost: Vhost) -> int:
    """Return the number of waiting messages; a message that a consumer left unacknowledged waits again."""
    async with client(vhost, "contract") as channel:
        return (await channel.get_queue("ti.contract")).declaration_result.message_count or 0


async def test_a_killed_broker_loses_nothing_that_it_confirmed(on_broker: OnBroker, rabbitmq: RabbitMQ) -> None:
    inbox = Inbox(slowness=0.01)
    listening = await on_broker.bus("contract")
    await listening.listen("contract", [DESIGNATED], inbox.receive)
    await (await on_broker.bus("catalog")).listen("catalog", [DESIGNATED], Inbox().receive)
    bus = await on_broker.bus("territory")
    messages = make_messages(600)
    await publish_all(bus, messages[:200])

    interrupted = asyncio.create_task(publish_all(bus, messages[200:500]))
    await asyncio.sleep(0.05)
    await asyncio.to_thread(rabbitmq.kill)
    before = time.monotonic()
    outcome = (await bus.publish(messages[500:501]))[0]
    waited = time.monotonic() - before
    late = await on_broker.bus("territory")
    missing = await listening.missing()
    await asyncio.to_thread(rabbitmq.start)
    await interrupted
    await publish_all(late, messages[500:])

    assert isinstance(outcome, BusUnavailable)
    assert waited < TIMEOUT / 2
    assert missing == [EXCHANGE, "ti.contract"]
    await until(lambda: len(set(inbox.taken)) == 600)
    assert list(dict.fromkeys(inbox.taken)) == messages
    await available(bus)
    await listening.close()
    assert await left(on_broker.vhost) == 0


async def test_a_frozen_broker_is_given_up_and_found_again(
    vhost: Vhost, rabbitmq: RabbitMQ, stack: AsyncExitStack
) -> None:
    bus = RabbitBus(vhost.url("contract") + "?heartbeat=1", timeout=1)
    stack.push_async_callback(bus.close)
    await bus.start()
    await bus.listen("contract", [DESIGNATED], Inbox().receive)
    await available(bus)

    rabbitmq.pause()
    try:
        before = time.monotonic()
        outcomes = await bus.publish(make_messages(3, SIGNED))
        waited = time.monotonic() - before
        await until(lambda: bus._receiving._connection is None)
        missing = await bus.missing()
    finally:
        rabbitmq.resume()

    assert [type(outcome) for outcome in outcomes] == [BusUnavailable] * 3
    assert waited < TIMEOUT / 2
    assert missing == [EXCHANGE, "ti.contract"]
    await available(bus)
    await publish_all(bus, make_messages(3, SIGNED, start=3))


async def test_a_bus_leaves_a_broker_that_does_not_answer(vhost: Vhost, rabbitmq: RabbitMQ) -> None:
    bus = RabbitBus(vhost.url("contract"), timeout=1)
    await bus.start()
    await bus.listen("contract", [DESIGNATED], Inbox().receive)
    await available(bus)

    rabbitmq.pause()
    try:
        async with asyncio.timeout(PATIENCE):
            await bus.close()
    finally:
        rabbitmq.resume()


async def test_a_broker_short_of_memory_refuses_publishers_and_still_empties_its_queues(
    on_broker: OnBroker, rabbitmq: RabbitMQ, stack: AsyncExitStack
) -> None:
    bus = RabbitBus(on_broker.vhost.url("contract"), timeout=1)
    stack.push_async_callback(bus.close)
    await bus.start()
    inbox = Inbox(failures=3)
    await publish_all(await on_broker.bus("territory"), make_messages(50))

    rabbitmq.ctl("set_vm_memory_high_watermark", "0.000001")
    try:
        async with asyncio.timeout(60):
            # The alarm takes a moment.
            while (refusal := (await bus.publish(make_messages(1, SIGNED)))[0]) is None:
                continue
        await bus.listen("contract", [DESIGNATED], inbox.receive)
        await until(lambda: len(inbox.taken) == 50)
    finally:
        rabbitmq.ctl("set_vm_memory_high_watermark", "0.4")

    assert isinstance(refusal, BusUnavailable)
    assert inbox.taken == make_messages(50)
    await publish_all(bus, make_messages(1, SIGNED))
    await bus.close()
    assert await left(on_broker.vhost) == 0


async def test_a_broker_may_be_set_up_after_its_services_have_started(
    rabbitmq: RabbitMQ, stack: AsyncExitStack
) -> None:
    vhost = Vhost(rabbitmq)
    vhost.define(LISTENERS, queues=False)
    network = OnBroker(stack, vhost)
    inbox = Inbox()
    bus = await network.bus("contract")
    await bus.listen("contract", [DESIGNATED], inbox.receive)
    territory = await network.bus("territory")
    messages = make_messages(5)

    assert await bus.missing() == [EXCHANGE, "ti.contract"]
    assert [type(outcome) for outcome in await territory.publish(messages)] == [BusUnavailable] * 5

    vhost.define(LISTENERS)
    await publish_all(territory, messages)

    await until(lambda: len(inbox.taken) == 5)
    assert await bus.missing() == []


async def test_a_queue_that_was_deleted_is_missed_and_consumed_again_when_it_is_back(on_broker: OnBroker) -> None:
    inbox = Inbox()
    bus = await on_broker.bus("contract")
    await bus.listen("contract", [DESIGNATED], inbox.receive)
    territory = await on_broker.bus("territory")
    await publish_all(territory, make_messages(1))
    await until(lambda: len(inbox.taken) == 1)

    on_broker.vhost.delete("ti.contract")
    missing = await bus.missing()
    on_broker.vhost.define(LISTENERS)
    await publish_all(territory, make_messages(1, start=1))

    assert missing == ["ti.contract"]
    await until(lambda: len(inbox.taken) == 2)


async def test_of_two_replicas_one_is_active_and_the_other_takes_over_in_order(
    vhost: Vhost, stack: AsyncExitStack
) -> None:
    taken: list[tuple[str, Message]] = []

    async def replica(name: str) -> Bus:
        async def receive(messages: Sequence[Message]) -> None:
            await asyncio.sleep(0.02)
            taken.extend((name, message) for message in messages)

        bus = connect(f"{vhost.url('contract')}?name={name}")
        stack.push_async_callback(bus.close)
        await bus.start()
        await bus.listen("contract", [DESIGNATED], receive)
        return bus

    territory = await OnBroker(stack, vhost).bus("territory")
    messages = make_messages(1000)
    await replica("first")
    await publish_all(territory, messages[:50])
    await until(lambda: len(taken) >= 50)
    await replica("second")
    sending = asyncio.create_task(publish_all(territory, messages[50:]))
    await until(lambda: len(taken) >= 300)
    before = {name for name, _ in taken}
    vhost.cut("first")
    await sending
    await until(lambda: len({message for _, message in taken}) == 1000)

    assert before == {"first"}
    assert {name for name, _ in taken} == {"first", "second"}
    assert list(dict.fromkeys(message for _, message in taken)) == messages


async def test_a_replica_that_was_cut_off_leaves_its_batch_to_the_other(vhost: Vhost, stack: AsyncExitStack) -> None:
    stuck, able = Inbox(failures=1000), Inbox()
    await publish_all(await OnBroker(stack, vhost).bus("territory"), make_messages(20))
    for name, inbox in (("first", stuck), ("second", able)):
        bus = connect(f"{vhost.url('contract')}?name={name}")
        stack.push_async_callback(bus.close)
        await bus.start()
        await bus.listen("contract", [DESIGNATED], inbox.receive)
        await until(lambda: stuck.failures < 1000)

    vhost.cut("first")
    await until(lambda: len(able.taken) == 20)
    tried = stuck.failures
    await asyncio.sleep(3)

    assert able.taken == make_messages(20)
    assert stuck.failures == tried


async def test_a_message_that_is_none_of_ours_is_handed_over_and_stops_nothing(on_broker: OnBroker) -> None:
    key = routing_key(DESIGNATED)
    foreign = [
        aio_pika.Message(b"\xff\x00 no text"),
        aio_pika.Message(b"{}", message_id="one\0two", type="fr.other.Type", headers={"subject": 7}),
        aio_pika.Message(b"{}", message_id="spoofed", type=SIGNED),
    ]
    inbox = Inbox()
    async with client(on_broker.vhost, "territory") as channel:
        exchange = await channel.get_exchange(EXCHANGE, ensure=False)
        for message in foreign:
            await exchange.publish(message, key)
    await publish_all(await on_broker.bus("territory"), make_messages(1))

    bus = await on_broker.bus("contract")
    await bus.listen("contract", [DESIGNATED], inbox.receive)

    await until(lambda: len(inbox.taken) == 4)
    nameless, odd, spoofed, ours = inbox.taken
    assert nameless.body == "\ufffd\ufffd no text"
    assert nameless.event_id
    assert (odd.event_id, odd.subject) == ("one\ufffdtwo", "7")
    assert {message.type for message in (nameless, odd, spoofed)} == {DESIGNATED}
    assert ours == make_messages(1)[0]
    await bus.close()
    assert await left(on_broker.vhost) == 0


async def take(channel: AbstractChannel, queue: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).get()


async def bind(channel: AbstractChannel, queue: str, key: str) -> None:
    await (await channel.get_queue(queue, ensure=False)).bind(EXCHANGE, key)


async def publish_raw(channel: AbstractChannel, exchange: str, key: str) -> None:
    await (await channel.get_exchange(exchange, ensure=False)).publish(aio_pika.Message(b"{}"), key)


@pytest.mark.parametrize(
    ("why", "attempt"),
    [
        ("declare a queue", lambda channel: channel.declare_queue("ti.mine")),
        ("declare an exchange", lambda channel: channel.declare_exchange("ti.mine")),
        ("delete its queue", lambda channel: channel.queue_delete("ti.contract")),
        ("read another's queue", lambda channel: take(channel, "ti.catalog")),
        ("read the dead", lambda channel: take(channel, "ti.dead")),
        ("bind its queue", lambda channel: bind(channel, "ti.contract", "catalog.#")),
        ("tell another's facts", lambda channel: publish_raw(channel, EXCHANGE, "territory.TerritoryDesignated.v1")),
        ("go round the exchange", lambda channel: publish_raw(channel, "", "ti.catalog")),
        ("write to the dead", lambda channel: publish_raw(channel, "ti.dlx", "contract.ContractSigned.v1")),
    ],
)
async def test_an_account_may_not(
    vhost: Vhost, why: str, attempt: Callable[[AbstractChannel], Awaitable[object]]
) -> None:
    async with client(vhost, "contract") as channel:
        with pytest.raises(aio_pika.exceptions.AMQPChannelError, match="ACCESS_REFUSED"):
            await attempt(channel)


@pytest.mark.parametrize("password", ["", "guess"])
async def test_an_account_without_a_password_lets_nobody_in(rabbitmq: RabbitMQ, password: str) -> None:
    vhost = Vhost(rabbitmq)
    vhost.define({"stranger": ()}, passwords=False)

    with pytest.raises(aio_pika.exceptions.AMQPConnectionError):
        await aio_pika.connect(vhost.url("stranger", password=password))


def test_a_message_without_an_id_is_known_again_by_its_body() -> None:
    def deliver(body: bytes) -> str:
        delivery = spec.Basic.Deliver(routing_key=routing_key(DESIGNATED))
        header = ContentHeader(properties=spec.Basic.Properties())
        return _read(DeliveredMessage(delivery=delivery, header=header, body=body, channel=Mock())).event_id

    assert deliver(b"{}") == deliver(b"{}") != deliver(b"[]")
