"""Loads the reference data that the service ships: once each edition, and of a new edition only what differs.

Territories, organisations and figures live on after they are loaded, so an edition is compared with the one before it
and not with them: what was changed through the API stays, what the producer changed is applied, and each change is
told and leaves its line of history.
"""

from collections.abc import Callable
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from services.territory.commands.load.geography import mirror, tables
from services.territory.commands.load.programme import STEPS, differences_of
from services.territory.models import Edition
from services.territory.reference import SHIPPED, Reference
from shared.auth import Caller, Role
from shared.clock import now
from shared.db import Database

LOADER: Final = Caller(client_id="loader", sub="loader", role=Role.PLATFORM)
REASON: Final = "reference data"


async def load(database: Database, say: Callable[[str], None], reference: Reference = SHIPPED) -> None:
    """Bring the database to an edition of the reference data. Running it again changes nothing."""
    edition = reference.edition()
    if await _is_loaded(database, edition):
        say("territory: the reference data is loaded already")
        return
    async with database.writing(by=LOADER, reason=REASON) as session:
        for model, rows in tables(reference):
            written = await mirror(session, model, rows)
            say(f"territory: {model.__tablename__}: {written:,} rows written")
    for collection, apply in STEPS.items():
        async with database.writing(by=LOADER, reason=REASON) as session:
            differences = await differences_of(session, collection, getattr(reference, collection)())
            told = await apply(session, differences)
            say(f"territory: {collection}: {len(differences):,} rows written, {told:,} events")
    async with database.writing() as session:
        session.add(Edition(loaded_at=now(), sha256=edition))


async def lacks(session: AsyncSession) -> str | None:
    """The service is not ready before it has its reference data."""
    if await session.scalar(select(Edition.sha256).limit(1)) is None:
        return "The reference data is not loaded: run `python -m services territory load`."
    return None


async def _is_loaded(database: Database, edition: str) -> bool:
    async with database.reading() as session:
        last = await session.scalar(select(Edition.sha256).order_by(Edition.loaded_at.desc()).limit(1))
    return last == edition
