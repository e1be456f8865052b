"""Every service, in one process."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from app.demo_clients import CLIENTS
from services import NAMES, named
from shared.issuer.routes import Issuer
from shared.runtime.app import serve
from shared.runtime.platform import Platform, Say, Service
from shared.settings import Settings, read_settings
from shared.storage.migrations import migrate

Wait = Callable[[], Awaitable[None]]
SERVICES: tuple[Service, ...] = tuple(map(named, NAMES))


def create_app(settings: Settings | None = None, say: Say = print, documented: Wait | None = None) -> FastAPI:
    """Assemble the whole platform; it migrates and loads its databases at start.

    It runs its own issuer unless the settings name another. `documented` waits for the documentation.
    """
    settings = settings or read_settings()
    issuer = None if settings.issuer_url else Issuer(settings, CLIENTS)
    return serve(*SERVICES, settings=settings, issuer=issuer, before=_prepare(say, documented), complete=True)


def _prepare(say: Say, documented: Wait | None) -> Callable[[Platform], Awaitable[None]]:
    async def prepare(platform: Platform) -> None:
        for running in platform.running:
            await migrate(running.database, running.service.metadata, running.service.migrations)
            if running.service.load and platform.settings.load_reference_data:
                await running.service.load(running.database, say)
        if documented:
            await documented()

    return prepare
