"""The notification service, as a value."""

from pathlib import Path

from fastapi import FastAPI

from services.notification.api import router
from services.notification.consumers import consumer
from services.notification.jobs.deliveries import deliver
from services.notification.jobs.planning import planning
from services.notification.jobs.proofs import closing, hashing
from services.notification.jobs.retention import DELIVERIES, REPLAYS
from services.notification.models import Base
from shared.runtime.app import serve
from shared.runtime.platform import Service

service = Service(
    "notification",
    router,
    Base.metadata,
    Path(__file__).parent / "migrations",
    consumer=consumer,
    jobs=(planning, deliver, hashing, closing),
    secrets=("secrets_key",),
    retentions=(DELIVERIES, REPLAYS),
)


def create_app() -> FastAPI:
    """This service alone."""
    return serve(service)
