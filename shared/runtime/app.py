"""Assemble services into one application: one of them or all of them, by the same function."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from fastapi import FastAPI

from shared import failpoints
from shared.app_state import SETTINGS, STOPPING
from shared.bus.factory import connect
from shared.http import documentation, exception_handlers
from shared.http.compression import Compression
from shared.http.middleware import EveryRequest, HeadAsGet, RefuseSurplus
from shared.http.openapi import document
from shared.http.pagination import CURSOR_SECRET
from shared.http.route_index import RouteIndex
from shared.http.sessions import DATABASES
from shared.issuer.routes import ISSUER, Issuer
from shared.issuer.routes import router as issuer_router
from shared.messaging.dispatcher import Dispatcher
from shared.messaging.receiver import Receiver
from shared.messaging.relay import Relay
from shared.runtime import health
from shared.runtime.leader import lead
from shared.runtime.platform import PLATFORM, Platform, RunningService, Service
from shared.runtime.sweeper import Sweeper
from shared.security.request_state import VERIFIER
from shared.security.tokens import verifier
from shared.settings import SettingRefused, Settings, read_settings
from shared.storage.chain import Chainer
from shared.storage.database import Database
from shared.storage.history_events import HistoryPublisher
from shared.storage.sequencer import Sequencer
from shared.storage.wakeups import EVENTS_PENDING, HISTORY_PENDING, INBOX_PENDING, BackgroundTask
from shared.telemetry import traces


def serve(
    *services: Service,
    settings: Settings | None = None,
    issuer: Issuer | None = None,
    before: Callable[[Platform], Awaitable[None]] | None = None,
    complete: bool = False,
) -> FastAPI:
    """An application that serves these services.

    `complete` says that these are all there are: the in-process bus carries events to nobody else, so with fewer it
    refuses to start. `issuer` is one that this process runs itself. `before` runs once everything is open and
    nothing is served yet: migrating, loading.
    """
    settings = settings or read_settings()
    if settings.bus_url.startswith("memory:") and not complete:
        raise SettingRefused("TERRITORIES_BUS_URL: one service alone needs a broker, such as amqp://127.0.0.1.")

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            platform = await _open(stack, settings, services)
            PLATFORM.set(app, platform)
            DATABASES.set(app, {running.service.name: running.database for running in platform.running})
            keys = issuer.keys if issuer else None
            VERIFIER.set(app, await stack.enter_async_context(verifier(settings, keys)))
            if before:
                await before(platform)
            # Not of the loading, which tells more than anybody would look at.
            await stack.enter_async_context(traces.recorded(_recorder(settings)))
            await _work(stack, platform)
            yield

    app = FastAPI(
        **document.ABOUT,
        lifespan=lifespan,
        # What the framework would serve tells of this process alone, and its pages load files from third parties.
        openapi_url=None,
        # Its own spans tell the query, and know no service but the whole process: ours are told by the middleware.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        # They would name the host and scheme of the last hop, and send a token after them in clear text.
        redirect_slashes=False,
    )
    SETTINGS.set(app, settings)
    STOPPING.set(app, False)
    documentation.DOCUMENTATION.set(app, documentation.Documentation(settings.documentation))
    CURSOR_SECRET.set(app, settings.cursor_key.get_secret_value().encode() or settings.secret("cursors"))
    name = services[0].name if len(services) == 1 else "platform"
    app.add_middleware(Compression)
    app.add_middleware(HeadAsGet)
    app.add_middleware(RefuseSurplus)
    app.add_middleware(EveryRequest, service=name, settings=settings)
    exception_handlers.install(app)
    if issuer:
        ISSUER.set(app, issuer)
    # The health checks last: who reads the document asks for other things first.
    routers = (
        documentation.router,
        *([issuer_router] if issuer else []),
        *(each.router for each in services),
        health.router,
    )
    for router in routers:
        # As they are: included, each request would look for its route twice, through a layer of its own.
        app.router.routes.extend(router.routes)
    app.router.middleware_stack = RouteIndex(app.router)
    document.install(app)
    return app


def _recorder(settings: Settings) -> traces.Recorder | None:
    if not settings.otlp_url:
        return None
    # Here, because most processes export no spans.
    from shared.telemetry.otlp import OtlpRecorder  # noqa: PLC0415

    return OtlpRecorder(settings.otlp_url, settings.trace_sample)


async def _open(stack: AsyncExitStack, settings: Settings, services: Sequence[Service]) -> Platform:
    failpoints.arm(settings.exit_at)
    bus = connect(settings.bus_url)
    platform = Platform(settings, bus)
    for service in services:
        database = Database(service.name, settings)
        stack.push_async_callback(database.close)
        dispatcher = Dispatcher(database, service.consumer, delays=settings.retry_delays) if service.consumer else None
        platform.running.append(
            RunningService(service, database, Relay(database, bus), dispatcher, Sequencer(database))
        )
    return platform


async def _work(stack: AsyncExitStack, platform: Platform) -> None:
    """Listen, then lead: a queue is heard before anything is published to it."""
    for running in platform.running:
        if consumer := running.service.consumer:
            receiver = Receiver(running.database, consumer, running.dispatcher)
            await platform.bus.listen(running.service.name, consumer.types, receiver.receive)
    await platform.bus.start()
    stack.push_async_callback(platform.bus.close)
    for running in platform.running:
        tasks = [
            BackgroundTask(running.relay.run, on=frozenset([EVENTS_PENDING])),
            BackgroundTask(running.sequencer.run, on=frozenset([HISTORY_PENDING])),
            BackgroundTask(Chainer(running.database).run),
            BackgroundTask(HistoryPublisher(running.database, pause=platform.settings.history_interval).run),
            BackgroundTask(Sweeper(running.database, platform.settings, running.service.retentions).run),
        ]
        if running.dispatcher:
            tasks.append(BackgroundTask(running.dispatcher.run, on=frozenset([INBOX_PENDING])))
        tasks += [job(running.database, platform.settings) for job in running.service.jobs]
        task = asyncio.create_task(lead(running.database, tasks), name=f"lead {running.service.name}")
        stack.push_async_callback(_end, task)


async def _end(task: "asyncio.Task[None]") -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
