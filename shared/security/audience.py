"""Decide who may receive an event: exactly those that may read its object."""

from shared.events import Audience, Event
from shared.security.access import AccessScope, Role, Stakeholders


def stakeholders_of(event: Event) -> Stakeholders:
    """Return the stakeholders of an event."""
    return Stakeholders.of(
        territories=event.territories,
        regions=event.regions,
        organisations=event.organisations,
        public=event.audience is Audience.PUBLIC,
    )


def receives(access_scope: AccessScope, event: Event) -> bool:
    """May a caller of this reach be told?"""
    if event.audience is Audience.PLATFORM:
        return access_scope.role is Role.PLATFORM
    return access_scope.sees(stakeholders_of(event))
