"""The two forms of the platform, started as real processes with the real reference data.

`embedded`: one process, SQLite, the in-process bus. `distributed`: a process per service and one for the issuer, on
PostgreSQL and RabbitMQ, each service with a database and a broker account of its own.
"""

import asyncio
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from app.embedded import SERVICES
from deploy.cluster import Ways
from deploy.cluster import cluster as assembled
from deploy.processes import Process
from deploy.servers import Postgres, RabbitMQ
from services import NAMES
from shared.settings import Settings
from tests.support import vhosts
from tests.support.forked import Command
from tests.support.hashing import hash_all
from tests.support.processes import Form
from tests.system.crashes import audit

QUICK_RETRIES = "[0.05, 0.1, 0.2, 0.5]"


@asynccontextmanager
async def embedded(folder: Path, **environment: str) -> AsyncIterator[Form]:
    """The whole platform in one process."""
    own = {"TERRITORIES_DATA_DIR": str(folder), **_of("embedded", environment)}
    process = Process((), own, folder / "out.txt")
    form = Form("embedded", folder, {"embedded": process}, f"sqlite+aiosqlite:///{folder}/{{service}}.db")
    try:
        process.start()
        await process.ready()
        yield form
    finally:
        process.stop()


def _of(process: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the settings of one process: its name replaces `{process}`."""
    return {key: value.replace("{process}", process) for key, value in environment.items()}


@dataclass
class Templates:
    """Databases that hold the reference data, published and applied: each test starts from a copy."""

    postgres: Postgres
    rabbitmq: RabbitMQ
    prefix: str = "loaded"

    def copy(self, prefix: str) -> None:
        """Copy the databases under another prefix."""
        self.postgres.sql(
            "".join(f'CREATE DATABASE "{prefix}_{name}" TEMPLATE "{self.prefix}_{name}";' for name in NAMES)
        )

    def drop(self, prefix: str) -> None:
        """Drop such copies and their connections."""
        self.postgres.sql("".join(f'DROP DATABASE "{prefix}_{name}" WITH (FORCE);' for name in NAMES))

    def dump(self, folder: Path) -> None:
        """Write the databases into a folder, for another server."""
        for name in NAMES:
            (folder / f"{name}.sql").write_text(self.postgres.dump(f"{self.prefix}_{name}"))

    def restore(self, folder: Path) -> None:
        """Create the databases from such a folder."""
        for name in NAMES:
            self.postgres.restore(f"{self.prefix}_{name}", (folder / f"{name}.sql").read_text())


def unused_vhost(rabbitmq: RabbitMQ) -> tuple[str, dict[str, str]]:
    """Return a virtual host that nobody has used, and the URL of each service on it."""
    listeners = {each.name: each.consumer.types if each.consumer else () for each in SERVICES}
    vhost = vhosts.unused(rabbitmq, listeners)
    return vhost, {service: rabbitmq.url_as(service, vhosts.PASSWORD, vhost) for service in listeners}


async def load(templates: Templates, folder: Path) -> None:
    """Migrate, load, publish and apply once, for all the tests that copy it."""
    for name in NAMES:
        templates.postgres.create_database(f"{templates.prefix}_{name}")
    environment = {
        "TERRITORIES_DATA_DIR": str(folder),
        "TERRITORIES_DATABASE_URL": templates.postgres.url(f"{templates.prefix}_{{service}}"),
    }
    for command in ("migrate", "load"):
        await asyncio.to_thread(run, command, environment=environment)
    async with distributed(templates, folder, prefix=templates.prefix) as form:
        # A service is ready when its own work is done; the copies need what is still on the wire as well.
        books = await audit.complete(form)
        assert books.violations() == []
    # Each copy would do it, beside its test.
    await hash_all(Settings(data_dir=folder, database_url=form.database_url))


def run(*arguments: str, environment: Mapping[str, str]) -> str:
    """One command of `python -m services`, to its end; what it printed."""
    command = Command(*arguments, environment=environment)
    output = command.finish()
    assert command.process.returncode == 0, f"{arguments}: {output}"
    return output


@asynccontextmanager
async def distributed(
    templates: Templates, folder: Path, *, prefix: str | None = None, ready: bool = True, **environment: str
) -> AsyncIterator[Form]:
    """One process per service and one for the issuer, on a copy of the loaded databases."""
    chosen = prefix or f"t{secrets.token_hex(4)}"
    if prefix is None:
        await asyncio.to_thread(templates.copy, chosen)
    vhost, ways_in = await asyncio.to_thread(unused_vhost, templates.rabbitmq)
    database_url = templates.postgres.url(f"{chosen}_{{service}}")
    issuer = Process(("issuer",), {"TERRITORIES_DATA_DIR": str(folder)}, folder / "issuer.txt")
    processes = {"issuer": issuer}
    for name in NAMES:
        own = {
            "TERRITORIES_DATA_DIR": str(folder),
            "TERRITORIES_DATABASE_URL": database_url,
            "TERRITORIES_BUS_URL": ways_in[name],
            "TERRITORIES_ISSUER_URL": issuer.url,
            "TERRITORIES_RETRY_DELAYS": QUICK_RETRIES,
            "TERRITORIES_SECRETS_KEY": "a key of the tests",
            **_of(name, environment),
        }
        processes[name] = Process((name,), own, folder / f"{name}.txt")
    form = Form("distributed", folder, processes, database_url, vhost)
    try:
        for process in processes.values():
            process.start()
        await issuer.ready("/.well-known/jwks.json")
        if ready:
            await asyncio.gather(*(processes[name].ready() for name in NAMES))
        yield form
    finally:
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in processes.values()))
        if prefix is None:
            await asyncio.to_thread(templates.drop, chosen)


@asynccontextmanager
async def cluster(
    templates: Templates, folder: Path, *, limit: int = 1_000_000, **environment: str
) -> AsyncIterator[Form]:
    """Start the processes of `make cluster` on a copy of the loaded databases: two of contract, the edge in front."""
    chosen = f"t{secrets.token_hex(4)}"
    await asyncio.to_thread(templates.copy, chosen)
    vhost, ways_in = await asyncio.to_thread(unused_vhost, templates.rabbitmq)
    database_url = templates.postgres.url(f"{chosen}_{{service}}")
    settings = {"TERRITORIES_RETRY_DELAYS": QUICK_RETRIES, **environment}
    ways = Ways({name: database_url.format(service=name) for name in NAMES}, ways_in)
    try:
        async with assembled(ways, folder, settings, limit=limit) as running:
            await running.ready()
            yield Form("cluster", folder, running.processes, database_url, vhost, cluster=running)
    finally:
        await asyncio.to_thread(templates.drop, chosen)
