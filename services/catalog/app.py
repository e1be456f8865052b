"""The catalog service, as a value."""

from pathlib import Path

from fastapi import FastAPI

from services.catalog import commands
from services.catalog.api import router
from services.catalog.consumers import consumer
from services.catalog.jobs import CONTACTS, deadlines
from services.catalog.models import Base
from shared.runtime.app import serve
from shared.runtime.platform import Service

service = Service(
    "catalog",
    router,
    Base.metadata,
    Path(__file__).parent / "migrations",
    consumer=consumer,
    load=commands.load_reference,
    lacks=commands.lacks_reference,
    jobs=(deadlines,),
    retentions=(CONTACTS,),
)


def create_app() -> FastAPI:
    """This service alone."""
    return serve(service)
