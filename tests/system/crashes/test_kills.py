"""Many SIGKILLs during a stream of writes: services, broker, database and subscriber; then the books are read."""

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
from tests.system.crashes.conftest import Length
from tests.system.crashes.writers import Ledger

SERVERS = {"broker": 5, "database": 3}
SERVICES = {"contract": 12, "territory": 10, "catalog": 4, "notification": 10, "subscriber": 6}
"""Each is killed so often, of fifty kills."""
MAX_SERVERS = {"broker": 20, "database": 10}
"""They take long to come back, and everything waits for them."""
SEED = 20190305
"""The order of the kills is the same in each run; their moments are not."""


def chosen(count: int, chance: random.Random) -> list[str]:
    """Return what is killed, in order."""
    victims = [name for name, share in SERVERS.items() for _ in range(min(share * count // 50, MAX_SERVERS[name]))]
    services = [name for name, share in SERVICES.items() for _ in range(share)]
    victims += [services[number % len(services)] for number in range(count - len(victims))]
    chance.shuffle(victims)
    return victims


@pytest.mark.timeout(2400)
async def test_kills_lose_nothing_and_double_nothing(
    templates: Templates, postgres: Postgres, rabbitmq: RabbitMQ, tmp_path: Path, length: Length
) -> None:
    chance = random.Random(SEED)
    victims = chosen(length.kills, chance)
    ledger, stop = Ledger(), asyncio.Event()

    async with (
        platforms.distributed(templates, tmp_path, **subscribers.DELIVERING) as form,
        subscribers.partners(form, tmp_path) as partners,
    ):
        await writers.appoint_pair(form)
        await asyncio.to_thread(wire.tap, rabbitmq, form.vhost)
        async with asyncio.TaskGroup() as group:
            for write in (writers.declare_figures, writers.submit_actions, writers.sign_protocols):
                # Not as fast as they can: what is killed shall find room to come back.
                group.create_task(write(form, ledger, stop, pause=length.pause))
                group.create_task(write(form, ledger, stop, pause=length.pause))
            for victim in victims:
                await asyncio.sleep(chance.uniform(0.2, 1.0))
                await kill(form, victim, postgres, rabbitmq)
            await asyncio.sleep(1)
            while ledger.commits < length.commits:  # noqa: ASYNC110 - the writers tell nobody
                await asyncio.sleep(1)
            stop.set()
        books = await audit.complete(form, seconds=300)
        await partners.complete(books)
        declared = await audit.query(form, "contract", "SELECT metric FROM declared_figures WHERE metric LIKE 'kill%'")
        signed = await audit.signatures(form)
        heard = await wire.heard(rabbitmq, form.vhost)

    assert len(victims) == length.kills
    assert books.violations() == []
    assert partners.violations(books) == []
    assert wire.unheard(heard, books) == []
    assert wire.disordered(heard) == []
    assert sorted(row["metric"] for row in declared) == sorted(ledger.figures), "once each, and no refused one"
    assert every_sheet_was_published_three_times(books, ledger)
    assert books.once_signed(ledger.signed, [siren for siren, _, _ in writers.SIGNATORIES.values()])
    assert signed == dict.fromkeys(ledger.signed, ("signed", len(writers.SIGNATORIES)))
    assert len(ledger.figures) > 50
    assert len(ledger.submitted) > 20
    assert len(ledger.signed) > 5


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
