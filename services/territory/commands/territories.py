"""Commands of territories."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from services.territory import queries
from services.territory.commands.access import own_territory
from services.territory.commands.organisations import known_organisation
from services.territory.models import Territory
from services.territory.rules import territories
from services.territory.rules.days import require_plausible
from shared.clock import today
from shared.security.access import Caller
from shared.storage import outbox
from shared.storage.history import set_reason
from shared.storage.unit_of_work import WriteSession


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
    territory = await own_territory(session, name, by)
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
