"""The HTTP door."""

from services.territory.api import (
    calendar,
    contacts,
    documents,
    envelopes,
    geography,
    governance,
    mandates,
    organisations,
    programme,
    state_referents,
    territories,
)
from shared.http.routing import Router

router = Router().include(
    programme.router,
    geography.router,
    territories.router,
    mandates.router,
    state_referents.router,
    organisations.router,
    governance.router,
    calendar.router,
    documents.router,
    envelopes.router,
    contacts.router,
)
