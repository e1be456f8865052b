"""PostgreSQL finds the next batch at once among many waiting rows, whatever its statistics say."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

import pytest

from deploy.servers import Postgres
from shared.messaging.claims import BATCH
from shared.messaging.dispatcher import Dispatcher
from shared.storage.database import Database
from tests.kit.conftest import opened
from tests.kit.ledger import consumer
from tests.support.harness import settings_in

ROWS: Final = 50_000
NAME: Final = "claims"


@pytest.fixture
async def database(postgres: Postgres, tmp_path: Path) -> AsyncIterator[Database]:
    """A database without statistics, where a statement may take a second: a bad plan took three, or minutes."""
    url = postgres.create_database(NAME)
    postgres.sql(f"ALTER DATABASE {NAME} SET statement_timeout = '1s'")
    async with opened(settings_in(tmp_path, database_url=url)) as database:
        postgres.sql("ALTER TABLE handlings SET (autovacuum_enabled = off)", NAME)
        yield database
    postgres.drop_database(NAME)


def receive(postgres: Postgres, start: int, *, subjects: int) -> None:
    """Let many events wait."""
    postgres.sql(
        f"""
        SET statement_timeout = 0;
        INSERT INTO inbox (event_id, type, body) SELECT n, 'fr.example.Deposited.v1', repeat('x', 1000)
            FROM generate_series({start}, {start + ROWS - 1}) n;
        INSERT INTO handlings
            (event_id, handler, subject, sequence, received_at, state, attempts, next_try_at)
            SELECT n, 'see', 'account/' || n % {subjects}, n / {subjects}, now(), 'waiting', 0, now()
            FROM generate_series({start}, {start + ROWS - 1}) n;
        """,
        NAME,
    )


def close_most(postgres: Postgres) -> None:
    """Leave a few waiting rows, in no order: of such a few the planner would rather sort than walk an index."""
    postgres.sql(
        """
        SET statement_timeout = 0;
        UPDATE handlings SET state = 'applied', next_try_at = NULL WHERE id % 250 > 0;
        UPDATE handlings SET next_try_at = now() - random() * interval '1 hour' WHERE next_try_at IS NOT NULL;
        """,
        NAME,
    )


@pytest.mark.parametrize("subjects", [1, ROWS])
async def test_a_batch_is_found_at_once_among_many(postgres: Postgres, database: Database, subjects: int) -> None:
    worker = Dispatcher(database, consumer, delays=())

    async def claim() -> list[int]:
        due = await worker._due()
        async with database.writing() as session:
            return list(await worker._claim(session, due))

    async def claimed() -> list[int]:
        """Claim with the plan that the connection has kept from when nothing waited, and with a new one."""
        kept = await claim()
        await database.engine.dispose()
        assert await claim() == kept
        for _ in range(10):
            await claim()
        return kept

    assert await claimed() == []
    receive(postgres, 1, subjects=subjects)
    never_analyzed = await claimed()
    postgres.sql("ANALYZE", NAME)
    analyzed = await claimed()
    close_most(postgres)
    postgres.sql("ANALYZE", NAME)
    assert await claimed()
    receive(postgres, ROWS + 1, subjects=subjects)
    burst = await claimed()

    assert never_analyzed == analyzed
    assert [len(each) for each in (never_analyzed, analyzed)] == [BATCH] * 2
    # Of one subject whose rows are due in no order, few may go first.
    assert len(burst) == BATCH if subjects > 1 else burst
