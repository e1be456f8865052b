"""Load the targets that the service ships. Each is loaded once: what the délégation changes stays."""

from collections.abc import Callable
from uuid import NAMESPACE_URL, uuid5

from services.contract.commands.targets import set_target
from services.contract.models import Target
from services.contract.reference import TARGETS
from shared.storage.database import Database
from shared.storage.reference_data import LOADER, REASON


async def load(database: Database, say: Callable[[str], None]) -> None:
    """Load the shipped targets that are not there. A second run changes nothing."""
    written = 0
    async with database.writing(by=LOADER, reason=REASON) as session:
        for row in TARGETS:
            target_id = uuid5(NAMESPACE_URL, f"target:{row['measure']}:{row['phase']}:{row['due_on']}:{row['source']}")
            if await session.get(Target, target_id) is None:
                await set_target(session, target_id=target_id, **row)
                written += 1
    say(f"contract: targets: {written:,} rows written, {written:,} events")
