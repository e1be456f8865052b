"""Old rows of outbox and inbox go; numbers, duplicates and rebuilds stay right without them."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Table, text, update

from shared.bus import Message
from shared.clock import now
from shared.messaging import retention as inbox_retention
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.messaging.retention import is_in, merged
from shared.runtime.sweeper import Sweeper
from shared.settings import Settings
from shared.storage import retention
from shared.storage.database import Database
from shared.storage.tables import handlings, inbox, outbox, swept_handlings
from tests.kit.acts import count_of, rows_of, store_account, store_deposit
from tests.kit.conftest import Lines
from tests.kit.ledger import Seen, Total, Trace, consumer
from tests.kit.test_rebuild import contents, damage, rebuilt, story
from tests.support.waiting import until

TOTALS: Table = Total.__table__  # type: ignore[assignment]
SEEN: Table = Seen.__table__  # type: ignore[assignment]
TRACES: Table = Trace.__table__  # type: ignore[assignment]


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    """Sweep in several transactions."""
    monkeypatch.setattr(retention, "BATCH", 2)


async def apply(database: Database, *messages: Message) -> None:
    """Let messages arrive, and apply what waits."""
    await Receiver(database, consumer).receive(messages)
    await Dispatcher(database, consumer, delays=()).apply_all()


async def grow_old(database: Database, *, days: float = 8) -> None:
    """Let all that is in outbox and inbox have happened so many days earlier."""
    moment = now() - timedelta(days=days)
    async with database.writing() as session:
        published = outbox.c.published_at.is_not(None)
        await session.execute(update(outbox).values(created_at=moment))
        await session.execute(update(outbox).where(published).values(published_at=moment))
        await session.execute(update(handlings).values(received_at=moment))
        await session.execute(update(handlings).where(handlings.c.closed_at.is_not(None)).values(closed_at=moment))


async def publish_all(database: Database) -> None:
    async with database.writing() as session:
        await session.execute(update(outbox).values(published_at=now()))


async def sequences(database: Database, table: Table, **where: Any) -> list[int]:
    return [row.sequence for row in await rows_of(database, table, **where)]


@pytest.fixture
def sweeper(database: Database, settings: Settings) -> Sweeper:
    """The sweeper of the ledger, with the settings as they are by default."""
    return Sweeper(database, settings)


async def test_old_published_events_go_but_the_last_of_each_subject(database: Database, sweeper: Sweeper) -> None:
    one, two = await store_account(database), await store_account(database)
    await store_deposit(database, one, 1, 2, 3, 4, 5)
    await store_deposit(database, two, 1)
    await publish_all(database)
    await grow_old(database)

    await sweeper.sweep()

    assert await sequences(database, outbox, subject=f"account/{one}") == [5]
    assert await sequences(database, outbox, subject=f"account/{two}") == [1]


async def test_events_are_numbered_on_after_a_sweep(database: Database, sweeper: Sweeper) -> None:
    account = await store_account(database)
    await store_deposit(database, account, 1, 2, 3)
    await publish_all(database)
    await grow_old(database)
    await sweeper.sweep()

    await store_deposit(database, account, 4)

    assert await sequences(database, outbox) == [3, 4]


async def test_an_event_that_is_young_or_was_not_published_stays(database: Database, sweeper: Sweeper) -> None:
    account = await store_account(database)
    await store_deposit(database, account, 1, 2)
    await grow_old(database, days=100)
    await store_deposit(database, account, 3)
    async with database.writing() as session:
        await session.execute(update(outbox).where(outbox.c.sequence == 2).values(published_at=now()))

    await sweeper.sweep()

    assert await sequences(database, outbox) == [1, 2, 3]


async def test_old_applied_events_leave_the_inbox(database: Database, sweeper: Sweeper) -> None:
    await apply(database, *story())
    await grow_old(database)
    young = story(uuid4())
    await apply(database, *young)

    await sweeper.sweep()

    assert await sequences(database, handlings) == [3, 3, 3, *[1] * 3, *[2] * 3, *[3] * 3]
    assert await count_of(database, inbox) == 1 + len(young)
    assert {row.handler: row.sequences for row in await rows_of(database, swept_handlings)} == {
        "see": [[1, 2]],
        "add_up": [[1, 2]],
        "trace": [[1, 2]],
    }


async def test_a_duplicate_of_a_swept_event_is_not_applied_again_though_its_publisher_was_ahead(
    database: Database, sweeper: Sweeper
) -> None:
    journal = story()
    await apply(database, *journal)
    before = await rows_of(database, TRACES), await rows_of(database, TOTALS)
    await grow_old(database)
    await sweeper.sweep()
    worker = Dispatcher(database, consumer, delays=())
    worker.leads = True

    # Its time is later than that of its arrival.
    await Receiver(database, consumer, worker).receive(journal[:1])
    await worker.apply_all()

    assert (await rows_of(database, TRACES), await rows_of(database, TOTALS)) == before


async def test_a_duplicate_of_a_swept_event_is_not_applied_again(database: Database, sweeper: Sweeper) -> None:
    journal = story()
    await apply(database, *journal)
    await grow_old(database)
    await sweeper.sweep()
    before = await contents(database), await rows_of(database, TRACES)

    leading = Dispatcher(database, consumer, delays=())
    leading.leads = True

    await apply(database, *journal)
    await Receiver(database, consumer, leading).receive(journal)

    assert (await contents(database), await rows_of(database, TRACES)) == before
    assert await count_of(database, inbox) == 1


async def test_a_duplicate_that_arrives_during_the_sweep_is_not_applied_again(database: Database) -> None:
    journal = story()
    await apply(database, *journal)
    await grow_old(database)
    before = await contents(database), await rows_of(database, TRACES)
    ids = [row.id for row in await rows_of(database, handlings) if row.sequence < 3]

    async with database.writing() as session:
        await inbox_retention.INBOX.delete(session, ids, now() - timedelta(days=7))
        arriving = asyncio.create_task(apply(database, *journal))
        # It may begin before the sweep ends, or after it.
        await asyncio.sleep(0.2)
    await arriving

    assert (await contents(database), await rows_of(database, TRACES)) == before
    assert await sequences(database, handlings) == [3, 3, 3]


async def test_an_event_that_comes_late_but_for_the_first_time_is_applied(database: Database, sweeper: Sweeper) -> None:
    first, late, *others = story(amounts=(1, 2, 3, 4))
    await apply(database, first, *others)
    await grow_old(database)
    await sweeper.sweep()

    await apply(database, late)

    assert [row.sum for row in await rows_of(database, TOTALS)] == [10]
    assert [row.balance for row in await rows_of(database, SEEN)] == [10], "an older balance is not shown"
    assert [row.state for row in await rows_of(database, handlings, handler="see")] == ["applied", "superseded"]


async def test_parked_and_waiting_events_stay(database: Database, sweeper: Sweeper) -> None:
    journal = story(amounts=(13, 1, 2))
    await Receiver(database, consumer).receive(journal)
    await Dispatcher(database, consumer, delays=()).apply_all()
    async with database.writing() as session:
        waiting = (handlings.c.handler == "see") & (handlings.c.sequence == 1)
        await session.execute(update(handlings).where(waiting).values(state="waiting", closed_at=None))
    await grow_old(database, days=100)

    await sweeper.sweep()

    assert [(row.handler, row.sequence, row.state) for row in await rows_of(database, handlings)] == [
        ("see", 1, "waiting"),
        ("trace", 1, "parked"),
        ("see", 3, "applied"),
        ("add_up", 3, "applied"),
        ("trace", 3, "applied"),
    ]
    assert journal[0].event_id in {row.event_id for row in await rows_of(database, inbox)}


async def test_a_new_handler_gets_events_that_others_have_had_swept(database: Database, sweeper: Sweeper) -> None:
    journal = story()
    former = type(consumer)("ledger", {"see": consumer.handlers["see"]})
    await Receiver(database, former).receive(journal)
    await Dispatcher(database, former, delays=()).apply_all()
    await grow_old(database)
    await sweeper.sweep()

    await apply(database, *journal)

    assert [row.sum for row in await rows_of(database, TOTALS)] == [23]


async def test_a_rebuild_reads_swept_events_from_the_journal(
    database: Database, settings: Settings, sweeper: Sweeper
) -> None:
    one, other = story(), story(uuid4())
    await apply(database, *one, *other)
    await grow_old(database)
    await sweeper.sweep()
    before, traces = await contents(database), await rows_of(database, TRACES)

    right = await rebuilt(settings, *one, *other)
    await damage(database)
    await rebuilt(settings, *one, *other)
    await Dispatcher(database, consumer, delays=()).apply_all()

    assert right.corrected == {"seen": (0, 0), "totals": (0, 0)}
    assert await contents(database) == before
    assert await rows_of(database, TRACES) == traces


async def test_a_rebuild_keeps_what_it_reads_from_the_sweeper(
    database: Database, settings: Settings, sweeper: Sweeper
) -> None:
    journal = story()
    await apply(database, *journal)
    await grow_old(database)

    await rebuilt(settings, *journal)
    await sweeper.sweep()
    again = await rebuilt(settings, *journal)

    assert again.missed == 0
    assert len(await rows_of(database, handlings, handler="see")) == 3


async def test_what_a_rebuild_restored_is_swept_again(database: Database, settings: Settings, sweeper: Sweeper) -> None:
    journal = story()
    await apply(database, *journal)
    await grow_old(database)
    await sweeper.sweep()
    await rebuilt(settings, *journal)
    await grow_old(database)
    await sweeper.sweep()

    assert await sequences(database, handlings, handler="see") == [3]
    assert [row.sequences for row in await rows_of(database, swept_handlings, handler="see")] == [[[1, 2]]]


async def test_a_service_keeps_rows_as_long_as_its_settings_say(database: Database, settings: Settings) -> None:
    await apply(database, *story())
    await grow_old(database, days=20)

    await Sweeper(database, settings.model_copy(update={"event_retention": 21})).sweep()

    assert await count_of(database, inbox) == 3


async def test_a_transaction_deletes_a_bounded_number_of_rows(
    database: Database, sweeper: Sweeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes: list[int] = []

    async def counting(session: Any, ids: Sequence[int], before: Any) -> None:
        sizes.append(len(ids))
        await delete(session, ids, before)

    delete = inbox_retention.INBOX.delete
    bounded = type(inbox_retention.INBOX)(**{**vars(inbox_retention.INBOX), "delete": counting})
    await apply(database, *story(amounts=range(1, 10)))
    await grow_old(database)

    count = await bounded.sweep(database, now() - timedelta(days=7))

    assert count == sum(sizes) == 24
    assert max(sizes) == 2


async def test_a_sweep_that_fails_is_logged_and_tried_again(
    database: Database, sweeper: Sweeper, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.runtime.sweeper.PAUSE", -60)
    await apply(database, *story())
    await grow_old(database)
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE swept_handlings RENAME TO elsewhere"))
    work = asyncio.create_task(sweeper.run(asyncio.Event()))

    async def reported() -> list[dict[str, Any]]:
        return lines.of("not swept")

    await until(reported)
    async with database.writing() as session:
        await session.execute(text("ALTER TABLE elsewhere RENAME TO swept_handlings"))

    async def left() -> int:
        return await count_of(database, inbox)

    await until(left, lambda count: count == 1)
    work.cancel()


def flat(ranges: list[list[int]]) -> set[int]:
    return {number for first, last in ranges for number in range(first, last + 1)}


@given(st.lists(st.lists(st.integers(0, 40), max_size=8), max_size=6))
def test_ranges_hold_exactly_the_sequences_that_were_swept(batches: list[list[int]]) -> None:
    ranges: list[list[int]] = []
    for batch in batches:
        ranges = merged(ranges, batch)

    assert flat(ranges) == {number for batch in batches for number in batch}
    assert all(later[0] > earlier[1] + 1 for earlier, later in pairwise(ranges))
    for number in range(42):
        assert is_in(ranges, number) is (number in flat(ranges))
