"""Commands of territories: pilots and perimeter."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.territory import queries
from services.territory.commands.organisations import known_organisation
from services.territory.models import Pilot, Territory
from services.territory.rules import governance, territories
from services.territory.rules.days import require_plausible
from shared.clock import today
from shared.ids import uuid7
from shared.security.access import Caller, require_owner
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
    territory = await _own_territory(session, name, by)
    body = await known_organisation(session, organisation, field="organisation")
    pilot = _mandate(territory, capacity, person_id, organisation, since)
    governance.appoint(territory, pilot, body, today=today())
    set_reason(session, territory, f"{capacity} appointed")
    outbox.add(session, governance.appointed(territory, pilot))
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
    territory = await _own_territory(session, name, by)
    former = queries.pilot_of(territory, pilot_id)
    body = await known_organisation(session, organisation, field="organisation")
    successor = _mandate(territory, former.capacity, person_id, organisation, on)
    governance.end(territory, former, on=on, today=today())
    governance.appoint(territory, successor, body, today=today())
    set_reason(session, territory, f"{former.capacity} replaced")
    outbox.add(session, governance.replaced(territory, former, successor.id))
    outbox.add(session, governance.appointed(territory, successor))
    return successor


async def end_mandate(session: WriteSession, name: str, pilot_id: UUID, *, on: date, by: Caller) -> Pilot:
    """End the mandate of a pilot, without a successor."""
    territory = await _own_territory(session, name, by)
    pilot = queries.pilot_of(territory, pilot_id)
    governance.end(territory, pilot, on=on, today=today())
    set_reason(session, territory, f"mandate of the {pilot.capacity} ended")
    outbox.add(session, governance.replaced(territory, pilot, None))
    return pilot


async def change_perimeter(
    session: WriteSession,
    name: str,
    *,
    decision_id: UUID,
    on: date,
    enters: Sequence[str] = (),
    leaves: Sequence[str] = (),
    by: Caller,
) -> Territory:
    """Change the members of a territory, by a decision of a committee."""
    territory = await _own_territory(session, name, by)
    decision = await queries.get_decision(session, decision_id, by=by)
    territories.require_suitable(decision, territory)
    require_plausible(on, field="on", today=today())
    bodies = {siren: await known_organisation(session, siren, field="enters") for siren in enters}
    territories.require_able_to_enter(bodies, await queries.elsewhere(session, enters, territory))
    territories.change_perimeter(territory, enters=bodies, leaves=leaves, on=on)
    areas = await queries.areas_of(session, {member.siren for member in territory.members})
    territories.settle(territory, areas, lead=territory.regions[0])
    # The history of a territory is public, and a decision is not: its id says nothing.
    set_reason(session, territory, f"decision {decision.id}")
    outbox.add(session, territories.perimeter_changed(territory, on=on, decision=decision, left=leaves))
    return territory


async def _own_territory(session: WriteSession, name: str, by: Caller) -> Territory:
    """Load and lock a territory of the caller."""
    # The lock keeps its state unchanged until the command has decided on it.
    territory = await queries.get_territory(session, name, lock=True)
    require_owner(by, await queries.access_scope_of(session, by), territory.stakeholders, "territory")
    return territory


def _mandate(territory: Territory, capacity: str, person_id: UUID, organisation: str, since: date) -> Pilot:
    return Pilot(
        id=uuid7(),
        territory_key=territory.key,
        capacity=capacity,
        person_id=person_id,
        organisation_siren=organisation,
        since=since,
    )
