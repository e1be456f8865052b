"""Every service, in one process."""

from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import FastAPI

from app.demo_clients import CLIENTS
from services import NAMES, named
from shared.issuer.routes import Issuer
from shared.runtime.app import serve
from shared.runtime.platform import Platform, Say, Service
from shared.settings import Settings, read_settings
from shared.storage.migrations import migrate

Document = Callable[[Path, Say], None]
SERVICES: tuple[Service, ...] = tuple(map(named, NAMES))


def create_app(settings: Settings | None = None, say: Say = print, document: Document | None = None) -> FastAPI:
    """Assemble the whole platform; it migrates and loads its databases at start.

    It runs its own issuer unless the settings name another. `document` refreshes the documentation folder first.
    """
    settings = settings or read_settings()
    issuer = None if settings.issuer_url else Issuer(settings, CLIENTS)
    return serve(*SERVICES, settings=settings, issuer=issuer, before=_prepare(say, document), complete=True)


def _prepare(say: Say, document: Document | None) -> Callable[[Platform], Awaitable[None]]:
    async def prepare(platform: Platform) -> None:
        if document:
            document(platform.settings.documentation, say)
        for running in platform.running:
            await migrate(running.database, running.service.metadata, running.service.migrations)
            if running.service.load and platform.settings.load_reference_data:
                await running.service.load(running.database, say)

    return prepare
