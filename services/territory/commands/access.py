"""Loading of what the caller owns, and the reason of a change of its parts."""

from services.territory import queries
from services.territory.models import Territory
from shared.clock import now
from shared.security.access import Caller, require_owner
from shared.storage.history import Recorded, set_reason
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


def set_reason_of_parts(session: WriteSession, whole: Recorded, reason: str) -> None:
    """Set the reason that the history of an object gives for a change of its parts."""
    # The session holds an object strongly only while the object itself is changed: without this, it could be read anew
    # before the flush, and its reason be lost.
    whole.updated_at = now()
    set_reason(session, whole, reason)
