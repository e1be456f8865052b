"""The platform as it is run for real, on this one machine and without containers: `make cluster`.

The replicas of each service, the local issuer as a process of its own, PostgreSQL with a database and
two roles per service, RabbitMQ with the definitions of `deploy/rabbitmq` and an account per service, and HAProxy in
front. All of it is private and ends with this process: temporary folders, free ports, ended by process id.
"""

import argparse
import asyncio
import json
import os
import secrets
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from sqlalchemy import func, select

from app.artifacts.deployment import processes
from app.demo.checks import Deviation
from app.demo.play import play
from app.docsite.build import build
from deploy.binaries import ServerUnavailable
from deploy.haproxy import HAProxy
from deploy.processes import Process
from deploy.servers import HOST, STARTUP, Postgres, RabbitMQ, Server, free_port
from services import NAMES, named
from shared.bus import topology
from shared.messaging.dispatcher import unapplied
from shared.runtime.platform import Service
from shared.runtime.server import say
from shared.settings import Settings
from shared.storage.database import Database
from shared.storage.migrations import migrate
from shared.storage.sequencer import unnumbered
from shared.storage.tables import inbox, outbox

DEPLOY: Final = Path(__file__).parent
KEYS: Final = "/.well-known/jwks.json"


@dataclass(frozen=True)
class Ways:
    """Database and broker URL of each service, by name."""

    databases: Mapping[str, str]
    brokers: Mapping[str, str]


@dataclass
class Cluster:
    """The processes of the platform, by name, and the gateway in front of them."""

    processes: dict[str, Process]
    edge: HAProxy
    spares: dict[str, int]
    """Return the port for the successor of a process that is the only one of its service."""

    async def __aenter__(self) -> "Cluster":
        try:
            for process in self.processes.values():
                process.start()
            await self.processes["issuer"].ready(KEYS)
            await _to_its_end(self.edge.start)
        except BaseException:
            await self.__aexit__()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close the gateway to new requests; the processes behind it finish those that it accepted."""
        if self.edge.is_running:
            self.edge.drain()
        await asyncio.gather(*(asyncio.to_thread(process.stop) for process in self.processes.values()))
        await asyncio.to_thread(self.edge.stop)

    async def ready(self) -> None:
        """Wait until each service has published and applied its events, and the gateway sees it as healthy."""
        await asyncio.gather(*(one.ready() for name, one in self.processes.items() if name != "issuer"))
        await asyncio.gather(*map(self.seen, self.processes))

    async def restart(self, name: str) -> None:
        """Replace a process without a failed request: one process always answers.

        Of a service with two processes, the other one answers meanwhile; any other gets its successor first.
        """
        old = self.processes[name]
        if name in self.spares:
            new = replace(old, port=self.spares[name], running=None)
        else:
            new = replace(old, running=None)
            await asyncio.to_thread(old.stop)
        self.processes[name] = new
        try:
            new.start()
            await new.ready(KEYS if name == "issuer" else "/health/ready")
            await self.seen(name)
        finally:
            if name in self.spares:
                await asyncio.to_thread(old.stop)
                self.spares[name] = old.port

    async def restart_all(self) -> None:
        """Restart the processes one after the other, the gateway last."""
        for name in list(self.processes):
            await self.restart(name)
        await asyncio.to_thread(self.edge.restart)

    async def seen(self, name: str) -> None:
        """Wait until the gateway sees that a process answers; it checks each one every second."""
        process, deadline = self.processes[name], time.monotonic() + STARTUP
        while not await asyncio.to_thread(self.edge.sees, name.partition("-")[0], urlsplit(process.url).netloc):
            if time.monotonic() > deadline:
                raise RuntimeError(f"The gateway does not see {name} at {process.url}.")
            await asyncio.sleep(0.2)


def cluster(
    ways: Ways, folder: Path, settings: Mapping[str, str], *, port: int | None = None, limit: int = 1200
) -> Cluster:
    """Create the processes and the gateway, not started. `limit`: requests per client and minute."""
    names = processes([named(name) for name in NAMES])
    made = {name: Process((name.partition("-")[0],), {}, folder / f"{name}.txt") for name in ("issuer", *names)}
    addresses = {_variable(name): urlsplit(process.url).netloc for name, process in made.items()}
    spares = {name: free_port() for name in made if f"{_variable(name)[:-1]}2" not in addresses}
    addresses |= {f"{name.upper()}_2": f"{HOST}:{port}" for name, port in spares.items()}
    edge = HAProxy(addresses, {"RATE_LIMIT": str(limit)}, port=port)
    common = {
        "TERRITORIES_DATA_DIR": str(folder),
        "TERRITORIES_DANGEROUS_LOCAL_SEAL": "true",
        # By the address that partners know, wherever its process is at the moment.
        "TERRITORIES_ISSUER_URL": edge.url,
        "TERRITORIES_PLATFORM_URL": edge.url,
        **settings,
    }
    made["issuer"].environment = common
    keys = {name: _keys(named(name)) for name in NAMES}
    cursor_key = secrets.token_hex(32)
    for name in names:
        service = name.partition("-")[0]
        made[name].environment = {
            **common,
            "TERRITORIES_CURSOR_KEY": cursor_key,
            **keys[service],
            "TERRITORIES_DATABASE_URL": ways.databases[service],
            "TERRITORIES_BUS_URL": ways.brokers[service],
        }
    return Cluster(made, edge, spares)


def _keys(service: Service) -> Mapping[str, str]:
    """Return new secrets for a service, the same in all its processes."""
    return {f"TERRITORIES_{name.upper()}": secrets.token_hex(32) for name in service.secrets}


def _variable(name: str) -> str:
    """Return the variable of a process's address in the gateway configuration, such as CONTRACT_2."""
    service, _, number = name.partition("-")
    return f"{service}_{number or 1}".upper()


