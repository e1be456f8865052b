"""Fifty SIGKILLs during a stream of writes: services, broker, database and subscriber; then the books are read."""

import asyncio
import random
from pathlib import Path

import pytest

from deploy.servers import Postgres, RabbitMQ
from tests.support import platforms
from tests.support.platforms import Templates
from tests.support.processes import Form
from tests.system.crashes import audit, subscribers, wire, writers
from tests.system.crashes.audit import Books
from tests.system.crashes.writers import Ledger

KILLS = [
    *(["broker"] * 5 + ["database"] * 3 + ["contract"] * 12 + ["territory"] * 10),
    *(["catalog"] * 4 + ["notification"] * 10 + ["subscriber"] * 6),
]
SEED = 20190305
"""The order of the kills is the same in each run; their moments are not."""


@pytest.mark.timeout(600)
async def test_fifty_kills_lose_nothing_and_double_nothing(
    templates: Templates, postgres: Postgres, rabbitmq: RabbitMQ, tmp_path: Path
) -> None:
    chance = random.Random(SEED)
    victims = chance.sample(KILLS, len(KILLS))
    ledger, stop = Ledger(), asyncio.Event()

    async with (
        platforms.distributed(templates, tmp_path, **subscribers.DELIVERING) as form,
        subscribers.partners(form, tmp_path) as partners,
    ):
        await asyncio.to_thread(wire.tap, rabbitmq, form.vhost)
        async with asyncio.TaskGroup() as group:
            for write in (writers.declare_figures, writers.submit_actions):
                # Not as fast as they can: what is killed shall find room to come back.
                group.create_task(write(form, ledger, stop, pause=0.1))
                group.create_task(write(form, ledger, stop, pause=0.1))
            for victim in victims:
                await asyncio.sleep(chance.uniform(0.2, 1.0))
                await kill(form, victim, postgres, rabbitmq)
            await asyncio.sleep(1)
            stop.set()
        books = await audit.complete(form, seconds=120)
        await partners.complete(books)
        declared = await audit.query(form, "contract", "SELECT metric FROM declared_figures WHERE metric LIKE 'kill%'")
        heard = await wire.heard(rabbitmq, form.vhost)

    assert len(victims) == 50
    assert books.violations() == []
    assert partners.violations(books) == []
    assert wire.unheard(heard, books) == []
    assert wire.disordered(heard) == []
    assert sorted(row["metric"] for row in declared) == sorted(ledger.figures), "once each, and no refused one"
    assert every_sheet_was_published_three_times(books, ledger)
    assert len(ledger.figures) > 50
    assert len(ledger.submitted) > 20


async def kill(form: Form, victim: str, postgres: Postgres, rabbitmq: RabbitMQ) -> None:
    """End one of them at once, and bring it back."""
    if victim in ("broker", "database"):
        server = rabbitmq if victim == "broker" else postgres
        await asyncio.to_thread(server.kill)
        await asyncio.to_thread(server.start)
        return
    process = form.processes[victim]
    await asyncio.to_thread(process.kill)
    process.start()


def every_sheet_was_published_three_times(books: Books, ledger: Ledger) -> bool:
    """Submitted, returned, submitted: once each in the outbox, whatever was sent again."""
    submitted = [row["subject"] for row in books.outbox if row["subject"].startswith("action/")]
    return all(submitted.count(f"action/{sheet}") == 3 for sheet in ledger.submitted)
