"""The HTTP door."""

from services.notification.api import deliveries, events, subscriptions
from shared.http.routing import Router

router = Router().include(events.router, subscriptions.router, deliveries.router)
