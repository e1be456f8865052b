"""The HTTP door."""

from services.territory.api import (
    calendar,
    contacts,
    documents,
    employment_zones,
    envelopes,
    geography,
    governance,
    indicators,
    mandates,
    meetings,
    organisations,
    perimeters,
    programme,
    registry,
    state_referents,
    territories,
    territory_indicators,
)
from shared.http.routing import Router

router = Router().include(
    programme.router,
    geography.router,
    employment_zones.router,
    territories.router,
    registry.router,
    perimeters.acts,
    perimeters.router,
    mandates.router,
    state_referents.router,
    organisations.router,
    governance.router,
    meetings.router,
    calendar.router,
    documents.router,
    envelopes.router,
    indicators.router,
    territory_indicators.router,
    contacts.router,
)
