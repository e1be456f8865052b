"""Additions of the in-process bus: one batch for each listener, confirmed by its commit."""

from shared.bus import BusUnavailable
from shared.bus.memory import MemoryBus
from tests.kit.bus.conftest import DESIGNATED, SIGNED, Inbox, make_messages


async def test_one_publication_is_one_batch_for_each_listener() -> None:
    bus, contract, catalog = MemoryBus(), Inbox(), Inbox()
    await bus.listen("contract", [DESIGNATED], contract.receive)
    await bus.listen("catalog", [DESIGNATED, SIGNED], catalog.receive)
    await bus.start()
    messages = make_messages(1500) + make_messages(1, SIGNED, start=1500)

    assert set(await bus.publish(messages)) == {None}

    assert contract.batches == [messages[:1500]]
    assert catalog.batches == [messages]


async def test_what_one_listener_did_not_take_is_not_confirmed() -> None:
    bus, contract, catalog = MemoryBus(), Inbox(failures=1), Inbox()
    await bus.listen("contract", [DESIGNATED], contract.receive)
    await bus.listen("catalog", [DESIGNATED, SIGNED], catalog.receive)
    await bus.start()

    outcomes = await bus.publish(make_messages(1) + make_messages(1, SIGNED, start=1))

    assert [type(outcome) for outcome in outcomes] == [BusUnavailable, type(None)]
    assert str(outcomes[0]).startswith("contract could not take its messages: OSError in shared.bus.memory:")
