"""The HTTP door."""

from services.catalog.api import matchings, operators, referents, requests, services
from shared.http.routing import Router

router = Router().include(services.router, operators.router, referents.router, matchings.router, requests.router)
