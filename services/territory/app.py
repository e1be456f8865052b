"""The territory service."""

from pathlib import Path

from fastapi import FastAPI

from services.territory.api import router
from services.territory.commands.load import lacks, load
from services.territory.models import Base
from shared.runtime.app import serve
from shared.runtime.platform import Service

service = Service(
    "territory",
    router,
    Base.metadata,
    Path(__file__).parent / "migrations",
    load=load,
    lacks=lacks,
)


def create_app() -> FastAPI:
    """This service alone."""
    return serve(service)
