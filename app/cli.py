"""`python -m services`: the whole platform in this process. `python -m services NAME`: one service of it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from app.artifacts import gateway_map
from app.compatibility import FOLDER as PUBLISHED
from app.compatibility.canonical import NotUnderstood
from app.demo_clients import CLIENTS
from app.erasure import REASON, ErasureCommand
from services import NAMES, named
from shared.bus.topology import write as write_topology
from shared.clock import today
from shared.issuer.routes import Issuer
from shared.messaging import dispatcher, journal_client
from shared.messaging.journal_client import JournalNotRead
from shared.messaging.rebuild import DraftLost, filled, rebuild
from shared.runtime import server
from shared.runtime.app import serve
from shared.runtime.platform import Service
from shared.settings import Settings, read_settings
from shared.storage.database import Database
from shared.storage.migrations import migrate, missing_tables, revise

cli = typer.Typer(
    help=__doc__, no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

MAX_FINDINGS: Final = 100
"""Findings of a service that are shown."""
Ids = Annotated[list[int] | None, typer.Argument(help="Numbers of parked events, as `parked list` shows them.")]


@cli.callback(invoke_without_command=True)
def platform(context: typer.Context) -> None:
    """Serve the whole platform in this process."""
    if context.invoked_subcommand is None:
        # Here, because a process of one service does not import the others.
        from app.docsite.refresh import keep_up_to_date  # noqa: PLC0415
        from app.embedded import create_app  # noqa: PLC0415

        settings = read_settings()
        server.alone_in(settings.make_data_dir())
        app = create_app(settings, server.say, keep_up_to_date(settings.documentation, server.say))
        server.serve(app, settings, banner=server.welcome(settings), log_file=True)


@cli.command("issuer")
def serve_issuer() -> None:
    """Serve the local token issuer as a process of its own."""
    settings = read_settings().model_copy(update={"bus_url": "memory:"})
    server.serve(serve(settings=settings, issuer=Issuer(settings, CLIENTS), complete=True), settings)


@cli.command()
def demo() -> None:
    """Play the programme's journey on a fresh platform, through its API, and print it line by line."""
    # Here, because no service needs its imports.
    from app.demo.play import run  # noqa: PLC0415

    sys.exit(run())


@cli.command()
def rotate_keys() -> None:
    """Sign new tokens with a new key; tokens of the old one stay valid until they expire."""
    Issuer(read_settings(), CLIENTS).keys.rotate()


@cli.command()
def topology(
    path: Path = Path("deploy/rabbitmq/definitions.json"),
    *,
    passwords: Annotated[
        bool, typer.Option("--passwords", help="With the passwords in TERRITORY_PASSWORD and so on; keep that file.")
    ] = False,
) -> None:
    """Write the broker's definitions: exchange, queues, bindings, accounts, made from who listens to what."""
    listeners = {name: named(name).consumer for name in NAMES}
    given = {name: os.environ[f"{name.upper()}_PASSWORD"] for name in NAMES} if passwords else {}
    write_topology(path, {name: consumer.types if consumer else () for name, consumer in listeners.items()}, given)


@cli.command()
def gateway(folder: Path = gateway_map.FOLDER) -> None:
    """Write what the gateway knows of the platform: whose each path is, and what to answer in its name."""
    gateway_map.write([named(name) for name in NAMES], folder)


@cli.command("generate")
def generate_(root: Path = Path()) -> None:
    """Write all generated files: gateway, containers, database roles, secrets, broker definitions, tables."""
    from app.artifacts import generate  # noqa: PLC0415 - the rules of a service, which the others do not need

    generate.write([named(name) for name in NAMES], root)


@cli.command()
def docs() -> None:
    """Build the documentation that every process serves, into TERRITORIES_DOCS_DIR."""
    from app.docsite.build import build  # noqa: PLC0415 - all services, and what writes pages

    folder = read_settings().documentation
    build(folder)
    server.say(f"The documentation is in {folder}.")


@cli.command()
def tables(folder: Path | None = None) -> None:
    """Write the permission table and the event-audience table, made from the routes and the events."""
    from app.artifacts import permission_tables  # noqa: PLC0415 - as above

    permission_tables.write([named(name) for name in NAMES], folder or permission_tables.FOLDER)


