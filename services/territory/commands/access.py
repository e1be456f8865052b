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


async def own_territory_in_locked_phase(session: WriteSession, name: str, by: Caller) -> Territory:
    """Load and lock a territory of the caller, with its phase: no perimeter of the phase changes meanwhile."""
    # First the phase: what is read before the lock may be old.
    await queries.lock_phase(session, await queries.phase_of(session, name))
    return await own_territory(session, name, by)
