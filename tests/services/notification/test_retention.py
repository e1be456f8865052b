"""Old deliveries go with their attempts; the journal stays, and can be delivered again."""

from datetime import timedelta
from typing import Final

from sqlalchemy import Table, func, insert, select, update

from services.notification.jobs.retention import DELIVERIES, REPLAYS
from services.notification.models import Attempt, Delivery, Journal, Replay
from shared.clock import now
from shared.runtime.sweeper import Sweeper
from tests.services.notification.conftest import House, address, planned_ids
from tests.services.notification.facts import declared

ROWS: Final[Table] = Delivery.__table__  # type: ignore[assignment]


async def close(house: House, event_id: str, *, days: float) -> None:
    """Let a delivery have been made so many days ago, with one attempt."""
    at = now() - timedelta(days=days)
    async with house.database.writing() as session:
        done = {"state": "delivered", "attempts": 1, "created_at": at, "closed_at": at}
        changed = update(ROWS).where(ROWS.c.event_id == event_id).values(done).returning(ROWS.c.id)
        delivery = (await session.execute(changed)).scalar_one()
        await session.execute(insert(Attempt), {"delivery_id": delivery, "number": 1, "at": at, "status": 204, "ms": 5})


async def sweep(house: House) -> None:
    await Sweeper(house.database, house.platform.settings, [DELIVERIES, REPLAYS]).sweep()


async def test_old_closed_deliveries_go_with_their_attempts(house: House) -> None:
    made = await house.subscribe()
    old, young, waiting = await house.publish(declared(), declared(), declared())
    await close(house, old.event_id, days=31)
    await close(house, young.event_id, days=29)

    await sweep(house)

    async with house.database.reading() as session:
        attempts = await session.scalar(select(func.count()).select_from(Attempt))
    assert await planned_ids(house, made) == [young.event_id, waiting.event_id]
    assert attempts == 1


async def test_an_event_whose_delivery_was_swept_can_be_delivered_again(house: House) -> None:
    made = await house.subscribe()
    start = await house.last()
    old, *_ = await house.publish(declared(), declared())
    await close(house, old.event_id, days=31)
    await sweep(house)

    await house.post(address(made, "replay"), {"since": start}, expect=202)
    await house.settled()

    again = [(each.round, each.event_id) for each in await house.deliveries(made) if each.round]
    assert (1, old.event_id) in again


async def test_old_replays_go_once_they_are_planned(house: House) -> None:
    made = await house.subscribe()
    start = await house.last()
    await house.publish(declared(), declared())
    for _ in range(4):
        await house.post(address(made, "replay"), {"since": start}, expect=202)
        await house.settled()
    async with house.database.reading() as session:
        ids = list(await session.scalars(select(Replay.id).order_by(Replay.id)))
    long_ago, lately = now() - timedelta(days=31), now() - timedelta(days=29)
    async with house.database.writing() as session:
        for number, moment in zip(ids, (long_ago, lately, None, long_ago), strict=True):
            await session.execute(
                update(Replay).where(Replay.id == number).values(created_at=long_ago, planned_at=moment)
            )

    await sweep(house)
    await house.post(address(made, "test"), {}, expect=202)

    async with house.database.reading() as session:
        left = list(await session.scalars(select(Replay.id).order_by(Replay.id)))
        newest = await session.scalar(select(func.max(Delivery.round)))
    # The newest one stays, so that its id is not given again; so does the one that is not yet planned.
    assert left == ids[1:]
    assert newest == 5


async def test_the_journal_is_not_swept(house: House) -> None:
    old, _ = await house.publish(declared(), declared())
    async with house.database.writing() as session:
        await session.execute(update(Journal).values(journaled_at=now() - timedelta(days=4000)))

    await sweep(house)

    async with house.database.reading() as session:
        assert await session.scalar(select(Journal.event_id).where(Journal.event_id == old.event_id))
