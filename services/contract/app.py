"""The contract service, as a value."""

from pathlib import Path

from fastapi import FastAPI

from services.contract import commands, queries
from services.contract.api import router
from services.contract.consumers import consumer
from services.contract.jobs.ends import end_contracts
from services.contract.jobs.reports import follow_up
from services.contract.jobs.seals import seal_documents
from services.contract.jobs.signatures import follow_circuits
from services.contract.models import Base
from shared.runtime.app import serve
from shared.runtime.platform import Service

service = Service(
    "contract",
    router,
    Base.metadata,
    Path(__file__).parent / "migrations",
    consumer=consumer,
    load=commands.load_reference,
    jobs=(end_contracts, follow_circuits, follow_up, seal_documents),
    verify=queries.verify_contents,
    event_copies=(Base.metadata.tables["published_events"],),
    # It has the most load.
    replicas=2,
)


def create_app() -> FastAPI:
    """This service alone."""
    return serve(service)
