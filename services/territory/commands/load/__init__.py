"""Load the reference data of the service. Each version is loaded once, and only its differences.

The API changes territories, organisations and figures after they are loaded. So a version is compared with the version
before it, not with them. Changes made through the API stay; changes of the producer are applied. Each change is
published as an event and recorded in the history.
"""

from collections.abc import Callable

from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.commands.load.documents import DOCUMENTS
from services.territory.commands.load.geography import mirror, tables
from services.territory.commands.load.indicators import load_indicators
from services.territory.commands.load.programme import KEYS, STAGES
from services.territory.models import ReferenceVersion, Shipped
from services.territory.reference import SHIPPED, TerritoryReference
from shared.clock import now
from shared.storage.database import Database
from shared.storage.reference_data import LOADER, REASON, differences, is_loaded, lacking


async def load(database: Database, say: Callable[[str], None], reference: TerritoryReference = SHIPPED) -> None:
    """Load a version of the reference data. A second run changes nothing."""
    version = reference.version()
    if await is_loaded(database, ReferenceVersion, version):
        say("territory: the reference data is loaded already")
        return
    async with database.writing(by=LOADER, reason=REASON) as session:
        for model, rows in tables(reference):
            written = await mirror(session, model, rows)
            say(f"territory: {model.__tablename__}: {written:,} rows written")
    for collection, apply in {**DOCUMENTS, **STAGES}.items():
        async with database.writing(by=LOADER, reason=REASON) as session:
            rows = getattr(reference, collection)()
            changes = await differences(session, Shipped, collection, rows, key=KEYS.get(collection, "id"))
            published = await apply(session, changes)
            say(f"territory: {collection}: {len(changes):,} rows written, {published:,} events")
    async with database.writing(by=LOADER, reason=REASON) as session:
        changes = await differences(session, Shipped, "indicators", reference.indicators(), key="code")
        written, published = await load_indicators(session, changes, reference.indicator_values())
        say(f"territory: indicators: {len(changes):,} definitions and {written:,} values written, {published:,} events")
    async with database.writing() as session:
        session.add(ReferenceVersion(loaded_at=now(), sha256=version))


async def lacks(session: AsyncSession) -> str | None:
    """Return what the service lacks to be ready: its reference data, or None."""
    return await lacking(session, ReferenceVersion, "territory")