@cli.command("verify")
def verify_(
    heads: Annotated[
        Path | None,
        typer.Option("--heads", help="File with heads of the journal that were kept elsewhere: /v1/journal-heads."),
    ] = None,
) -> None:
    """Verify that no row was edited, deleted or inserted past the platform; ends with 1 if one was."""
    from app.integrity import HeadsNotRead, heads_in  # noqa: PLC0415 - all services, of which others need one

    _each(NAMES, _require_tables)
    try:
        kept = heads_in(heads) if heads else {}
    except HeadsNotRead as refusal:
        sys.exit(str(refusal))
    sys.exit(asyncio.run(_verify(kept)))


@cli.command()
def compatible(folder: Path = PUBLISHED) -> None:
    """Compare the contracts with the last published version; ends with 1 if something breaks a client of it."""
    from app.compatibility import versions  # noqa: PLC0415 - all services: what one of them alone does not need

    try:
        changes = versions.last(folder).differences(versions.current(), today=today())
    except (NotUnderstood, versions.NotPublished) as refusal:
        sys.exit(str(refusal))
    server.say(versions.report(changes))
    sys.exit(any(change.breaking for change in changes))


@cli.command()
def publish(
    folder: Path = PUBLISHED,
    first: Annotated[bool, typer.Option("--first", help="There is no version yet that anybody relies on.")] = False,
) -> None:
    """Make the contracts of today the published version; refused if they break a client of the last one."""
    from app.compatibility import versions  # noqa: PLC0415 - as above

    try:
        changes = versions.publish(versions.current(), today=today(), folder=folder, first=first)
    except (NotUnderstood, versions.NotPublished) as refusal:
        sys.exit(str(refusal))
    server.say(versions.report(changes))


async def _rebuild(service: Service, settings: Settings) -> str | None:
    """Rebuild and tell; what is wrong, if anything is."""
    name, consumer = service.name, service.consumer
    if consumer is None or not filled(consumer):
        server.say(f"{name} keeps nothing of what others tell: there is nothing to rebuild.")
        return None
    try:
        outcome = await rebuild(
            name, consumer, settings, journal_client.read(settings), say=lambda line: server.say(f"{name}: {line}")
        )
    except (JournalNotRead, DraftLost) as failure:
        return f"{name} is as it was. {failure}"
    for table, (went, came) in outcome.corrected.items():
        server.say(f"{name}: {table}: " + (f"{went} rows taken out, {came} put in" if went or came else "was right"))
    server.say(f"{name}: rebuilt from {outcome.applied} rows of its dispatcher.")
    if outcome.left:
        return (
            f"{name}: {len(outcome.left)} rows could not be applied. The service tries them again, and parks them in "
            f"the end; the first says: {next(iter(outcome.left.values()))}"
        )
    return None


async def _verify(heads: Mapping[int, str]) -> bool:
    """Say what was verified; return True if something is not as it was written."""
    from app.integrity import verify  # noqa: PLC0415 - as above

    is_broken = False
    async for report in verify(read_settings(), heads):
        events = f", {report.events:,} events of the journal" if report.events else ""
        outcome = f"{len(report.findings)} findings" if report.findings else "as they were written"
        server.say(f"{report.service}: {report.lines:,} lines of history{events}: {outcome}")
        for finding in report.findings[:MAX_FINDINGS]:
            server.say(f"{report.service}: {finding}")
        is_broken = is_broken or bool(report.findings)
    return is_broken


DatabaseTask = Callable[[Service, Database], Awaitable[None]]


async def _require_tables(service: Service, database: Database) -> None:
    """End the command in words if the database has not all the tables of the service."""
    async with database.reading() as session:
        missing = await missing_tables(session, service.metadata)
    if missing:
        sys.exit(
            f"{service.name}: its database has no {missing[0]}. Run `python -m services {service.name} migrate` first."
        )


def _on_tables(work: DatabaseTask) -> DatabaseTask:
    async def on_tables(service: Service, database: Database) -> None:
        await _require_tables(service, database)
        await work(service, database)

    return on_tables