@asynccontextmanager
async def started(folder: Path, settings: Mapping[str, str], *, port: int | None = None) -> AsyncIterator[Cluster]:
    """Run the whole cluster with the real reference data."""
    async with AsyncExitStack() as stack:
        postgres, rabbitmq = Postgres(), RabbitMQ()
        async with asyncio.TaskGroup() as both:
            for server in (postgres, rabbitmq):
                both.create_task(_serving(stack, server))
        say(f"  PostgreSQL and RabbitMQ answer on the ports {postgres.port} and {rabbitmq.port}")
        ways = await asyncio.to_thread(_furnish, postgres, rabbitmq)
        await _prepare(ways[0], ways[1], folder)
        say("  The tables are made, the reference data is loaded, the documentation is built")
        running = await stack.enter_async_context(cluster(ways[1], folder, settings, port=port))
        await running.ready()
        await _arrived(ways[1], Settings(data_dir=folder))
        yield running


async def _serving(stack: AsyncExitStack, server: Server) -> None:
    stack.push_async_callback(asyncio.to_thread, server.stop)
    await _to_its_end(server.start)


async def _to_its_end(work: Callable[[], None]) -> None:
    """Finish the call even if the task is cancelled: a half-started server could not be stopped."""
    doing = asyncio.create_task(asyncio.to_thread(work))
    try:
        await asyncio.shield(doing)
    except asyncio.CancelledError:
        await asyncio.wait([doing])
        raise


def _furnish(postgres: Postgres, rabbitmq: RabbitMQ) -> tuple[Mapping[str, str], Ways]:
    """Create a database and a broker account for each service; return the URLs of the owners and of the services."""
    owners, databases, words = {}, {}, {name: secrets.token_hex(16) for name in NAMES}
    statements = (DEPLOY / "postgres" / "service.sql").read_text()
    for name, word in words.items():
        owner_word = secrets.token_hex(16)
        variables = {"service": name, "password": word, "owner_password": owner_word}
        postgres.sql("".join(f"\\set {key} {value}\n" for key, value in variables.items()) + statements)
        owners[name] = postgres.url(name, user=f"{name}_owner", password=owner_word)
        databases[name] = postgres.url(name, user=name, password=word)
    plain = json.loads((DEPLOY / "rabbitmq" / "definitions.json").read_text())
    rabbitmq.load(topology.with_passwords(plain, words))
    vhost = plain["vhosts"][0]["name"]
    return owners, Ways(databases, {name: rabbitmq.url_as(name, word, vhost) for name, word in words.items()})


