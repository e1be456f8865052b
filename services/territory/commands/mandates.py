"""Commands of mandates."""

from datetime import date
from uuid import UUID

from services.territory import queries
from services.territory.commands.access import own_territory
from services.territory.commands.organisations import known_organisation
from services.territory.models import Pilot, Territory
from services.territory.rules import mandates
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


async def appoint_pilot(
    session: WriteSession,
    name: str,
    *,
    capacity: str,
    person_id: UUID,
    organisation: str,
    since: date,
    by: Caller,
) -> Pilot:
    """Appoint a pilot."""
    territory = await own_territory(session, name, by)
    body = await known_organisation(session, organisation, field="organisation")
    pilot = _mandate(territory, capacity, person_id, organisation, since)
    mandates.appoint(territory, pilot, body, today=today())
    set_reason(session, territory, f"{capacity} appointed")
    outbox.add(session, mandates.appointed(territory, pilot))
    return pilot


async def replace_pilot(
    session: WriteSession,
    name: str,
    pilot_id: UUID,
    *,
    person_id: UUID,
    organisation: str,
    on: date,
    by: Caller,
) -> Pilot:
    """Replace a pilot on a day. It publishes two events."""
    territory = await own_territory(session, name, by)
    former = queries.pilot_of(territory, pilot_id)
    body = await known_organisation(session, organisation, field="organisation")
    successor = _mandate(territory, former.capacity, person_id, organisation, on)
    mandates.end(territory, former, on=on, today=today())
    mandates.appoint(territory, successor, body, today=today())
    set_reason(session, territory, f"{former.capacity} replaced")
    outbox.add(session, mandates.replaced(territory, former, successor.id))
    outbox.add(session, mandates.appointed(territory, successor))
    return successor


async def end_mandate(session: WriteSession, name: str, pilot_id: UUID, *, on: date, by: Caller) -> Pilot:
    """End the mandate of a pilot, without a successor."""
    territory = await own_territory(session, name, by)
    pilot = queries.pilot_of(territory, pilot_id)
    mandates.end(territory, pilot, on=on, today=today())
    set_reason(session, territory, f"mandate of the {pilot.capacity} ended")
    outbox.add(session, mandates.replaced(territory, pilot, None))
    return pilot


def _mandate(territory: Territory, capacity: str, person_id: UUID, organisation: str, since: date) -> Pilot:
    return Pilot(
        id=uuid7(),
        territory_key=territory.key,
        capacity=capacity,
        person_id=person_id,
        organisation_siren=organisation,
        since=since,
    )
