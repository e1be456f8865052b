"""Every service, in one process."""

from collections.abc import Awaitable, Callable

from fastapi import FastAPI

from services import NAMES, docs, named
from services.clients import CLIENTS
from shared.issuer import Issuer
from shared.migrations import migrate
from shared.service import Platform, Say, Service, serve
from shared.settings import Settings

SERVICES: tuple[Service, ...] = tuple(map(named, NAMES))


def create_app(settings: Settings | None = None, say: Say = print) -> FastAPI:
    """The whole platform: migrates, loads and documents itself; its own issuer unless the settings name another."""
    settings = settings or Settings()
    issuer = None if settings.issuer_url else Issuer(settings, CLIENTS)
    return serve(*SERVICES, settings=settings, issuer=issuer, before=_prepare(say), complete=True)


def _prepare(say: Say) -> Callable[[Platform], Awaitable[None]]:
    async def prepare(platform: Platform) -> None:
        docs.keep_up_to_date(platform.settings.documentation, say)
        for running in platform.running:
            await migrate(running.database, running.service.metadata, running.service.migrations)
            if running.service.load and platform.settings.load_reference_data:
                await running.service.load(running.database, say)

    return prepare
