"""The HTTP door."""

from services.notification.api import audit, deliveries, events, proofs, subscriptions
from shared.http.routing import Router

router = Router().include(events.router, subscriptions.router, deliveries.router, proofs.router, audit.router)
