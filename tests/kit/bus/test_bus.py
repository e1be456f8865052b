"""Promises of a bus, tested on both adapters."""

import asyncio
import time
from contextlib import AsyncExitStack

import pytest

from shared.bus import BusUnavailable, Message, Unroutable
from shared.bus.factory import connect
from shared.bus.rabbitmq import TIMEOUT
from tests.kit.bus.conftest import DESIGNATED, SIGNED, UNHEARD, Inbox, Network, make_messages, publish_all, until


async def listener(network: Network, service: str, *types: str, inbox: Inbox | None = None) -> Inbox:
    """A service that listens, and its inbox."""
    inbox = inbox or Inbox()
    await (await network.bus(service)).listen(service, types, inbox.receive)
    return inbox


async def test_a_message_arrives_as_it_was_stored(network: Network) -> None:
    inbox = await listener(network, "contract", DESIGNATED)
    message = Message("0198-a", DESIGNATED, "territory/2023-ti-0101", '{"name": "Gâtine — Val d’Oise", "n": "\\u0000"}')

    assert await (await network.bus("territory")).publish([message]) == [None]

    await until(lambda: bool(inbox.taken))
    assert inbox.taken == [message]


async def test_everyone_who_listens_gets_it_and_nobody_else(network: Network) -> None:
    contract = await listener(network, "contract", DESIGNATED)
    catalog = await listener(network, "catalog", DESIGNATED, SIGNED)
    designated, signed = make_messages(3), make_messages(3, SIGNED)

    await publish_all(await network.bus("territory"), designated)
    await publish_all(await network.bus("contract"), signed)

    await until(lambda: len(contract.taken) == 3 and len(catalog.taken) == 6)
    assert contract.taken == designated
    assert [message for message in catalog.taken if message.type == DESIGNATED] == designated
    assert [message for message in catalog.taken if message.type == SIGNED] == signed


async def test_messages_keep_their_order(network: Network) -> None:
    contract = await listener(network, "contract", DESIGNATED)
    catalog = await listener(network, "catalog", DESIGNATED, SIGNED, inbox=Inbox(slowness=0.002))
    messages = make_messages(400)

    bus = await network.bus("territory")
    for start in range(0, 400, 37):
        await publish_all(bus, messages[start : start + 37])

    await until(lambda: len(contract.taken) == 400 and len(catalog.taken) == 400)
    assert contract.taken == messages
    assert catalog.taken == messages


async def test_a_type_that_nobody_listens_to_is_noticed_and_the_others_pass(network: Network) -> None:
    inbox = await listener(network, "contract", DESIGNATED)
    await listener(network, "catalog", DESIGNATED, SIGNED)
    first, last = make_messages(2)
    unheard = make_messages(1, UNHEARD, start=2)[0]

    outcomes = await (await network.bus("territory")).publish([first, unheard, unheard, last])

    assert [type(outcome) for outcome in outcomes] == [type(None), Unroutable, Unroutable, type(None)]
    await until(lambda: len(inbox.taken) == 2)
    assert inbox.taken == [first, last]


async def test_a_repeated_message_arrives_again(network: Network) -> None:
    inbox = await listener(network, "contract", DESIGNATED)
    await listener(network, "catalog", DESIGNATED, SIGNED)
    bus = await network.bus("territory")
    message = make_messages(1)[0]

    assert await bus.publish([message]) == [None]
    assert await bus.publish([message]) == [None]

    await until(lambda: len(inbox.taken) == 2)
    assert inbox.taken == [message] * 2


async def test_a_batch_that_was_not_taken_comes_again_in_order(network: Network) -> None:
    inbox = await listener(network, "contract", DESIGNATED, inbox=Inbox(failures=4))
    steady = await listener(network, "catalog", DESIGNATED, SIGNED)
    bus = await network.bus("territory")
    messages = make_messages(60)

    for start in range(0, 60, 20):
        await publish_all(bus, messages[start : start + 20])

    await until(lambda: len(inbox.taken) == 60)
    assert inbox.failures == 0
    assert inbox.taken == messages
    # The other listener has them all as well: those that it got twice, its inbox knows by their ids.
    assert list(dict.fromkeys(steady.taken)) == messages


async def test_many_messages_come_in_few_batches(network: Network) -> None:
    inbox = await listener(network, "contract", DESIGNATED, inbox=Inbox(slowness=0.001))
    messages = make_messages(5000)

    bus = await network.bus("territory")
    for start in range(0, 5000, 500):
        assert set(await bus.publish(messages[start : start + 500])) == {None}

    await until(lambda: len(inbox.taken) == 5000)
    assert inbox.taken == messages
    assert len(inbox.batches) < 5000


async def test_leaving_lets_the_batch_in_hand_be_taken(network: Network) -> None:
    inbox = Inbox(slowness=0.3)
    leaving = await network.bus("contract")
    await leaving.listen("contract", [DESIGNATED], inbox.receive)
    sending = asyncio.create_task(publish_all(await network.bus("territory"), make_messages(1)))
    await until(lambda: inbox.busy)

    await leaving.close()

    assert inbox.taken == make_messages(1)
    await sending


async def test_nothing_to_publish_is_no_failure(network: Network) -> None:
    assert await (await network.bus("territory")).publish([]) == []


@pytest.mark.parametrize("url", ["memory:", "amqp://nobody:nothing@127.0.0.1:1/ti"])
async def test_a_bus_that_is_not_there_says_so_at_once(url: str, stack: AsyncExitStack) -> None:
    bus = connect(url)
    before = time.monotonic()

    assert [type(outcome) for outcome in await bus.publish(make_messages(2))] == [BusUnavailable] * 2

    assert time.monotonic() - before < TIMEOUT / 2
    assert await bus.missing()


async def test_a_bus_says_what_it_is_missing(network: Network) -> None:
    bus = await network.bus("contract")
    await bus.listen("contract", [DESIGNATED], Inbox().receive)

    assert await bus.missing() == []


def test_an_unknown_scheme_is_refused() -> None:
    with pytest.raises(ValueError, match="kafka"):
        connect("kafka://localhost")
