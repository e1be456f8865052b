"""Loading of what the caller owns."""

from services.territory import queries
from services.territory.models import Territory
from shared.security.access import Caller, require_owner
from shared.storage.unit_of_work import WriteSession


async def own_territory(session: WriteSession, name: str, by: Caller) -> Territory:
    """Load and lock a territory of the caller."""
    # The lock keeps its state unchanged until the command has decided on it.
    territory = await queries.get_territory(session, name, lock=True)
    require_owner(by, await queries.access_scope_of(session, by), territory.stakeholders, "territory")
    return territory