async def _prepare(owners: Mapping[str, str], ways: Ways, folder: Path) -> None:
    """Prepare the first start: documentation, tables (by the owner role), reference data (by the service role)."""
    settings = Settings(data_dir=folder)
    await asyncio.to_thread(build, settings.documentation)
    for service in map(named, NAMES):
        async with _database(service, settings, owners) as database:
            await migrate(database, service.metadata, service.migrations)
        if service.load:
            async with _database(service, settings, ways.databases) as database:
                await service.load(database, lambda line: say(f"  {line}"))


async def _arrived(ways: Ways, settings: Settings) -> None:
    """Wait until the events of the reference data are applied by each service that listens to them.

    A service that is ready has done its own work. What it has published may still be on its way to the others.
    """
    async with AsyncExitStack() as stack:
        databases = {
            name: await stack.enter_async_context(_database(named(name), settings, ways.databases)) for name in NAMES
        }
        deadline = time.monotonic() + STARTUP
        while lacking := await _not_applied(databases):
            if time.monotonic() > deadline:
                raise RuntimeError(f"{lacking} events of the reference data did not arrive.")
            await asyncio.sleep(0.2)


async def _not_applied(databases: Mapping[str, Database]) -> int:
    """Count the events that a listener has not received or applied, and the rows that its feeds do not show yet."""
    published: Counter[str] = Counter()
    for database in databases.values():
        for event_type, number in await database.ask(select(outbox.c.type, func.count()).group_by(outbox.c.type)):
            published[event_type] += number
    count = 0
    for service in map(named, NAMES):
        expected = sum(published[each] for each in service.consumer.types) if service.consumer else 0
        async with databases[service.name].reading() as session:
            received = await session.scalar(select(func.count()).select_from(inbox)) or 0
            count += expected - received + await unapplied(session) + await unnumbered(session)
    return count


@asynccontextmanager
async def _database(service: Service, settings: Settings, urls: Mapping[str, str]) -> AsyncIterator[Database]:
    database = Database(service.name, settings.model_copy(update={"database_url": urls[service.name]}))
    try:
        yield database
    finally:
        await database.close()


async def _serve(port: int, *, demo: bool) -> None:
    begun, again, loop = time.monotonic(), asyncio.Event(), asyncio.get_running_loop()
    serving = asyncio.current_task()
    assert serving
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, serving.cancel)
    loop.add_signal_handler(signal.SIGHUP, again.set)
    with tempfile.TemporaryDirectory(prefix="territoires-cluster-") as name:
        say("Starting a cluster: the services, an issuer, PostgreSQL, RabbitMQ, HAProxy …")
        folder = Path(name)
        settings = {"TERRITORIES_DANGEROUS_LOOPBACK_WEBHOOKS": "true"} if demo else {}
        async with started(folder, settings, port=port) as running:
            say(f"Ready after {time.monotonic() - begun:.0f} s: {running.edge.url}")
            if demo:
                say("Webhooks go to this machine too: dangerous_loopback_webhooks, for the demo alone.")
                await play(folder, running.edge.url)
                return
            say(_welcome(running, folder))
            while await again.wait():
                again.clear()
                say("Restarting each process in turn, then the gateway …")
                await running.restart_all()
                say("Restarted.")


def _welcome(running: Cluster, folder: Path) -> str:
    rows = [(name, f"{one.url}  process {one.pid}") for name, one in running.processes.items()]
    rows += [
        ("gateway", f"{running.edge.url}  process {running.edge.pid}"),
        ("its metrics", f"{running.edge.internal_url}/metrics"),
        ("documentation", f"{running.edge.url}/"),
        ("demo clients", f"{folder}/clients.env"),
    ]
    listing = "".join(f"  {name:<15} {what}\n" for name, what in rows)
    return (
        f"\n{listing}\nRestart everything, one process at a time, with `kill -HUP {os.getpid()}`."
        "\nStop with Ctrl-C; all of it goes then, what was written too."
    )


def main() -> int:
    """Run `make cluster`."""
    parser = argparse.ArgumentParser(description="The platform in its distributed form, on this machine.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("PORT", "8080")))
    parser.add_argument("--demo", action="store_true", help="Play the journey through the edge, and stop.")
    chosen = parser.parse_args()
    try:
        asyncio.run(_serve(chosen.port, demo=chosen.demo))
    except asyncio.CancelledError:
        say("Stopped.")
    except (ServerUnavailable, Deviation, RuntimeError) as error:
        say(f"{error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
