"""Loads the reference data that the service ships: once each version, and of a new version only what differs.

Territories, organisations and figures live on after they are loaded, so a version is compared with the one before it
and not with them: what was changed through the API stays, what the producer changed is applied, and each change is
told and leaves its line of history.
"""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.commands.load.geography import mirror, tables
from services.territory.commands.load.programme import KEYS, STAGES
from services.territory.models import ReferenceVersion, Shipped
from services.territory.reference import SHIPPED, Reference
from shared.clock import now
from shared.storage.database import Database
from shared.storage.reference_data import LOADER, REASON, differences, is_loaded, lacking


async def load(database: Database, say: Callable[[str], None], reference: Reference = SHIPPED) -> None:
    """Bring the database to a version of the reference data. Running it again changes nothing."""
    version = reference.version()
    if await is_loaded(database, ReferenceVersion, version):
        say("territory: the reference data is loaded already")
        return
    async with database.writing(by=LOADER, reason=REASON) as session:
        for model, rows in tables(reference):
            written = await mirror(session, model, rows)
            say(f"territory: {model.__tablename__}: {written:,} rows written")
    for collection, apply in STAGES.items():
        async with database.writing(by=LOADER, reason=REASON) as session:
            rows = getattr(reference, collection)()
            found = await differences(session, Shipped, collection, rows, key=KEYS[collection])
            published = await apply(session, found)
            say(f"territory: {collection}: {len(found):,} rows written, {published:,} events")
    async with database.writing() as session:
        session.add(ReferenceVersion(loaded_at=now(), sha256=version))


async def lacks(session: AsyncSession) -> str | None:
    """The service is not ready before it has its reference data."""
    return await lacking(session, ReferenceVersion, "territory")
