"""Load the targets and the records that the service ships."""

from collections.abc import Callable, Iterable
from uuid import NAMESPACE_URL, uuid5

from services.contract.commands.records import apply_shipped
from services.contract.commands.targets import set_target
from services.contract.models import ContractRecord, Shipped, Target
from services.contract.reference import RECORDS, TARGETS
from shared.storage.database import Database
from shared.storage.reference_data import LOADER, REASON, Row, differences
from shared.storage.unit_of_work import WriteSession

Say = Callable[[str], None]


async def load(database: Database, say: Say) -> None:
    """Load what is shipped and not loaded yet. A second run changes nothing."""
    async with database.writing(by=LOADER, reason=REASON) as session:
        targets = await _load_targets(session)
    say(f"contract: targets: {targets:,} rows written, {targets:,} events")
    await load_records(database, say)


async def load_records(database: Database, say: Say, rows: Iterable[Row] = RECORDS) -> None:
    """Load records: of a later version only what differs. What the délégation changed or withdrew stays."""
    async with database.writing(by=LOADER, reason=REASON) as session:
        found = await differences(session, Shipped, ContractRecord.collection, rows, key="code")
        written = await apply_shipped(
            session, [(uuid5(NAMESPACE_URL, f"contract-record:{one.code}"), one) for one in found]
        )
    say(f"contract: records: {written:,} rows written, {written:,} events")


async def _load_targets(session: WriteSession) -> int:
    """Load the targets that are not there. Each is loaded once: what the délégation changes stays."""
    written = 0
    for row in TARGETS:
        target_id = uuid5(NAMESPACE_URL, f"target:{row['measure']}:{row['phase']}:{row['due_on']}:{row['source']}")
        if await session.get(Target, target_id) is None:
            await set_target(session, target_id=target_id, **row)
            written += 1
    return written