async def _migrate(service: Service, database: Database) -> None:
    await migrate(database, service.metadata, service.migrations)


async def _load(service: Service, database: Database) -> None:
    if service.load:
        await service.load(database, server.say)


async def _list(service: Service, database: Database) -> None:
    async with database.reading() as session:
        for row in await dispatcher.parked_rows(session):
            server.say(f"{row.id}\t{service.name}\t{row.handler}\t{row.type}\t{row.subject}\t{row.error}")


def _show(ids: Collection[int] | None) -> DatabaseTask:
    async def show(service: Service, database: Database) -> None:
        async with database.reading() as session:
            for row in await dispatcher.parked_rows(session):
                if not ids or row.id in ids:
                    server.say(f"{row.id}\t{service.name}\t{row.handler}\t{row.error}\n{row.body}")

    return show


def _replay(ids: Collection[int] | None) -> DatabaseTask:
    async def replay(service: Service, database: Database) -> None:
        async with database.writing() as session:
            chosen = ids or [row.id for row in await dispatcher.parked_rows(session)]
            server.say(f"{service.name}: {await dispatcher.replay(session, chosen)} replayed")

    return replay


def _revise(message: str) -> DatabaseTask:
    async def revision(service: Service, database: Database) -> None:
        await migrate(database, service.metadata, service.migrations)
        await revise(database, service.metadata, service.migrations, message)

    return revision


def _commands(app: typer.Typer, services: Sequence[str]) -> None:
    """The commands that work on the databases of these services."""

    @app.command("migrate")
    def migrate_() -> None:
        """Bring the database to the newest revision."""
        _each(services, _migrate)

    @app.command()
    def load() -> None:
        """Load the reference data that ships with the service; a second time changes nothing."""
        _each(services, _on_tables(_load))

    @app.command()
    def erase(
        person_id: UUID,
        reason: Annotated[str, typer.Option(help="Reason in the history. It is kept for ever: name nobody.")] = REASON,
    ) -> None:
        """Erase the name, e-mail address and phone number of a person; the opaque id and all facts stay."""
        command = ErasureCommand(person_id, reason)
        _each(services, _on_tables(command.run))
        sys.exit(command.failure)

    parked = typer.Typer(help="Events whose handler failed to the last try: list, show, replay.")
    app.add_typer(parked, name="parked")

    @parked.command("list")
    def list_() -> None:
        """One line for each."""
        _each(services, _on_tables(_list))

    @parked.command()
    def show(ids: Ids = None) -> None:
        """The event as it arrived, and the error of its last try."""
        _each(services, _on_tables(_show(ids)))

    @parked.command()
    def replay(ids: Ids = None) -> None:
        """Try again, from the first try on; all of them if none is named."""
        _each(services, _on_tables(_replay(ids)))


def _add(name: str) -> None:
    app = typer.Typer(help=f"The {name} service: serve it, or run one of its commands.")

    @app.callback(invoke_without_command=True)
    def serve_one(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            settings = read_settings()
            server.serve(serve(named(name), settings=settings), settings)

    _commands(app, [name])

    @app.command()
    def revision(message: str) -> None:
        """Write a migration: what the models have and the database has not."""
        _each([name], _revise(message))

    @app.command("rebuild")
    def rebuild_() -> None:
        """Make its copies and counts anew from the journal of all events; meanwhile the service goes on.

        The platform must answer at TERRITORIES_PLATFORM_URL. Says how many rows were wrong.
        """
        settings = read_settings()
        settings.make_data_dir()
        _each([name], _require_tables)
        sys.exit(asyncio.run(_rebuild(named(name), settings)))

    cli.add_typer(app, name=name)


def _each(services: Sequence[str], work: DatabaseTask) -> None:
    async def all_of_them() -> None:
        settings = read_settings()
        settings.make_data_dir()
        for service in map(named, services):
            database = Database(service.name, settings)
            try:
                await work(service, database)
            finally:
                await database.close()

    asyncio.run(all_of_them())


_commands(cli, NAMES)
for _name in NAMES:
    _add(_name)
