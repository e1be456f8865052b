"""Arrivals keep their order and projections never go back while another process stores events of the same objects."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID, uuid4

from shared.bus import Message
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.storage.database import Database
from tests.kit.acts import rows_of
from tests.kit.ledger import Base, consumer
from tests.kit.messages import deposited
from tests.kit.test_arrival import closed, leading, states

SEEN = Base.metadata.tables["seen"]
Hold = Callable[..., Awaitable[None]]


async def while_another_stores(
    database: Database, other: Callable[[Hold], Receiver], stored: Message, arrived: list[Message]
) -> None:
    """Receive events while another process stores one of them: it commits once this one waits for it."""
    is_stored, may_end = asyncio.Event(), asyncio.Event()

    async def hold(*_: object) -> None:
        is_stored.set()
        await may_end.wait()

    async with leading(database) as receiver:
        storing = asyncio.create_task(other(hold).receive([stored]))
        await is_stored.wait()
        arriving = asyncio.create_task(receiver.receive(arrived))
        await asyncio.sleep(0.3)
        may_end.set()
        await asyncio.gather(storing, arriving)
        account = UUID(stored.subject.partition("/")[2])
        for handler in ("trace", "see"):
            await closed(database, handler, account, len(arrived))


async def test_no_projection_goes_back_behind_an_event_that_a_former_leader_is_applying(database: Database) -> None:
    account = uuid4()
    batch = [deposited(account, amount=number, balance=number, sequence=number) for number in (1, 2)]

    def former(hold: Hold) -> Receiver:
        class Former(Dispatcher):
            async def _run(self, *given: Any) -> None:
                await super()._run(*given)
                await hold()

        worker = Former(database, consumer, delays=())
        worker.leads = True
        return Receiver(database, consumer, worker)

    await while_another_stores(database, former, batch[1], batch)

    assert [row.balance for row in await rows_of(database, SEEN)] == [2]
    assert await states(database, "see", account) == ["superseded", "applied"]
