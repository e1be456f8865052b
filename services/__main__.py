"""`python -m services`: the whole platform in this process. `python -m services NAME`: one service of it."""

import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Collection, Sequence
from pathlib import Path
from typing import Annotated

import typer

from services import NAMES, named
from services import gateway as edge
from services.clients import CLIENTS
from services.published import FOLDER as PUBLISHED
from services.published.canonical import NotUnderstood
from services.tables import FOLDER
from services.tables import write as write_tables
from shared import inbox, journal, run
from shared.bus.topology import write as write_topology
from shared.clock import today
from shared.db import Database
from shared.issuer import Issuer
from shared.journal import JournalNotRead
from shared.migrations import migrate, revise
from shared.rebuild import DraftLost, filled, rebuild
from shared.service import Service, serve
from shared.settings import Settings

cli = typer.Typer(
    help=__doc__, no_args_is_help=False, add_completion=False, pretty_exceptions_enable=False, rich_markup_mode=None
)

Ids = Annotated[list[int] | None, typer.Argument(help="Numbers of parked events, as `parked list` shows them.")]


@cli.callback(invoke_without_command=True)
def platform(context: typer.Context) -> None:
    """Serve the whole platform in this process."""
    if context.invoked_subcommand is None:
        from services.embedded import create_app  # noqa: PLC0415 - all services: what one of them alone does not need

        settings = Settings()
        run.alone_in(settings.make_data_dir())
        run.serve(create_app(settings, say=run.say), settings, banner=run.welcome(settings), log_file=True)


@cli.command("issuer")
def serve_issuer() -> None:
    """Serve the local token issuer as a process of its own."""
    settings = Settings().model_copy(update={"bus_url": "memory:"})
    run.serve(serve(settings=settings, issuer=Issuer(settings, CLIENTS), complete=True), settings)


@cli.command()
def demo() -> None:
    """Play the programme's journey on a fresh platform, through its API, and tell it line by line."""
    from services.demo.tell import tell  # noqa: PLC0415 - what the demo needs, no service does

    sys.exit(tell())


@cli.command()
def rotate_keys() -> None:
    """Sign new tokens with a new key; tokens of the old one stay valid until they expire."""
    Issuer(Settings(), CLIENTS).keys.rotate()


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
def gateway(folder: Path = edge.FOLDER) -> None:
    """Write what the gateway knows of the platform: whose each path is, and what to answer in its name."""
    edge.write([named(name) for name in NAMES], folder)


@cli.command()
def docs() -> None:
    """Build the documentation that every process serves, into TERRITORIES_DOCS_DIR."""
    from services.docs.build import build  # noqa: PLC0415 - all services, and what writes pages

    folder = Settings().documentation
    build(folder)
    run.say(f"The documentation is in {folder}.")


@cli.command()
def tables(folder: Path = FOLDER) -> None:
    """Write the permission table and the event-audience table, made from the routes and the events."""
    write_tables([named(name) for name in NAMES], folder)


@cli.command()
def compatible(folder: Path = PUBLISHED) -> None:
    """Compare the contracts with the last published version; ends with 1 if something breaks a client of it."""
    from services.published import versions  # noqa: PLC0415 - all services: what one of them alone does not need

    try:
        changes = versions.last(folder).changes(versions.current(), today=today())
    except (NotUnderstood, versions.NotPublished) as refusal:
        sys.exit(str(refusal))
    run.say(versions.told(changes))
    sys.exit(any(change.breaking for change in changes))


@cli.command()
def publish(
    folder: Path = PUBLISHED,
    first: Annotated[bool, typer.Option("--first", help="There is no version yet that anybody relies on.")] = False,
) -> None:
    """Make the contracts of today the published version; refused if they break a client of the last one."""
    from services.published import versions  # noqa: PLC0415 - as above

    try:
        changes = versions.publish(versions.current(), today=today(), folder=folder, first=first)
    except (NotUnderstood, versions.NotPublished) as refusal:
        sys.exit(str(refusal))
    run.say(versions.told(changes))


async def _rebuild(service: Service, settings: Settings) -> str | None:
    """Rebuild and tell; what is wrong, if anything is."""
    name, consumer = service.name, service.consumer
    if consumer is None or not filled(consumer):
        run.say(f"{name} keeps nothing of what others tell: there is nothing to rebuild.")
        return None
    try:
        outcome = await rebuild(
            name, consumer, settings, journal.read(settings), say=lambda line: run.say(f"{name}: {line}")
        )
    except (JournalNotRead, DraftLost) as failure:
        return f"{name} is as it was. {failure}"
    for table, (went, came) in outcome.corrected.items():
        run.say(f"{name}: {table}: " + (f"{went} rows taken out, {came} put in" if went or came else "was right"))
    run.say(f"{name}: rebuilt from {outcome.applied} rows of its inbox.")
    if outcome.left:
        return (
            f"{name}: {len(outcome.left)} rows could not be applied. The service tries them again, and parks them in "
            f"the end; the first says: {next(iter(outcome.left.values()))}"
        )
    return None


Work = Callable[[Service, Database], Awaitable[None]]


async def _migrate(service: Service, database: Database) -> None:
    await migrate(database, service.metadata, service.migrations)


async def _load(service: Service, database: Database) -> None:
    if service.load:
        await service.load(database, run.say)


async def _list(service: Service, database: Database) -> None:
    async with database.reading() as session:
        for row in await inbox.parked_rows(session):
            run.say(f"{row.id}\t{service.name}\t{row.handler}\t{row.type}\t{row.subject}\t{row.error}")


def _show(ids: Collection[int] | None) -> Work:
    async def show(service: Service, database: Database) -> None:
        async with database.reading() as session:
            for row in await inbox.parked_rows(session):
                if not ids or row.id in ids:
                    run.say(f"{row.id}\t{service.name}\t{row.handler}\t{row.error}\n{row.body}")

    return show


def _replay(ids: Collection[int] | None) -> Work:
    async def replay(service: Service, database: Database) -> None:
        async with database.writing() as session:
            chosen = ids or [row.id for row in await inbox.parked_rows(session)]
            run.say(f"{service.name}: {await inbox.replay(session, chosen)} replayed")

    return replay


def _revise(message: str) -> Work:
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
        _each(services, _load)

    parked = typer.Typer(help="Events whose handler failed to the last try: list, show, replay.")
    app.add_typer(parked, name="parked")

    @parked.command("list")
    def list_() -> None:
        """One line for each."""
        _each(services, _list)

    @parked.command()
    def show(ids: Ids = None) -> None:
        """The event as it arrived, and the error of its last try."""
        _each(services, _show(ids))

    @parked.command()
    def replay(ids: Ids = None) -> None:
        """Try again, from the first try on; all of them if none is named."""
        _each(services, _replay(ids))


def _add(name: str) -> None:
    app = typer.Typer(help=f"The {name} service: serve it, or run one of its commands.")

    @app.callback(invoke_without_command=True)
    def serve_one(context: typer.Context) -> None:
        if context.invoked_subcommand is None:
            settings = Settings()
            run.serve(serve(named(name), settings=settings), settings)

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
        settings = Settings()
        settings.make_data_dir()
        sys.exit(asyncio.run(_rebuild(named(name), settings)))

    cli.add_typer(app, name=name)


def _each(services: Sequence[str], work: Work) -> None:
    async def all_of_them() -> None:
        settings = Settings()
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

if __name__ == "__main__":
    sys.exit(cli())
