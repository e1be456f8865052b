"""Mandates of a territory."""

from uuid import UUID

from services.territory.errors import PilotNotFound
from services.territory.models import Pilot, Territory


def pilot_of(territory: Territory, pilot_id: UUID) -> Pilot:
    """A mandate of the territory."""
    for pilot in territory.pilots:
        if pilot.id == pilot_id:
            return pilot
    raise PilotNotFound(f"No mandate {pilot_id}: GET /v1/territories/{territory.key}/pilots lists those there are.")
