"""The territory service."""

from pathlib import Path

from fastapi import FastAPI

from services.territory import commands
from services.territory.api import router
from services.territory.consumers import consumer
from services.territory.models import Base
from shared.runtime.app import serve
from shared.runtime.platform import Service

service = Service(
    "territory",
    router,
    Base.metadata,
    Path(__file__).parent / "migrations",
    consumer=consumer,
    load=commands.load_reference,
    lacks=commands.lacks_reference,
)


def create_app() -> FastAPI:
    """This service alone."""
    return serve(service)
